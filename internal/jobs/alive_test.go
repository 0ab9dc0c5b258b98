package jobs

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/postgres"
	"kualik/internal/postgres/pgtest"
)

// note is a job of these tests.
type note struct {
	Words string `json:"words"`
}

func (note) Kind() string { return "note" }

const victimsDatabase = "KUALIK_TEST_VICTIMS_DATABASE"

// TestMain is a test process, or, when it is told a database, the victim of a test: an engine that begins
// its jobs and never ends them, until it is killed.
func TestMain(m *testing.M) {
	if url := os.Getenv(victimsDatabase); url != "" {
		victim(url)
		return
	}
	os.Exit(m.Run())
}

func victim(url string) {
	pool, err := postgres.Open(context.Background(), url)
	if err != nil {
		panic(err)
	}
	e, err := New(pool, bookOf(func(context.Context, Job[note]) error {
		fmt.Println("begun")
		select {}
	}), 4, slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err)
	}
	panic(e.Run(context.Background()))
}

func bookOf(do func(context.Context, Job[note]) error) *Book {
	b := NewBook()
	Add(b, time.Minute, do)
	return b
}

func engine(t *testing.T, pool *pgxpool.Pool, workers int, do func(context.Context, Job[note]) error) *Engine {
	t.Helper()
	e, err := New(pool, bookOf(do), workers, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func addNotes(t *testing.T, pool *pgxpool.Pool, n int) {
	t.Helper()
	e := engine(t, pool, 0, func(context.Context, Job[note]) error { return nil })
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		var list []Args
		for range n {
			list = append(list, note{Words: "hello"})
		}
		return e.InsertMany(t.Context(), tx, list, Options{})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func states(t *testing.T, pool *pgxpool.Pool) map[string]int {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT state::text FROM river_job`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, s := range list {
		n[s]++
	}
	return n
}

func receive[T any](t *testing.T, ch <-chan T, within time.Duration, what string) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(within):
		t.Fatalf("after %v still no %s", within, what)
	}
	return v
}

func TestJobsOfAKilledProcessAreDoneByTheNext(t *testing.T) {
	url := pgtest.URL(t)
	pool, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	addNotes(t, pool, 3)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program) //nolint:gosec // this very test
	cmd.Env = append(os.Environ(), victimsDatabase+"="+url)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 3 {
		if !lines.Scan() || !strings.Contains(lines.Text(), "begun") {
			t.Fatalf("the victim says %q", lines.Text())
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() //nolint:errcheck // killed
	done := make(chan int, 3)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	e := engine(t, pool, 2, func(_ context.Context, j Job[note]) error { done <- j.Attempt; return nil })
	begun := time.Now()
	go func() { ended <- e.Run(ctx) }()
	for range 3 {
		if attempt := receive(t, done, 20*time.Second, "job of the killed process"); attempt != 1 {
			t.Errorf("attempt %d: a kill is no failure of the job", attempt)
		}
	}
	t.Logf("all done %v after the start of the next process", time.Since(begun))
	stop()
	if err := receive(t, ended, 15*time.Second, "end"); err != nil {
		t.Fatal(err)
	}
	if got := states(t, pool); got["completed"] != 3 {
		t.Errorf("jobs: %v", got)
	}
}

func TestStoppingWaitsForWorkAndLeavesTheRest(t *testing.T) {
	pool := pgtest.New(t)
	addNotes(t, pool, 5)
	begun, goOn := make(chan bool, 5), make(chan bool)
	e := engine(t, pool, 2, func(ctx context.Context, _ Job[note]) error {
		begun <- true
		select {
		case <-goOn:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	receive(t, begun, 20*time.Second, "first job")
	receive(t, begun, 20*time.Second, "second job")
	stop()
	select {
	case err := <-ended:
		t.Fatalf("it did not wait for its work: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	close(goOn)
	if err := receive(t, ended, 15*time.Second, "end"); err != nil {
		t.Fatal(err)
	}
	if got := states(t, pool); got["completed"] != 2 || got["available"] != 3 {
		t.Errorf("jobs: %v, want two completed and three available", got)
	}
}

func TestStoppingEndsWithinFifteenSeconds(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	addNotes(t, pool, 1)
	begun := make(chan bool, 1)
	e := engine(t, pool, 1, func(ctx context.Context, _ Job[note]) error {
		begun <- true
		<-ctx.Done() // hears only that its time is over
		return ctx.Err()
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	receive(t, begun, 20*time.Second, "job")
	stop()
	if err := receive(t, ended, 15*time.Second, "end"); err != nil {
		t.Fatal(err)
	}
	if got := states(t, pool); got["retryable"]+got["available"] != 1 {
		t.Errorf("jobs: %v, want one to be done again", got)
	}
}

func TestJobsThatAreOnlyRunningOnPaperAreFreed(t *testing.T) {
	pool := pgtest.New(t)
	addNotes(t, pool, 2)
	e := engine(t, pool, 1, func(context.Context, Job[note]) error { return nil })
	var real int64
	err := pool.QueryRow(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = ARRAY['somebody', $1]
		RETURNING (SELECT min(id) FROM river_job)`, e.id).Scan(&real)
	if err != nil {
		t.Fatal(err)
	}
	e.busy.begin(real)
	for look := range idleLooks {
		if got := states(t, pool); got["running"] != 2 {
			t.Fatalf("before look %d: %v; River may still be writing down how it ended", look, got)
		}
		if err := e.rescueOwn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := states(t, pool); got["running"] != 1 || got["available"] != 1 {
		t.Errorf("jobs: %v, want the idle one free and the busy one running", got)
	}
}
