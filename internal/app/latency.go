package app

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Latency is how long mails took from SMTP to the row that the workbook counts.
type Latency struct {
	Times []time.Duration // ascending
}

// Quantile is the time within which a share of the mails arrived.
func (l Latency) Quantile(q float64) time.Duration {
	if len(l.Times) == 0 {
		return 0
	}
	i := int(q*float64(len(l.Times)-1) + 0.999999)
	return l.Times[min(i, len(l.Times)-1)]
}

// MeasureLatency sends fresh mails to the SMTP port of a demonstration that runs, one after another, and
// measures when the certificates of each may be counted. A mail that has not arrived after a minute is an
// error.
func (d *Demo) MeasureLatency(ctx context.Context, mails int, progress func(done, of int)) (Latency, error) {
	fresh, err := d.Pieces.Fresh(mails)
	if err != nil {
		return Latency{}, fmt.Errorf("make fresh mails: %w", err)
	}
	var l Latency
	for i, m := range fresh {
		before, err := d.countable(ctx)
		if err != nil {
			return l, err
		}
		began := time.Now()
		if err := d.Pieces.Send(ctx, m); err != nil {
			return l, fmt.Errorf("send: %w", err)
		}
		if err := d.await(ctx, before+len(m.Truth.Certificates)); err != nil {
			return l, fmt.Errorf("mail %d: %w", i+1, err)
		}
		l.Times = append(l.Times, time.Since(began))
		progress(i+1, len(fresh))
	}
	slices.Sort(l.Times)
	return l, nil
}

// countable is how many certificates the rating may count.
func (d *Demo) countable(ctx context.Context) (n int, err error) {
	err = d.App.Pool.QueryRow(ctx, `SELECT count(*)::int FROM certificate WHERE merged_into IS NULL AND reading IN ('sure', 'confirmed')`).Scan(&n)
	return n, err
}

func (d *Demo) await(ctx context.Context, want int) error {
	deadline := time.After(time.Minute)
	for {
		n, err := d.countable(ctx)
		if err != nil || n >= want {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("not counted after a minute")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
