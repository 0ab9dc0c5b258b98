package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"kualik/internal/app"
	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/sheet"
)

type importCmd struct {
	Staff        importFile         `cmd:"" help:"${import_staff}"`
	Applications importApplications `cmd:"" help:"${import_applications}"`
	Certificates importCertificates `cmd:"" help:"${import_certificates}"`
}

type importFile struct {
	DryRun       bool   `help:"${dry_run}"`
	AllOrNothing bool   `help:"${all_or_nothing}"`
	JSON         bool   `name:"json" help:"${json}"`
	File         string `arg:"" help:"${file}"`
}

type importApplications struct{ importFile }

type importCertificates struct {
	importFile
	Confirmed bool `help:"${confirmed}"`
}

// Run imports the staff directory.
func (c *importFile) Run(w *world) error {
	return c.do(w, func(a *app.App, ctx context.Context, r io.Reader, o sheet.Options) (*sheet.Report, error) {
		return a.ImportStaff(ctx, r, o)
	})
}

// Run imports applications that were filed elsewhere.
func (c *importApplications) Run(w *world) error {
	return c.do(w, func(a *app.App, ctx context.Context, r io.Reader, o sheet.Options) (*sheet.Report, error) {
		return a.ImportApplications(ctx, r, o)
	})
}

// Run imports the office's own list of certificates.
func (c *importCertificates) Run(w *world) error {
	return c.do(w, func(a *app.App, ctx context.Context, r io.Reader, o sheet.Options) (*sheet.Report, error) {
		return a.ImportCertificates(ctx, r, o, c.Confirmed)
	})
}

func (c *importFile) do(w *world, run func(*app.App, context.Context, io.Reader, sheet.Options) (*sheet.Report, error)) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "cli.cannot_open", "File", c.File)
	}
	defer f.Close()
	return w.with(app.Options{}, func(a *app.App) error {
		o := sheet.Options{DryRun: c.DryRun, AllOrNothing: c.AllOrNothing, Lang: w.lang, Progress: w.progress(c.File)}
		report, err := run(a, w.ctx, f, o)
		if err != nil {
			return err
		}
		if report.Taken && !c.DryRun {
			err := audit.Record(w.ctx, a.Pool, audit.Entry{At: a.Clock.Now(), Actor: audit.CLI, Action: "import", SubjectKind: "file", SubjectID: filepath.Base(c.File),
				After: map[string]int{"added": report.Added, "changed": report.Changed, "refused": len(report.Refused)}})
			if err != nil {
				return err
			}
		}
		if c.JSON {
			if err := json.NewEncoder(w.stdout).Encode(report); err != nil {
				return err
			}
		} else {
			w.show(report)
		}
		if len(report.Refused) > 0 {
			return errSaid
		}
		return nil
	})
}

// show is the report for people.
func (w *world) show(r *sheet.Report) {
	fmt.Fprintln(w.stdout, i18n.T(w.lang, "cli.import_done", "Added", r.Added, "Changed", r.Changed, "Unchanged", r.Unchanged,
		"Refused", len(r.Refused), "Absent", r.Absent))
	if !r.Taken {
		fmt.Fprintln(w.stdout, i18n.T(w.lang, "cli.nothing_taken"))
	}
	for _, name := range r.IgnoredColumns {
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.ignored_column", "Name", name))
	}
	for _, bad := range r.Refused {
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.refused_row", "Row", bad.Row, "Column", bad.Column, "Reason", bad.Reason))
	}
}
