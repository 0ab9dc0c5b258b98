package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"kualik/config"
	"kualik/internal/account"
	"kualik/internal/demo"
	"kualik/internal/demo/world"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/intake"
	"kualik/internal/jobs"
	"kualik/internal/sheet"
	"kualik/internal/sim"
	"kualik/internal/sim/epay"
	"kualik/reports"
)

// Demo is the demonstration: an installation of its own in a folder, with its own mail server and an
// invented university, taken through the very commands that everybody uses.
type Demo struct {
	App      *App
	Pieces   *demo.Demo
	Outside  *sim.Sim
	Accounts []account.NewAccount
	Workbook string        // path
	Took     time.Duration // from the start to the workbook
	Waiting  int           // messages that are still being read (pictures)

	began time.Time
	lock  *os.File
}

// OpenDemo prepares the demonstration in a folder: on the first start it makes the world and imports it;
// a later one takes up where the last ended. Run it afterwards, and Close it. Child is as in Options.
func OpenDemo(ctx context.Context, cfg config.Config, log *slog.Logger, dir string, child []string, say Say) (*Demo, error) {
	began := time.Now()
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	say("demo.preparing")
	pieces, err := demo.Prepare(ctx, filepath.Join(dir, "world"), demo.Options{Log: log})
	if err != nil {
		return nil, fmt.Errorf("prepare the demonstration: %w", err)
	}
	outside, err := pieces.Outside(ctx, filepath.Join(dir, "world"), cfg.Zone())
	if err != nil {
		return nil, err
	}
	if err := demoSettings(&cfg, pieces, outside, dir); err != nil {
		return nil, err
	}
	a, err := Open(ctx, cfg, log, Options{Workers: cfg.Workers, Child: child})
	if err != nil {
		return nil, err
	}
	a.ncalayerPage = outside.URLs().NCALayerPage
	d := &Demo{App: a, Pieces: pieces, Outside: outside, Accounts: pieces.Accounts(), began: began, lock: lock}
	go a.reader.warm() // takes seconds the first time; the imports need only the database meanwhile
	if err = d.imports(ctx, say); err == nil {
		err = d.accounts(ctx)
	}
	if err != nil {
		d.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return d, nil
}

// Say tells the user what goes on: a message's key and its arguments.
type Say func(key string, args ...any)

func demoSettings(cfg *config.Config, pieces *demo.Demo, outside *sim.Sim, dir string) error {
	cfg.Mode, cfg.DataDir = config.Demo, dir
	cfg.DatabaseURL, cfg.BlobURL, cfg.SecretKey = "", "", ""
	cfg.MailboxURL, cfg.SMTPURL, cfg.MailFrom = config.Secret(pieces.MailboxURL()), config.Secret(pieces.SMTPURL()), pieces.MailFrom()
	cfg.University = map[string]string{"kk": world.UniversityKK, "ru": world.University, "en": world.UniversityEN}[cfg.Lang]
	if os.Getenv("KUALIK_DESK_MODE") == "" {
		cfg.DeskMode = config.Registering // the whole circle; the setting shows the other mode
	}
	if err := UseStandIns(cfg, outside); err != nil {
		return err
	}
	return freePort(cfg)
}

// UseStandIns sets what belongs to the outside to a simulator's.
func UseStandIns(cfg *config.Config, outside *sim.Sim) (err error) {
	u := outside.URLs()
	cfg.TrustDir, cfg.NCALayerURL = outside.TrustDir(), u.NCALayer
	cfg.PersonRegistryURL, cfg.PersonRegistryKey = u.Registry, config.Secret(outside.RegistryKey())
	cfg.EpayOAuthURL, cfg.EpayAPIURL, cfg.EpayPageURL = u.Bank+"/oauth2/token", u.Bank+"/api", u.Bank+"/payform/"
	cfg.EpayClientID, cfg.EpayClientSecret, cfg.EpayTerminal = epay.ClientID, epay.ClientSecret, epay.Terminal
	cfg.Seal, err = outside.SealFile()
	return err
}

// Run serves the demonstration until ctx ends or then returns: it polls, makes the workbook, and calls
// then while the pages and the jobs go on.
func (d *Demo) Run(ctx context.Context, say Say, then func(ctx context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	ready := make(chan struct{})
	g.Go(func() error {
		return d.App.Serve(ctx, Roles{Web: true, Worker: true}, func(string) { close(ready) })
	})
	g.Go(func() error {
		if err := d.fill(ctx, say); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ready:
		}
		d.Took = time.Since(d.began)
		defer stop()
		return then(ctx)
	})
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// freePort takes another port when the usual one is taken: the demonstration always starts.
func freePort(cfg *config.Config) error {
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("find a free port: %w", err)
		}
		cfg.Listen = l.Addr().String()
		cfg.PublicURL = "http://" + cfg.Listen
	}
	return l.Close()
}

// fill polls the mailbox over IMAP, waits for the messages, and makes the workbook.
func (d *Demo) fill(ctx context.Context, say Say) error {
	say("demo.polling", "Count", d.Pieces.Messages)
	if err := d.App.configureMailboxes(ctx); err != nil {
		return err
	}
	outcomes, err := d.App.poller.PollAll(ctx)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return fmt.Errorf("poll %s: %w", o.Name, o.Err)
		}
	}
	if err := d.quick(ctx); err != nil {
		return err
	}
	if d.Waiting, err = d.App.Intake.Unsettled(ctx, nil); err != nil {
		return err
	}
	say("demo.workbook")
	return d.workbook(ctx)
}

// quick waits until every message has been looked at once; reading pictures goes on behind the pages.
func (d *Demo) quick(ctx context.Context) error {
	for {
		var left int
		err := d.App.Pool.QueryRow(ctx, `SELECT count(*)::int FROM river_job
			WHERE kind = $1 AND queue = $2 AND state IN ('available', 'running', 'retryable')`, intake.Take{}.Kind(), jobs.Quick).Scan(&left)
		if err != nil || left == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (d *Demo) imports(ctx context.Context, say Say) error {
	for _, f := range []struct {
		path string
		run  func(context.Context, io.Reader, sheet.Options) (*sheet.Report, error)
		key  string
	}{{d.Pieces.StaffFile, d.App.ImportStaff, "demo.staff"}, {d.Pieces.ApplicationsFile, d.App.ImportApplications, "demo.applications"}} {
		file, err := os.Open(f.path)
		if err != nil {
			return fmt.Errorf("open %s: %w", f.path, err)
		}
		report, err := f.run(ctx, file, sheet.Options{Lang: d.App.Lang})
		file.Close()
		if err != nil {
			return fmt.Errorf("import %s: %w", f.path, err)
		}
		say(f.key, "Count", report.Added+report.Changed+report.Unchanged)
	}
	return nil
}

// accounts makes the log-ins and two schedules, once.
func (d *Demo) accounts(ctx context.Context) error {
	first, err := d.App.Accounts.NeedsFirstRun(ctx)
	if err != nil || !first {
		return err
	}
	for _, n := range d.Accounts {
		if err := d.App.AddAccount(ctx, n); err != nil {
			return fmt.Errorf("account %s: %w", n.Email, err)
		}
	}
	for _, s := range []struct{ name, cron, period string }{
		{i18n.T(d.App.Lang, "demo.schedule.month"), "0 8 1 * *", "last_month"},
		{i18n.T(d.App.Lang, "demo.schedule.year"), "0 9 * * 1", "this_academic_year"},
	} {
		args, err := json.Marshal(reports.RatingArgs{Period: s.period, Lang: d.App.Lang, Recipients: []string{d.Accounts[0].Email}})
		if err != nil {
			return err
		}
		_, err = d.App.Schedules.Add(ctx, jobs.Schedule{Name: s.name, Work: reports.RatingWork, Args: args, Cron: s.cron, TimeZone: d.App.Config.TimeZone})
		if err != nil {
			return fmt.Errorf("schedule %s: %w", s.name, err)
		}
	}
	return nil
}

// workbook makes the rating of the present academic year and puts it beside the data.
func (d *Demo) workbook(ctx context.Context) error {
	period, err := d.App.Rating.Period("this_academic_year")
	if err != nil {
		return err
	}
	var book bytes.Buffer
	if _, err := d.App.Workbook(ctx, &book, period, d.App.Lang, uuid.Nil); err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	d.Workbook, err = filepath.Abs(filepath.Join(d.App.Config.DataDir, reports.Filename(period, d.App.Lang)))
	if err != nil {
		return err
	}
	return os.WriteFile(d.Workbook, book.Bytes(), 0o644)
}

// Close stops the demonstration.
func (d *Demo) Close(ctx context.Context) {
	d.App.Close(ctx)
	if err := errors.Join(d.Pieces.Mail.Close(), d.Outside.Close()); err != nil {
		d.App.Log.Warn("stop what stands beside the demonstration", "error", err)
	}
	d.lock.Close()
}

// lockFolder keeps a second demonstration out of the folder: its mail server has the files to itself. The
// lock goes with the process.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "demo.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "app.data_dir", "Dir", dir)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fault.Wrap(err, fault.Conflict, "demo.running", "Dir", dir)
	}
	return f, nil
}
