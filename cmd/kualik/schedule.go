package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kualik/internal/app"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/reports"
)

type scheduleCmd struct {
	List   scheduleList   `cmd:"" help:"${schedule_list}"`
	Add    scheduleAdd    `cmd:"" help:"${schedule_add}"`
	Next   scheduleNext   `cmd:"" help:"${schedule_next}"`
	Run    scheduleRun    `cmd:"" name:"run" help:"${schedule_run}"`
	Pause  schedulePause  `cmd:"" help:"${schedule_pause}"`
	Resume scheduleResume `cmd:"" help:"${schedule_resume}"`
	Remove scheduleRemove `cmd:"" help:"${schedule_remove}"`
}

type scheduleList struct{}

// Run shows the schedules with their next time and last outcome.
func (c *scheduleList) Run(w *world) error {
	return w.with(app.Options{}, func(a *app.App) error {
		list, err := a.Schedules.List(w.ctx)
		if err != nil {
			return err
		}
		for _, s := range list {
			next := "—"
			if cron, err := s.Parse(); err == nil && !s.Paused {
				next = cron.Next(a.Clock.Now(), 1)[0].In(zoneOf(s.TimeZone)).Format("2006-01-02 15:04")
			}
			last := ""
			if h, err := a.Schedules.History(w.ctx, s.ID, 1); err == nil && len(h) > 0 {
				last = string(h[0].State) + " " + h[0].At.In(zoneOf(s.TimeZone)).Format("2006-01-02 15:04")
			}
			fmt.Fprintf(w.stdout, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Name, s.Cron, s.TimeZone, next, last)
		}
		return nil
	})
}

func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

type scheduleAdd struct {
	Name   string   `required:"" help:"${name}"`
	Cron   string   `required:"" help:"${cron}"`
	Zone   string   `help:"${zone}"`
	Period string   `default:"last_month" help:"${period_expression}"`
	Lang   string   `help:"${lang}"`
	To     []string `help:"${recipients}"`
}

// Run adds a schedule of the rating report and prints its id.
func (c *scheduleAdd) Run(w *world) error {
	return w.with(app.Options{}, func(a *app.App) error {
		if c.Lang == "" {
			c.Lang = a.Config.Lang
		}
		lang, ok := i18n.Parse(c.Lang)
		if !ok {
			return usageError{fault.New(fault.Invalid, "cli.bad_lang")}
		}
		args := reports.RatingArgs{Period: c.Period, Lang: lang, Recipients: c.To}
		if err := args.Check(); err != nil {
			return usageError{err}
		}
		raw, err := json.Marshal(args)
		if err != nil {
			return err
		}
		if c.Zone == "" {
			c.Zone = a.Config.TimeZone
		}
		s := jobs.Schedule{Name: c.Name, Work: reports.RatingWork, Args: raw, Cron: c.Cron, TimeZone: c.Zone}
		if err := s.Check(); err != nil {
			return usageError{err}
		}
		if s, err = a.Schedules.Add(w.ctx, s); err != nil {
			return err
		}
		fmt.Fprintln(w.stdout, s.ID)
		return nil
	})
}

type scheduleNext struct {
	Cron string `arg:"" help:"${cron}"`
	Zone string `help:"${zone}"`
}

// Run shows the next five times of an expression in words.
func (c *scheduleNext) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	if c.Zone == "" {
		c.Zone = cfg.TimeZone
	}
	cron, err := jobs.ParseCron(c.Cron, c.Zone)
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintln(w.stdout, cron.Words(w.lang))
	for _, t := range cron.Next(time.Now(), 5) {
		fmt.Fprintln(w.stdout, jobs.When(w.lang, t, zoneOf(c.Zone)))
	}
	return nil
}

type scheduleID struct {
	ID string `arg:"" help:"${schedule_id}"`
}

type (
	scheduleRun    struct{ scheduleID }
	schedulePause  struct{ scheduleID }
	scheduleResume struct{ scheduleID }
	scheduleRemove struct{ scheduleID }
)

func (c scheduleID) with(w *world, o app.Options, do func(a *app.App, id uuid.UUID) error) error {
	id, err := uuid.Parse(c.ID)
	if err != nil {
		return usageError{fault.New(fault.Invalid, "cli.bad_id", "Value", c.ID)}
	}
	return w.with(o, func(a *app.App) error { return do(a, id) })
}

// Run starts the work of a schedule now and waits for it.
func (c *scheduleRun) Run(w *world) error {
	return c.with(w, app.Options{Workers: 1}, func(a *app.App, id uuid.UUID) error {
		o, err := a.RunSchedule(w.ctx, id)
		if err != nil {
			return err
		}
		fmt.Fprintln(w.stdout, o.State, o.Reason)
		if o.State != jobs.Done {
			return errSaid
		}
		return nil
	})
}

// Run pauses a schedule.
func (c *schedulePause) Run(w *world) error {
	return c.with(w, app.Options{}, func(a *app.App, id uuid.UUID) error { return a.Schedules.Pause(w.ctx, id) })
}

// Run resumes a schedule.
func (c *scheduleResume) Run(w *world) error {
	return c.with(w, app.Options{}, func(a *app.App, id uuid.UUID) error { return a.Schedules.Resume(w.ctx, id) })
}

// Run removes a schedule; its reports stay.
func (c *scheduleRemove) Run(w *world) error {
	return c.with(w, app.Options{}, func(a *app.App, id uuid.UUID) error { return a.Schedules.Remove(w.ctx, id) })
}
