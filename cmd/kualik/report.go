package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"kualik/internal/app"
	"kualik/internal/fault"
	"kualik/internal/i18n"
)

type reportCmd struct {
	Rating reportRating `cmd:"" help:"${report_rating}"`
}

type reportRating struct {
	Period   string `required:"" help:"${period}"`
	Lang     string `help:"${lang}"`
	Snapshot string `help:"${snapshot}"`
	Out      string `required:"" help:"${out}" type:"path"`
}

// Run makes the rating workbook.
func (c *reportRating) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	if c.Lang == "" {
		c.Lang = cfg.Lang
	}
	lang, ok := i18n.Parse(c.Lang)
	if !ok {
		return usageError{fault.New(fault.Invalid, "cli.bad_lang")}
	}
	var snapshot uuid.UUID
	if c.Snapshot != "" {
		if snapshot, err = uuid.Parse(c.Snapshot); err != nil {
			return usageError{fault.New(fault.Invalid, "cli.bad_snapshot", "Value", c.Snapshot)}
		}
	}
	return w.with(app.Options{}, func(a *app.App) error {
		period, err := a.Rating.Period(c.Period)
		if err != nil {
			return usageError{err}
		}
		var book bytes.Buffer
		s, err := a.Workbook(w.ctx, &book, period, lang, snapshot)
		if err != nil {
			return err
		}
		if err := writeWhole(c.Out, book.Bytes()); err != nil {
			return err
		}
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.written", "File", c.Out))
		fmt.Fprintln(w.stdout, s.ID)
		return nil
	})
}

// writeWhole writes a file so that it is there whole or not at all.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".kualik-*")
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "cli.cannot_open", "File", path)
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(data); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
