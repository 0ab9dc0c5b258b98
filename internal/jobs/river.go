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
)

// Queues. Slow is for what takes seconds (OCR), so that it never stands before quick work.
const (
	Quick = river.QueueDefault
	Slow  = "slow"
)

// Args is the description of a job: Kind names it, the fields are its arguments in JSON.
type Args = river.JobArgs

// Job is a job as its work sees it. Last is true when River will not try again.
type Job[T Args] struct {
	Args    T
	Attempt int
	Last    bool
}

// Book holds what work there is; fill it with Add before New.
type Book struct{ workers *river.Workers }

// NewBook makes an empty book.
func NewBook() *Book { return &Book{workers: river.NewWorkers()} }

type worker[T Args] struct {
	river.WorkerDefaults[T]
	do      func(context.Context, Job[T]) error
	timeout time.Duration
}

func (w *worker[T]) Work(ctx context.Context, j *river.Job[T]) error {
	return w.do(ctx, Job[T]{Args: j.Args, Attempt: j.Attempt, Last: j.Attempt >= j.MaxAttempts})
}

func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

// Add says how jobs of T are done and how long one may take.
func Add[T Args](b *Book, timeout time.Duration, do func(context.Context, Job[T]) error) {
	river.AddWorker(b.workers, &worker[T]{do: do, timeout: timeout})
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
}

// New makes an engine. With workers 0 it only inserts. workers is how many quick jobs one process
// does at a time; slow ones are done by one worker.
func New(pool *pgxpool.Pool, book *Book, workers int, log *slog.Logger) (*Engine, error) {
	id := clock.NewID().String()
	cfg := &river.Config{
		ID: id, Logger: slog.New(quieter{log.Handler()}), Workers: book.workers,
		FetchCooldown: 20 * time.Millisecond, FetchPollInterval: 500 * time.Millisecond,
		SoftStopTimeout: 10 * time.Second,
	}
	if workers > 0 {
		cfg.Queues = map[string]river.QueueConfig{Quick: {MaxWorkers: workers}, Slow: {MaxWorkers: 1}}
	}
	client, err := river.NewClient(riverpgxv5.New(pool), cfg)
	if err != nil {
		return nil, fmt.Errorf("job engine: %w", err)
	}
	return &Engine{pool: pool, client: client, id: id, log: log, works: workers > 0}, nil
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
	if err := e.rescue(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	if err := e.client.Start(context.WithoutCancel(ctx)); err != nil {
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

// lockClass is the first key of the advisory locks by which processes show that they live ("kual").
const lockClass = 0x6b75616c

// watch shows that this process lives and frees the jobs of dead ones, until ctx ends. conn holds the
// lock; it may be nil when the database was away.
func (e *Engine) watch(ctx context.Context, conn *pgxpool.Conn) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	defer func() {
		if conn != nil {
			conn.Hijack().Close(context.WithoutCancel(ctx))
		}
	}()
	for {
		if conn == nil || conn.Ping(ctx) != nil {
			if conn != nil {
				conn.Release()
			}
			conn = e.show(ctx)
		} else if err := e.rescue(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("rescue jobs", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (e *Engine) show(ctx context.Context) *pgxpool.Conn {
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil
	}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1, hashtext($2))`, lockClass, e.id); err != nil {
		conn.Release()
		return nil
	}
	return conn
}

// rescue frees jobs whose process no longer holds its lock, which it took before it began to work.
func (e *Engine) rescue(ctx context.Context) error {
	tag, err := e.pool.Exec(ctx, `
		UPDATE river_job SET state = 'available', scheduled_at = now(), attempt = greatest(attempt - 1, 0)
		WHERE state = 'running'
		  AND attempted_by[array_upper(attempted_by, 1)] <> $2
		  AND NOT EXISTS (
			SELECT FROM pg_locks
			WHERE locktype = 'advisory' AND granted AND classid::bigint = $1
			  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
			  AND objid::bigint = hashtext(attempted_by[array_upper(attempted_by, 1)])::bigint & 4294967295)`,
		int64(lockClass), e.id)
	if err != nil {
		return fmt.Errorf("free the jobs of dead processes: %w", err)
	}
	if n := tag.RowsAffected(); n > 0 {
		e.log.Info("freed jobs of a process that died", "jobs", n)
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
