package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

// Schedule starts work at the moments of a cron expression. Work names what is started and Args are its
// arguments; this package does not look into them.
type Schedule struct {
	ID          uuid.UUID
	Name        string
	Work        string
	Args        json.RawMessage
	Cron        string
	TimeZone    string
	Paused      bool
	AccountedTo time.Time // every occurrence up to here has a row
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Parse reads the expression in the schedule's zone.
func (s Schedule) Parse() (Cron, error) {
	c, err := ParseCron(s.Cron, s.TimeZone)
	return c.From(s.CreatedAt), err
}

// Start begins the work of an occurrence by inserting a job in tx; it must not wait for it.
type Start func(ctx context.Context, tx pgx.Tx, s Schedule, o Occurrence) error

// Scheduler keeps schedules and accounts for their occurrences.
type Scheduler struct {
	pool  *pgxpool.Pool
	clock clock.Clock
	start Start
	log   *slog.Logger
}

// NewScheduler makes a Scheduler; start is called once for each occurrence that runs.
func NewScheduler(pool *pgxpool.Pool, c clock.Clock, start Start, log *slog.Logger) *Scheduler {
	return &Scheduler{pool: pool, clock: c, start: start, log: log}
}

// leastGap is how far two runs must be apart.
const leastGap = 5 * time.Minute

// Check refuses a schedule that cannot be kept; the error is a fault for the reader.
func (s Schedule) Check() error {
	if strings.TrimSpace(s.Name) == "" {
		return fault.New(fault.Invalid, "jobs.error.name")
	}
	c, err := s.Parse()
	if err != nil {
		return err
	}
	next := c.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 100)
	for i := 1; i < len(next); i++ {
		if next[i].Sub(next[i-1]) < leastGap {
			return fault.New(fault.Invalid, "jobs.error.too_often")
		}
	}
	return nil
}

const scheduleColumns = `id, name, work, args, cron, time_zone, paused, accounted_to, created_at, updated_at`

// Add keeps a new schedule; its first occurrence is the first after now. ID and times are filled in.
func (s *Scheduler) Add(ctx context.Context, sch Schedule) (Schedule, error) {
	now := s.clock.Now()
	sch.ID, sch.CreatedAt, sch.UpdatedAt, sch.AccountedTo = clock.NewID(), now, now, now
	if len(sch.Args) == 0 {
		sch.Args = json.RawMessage(`{}`)
	}
	if err := sch.Check(); err != nil {
		return Schedule{}, err
	}
	_, err := s.pool.Exec(ctx, `
		INSERT INTO schedule (`+scheduleColumns+`)
		VALUES (@id, @name, @work, @args, @cron, @zone, @paused, @now, @now, @now)`,
		pgx.StrictNamedArgs{
			"id": sch.ID, "name": sch.Name, "work": sch.Work, "args": sch.Args, "cron": sch.Cron,
			"zone": sch.TimeZone, "paused": sch.Paused, "now": now,
		})
	if err != nil {
		return Schedule{}, fmt.Errorf("add schedule: %w", err)
	}
	return sch, nil
}

// Change sets name, args, expression and zone of the schedule with sch's ID. What came due under the old
// expression is accounted for first.
func (s *Scheduler) Change(ctx context.Context, sch Schedule) error {
	if len(sch.Args) == 0 {
		sch.Args = json.RawMessage(`{}`)
	}
	return s.locked(ctx, sch.ID, func(tx pgx.Tx, old Schedule) error {
		sch.CreatedAt = old.CreatedAt
		if err := sch.Check(); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE schedule SET name = @name, args = @args, cron = @cron, time_zone = @zone, updated_at = @now
			WHERE id = @id`,
			pgx.StrictNamedArgs{
				"id": sch.ID, "name": sch.Name, "args": sch.Args, "cron": sch.Cron, "zone": sch.TimeZone,
				"now": s.clock.Now(),
			})
		return err
	})
}

// Pause keeps the schedule from starting anything; its occurrences are recorded as skipped.
func (s *Scheduler) Pause(ctx context.Context, id uuid.UUID) error { return s.setPaused(ctx, id, true) }

// Resume ends a pause. What would have come due during it stays skipped.
func (s *Scheduler) Resume(ctx context.Context, id uuid.UUID) error {
	return s.setPaused(ctx, id, false)
}

func (s *Scheduler) setPaused(ctx context.Context, id uuid.UUID, paused bool) error {
	return s.locked(ctx, id, func(tx pgx.Tx, _ Schedule) error {
		_, err := tx.Exec(ctx, `UPDATE schedule SET paused = @paused, updated_at = @now WHERE id = @id`,
			pgx.StrictNamedArgs{"id": id, "paused": paused, "now": s.clock.Now()})
		return err
	})
}

// Remove forgets the schedule and its history.
func (s *Scheduler) Remove(ctx context.Context, id uuid.UUID) error {
	tag, err := s.pool.Exec(ctx, `DELETE FROM schedule WHERE id = @id`, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return fmt.Errorf("remove schedule: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "jobs.error.not_found")
	}
	return nil
}

// Get is one schedule.
func (s *Scheduler) Get(ctx context.Context, id uuid.UUID) (Schedule, error) {
	return s.one(ctx, s.pool, id, "")
}

// List are all schedules, the oldest first.
func (s *Scheduler) List(ctx context.Context) ([]Schedule, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+scheduleColumns+` FROM schedule ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Schedule])
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (s *Scheduler) one(ctx context.Context, db querier, id uuid.UUID, lock string) (Schedule, error) {
	rows, err := db.Query(ctx, `SELECT `+scheduleColumns+` FROM schedule WHERE id = @id `+lock,
		pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return Schedule{}, fmt.Errorf("read schedule: %w", err)
	}
	sch, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Schedule])
	if errors.Is(err, pgx.ErrNoRows) {
		return Schedule{}, fault.Wrap(err, fault.NotFound, "jobs.error.not_found")
	}
	if err != nil {
		return Schedule{}, fmt.Errorf("read schedule: %w", err)
	}
	return sch, nil
}

// locked accounts for the schedule up to now and then does something with it, in one transaction that
// no tick can come between.
func (s *Scheduler) locked(ctx context.Context, id uuid.UUID, do func(pgx.Tx, Schedule) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		sch, err := s.one(ctx, tx, id, "FOR UPDATE")
		if err != nil {
			return err
		}
		if _, err := s.account(ctx, tx, sch); err != nil {
			return err
		}
		return do(tx, sch)
	})
	if err != nil {
		return fmt.Errorf("schedule %s: %w", id, err)
	}
	return nil
}
