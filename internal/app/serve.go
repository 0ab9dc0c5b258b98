package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"kualik/internal/web"
)

// Roles say what a process does. Any number of processes of either sort share one database.
type Roles struct {
	Web    bool
	Worker bool
}

// Serve runs the installation until ctx ends: it stops taking work, waits for what is running, and
// returns. ready, if not nil, is called once the pages answer.
func (a *App) Serve(ctx context.Context, roles Roles, ready func(url string)) error {
	if err := a.configureMailboxes(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	if roles.Worker {
		a.work(ctx, g)
	}
	if roles.Web {
		listener, err := net.Listen("tcp", a.Config.Listen)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", a.Config.Listen, err)
		}
		server := web.New(a.webDeps())
		g.Go(func() error { return server.Listener(listener) })
		g.Go(func() error {
			<-ctx.Done()
			return server.ShutdownWithTimeout(10 * time.Second)
		})
		if ready != nil {
			ready(a.Config.PublicURL)
		}
	}
	g.Go(func() error { <-ctx.Done(); return nil })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// work starts what a worker does.
func (a *App) work(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { return a.Jobs.Run(ctx) })
	g.Go(a.reader.warm)
	g.Go(func() error { return a.poller.Run(ctx) })
	g.Go(func() error { return a.Schedules.Run(ctx) })
	g.Go(func() error { return a.every(ctx, time.Minute, "requeue messages", a.requeue) })
	g.Go(func() error { return a.every(ctx, time.Minute, "requeue letters", a.requeueLetters) })
	g.Go(func() error { return a.checkAgain(ctx) })
	g.Go(func() error { return a.every(ctx, time.Hour, "sweep", a.sweep) })
	g.Go(func() error { return a.every(ctx, time.Minute, "terms of filings", a.Filings.Sweep) })
	g.Go(func() error { return a.every(ctx, time.Hour, "delete identity copies", a.eraseIdentityCopies) })
	g.Go(func() error { return a.every(ctx, time.Minute, "seal the audit", a.sealAudit) })
	g.Go(func() error { return a.every(ctx, time.Hour, "verify the audit", a.checkAudit) })
	g.Go(func() error { return a.every(ctx, time.Minute, "news for senders", a.Replies.Sweep) })
	g.Go(func() error { return a.every(ctx, time.Minute, "papers of the register", a.Issuing.Sweep) })
	g.Go(func() error { return a.every(ctx, 5*time.Minute, "letters about missing certificates", a.Chase.Tick) })
	g.Go(func() error { return a.every(ctx, time.Minute, "morning of the desk", a.Cases.Digest) })
	g.Go(func() error { return a.Payments.Run(ctx) })
}

// every calls do at once and then after each pause, and logs what goes wrong: housekeeping never ends the
// process.
func (a *App) every(ctx context.Context, pause time.Duration, what string, do func(context.Context) error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn(what, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (a *App) requeue(ctx context.Context) error {
	n, err := a.Intake.Requeue(ctx)
	if n > 0 {
		a.Log.Info("messages without a job were queued again", "messages", n)
	}
	return err
}

func (a *App) requeueLetters(ctx context.Context) error {
	n, err := a.Notify.Requeue(ctx)
	if n > 0 {
		a.Log.Info("letters without a job were queued again", "letters", n)
	}
	return err
}

func (a *App) sweep(ctx context.Context) error {
	if err := a.Accounts.Sweep(ctx); err != nil {
		return err
	}
	if err := a.Signing.Sweep(ctx); err != nil {
		return err
	}
	if a.Config.SMTPURL != "" {
		if _, err := a.Notify.Release(ctx); err != nil {
			return err
		}
	}
	n, err := a.Intake.SweepFiles(ctx)
	if n > 0 {
		a.Log.Info("orphaned files were removed", "files", n)
	}
	return err
}
