package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

// State is what became of an occurrence.
type State string

// The states.
const (
	Due     State = "due" // its work was started and has not ended
	Done    State = "done"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// Why an occurrence was skipped.
const (
	Superseded = "superseded" // a later one had come due as well
	PausedThen = "paused"
	DSTGap     = "dst_gap" // the clocks were put forward over it
	TooLate    = "too_late"
)

// maxLate is after how long a missed occurrence is no longer made up for.
const maxLate = 14 * 24 * time.Hour

// Occurrence is one moment of a schedule, or a start by hand.
type Occurrence struct {
	ScheduleID uuid.UUID
	At         time.Time
	State      State
	Reason     string
	Manual     bool
	ResultID   *uuid.UUID
	StartedAt  *time.Time
	FinishedAt *time.Time
}

const occurrenceColumns = `schedule_id, at, state, reason, manual, result_id, started_at, finished_at`

// tickEvery is how often Run looks; a late look loses nothing.
const tickEvery = 10 * time.Second

// Run ticks until ctx ends. Any number of processes may run it.
func (s *Scheduler) Run(ctx context.Context) error {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		if _, err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("account for schedules", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Tick accounts for every schedule up to now and starts what is due; it gives how many were started. A
// schedule that another process has in hand is left to it. One that fails does not hold up the others.
func (s *Scheduler) Tick(ctx context.Context) (started int, err error) {
	schedules, err := s.List(ctx)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, sch := range schedules {
		n, err := s.tick(ctx, sch.ID)
		if err != nil {
			failures = append(failures, fmt.Errorf("schedule %s: %w", sch.ID, err))
		}
		started += n
	}
	return started, errors.Join(failures...)
}

func (s *Scheduler) tick(ctx context.Context, id uuid.UUID) (started int, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		sch, err := s.one(ctx, tx, id, "FOR UPDATE SKIP LOCKED")
		if fault.Is(err, fault.NotFound) {
			return nil // in another process's hand, or removed meanwhile
		}
		if err != nil {
			return err
		}
		started, err = s.account(ctx, tx, sch)
		return err
	})
	if err != nil {
		return 0, err
	}
	return started, nil
}

// account gives every moment since the last accounted one a row: the newest runs, the rest are skipped
// with the reason. The schedule's row is locked by the caller.
func (s *Scheduler) account(ctx context.Context, tx pgx.Tx, sch Schedule) (started int, err error) {
	now := s.clock.Now()
	if !now.After(sch.AccountedTo) {
		return 0, nil
	}
	c, err := sch.Parse()
	if err != nil {
		return 0, err
	}
	occurrences := plan(sch, c.Between(sch.AccountedTo, now), now)
	if err := insertSkipped(ctx, tx, occurrences); err != nil {
		return 0, err
	}
	for _, o := range occurrences {
		if o.State != Due {
			continue
		}
		fresh, err := insert(ctx, tx, o)
		if err != nil {
			return 0, err
		}
		if fresh {
			if err := s.start(ctx, tx, sch, o); err != nil {
				return 0, fmt.Errorf("start %s: %w", sch.Work, err)
			}
			started++
		}
	}
	_, err = tx.Exec(ctx, `UPDATE schedule SET accounted_to = @now WHERE id = @id`,
		pgx.StrictNamedArgs{"id": sch.ID, "now": now})
	if err != nil {
		return 0, fmt.Errorf("account up to %s: %w", now, err)
	}
	return started, nil
}

// plan decides about moments that have come. It is pure.
func plan(sch Schedule, moments []Moment, now time.Time) []Occurrence {
	last := -1
	for i, m := range moments {
		if !m.Gap {
			last = i
		}
	}
	out := make([]Occurrence, len(moments))
	for i, m := range moments {
		o := Occurrence{ScheduleID: sch.ID, At: m.At, State: Skipped}
		switch {
		case sch.Paused:
			o.Reason = PausedThen
		case m.Gap:
			o.Reason = DSTGap
		case i != last:
			o.Reason = Superseded
		case now.Sub(m.At) > maxLate:
			o.Reason = TooLate
		default:
			o.State = Due
		}
		out[i] = o
	}
	return out
}

const insertSQL = `
	INSERT INTO occurrence (schedule_id, at, state, reason, manual)
	VALUES (@schedule, @at, @state, @reason, @manual)
	ON CONFLICT (schedule_id, at) DO NOTHING`

func (o Occurrence) args() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"schedule": o.ScheduleID, "at": o.At, "state": o.State, "reason": o.Reason, "manual": o.Manual,
	}
}

// insertSkipped keeps what does not run, in one round trip: after a long stop it may be much.
func insertSkipped(ctx context.Context, tx pgx.Tx, occurrences []Occurrence) error {
	batch := &pgx.Batch{}
	for _, o := range occurrences {
		if o.State == Skipped {
			batch.Queue(insertSQL, o.args())
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("keep skipped occurrences: %w", err)
	}
	return nil
}

// insert keeps an occurrence; fresh is false when it has a row already.
func insert(ctx context.Context, tx pgx.Tx, o Occurrence) (fresh bool, err error) {
	tag, err := tx.Exec(ctx, insertSQL, o.args())
	if err != nil {
		return false, fmt.Errorf("keep occurrence of %s: %w", o.At, err)
	}
	return tag.RowsAffected() == 1, nil
}

// RunNow starts the schedule's work at once, paused or not.
func (s *Scheduler) RunNow(ctx context.Context, id uuid.UUID) (Occurrence, error) {
	o := Occurrence{ScheduleID: id, At: s.clock.Now(), State: Due, Manual: true}
	err := s.locked(ctx, id, func(tx pgx.Tx, sch Schedule) error {
		for {
			fresh, err := insert(ctx, tx, o)
			if err != nil {
				return err
			}
			if fresh {
				return s.start(ctx, tx, sch, o)
			}
			o.At = o.At.Add(time.Microsecond)
		}
	})
	if err != nil {
		return Occurrence{}, err
	}
	return o, nil
}

// Began notes that the work of an occurrence is being done.
func (s *Scheduler) Began(ctx context.Context, id uuid.UUID, at time.Time) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE occurrence SET started_at = coalesce(started_at, @now) WHERE schedule_id = @id AND at = @at`,
		pgx.StrictNamedArgs{"id": id, "at": at, "now": s.clock.Now()})
	if err != nil {
		return fmt.Errorf("note the start of %s: %w", at, err)
	}
	return nil
}

// Outcome is how the work ended: Done with the id of its result, or Failed with the reason.
type Outcome struct {
	State    State
	Reason   string
	ResultID *uuid.UUID
}

// Finish notes how the work of an occurrence ended. Done is final; Failed may still become Done when the
// work is tried again.
func (s *Scheduler) Finish(ctx context.Context, id uuid.UUID, at time.Time, out Outcome) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE occurrence SET state = @state, reason = @reason, result_id = @result, finished_at = @now
		WHERE schedule_id = @id AND at = @at AND state IN ('due', 'failed')`,
		pgx.StrictNamedArgs{
			"id": id, "at": at, "state": out.State, "reason": out.Reason, "result": out.ResultID, "now": s.clock.Now(),
		})
	if err != nil {
		return fmt.Errorf("note the end of %s: %w", at, err)
	}
	return nil
}

// History are the newest occurrences of a schedule, the newest first.
func (s *Scheduler) History(ctx context.Context, id uuid.UUID, limit int) ([]Occurrence, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+occurrenceColumns+` FROM occurrence WHERE schedule_id = @id ORDER BY at DESC LIMIT @limit`,
		pgx.StrictNamedArgs{"id": id, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Occurrence])
}
