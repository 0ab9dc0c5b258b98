package main

import (
	"context"
	"fmt"
	"log/slog"

	"kualik/internal/app"
	"kualik/internal/i18n"
)

type backupCmd struct {
	File string `arg:"" help:"${file}" type:"path"`
}

// Run saves database, files and key while everything else goes on.
func (c *backupCmd) Run(w *world) error {
	return w.with(app.Options{}, func(a *app.App) error {
		m, err := a.Backup(w.ctx, c.File, w.bytes(c.File))
		if err != nil {
			return err
		}
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.written", "File", c.File))
		for _, sha := range m.Missing {
			fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.backup_missing", "File", sha))
		}
		if len(m.Missing) > 0 {
			return errSaid
		}
		return nil
	})
}

type restoreCmd struct {
	File string `arg:"" help:"${file}" type:"path"`
}

// Run makes an installation from a backup; the place must be empty.
func (c *restoreCmd) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	r, err := app.Restore(context.WithoutCancel(w.ctx), cfg, w.logger(cfg, slog.LevelWarn), c.File, w.bytes(c.File))
	if err != nil {
		return err
	}
	fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.restored"))
	if r.Whole {
		return nil
	}
	fmt.Fprintln(w.stderr, i18n.T(w.lang, "audit.restored_broken"))
	sayAudit(w, w.stderr, r)
	return errSaid
}

// bytes is a progress bar over bytes.
func (w *world) bytes(label string) func(done, total int64) {
	bar := w.progress(label)
	return func(done, total int64) { bar(int(done>>10), int(total>>10)) }
}
