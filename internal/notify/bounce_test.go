package notify

import (
	"fmt"
	"github.com/google/uuid"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

func TestHard(t *testing.T) {
	for _, c := range []struct {
		status, words string
		want          bool
	}{
		{"5.1.1", "550 5.1.1 User unknown", true},
		{"5.1.2", "", true},
		{"5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", true},
		{"5.4.4", "unable to route", true},
		{"", "550 5.1.1 no mailbox", true},
		{"", "550 sorry, no mailbox here by that name. (#5.1.1)", true},
		{"5.7.1", "550 5.7.1 No such user!", true}, // Yandex
		{"", "550 Message was not accepted -- invalid mailbox. Local mailbox a@b.kz is unavailable: user not found", true}, // mail.ru
		{"5.2.1", "account is disabled", true},
		{"5.2.2", "552 5.2.2 mailbox full", false},
		{"5.1.1", "mailbox is full: quota exceeded", false},
		{"5.3.4", "message too big", false},
		{"5.7.1", "550 5.7.1 rejected by policy, looks like spam", false},
		{"5.1.8", "sender's domain does not resolve", false},
		{"4.4.1", "connection timed out", false},
		{"4.2.1", "user not found here just now", false},
		{"", "550 refused", false},
		{"", "", false},
	} {
		if got := hard(c.status, c.words); got != c.want {
			t.Errorf("%q %q: %v", c.status, c.words, got)
		}
	}
}

// sent sends a letter and gives its Message-ID.
func (w *world) sent(t *testing.T, about, to string) string {
	t.Helper()
	l := letter(about)
	l.Recipient = to
	before := len(w.bell.ids)
	w.queue(t, l)
	if len(w.bell.ids) != before+1 {
		t.Fatalf("letter %s has no job", about)
	}
	if err := w.Send(t.Context(), w.bell.ids[before]); err != nil {
		t.Fatal(err)
	}
	d, err := w.Letter(t.Context(), w.bell.ids[before])
	if err != nil || d.State != Sent {
		t.Fatal(d.State, err)
	}
	return "<" + d.MessageID + ">"
}

func (w *world) returned(t *testing.T, id, original string, fates ...Fate) bool {
	t.Helper()
	taken, err := w.Returned(t.Context(), Report{ID: id, Original: original, Recipients: fates})
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func (w *world) paused(t *testing.T) []string {
	t.Helper()
	list, err := w.Pauses(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range list {
		if p.LiftedAt == nil {
			out = append(out, p.Address)
		}
	}
	return out
}

func TestHardBouncePausesTheAddressForEveryTopic(t *testing.T) {
	server, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	id := w.sent(t, "1", "gone@example.kz")
	waits := letter("waits")
	waits.Recipient = "gone@example.kz"
	w.queue(t, waits)
	gone := Fate{"Gone@example.kz", "failed", "5.1.1", "550 5.1.1 User unknown"}
	for _, untrusted := range []string{"", "<not-ours@example.kz>", "<" + "0" + id[1:]} {
		if w.returned(t, "m0", untrusted, gone) {
			t.Errorf("a report on %q was believed", untrusted)
		}
	}
	if w.returned(t, "m1", id, Fate{"gone@example.kz", "delayed", "4.4.1", ""}); len(w.paused(t)) != 0 {
		t.Error("a delay paused the address")
	}
	if w.returned(t, "m2", id, Fate{"gone@example.kz", "delivered", "2.0.0", ""}); len(w.paused(t)) != 0 {
		t.Error("an arrival paused the address")
	}
	for range 2 {
		if !w.returned(t, "m3", id, gone) {
			t.Fatal("the report on our letter was not believed")
		}
	}
	d, err := w.Letter(t.Context(), w.bell.ids[0])
	if err != nil || d.State != Bounced || d.Reason != "550 5.1.1 User unknown" || len(d.Bounces) != 1 || d.Bounces[0].Kind != "hard" {
		t.Fatalf("%s %q %v (%v)", d.State, d.Reason, d.Bounces, err)
	}
	if got := fmt.Sprint(w.paused(t)); got != "[gone@example.kz]" {
		t.Fatalf("paused: %s", got)
	}
	// what was queued before the pause does not go either
	if err := w.Send(t.Context(), w.bell.ids[1]); err != nil {
		t.Fatal(err)
	}
	w.queue(t, Letter{Topic: "another", Recipient: "GONE@example.kz", About: "x", Lang: "ru", Subject: "s", Text: "t"})
	w.queue(t, Letter{Topic: "another", Recipient: "here@example.kz", About: "x", Lang: "ru", Subject: "s", Text: "t"})
	want := map[string]string{"1": "550 5.1.1 User unknown", "waits": Paused, "x gone@example.kz": Paused, "x here@example.kz": ""}
	for _, e := range w.outbox(t) {
		key := e.About
		if key == "x" {
			key += " " + e.Recipient
		}
		if e.Reason != want[key] {
			t.Errorf("%s: %s %q, want %q", key, e.State, e.Reason, want[key])
		}
	}
	if len(server.taken()) != 1 {
		t.Errorf("%d mails", len(server.taken()))
	}
	// lifted, what is not stale goes
	list, err := w.PausesOf(t.Context(), "Gone@Example.kz", "other@example.kz")
	if err != nil || len(list) != 1 || list[0].Waiting != 2 {
		t.Fatalf("%+v (%v)", list, err)
	}
	before := len(w.bell.ids)
	lift := func() error {
		return pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error { return w.Lift(t.Context(), tx, "Gone@example.kz", "Арман") })
	}
	if err := lift(); err != nil || len(w.bell.ids) != before+2 || len(w.paused(t)) != 0 {
		t.Errorf("%d letters go again (%v)", len(w.bell.ids)-before, err)
	}
	if err := lift(); !fault.Is(err, fault.NotFound) {
		t.Errorf("lifting what is not paused: %v", err)
	}
	if n, err := w.CountPaused(t.Context()); n != 0 || err != nil {
		t.Error(n, err)
	}
	// the same report read again does not pause what a person has lifted
	if w.returned(t, "m3", id, gone); len(w.paused(t)) != 0 {
		t.Error("an old report paused the address again")
	}
}

func TestThreeSoftBouncesInSevenDays(t *testing.T) {
	_, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	full := Fate{"full@example.kz", "failed", "5.2.2", "552 5.2.2 mailbox full"}
	n := 0
	strike := func() {
		n++
		id := w.sent(t, fmt.Sprint(n), "full@example.kz")
		w.returned(t, fmt.Sprint("m", n), id, full)
		w.returned(t, fmt.Sprint("m again", n), id, full) // two reports on one letter are one strike
	}
	strike()
	w.clock.Advance(4 * 24 * time.Hour)
	strike()
	w.clock.Advance(4 * 24 * time.Hour)
	strike()
	if len(w.paused(t)) != 0 {
		t.Fatal("three in eight days paused the address")
	}
	strike()
	if len(w.paused(t)) != 1 {
		t.Fatal("three in seven days did not pause the address")
	}
	if err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error { return w.Lift(t.Context(), tx, "full@example.kz", "x") }); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	strike()
	if len(w.paused(t)) != 0 {
		t.Error("after lifting, the first one paused the address")
	}
}

// Where a mailbox forwards, the report names the address that the letter did not know; it is the letter's
// that is paused. A report on several names the one.
func TestWhoseFateCounts(t *testing.T) {
	_, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	if w.returned(t, "m1", w.sent(t, "1", "alias@example.kz"), Fate{"else@other.kz", "failed", "5.1.1", ""}); fmt.Sprint(w.paused(t)) != "[alias@example.kz]" {
		t.Errorf("paused %v", w.paused(t))
	}
	if w.returned(t, "m2", w.sent(t, "2", "good@example.kz"), Fate{"bad@example.kz", "failed", "5.1.1", ""}, Fate{"good@example.kz", "delivered", "", ""}); len(w.paused(t)) != 1 {
		t.Errorf("paused %v", w.paused(t))
	}
}

// A letter of which nobody knew whether it went, and that came back, went: it is not sent again.
func TestReportEndsUncertainty(t *testing.T) {
	server, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	server.cutAt("dot")
	w.queue(t, letter("1"))
	if err := w.Send(t.Context(), w.bell.ids[0]); err == nil {
		t.Fatal("the connection was not cut")
	}
	d, _ := w.history(t)
	w.returned(t, "m1", d.MessageID, Fate{"aigul@example.kz", "failed", "5.2.2", "mailbox full"})
	server.cutAt("")
	if err := w.Send(t.Context(), w.bell.ids[0]); err != nil {
		t.Fatal(err)
	}
	if d, _ = w.history(t); d.State != Bounced || len(server.taken()) != 1 {
		t.Errorf("%s, %d mails", d.State, len(server.taken()))
	}
}

// Our own server's refusal of a recipient counts like a report.
func TestRefusedRecipientIsPaused(t *testing.T) {
	server, address := startPost(t)
	for words, want := range map[string]int{"5.1.1 no such user": 1, "5.7.1 relaying denied": 0} {
		w := newWorld(t, "smtp://"+address+"?tls=none")
		server.recipe = refuse("rcpt", 550, words)
		w.queue(t, letter("1"))
		if err := w.Send(t.Context(), w.bell.ids[0]); err != nil {
			t.Fatal(err)
		}
		if got := w.paused(t); len(got) != want {
			t.Errorf("%s: paused %v", words, got)
		}
	}
}

// Answers that were held while an address was paused do not all go at once when it is lifted.
func TestPauseGathersNoAnswers(t *testing.T) {
	_, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	if _, err := w.pool.Exec(t.Context(), `INSERT INTO address_pause (id, address, paused_at) VALUES ($1, 'author@example.kz', $2)`, uuid.New(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	for _, about := range []string{"1", "2", "3"} {
		w.queue(t, Letter{Topic: "answer", Recipient: "author@example.kz", About: about, Lang: "ru", Subject: "s", Text: "t", Reply: &Heard{From: "author@example.kz", MessageID: "<" + about + "@example.kz>"}})
	}
	reasons := map[string]int{}
	for _, e := range w.outbox(t) {
		reasons[e.Reason]++
	}
	if reasons[Paused] != 1 || reasons[TooMany] != 2 {
		t.Errorf("held: %v, wanted one for the pause and two for the day's limit", reasons)
	}
}
