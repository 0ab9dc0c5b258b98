package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/jobs"
	"kualik/internal/postgres/pgtest"
)

// starts notes what was started, as a job in the same transaction would: a rollback takes it back.
type starts struct {
	mu   sync.Mutex
	at   []time.Time
	fail error
}

func (s *starts) start(_ context.Context, _ pgx.Tx, _ jobs.Schedule, o jobs.Occurrence) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.at = append(s.at, o.At)
	return nil
}

func schedules(pool *pgxpool.Pool, c clock.Clock, s *starts) *jobs.Scheduler {
	return jobs.NewScheduler(pool, c, s.start, slog.New(slog.DiscardHandler))
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func add(t *testing.T, s *jobs.Scheduler, cron, zone string) jobs.Schedule {
	t.Helper()
	sch, err := s.Add(t.Context(), jobs.Schedule{Name: "Отчёт", Work: "rating_report", Cron: cron, TimeZone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return sch
}

func tick(t *testing.T, s *jobs.Scheduler) int {
	t.Helper()
	n, err := s.Tick(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// history gives instant and what became of it, the oldest first.
func history(t *testing.T, s *jobs.Scheduler, id uuid.UUID) (out []string) {
	t.Helper()
	list, err := s.History(t.Context(), id, 10000)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range slices.Backward(list) {
		word := string(o.State)
		if o.Reason != "" {
			word += ":" + o.Reason
		}
		out = append(out, o.At.UTC().Format("01-02T15:04")+" "+word)
	}
	return out
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestScheduleRunsOnceAndRecordsWhatItMissed(t *testing.T) {
	pool, c, run := pgtest.New(t), clock.At(at("2026-03-27T00:00:00Z")), &starts{}
	s := schedules(pool, c, run)
	sch := add(t, s, "30 2 * * *", "Europe/Berlin")
	c.Advance(2 * time.Hour)
	if n := tick(t, s) + tick(t, s); n != 1 {
		t.Errorf("two ticks after one moment started %d", n)
	}
	c.Advance(4 * 24 * time.Hour) // away over the night in which 02:30 did not exist
	if n := tick(t, s); n != 1 {
		t.Errorf("after a stop %d were started, want the newest only", n)
	}
	equal(t, history(t, s, sch.ID), []string{
		"03-27T01:30 due", "03-28T01:30 skipped:superseded", "03-29T01:00 skipped:dst_gap",
		"03-30T00:30 skipped:superseded", "03-31T00:30 due",
	})
	c.Advance(-10 * 24 * time.Hour) // a clock that was set back
	if n := tick(t, s); n != 0 {
		t.Errorf("a clock set back started %d", n)
	}
}

func TestPauseResumeChange(t *testing.T) {
	pool, c, run := pgtest.New(t), clock.At(at("2026-05-01T00:00:00Z")), &starts{}
	s := schedules(pool, c, run)
	sch := add(t, s, "0 9 * * *", "UTC")
	c.Advance(10 * time.Hour)
	if err := s.Pause(t.Context(), sch.ID); err != nil { // 09:00 was before the pause and runs
		t.Fatal(err)
	}
	c.Advance(48 * time.Hour)
	if n := tick(t, s); n != 0 {
		t.Errorf("paused, and %d were started", n)
	}
	c.Advance(24 * time.Hour)
	if err := s.Resume(t.Context(), sch.ID); err != nil {
		t.Fatal(err)
	}
	sch.Cron = "0 12 * * *"
	c.Advance(24 * time.Hour)
	if err := s.Change(t.Context(), sch); err != nil { // the 5th's 09:00 still goes by the old expression
		t.Fatal(err)
	}
	c.Advance(3 * time.Hour)
	tick(t, s)
	equal(t, history(t, s, sch.ID), []string{
		"05-01T09:00 due", "05-02T09:00 skipped:paused", "05-03T09:00 skipped:paused",
		"05-04T09:00 skipped:paused", "05-05T09:00 due", "05-05T12:00 due",
	})
	if err := s.Remove(t.Context(), sch.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(t.Context(), sch.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a schedule that is gone: %v", err)
	}
}

func TestTooLate(t *testing.T) {
	pool, c, run := pgtest.New(t), clock.At(at("2026-01-01T00:00:00Z")), &starts{}
	s := schedules(pool, c, run)
	sch := add(t, s, "0 9 5 * *", "UTC")
	c.Advance(25 * 24 * time.Hour)
	if n := tick(t, s); n != 0 {
		t.Errorf("%d were started twenty days late", n)
	}
	equal(t, history(t, s, sch.ID), []string{"01-05T09:00 skipped:too_late"})
}

func TestRunNowFinishAndFailure(t *testing.T) {
	pool, c, run := pgtest.New(t), clock.At(at("2026-05-01T08:59:00Z")), &starts{}
	s := schedules(pool, c, run)
	sch := add(t, s, "0 9 * * *", "UTC")
	for range 2 {
		if _, err := s.RunNow(t.Context(), sch.ID); err != nil {
			t.Fatal(err)
		}
	}
	c.Advance(time.Minute)
	run.fail = errors.New("no jobs today")
	if _, err := s.Tick(t.Context()); !errors.Is(err, run.fail) {
		t.Errorf("a start that fails: %v", err)
	}
	if got := history(t, s, sch.ID); len(got) != 2 {
		t.Errorf("what could not be started is accounted for: %q", got)
	}
	run.fail = nil
	if n := tick(t, s); n != 1 {
		t.Errorf("the next tick started %d", n)
	}
	moment, result := at("2026-05-01T09:00:00Z"), clock.NewID()
	finish := func(o jobs.Outcome) {
		t.Helper()
		if err := errors.Join(s.Began(t.Context(), sch.ID, moment), s.Finish(t.Context(), sch.ID, moment, o)); err != nil {
			t.Fatal(err)
		}
	}
	finish(jobs.Outcome{State: jobs.Failed, Reason: "disk full"})
	finish(jobs.Outcome{State: jobs.Done, ResultID: &result})
	finish(jobs.Outcome{State: jobs.Failed, Reason: "too late to fail"})
	list, err := s.History(t.Context(), sch.ID, 10)
	if err != nil {
		t.Fatal(err)
	}
	if o := list[0]; o.State != jobs.Done || o.Reason != "" || o.ResultID == nil || *o.ResultID != result || o.StartedAt == nil || o.Manual || !list[1].Manual {
		t.Errorf("finished: %+v, by hand: %+v", o, list[1])
	}
}

func TestCheck(t *testing.T) {
	s := schedules(pgtest.New(t), clock.At(at("2026-05-01T00:00:00Z")), &starts{})
	for key, sch := range map[string]jobs.Schedule{
		"jobs.error.name":      {Cron: "@daily", TimeZone: "UTC"},
		"jobs.error.too_often": {Name: "x", Cron: "*/4 9 * * *", TimeZone: "UTC"},
		"jobs.error.cron":      {Name: "x", Cron: "often", TimeZone: "UTC"},
		"jobs.error.zone":      {Name: "x", Cron: "@daily", TimeZone: "Mars"},
	} {
		_, err := s.Add(t.Context(), sch)
		var f *fault.Error
		if !errors.As(err, &f) || f.Key != key {
			t.Errorf("%+v: %v, want %s", sch, err, key)
		}
	}
}

// Several processes tick at once over a month with both a gap and stops of random length: every moment of
// the expression has exactly one row, and what ran was started exactly once.
func TestEveryMomentHasOneRowWhateverTheTicks(t *testing.T) {
	pool := pgtest.New(t)
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 3))
		c, run := clock.At(at("2026-03-20T00:00:00Z")), &starts{}
		began := c.Now()
		s := schedules(pool, c, run)
		sch := add(t, s, []string{"15,45 2 * * *", "0 */5 * * *", "@every 7h", "10 * * * *"}[seed], "Europe/Berlin")
		for range 12 {
			c.Advance(time.Duration(r.Int64N(int64(30 * time.Hour))))
			var wg sync.WaitGroup
			for range 3 {
				fresh := schedules(pool, c, run) // as after a restart
				wg.Go(func() {
					if _, err := fresh.Tick(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		tick(t, s)
		checkRows(t, s, sch, began, c.Now(), run.at)
		if err := s.Remove(t.Context(), sch.ID); err != nil {
			t.Fatal(err)
		}
	}
}

func checkRows(t *testing.T, s *jobs.Scheduler, sch jobs.Schedule, from, to time.Time, started []time.Time) {
	t.Helper()
	cron, err := sch.Parse()
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.History(t.Context(), sch.ID, 10000)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	moments := cron.Between(from, to)
	if len(list) != len(moments) {
		t.Fatalf("%s: %d rows for %d moments", sch.Cron, len(list), len(moments))
	}
	var due []time.Time
	for i, o := range list {
		if !o.At.Equal(moments[i].At) {
			t.Fatalf("%s: row %d is of %v, want %v", sch.Cron, i, o.At, moments[i].At)
		}
		if o.State == jobs.Due {
			due = append(due, o.At)
		} else if o.Reason == "" {
			t.Errorf("%s: %v was skipped without a reason", sch.Cron, o.At)
		}
	}
	slices.SortFunc(started, time.Time.Compare)
	if len(due) < 5 || !slices.EqualFunc(started, due, time.Time.Equal) {
		t.Errorf("%s: started %v, due %v", sch.Cron, started, due)
	}
}
