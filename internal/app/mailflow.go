package app

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"kualik/internal/audit"
	"kualik/internal/jobs"
	"kualik/internal/mailbox"
	"kualik/internal/postgres"
	"kualik/internal/sheet"
)

// buildMailboxes makes the poller of the mailboxes.
func (a *App) buildMailboxes() error {
	cron, err := jobs.ParseCron(a.Config.PollEvery, a.Config.TimeZone)
	if err != nil {
		return err
	}
	a.NextPoll = func(after time.Time) time.Time { return cron.Next(after, 1)[0] }
	a.poller = mailbox.NewPoller(a.Mailboxes, a.Blobs, mailbox.DefaultLimits, a.NextPoll, a.Log)
	return nil
}

// configureMailboxes makes the mailboxes of the settings those that are polled. Only who polls or serves
// does this: a report made under other settings must not switch a mailbox off.
func (a *App) configureMailboxes(ctx context.Context) error {
	err := postgres.Retry(ctx, func(ctx context.Context) error { return a.Mailboxes.Configure(ctx, a.mailboxes) })
	if err != nil {
		return fmt.Errorf("make the mailboxes of the settings known: %w", err)
	}
	return nil
}

// Polled is how one mailbox was polled.
type Polled struct {
	Name string
	New  int
	Err  error
}

// Poll is the sum of polling every mailbox once.
type Poll struct{ Mailboxes []Polled }

// Failed tells whether a mailbox could not be polled.
func (p Poll) Failed() bool {
	for _, m := range p.Mailboxes {
		if m.Err != nil {
			return true
		}
	}
	return len(p.Mailboxes) == 0
}

// PollOnce polls every mailbox and works until every message that waits is decided.
func (a *App) PollOnce(ctx context.Context, progress func(done, of int)) (Poll, error) {
	var sum Poll
	if err := a.configureMailboxes(ctx); err != nil {
		return sum, err
	}
	err := a.working(ctx, func(ctx context.Context) error {
		if err := postgres.Retry(ctx, func(ctx context.Context) error { return a.pollAll(ctx, &sum) }); err != nil {
			return err
		}
		err := postgres.Retry(ctx, func(ctx context.Context) error {
			_, err := a.Intake.Requeue(ctx)
			return err
		})
		if err != nil {
			return err
		}
		return a.settle(ctx, nil, progress)
	})
	return sum, err
}

// pollAll polls every mailbox. It may be called again after the database went away in the middle, and then
// goes on counting.
func (a *App) pollAll(ctx context.Context, sum *Poll) error {
	outcomes, err := a.poller.PollAll(ctx)
	if err != nil {
		return err
	}
	before := map[string]int{}
	for _, m := range sum.Mailboxes {
		before[m.Name] = m.New
	}
	sum.Mailboxes = nil
	for _, o := range outcomes {
		sum.Mailboxes = append(sum.Mailboxes, Polled{Name: o.Name, New: before[o.Name] + o.New, Err: o.Err})
		if postgres.Lost(o.Err) {
			err = o.Err
		}
	}
	return err
}

// Ingested is what became of messages from files.
type Ingested struct {
	Messages   int
	Outcomes   map[string]int
	Unreadable []string
}

// Ingest takes messages from files and works until they are decided.
func (a *App) Ingest(ctx context.Context, paths []string, progress func(done, of int)) (Ingested, error) {
	sum := Ingested{Outcomes: map[string]int{}}
	err := a.working(ctx, func(ctx context.Context) error {
		got, err := a.Intake.Ingest(ctx, paths)
		sum.Messages, sum.Unreadable = len(got.IDs), got.Unreadable
		if err != nil {
			return err
		}
		if err := a.settle(ctx, got.IDs, progress); err != nil {
			return err
		}
		rows, err := a.Pool.Query(ctx, `SELECT outcome, count(*)::int FROM message WHERE id = ANY($1) GROUP BY outcome`, got.IDs)
		if err != nil {
			return fmt.Errorf("count outcomes: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var outcome string
			var n int
			if err := rows.Scan(&outcome, &n); err != nil {
				return fmt.Errorf("count outcomes: %w", err)
			}
			sum.Outcomes[outcome] = n
		}
		return rows.Err()
	})
	return sum, err
}

// working does jobs while do runs; an engine that fails ends it.
func (a *App) working(ctx context.Context, do func(context.Context) error) error {
	inner, stop := context.WithCancel(ctx)
	engine := make(chan error, 1)
	go func() { engine <- a.Jobs.Run(inner); stop() }()
	err := do(inner)
	stop()
	if ended := <-engine; ended != nil {
		err = ended
	}
	return err
}

// requeueEvery is how often a command that waits for messages looks whether one has lost its job.
const requeueEvery = 15 * time.Second

// settle waits until the messages, or all with no ids, are decided.
func (a *App) settle(ctx context.Context, ids []uuid.UUID, progress func(done, of int)) error {
	most, again := 0, a.Clock.Now().Add(requeueEvery)
	for {
		var n int
		err := postgres.Retry(ctx, func(ctx context.Context) (err error) {
			if a.Clock.Now().After(again) {
				if _, err := a.Intake.Requeue(ctx); err != nil {
					return err
				}
				again = a.Clock.Now().Add(requeueEvery)
			}
			n, err = a.Intake.Unsettled(ctx, ids)
			return err
		})
		if err != nil {
			return err
		}
		if most = max(most, n); progress != nil && most > 0 {
			progress(most-n, most)
		}
		if n == 0 {
			return a.followUp(ctx)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(50*time.Millisecond+time.Duration(n)*time.Millisecond, 500*time.Millisecond)):
		}
	}
}

// followUpLimit bounds how long a command waits for what follows from decided messages.
const followUpLimit = 2 * time.Minute

// followUp waits until the answers to decided messages are written and given to the mail server. What the
// server took badly will be tried again by whoever serves.
func (a *App) followUp(ctx context.Context) error {
	for end := a.Clock.Now().Add(followUpLimit); a.Clock.Now().Before(end); {
		var busy bool
		err := postgres.Retry(ctx, func(ctx context.Context) error {
			return a.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM river_job WHERE kind IN ('after_message', 'send_letter')
				AND state IN ('available', 'running', 'pending'))`).Scan(&busy)
		})
		if err != nil {
			return fmt.Errorf("wait for answers: %w", err)
		}
		if !busy {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// ImportStaff takes the staff directory in and matches again what the machine had left open.
func (a *App) ImportStaff(ctx context.Context, r io.Reader, o sheet.Options) (*sheet.Report, error) {
	report, err := a.Staff.Import(ctx, r, o)
	return a.afterImport(ctx, report, err)
}

// ImportApplications takes applications in and matches again.
func (a *App) ImportApplications(ctx context.Context, r io.Reader, o sheet.Options) (*sheet.Report, error) {
	report, err := a.Applications.Import(ctx, r, o)
	return a.afterImport(ctx, report, err)
}

// ImportCertificates takes the office's old list in; see registry.Import.
func (a *App) ImportCertificates(ctx context.Context, r io.Reader, o sheet.Options, confirmed bool) (*sheet.Report, error) {
	return a.Registry.Import(ctx, r, o, confirmed)
}

func (a *App) afterImport(ctx context.Context, report *sheet.Report, err error) (*sheet.Report, error) {
	if err != nil || !report.Taken || report.Added+report.Changed == 0 {
		return report, err
	}
	if _, err := a.Registry.Rematch(ctx, nil); err != nil {
		return report, fmt.Errorf("match again: %w", err)
	}
	return report, nil
}

// Replay reads messages again from their stored bytes and waits until they are decided.
func (a *App) Replay(ctx context.Context, ids []uuid.UUID, outcomes []string, progress func(done, of int)) (n int, err error) {
	err = a.working(ctx, func(ctx context.Context) error {
		if n, err = a.Intake.Replay(ctx, audit.CLI, ids, outcomes); err != nil {
			return err
		}
		return a.settle(ctx, nil, progress)
	})
	return n, err
}
