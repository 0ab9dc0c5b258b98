package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"kualik/internal/fault"
)

// Lost tells whether err means that the database went away, and not that it refused something: the
// private server's owner was killed and another process is taking it over, or an administrator restarted
// it. A fault is what its package says it is.
func Lost(err error) bool {
	if err == nil || errors.As(err, new(*fault.Error)) {
		return false
	}
	var told *pgconn.PgError
	if errors.As(err, &told) {
		switch told.Code {
		case "57P01", "57P02", "57P03": // shut down, crashed, starting
			return true
		}
		return false
	}
	for _, broken := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.EPIPE, syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.ENOENT} {
		if errors.Is(err, broken) {
			return true
		}
	}
	return pgconn.SafeToRetry(err) && !errors.Is(err, context.Canceled)
}

// retryFor is how long Retry waits for a database that went away.
const retryFor = 30 * time.Second

// Retry does something again that may be done twice, while the database is away.
func Retry(ctx context.Context, do func(context.Context) error) error {
	deadline := time.Now().Add(retryFor)
	for {
		err := do(ctx)
		if !Lost(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
