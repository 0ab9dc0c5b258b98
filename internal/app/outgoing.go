package app

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/internal/notify"
	"kualik/internal/rating"
	"kualik/reports"
)

// RenderReport is the job that makes the report of one occurrence of a schedule.
type RenderReport struct {
	ScheduleID uuid.UUID `json:"schedule_id"`
	At         time.Time `json:"at"`
}

// Kind names the job.
func (RenderReport) Kind() string { return "render_report" }

// buildOutgoing makes what sends and reports: letters, accounts, schedules, reports.
func (a *App) buildOutgoing(book *jobs.Book) (err error) {
	a.Notify, err = notify.New(a.Pool, a.Blobs, a.Clock, a.Log, string(a.Config.SMTPURL), a.Config.MailFrom)
	if err != nil {
		return fmt.Errorf("outgoing mail: %w", err)
	}
	a.Notify.House = a.house()
	a.Notify.House.Foot, a.Notify.House.ReplyTo = a.letterFoot, a.letterReplyTo
	persons, err := a.personRegistry()
	if err != nil {
		return err
	}
	a.Accounts, err = account.New(a.Pool, account.Options{Clock: a.Clock, FindStaff: a.findStaff, Send: a.sendLetter, PublicURL: a.Config.PublicURL,
		Keeper: a.Keeper, FindStaffByIIN: a.findStaffByIIN, Blobs: a.Blobs, Persons: persons})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	a.Rating = rating.New(a.Pool, a.Clock, a.Config.Zone())
	a.Reports = &reports.Maker{Pool: a.Pool, Clock: a.Clock, Rating: a.Rating, Blobs: a.Blobs, Letters: a.Notify,
		PublicURL: a.Config.PublicURL, University: a.Config.University}
	a.Schedules = jobs.NewScheduler(a.Pool, a.Clock, a.startScheduled, a.Log)
	jobs.Add(book, notify.JobLimit, a.Notify.Work)
	a.follow(a.cameBack)
	jobs.Add(book, 20*time.Minute, a.renderReport)
	return nil
}

// findStaff tells accounts who the directory says has an address.
func (a *App) findStaff(ctx context.Context, email string) (account.Staff, bool, error) {
	s, err := a.Staff.ByEmail(ctx, email)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return account.Staff{}, false, nil
	}
	if err != nil {
		return account.Staff{}, false, err
	}
	return account.Staff{ID: s.ID, Name: s.FullName(), Faculty: s.Faculty, Department: s.Department}, true, nil
}

// sendLetter queues a letter of the log-in.
func (a *App) sendLetter(ctx context.Context, l account.Letter) error {
	return pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		return a.Notify.Queue(ctx, tx, notify.Letter{Topic: "account", Recipient: l.To, About: l.About, Lang: string(l.Lang), Subject: l.Subject, Text: l.Text})
	})
}

// startScheduled inserts the job of an occurrence in the transaction that accounts for it.
func (a *App) startScheduled(ctx context.Context, tx pgx.Tx, s jobs.Schedule, o jobs.Occurrence) error {
	if s.Work != reports.RatingWork {
		return fault.New(fault.Invalid, "app.unknown_work", "Work", s.Work)
	}
	return a.Jobs.Insert(ctx, tx, RenderReport{ScheduleID: s.ID, At: o.At}, jobs.Options{Attempts: 5})
}

// renderReport makes the report of an occurrence and writes down how it ended. Run twice, it gives the
// same report and sends no letter twice.
func (a *App) renderReport(ctx context.Context, j jobs.Job[RenderReport]) error {
	s, err := a.Schedules.Get(ctx, j.Args.ScheduleID)
	if fault.Is(err, fault.NotFound) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	if err := a.Schedules.Began(ctx, s.ID, j.Args.At); err != nil {
		return err
	}
	args, err := reports.ParseRatingArgs(s.Args)
	var made reports.Report
	if err == nil {
		made, err = a.Reports.ForSchedule(ctx, args, s.ID, j.Args.At)
	}
	if err != nil && !j.Last && ctx.Err() == nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	out := jobs.Outcome{State: jobs.Done, ResultID: &made.ID}
	if err != nil {
		a.Log.Error("scheduled report", "schedule_id", s.ID, "error", err)
		out = jobs.Outcome{State: jobs.Failed, Reason: i18n.Error(a.Lang, err)}
	}
	return a.Schedules.Finish(ctx, s.ID, j.Args.At, out)
}

// AddAccount adds an account from the command line; the first one of an installation too.
func (a *App) AddAccount(ctx context.Context, n account.NewAccount) error {
	first, err := a.Accounts.NeedsFirstRun(ctx)
	if err != nil {
		return err
	}
	if first && n.Role == account.Administrator {
		_, _, err = a.Accounts.CreateFirst(ctx, n)
		return err
	}
	_, err = a.Accounts.Create(ctx, account.Account{Name: audit.CLI.ID, Role: account.Administrator}, n)
	return err
}

// RunSchedule starts the work of a schedule by hand and waits until it has ended.
func (a *App) RunSchedule(ctx context.Context, id uuid.UUID) (o jobs.Occurrence, err error) {
	err = a.working(ctx, func(ctx context.Context) error {
		started, err := a.Schedules.RunNow(ctx, id)
		if err != nil {
			return err
		}
		for {
			history, err := a.Schedules.History(ctx, id, 20)
			if err != nil {
				return err
			}
			for _, h := range history {
				if h.At.Equal(started.At) && h.State != jobs.Due {
					o = h
					return nil
				}
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	return o, err
}
