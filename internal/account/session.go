package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/postgres"
)

// How long a session lives: Idle without a request, Absolute in all.
const (
	Idle     = 12 * time.Hour
	Absolute = 7 * 24 * time.Hour

	// seen is written this seldom, so that reading pages does not write.
	seenEvery = time.Minute
)

// Means is how the person of a session proved who they are.
type Means string

// The means.
const (
	ByPassword Means = "password"
	ByLink     Means = "link"
	ByEDS      Means = "eds"
)

// Session is a log-in that lasts. CSRF is the token that every form of it carries.
type Session struct {
	Account
	CSRF  string `db:"csrf"`
	Means Means  `db:"means"`
}

// newSecret makes 256 random bits in letters that stand in a cookie and an address.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashed is how a secret is kept; 256 random bits need no salt and no slow hash.
func hashed(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// open makes a session and gives the secret for the cookie.
func (s *Service) open(ctx context.Context, db postgres.DB, a Account, m Means) (secret string, err error) {
	secret = newSecret()
	now := s.clock.Now()
	_, err = db.Exec(ctx, `INSERT INTO session (id_hash, account_id, csrf, means, created_at, seen_at, expires_at)
		VALUES (@hash, @account, @csrf, @means, @now, @now, @expires)`,
		pgx.StrictNamedArgs{"hash": hashed(secret), "account": a.ID, "csrf": newSecret(), "means": string(m), "now": now, "expires": now.Add(Absolute)})
	if err != nil {
		return "", fmt.Errorf("opening a session: %w", err)
	}
	return secret, loggedIn(ctx, db, a.ID, now)
}

// Session finds the live session of a cookie; ok is false when there is none, or its account is disabled.
func (s *Service) Session(ctx context.Context, secret string) (Session, bool, error) {
	if secret == "" {
		return Session{}, false, nil
	}
	now := s.clock.Now()
	rows, err := s.pool.Query(ctx, `
		SELECT a.id, a.email, a.name, a.role, a.password_hash <> '' AS has_password,
		       a.iin_hash IS NOT NULL AS has_eds, a.staff_id, a.faculty, a.department,
		       a.lang, a.disabled, a.created_at, a.last_login_at, s.csrf, s.means, s.seen_at
		FROM session s JOIN account a ON a.id = s.account_id
		WHERE s.id_hash = @hash AND s.expires_at > @now AND s.seen_at > @idle AND NOT a.disabled`,
		pgx.StrictNamedArgs{"hash": hashed(secret), "now": now, "idle": now.Add(-Idle)})
	if err != nil {
		return Session{}, false, fmt.Errorf("finding a session: %w", err)
	}
	type row struct {
		Session
		SeenAt time.Time `db:"seen_at"`
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[row])
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, fmt.Errorf("finding a session: %w", err)
	}
	if now.Sub(r.SeenAt) >= seenEvery {
		if _, err := s.pool.Exec(ctx, `UPDATE session SET seen_at = @now WHERE id_hash = @hash`,
			pgx.StrictNamedArgs{"now": now, "hash": hashed(secret)}); err != nil {
			return Session{}, false, fmt.Errorf("keeping a session alive: %w", err)
		}
	}
	return r.Session, true, nil
}

// Logout ends the session of a cookie.
func (s *Service) Logout(ctx context.Context, secret string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM session WHERE id_hash = @hash`, pgx.StrictNamedArgs{"hash": hashed(secret)}); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// endSessions ends all sessions of an account.
func endSessions(ctx context.Context, db postgres.DB, id uuid.UUID) error {
	if _, err := db.Exec(ctx, `DELETE FROM session WHERE account_id = @id`, pgx.StrictNamedArgs{"id": id}); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// Sweep forgets sessions, links and failures that have run out.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.clock.Now()
	for _, q := range []struct {
		sql  string
		past time.Time
	}{
		{`DELETE FROM session WHERE expires_at < @past`, now},
		{`DELETE FROM session WHERE seen_at < @past`, now.Add(-Idle)},
		{`DELETE FROM login_link WHERE expires_at < @past`, now.Add(-24 * time.Hour)},
		{`DELETE FROM login_failure WHERE at < @past`, now.Add(-24 * time.Hour)},
	} {
		if _, err := s.pool.Exec(ctx, q.sql, pgx.StrictNamedArgs{"past": q.past}); err != nil {
			return fmt.Errorf("forgetting old sessions: %w", err)
		}
	}
	return nil
}
