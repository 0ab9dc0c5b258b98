package main

import (
	"fmt"
	"runtime"

	"github.com/google/uuid"

	"kualik/internal/app"
	"kualik/internal/fault"
	"kualik/internal/i18n"
)

type replayCmd struct {
	Outcome []string `enum:"quarantined,failed,nothing_found,certificates" help:"${replay_outcome}"`
	IDs     []string `arg:"" optional:"" name:"id" help:"${replay_ids}"`
}

// Run reads messages again from what is stored.
func (c *replayCmd) Run(w *world) error {
	var ids []uuid.UUID
	for _, s := range c.IDs {
		id, err := uuid.Parse(s)
		if err != nil {
			return usageError{fault.New(fault.Invalid, "cli.bad_id", "Value", s)}
		}
		ids = append(ids, id)
	}
	return w.with(app.Options{Workers: runtime.NumCPU()}, func(a *app.App) error {
		n, err := a.Replay(w.ctx, ids, c.Outcome, w.progress(i18n.T(w.lang, "cli.reading_mail")))
		if err != nil {
			return err
		}
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.replayed", "Count", n))
		return nil
	})
}
