package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kualik/config"
	"kualik/internal/blob"
	"kualik/internal/doctext"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/mailbox"
	"kualik/internal/notify"
	"kualik/internal/postgres/embedded"
	"kualik/internal/secret"
)

// State of a check.
type State string

// The states. Unknown is what is not set up, which need not be bad.
const (
	Good    State = "good"
	Doubt   State = "doubt"
	Bad     State = "bad"
	Unknown State = "unknown"
)

// Check is one thing that was looked at: the fact, and how to mend it when it is not good.
type Check struct {
	Name  string // a code: database, mailbox, …
	State State
	Fact  string
	Mend  string
}

// doctor looks at an installation from the outside, so that it can speak when nothing else starts.
type doctor struct {
	cfg   config.Config
	lang  i18n.Lang
	log   *slog.Logger
	child []string
	list  []Check
}

// Examine checks everything that an installation stands on, in the order in which it is needed. Child is
// as in Options.
func Examine(ctx context.Context, cfg config.Config, lang i18n.Lang, log *slog.Logger, child []string) []Check {
	d := &doctor{cfg: cfg, lang: lang, log: log, child: child}
	d.folder()
	d.zone()
	d.workdays()
	d.key()
	d.programs()
	a := d.database(ctx)
	if a != nil {
		defer a.Close(context.WithoutCancel(ctx))
	}
	d.audit(ctx, a)
	d.storage(ctx)
	d.reader(ctx)
	d.mailboxes(ctx, a)
	d.outgoing(ctx, a)
	d.trust()
	d.bank(ctx)
	d.seal()
	d.register(ctx, a)
	d.listen()
	return d.list
}

// say adds a check; its sentences are doctor.NAME.FACT and doctor.NAME.FACT.mend.
func (d *doctor) say(name string, state State, fact string, args ...any) {
	key := "doctor." + name + "." + fact
	c := Check{Name: name, State: state, Fact: i18n.T(d.lang, key, args...)}
	if state == Bad || state == Doubt {
		c.Mend = i18n.T(d.lang, key+".mend", args...)
	}
	d.list = append(d.list, c)
}

func (d *doctor) folder() {
	dir, _ := filepath.Abs(d.cfg.DataDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		d.say("folder", Bad, "unwritable", "Dir", dir, "Error", err)
		return
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		d.say("folder", Bad, "unwritable", "Dir", dir, "Error", err)
		return
	}
	f.Close()
	os.Remove(f.Name())
	if free := freeBytes(dir); free >= 0 && free < 2<<30 {
		d.say("folder", Doubt, "little_space", "Dir", dir, "Free", fmt.Sprintf("%.1f", float64(free)/(1<<30)))
		return
	}
	d.say("folder", Good, "writable", "Dir", dir)
}

func (d *doctor) zone() {
	d.say("zone", Good, "known", "Zone", d.cfg.TimeZone, "Now", time.Now().In(d.cfg.Zone()).Format("2006-01-02 15:04"))
}

func (d *doctor) key() {
	if d.cfg.SecretKey != "" {
		d.say("key", Good, "setting")
		return
	}
	if _, err := secret.LoadKey("", d.cfg.DataDir); err != nil {
		d.say("key", Bad, "unreadable", "Error", err)
		return
	}
	d.say("key", Good, "kept", "Dir", d.cfg.DataDir)
}

func (d *doctor) programs() {
	if d.cfg.DatabaseURL == "" {
		if dir, err := embedded.Programs(); err != nil {
			d.say("postgres", Bad, "missing", "Error", err)
		} else {
			d.say("postgres", Good, "found", "Dir", dir)
		}
	}
	path, err := exec.LookPath("tesseract")
	if err != nil {
		d.say("tesseract", Doubt, "missing")
		return
	}
	out, err := exec.Command(path, "--list-langs").Output()
	if err != nil {
		d.say("tesseract", Bad, "broken", "Error", err)
		return
	}
	var lacking []string
	for _, l := range []string{"kaz", "rus", "eng"} {
		if !strings.Contains("\n"+string(out), "\n"+l) {
			lacking = append(lacking, l)
		}
	}
	if len(lacking) > 0 {
		d.say("tesseract", Doubt, "languages", "Languages", strings.Join(lacking, ", "))
		return
	}
	d.say("tesseract", Good, "found", "Path", path)
}

func (d *doctor) database(ctx context.Context) *App {
	a, err := Open(ctx, d.cfg, d.log, Options{})
	if err != nil {
		d.say("database", Bad, "unreachable", "Error", err)
		return nil
	}
	var version string
	if err := a.Pool.QueryRow(ctx, `SELECT current_setting('server_version')`).Scan(&version); err != nil {
		d.say("database", Bad, "unreachable", "Error", err)
		return a
	}
	// Under ctype C PostgreSQL finds no trigram in Cyrillic, and the search finds nothing.
	var trigrams int
	if err := a.Pool.QueryRow(ctx, `SELECT cardinality(show_trgm('қазақ'))`).Scan(&trigrams); err != nil || trigrams == 0 {
		d.say("database", Bad, "ctype", "Version", version)
		return a
	}
	d.say("database", Good, "works", "Version", version)
	return a
}

func (d *doctor) storage(ctx context.Context) {
	store, err := blob.Open(ctx, string(d.cfg.BlobURL), d.cfg.BlobDir())
	if err == nil {
		var ref blob.Ref
		if ref, err = store.Put(ctx, strings.NewReader("kualik doctor")); err == nil {
			err = store.Remove(ctx, ref.SHA256)
		}
	}
	if err != nil {
		d.say("storage", Bad, "broken", "Error", err)
		return
	}
	where := d.cfg.BlobDir()
	if d.cfg.BlobURL != "" {
		where, _, _ = strings.Cut(string(d.cfg.BlobURL), "?")
	}
	d.say("storage", Good, "works", "Where", where)
}

func (d *doctor) reader(ctx context.Context) {
	r, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(filepath.Join(d.cfg.DataDir, "cache")), Workers: 1, Log: d.log, Child: d.child})
	if err != nil {
		d.say("reader", Bad, "broken", "Error", err)
		return
	}
	defer r.Close()
	if err := r.Warm(); err != nil {
		d.say("reader", Bad, "broken", "Error", err)
		return
	}
	d.say("reader", Good, "works")
}

func (d *doctor) mailboxes(ctx context.Context, a *App) {
	list, err := d.configs(ctx, a)
	if err != nil {
		d.say("mailbox", Bad, "unreadable", "Error", i18n.Error(d.lang, err))
		return
	}
	if len(list) == 0 {
		d.say("mailbox", Unknown, "none")
	}
	for _, c := range list {
		r := mailbox.Try(ctx, c, mailbox.DefaultLimits)
		if !r.OK {
			d.say("mailbox", Bad, "refused", "Name", c.Name(), "Meaning", i18n.Error(d.lang, &fault.Error{Key: r.Key, Args: r.Args}), "Server", r.Words)
			continue
		}
		d.say("mailbox", Good, "works", "Name", c.Name(), "Messages", r.Messages)
	}
}

// configs are the mailboxes of the settings, and those that a page added.
func (d *doctor) configs(ctx context.Context, a *App) ([]mailbox.Config, error) {
	if a == nil {
		return mailbox.ParseURLs(string(d.cfg.MailboxURL), d.cfg.MailboxTokenCommand)
	}
	states, err := a.Mailboxes.States(ctx)
	if err != nil {
		return nil, err
	}
	list := append([]mailbox.Config(nil), a.mailboxes...)
	for _, s := range states {
		if !s.Enabled || s.Origin != mailbox.FromPage {
			continue
		}
		c, err := a.Mailboxes.Config(ctx, s.Name)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (d *doctor) outgoing(ctx context.Context, a *App) {
	if d.cfg.SMTPURL == "" {
		d.say("outgoing", Unknown, "none")
		return
	}
	n, err := notify.New(nil, nil, nil, d.log, string(d.cfg.SMTPURL), d.cfg.MailFrom)
	if a != nil {
		n, err = a.Notify, nil
	}
	if err == nil {
		err = n.Try(ctx)
	}
	if err != nil {
		d.say("outgoing", Bad, "refused", "Error", err)
		return
	}
	d.say("outgoing", Good, "works", "From", d.cfg.MailFrom)
}

func (d *doctor) listen() {
	l, err := net.Listen("tcp", d.cfg.Listen)
	if err != nil {
		d.say("listen", Doubt, "taken", "Address", d.cfg.Listen, "Error", err)
		return
	}
	l.Close()
	d.say("listen", Good, "free", "Address", d.cfg.Listen, "URL", d.cfg.PublicURL)
}
