package demo

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/demo/mails"
	"kualik/internal/demo/mailserver"
	"kualik/internal/demo/world"
)

var options = Options{IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Clock: clock.At(time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)), compose: once()}

// once writes the mails of the one world that these tests start with a single time: under the race detector it
// takes many seconds.
func once() func(*world.World) ([]mails.Mail, error) {
	var w *world.World
	written := sync.OnceValues(func() ([]mails.Mail, error) { return mails.Write(w) })
	return func(given *world.World) ([]mails.Mail, error) {
		if w == nil {
			w = given
		}
		if given.Seed != w.Seed || given.Today != w.Today {
			return mails.Write(given)
		}
		return written()
	}
}

func prepare(t *testing.T, dir string, o Options) *Demo {
	t.Helper()
	d, err := Prepare(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Mail.Close() })
	return d
}

func TestSecondStartResumes(t *testing.T) {
	dir := t.TempDir()
	start := time.Now()
	d := prepare(t, dir, options)
	t.Logf("first start %v, %d messages", time.Since(start), d.Messages)
	if !d.First || d.Messages < 120 {
		t.Fatalf("first start: %v, %d messages", d.First, d.Messages)
	}
	fresh, err := d.Fresh(3)
	if err != nil || len(fresh) != 3 {
		t.Fatalf("%d fresh mails, %v", len(fresh), err)
	}
	if err := d.Send(t.Context(), fresh[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.StaffFile, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = d.Mail.Close()

	later := options
	later.Clock, later.Seed = clock.At(time.Date(2027, 3, 1, 6, 0, 0, 0, time.UTC)), 99
	again := prepare(t, dir, later)
	if again.First || again.Messages != d.Messages+1 {
		t.Errorf("second start: first %v, %d messages, were %d and one", again.First, again.Messages, d.Messages)
	}
	if again.World.Today != d.World.Today || again.World.People[5].IIN != d.World.People[5].IIN {
		t.Error("second start made another world")
	}
	if data, _ := os.ReadFile(again.StaffFile); string(data) != "mine" {
		t.Error("a changed file was written anew")
	}
}

func TestCutOffStartIsContinued(t *testing.T) {
	dir := t.TempDir()
	d := prepare(t, dir, options)
	_ = d.Mail.Close()
	if err := os.Remove(filepath.Join(dir, "mails.jsonl")); err != nil {
		t.Fatal(err)
	}
	inbox, err := filepath.Glob(filepath.Join(dir, "mail", "users", "*", "INBOX", "*.eml"))
	if err != nil || len(inbox) != d.Messages {
		t.Fatalf("%d files, %v", len(inbox), err)
	}
	for _, name := range inbox[len(inbox)-7:] {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if again := prepare(t, dir, options); again.Messages != d.Messages {
		t.Errorf("%d messages, want %d", again.Messages, d.Messages)
	}
}

func TestTakenPortsAreReplaced(t *testing.T) {
	o := mailserver.Options{Dir: t.TempDir(), IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)}
	a, err := startMail(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Dir, o.SMTPAddr = t.TempDir(), a.SMTPAddr()
	b, err := startMail(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if a.SMTPAddr() == b.SMTPAddr() {
		t.Error("two servers on one port")
	}
}

func TestAccountsAreOfTheWorld(t *testing.T) {
	w := world.Generate(2026, world.Usual("2026-11-20"))
	list := (&Demo{World: w}).Accounts()
	roles, emails := map[account.Role]bool{}, map[string]bool{}
	for _, a := range list {
		roles[a.Role], emails[a.Email] = true, true
		if a.Name == "" || len(a.Password) < 10 || a.Lang == "" {
			t.Errorf("%+v", a)
		}
	}
	if len(roles) != 6 || len(emails) != 6 || list[0].Role != account.Administrator || list[2].Department == "" {
		t.Errorf("%+v", list)
	}
}
