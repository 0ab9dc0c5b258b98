// Package jobs runs durable work and schedules on PostgreSQL, and knows no domain.
//
// Work is River's: a job is inserted in the transaction that makes it necessary and is done by any
// process of the installation. River forgets a job some time after it ended, so an effect that must
// happen once has a constraint of its own in the domain's tables. Schedules (schedule.go) are cron
// expressions kept in the database.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"kualik/internal/clock"
	"kualik/internal/postgres"
)

// Queues. Slow is for what takes seconds (OCR), Outside for what waits for a server that is not ours, Aside for what
// nobody waits for, so that none ever stands before quick work.
const (
	Quick   = river.QueueDefault
	Slow    = "slow"
	Outside = "outside"
	Aside   = "aside"
)

// outsideWorkers is how many jobs of a process wait for others' servers at a time.
const outsideWorkers = 3

// Args is the description of a job: Kind names it, the fields are its arguments in JSON.
type Args = river.JobArgs

// Job is a job as its work sees it. Last is true when River will not try again.
type Job[T Args] struct {
	Args    T
	Attempt int
	Last    bool
}

// Book holds what work there is; fill it with Add before New.
type Book struct {
	workers *river.Workers
	busy    *busy
}

// NewBook makes an empty book.
func NewBook() *Book { return &Book{workers: river.NewWorkers(), busy: &busy{jobs: map[int64]bool{}}} }

type worker[T Args] struct {
	river.WorkerDefaults[T]
	do      func(context.Context, Job[T]) error
	timeout time.Duration
	busy    *busy
}

func (w *worker[T]) Work(ctx context.Context, j *river.Job[T]) error {
	w.busy.begin(j.ID)
	defer w.busy.end(j.ID)
	return w.do(ctx, Job[T]{Args: j.Args, Attempt: j.Attempt, Last: j.Attempt >= j.MaxAttempts})
}

func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

// Add says how jobs of T are done and how long one may take.
func Add[T Args](b *Book, timeout time.Duration, do func(context.Context, Job[T]) error) {
	river.AddWorker(b.workers, &worker[T]{do: do, timeout: timeout, busy: b.busy})
}

// Options of one job; the zero value is the quick queue, now, and River's 25 attempts.
type Options struct {
	Queue    string
	Attempts int
	At       time.Time
}

// Engine inserts jobs and, once Run, does them.
type Engine struct {
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx]
	id     string
	log    *slog.Logger
	works  bool
	busy   *busy
	idle   map[int64]int // see rescueOwn
}

// New makes an engine. With workers 0 it only inserts. workers is how many quick jobs one process
// does at a time; slow ones are done by one worker, those aside by another, those that wait for others by three.
func New(pool *pgxpool.Pool, book *Book, workers int, log *slog.Logger) (*Engine, error) {
	id := clock.NewID().String()
	cfg := &river.Config{
		ID: id, Logger: slog.New(quieter{log.Handler()}), Workers: book.workers,
		FetchCooldown: 4 * time.Millisecond, FetchPollInterval: 500 * time.Millisecond,
		SoftStopTimeout: 10 * time.Second,
	}
	if workers > 0 {
		cfg.Queues = map[string]river.QueueConfig{Quick: {MaxWorkers: workers}, Slow: {MaxWorkers: 1}, Outside: {MaxWorkers: outsideWorkers}, Aside: {MaxWorkers: 1}}
	}
	client, err := river.NewClient(riverpgxv5.New(pool), cfg)
	if err != nil {
		return nil, fmt.Errorf("job engine: %w", err)
	}
	return &Engine{pool: pool, client: client, id: id, log: log, works: workers > 0, busy: book.busy}, nil
}

// Insert adds a job within tx.
func (e *Engine) Insert(ctx context.Context, tx pgx.Tx, args Args, o Options) error {
	_, err := e.client.InsertTx(ctx, tx, args, o.river())
	if err != nil {
		return fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	return nil
}

// InsertMany adds jobs with the same options within tx.
func (e *Engine) InsertMany(ctx context.Context, tx pgx.Tx, args []Args, o Options) error {
	if len(args) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(args))
	for i, a := range args {
		params[i] = river.InsertManyParams{Args: a, InsertOpts: o.river()}
	}
	if _, err := e.client.InsertManyFastTx(ctx, tx, params); err != nil {
		return fmt.Errorf("insert %d jobs: %w", len(args), err)
	}
	return nil
}

func (o Options) river() *river.InsertOpts {
	return &river.InsertOpts{Queue: o.Queue, MaxAttempts: o.Attempts, ScheduledAt: o.At}
}

// Run works until ctx ends, then waits for jobs that are running. It holds a lock in the database by
// which the other processes see that this one lives, and frees the jobs of those that died.
func (e *Engine) Run(ctx context.Context) error {
	if !e.works {
		<-ctx.Done()
		return nil
	}
	presence := e.show(ctx)
	if err := postgres.Retry(ctx, e.rescue); err != nil && ctx.Err() == nil {
		return err
	}
	err := postgres.Retry(ctx, func(ctx context.Context) error { return e.client.Start(context.WithoutCancel(ctx)) })
	if err != nil {
		return fmt.Errorf("start job engine: %w", err)
	}
	e.watch(ctx, presence)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if err := e.client.Stop(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop job engine: %w", err)
	}
	return nil
}

// quieter lowers River's own chatter: its notes about a failed job are warnings there and are logged
// by the job itself here.
type quieter struct{ slog.Handler }

func (q quieter) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

func (q quieter) WithAttrs(a []slog.Attr) slog.Handler { return quieter{q.Handler.WithAttrs(a)} }
func (q quieter) WithGroup(n string) slog.Handler      { return quieter{q.Handler.WithGroup(n)} }
