package main

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"kualik/internal/app"
)

type doctorCmd struct {
	JSON bool `name:"json" help:"${json}"`
}

// Run checks the installation; the status is 1 when something is bad.
func (c *doctorCmd) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	list := app.Examine(w.ctx, cfg, w.lang, w.logger(cfg, slog.LevelError), w.child)
	bad := false
	for _, check := range list {
		bad = bad || check.State == app.Bad
		if c.JSON {
			continue
		}
		fmt.Fprintf(w.stdout, "%s %s\n", map[app.State]string{app.Good: "✓", app.Doubt: "!", app.Bad: "✗", app.Unknown: "○"}[check.State], check.Fact)
		if check.Mend != "" {
			fmt.Fprintf(w.stdout, "    → %s\n", check.Mend)
		}
	}
	if c.JSON {
		if err := json.NewEncoder(w.stdout).Encode(list); err != nil {
			return err
		}
	}
	if bad {
		return errSaid
	}
	return nil
}
