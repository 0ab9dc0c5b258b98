package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"kualik/internal/app"
	"kualik/internal/fault"
)

type serveCmd struct {
	Role []string `default:"web,worker" help:"${role}"`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(w *world) error {
	var roles app.Roles
	for _, r := range c.Role {
		switch strings.TrimSpace(r) {
		case "web":
			roles.Web = true
		case "worker":
			roles.Worker = true
		default:
			return usageError{fault.New(fault.Invalid, "cli.bad_role", "Value", r)}
		}
	}
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	log := w.logger(cfg, slog.LevelInfo)
	workers := 0
	if roles.Worker {
		workers = cfg.Workers
	}
	a, err := app.Open(w.ctx, cfg, log, app.Options{Workers: workers, Child: w.child})
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(w.ctx))
	return a.Serve(w.ctx, roles, func(url string) { fmt.Fprintln(w.stderr, url) })
}
