package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Limits on guessing, counted in the database so that they hold over all processes and restarts. The
// failures of an address on the network stand in the same table under a name that no e-mail can have.
const (
	limitWindow      = 15 * time.Minute
	failuresPerEmail = 5
	failuresPerHost  = 40
	linksPerEmail    = 3
	linksPerHost     = 20
)

func hostKey(host string) string { return "from " + host }
func linkKey(host string) string { return "link from " + host }

func (s *Service) failures(ctx context.Context, key string) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM login_failure WHERE email = @key AND at > @since`,
		pgx.StrictNamedArgs{"key": key, "since": s.clock.Now().Add(-limitWindow)}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting failed log-ins: %w", err)
	}
	return n, nil
}

func (s *Service) noteFailure(ctx context.Context, keys ...string) error {
	for _, k := range keys {
		if _, err := s.pool.Exec(ctx, `INSERT INTO login_failure (email, at) VALUES (@key, @at)`,
			pgx.StrictNamedArgs{"key": k, "at": s.clock.Now()}); err != nil {
			return fmt.Errorf("noting a failed log-in: %w", err)
		}
	}
	return nil
}

func (s *Service) forgiveFailures(ctx context.Context, email string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM login_failure WHERE email = @email`, pgx.StrictNamedArgs{"email": email}); err != nil {
		return fmt.Errorf("forgetting failed log-ins: %w", err)
	}
	return nil
}

// tooManyFailures tells whether guessing has gone on too long, for the address or from the host.
func (s *Service) tooManyFailures(ctx context.Context, email, host string) (bool, error) {
	n, err := s.failures(ctx, email)
	if err != nil || n >= failuresPerEmail {
		return true, err
	}
	n, err = s.failures(ctx, hostKey(host))
	return n >= failuresPerHost, err
}

func (s *Service) recentLinks(ctx context.Context, email string) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM login_link WHERE email = @email AND created_at > @since`,
		pgx.StrictNamedArgs{"email": email, "since": s.clock.Now().Add(-limitWindow)}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting links: %w", err)
	}
	return n, nil
}
