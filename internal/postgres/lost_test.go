package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"kualik/internal/fault"
)

func TestLost(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{fmt.Errorf("write: %w", syscall.EPIPE), true},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true},
		{&pgconn.PgError{Code: "57P01"}, true},
		{fmt.Errorf("insert: %w", &pgconn.PgError{Code: "23505"}), false},
		{context.Canceled, false},
		{errors.New("no such thing"), false},
		{fault.Wrap(io.EOF, fault.Unavailable, "mailbox.broken_answer"), false}, // a mail server hung up
	} {
		if got := Lost(c.err); got != c.want {
			t.Errorf("Lost(%v) = %v", c.err, got)
		}
	}
}

func TestRetry(t *testing.T) {
	tries := 0
	err := Retry(t.Context(), func(context.Context) error {
		if tries++; tries < 3 {
			return syscall.ECONNRESET
		}
		return nil
	})
	if err != nil || tries != 3 {
		t.Errorf("%d tries, %v", tries, err)
	}
	refused := errors.New("refused")
	tries = 0
	if err := Retry(t.Context(), func(context.Context) error { tries++; return refused }); !errors.Is(err, refused) || tries != 1 {
		t.Errorf("%d tries, %v", tries, err)
	}
}
