package account

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/postgres"
)

// LinkLife is how long a one-time link can be used.
const LinkLife = 30 * time.Minute

// Purpose is what a link is for.
type Purpose string

// The purposes.
const (
	ForLogin Purpose = "login"
	ForReset Purpose = "reset"
)

var linkPath = map[Purpose]string{ForLogin: "/login/link/", ForReset: "/reset/"}

// RequestLink sends a one-time link to an address that the accounts or the staff directory know. Whether
// they do is not told: the answer is the same, and an unknown address uses up its share of links too.
// host is the address on the network that asks.
func (s *Service) RequestLink(ctx context.Context, email, host string, p Purpose, l i18n.Lang) error {
	email, ok := ParseEmail(email)
	if !ok {
		return errEmail
	}
	n, err := s.failures(ctx, linkKey(host))
	if err != nil {
		return err
	}
	if n >= linksPerHost {
		return errTooMany
	}
	if err := s.noteFailure(ctx, linkKey(host)); err != nil {
		return err
	}
	if n, err = s.recentLinks(ctx, email); err != nil || n >= linksPerEmail {
		return err
	}
	secret, now := newSecret(), s.clock.Now()
	_, err = s.pool.Exec(ctx, `INSERT INTO login_link (token_hash, email, purpose, created_at, expires_at)
		VALUES (@hash, @email, @purpose, @now, @expires)`,
		pgx.StrictNamedArgs{"hash": hashed(secret), "email": email, "purpose": string(p), "now": now, "expires": now.Add(LinkLife)})
	if err != nil {
		return fmt.Errorf("storing a link: %w", err)
	}
	known, l, err := s.known(ctx, email, p, l)
	if err != nil || !known {
		return err
	}
	return s.sendLink(ctx, email, secret, p, l)
}

// known tells whether a letter may go to an address, and in which language.
func (s *Service) known(ctx context.Context, email string, p Purpose, l i18n.Lang) (bool, i18n.Lang, error) {
	a, ok, err := byEmail(ctx, s.pool, email)
	if err != nil {
		return false, l, err
	}
	if ok {
		if a.Lang != "" {
			l = a.Lang
		}
		return !a.Disabled, l, nil
	}
	if p == ForReset {
		return false, l, nil
	}
	_, ok, err = s.findStaff(ctx, email)
	return ok, l, err
}

func (s *Service) sendLink(ctx context.Context, email, secret string, p Purpose, l i18n.Lang) error {
	address, err := url.JoinPath(s.publicURL, linkPath[p]+secret)
	if err != nil {
		return fmt.Errorf("making a link: %w", err)
	}
	key := "account.letter." + string(p)
	err = s.send(ctx, Letter{
		To: email, Lang: l, About: string(p) + " " + clock.NewID().String(),
		Subject: i18n.T(l, key+".subject"),
		Text:    i18n.T(l, key+".text", "Link", address, "Minutes", int(LinkLife.Minutes())),
	})
	if err != nil {
		return fmt.Errorf("sending a link: %w", err)
	}
	return nil
}

// LinkLives tells whether a link can still be used, without using it: mail scanners open links before
// people do.
func (s *Service) LinkLives(ctx context.Context, secret string, p Purpose) (bool, error) {
	var lives bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM login_link
		WHERE token_hash = @hash AND purpose = @purpose AND used_at IS NULL AND expires_at > @now)`,
		pgx.StrictNamedArgs{"hash": hashed(secret), "purpose": string(p), "now": s.clock.Now()}).Scan(&lives)
	if err != nil {
		return false, fmt.Errorf("looking at a link: %w", err)
	}
	return lives, nil
}

// consume uses a link up and gives its address; of two at the same time one wins.
func (s *Service) consume(ctx context.Context, db postgres.DB, secret string, p Purpose) (email string, err error) {
	err = db.QueryRow(ctx, `UPDATE login_link SET used_at = @now
		WHERE token_hash = @hash AND purpose = @purpose AND used_at IS NULL AND expires_at > @now RETURNING email`,
		pgx.StrictNamedArgs{"hash": hashed(secret), "purpose": string(p), "now": s.clock.Now()}).Scan(&email)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", errLink
	}
	if err != nil {
		return "", fmt.Errorf("using a link: %w", err)
	}
	return email, nil
}

// LoginByLink uses a link up and opens a session. A member of staff who has no account yet gets one.
func (s *Service) LoginByLink(ctx context.Context, secret string) (session string, a Account, err error) {
	var email string
	err = s.pool.QueryRow(ctx, `SELECT email FROM login_link WHERE token_hash = @hash`, pgx.StrictNamedArgs{"hash": hashed(secret)}).Scan(&email)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", Account{}, errLink
	}
	if err != nil {
		return "", Account{}, fmt.Errorf("reading a link: %w", err)
	}
	staff, isStaff, err := s.findStaff(ctx, email)
	if err != nil {
		return "", Account{}, fmt.Errorf("asking the directory: %w", err)
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := s.consume(ctx, tx, secret, ForLogin); err != nil {
			return err
		}
		if a, err = s.owner(ctx, tx, email, staff, isStaff); err != nil {
			return err
		}
		session, err = s.open(ctx, tx, a, ByLink)
		return err
	})
	if err == nil {
		err = s.forgiveFailures(ctx, a.Email)
	}
	return session, a, err
}

// owner finds or makes the account of an address that was just proven.
func (s *Service) owner(ctx context.Context, tx pgx.Tx, email string, staff Staff, isStaff bool) (Account, error) {
	a, found, err := byEmail(ctx, tx, email)
	if err != nil {
		return Account{}, err
	}
	if !found && isStaff {
		a, found, err = byStaff(ctx, tx, staff.ID)
		if err != nil {
			return Account{}, err
		}
	}
	switch {
	case found && a.Disabled, !found && !isStaff:
		return Account{}, errLink
	case found && isStaff && a.StaffID == nil:
		a.StaffID = &staff.ID
		return a, linkStaff(ctx, tx, a.ID, staff.ID)
	case found:
		return a, nil
	}
	a = Account{ID: clock.NewID(), Email: email, Name: staff.Name, Role: Faculty, StaffID: &staff.ID, CreatedAt: s.clock.Now()}
	if _, err := insert(ctx, tx, a, ""); err != nil {
		return Account{}, err
	}
	a, found, err = byEmail(ctx, tx, email) // another request may have been first
	if err == nil && !found {
		err = errLink
	}
	return a, err
}

// ResetPassword uses a link up, sets the password, ends all sessions of the account and opens a new one.
func (s *Service) ResetPassword(ctx context.Context, secret, password string) (session string, a Account, err error) {
	if err := checkPassword(password, "", ""); err != nil {
		return "", Account{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return "", Account{}, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		email, err := s.consume(ctx, tx, secret, ForReset)
		if err != nil {
			return err
		}
		found := false
		if a, found, err = byEmail(ctx, tx, email); err != nil {
			return err
		}
		if !found || a.Disabled {
			return errLink
		}
		if err := checkPassword(password, a.Email, a.Name); err != nil {
			return err // rolled back: the link stays good
		}
		if err := setPassword(ctx, tx, a.ID, hash); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := s.record(ctx, tx, a, "account.password_reset", a, nil); err != nil {
			return err
		}
		session, err = s.open(ctx, tx, a, ByLink)
		return err
	})
	if err == nil {
		err = s.forgiveFailures(ctx, a.Email)
	}
	return session, a, err
}
