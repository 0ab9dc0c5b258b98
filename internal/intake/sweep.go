package intake

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/jobs"
)

// Requeue inserts jobs for messages that wait and have none: River forgets a job after a while, the
// ledger does not forget a message. It returns how many there were.
func (in *Intake) Requeue(ctx context.Context) (n int, err error) {
	err = pgx.BeginFunc(ctx, in.Pool, func(tx pgx.Tx) error {
		now := in.Clock.Now()
		rows, err := tx.Query(ctx, `
			SELECT m.id FROM message m
			WHERE ((m.outcome = 'pending' AND m.sha256 <> '' AND m.stored_at < $1) OR (m.outcome = 'failed' AND m.sha256 <> '' AND m.try_after < $1))
			  AND NOT EXISTS (
				SELECT FROM river_job j WHERE j.kind = 'take_message' AND j.args->>'message_id' = m.id::text
				  AND j.state IN ('available', 'running', 'retryable', 'scheduled', 'pending'))
			ORDER BY m.stored_at LIMIT 10000
			FOR UPDATE OF m SKIP LOCKED`, now.Add(-10*time.Second))
		if err != nil {
			return fmt.Errorf("messages without a job: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return fmt.Errorf("messages without a job: %w", err)
		}
		n = len(ids)
		return in.Enqueue(ctx, tx, ids)
	})
	return n, err
}

// Enqueue inserts the jobs of messages that were just stored, in the transaction that stored them.
func (in *Intake) Enqueue(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) error {
	args := make([]jobs.Args, len(ids))
	for i, id := range ids {
		args[i] = Take{MessageID: id}
	}
	return in.Jobs.InsertMany(ctx, tx, args, jobs.Options{})
}

// Replay reads messages again from their stored bytes: those of an outcome, or those with the ids. What
// people decided about their certificates stays. It returns how many will be read.
func (in *Intake) Replay(ctx context.Context, by audit.Actor, ids []uuid.UUID, outcomes []string) (n int, err error) {
	err = pgx.BeginFunc(ctx, in.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			UPDATE message SET outcome = 'pending', reason = '', detail = '', attempts = 0, try_after = NULL, decided_at = NULL, released = false
			WHERE sha256 <> '' AND outcome NOT IN ('pending', 'duplicate') AND (id = ANY($1) OR outcome = ANY($2))
			RETURNING id`, ids, outcomes)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		again, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		n = len(again)
		for _, id := range again {
			err := audit.Record(ctx, tx, audit.Entry{At: in.Clock.Now(), Actor: by, Action: "intake.replay", SubjectKind: "message", SubjectID: id.String()})
			if err != nil {
				return err
			}
		}
		return in.Enqueue(ctx, tx, again)
	})
	return n, err
}

// Unsettled tells how many of the messages are not yet decided; with no ids, of all. A failed one that will
// be tried again later counts as decided for now.
func (in *Intake) Unsettled(ctx context.Context, ids []uuid.UUID) (n int, err error) {
	err = in.Pool.QueryRow(ctx, `SELECT count(*)::int FROM message WHERE outcome = 'pending' AND sha256 <> '' AND ($1::uuid[] IS NULL OR id = ANY($1))`, ids).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count undecided messages: %w", err)
	}
	return n, nil
}

// orphanAge is how old a file without a row must be before it is swept: a message's bytes are stored
// before its row is.
const orphanAge = 48 * time.Hour

// SweepFiles removes files that nothing in the database names: raw messages whose row was never
// committed. It returns how many.
func (in *Intake) SweepFiles(ctx context.Context) (removed int, err error) {
	var old []string
	err = in.Blobs.Each(ctx, func(sha string, _ int64, modified time.Time) error {
		if in.Clock.Now().Sub(modified) > orphanAge {
			old = append(old, sha)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("list files: %w", err)
	}
	for len(old) > 0 {
		part := old[:min(1000, len(old))]
		old = old[len(part):]
		rows, err := in.Pool.Query(ctx, `
			SELECT s FROM unnest($1::text[]) s
			WHERE NOT EXISTS (SELECT FROM kept_file k WHERE k.sha256 = s)`, part)
		if err != nil {
			return removed, fmt.Errorf("look for orphans: %w", err)
		}
		orphans, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return removed, fmt.Errorf("look for orphans: %w", err)
		}
		for _, sha := range orphans {
			if err := in.Blobs.Remove(ctx, sha); err != nil {
				return removed, fmt.Errorf("remove orphan: %w", err)
			}
			removed++
		}
	}
	return removed, nil
}
