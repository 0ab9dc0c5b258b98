package mailbox

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/mailbox/dovecottest"
	"kualik/internal/postgres/pgtest"
)

// wax seals so that a test sees that something was sealed.
type wax struct{}

func (wax) Seal(plain []byte, label string) []byte {
	out := []byte(label + "|")
	for _, c := range plain {
		out = append(out, c^0x55)
	}
	return out
}

func (wax) Open(sealed []byte, label string) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(label+"|"))
	if !ok {
		return nil, errors.New("another label")
	}
	var out []byte
	for _, c := range rest {
		out = append(out, c^0x55)
	}
	return out, nil
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type bench struct {
	*Store
	clock *clock.Manual
	jobs  []uuid.UUID // as inTx was called, committed or not
	fail  error       // what inTx fails with
}

func newBench(t *testing.T) *bench {
	b := &bench{clock: clock.At(noon)}
	b.Store = NewStore(pgtest.New(t), wax{}, b.clock, func(_ context.Context, _ pgx.Tx, ids []uuid.UUID) error {
		b.jobs = append(b.jobs, ids...)
		return b.fail
	})
	return b
}

func (b *bench) outcomes(t *testing.T) map[string]int {
	t.Helper()
	l, err := ReadLedger(context.Background(), b.pool)
	if err != nil {
		t.Fatal(err)
	}
	return l.ByOutcome
}

func TestSameBytesAreOneMessageAndDuplicates(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	rows := []NewMessage{
		{Mailbox: "file:a.eml", SHA256: "aa", Size: 1}, {Mailbox: "file:b.eml", SHA256: "aa", Size: 1},
		{Mailbox: "m", UIDValidity: 1, UID: 7, SHA256: "bb", Size: 2}, {Mailbox: "m", UIDValidity: 1, UID: 8, Why: Stalled, Detail: "x\x00y"},
	}
	got, err := b.Take(ctx, rows)
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	for _, r := range got {
		outcomes = append(outcomes, r.Outcome)
	}
	if !slices.Equal(outcomes, []string{Pending, Duplicate, Pending, Failed}) || len(b.jobs) != 2 {
		t.Errorf("%v, %d jobs", outcomes, len(b.jobs))
	}
	t.Run("a row with its bytes is left alone", func(t *testing.T) {
		got, err := b.Take(ctx, rows[2:3])
		if err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
	t.Run("a row without bytes is filled", func(t *testing.T) {
		got, err := b.Take(ctx, []NewMessage{{Mailbox: "m", UIDValidity: 1, UID: 8, SHA256: "cc", Size: 3}})
		if err != nil || len(got) != 1 || got[0].Outcome != Pending {
			t.Errorf("%v, %v", got, err)
		}
	})
	t.Run("under another UIDVALIDITY the same bytes are a duplicate", func(t *testing.T) {
		got, err := b.Take(ctx, []NewMessage{{Mailbox: "m", UIDValidity: 2, UID: 1, SHA256: "cc", Size: 3}})
		if err != nil || len(got) != 1 || got[0].Outcome != Duplicate {
			t.Errorf("%v, %v", got, err)
		}
	})
	l, err := ReadLedger(ctx, b.pool)
	if err != nil || l.Seen != 5 || l.Undecided() != 3 || l.ByOutcome[Duplicate] != 2 || l.Oldest == nil {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestManyAtOnceStoreEachMessageOnce(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	b.inTx = nil
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			for i := range 10 {
				if _, err := b.Take(ctx, []NewMessage{{Mailbox: "file:x", SHA256: string(rune('a' + i)), Size: 1}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if o := b.outcomes(t); o[Pending] != 10 || o[Duplicate] != 50 {
		t.Errorf("%v", o)
	}
}

func TestRowsJobsAndCursorAreOneTransaction(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	cfg := config(t, "imap://me:secret@h/INBOX?tls=none")
	if err := b.Save(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	b.fail = errors.New("no job can be inserted")
	sink := folder{b.Store, cfg.Name()}
	err := sink.Store(ctx, []Fetched{{UIDValidity: 3, UID: 9, SHA256: "aa"}}, Cursor{UIDValidity: 3, LastUID: 9})
	st, _ := b.state(ctx, cfg.Name())
	if !errors.Is(err, b.fail) || st.LastUID != 0 || len(b.outcomes(t)) != 0 {
		t.Errorf("%v, %+v, %v", err, st, b.outcomes(t))
	}
	b.fail = nil
	for _, c := range []Cursor{{UIDValidity: 3, LastUID: 9}, {UIDValidity: 3, LastUID: 4}} {
		if err := sink.Store(ctx, nil, c); err != nil {
			t.Fatal(err)
		}
	}
	if st, _ = b.state(ctx, cfg.Name()); st.LastUID != 9 {
		t.Errorf("the cursor went back to %d", st.LastUID)
	}
	if err := sink.Store(ctx, nil, Cursor{UIDValidity: 4, LastUID: 0}); err != nil {
		t.Fatal(err)
	}
	if st, _ = b.state(ctx, cfg.Name()); st.LastUID != 0 || st.UIDValidity != 4 {
		t.Errorf("another UIDVALIDITY: %+v", st)
	}
}

func TestConfigure(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	one, two := config(t, "imaps://a:geheim@h/INBOX?since=2026-01-01"), config(t, "imaps://a:geheim@h/Spam")
	two.Auth, two.Password, two.TokenCommand = XOAuth2, "", "get token --now"
	page := config(t, "imaps://p:geheim@h/INBOX")
	if err := errors.Join(b.Configure(ctx, []Config{one, two}), b.Save(ctx, page), b.Configure(ctx, []Config{two})); err != nil {
		t.Fatal(err)
	}
	states, err := b.States(ctx)
	if err != nil || len(states) != 3 || states[0].Enabled || !states[1].Enabled || !states[2].Enabled || states[2].Origin != FromPage {
		t.Errorf("%+v, %v", states, err)
	}
	for _, want := range []Config{one, two, page} {
		if got, err := b.Config(ctx, want.Name()); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	var plain bool
	if err := b.pool.QueryRow(ctx, `SELECT bool_or(encode(url_sealed, 'escape') LIKE '%geheim%') FROM mailbox`).Scan(&plain); err != nil || plain {
		t.Errorf("a password stands open in the database: %v, %v", plain, err)
	}
	if err := b.Disable(ctx, "nobody@h/INBOX"); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}

func TestUnfetchableIsRetriedEverMoreSeldom(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	cfg := config(t, "imap://me:secret@h/INBOX?tls=none")
	if err := b.Save(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	sink := folder{b.Store, cfg.Name()}
	lost := []Fetched{{UIDValidity: 3, UID: 5, Why: Stalled, Detail: "i/o timeout"}, {UIDValidity: 3, UID: 6, Why: Vanished}}
	if err := sink.Store(ctx, lost, Cursor{UIDValidity: 3, LastUID: 6}); err != nil {
		t.Fatal(err)
	}
	retry := func() []uint32 {
		st, err := b.state(ctx, cfg.Name())
		if err != nil {
			t.Fatal(err)
		}
		c, err := b.cursor(ctx, st)
		if err != nil {
			t.Fatal(err)
		}
		return c.Retry
	}
	if r := retry(); len(r) != 0 {
		t.Errorf("at once: %v", r)
	}
	var waits []time.Duration
	for range 14 {
		before := b.clock.Now()
		for len(retry()) == 0 && b.clock.Now().Sub(before) < 48*time.Hour {
			b.clock.Advance(5 * time.Minute)
		}
		waits = append(waits, b.clock.Now().Sub(before))
		if r := retry(); len(r) > 1 || len(r) == 1 && r[0] != 5 {
			t.Fatalf("%v: the vanished one is tried again", r)
		}
		if err := sink.Store(ctx, lost[:1], Cursor{UIDValidity: 3, LastUID: 6}); err != nil {
			t.Fatal(err)
		}
	}
	if waits[0] != 5*time.Minute || waits[3] <= waits[1] || waits[10] > 25*time.Hour || waits[13] < 48*time.Hour {
		t.Errorf("%v", waits)
	}
}

// poller makes a poller over the bench and a store of bytes in memory.
func (b *bench) poller(blobs Blobs, every time.Duration) *Poller {
	limits := quick
	limits.Connect, limits.Command, limits.Stall = 5*time.Second, 5*time.Second, 5*time.Second
	return NewPoller(b.Store, blobs, limits, func(t time.Time) time.Time { return t.Add(every) }, slog.New(slog.DiscardHandler))
}

func TestTwoPollersStoreEachMessageOnce(t *testing.T) {
	server := dovecottest.Start(t)
	b, ctx := newBench(t), context.Background()
	b.inTx = nil
	cfg := config(t, server.URL("me", "INBOX"))
	for i := range 120 {
		server.Deliver(t, "me", "INBOX", mail(i))
	}
	if err := b.Save(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	var wait sync.WaitGroup
	for range 3 {
		p := b.poller(m, time.Hour)
		wait.Go(func() {
			if out, err := p.PollAll(ctx); err != nil || len(out) != 1 || out[0].Err != nil {
				t.Errorf("%+v, %v", out, err)
			}
		})
	}
	wait.Wait()
	if o := b.outcomes(t); o[Pending] != 120 || len(o) != 1 {
		t.Errorf("%v", o)
	}
	server.Renumber(t, "me", "INBOX")
	if _, err := b.poller(m, time.Hour).Poll(ctx, cfg.Name()); err != nil {
		t.Fatal(err)
	}
	if o := b.outcomes(t); o[Pending] != 120 || o[Duplicate] != 120 {
		t.Errorf("after a UIDVALIDITY change: %v", o)
	}
}

func TestAFailingMailboxBacksOffAndRecovers(t *testing.T) {
	server := dovecottest.Start(t)
	b, ctx := newBench(t), context.Background()
	good := config(t, server.URL("me", "INBOX"))
	bad := good
	bad.Password = "wrong"
	if err := b.Save(ctx, bad); err != nil {
		t.Fatal(err)
	}
	p := b.poller(newMemory(), time.Minute)
	_, err := p.Poll(ctx, bad.Name())
	st, _ := b.state(ctx, bad.Name())
	if key(err) != "mailbox.login_refused" || st.Failures != 1 || st.LastError == "" || st.PollAfter == nil || st.LastGoodAt != nil {
		t.Errorf("%v, %+v", err, st)
	}
	if p.due(st, b.clock.Now()) {
		t.Error("it does not wait after a failure")
	}
	if err := b.Save(ctx, good); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Poll(ctx, good.Name()); err != nil {
		t.Fatal(err)
	}
	if st, _ = b.state(ctx, good.Name()); st.Failures != 0 || st.LastError != "" || st.LastGoodAt == nil || st.PollAfter != nil {
		t.Errorf("%+v", st)
	}
}

// A message that comes while Run waits is stored at the server's hint, and Run ends when it is told to.
func TestRunFollowsHintsAndEnds(t *testing.T) {
	server := dovecottest.Start(t)
	b := newBench(t)
	b.inTx = nil
	server.Deliver(t, "me", "INBOX", mail(1))
	b.Store.clock = clock.System{}
	if err := b.Save(context.Background(), config(t, server.URL("me", "INBOX"))); err != nil {
		t.Fatal(err)
	}
	p := b.poller(newMemory(), time.Hour)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	within := func(n int) time.Duration {
		began := time.Now()
		for time.Since(began) < 20*time.Second {
			if b.outcomes(t)[Pending] >= n {
				return time.Since(began)
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("%v after 20 s, want %d", b.outcomes(t), n)
		return 0
	}
	t.Logf("the first message after %v", within(1))
	for i := 2; i < 6; i++ {
		server.Deliver(t, "me", "INBOX", mail(i))
		t.Logf("the next after %v", within(i))
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Run does not end")
	}
}
