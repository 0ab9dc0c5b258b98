package main

import (
	"fmt"
	"runtime"

	"kualik/internal/app"
	"kualik/internal/i18n"
)

type pollCmd struct {
	Once bool `help:"${once}" required:""`
}

// Run polls every mailbox and works until all that was fetched is decided.
func (c *pollCmd) Run(w *world) error {
	return w.with(app.Options{Workers: runtime.NumCPU()}, func(a *app.App) error {
		sum, err := a.PollOnce(w.ctx, w.progress(i18n.T(w.lang, "cli.reading_mail")))
		for _, box := range sum.Mailboxes {
			if box.Err != nil {
				fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.mailbox_failed", "Name", box.Name, "Reason", sentence(w.lang, box.Err)))
				continue
			}
			fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.mailbox_polled", "Name", box.Name, "Count", box.New))
		}
		if err != nil {
			return err
		}
		if sum.Failed() {
			return errSaid
		}
		return nil
	})
}

type ingestCmd struct {
	Paths []string `arg:"" name:"path" help:"${paths}"`
}

// Run takes messages from files on the way of those from a mailbox.
func (c *ingestCmd) Run(w *world) error {
	return w.with(app.Options{Workers: runtime.NumCPU()}, func(a *app.App) error {
		sum, err := a.Ingest(w.ctx, c.Paths, w.progress(i18n.T(w.lang, "cli.reading_mail")))
		for _, bad := range sum.Unreadable {
			fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.cannot_open", "File", bad))
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.ingested", "Count", sum.Messages))
		for outcome, n := range sum.Outcomes {
			fmt.Fprintf(w.stderr, "  %s: %d\n", i18n.T(w.lang, "cli.outcome."+outcome), n)
		}
		if len(sum.Unreadable) > 0 || sum.Outcomes["failed"] > 0 || sum.Outcomes["pending"] > 0 {
			return errSaid
		}
		return nil
	})
}
