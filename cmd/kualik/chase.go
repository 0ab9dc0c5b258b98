package main

import (
	"fmt"
	"strings"

	"kualik/internal/app"
	"kualik/internal/chase"
	"kualik/internal/fault"
	"kualik/internal/i18n"
)

type chaseCmd struct {
	DryRun bool `help:"${dry_run}"`
}

// Run writes the day's letters about certificates that have not come.
func (c *chaseCmd) Run(w *world) error {
	return w.with(app.Options{}, func(a *app.App) error {
		r, err := a.ChaseNow(w.ctx, c.DryRun)
		if err != nil {
			return err
		}
		switch {
		case r.Mute && !c.DryRun:
			return fault.New(fault.Unavailable, "notify.no_server")
		case r.Blind != "" && !c.DryRun:
			return fault.New(fault.Unavailable, "chase.blind_why", "Mailbox", r.Blind)
		case r.Resting:
			fmt.Fprintln(w.stderr, i18n.T(w.lang, "chase.cli.resting"))
		case r.Done:
			fmt.Fprintln(w.stderr, i18n.T(w.lang, "chase.cli.done", "Day", i18n.Day(w.lang, r.Day)))
		case c.DryRun:
			w.drafts(r.Drafts)
			fmt.Fprintln(w.stderr, i18n.T(w.lang, "chase.cli.would", "Count", len(r.Drafts)))
		default:
			fmt.Fprintln(w.stderr, i18n.T(w.lang, "chase.cli.sent", "Count", r.Sent))
		}
		return nil
	})
}

// drafts names to whom letters would go, and about what.
func (w *world) drafts(list []chase.Draft) {
	for _, d := range list {
		var refs []string
		for _, x := range d.Items {
			refs = append(refs, x.Ref)
		}
		fmt.Fprintf(w.stdout, "%s: %s\n", d.Person.Address, strings.Join(refs, "; "))
	}
}
