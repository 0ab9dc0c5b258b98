package payment

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	askEvery     = time.Minute // while a payment is open
	unknownAlarm = 24 * time.Hour
	askTogether  = 50 // invoices that one round takes at a time
)

// afterwards is how long after its end, or after the last question, a session is asked for again: money may
// come late.
var afterwards = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 48 * time.Hour}

// nextAsk is when the bank is asked about an invoice next; nil when nothing more is expected.
func nextAsk(i Invoice, now time.Time) *time.Time {
	if i.StartedAt == nil {
		return nil
	}
	at := now
	switch i.State {
	case Paying:
		at = now.Add(patience(i, now))
		if i.TimeLeft(now) > 0 && i.Deadline.Before(at) {
			at = *i.Deadline
		}
	case RefundAsked:
		at = now.Add(min(askEvery<<min(max(i.RefundTries-1, 0), 10), time.Hour))
	case Expired, Failed, Cancelled:
		if i.UnknownSince != nil {
			at = now.Add(patience(i, now))
			break
		}
		if i.Asks >= len(afterwards) {
			return nil
		}
		at = now.Add(afterwards[i.Asks])
	default:
		return nil
	}
	return &at
}

// patience is the time between two questions: a minute, longer when the bank has been away for long.
func patience(i Invoice, now time.Time) time.Duration {
	if i.UnknownSince == nil {
		return askEvery
	}
	switch away := now.Sub(*i.UnknownSince); {
	case away < time.Hour:
		return askEvery
	case away < unknownAlarm:
		return 15 * askEvery
	}
	return time.Hour
}

// Reconcile asks the bank about every invoice whose time has come, and gives the number of those asked. Any
// number of processes may call it at once; each invoice is asked by one. A process that is killed leaves
// the invoice to the next minute.
func (s *Service) Reconcile(ctx context.Context) (int, error) {
	if s.bank == nil {
		return 0, nil
	}
	asked := 0
	for {
		due, err := s.claim(ctx)
		if err != nil || len(due) == 0 {
			return asked, err
		}
		for _, id := range due {
			if _, err := s.Confirm(ctx, id); err != nil {
				if ctx.Err() != nil {
					return asked, ctx.Err()
				}
				s.log.Error("asking the bank about an invoice", "invoice", id, "error", err)
				continue
			}
			asked++
		}
	}
}

// claim takes invoices that are due and puts them off by a minute, so that nobody else asks meanwhile.
func (s *Service) claim(ctx context.Context) ([]uuid.UUID, error) {
	now := s.clock.Now()
	rows, err := s.pool.Query(ctx, `
		UPDATE invoice SET ask_at = @later WHERE id IN (
			SELECT id FROM invoice WHERE ask_at <= @now ORDER BY ask_at LIMIT @limit FOR UPDATE SKIP LOCKED)
		RETURNING id`, pgx.StrictNamedArgs{"now": now, "later": now.Add(askEvery), "limit": askTogether})
	if err != nil {
		return nil, fmt.Errorf("looking for payments to be asked for: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("looking for payments to be asked for: %w", err)
	}
	return ids, nil
}

// Run reconciles until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Second) // what is due is in the database; the tick only looks
	defer tick.Stop()
	for {
		if _, err := s.Reconcile(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("reconciling payments", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
