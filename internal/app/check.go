package app

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/authenticity"
	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/jobs"
	"kualik/internal/message"
)

// CheckDocument is the job that finds what a document with certificates shows of itself.
type CheckDocument struct {
	SHA256 string `json:"sha256"`
}

// Kind names the job.
func (CheckDocument) Kind() string { return "check_document" }

// buildChecks makes the store of what documents show. The anchors must be there.
func (a *App) buildChecks(book *jobs.Book) {
	a.Checks = authenticity.NewStore(a.Pool, a.anchors, a.Clock)
	jobs.Add(book, 5*time.Minute, func(ctx context.Context, j jobs.Job[CheckDocument]) error {
		// A file that several messages brought has a job of each.
		if done, err := a.Checks.Done(ctx, j.Args.SHA256); err != nil || done {
			return err
		}
		return a.check(ctx, j.Args.SHA256)
	})
}

// queueChecksOf queues the documents of a message, in the transaction in which it was decided.
func (a *App) queueChecksOf(ctx context.Context, tx pgx.Tx, message uuid.UUID) error {
	due, err := a.Checks.DueOf(ctx, tx, message)
	if err != nil {
		return err
	}
	return a.Jobs.InsertMany(ctx, tx, checksOf(due), jobs.Options{Queue: jobs.Aside})
}

func checksOf(due []string) []jobs.Args {
	list := make([]jobs.Args, len(due))
	for i, sha := range due {
		list[i] = CheckDocument{SHA256: sha}
	}
	return list
}

// check finds what a document shows and keeps it. Of a file that is not there nothing is found.
func (a *App) check(ctx context.Context, sha string) error {
	o, err := a.Checks.Options(ctx, sha)
	if err != nil {
		return err
	}
	data, err := blob.ReadAll(ctx, a.Blobs, sha, message.MaxSize)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.TooLarge) {
		return a.Checks.Keep(ctx, sha, o.At, nil)
	}
	if err != nil {
		return fmt.Errorf("check a document: %w", err)
	}
	pages, err := a.Checks.Pages(ctx, sha)
	if err != nil {
		return err
	}
	files, err := authenticity.Inspect(ctx, &a.reader, data, pages, o)
	if err != nil {
		return err
	}
	return a.Checks.Keep(ctx, sha, o.At, files)
}

// maxChecks is how many documents are queued at a time.
const maxChecks = 500

// checkAgain queues documents that this version of the check has not seen, or that were judged by other anchors: those
// that came before it was there, and any whose job was lost.
func (a *App) checkAgain(ctx context.Context) error {
	if err := a.Checks.Distrust(ctx); err != nil && ctx.Err() == nil {
		a.Log.Warn("documents judged by other anchors", "error", err)
	}
	return a.every(ctx, time.Minute, "check documents", a.requeueChecks)
}

func (a *App) requeueChecks(ctx context.Context) error {
	due, err := a.Checks.Due(ctx, maxChecks)
	if err != nil || len(due) == 0 {
		return err
	}
	return pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT s FROM unnest($1::text[]) s WHERE NOT EXISTS (
				SELECT FROM river_job j WHERE j.kind = 'check_document' AND j.args->>'sha256' = s
				  AND j.state IN ('available', 'running', 'retryable', 'scheduled', 'pending'))`, due)
		if err != nil {
			return fmt.Errorf("documents without a job: %w", err)
		}
		without, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("documents without a job: %w", err)
		}
		return a.Jobs.InsertMany(ctx, tx, checksOf(without), jobs.Options{Queue: jobs.Aside})
	})
}
