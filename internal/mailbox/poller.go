package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// Poller polls the mailboxes of a Store.
type Poller struct {
	store  *Store
	blobs  Blobs
	limits Limits
	log    *slog.Logger
	next   func(time.Time) time.Time
}

// NewPoller makes a poller. next gives the time of the poll after an instant.
func NewPoller(store *Store, blobs Blobs, limits Limits, next func(time.Time) time.Time, log *slog.Logger) *Poller {
	return &Poller{store: store, blobs: blobs, limits: limits, next: next, log: log}
}

// Outcome is how the poll of one mailbox went.
type Outcome struct {
	Name string
	Result
	Err error // a fault; nil when all is well
}

// PollAll polls every enabled mailbox now, whatever its back-off, one after the other. It waits for a
// process that is polling one already.
func (p *Poller) PollAll(ctx context.Context) ([]Outcome, error) {
	states, err := p.store.States(ctx)
	if err != nil {
		return nil, err
	}
	var out []Outcome
	for _, st := range states {
		if !st.Enabled {
			continue
		}
		r, err := p.Poll(ctx, st.Name)
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		out = append(out, Outcome{Name: st.Name, Result: r, Err: err})
	}
	return out, nil
}

// Poll polls one mailbox now. Only one process polls a mailbox at a time; Poll waits for its turn.
func (p *Poller) Poll(ctx context.Context, name string) (Result, error) {
	release, err := p.lock(ctx, "poll", name, true)
	if err != nil {
		return Result{}, err
	}
	defer release()
	return p.poll(ctx, name)
}

// poll does one poll under the lock and notes how it went.
func (p *Poller) poll(ctx context.Context, name string) (Result, error) {
	st, err := p.store.state(ctx, name)
	if err != nil {
		return Result{}, err
	}
	cfg, err := p.store.Config(ctx, name)
	if err != nil {
		return Result{}, err
	}
	cursor, err := p.store.cursor(ctx, st)
	if err != nil {
		return Result{}, err
	}
	began := p.store.clock.Now()
	if err := p.store.began(ctx, name, began); err != nil {
		return Result{}, err
	}
	r, pollErr := Poll(ctx, cfg, p.limits, cursor, folder{p.store, name}, p.blobs)
	if ctx.Err() != nil {
		return r, ctx.Err() // the process is stopping: not the mailbox's failure
	}
	if postgres.Lost(pollErr) {
		return r, pollErr // nor is this: our database went away
	}
	words := ""
	if pollErr != nil {
		words = wordsOf(pollErr)
	}
	if err := p.store.ended(ctx, name, r, words); err != nil {
		return r, errors.Join(pollErr, err)
	}
	switch {
	case pollErr != nil:
		p.log.Warn("poll failed", "mailbox", name, "new", r.New, "error", pollErr)
	case r.New > 0 || r.Failed > 0 || r.Changed:
		p.log.Info("polled", "mailbox", name, "new", r.New, "unfetchable", r.Failed, "renumbered", r.Changed)
	}
	return r, pollErr
}

// wordsOf is what the server said, or the error.
func wordsOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		if words, ok := f.Args["Words"].(string); ok && words != "" {
			return words
		}
	}
	return err.Error()
}

// Run polls on schedule, and at a server's hint, until ctx is done. Mailboxes that are added or disabled
// meanwhile are taken up at the next round.
func (p *Poller) Run(ctx context.Context) error {
	var group errgroup.Group
	defer group.Wait() //nolint:errcheck // its functions return nil
	running := map[string]context.CancelFunc{}
	for {
		states, err := p.store.States(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			p.log.Error("listing mailboxes", "error", err)
		}
		for _, st := range states {
			stop, runs := running[st.Name]
			switch {
			case st.Enabled && !runs:
				boxCtx, cancel := context.WithCancel(ctx)
				running[st.Name] = cancel
				group.Go(func() error { p.runOne(boxCtx, st.Name); return nil })
			case !st.Enabled && runs:
				stop()
				delete(running, st.Name)
			}
		}
		if !sleep(ctx, refresh) {
			for _, stop := range running {
				stop()
			}
			return nil
		}
	}
}

const (
	refresh    = 5 * time.Second // how soon a new mailbox is taken up
	watchAgain = 15 * time.Second
)

// runOne polls one mailbox until ctx is done.
func (p *Poller) runOne(ctx context.Context, name string) {
	hints := make(chan struct{}, 1)
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { p.watch(ctx, name, hints) })
	hinted := p.store.clock.Now() // at once
	for {
		if err := p.turn(ctx, name, hinted); err != nil && ctx.Err() == nil && fault.KindOf(err) == fault.Internal {
			p.log.Error("polling", "mailbox", name, "error", err)
		}
		if ctx.Err() != nil {
			return
		}
		now := p.store.clock.Now()
		timer := time.NewTimer(max(p.next(now).Sub(now), 100*time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			hinted = time.Time{}
		case <-hints:
			timer.Stop()
			hinted = p.store.clock.Now()
		}
	}
}

// turn polls a mailbox unless another process did since the hint or since the schedule's last time, or
// the mailbox is backing off. hinted is zero when it is the schedule's turn.
func (p *Poller) turn(ctx context.Context, name string, hinted time.Time) error {
	release, err := p.lock(ctx, "poll", name, true)
	if err != nil {
		return err
	}
	defer release()
	st, err := p.store.state(ctx, name)
	if err != nil {
		return err
	}
	if !st.Enabled || !p.due(st, hinted) {
		return nil
	}
	_, err = p.poll(ctx, name)
	return err
}

func (p *Poller) due(st State, hinted time.Time) bool {
	now := p.store.clock.Now()
	switch {
	case st.PollAfter != nil && st.PollAfter.After(now):
		return false
	case st.LastPollAt == nil:
		return true
	case hinted.IsZero():
		return !p.next(*st.LastPollAt).After(now)
	}
	return !st.LastPollAt.After(hinted)
}

// watch listens for the server's hints, in one process a mailbox.
func (p *Poller) watch(ctx context.Context, name string, hints chan<- struct{}) {
	for ctx.Err() == nil {
		err := p.watchOnce(ctx, name, func() {
			select {
			case hints <- struct{}{}:
			default: // one hint is as good as many
			}
		})
		pause := watchAgain
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			return
		case fault.Is(err, fault.NotFound): // no IDLE here
			pause = time.Hour
		case !fault.Is(err, fault.Conflict):
			p.log.Debug("watching", "mailbox", name, "error", err)
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

func (p *Poller) watchOnce(ctx context.Context, name string, news func()) error {
	release, err := p.lock(ctx, "watch", name, false)
	if err != nil {
		return err
	}
	defer release()
	cfg, err := p.store.Config(ctx, name)
	if err != nil {
		return err
	}
	st, err := p.store.state(ctx, name)
	if err != nil {
		return err
	}
	if st.Failures > 0 { // polling finds out when the server is back
		return fault.New(fault.Conflict, "mailbox.busy", "Mailbox", name)
	}
	return Watch(ctx, cfg, p.limits, news)
}

// lock takes an advisory lock on a connection of its own, which dies with the process. Without wait a
// lock that another process has is fault.Conflict.
func (p *Poller) lock(ctx context.Context, what, name string, wait bool) (release func(), err error) {
	conn, err := pgx.ConnectConfig(ctx, p.store.pool.Config().ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("connecting to lock a mailbox: %w", err)
	}
	release = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		conn.Close(ctx) //nolint:errcheck // the lock goes with the connection either way
	}
	subject := "kualik/mailbox/" + what + "/" + name
	got := true
	if wait {
		_, err = conn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, subject)
	} else {
		err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended($1, 0))`, subject).Scan(&got)
	}
	switch {
	case err != nil:
		release()
		return nil, fmt.Errorf("locking a mailbox: %w", err)
	case !got:
		release()
		return nil, fault.New(fault.Conflict, "mailbox.busy", "Mailbox", name)
	}
	return release, nil
}

// sleep waits; false when ctx ended meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
