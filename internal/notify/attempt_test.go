package notify

import (
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kualik/internal/fault"
)

// history is what happened to the one letter of a world.
func (w *world) history(t *testing.T) (Detail, string) {
	t.Helper()
	d, err := w.Letter(t.Context(), w.outbox(t)[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	for _, a := range d.History {
		open := ""
		if a.EndedAt == nil {
			open = "…"
		}
		outcomes = append(outcomes, string(a.Outcome)+open)
	}
	return d, strings.Join(outcomes, " ")
}

// A connection that is lost after the last dot leaves it open whether the letter went. It goes again, under
// the same Message-ID, and both attempts are there to be seen.
func TestUncertaintyIsRecorded(t *testing.T) {
	server, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	server.cutAt("dot")
	w.queue(t, letter("1"))
	if err := w.Send(t.Context(), w.bell.ids[0]); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("%v, want another try", err)
	}
	d, attempts := w.history(t)
	if d.State != Waiting || !d.Uncertain || attempts != "offered" || d.History[0].Answer == "" {
		t.Fatalf("%s, uncertain %v, attempts %q", d.State, d.Uncertain, attempts)
	}
	server.cutAt("")
	if err := w.Send(t.Context(), w.bell.ids[0]); err != nil {
		t.Fatal(err)
	}
	if d, attempts = w.history(t); d.State != Sent || !d.Uncertain || attempts != "offered taken" {
		t.Errorf("%s, uncertain %v, attempts %q", d.State, d.Uncertain, attempts)
	}
	if len(server.taken()) != 2 {
		t.Fatalf("%d mails", len(server.taken()))
	}
	var ids []string
	for _, raw := range server.taken() {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.Header.Get("Message-ID"))
	}
	if ids[0] != ids[1] || ids[0] != "<"+d.MessageID+">" {
		t.Errorf("Message-IDs %q", ids)
	}
	counts, err := w.Counts(t.Context())
	if err != nil || counts.Uncertain != 1 {
		t.Errorf("%d uncertain (%v)", counts.Uncertain, err)
	}
	if list, err := w.Outbox(t.Context(), Filter{Uncertain: true}, 10); err != nil || len(list) != 1 {
		t.Errorf("%d uncertain letters listed (%v)", len(list), err)
	}
}

// What is lost earlier did not go, and nobody need wonder.
func TestConnectionLostBeforeTheLetterIsNoUncertainty(t *testing.T) {
	server, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	server.cutAt("rcpt")
	w.queue(t, letter("1"))
	if err := w.Send(t.Context(), w.bell.ids[0]); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("%v, want another try", err)
	}
	if d, attempts := w.history(t); d.Uncertain || attempts != "later" || d.State != Waiting {
		t.Errorf("%s, uncertain %v, attempts %q", d.State, d.Uncertain, attempts)
	}
}

// A process that dies while it sends leaves an attempt that tells how far it came.
func TestDeadProcessLeavesItsAttempt(t *testing.T) {
	for name, far := range map[string]struct {
		offered   bool
		attempts  string
		uncertain bool
	}{"before the dot": {false, "begun taken", false}, "at the dot": {true, "offered taken", true}} {
		t.Run(name, func(t *testing.T) {
			_, address := startPost(t)
			w := newWorld(t, "smtp://"+address+"?tls=none")
			w.queue(t, letter("1"))
			l, found, err := w.claim(t.Context(), w.pool, w.bell.ids[0], "x@example.kz")
			if err != nil || !found {
				t.Fatal(found, err)
			}
			if far.offered {
				if err := offer(t.Context(), w.pool, w.bell.ids[0], l.Attempts); err != nil {
					t.Fatal(err)
				}
			}
			if d, _ := w.history(t); d.Uncertain {
				t.Error("an attempt that goes on is taken for uncertain")
			}
			if err := w.Send(t.Context(), w.bell.ids[0]); err != nil {
				t.Fatal(err)
			}
			if d, attempts := w.history(t); attempts != far.attempts || d.Uncertain != far.uncertain {
				t.Errorf("attempts %q, uncertain %v", attempts, d.Uncertain)
			}
		})
	}
}

// One process sends a letter at a time, also when it has two jobs.
func TestOneSendsALetterAtATime(t *testing.T) {
	server, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	w.queue(t, letter("1"))
	id := w.bell.ids[0]
	conn, err := w.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `SELECT pg_advisory_lock(hashtextextended($1, 0))`, "kualik/letter/"+id.String()); err != nil {
		t.Fatal(err)
	}
	if err := w.Send(t.Context(), id); !fault.Is(err, fault.Conflict) {
		t.Errorf("%v, want a conflict", err)
	}
	if err := conn.Conn().Close(t.Context()); err != nil { // its process dies
		t.Fatal(err)
	}
	conn.Release()
	err = w.Send(t.Context(), id)
	for fault.Is(err, fault.Conflict) { // PostgreSQL may not have seen yet that nobody is there
		err = w.Send(t.Context(), id)
	}
	if err != nil {
		t.Error(err)
	}
	many := make(chan error)
	w.queue(t, letter("2"))
	for range 5 {
		go func() { many <- w.Send(t.Context(), w.bell.ids[1]) }()
	}
	for range 5 {
		if err := <-many; err != nil && !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	}
	if len(server.taken()) != 2 {
		t.Errorf("%d mails of two letters", len(server.taken()))
	}
}

// A letter that waits and has no job is not forgotten.
func TestLettersWithoutJobsAreQueuedAgain(t *testing.T) {
	_, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	for i := range 3 {
		w.queue(t, letter(fmt.Sprint(i)))
	}
	if err := w.Send(t.Context(), w.bell.ids[0]); err != nil {
		t.Fatal(err)
	}
	_, err := w.pool.Exec(t.Context(), `INSERT INTO river_job (kind, args, max_attempts, state, queue) VALUES ('send_letter', jsonb_build_object('id', $1::text), 14, 'retryable', 'outside')`, w.bell.ids[1].String())
	if err != nil {
		t.Fatal(err)
	}
	w.bell.ids = nil
	if n, err := w.Requeue(t.Context()); err != nil || n != 0 {
		t.Errorf("%d at once (%v): their transactions may have just ended", n, err)
	}
	w.clock.Advance(time.Minute)
	if n, err := w.Requeue(t.Context()); err != nil || n != 1 || len(w.bell.ids) != 1 || w.bell.ids[0] == uuid.Nil {
		t.Errorf("%d queued again (%v), want the one without a job", n, err)
	}
}
