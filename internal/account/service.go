package account

import (
	"context"
	"fmt"
	"strings"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/postgres"
)

// Options are what a Service needs beside the database.
type Options struct {
	Clock     clock.Clock
	FindStaff FindStaff
	Send      Send
	PublicURL string // how links begin

	PasswordCost *argon2id.Params // of the hashes; nil is the least that OWASP allows, only tests ask for less

	// For log-in with EDS and the profile; without a Keeper there is neither.
	Keeper         Keeper
	FindStaffByIIN FindStaffByIIN
	Blobs          blob.Store     // for the documents of a profile
	Persons        PersonRegistry // nil when no registry is reached
}

// Service is the door of the installation.
type Service struct {
	pool      *pgxpool.Pool
	clock     clock.Clock
	findStaff FindStaff
	send      Send
	publicURL string
	hasher    *hasher

	keeper     Keeper
	staffByIIN FindStaffByIIN
	blobs      blob.Store
	persons    PersonRegistry
}

// New makes a Service.
func New(pool *pgxpool.Pool, o Options) (*Service, error) {
	h, err := newHasher(o.PasswordCost)
	if err != nil {
		return nil, err
	}
	return &Service{pool: pool, clock: o.Clock, findStaff: o.FindStaff, send: o.Send, publicURL: o.PublicURL, hasher: h,
		keeper: o.Keeper, staffByIIN: o.FindStaffByIIN, blobs: o.Blobs, persons: o.Persons}, nil
}

// NeedsFirstRun tells that nobody can log in yet, because there is no account.
func (s *Service) NeedsFirstRun(ctx context.Context) (bool, error) {
	some, err := anyAccount(ctx, s.pool)
	return !some && err == nil, err
}

// NewAccount is what an account is made of. Password may be empty: then its owner logs in by link.
type NewAccount struct {
	Email, Name, Password string
	Role                  Role
	Faculty, Department   string
	Lang                  i18n.Lang
}

func (s *Service) prepare(ctx context.Context, n NewAccount) (Account, string, error) {
	email, ok := ParseEmail(n.Email)
	name := strings.Join(strings.Fields(n.Name), " ")
	_, isRole := ParseRole(string(n.Role))
	switch {
	case name == "" || len(name) > 400:
		return Account{}, "", errName
	case !ok:
		return Account{}, "", errEmail
	case !isRole:
		return Account{}, "", errRole
	case n.Role == HeadOfUnit && n.Faculty == "":
		return Account{}, "", errUnit
	}
	a := Account{ID: clock.NewID(), Email: email, Name: name, Role: n.Role, Lang: n.Lang, CreatedAt: s.clock.Now()}
	if n.Role == HeadOfUnit {
		a.Faculty, a.Department = n.Faculty, n.Department
	}
	if n.Password == "" {
		return a, "", nil
	}
	if err := checkPassword(n.Password, email, name); err != nil {
		return Account{}, "", err
	}
	hash, err := s.hasher.hash(ctx, n.Password)
	return a, hash, err
}

// CreateFirst makes the administrator of a new installation and logs them in; it is a conflict when there
// is an account already, also when two try at once.
func (s *Service) CreateFirst(ctx context.Context, n NewAccount) (session string, a Account, err error) {
	n.Role = Administrator
	if err := checkPassword(n.Password, strings.ToLower(n.Email), n.Name); err != nil {
		return "", Account{}, err
	}
	a, hash, err := s.prepare(ctx, n)
	if err != nil {
		return "", Account{}, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE account IN EXCLUSIVE MODE`); err != nil {
			return fmt.Errorf("locking accounts: %w", err)
		}
		some, err := anyAccount(ctx, tx)
		if err != nil {
			return err
		}
		if some {
			return errNotFirst
		}
		if _, err := insert(ctx, tx, a, hash); err != nil {
			return err
		}
		if err := s.record(ctx, tx, a, "account.first", a, nil); err != nil {
			return err
		}
		session, err = s.open(ctx, tx, a, ByPassword)
		return err
	})
	return session, a, err
}

// Create adds an account; who is the administrator who does it.
func (s *Service) Create(ctx context.Context, who Account, n NewAccount) (Account, error) {
	a, hash, err := s.prepare(ctx, n)
	if err != nil {
		return Account{}, err
	}
	if staff, ok, err := s.findStaff(ctx, a.Email); err != nil {
		return Account{}, fmt.Errorf("asking the directory: %w", err)
	} else if ok {
		a.StaffID = &staff.ID
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		added, err := insert(ctx, tx, a, hash)
		if err != nil {
			return err
		}
		if !added {
			return errTaken
		}
		return s.record(ctx, tx, who, "account.create", a, nil)
	})
	return a, err
}

// Change is what of an account an administrator may change.
type Change struct {
	Name                string
	Role                Role
	Faculty, Department string
	Disabled            bool
}

// Update changes an account. The last administrator who can log in stays one.
func (s *Service) Update(ctx context.Context, who Account, id uuid.UUID, c Change) error {
	c.Name = strings.Join(strings.Fields(c.Name), " ")
	if c.Name == "" {
		return errName
	}
	if _, ok := ParseRole(string(c.Role)); !ok {
		return errRole
	}
	if c.Role != HeadOfUnit {
		c.Faculty, c.Department = "", ""
	} else if c.Faculty == "" {
		return errUnit
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE account IN EXCLUSIVE MODE`); err != nil {
			return fmt.Errorf("locking accounts: %w", err)
		}
		before, ok, err := byID(ctx, tx, id)
		if err != nil {
			return err
		}
		if !ok {
			return errUnknown
		}
		if before.Role == Administrator && (c.Role != Administrator || c.Disabled) {
			if n, err := otherAdministrators(ctx, tx, id); err != nil || n == 0 {
				return errOr(err, errLast)
			}
		}
		after := before
		after.Name, after.Role, after.Faculty, after.Department, after.Disabled = c.Name, c.Role, c.Faculty, c.Department, c.Disabled
		if err := update(ctx, tx, after); err != nil {
			return err
		}
		if c.Disabled {
			if err := endSessions(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, who, "account.change", after, &before)
	})
}

// Login opens a session for a password. Of an unknown address, a wrong password and a disabled account the
// same is said, in the same time.
func (s *Service) Login(ctx context.Context, email, password, host string) (session string, a Account, err error) {
	email, ok := ParseEmail(email)
	if !ok {
		return "", Account{}, errLogin
	}
	blocked, err := s.tooManyFailures(ctx, email, host)
	if err != nil {
		return "", Account{}, err
	}
	if blocked {
		return "", Account{}, errTooMany
	}
	a, found, err := byEmail(ctx, s.pool, email)
	if err != nil {
		return "", Account{}, err
	}
	hash := ""
	if found && !a.Disabled {
		if hash, err = passwordHash(ctx, s.pool, a.ID); err != nil {
			return "", Account{}, err
		}
	}
	same, err := s.hasher.same(ctx, password, hash)
	if err != nil {
		return "", Account{}, err
	}
	if !same {
		return "", Account{}, errOr(s.noteFailure(ctx, email, hostKey(host)), errLogin)
	}
	if err := s.forgiveFailures(ctx, email); err != nil {
		return "", Account{}, err
	}
	session, err = s.open(ctx, s.pool, a, ByPassword)
	return session, a, err
}

// ChangePassword sets a new password of one's own; whoever has one must give it. Other sessions end.
func (s *Service) ChangePassword(ctx context.Context, who Account, old, password, keep string) error {
	hash, err := passwordHash(ctx, s.pool, who.ID)
	if err != nil {
		return err
	}
	if hash != "" {
		same, err := s.hasher.same(ctx, old, hash)
		if err != nil {
			return err
		}
		if !same {
			return errOld
		}
	}
	if err := checkPassword(password, who.Email, who.Name); err != nil {
		return err
	}
	if hash, err = s.hasher.hash(ctx, password); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := setPassword(ctx, tx, who.ID, hash); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM session WHERE account_id = @id AND id_hash <> @keep`,
			pgx.StrictNamedArgs{"id": who.ID, "keep": hashed(keep)}); err != nil {
			return fmt.Errorf("ending other sessions: %w", err)
		}
		return s.record(ctx, tx, who, "account.password_change", who, nil)
	})
}

// SetLang keeps the language that a person chose.
func (s *Service) SetLang(ctx context.Context, id uuid.UUID, l i18n.Lang) error {
	return setLang(ctx, s.pool, id, l)
}

// List gives all accounts, the mightiest first.
func (s *Service) List(ctx context.Context) ([]Account, error) { return list(ctx, s.pool) }

// Get finds an account.
func (s *Service) Get(ctx context.Context, id uuid.UUID) (Account, error) {
	a, ok, err := byID(ctx, s.pool, id)
	if err == nil && !ok {
		err = errUnknown
	}
	return a, err
}

// ByEmail finds an account by its address.
func (s *Service) ByEmail(ctx context.Context, email string) (Account, bool, error) {
	return byEmail(ctx, s.pool, strings.ToLower(strings.TrimSpace(email)))
}

// Actor is the person as the audit trail names them.
func (a Account) Actor() audit.Actor { return audit.Actor{ID: a.ID.String(), Name: a.Name} }

// record writes what was done to an account into the audit trail.
func (s *Service) record(ctx context.Context, db postgres.DB, who Account, action string, after Account, before *Account) error {
	e := audit.Entry{At: s.clock.Now(), Actor: who.Actor(), Action: action, SubjectKind: "account", SubjectID: after.ID.String(), After: facts(after)}
	if before != nil {
		e.Before = facts(*before)
	}
	return audit.Record(ctx, db, e)
}

func facts(a Account) map[string]any {
	return map[string]any{"role": a.Role, "faculty": a.Faculty, "department": a.Department, "disabled": a.Disabled}
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
