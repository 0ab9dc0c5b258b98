package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/i18n"
	"kualik/internal/postgres"
)

const columns = `id, email, name, role, password_hash <> '' AS has_password,
	iin_hash IS NOT NULL AS has_eds, staff_id, faculty, department, lang, disabled, created_at, last_login_at`

func one(ctx context.Context, db postgres.DB, where string, args pgx.StrictNamedArgs) (Account, bool, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM account WHERE `+where, args)
	if err != nil {
		return Account{}, false, fmt.Errorf("reading an account: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Account])
	if errors.Is(err, pgx.ErrNoRows) {
		return Account{}, false, nil
	}
	if err != nil {
		return Account{}, false, fmt.Errorf("reading an account: %w", err)
	}
	return a, true, nil
}

func byEmail(ctx context.Context, db postgres.DB, email string) (Account, bool, error) {
	if email == "" {
		return Account{}, false, nil // many have none
	}
	return one(ctx, db, `email = @email`, pgx.StrictNamedArgs{"email": email})
}

func byID(ctx context.Context, db postgres.DB, id uuid.UUID) (Account, bool, error) {
	return one(ctx, db, `id = @id`, pgx.StrictNamedArgs{"id": id})
}

func byStaff(ctx context.Context, db postgres.DB, staff uuid.UUID) (Account, bool, error) {
	return one(ctx, db, `staff_id = @staff ORDER BY created_at LIMIT 1`, pgx.StrictNamedArgs{"staff": staff})
}

func byIIN(ctx context.Context, db postgres.DB, hash []byte) (Account, bool, error) {
	return one(ctx, db, `iin_hash = @hash`, pgx.StrictNamedArgs{"hash": hash})
}

// byStaffWithoutEDS finds the account of a member of staff that no key has been bound to.
func byStaffWithoutEDS(ctx context.Context, db postgres.DB, staff uuid.UUID) (Account, bool, error) {
	return one(ctx, db, `staff_id = @staff AND iin_hash IS NULL ORDER BY created_at LIMIT 1`, pgx.StrictNamedArgs{"staff": staff})
}

// staffHasOtherIIN tells that the directory knows another personal number of a member of staff.
func staffHasOtherIIN(ctx context.Context, db postgres.DB, staff uuid.UUID, hash []byte) (other bool, err error) {
	err = db.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM staff WHERE id = @staff AND iin_hash <> @hash)`,
		pgx.StrictNamedArgs{"staff": staff, "hash": hash}).Scan(&other)
	if err != nil {
		return false, fmt.Errorf("comparing a personal number: %w", err)
	}
	return other, nil
}

// insertWithIIN adds the account of a key; false when the number or the address is there already.
func insertWithIIN(ctx context.Context, db postgres.DB, a Account, sealed, hash []byte) (bool, error) {
	tag, err := db.Exec(ctx, `
		INSERT INTO account (id, email, name, role, staff_id, lang, iin_sealed, iin_hash, created_at)
		VALUES (@id, @email, @name, @role, @staff, @lang, @sealed, @hash, @created)
		ON CONFLICT DO NOTHING`,
		pgx.StrictNamedArgs{"id": a.ID, "email": a.Email, "name": a.Name, "role": string(a.Role), "staff": a.StaffID,
			"lang": string(a.Lang), "sealed": sealed, "hash": hash, "created": a.CreatedAt})
	if err != nil {
		return false, fmt.Errorf("adding the account of a key: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func passwordHash(ctx context.Context, db postgres.DB, id uuid.UUID) (string, error) {
	var h string
	err := db.QueryRow(ctx, `SELECT password_hash FROM account WHERE id = @id`, pgx.StrictNamedArgs{"id": id}).Scan(&h)
	if err != nil {
		return "", fmt.Errorf("reading a password hash: %w", err)
	}
	return h, nil
}

// insert adds an account; when the address is taken it adds nothing and gives false.
func insert(ctx context.Context, db postgres.DB, a Account, hash string) (bool, error) {
	tag, err := db.Exec(ctx, `
		INSERT INTO account (id, email, name, role, password_hash, staff_id, faculty, department, lang, disabled, created_at)
		VALUES (@id, @email, @name, @role, @hash, @staff, @faculty, @department, @lang, @disabled, @created)
		ON CONFLICT (email) WHERE email <> '' DO NOTHING`,
		pgx.StrictNamedArgs{"id": a.ID, "email": a.Email, "name": a.Name, "role": string(a.Role), "hash": hash, "staff": a.StaffID,
			"faculty": a.Faculty, "department": a.Department, "lang": string(a.Lang), "disabled": a.Disabled, "created": a.CreatedAt})
	if err != nil {
		return false, fmt.Errorf("adding an account: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func update(ctx context.Context, db postgres.DB, a Account) error {
	_, err := db.Exec(ctx, `
		UPDATE account SET name = @name, role = @role, faculty = @faculty, department = @department, disabled = @disabled
		WHERE id = @id`,
		pgx.StrictNamedArgs{"id": a.ID, "name": a.Name, "role": string(a.Role), "faculty": a.Faculty, "department": a.Department, "disabled": a.Disabled})
	if err != nil {
		return fmt.Errorf("changing an account: %w", err)
	}
	return nil
}

func setPassword(ctx context.Context, db postgres.DB, id uuid.UUID, hash string) error {
	if _, err := db.Exec(ctx, `UPDATE account SET password_hash = @hash WHERE id = @id`, pgx.StrictNamedArgs{"id": id, "hash": hash}); err != nil {
		return fmt.Errorf("storing a password: %w", err)
	}
	return nil
}

func setLang(ctx context.Context, db postgres.DB, id uuid.UUID, l i18n.Lang) error {
	if _, err := db.Exec(ctx, `UPDATE account SET lang = @lang WHERE id = @id`, pgx.StrictNamedArgs{"id": id, "lang": string(l)}); err != nil {
		return fmt.Errorf("storing a language: %w", err)
	}
	return nil
}

func linkStaff(ctx context.Context, db postgres.DB, id, staff uuid.UUID) error {
	if _, err := db.Exec(ctx, `UPDATE account SET staff_id = @staff WHERE id = @id AND staff_id IS NULL`, pgx.StrictNamedArgs{"id": id, "staff": staff}); err != nil {
		return fmt.Errorf("linking an account to the directory: %w", err)
	}
	return nil
}

func loggedIn(ctx context.Context, db postgres.DB, id uuid.UUID, at time.Time) error {
	if _, err := db.Exec(ctx, `UPDATE account SET last_login_at = @at WHERE id = @id`, pgx.StrictNamedArgs{"id": id, "at": at}); err != nil {
		return fmt.Errorf("noting a log-in: %w", err)
	}
	return nil
}

func list(ctx context.Context, db postgres.DB) ([]Account, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM account ORDER BY
		array_position(ARRAY['administrator', 'research_office', 'registrar', 'expert', 'head_of_unit', 'faculty', 'author'], role), name, email`)
	if err != nil {
		return nil, fmt.Errorf("listing accounts: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[Account])
	if err != nil {
		return nil, fmt.Errorf("listing accounts: %w", err)
	}
	return out, nil
}

// otherAdministrators counts the administrators who can log in, beside one.
func otherAdministrators(ctx context.Context, db postgres.DB, but uuid.UUID) (int, error) {
	var n int
	err := db.QueryRow(ctx, `SELECT count(*) FROM account WHERE role = 'administrator' AND NOT disabled AND id <> @but`,
		pgx.StrictNamedArgs{"but": but}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting administrators: %w", err)
	}
	return n, nil
}

func anyAccount(ctx context.Context, db postgres.DB) (bool, error) {
	var some bool
	if err := db.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM account)`).Scan(&some); err != nil {
		return false, fmt.Errorf("looking for accounts: %w", err)
	}
	return some, nil
}
