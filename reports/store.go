package reports

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/rating"
)

// Report is a workbook that was made. Period, rules and instant are those of its snapshot.
type Report struct {
	ID          uuid.UUID
	SnapshotID  uuid.UUID
	Lang        i18n.Lang
	Filename    string
	SHA256      string
	Size        int64 // bytes
	MadeBy      string
	ScheduleID  *uuid.UUID
	CreatedAt   time.Time
	PeriodFrom  clock.Day
	PeriodTo    clock.Day
	RuleVersion int
	SealedAt    time.Time
}

// Period is the period that the report is about.
func (r Report) Period() rating.Period { return rating.Period{From: r.PeriodFrom, To: r.PeriodTo} }

const selectReport = `
	SELECT r.id, r.snapshot_id, r.lang, r.filename, r.sha256, r.size, r.made_by, r.schedule_id, r.created_at,
	       s.period_from, s.period_to, s.rule_version, s.sealed_at
	FROM report r JOIN snapshot s ON s.id = r.snapshot_id `

// keep writes the report's row, or takes the earlier one of the same maker with the same bytes.
func keep(ctx context.Context, tx pgx.Tx, r *Report) error {
	// Two that make the same report at once wait for each other here.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(@sha256, 0))`,
		pgx.StrictNamedArgs{"sha256": r.SHA256}); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, selectReport+`
		WHERE r.snapshot_id = @snapshot AND r.lang = @lang AND r.sha256 = @sha256 AND r.made_by = @by
		  AND r.schedule_id IS NOT DISTINCT FROM @schedule
		ORDER BY r.created_at LIMIT 1`,
		pgx.StrictNamedArgs{"snapshot": r.SnapshotID, "lang": r.Lang, "sha256": r.SHA256, "by": r.MadeBy, "schedule": r.ScheduleID})
	if err != nil {
		return err
	}
	earlier, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Report])
	if err == nil {
		*r = earlier
		return nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO report (id, snapshot_id, lang, filename, sha256, size, made_by, schedule_id, created_at)
		VALUES (@id, @snapshot, @lang, @filename, @sha256, @size, @by, @schedule, @now)`,
		pgx.StrictNamedArgs{
			"id": r.ID, "snapshot": r.SnapshotID, "lang": r.Lang, "filename": r.Filename, "sha256": r.SHA256,
			"size": r.Size, "by": r.MadeBy, "schedule": r.ScheduleID, "now": r.CreatedAt,
		})
	return err
}

// Get is one report; fault.NotFound when there is none.
func (m *Maker) Get(ctx context.Context, id uuid.UUID) (Report, error) {
	rows, err := m.Pool.Query(ctx, selectReport+`WHERE r.id = @id`, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return Report{}, fmt.Errorf("read report: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Report])
	if errors.Is(err, pgx.ErrNoRows) {
		return Report{}, fault.Wrap(err, fault.NotFound, "reports.error.not_found")
	}
	if err != nil {
		return Report{}, fmt.Errorf("read report: %w", err)
	}
	return r, nil
}

// List are the newest reports, the newest first.
func (m *Maker) List(ctx context.Context, limit int) ([]Report, error) {
	rows, err := m.Pool.Query(ctx, selectReport+`ORDER BY r.created_at DESC, r.id DESC LIMIT @limit`,
		pgx.StrictNamedArgs{"limit": limit})
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Report])
}
