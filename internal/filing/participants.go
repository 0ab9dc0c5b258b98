package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

// participantRow is a participant as stored.
type participantRow struct {
	ID           uuid.UUID  `db:"id"`
	FilingID     uuid.UUID  `db:"filing_id"`
	Role         Role       `db:"role"`
	Type         string     `db:"type"`
	Filer        bool       `db:"filer"`
	NumberSealed []byte     `db:"number_sealed"`
	NumberHash   []byte     `db:"number_hash"`
	Name         string     `db:"name"`
	Unmentioned  bool       `db:"unmentioned"`
	Country      string     `db:"country"`
	City         string     `db:"city"`
	Address      string     `db:"address"`
	Postcode     string     `db:"postcode"`
	Phone        string     `db:"phone"`
	Email        string     `db:"email"`
	EDSAt        *time.Time `db:"eds_at"`
	Refusal      string     `db:"refusal"`
	RefusedAt    *time.Time `db:"refused_at"`
	CreatedAt    time.Time  `db:"created_at"`
}

const participantColumns = `p.id, p.filing_id, p.role, p.type, p.filer, p.number_sealed, p.number_hash, p.name, p.unmentioned, p.country, p.city,
	p.address, p.postcode, p.phone, p.email, p.eds_at, p.refusal, p.refused_at, p.created_at`

// participants are those of a filing in the order in which they were named, the filer first.
func participants(ctx context.Context, db postgres.DB, filing uuid.UUID) ([]participantRow, error) {
	rows, err := db.Query(ctx, `SELECT `+participantColumns+` FROM filing_participant p
		WHERE p.filing_id = @id AND p.removed_at IS NULL ORDER BY NOT p.filer, p.position`, pgx.StrictNamedArgs{"id": filing})
	if err != nil {
		return nil, fmt.Errorf("reading participants: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[participantRow])
	if err != nil {
		return nil, fmt.Errorf("reading participants: %w", err)
	}
	return list, nil
}

func participant(ctx context.Context, db postgres.DB, filing, id uuid.UUID) (participantRow, error) {
	list, err := participants(ctx, db, filing)
	if err != nil {
		return participantRow{}, err
	}
	for _, p := range list {
		if p.ID == id {
			return p, nil
		}
	}
	return participantRow{}, errParticipant
}

func insertParticipant(ctx context.Context, tx pgx.Tx, p participantRow) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO filing_participant (id, filing_id, position, role, type, filer, number_sealed, number_hash, name, unmentioned,
			country, city, address, postcode, phone, email, eds_at, created_at)
		VALUES (@id, @filing, (SELECT coalesce(max(position), 0) + 1 FROM filing_participant WHERE filing_id = @filing), @role, @type, @filer,
			@sealed, @hash, @name, @unmentioned, @country, @city, @address, @postcode, @phone, @email, @eds_at, @created_at)`, p.args())
	if err != nil {
		return fmt.Errorf("naming a participant: %w", err)
	}
	return nil
}

func updateParticipant(ctx context.Context, tx pgx.Tx, p participantRow) error {
	args := p.args()
	for _, fixed := range []string{"filing", "filer", "created_at", "eds_at"} {
		delete(args, fixed)
	}
	_, err := tx.Exec(ctx, `
		UPDATE filing_participant SET role = @role, type = @type, number_sealed = @sealed, number_hash = @hash, name = @name,
			unmentioned = @unmentioned, country = @country, city = @city, address = @address, postcode = @postcode, phone = @phone, email = @email
		WHERE id = @id`, args)
	if err != nil {
		return fmt.Errorf("changing a participant: %w", err)
	}
	return nil
}

func (p participantRow) args() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"id": p.ID, "filing": p.FilingID, "role": string(p.Role), "type": p.Type, "filer": p.Filer,
		"sealed": p.NumberSealed, "hash": p.NumberHash, "name": p.Name, "unmentioned": p.Unmentioned, "country": p.Country, "city": p.City,
		"address": p.Address, "postcode": p.Postcode, "phone": p.Phone, "email": p.Email, "eds_at": p.EDSAt, "created_at": p.CreatedAt}
}

// signs tells whether the person must sign the statement: who files, and every author. Patent attorneys,
// and representatives who do not file, do not.
func (p participantRow) signs() bool { return p.Filer || p.Role == Author }

// contact gives the filer the contact data of the tab "Данные": they stand in one place only.
func (p *participantRow) contact(d Data) {
	p.Country, p.City, p.Address, p.Postcode, p.Phone, p.Email = d.Country, d.Region, d.Address, d.Postcode, d.Phone, d.Email
}

func sealLabel(participant uuid.UUID) string { return "filing participant:" + participant.String() }

// seal sets the participant's number. It is hashed as everywhere in the installation, so that an account
// or a member of staff with the same number is found.
func (s *Service) seal(p *participantRow, number string) {
	p.NumberSealed = s.o.Keeper.Seal([]byte(number), sealLabel(p.ID))
	p.NumberHash = s.o.Keeper.Hash(person.HashLabel, number)
}

func (s *Service) number(p participantRow) (string, error) {
	plain, err := s.o.Keeper.Open(p.NumberSealed, sealLabel(p.ID))
	if err != nil {
		return "", fmt.Errorf("opening a participant's number: %w", err)
	}
	return string(plain), nil
}

// seen notes that a participant has come with EDS, when it is the first time.
func (s *Service) seen(ctx context.Context, db postgres.DB, who Who, filing uuid.UUID) error {
	if who.Means != account.ByEDS {
		return nil
	}
	_, err := db.Exec(ctx, `UPDATE filing_participant p SET eds_at = @now FROM account a
		WHERE a.id = @account AND a.iin_hash = p.number_hash AND p.filing_id = @filing AND p.eds_at IS NULL AND p.removed_at IS NULL`,
		pgx.StrictNamedArgs{"now": s.o.Clock.Now(), "account": who.ID, "filing": filing})
	if err != nil {
		return fmt.Errorf("noting a log-in: %w", err)
	}
	return nil
}
