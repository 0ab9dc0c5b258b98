package app

import (
	"context"
	"time"

	"kualik/internal/audit"
	"kualik/internal/web"
	"kualik/internal/workday"
)

// workdays tells until which year the days that move are known.
func (d *doctor) workdays() {
	days, err := d.cfg.ExtraDays()
	if err != nil {
		d.say("workdays", Bad, "unreadable", "Error", err)
		return
	}
	state, fact := Good, "known"
	known := workday.New(days...).Known()
	if known < time.Now().In(d.cfg.Zone()).Year() {
		state, fact = Doubt, "past"
	}
	d.say("workdays", state, fact, "Year", known, "Own", len(days))
}

// audit tells what the last verification of the audit's chain found.
func (d *doctor) audit(ctx context.Context, a *App) {
	if a == nil {
		return
	}
	last, err := audit.LastCheck(ctx, a.Pool)
	switch {
	case err != nil:
		d.say("audit", Bad, "unreadable", "Error", err)
	case last == nil:
		d.say("audit", Unknown, "never")
	case !last.Report.Whole:
		d.say("audit", Bad, "broken", "First", web.FaultWords(d.lang, last.Report.Faults[0]))
	default:
		d.say("audit", Good, "whole", "Rows", last.Report.Sealed, "At", last.At.In(d.cfg.Zone()).Format("2006-01-02 15:04"))
	}
}
