package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

// Reader is somebody who reads again what was written to them. Of a letter to an address that was proven to
// be theirs they see everything but the topics that are Never shown. Whoever merely says that an address is
// theirs sees there only what is about their own Things, and no Keys: letters whose words let somebody in.
type Reader struct {
	Proven []string
	Said   []string
	Things []string // what letters are about, before the first stroke of About
	Never  []string // topics
	Keys   []string // topics
}

const readable = `topic <> ALL(@never) AND (recipient = ANY(@proven)
	OR recipient = ANY(@said) AND topic <> ALL(@keys) AND split_part(about, '/', 1) = ANY(@things))`

func (r Reader) args() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"proven": lower(r.Proven), "said": lower(r.Said), "things": notNil(r.Things), "never": notNil(r.Never), "keys": notNil(r.Keys)}
}

func lower(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s != "" {
			out = append(out, strings.ToLower(s))
		}
	}
	return out
}

// notNil is an empty list where there is none: NULL compares to nothing.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Inbox lists what a reader may see, the newest first. before is the ID of the last one already seen, or
// uuid.Nil.
func (s *Service) Inbox(ctx context.Context, r Reader, before uuid.UUID, limit int) ([]Entry, error) {
	args := r.args()
	args["before"], args["limit"] = before, limit
	rows, err := s.pool.Query(ctx, `
		SELECT `+entryColumns+` FROM letter
		WHERE `+readable+` AND (@before::uuid = '00000000-0000-0000-0000-000000000000' OR id < @before)
		ORDER BY id DESC LIMIT @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("listing somebody's letters: %w", err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	if err != nil {
		return nil, fmt.Errorf("listing somebody's letters: %w", err)
	}
	return entries, nil
}

// Received is one letter that a reader may see; fault.NotFound for any other.
func (s *Service) Received(ctx context.Context, r Reader, id uuid.UUID) (Entry, error) {
	args := r.args()
	args["id"] = id
	rows, err := s.pool.Query(ctx, `SELECT `+entryColumns+` FROM letter WHERE id = @id AND `+readable, args)
	if err != nil {
		return Entry{}, fmt.Errorf("reading a letter again: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return Entry{}, fault.New(fault.NotFound, "notify.not_found")
	}
	if err != nil {
		return Entry{}, fmt.Errorf("reading a letter again: %w", err)
	}
	return e, nil
}

// CountInbox is how many letters a reader may see.
func (s *Service) CountInbox(ctx context.Context, r Reader) (n int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM letter WHERE `+readable, r.args()).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting somebody's letters: %w", err)
	}
	return n, nil
}
