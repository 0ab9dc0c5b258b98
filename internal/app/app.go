// Package app builds Kualik from its settings and runs it: the only place that sees every package.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/config"
	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/audit"
	"kualik/internal/authenticity"
	"kualik/internal/blob"
	"kualik/internal/certificate"
	"kualik/internal/chase"
	"kualik/internal/clock"
	"kualik/internal/desk"
	"kualik/internal/directory"
	"kualik/internal/doctext"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/forward"
	"kualik/internal/i18n"
	"kualik/internal/intake"
	"kualik/internal/issuing"
	"kualik/internal/jobs"
	"kualik/internal/mailbox"
	"kualik/internal/notify"
	"kualik/internal/payment"
	"kualik/internal/pki"
	"kualik/internal/postgres"
	"kualik/internal/postgres/embedded"
	"kualik/internal/rating"
	"kualik/internal/registry"
	"kualik/internal/reply"
	"kualik/internal/review"
	"kualik/internal/secret"
	"kualik/internal/signing"
	"kualik/internal/workday"
	"kualik/reports"
)

// Options of one process. Workers is how many jobs it does at a time, 0 for none.
type Options struct {
	Workers int
	Clock   clock.Clock // nil: the system's
	Child   []string    // the command of a reader of documents, see doctext.Options; empty: in this process
}

// App is an installation as one process sees it.
type App struct {
	Config       config.Config
	Log          *slog.Logger
	Clock        clock.Clock
	Lang         i18n.Lang
	Pool         *pgxpool.Pool
	DatabaseURL  string
	Blobs        blob.Store
	Key          []byte
	Keeper       *secret.Keeper
	Audit        *audit.Chain
	Workdays     *workday.Calendar
	Staff        *directory.Store
	Applications *application.Store
	Registry     *registry.Registry
	Desk         *review.Desk
	Rating       *rating.Service
	Mailboxes    *mailbox.Store
	Notify       *notify.Service
	Accounts     *account.Service
	Reports      *reports.Maker
	Signing      *signing.Service
	Payments     *payment.Service
	Filings      *filing.Service
	Issuing      *issuing.Service
	Chase        *chase.Service
	Cases        *desk.Service
	Forward      *forward.Service
	Replies      *reply.Service
	Checks       *authenticity.Store
	NextPoll     func(time.Time) time.Time
	Schedules    *jobs.Scheduler
	Intake       *intake.Intake
	Jobs         *jobs.Engine

	ncalayerPage string     // of the stand-in in the demo
	anchors      *pki.Trust // by whom signatures are judged

	server    *embedded.Server
	poller    *mailbox.Poller
	mailboxes []mailbox.Config // of the settings
	reader    lazyReader
	followers []follower
}

// Open connects to the database (starting the private one where none is set), brings its schema up to
// date and builds the services. Close it.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger, o Options) (*App, error) {
	a := &App{Config: cfg, Log: log, Clock: o.Clock}
	if a.Clock == nil {
		a.Clock = clock.System{}
	}
	a.Lang, _ = i18n.Parse(cfg.Lang)
	if err := a.open(ctx, o); err != nil {
		a.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context, o Options) error {
	if err := os.MkdirAll(a.Config.DataDir, 0o700); err != nil {
		return fault.Wrap(err, fault.Invalid, "app.data_dir", "Dir", a.Config.DataDir)
	}
	if err := a.openDatabase(ctx); err != nil {
		return err
	}
	var err error
	if a.Blobs, err = blob.Open(ctx, string(a.Config.BlobURL), a.Config.BlobDir()); err != nil {
		return fmt.Errorf("open the store of files: %w", err)
	}
	if a.Key, err = secret.LoadKey(string(a.Config.SecretKey), a.Config.DataDir); err != nil {
		return fmt.Errorf("key of the installation: %w", err)
	}
	if a.Keeper, err = secret.New(a.Key); err != nil {
		return fmt.Errorf("key of the installation: %w", err)
	}
	return a.build(ctx, o)
}

func (a *App) openDatabase(ctx context.Context) error {
	a.DatabaseURL = string(a.Config.DatabaseURL)
	if a.DatabaseURL == "" {
		server, err := embedded.Start(ctx, filepath.Join(a.Config.DataDir, "postgres"), a.Log)
		if err != nil {
			return fault.Wrap(err, fault.Unavailable, "app.private_database")
		}
		a.server, a.DatabaseURL = server, server.URL()
	}
	migrate := func(ctx context.Context) error { return postgres.Migrate(ctx, a.DatabaseURL, a.Log) }
	err := migrate(ctx)
	if a.server != nil && postgres.Lost(err) { // the process that ran it was killed just now
		err = postgres.Retry(ctx, migrate)
	}
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "app.database")
	}
	pool, err := postgres.Open(ctx, a.DatabaseURL)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "app.database")
	}
	a.Pool = pool
	return nil
}

func (a *App) build(ctx context.Context, o Options) (err error) {
	if a.mailboxes, err = mailbox.ParseURLs(string(a.Config.MailboxURL), a.Config.MailboxTokenCommand); err != nil {
		return err
	}
	zone := a.Config.Zone()
	a.buildForward()
	a.buildAudit()
	days, err := a.Config.ExtraDays()
	if err != nil {
		return fmt.Errorf("calendar of working days: %w", err)
	}
	a.Workdays = workday.New(days...)
	a.Staff = directory.NewStore(a.Pool, a.Keeper, a.Clock)
	a.Applications = application.NewStore(a.Pool, a.Keeper, a.Clock)
	a.Registry = registry.New(a.Pool, a.candidates(), a.Clock, zone, a.Log)
	a.Desk = review.New(a.Pool, a.Registry, a.Clock)
	a.reader = lazyReader{options: doctext.Options{CacheDir: doctext.SharedCache(filepath.Join(a.Config.DataDir, "cache")),
		Workers: max(o.Workers, 1), OCR: true, Log: a.Log, Child: o.Child}}
	_, err = exec.LookPath("tesseract")
	a.Intake = &intake.Intake{Pool: a.Pool, Blobs: a.Blobs, Reader: &a.reader, Registry: a.Registry,
		Clock: a.Clock, Log: a.Log, OCR: err == nil}
	a.Mailboxes = mailbox.NewStore(a.Pool, a.Keeper, a.Clock, a.Intake.Enqueue)
	a.Intake.Inbox, a.Intake.Decided = a.Mailboxes, a.messageDecided
	book := jobs.NewBook()
	jobs.Add(book, 15*time.Minute, a.Intake.Work)
	jobs.Add(book, time.Hour, a.rematch)
	jobs.Add(book, 5*time.Minute, a.afterMessage)
	if err := a.buildOutgoing(book); err != nil {
		return err
	}
	if err := a.buildFiling(book); err != nil {
		return err
	}
	a.buildIssuing(book)
	a.buildChecks(book)
	if err := a.buildDesk(ctx); err != nil {
		return err
	}
	a.buildReplies()
	a.buildChase()
	if a.Jobs, err = jobs.New(a.Pool, book, o.Workers, a.Log); err != nil {
		return err
	}
	a.Intake.Jobs, a.Notify.Jobs, a.Payments.Jobs = a.Jobs, a.Jobs, a.Jobs
	if err := a.nameUniversity(ctx); err != nil {
		return err
	}
	return a.buildMailboxes()
}

// nameUniversity takes the name of the settings until a page gives another one.
func (a *App) nameUniversity(ctx context.Context) error {
	if a.Config.University == "" {
		return nil
	}
	_, err := a.Pool.Exec(ctx, `INSERT INTO setting (name, value, changed_at) VALUES ('university', jsonb_build_array($1::text), $2) ON CONFLICT (name) DO NOTHING`,
		a.Config.University, a.Clock.Now())
	if err != nil {
		return fmt.Errorf("name of the university: %w", err)
	}
	return nil
}

// Close lets go of the database; a private server that this process runs is stopped.
func (a *App) Close(ctx context.Context) {
	if err := a.reader.Close(); err != nil {
		a.Log.Warn("close reader", "error", err)
	}
	if a.Pool != nil {
		a.Pool.Close()
	}
	if a.server != nil {
		if err := a.server.Close(ctx); err != nil {
			a.Log.Warn("stop private database", "error", err)
		}
	}
}

// lazyReader starts the reader of documents when the first one comes: most commands need none.
type lazyReader struct {
	options doctext.Options
	once    sync.Once
	reader  *doctext.Reader
	err     error
}

// Extract reads a file; see certificate.Extract.
func (l *lazyReader) Extract(ctx context.Context, name string, data []byte, ocr bool) (certificate.Extraction, error) {
	r, err := l.get()
	if err != nil {
		return certificate.Extraction{}, err
	}
	return certificate.Extract(ctx, r, name, data, ocr)
}

// Render draws a page of a document as PNG.
func (l *lazyReader) Render(ctx context.Context, data []byte, page, dpi int) ([]byte, error) {
	r, err := l.get()
	if err != nil {
		return nil, err
	}
	return r.Render(ctx, data, page, dpi)
}

// warm starts the reader and its PDF engine, so that the first mail need not wait for them.
func (l *lazyReader) warm() error {
	r, err := l.get()
	if err != nil {
		return err
	}
	return r.Warm()
}

func (l *lazyReader) get() (*doctext.Reader, error) {
	l.once.Do(func() { l.reader, l.err = doctext.NewReader(l.options) })
	if l.err != nil {
		return nil, fmt.Errorf("start the reader of documents: %w", l.err)
	}
	return l.reader, nil
}

// Close stops the reader if it was started.
func (l *lazyReader) Close() error {
	l.once.Do(func() {})
	if l.reader == nil {
		return nil
	}
	return l.reader.Close()
}
