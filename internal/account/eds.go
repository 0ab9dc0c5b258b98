package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/person"
	"kualik/internal/postgres"
	"kualik/internal/signing"
)

func sealLabel(id uuid.UUID) string { return "account:" + id.String() }

func (s *Service) iinHash(iin string) []byte { return s.keeper.Hash(person.HashLabel, iin) }

// LoginByEDS opens a session for the owner of a verified key. The account is the one with that personal
// number; else that of the member of staff with it; else a new one. first tells that this account has not
// been entered by EDS before, so that its profile is to be looked through.
func (s *Service) LoginByEDS(ctx context.Context, id signing.Identity) (session string, a Account, first bool, err error) {
	return s.enterByEDS(ctx, id, func(tx pgx.Tx, hash []byte, staff Staff, isStaff bool) (Account, bool, error) {
		return s.ownerOfKey(ctx, tx, id, hash, staff, isStaff)
	})
}

// JoinEDS binds a verified key to the account of somebody who is logged in by password or link, and opens a
// session by EDS. It is for those whose number the directory does not know; the page must name the account
// and ask, because the key opens it from then on.
func (s *Service) JoinEDS(ctx context.Context, who Account, id signing.Identity) (session string, a Account, first bool, err error) {
	return s.enterByEDS(ctx, id, func(tx pgx.Tx, hash []byte, staff Staff, isStaff bool) (Account, bool, error) {
		owner, found, err := byIIN(ctx, tx, hash)
		if err != nil {
			return Account{}, false, err
		}
		if found {
			if owner.ID == who.ID {
				return owner, false, nil
			}
			return Account{}, false, errEDSTaken
		}
		a, ok, err := byID(ctx, tx, who.ID)
		switch {
		case err != nil:
			return Account{}, false, err
		case !ok:
			return Account{}, false, errUnknown
		case isStaff && a.StaffID != nil && *a.StaffID != staff.ID:
			return Account{}, false, errOtherEDS
		}
		if a.StaffID != nil {
			if other, err := staffHasOtherIIN(ctx, tx, *a.StaffID, hash); err != nil || other {
				return Account{}, false, errOr(err, errOtherEDS)
			}
		}
		bound, err := s.bind(ctx, tx, a.ID, id.IIN, hash)
		if err != nil || !bound {
			return Account{}, false, errOr(err, errOtherEDS)
		}
		a.HasEDS = true
		return a, true, nil
	})
}

// enterByEDS finds the account by choose and does the rest of a log-in in the same transaction.
func (s *Service) enterByEDS(ctx context.Context, id signing.Identity,
	choose func(tx pgx.Tx, hash []byte, staff Staff, isStaff bool) (Account, bool, error)) (session string, a Account, first bool, err error) {
	if s.keeper == nil || id.IIN == "" {
		return "", Account{}, false, errNoEDS
	}
	hash := s.iinHash(id.IIN)
	staff, isStaff, err := s.staffOf(ctx, hash)
	if err != nil {
		return "", Account{}, false, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if a, first, err = choose(tx, hash, staff, isStaff); err != nil {
			return err
		}
		if a.Disabled {
			return errDisabled
		}
		if err := s.promote(ctx, tx, &a, staff, isStaff); err != nil {
			return err
		}
		if err := s.takeCertificate(ctx, tx, &a, id); err != nil {
			return err
		}
		if err := s.recordEDS(ctx, tx, a, id, first); err != nil {
			return err
		}
		session, err = s.open(ctx, tx, a, ByEDS)
		return err
	})
	return session, a, first, err
}

func (s *Service) staffOf(ctx context.Context, hash []byte) (Staff, bool, error) {
	if s.staffByIIN == nil {
		return Staff{}, false, nil
	}
	staff, ok, err := s.staffByIIN(ctx, hash)
	if err != nil {
		return Staff{}, false, fmt.Errorf("asking the directory: %w", err)
	}
	return staff, ok, nil
}

// ownerOfKey finds or makes the account of a personal number that was just proven.
func (s *Service) ownerOfKey(ctx context.Context, tx pgx.Tx, id signing.Identity, hash []byte, staff Staff, isStaff bool) (Account, bool, error) {
	a, found, err := byIIN(ctx, tx, hash)
	if err != nil || found {
		return a, false, err
	}
	if isStaff {
		if a, found, err = byStaffWithoutEDS(ctx, tx, staff.ID); err != nil {
			return Account{}, false, err
		}
		if found && a.Disabled {
			return Account{}, false, errDisabled
		}
		if found {
			bound, err := s.bind(ctx, tx, a.ID, id.IIN, hash)
			if err != nil {
				return Account{}, false, err
			}
			if bound {
				a.HasEDS = true
				return a, true, nil
			}
			// Bound by another log-in at the same time.
			a, _, err := byIIN(ctx, tx, hash)
			return a, false, err
		}
	}
	return s.newOwner(ctx, tx, id, hash, staff, isStaff)
}

// newOwner makes the account of a person who comes for the first time. The first account of an installation
// is its administrator's, and is not made here.
func (s *Service) newOwner(ctx context.Context, tx pgx.Tx, id signing.Identity, hash []byte, staff Staff, isStaff bool) (Account, bool, error) {
	some, err := anyAccount(ctx, tx)
	if err != nil || !some {
		return Account{}, false, errOr(err, errNotReady)
	}
	a := Account{ID: clock.NewID(), Name: id.Name, Role: Author, HasEDS: true, CreatedAt: s.clock.Now()}
	if isStaff {
		a.Name, a.Email, a.Role, a.StaffID = staff.Name, staff.Email, Faculty, &staff.ID
	}
	if _, taken, err := byEmail(ctx, tx, a.Email); err != nil {
		return Account{}, false, err
	} else if taken {
		a.Email = ""
	}
	sealed := s.keeper.Seal([]byte(id.IIN), sealLabel(a.ID))
	added, err := insertWithIIN(ctx, tx, a, sealed, hash)
	if err != nil {
		return Account{}, false, err
	}
	if added {
		return a, true, s.record(ctx, tx, a, "account.create", a, nil)
	}
	owner, found, err := byIIN(ctx, tx, hash)
	if err != nil || found {
		return owner, false, err
	}
	a.Email = "" // somebody took the address in this moment
	if added, err = insertWithIIN(ctx, tx, a, sealed, hash); err != nil || !added {
		return Account{}, false, errOr(err, fmt.Errorf("adding the account of a key: it is neither there nor can it be added"))
	}
	return a, true, s.record(ctx, tx, a, "account.create", a, nil)
}

// bind gives an account its personal number; false when it has one already.
func (s *Service) bind(ctx context.Context, tx pgx.Tx, id uuid.UUID, iin string, hash []byte) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE account SET iin_sealed = @sealed, iin_hash = @hash WHERE id = @id AND iin_hash IS NULL`,
		pgx.StrictNamedArgs{"id": id, "sealed": s.keeper.Seal([]byte(iin), sealLabel(id)), "hash": hash})
	if err != nil {
		return false, fmt.Errorf("binding a key to an account: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// promote makes an author whom the directory has taken in since a member of staff.
func (s *Service) promote(ctx context.Context, tx pgx.Tx, a *Account, staff Staff, isStaff bool) error {
	if !isStaff || a.StaffID != nil {
		return nil
	}
	before := *a
	a.StaffID = &staff.ID
	if err := linkStaff(ctx, tx, a.ID, staff.ID); err != nil {
		return err
	}
	if a.Role != Author {
		return nil
	}
	a.Role = Faculty
	if err := update(ctx, tx, *a); err != nil {
		return err
	}
	return s.record(ctx, tx, Account{Name: audit.System.ID}, "account.change", *a, &before)
}

// recordEDS writes down by which certificate somebody came, and whether it could be checked.
func (s *Service) recordEDS(ctx context.Context, tx pgx.Tx, a Account, id signing.Identity, first bool) error {
	action := "account.login_eds"
	if first {
		action = "account.first_eds"
	}
	return audit.Record(ctx, tx, audit.Entry{At: s.clock.Now(), Actor: a.Actor(), Action: action, SubjectKind: "account", SubjectID: a.ID.String(),
		After: map[string]any{"serial": id.Serial, "algorithm": id.Algorithm, "key_usage": id.KeyUsage,
			"revocation": id.Revocation.State, "revocation_source": id.Revocation.Source}})
}

// IIN opens the personal number of an account, to be compared or asked with; empty when no key has been bound
// to it. Who shows it whole takes RevealIIN.
func (s *Service) IIN(ctx context.Context, id uuid.UUID) (string, error) {
	return s.openIIN(ctx, s.pool, id)
}

// RevealIIN gives the owner their whole number to be shown, and records that.
func (s *Service) RevealIIN(ctx context.Context, owner Account) (string, error) {
	iin, err := s.openIIN(ctx, s.pool, owner.ID)
	if err != nil {
		return "", err
	}
	return iin, audit.Record(ctx, s.pool, audit.Entry{At: s.clock.Now(), Actor: owner.Actor(), Action: "account.reveal_iin", SubjectKind: "account",
		SubjectID: owner.ID.String(), Persons: s.keysOf(owner.ID, iin)})
}

// keysOf are the keys by which what was done with a person's data is found.
func (s *Service) keysOf(id uuid.UUID, iin string) []audit.Person {
	list := []audit.Person{audit.ByAccount(id)}
	if iin != "" {
		list = append(list, audit.ByNumber(s.iinHash(iin)))
	}
	return list
}

// Keys are the keys of an account's owner in the audit; those of a member of staff the directory knows.
func (s *Service) Keys(ctx context.Context, owner uuid.UUID) ([]audit.Person, error) {
	iin, err := s.openIIN(ctx, s.pool, owner)
	if err != nil {
		return nil, err
	}
	return s.keysOf(owner, iin), nil
}

func (s *Service) openIIN(ctx context.Context, db postgres.DB, id uuid.UUID) (string, error) {
	var sealed []byte
	err := db.QueryRow(ctx, `SELECT iin_sealed FROM account WHERE id = @id`, pgx.StrictNamedArgs{"id": id}).Scan(&sealed)
	if err != nil {
		return "", fmt.Errorf("reading a personal number: %w", err)
	}
	if sealed == nil {
		return "", nil
	}
	if s.keeper == nil {
		return "", errNoEDS
	}
	plain, err := s.keeper.Open(sealed, sealLabel(id))
	if err != nil {
		return "", fmt.Errorf("opening a personal number: %w", err)
	}
	return string(plain), nil
}

// ByIIN finds the account that a personal number's key opens; ok is false when its owner has not come yet.
func (s *Service) ByIIN(ctx context.Context, iin string) (a Account, ok bool, err error) {
	if s.keeper == nil {
		return Account{}, false, nil
	}
	return byIIN(ctx, s.pool, s.iinHash(iin))
}
