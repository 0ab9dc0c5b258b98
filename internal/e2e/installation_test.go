package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"

	"kualik/config"
	"kualik/internal/app"
	"kualik/internal/clock"
	"kualik/internal/demo/mailserver"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/rating"
)

// installation is the product as an office runs it: pages and workers, a database, a mail server.
type installation struct {
	t    *testing.T
	app  *app.App
	mail *mailserver.Server
	url  string
	dir  string // files for the pages, and the data
	day  clock.Day
	year rating.Period
	log  transcript

	outside func(*config.Config) // sets what stands in for the outside; nil when nothing does
}

// newInstallation starts one that nobody has used yet, with settings beside the usual ones.
func newInstallation(t *testing.T, lang string, more func(in *installation, settings map[string]string)) *installation {
	t.Helper()
	in := &installation{t: t, dir: t.TempDir()}
	in.day, in.year = reference()
	writeFiles(t, in.dir, in.day)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	var err error
	in.mail, err = mailserver.Start(ctx, mailserver.Options{Dir: filepath.Join(in.dir, "mail"), IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0",
		Users: map[string]string{mailboxUser: mailboxPass, certificatesUser: mailboxPass}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.mail.Close() }) //nolint:errcheck // what it holds goes with the test
	for _, l := range letters(t, in.day) {
		if err := in.mail.Deliver(mailboxUser, l, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	settings := in.settings(lang, filepath.Join(in.dir, "data"), pgtest.URL(t))
	if more != nil {
		more(in, settings)
	}
	in.app = openApp(t, settings, &in.log, in.outside)
	in.serve(ctx, stop)
	return in
}

func (in *installation) settings(lang, data, database string) map[string]string {
	listen := freeAddress(in.t)
	return map[string]string{"KUALIK_DATA_DIR": data, "KUALIK_DATABASE_URL": database, "KUALIK_LISTEN": listen, "KUALIK_PUBLIC_URL": "http://" + listen,
		"KUALIK_SMTP_URL": in.mail.SMTPURL(), "KUALIK_MAIL_FROM": mailboxUser, "KUALIK_LANG": lang, "KUALIK_NCALAYER_URL": noNCALayer}
}

// noNCALayer is where no NCALayer is, as on most computers.
const noNCALayer = "wss://127.0.0.1:1/"

// openApp opens an installation by settings that were read as always, and changed then unless change is nil.
func openApp(t *testing.T, settings map[string]string, out io.Writer, change func(*config.Config)) *app.App {
	t.Helper()
	cfg, err := config.Load(func(name string) string { return settings[name] })
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&cfg)
	}
	a, err := app.Open(context.Background(), cfg, slog.New(slog.NewTextHandler(out, nil)), app.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// serve runs pages and workers until the end of the test.
func (in *installation) serve(ctx context.Context, stop func()) {
	in.t.Helper()
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- in.app.Serve(ctx, app.Roles{Web: true, Worker: true}, func(url string) { ready <- url })
	}()
	select {
	case in.url = <-ready:
	case err := <-ended:
		in.t.Fatalf("the pages do not come up: %v", err)
	}
	in.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			in.t.Errorf("serving ended badly: %v", err)
		}
		in.app.Close(context.Background())
		if in.t.Failed() {
			in.t.Log(in.log.tail())
		}
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// until waits for a condition that another goroutine brings about.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, done := context.WithTimeout(context.Background(), 5*time.Minute)
	defer done()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited too long until %s", what)
		case <-tick.C:
		}
	}
}

// settled waits until there are so many messages and each is decided.
func (in *installation) settled(messages int) {
	in.t.Helper()
	until(in.t, "every message is decided", func() bool {
		return in.count(`SELECT count(*) FROM message`) >= messages && in.count(`SELECT count(*) FROM message WHERE outcome = 'pending'`) == 0 &&
			in.count(`SELECT count(*) FROM river_job WHERE kind IN ('take_message', 'rematch') AND state IN ('available', 'running', 'retryable', 'scheduled')`) == 0
	})
}

// count asks the database for a number.
func (in *installation) count(sql string, args ...any) int {
	in.t.Helper()
	return one[int](in, sql, args...)
}

func one[T any](in *installation, sql string, args ...any) (v T) {
	in.t.Helper()
	if err := in.app.Pool.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		in.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// certificate is the id of the certificate of a work.
func (in *installation) certificate(k work) string {
	in.t.Helper()
	return one[string](in, `SELECT id::text FROM certificate WHERE number = $1 AND merged_into IS NULL`, k.number)
}

var linkForm = regexp.MustCompile(`https?://[^\s<>"]+/(login/link|reset)/[A-Za-z0-9_-]+`)

// link waits for the letter with a one-time link and gives its path.
func (in *installation) link(to string, before int) string {
	in.t.Helper()
	path := ""
	until(in.t, "the letter to "+to+" is there", func() bool {
		list := in.letters(to)
		if len(list) <= before {
			return false
		}
		path = strings.TrimPrefix(linkForm.FindString(list[0]), in.url)
		if path == "" {
			in.t.Fatalf("the letter has no link to %s:\n%s", in.url, list[0])
		}
		return true
	})
	return path
}

// letters are the texts of the letters that somebody got, the newest first.
func (in *installation) letters(to string) (texts []string) {
	in.t.Helper()
	list, err := in.mail.Letters()
	if err != nil {
		in.t.Fatal(err)
	}
	for _, l := range list {
		if l.To != to {
			continue
		}
		raw, err := in.mail.LetterBytes(l.ID)
		if err != nil {
			in.t.Fatal(err)
		}
		texts = append(texts, textOf(in.t, raw))
	}
	return texts
}

// textOf is the plain text of a letter.
func textOf(t testing.TB, raw []byte) string {
	t.Helper()
	text, ok := partOf(t, raw, "text/plain")
	if !ok {
		t.Fatal("the letter has no text")
	}
	return text
}

// partOf is the first part of a letter of a type, if it has one.
func partOf(t testing.TB, raw []byte, wanted string) (text string, ok bool) {
	t.Helper()
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.NextPart()
		if err != nil {
			return "", false
		}
		h, inline := p.Header.(*mail.InlineHeader)
		if kind, _, err := h.ContentType(); !inline || err != nil || kind != wanted {
			continue
		}
		text, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), true
	}
}
