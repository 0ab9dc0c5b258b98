package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// Pause is an address to which nothing is sent, because letters to it came back.
type Pause struct {
	ID         uuid.UUID
	Address    string
	Status     string // 5.1.1, may be empty
	Diagnostic string // the server's own words
	LetterID   *uuid.UUID
	PausedAt   time.Time
	LiftedAt   *time.Time
	LiftedBy   string
	Waiting    int // letters that are held for it
}

const pauseColumns = `p.id, p.address, p.status, p.diagnostic, p.letter_id, p.paused_at, p.lifted_at, p.lifted_by,
	CASE WHEN p.lifted_at IS NULL THEN (SELECT count(*) FROM letter l WHERE l.recipient = p.address AND l.state = 'held' AND l.reason = 'paused') ELSE 0 END AS waiting`

func isPaused(ctx context.Context, db postgres.DB, address string) (paused bool, err error) {
	err = db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM address_pause WHERE address = @address AND lifted_at IS NULL)`, pgx.StrictNamedArgs{"address": address}).Scan(&paused)
	if err != nil {
		return false, fmt.Errorf("looking whether an address is paused: %w", err)
	}
	return paused, nil
}

// Pauses lists the pauses, those that are in force first, then the newest first.
func (s *Service) Pauses(ctx context.Context, limit int) ([]Pause, error) {
	return s.pauses(ctx, `TRUE`, pgx.StrictNamedArgs{"limit": limit})
}

// PausesOf lists those in force of somebody's addresses.
func (s *Service) PausesOf(ctx context.Context, addresses ...string) ([]Pause, error) {
	return s.pauses(ctx, `p.lifted_at IS NULL AND p.address = ANY(@addresses)`, pgx.StrictNamedArgs{"limit": 100, "addresses": lower(addresses)})
}

func (s *Service) pauses(ctx context.Context, where string, args pgx.StrictNamedArgs) ([]Pause, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+pauseColumns+` FROM address_pause p WHERE `+where+`
		ORDER BY p.lifted_at IS NOT NULL, p.paused_at DESC, p.id DESC LIMIT @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("listing paused addresses: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Pause])
	if err != nil {
		return nil, fmt.Errorf("listing paused addresses: %w", err)
	}
	return list, nil
}

// CountPaused is how many addresses are paused now.
func (s *Service) CountPaused(ctx context.Context) (n int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM address_pause WHERE lifted_at IS NULL`).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting paused addresses: %w", err)
	}
	return n, nil
}

// Lift ends the pause of an address; letters that were held for it since a day go. by is who wants that.
// fault.NotFound when the address is not paused.
func (s *Service) Lift(ctx context.Context, tx pgx.Tx, address, by string) error {
	now := s.clock.Now()
	address = strings.ToLower(strings.TrimSpace(address))
	tag, err := tx.Exec(ctx, `UPDATE address_pause SET lifted_at = @now, lifted_by = @by WHERE address = @address AND lifted_at IS NULL`,
		pgx.StrictNamedArgs{"now": now, "by": by, "address": address})
	if err != nil {
		return fmt.Errorf("lifting an address's pause: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "notify.not_paused")
	}
	ids, err := release(ctx, tx, Paused, address, now.Add(-releaseSpan))
	if err != nil {
		return err
	}
	return s.wake(ctx, tx, ids...)
}
