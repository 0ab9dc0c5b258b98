package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"

	"kualik/internal/app"
	"kualik/internal/registry"
)

type exportCmd struct {
	Certificates exportCertificates `cmd:"" help:"${export_certificates}"`
	Mail         exportMail         `cmd:"" help:"${export_mail}"`
}

type exportFlags struct {
	Format string `enum:"jsonl,csv,xlsx" default:"jsonl" help:"${format}"`
	Out    string `help:"${out}" type:"path"`
}

type exportCertificates struct{ exportFlags }
type exportMail struct{ exportFlags }

// Run prints every certificate.
func (c *exportCertificates) Run(w *world) error {
	return c.to(w, func(a *app.App, out io.Writer) error {
		if c.Format == "jsonl" {
			enc := lines(out)
			return registry.Export(w.ctx, a.Pool, nil, func(r registry.Row) error { return enc.Encode(r) })
		}
		return a.CertificateTable(w.ctx, out, c.Format, nil)
	})
}

// Run prints a row for every message.
func (c *exportMail) Run(w *world) error {
	return c.to(w, func(a *app.App, out io.Writer) error {
		if c.Format == "jsonl" {
			enc := lines(out)
			return registry.ExportMail(w.ctx, a.Pool, func(l registry.Ledger) error { return enc.Encode(l) })
		}
		return a.MailTable(w.ctx, out, c.Format)
	})
}

func lines(out io.Writer) *json.Encoder {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc
}

func (c *exportFlags) to(w *world, write func(*app.App, io.Writer) error) error {
	return w.with(app.Options{}, func(a *app.App) error {
		var out = w.stdout
		if c.Out != "" {
			f, err := os.Create(c.Out)
			if err != nil {
				return err
			}
			defer f.Close()
			out = f
		}
		buffered := bufio.NewWriter(out)
		if err := write(a, buffered); err != nil {
			return err
		}
		return buffered.Flush()
	})
}
