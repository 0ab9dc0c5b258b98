package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Check is a verification that was done, with what it found.
type Check struct {
	At     time.Time
	Report Report
}

// LastCheck is the newest verification; nil when there was none yet.
func LastCheck(ctx context.Context, db Querier) (*Check, error) {
	return lastCheck(ctx, db, `SELECT at, report FROM audit_check ORDER BY at DESC LIMIT 1`)
}

func lastCheck(ctx context.Context, db Querier, sql string) (*Check, error) {
	rows, err := db.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("read the audit's verification: %w", err)
	}
	var c Check
	var report []byte
	found := false
	if _, err = pgx.ForEachRow(rows, []any{&c.At, &report}, func() error { found = true; return json.Unmarshal(report, &c.Report) }); err != nil {
		return nil, fmt.Errorf("read the audit's verification: %w", err)
	}
	if !found {
		return nil, nil
	}
	return &c, nil
}

// Check verifies the chain and keeps what was found. The head of the last verification that found nothing must
// be there still.
func (c *Chain) Check(ctx context.Context) (Report, error) {
	good, err := lastCheck(ctx, c.pool, `SELECT at, report FROM audit_check WHERE whole ORDER BY at DESC LIMIT 1`)
	if err != nil {
		return Report{}, err
	}
	var anchors []Head
	if good != nil {
		head, err := ParseHead(good.Report.Head)
		if err != nil {
			return Report{}, fmt.Errorf("head of the audit's last verification: %w", err)
		}
		anchors = append(anchors, head)
	}
	r, err := c.Verify(ctx, anchors, nil)
	if err != nil {
		return r, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("write the audit's verification: %w", err)
	}
	_, err = c.pool.Exec(ctx, `INSERT INTO audit_check (at, whole, report) VALUES (@at, @whole, @report) ON CONFLICT DO NOTHING`,
		pgx.StrictNamedArgs{"at": c.clock.Now(), "whole": r.Whole, "report": text})
	if err != nil {
		return r, fmt.Errorf("keep the audit's verification: %w", err)
	}
	return r, nil
}

// CheckDue verifies the chain when that was last done longer ago than age; done tells whether it was now.
func (c *Chain) CheckDue(ctx context.Context, age time.Duration) (r Report, done bool, err error) {
	last, err := LastCheck(ctx, c.pool)
	if err != nil || last != nil && c.clock.Now().Sub(last.At) < age {
		return r, false, err
	}
	conn, err := c.pool.Acquire(ctx)
	if err != nil {
		return r, false, fmt.Errorf("verify the audit: %w", err)
	}
	defer conn.Release()
	var mine bool // of several processes one is enough
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, lockKey+1).Scan(&mine); err != nil || !mine {
		return r, false, err
	}
	defer func() {
		if _, e := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lockKey+1); e != nil {
			err = errors.Join(err, conn.Conn().Close(context.WithoutCancel(ctx)))
		}
	}()
	r, err = c.Check(ctx)
	return r, err == nil, err
}
