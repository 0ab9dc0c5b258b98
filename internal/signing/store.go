package signing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kualik/internal/pki"
)

// keptAnswer is the last answer about a certificate, while it holds.
func (s *Service) keptAnswer(ctx context.Context, certificate string, now time.Time) (answer, bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT state, source, file, checked_at, good_until, this_update, next_update, revoked_at
		FROM revocation WHERE certificate_sha256 = @certificate AND good_until > @now`,
		pgx.StrictNamedArgs{"certificate": certificate, "now": now})
	if err != nil {
		return answer{}, false, fmt.Errorf("reading an answer about revocation: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[answer])
	if errors.Is(err, pgx.ErrNoRows) {
		return answer{}, false, nil
	}
	if err != nil {
		return answer{}, false, fmt.Errorf("reading an answer about revocation: %w", err)
	}
	return a, true, nil
}

func (s *Service) keepAnswer(ctx context.Context, certificate string, a answer) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO revocation (certificate_sha256, state, source, file, checked_at, good_until, this_update, next_update, revoked_at)
		VALUES (@certificate, @state, @source, @file, @checked, @until, @this, @next, @revoked)
		ON CONFLICT (certificate_sha256) DO UPDATE SET state = @state, source = @source, file = @file, checked_at = @checked,
			good_until = @until, this_update = @this, next_update = @next, revoked_at = @revoked
		WHERE revocation.checked_at <= @checked`,
		pgx.StrictNamedArgs{"certificate": certificate, "state": a.State, "source": a.Source, "file": a.File, "checked": a.CheckedAt,
			"until": a.GoodUntil, "this": a.ThisUpdate, "next": a.NextUpdate, "revoked": a.RevokedAt})
	if err != nil {
		return fmt.Errorf("keeping an answer about revocation: %w", err)
	}
	return nil
}

// keptList is the file of a list that still holds.
func (s *Service) keptList(ctx context.Context, url string, now time.Time) (file string, ok bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT file FROM revocation_list WHERE url = @url AND next_update > @now`,
		pgx.StrictNamedArgs{"url": url, "now": now}).Scan(&file)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("reading a list of revoked certificates: %w", err)
	}
	return file, true, nil
}

func (s *Service) keepList(ctx context.Context, url string, a answer, status pki.Status) error {
	if status.NextUpdate.IsZero() {
		return nil // it does not say how long it holds
	}
	_, err := s.pool.Exec(ctx, `
		INSERT INTO revocation_list (url, file, fetched_at, this_update, next_update) VALUES (@url, @file, @fetched, @this, @next)
		ON CONFLICT (url) DO UPDATE SET file = @file, fetched_at = @fetched, this_update = @this, next_update = @next`,
		pgx.StrictNamedArgs{"url": url, "file": a.File, "fetched": a.CheckedAt, "this": status.ThisUpdate, "next": status.NextUpdate})
	if err != nil {
		return fmt.Errorf("keeping a list of revoked certificates: %w", err)
	}
	return nil
}
