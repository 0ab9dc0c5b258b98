package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestMayAnswer(t *testing.T) {
	own := []string{"Office@Example.kz", "certificates@example.kz", "kualik-0a1b2c"}
	person := func(change func(*Heard)) Heard {
		h := Heard{MessageID: "<1@a.kz>", From: "Aigul@a.kz", ReturnPath: "aigul@a.kz"}
		if change != nil {
			change(&h)
		}
		return h
	}
	for name, c := range map[string]struct {
		heard Heard
		want  string
	}{
		"a person":                      {person(nil), ""},
		"no envelope is known":          {person(func(h *Heard) { h.ReturnPath = "" }), ""},
		"Auto-Submitted: no":            {person(func(h *Heard) { h.AutoSubmitted = "no" }), ""},
		"a relay's envelope":            {person(func(h *Heard) { h.ReturnPath = "bounces+17-aigul=a.kz@relay.kz" }), ""},
		"Exchange says no receipts":     {person(func(h *Heard) { h.Suppress = "dr, rn, nrn" }), ""},
		"another's loop":                {person(func(h *Heard) { h.Loop = []string{"list@a.kz"} }), ""},
		"a report":                      {person(func(h *Heard) { h.Report = true }), IsReport},
		"the null sender":               {person(func(h *Heard) { h.NullSender = true }), IsNull},
		"nobody":                        {person(func(h *Heard) { h.From = "" }), NoSender},
		"a machine's address":           {person(func(h *Heard) { h.From = "No-Reply@a.kz" }), NoReply},
		"the mail system":               {person(func(h *Heard) { h.ReturnPath = "MAILER-DAEMON@a.kz" }), NoReply},
		"ourselves":                     {person(func(h *Heard) { h.From = "office@example.kz" }), IsOwn},
		"ourselves with a tag":          {person(func(h *Heard) { h.From = "Certificates+K7f3@Example.KZ" }), IsOwn},
		"ourselves in the envelope":     {person(func(h *Heard) { h.ReturnPath = "office@example.kz" }), IsOwn},
		"our loop":                      {person(func(h *Heard) { h.Loop = []string{"x", " Kualik-0A1B2C "} }), IsLoop},
		"our address as a loop":         {person(func(h *Heard) { h.Loop = []string{"OFFICE@example.kz"} }), IsLoop},
		"an answer":                     {person(func(h *Heard) { h.AutoSubmitted = "auto-replied" }), IsAutomatic},
		"made by a machine":             {person(func(h *Heard) { h.AutoSubmitted = "auto-generated" }), IsAutomatic},
		"a keyword to come":             {person(func(h *Heard) { h.AutoSubmitted = "auto-notified" }), IsAutomatic},
		"an old answering machine":      {person(func(h *Heard) { h.Machine = true }), IsAutomatic},
		"an older one":                  {person(func(h *Heard) { h.Precedence = "auto_reply" }), IsAutomatic},
		"a list":                        {person(func(h *Heard) { h.List = true }), IsList},
		"bulk":                          {person(func(h *Heard) { h.Precedence = "bulk" }), IsList},
		"Exchange says none":            {person(func(h *Heard) { h.Suppress = "all" }), Suppressed},
		"Exchange says no automatic":    {person(func(h *Heard) { h.Suppress = "dr, oof, autoreply" }), Suppressed},
		"disowned by its author's host": {person(func(h *Heard) { h.Forged = true }), IsForged},
	} {
		if ok, reason := MayAnswer(c.heard, own); reason != c.want || ok != (c.want == "") {
			t.Errorf("%s: %v %q, want %q", name, ok, reason, c.want)
		}
	}
}

// Whatever a message says of itself, it is silenced once it merely answers our automatic answer.
func TestAnEmptyAnswerToOurAnswerIsNotAnswered(t *testing.T) {
	_, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	w.queue(t, Letter{Topic: "answer", Recipient: "a@b.kz", About: "1", Lang: "ru", Subject: "s", Text: "t", Reply: &Heard{From: "a@b.kz", MessageID: "<1@b.kz>"}})
	w.queue(t, letter("2"))
	for _, id := range w.bell.ids {
		if err := w.Send(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	ids := map[string]string{}
	for _, e := range w.outbox(t) {
		d, err := w.Letter(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		ids[e.About] = "<" + d.MessageID + ">"
	}
	for _, c := range []struct {
		heard Heard
		want  string
	}{
		{Heard{From: "a@b.kz", Empty: true, InReplyTo: []string{ids["1"]}}, AnswersUs},
		{Heard{From: "a@b.kz", Empty: true, References: []string{"<0@x>", ids["1"]}}, AnswersUs},
		{Heard{From: "a@b.kz", InReplyTo: []string{ids["1"]}}, ""},              // it brings something
		{Heard{From: "a@b.kz", Empty: true, InReplyTo: []string{ids["2"]}}, ""}, // to a letter that was no answer
		{Heard{From: "a@b.kz", Empty: true, InReplyTo: []string{"<9@b.kz>"}}, ""},
	} {
		if ok, reason, err := w.MayAnswer(t.Context(), w.pool, c.heard); err != nil || reason != c.want || ok != (c.want == "") {
			t.Errorf("%+v: %v %q %v, want %q", c.heard, ok, reason, err, c.want)
		}
	}
}

// One answer a day for a topic and cap, twenty for an address; one that waits for a mail server counts, one
// that was held for another reason does not.
func TestCapsOfAnswers(t *testing.T) {
	w := newWorld(t, "")
	n := 0
	answer := func(topic, limit string) State {
		n++
		about := fmt.Sprint(n)
		w.queue(t, Letter{Topic: topic, Cap: limit, Recipient: "a@b.kz", About: about, Lang: "kk", Subject: "s", Text: "t", Reply: &Heard{From: "a@b.kz", MessageID: "<" + about + "@b.kz>"}})
		for _, e := range w.outbox(t) {
			if e.About == about {
				if e.Reason != NoServer && e.Reason != TooMany {
					t.Fatalf("held for %q", e.Reason)
				}
				return map[string]State{NoServer: Waiting, TooMany: Held}[e.Reason]
			}
		}
		t.Fatal("no letter")
		return ""
	}
	for i, c := range []struct {
		topic, limit string
		want         State
	}{{"answer", "", Waiting}, {"answer", "", Held}, {"answer", "78498", Waiting}, {"answer", "78498", Held}, {"answer", "nothing", Waiting}, {"told", "", Waiting}} {
		if got := answer(c.topic, c.limit); got != c.want {
			t.Errorf("%d: %s, want %s", i, got, c.want)
		}
	}
	for i := 4; i < dailyAll; i++ {
		if got := answer("answer", fmt.Sprint("more ", i)); got != Waiting {
			t.Errorf("answer %d of the day: %s", i+1, got)
		}
	}
	if got := answer("answer", "one too many"); got != Held {
		t.Errorf("answer %d of the day: %s", dailyAll+1, got)
	}
	w.clock.Advance(25 * time.Hour)
	if got := answer("answer", ""); got != Waiting {
		t.Errorf("the next day: %s", got)
	}
}

// What an answer says of itself, and to whom: the null sender, or ours where the server does not let us have
// that one.
func TestHeadersOfAnAnswer(t *testing.T) {
	for name, refuses := range map[string]bool{"null sender": false, "the server wants ours": true} {
		t.Run(name, func(t *testing.T) {
			server, address := startPost(t)
			server.refuseNull = refuses
			w := newWorld(t, "smtp://"+address+"?tls=none")
			w.House.LoopID = "kualik-0a1b2c"
			long := make([]string, 30)
			for i := range long {
				long[i] = fmt.Sprintf("<%d@b.kz>", i)
			}
			w.queue(t, Letter{Topic: "answer", Recipient: "a@b.kz", About: "1", Lang: "ru", Subject: "s", Text: "t", Reply: &Heard{From: "a@b.kz", MessageID: "<last@b.kz>", References: long}})
			w.queue(t, letter("2"))
			for _, id := range w.bell.ids {
				if err := w.Send(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			want := []string{"", "office@example.kz"}
			if refuses {
				want = []string{"", "office@example.kz", "office@example.kz"}
			}
			if fmt.Sprint(server.senders) != fmt.Sprint(want) || len(server.taken()) != 2 {
				t.Errorf("senders %q, want %q; %d mails", server.senders, want, len(server.taken()))
			}
			for _, part := range []string{"Auto-Submitted: auto-replied", "X-Loop: kualik-0a1b2c", "In-Reply-To: <last@b.kz>", "X-Auto-Response-Suppress: All", "References: <0@b.kz> <22@b.kz>", "<last@b.kz>\r\n"} {
				if !strings.Contains(unfold(server.taken()[0]), part) {
					t.Errorf("no %q in the answer", part)
				}
			}
			if other := server.taken()[1]; !strings.Contains(other, "Auto-Submitted: auto-generated") || strings.Contains(other, "X-Loop") || strings.Contains(other, "In-Reply-To") {
				t.Errorf("a letter that answers nobody: %s", other)
			}
		})
	}
}

func unfold(s string) string { return strings.ReplaceAll(s, "\r\n ", " ") }

// A message that must not be answered is not answered even if somebody forgets to ask.
func TestQueueAsksTheGuard(t *testing.T) {
	_, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	w.queue(t, Letter{Topic: "answer", Recipient: "a@b.kz", About: "1", Lang: "ru", Subject: "s", Text: "t", Reply: &Heard{From: "a@b.kz", AutoSubmitted: "auto-replied"}})
	if e := w.outbox(t)[0]; e.State != Held || e.Reason != IsAutomatic || len(w.bell.ids) != 0 {
		t.Errorf("%s %q", e.State, e.Reason)
	}
	if err := w.Retry(t.Context(), w.outbox(t)[0].ID); err != nil {
		t.Error(err) // a person may want it all the same
	}
}
