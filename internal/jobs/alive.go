package jobs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

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
		} else if err := e.rescueOwn(ctx); err != nil && ctx.Err() == nil {
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

// idleLooks is how often in a row, five seconds apart, a job must be seen as running in the database and not
// in this process until it is freed. River needs some of that time to write down how a job ended.
const idleLooks = 4

// rescueOwn frees jobs that the database says this process is doing and that it is not: the database went
// away when they were handed out, or for so long that River gave up writing down how they ended.
func (e *Engine) rescueOwn(ctx context.Context) error {
	rows, err := e.pool.Query(ctx, `SELECT id FROM river_job WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, e.id)
	if err != nil {
		return fmt.Errorf("list this process's jobs: %w", err)
	}
	running, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("list this process's jobs: %w", err)
	}
	before := e.idle
	e.idle = map[int64]int{}
	var lost []int64
	for _, id := range running {
		if e.busy.with(id) {
			continue
		}
		if e.idle[id] = before[id] + 1; e.idle[id] >= idleLooks {
			lost = append(lost, id)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	_, err = e.pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now(), attempt = greatest(attempt - 1, 0)
		WHERE id = ANY($1) AND state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $2`, lost, e.id)
	if err != nil {
		return fmt.Errorf("free this process's lost jobs: %w", err)
	}
	e.log.Info("freed jobs that were lost when the database was away", "jobs", len(lost))
	return nil
}

// busy is what this process is doing.
type busy struct {
	mu   sync.Mutex
	jobs map[int64]bool
}

func (b *busy) begin(id int64) { b.set(id, true) }
func (b *busy) end(id int64)   { b.set(id, false) }

func (b *busy) set(id int64, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if on {
		b.jobs[id] = true
	} else {
		delete(b.jobs, id)
	}
}

func (b *busy) with(id int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.jobs[id]
}
