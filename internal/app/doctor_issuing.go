package app

import (
	"context"
	"strings"
	"time"

	"kualik/config"
	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// sealEnding is how long before its end the doctor speaks of a seal's certificate.
const sealEnding = 30 * 24 * time.Hour

// seal looks at the key with which certificates are sealed. Where the desk only records it may be missing.
func (d *doctor) seal() {
	seal, err := openSeal(d.cfg)
	lacking := Unknown
	if d.cfg.DeskMode == config.Registering {
		lacking = Bad
	}
	switch {
	case err != nil:
		d.say("seal", Bad, "trouble", "Error", i18n.Error(d.lang, err))
		return
	case seal == nil && lacking == Bad:
		d.say("seal", Bad, "missing")
		return
	case seal == nil:
		d.say("seal", Unknown, "none")
		return
	}
	c := seal.Certificate
	name, until, now := c.Organisation, d.day(c.NotAfter), time.Now()
	if name == "" {
		name = c.Name
	}
	switch {
	case now.After(c.NotAfter) || now.Before(c.NotBefore):
		d.say("seal", Bad, "ended", "Name", name, "From", d.day(c.NotBefore), "Until", until)
	case c.NotAfter.Sub(now) < sealEnding:
		d.say("seal", Doubt, "ending", "Name", name, "Until", until)
	default:
		d.say("seal", Good, "works", "Name", name, "Until", until)
	}
}

// register looks whether the numbers of the institution's own register follow one another.
func (d *doctor) register(ctx context.Context, a *App) {
	if a == nil {
		return
	}
	n, err := a.Issuing.Numbers(ctx)
	switch {
	case err != nil:
		d.say("register", Bad, "unreadable", "Error", err)
	case n.Last == 0:
	case len(n.Missing) > 0:
		var list []string
		for _, m := range n.Missing[:min(len(n.Missing), 10)] {
			list = append(list, i18n.Number(int(m)))
		}
		d.say("register", Bad, "missing", "Numbers", strings.Join(list, ", "))
	default:
		d.say("register", Good, "whole", "First", n.First, "Last", n.Last, "GivenUp", len(n.GivenUp))
	}
}

func (d *doctor) day(t time.Time) string { return i18n.Day(d.lang, clock.DayOf(t, d.cfg.Zone())) }
