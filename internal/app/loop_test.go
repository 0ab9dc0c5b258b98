package app

import (
	"bytes"
	"context"
	"log/slog"
	"net/mail"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/config"
	"kualik/internal/demo/mailserver"
	"kualik/internal/notify"
	"kualik/internal/postgres/pgtest"
)

// The loop lab: two installations on one mail server, real SMTP and IMAP between them, and a crowd of machines
// that answer whatever they get. Nobody may be answered twice in a day, machines not at all, and after two
// rounds of mail there is silence. The house of the second installation sends through a relay that takes the
// signs of automatic mail off: what its machines write looks like a person's.

// answerers are what writes the automatic answers: one that answers all that the guard lets it, and the
// program's own.
var answerers = map[string]func(*App){
	"whatever the guard allows": func(a *App) { a.followers = []follower{a.cameBack, a.answerAll} },
	"the program's own":         func(*App) {},
}

func TestLoopLab(t *testing.T) {
	for name, answers := range answerers {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, answers)
			for _, s := range seeds {
				l.send(s.envelope(), l.first.address, s.raw(l.first.address))
			}
			l.send(l.second.address, l.first.address, fromPerson(l.second.address, "two installations", "").raw(l.first.address))
			l.send(l.first.address, l.second.address, fromPerson(l.first.address, "two installations", "").raw(l.second.address))
			own := l.first.Notify.House
			for _, s := range ourselves(l.first.address, own.LoopID) {
				l.send(s.envelope(), l.first.address, s.raw(l.first.address))
			}
			sent := []int{l.round(), l.round(), l.round()}
			t.Logf("automatic answers in each round: %v", sent)
			if sent[2] != 0 {
				t.Errorf("no silence after two rounds: %v", sent)
			}
			if sent[0] < answerable {
				t.Errorf("%d answers to %d people", sent[0], answerable)
			}
			l.judge()
		})
	}
}

// answerAll is a stand-in of the answers to senders: it has something to say to every mail.
func (a *App) answerAll(ctx context.Context, m arrived) (bool, error) {
	return true, pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		h := heard(m.Msg)
		if ok, _, err := a.Notify.MayAnswer(ctx, tx, h); err != nil || !ok {
			return err
		}
		return a.Notify.Queue(ctx, tx, notify.Letter{Topic: "answer", Recipient: h.From, About: m.ID.String(), Lang: "ru",
			Subject: "Ответ: " + m.Msg.Subject, Text: "Получено.", Reply: &h})
	})
}

// labHouse is an installation of the lab.
type labHouse struct {
	*App
	address string
}

type lab struct {
	t             *testing.T
	server        *mailserver.Server
	first, second *labHouse
	seen          map[string]bool // letters to machines that have answered them
}

func newLab(t *testing.T, answers func(*App)) *lab {
	const one, two = "kualik@one.example", "kualik@two.example"
	server, err := mailserver.Start(t.Context(), mailserver.Options{Dir: t.TempDir(), IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0",
		Users: map[string]string{one: "1", two: "2"}})
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() }) //nolint:errcheck // the test is over
	l := &lab{t: t, server: server, seen: map[string]bool{}}
	l.first = l.house(one, server.SMTPURL(), answers)
	l.second = l.house(two, "smtp://"+stripping(t, server.SMTPAddr())+"?tls=none", answers)
	return l
}

func (l *lab) house(address, smtpURL string, answers func(*App)) *labHouse {
	l.t.Helper()
	env := map[string]string{"KUALIK_DATABASE_URL": pgtest.URL(l.t), "KUALIK_DATA_DIR": l.t.TempDir(), "KUALIK_MAILBOX_URL": l.server.MailboxURL(address, "INBOX"),
		"KUALIK_SMTP_URL": smtpURL, "KUALIK_MAIL_FROM": "Куәлік <" + address + ">", "KUALIK_PUBLIC_URL": "https://" + strings.SplitN(address, "@", 2)[1]}
	cfg, err := config.Load(func(name string) string { return env[name] })
	require.NoError(l.t, err)
	a, err := Open(context.Background(), cfg, slog.New(slog.DiscardHandler), Options{Workers: 2})
	require.NoError(l.t, err)
	answers(a)
	require.NoError(l.t, a.configureMailboxes(l.t.Context()))
	working, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Jobs.Run(working) }()
	l.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			l.t.Error(err)
		}
		a.Close(context.Background())
	})
	return &labHouse{App: a, address: address}
}

// round is one exchange of mail: both installations read what came and answer, then the machines do. It gives
// how many automatic answers the installations sent.
func (l *lab) round() (answers int) {
	l.t.Helper()
	before := l.first.answers(l.t) + l.second.answers(l.t)
	for _, h := range []*labHouse{l.first, l.second} {
		h.work(l.t)
	}
	l.machines()
	return l.first.answers(l.t) + l.second.answers(l.t) - before
}

// work polls and does all that follows from it.
func (h *labHouse) work(t *testing.T) {
	t.Helper()
	require.NoError(t, h.pollAll(t.Context(), &Poll{}))
	require.NoError(t, h.settle(t.Context(), nil, nil))
	require.Eventually(t, func() bool {
		var busy int
		err := h.Pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE kind IN ('after_message', 'send_letter', 'take_message') AND state IN ('available', 'running', 'retryable', 'scheduled')`).Scan(&busy)
		return err == nil && busy == 0
	}, time.Minute, 10*time.Millisecond)
}

func (h *labHouse) answers(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, h.Pool.QueryRow(t.Context(), `SELECT count(*) FROM letter WHERE answer AND state IN ('sent', 'waiting', 'failed', 'bounced')`).Scan(&n))
	return n
}

// machines lets every machine answer every letter that it got, as good ones never would.
func (l *lab) machines() {
	l.t.Helper()
	list, err := l.server.Letters()
	require.NoError(l.t, err)
	for _, letter := range list {
		name, _, _ := strings.Cut(letter.To, "@")
		if m, ok := machines[name]; ok && !l.seen[letter.ID] {
			l.seen[letter.ID] = true
			raw, err := l.server.LetterBytes(letter.ID)
			require.NoError(l.t, err)
			original, err := mail.ReadMessage(bytes.NewReader(raw))
			require.NoError(l.t, err)
			from, err := mail.ParseAddress(original.Header.Get("From"))
			require.NoError(l.t, err)
			path, answer := m(letter.To, from.Address, original.Header.Get("Message-ID"), raw)
			l.send(path, from.Address, answer)
		}
	}
}

func (l *lab) send(from, to, raw string) {
	l.t.Helper()
	require.NoError(l.t, smtp.SendMail(l.server.SMTPAddr(), nil, from, []string{to}, []byte(strings.ReplaceAll(raw, "\n", "\r\n"))))
}

// judge looks at all that was sent: at most one automatic mail a sender, topic and day, none to a machine
// that showed itself, and each as it should be.
func (l *lab) judge() {
	l.t.Helper()
	for _, h := range []*labHouse{l.first, l.second} {
		rows, err := h.Pool.Query(l.t.Context(), `SELECT recipient || ' ' || topic || ' ' || cap FROM letter WHERE answer AND state <> 'held' GROUP BY recipient, topic, cap HAVING count(*) > 1`)
		require.NoError(l.t, err)
		twice, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(l.t, err)
		for _, w := range twice {
			l.t.Errorf("%s answered twice in a day: %s", h.address, w)
		}
	}
	list, err := l.server.Letters()
	require.NoError(l.t, err)
	got := map[string]int{}
	for _, letter := range list {
		got[letter.To]++
		raw, err := l.server.LetterBytes(letter.ID)
		require.NoError(l.t, err)
		raw = bytes.ReplaceAll(raw, []byte("\r\n "), []byte(" ")) // long headers are folded
		for _, want := range []string{"Return-Path: <>", "Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "X-Loop: " + l.first.Notify.House.LoopID, "In-Reply-To:"} {
			if !bytes.Contains(raw, []byte(want)) {
				l.t.Errorf("an answer to %s without %q", letter.To, want)
			}
		}
	}
	for _, s := range append(seeds, ourselves(l.first.address, "")...) {
		want := 0
		if s.person {
			want = 1
		}
		if address := strings.ToLower(s.from); got[address] != want && strings.HasSuffix(address, "@people.example") {
			l.t.Errorf("%s (%s): %d answers, want %d", s.name, address, got[address], want)
		}
	}
	if len(l.seen) < len(machines) {
		l.t.Errorf("only %d letters to %d machines", len(l.seen), len(machines))
	}
}
