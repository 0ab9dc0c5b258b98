package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"kualik/config"
	"kualik/internal/app"
	"kualik/internal/i18n"
)

type demoCmd struct {
	Dir   string `help:"${dir}" type:"path"`
	Fresh bool   `help:"${fresh}"`
}

// Run shows the main job at work and serves until it is told to stop.
func (c *demoCmd) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	if c.Dir == "" {
		c.Dir = filepath.Join(cfg.DataDir, "demo")
	}
	if c.Fresh {
		if err := removeDemo(c.Dir); err != nil {
			return err
		}
	}
	d, err := w.openDemo(cfg, c.Dir, w.logger(cfg, slog.LevelWarn))
	if err != nil {
		return err
	}
	defer d.Close(context.WithoutCancel(w.ctx))
	return d.Run(w.ctx, w.say, func(ctx context.Context) error {
		w.introduce(d)
		if err := d.FileApplications(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
}

// say tells what goes on.
func (w *world) say(key string, args ...any) {
	fmt.Fprintln(w.stderr, "  "+i18n.T(w.lang, key, args...))
}

// removeDemo removes an earlier demonstration, and nothing that is none.
func removeDemo(dir string) error {
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, "world")); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return os.RemoveAll(dir)
}

func (w *world) openDemo(cfg config.Config, dir string, log *slog.Logger) (*app.Demo, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return app.OpenDemo(w.ctx, cfg, log, dir, w.child, w.say)
}

// introduce says where everything is.
func (w *world) introduce(d *app.Demo) {
	say := func(key string, args ...any) { fmt.Fprintln(w.stdout, i18n.T(w.lang, key, args...)) }
	say("demo.ready", "Seconds", fmt.Sprintf("%.1f", d.Took.Seconds()))
	say("demo.page", "URL", d.App.Config.PublicURL)
	say("demo.book", "Path", d.Workbook)
	say("demo.smtp", "Address", d.Pieces.Mail.SMTPAddr(), "To", d.Pieces.MailFrom())
	say("demo.filing", "Page", d.Outside.URLs().NCALayerPage, "Bank", d.Outside.URLs().Bank+"/control")
	say("demo.verify", "Trust", d.Outside.TrustDir())
	if d.Waiting > 0 {
		say("demo.waiting", "Count", d.Waiting)
	}
	say("demo.logins")
	for _, a := range d.Accounts {
		fmt.Fprintf(w.stdout, "    %-34s %-14s %s\n", a.Email, a.Password, i18n.T(w.lang, "account.role."+string(a.Role)))
	}
	say("demo.stop")
}

type latencyCmd struct {
	Mails int `default:"40" help:"${mails}"`
}

// Run measures on a demonstration of its own, in a folder that is removed afterwards.
func (c *latencyCmd) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kualik-latency-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := w.openDemo(cfg, dir, w.logger(cfg, slog.LevelError))
	if err != nil {
		return err
	}
	defer d.Close(context.WithoutCancel(w.ctx))
	var l app.Latency
	err = d.Run(w.ctx, w.say, func(ctx context.Context) (err error) {
		l, err = d.MeasureLatency(ctx, c.Mails, w.progress(i18n.T(w.lang, "cli.reading_mail")))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(w.stdout, i18n.T(w.lang, "cli.latency_result", "Count", len(l.Times), "P50", round(l.Quantile(0.5)), "P95", round(l.Quantile(0.95)), "Max", round(l.Quantile(1))))
	if l.Quantile(0.95) > 10*time.Second {
		return errSaid
	}
	return nil
}

func round(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
