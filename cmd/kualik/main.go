// Command kualik is the whole program; see `kualik --help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a machine without zone data still knows Almaty

	"github.com/alecthomas/kong"

	"kualik/config"
	"kualik/internal/app"
	"kualik/internal/doctext"
	"kualik/internal/i18n"
)

// Exit statuses, as in the interchange format.
const (
	exitDone  = 0
	exitError = 1
	exitUsage = 2
)

// cli is the command line; each command stands in a file of its own.
type cli struct {
	Serve     serveCmd     `cmd:"" help:"${serve}"`
	Demo      demoCmd      `cmd:"" help:"${demo}"`
	Doctor    doctorCmd    `cmd:"" help:"${doctor}"`
	Import    importCmd    `cmd:"" help:"${import}"`
	Desk      deskCmd      `cmd:"" help:"${desk}"`
	Poll      pollCmd      `cmd:"" help:"${poll}"`
	Ingest    ingestCmd    `cmd:"" help:"${ingest}"`
	Extract   extractCmd   `cmd:"" help:"${extract}"`
	Export    exportCmd    `cmd:"" help:"${export}"`
	Report    reportCmd    `cmd:"" help:"${report}"`
	Schedule  scheduleCmd  `cmd:"" help:"${schedule}"`
	Account   accountCmd   `cmd:"" help:"${account}"`
	Audit     auditCmd     `cmd:"" help:"${audit}"`
	Chase     chaseCmd     `cmd:"" help:"${chase}"`
	Replay    replayCmd    `cmd:"" help:"${replay}"`
	Latency   latencyCmd   `cmd:"" help:"${latency}"`
	Measure   measureCmd   `cmd:"" help:"${measure}"`
	Signature signatureCmd `cmd:"" help:"${signature}"`
	Verify    verifyCmd    `cmd:"" help:"${verify}"`
	Backup    backupCmd    `cmd:"" help:"${backup}"`
	Restore   restoreCmd   `cmd:"" help:"${restore}"`
	Configure configureCmd `cmd:"" name:"config" help:"${config}"`
}

// world is what a command is given.
type world struct {
	ctx    context.Context
	lang   i18n.Lang
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	child  []string // the command of a reader of documents
}

func main() {
	if doctext.IsChild() {
		os.Exit(doctext.ServeChild())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	w := &world{ctx: ctx, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, child: doctext.Itself()}
	code := run(w, os.Args[1:])
	stop()
	os.Exit(code)
}

// run does one command and returns the exit status.
func run(w *world, args []string) (code int) {
	w.lang = language(w.getenv)
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("kualik"), kong.Description(i18n.T(w.lang, "cli.about")),
		kong.UsageOnError(), kong.Writers(w.stdout, w.stderr), helpTexts(w.lang),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.Exit(func(status int) { exited = status; panic(stopParsing{}) }))
	if err != nil {
		fmt.Fprintln(w.stderr, err)
		return exitUsage
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(stopParsing); !ok {
				panic(r)
			}
			code = exited
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(w.stderr, "kualik:", err)
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.see_help"))
		return exitUsage
	}
	return w.status(k.Run(w))
}

type stopParsing struct{}

// status tells the user about an error and turns it into the exit status.
func (w *world) status(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSaid):
		return exitError
	case len(config.Problems(err)) > 0:
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.bad_settings"))
		for _, p := range config.Problems(err) {
			fmt.Fprintln(w.stderr, "  "+p)
		}
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintln(w.stderr, "kualik:", i18n.Error(w.lang, usage.error))
		return exitUsage
	default:
		fmt.Fprintln(w.stderr, "kualik:", sentence(w.lang, err))
		return exitError
	}
}

// sentence is what the user is told; an error that has no sentence of its own is shown as it is, for
// the reader of a command line is the operator.
func sentence(l i18n.Lang, err error) string {
	s := i18n.Error(l, err)
	if s == i18n.T(l, "error.internal") {
		return err.Error()
	}
	if cause := errors.Unwrap(lastFault(err)); cause != nil {
		s += "\n  " + cause.Error()
	}
	return s
}

// errSaid means that the command has told the user already; the status is 1.
var errSaid = errors.New("said")

// usageError makes the status 2.
type usageError struct{ error }

func language(getenv func(string) string) i18n.Lang {
	if l, ok := i18n.Parse(getenv("KUALIK_LANG")); ok {
		return l
	}
	return i18n.RU
}

// settings reads the settings; their language becomes the command's.
func (w *world) settings() (config.Config, error) {
	cfg, err := config.Load(w.getenv)
	if l, ok := i18n.Parse(cfg.Lang); ok {
		w.lang = l
	}
	return cfg, err
}

// with opens the installation for a command and closes it afterwards.
func (w *world) with(o app.Options, do func(a *app.App) error) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	o.Child = w.child
	a, err := app.Open(w.ctx, cfg, w.logger(cfg, slog.LevelWarn), o)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(w.ctx))
	return do(a)
}

// logger writes to standard error; least is the level of a command when the settings ask for none.
func (w *world) logger(cfg config.Config, least slog.Level) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil || (cfg.LogLevel == config.Defaults().LogLevel) {
		level = least
	}
	o := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w.stderr, o))
	}
	return slog.New(slog.NewTextHandler(w.stderr, o))
}
