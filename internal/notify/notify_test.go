package notify

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/jobs"
	"kualik/internal/postgres/pgtest"
)

// post is a mail server that keeps what it is given, and answers as it is told.
type post struct {
	mu         sync.Mutex
	messages   []string
	senders    []string
	recipe     func(step string) error // step is "rcpt", "data" or "dot"
	login      string
	refuseNull bool   // as providers do that let a user write only as who they are
	cut        string // hang up at this step: "rcpt", or "dot", after the letter was taken
}

// cutAt has the server hang up at a step.
func (p *post) cutAt(step string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = step
}

// tell sets what is asked at each step: "rcpt", "data" when a letter has come to its dot, "dot" when it is kept.
func (p *post) tell(recipe func(step string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recipe = recipe
}

// taken are the mails so far.
func (p *post) taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.messages)
}

func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{post: p, conn: c.Conn()}, nil
}

type session struct {
	post *post
	conn net.Conn
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.post.mu.Lock()
		defer s.post.mu.Unlock()
		s.post.login = user + " " + password
		if password != "p@ss" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}
func (s *session) ask(step string) error {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	if s.post.recipe == nil {
		return nil
	}
	return s.post.recipe(step)
}
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.senders = append(s.post.senders, from)
	if from == "" && s.post.refuseNull {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "sender address rejected: not owned by user"}
	}
	return nil
}
func (s *session) Rcpt(string, *smtp.RcptOptions) error {
	s.hangUp("rcpt")
	return s.ask("rcpt")
}

// hangUp ends the connection without a word, if that is wanted here.
func (s *session) hangUp(step string) {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	if s.post.cut == step {
		s.conn.Close() //nolint:errcheck // it is cut
	}
}
func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.ask("data"); err != nil {
		return err
	}
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.messages = append(s.post.messages, string(data))
	if s.post.cut == "dot" {
		s.conn.Close() //nolint:errcheck // it is cut
	}
	if s.post.recipe != nil {
		return s.post.recipe("dot")
	}
	return nil
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func startPost(t *testing.T) (*post, string) {
	p := &post{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(p)
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0) // of connections that are cut
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return p, listener.Addr().String()
}

// bell collects the jobs that are inserted.
type bell struct{ ids []uuid.UUID }

func (b *bell) Insert(_ context.Context, _ pgx.Tx, args jobs.Args, _ jobs.Options) error {
	b.ids = append(b.ids, args.(SendArgs).ID)
	return nil
}

type world struct {
	*Service
	pool  *pgxpool.Pool
	clock *clock.Manual
	bell  *bell
	blobs blob.Store
}

func newWorld(t *testing.T, smtpURL string) *world {
	t.Helper()
	w := &world{pool: pgtest.New(t), clock: clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), bell: &bell{}}
	w.blobs, _ = blob.Open(t.Context(), "", t.TempDir())
	w.configure(t, smtpURL)
	return w
}

func (w *world) configure(t *testing.T, smtpURL string) {
	t.Helper()
	s, err := New(w.pool, w.blobs, w.clock, slog.New(slog.DiscardHandler), smtpURL, "Ғылым бөлімі <office@example.kz>")
	if err != nil {
		t.Fatal(err)
	}
	w.Service = s
	s.Jobs = w.bell
}

func (w *world) queue(t *testing.T, l Letter) {
	t.Helper()
	if err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error { return w.Queue(t.Context(), tx, l) }); err != nil {
		t.Fatal(err)
	}
}

func (w *world) outbox(t *testing.T) []Entry {
	t.Helper()
	entries, err := w.Outbox(t.Context(), Filter{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func letter(about string) Letter {
	return Letter{Topic: "report", Recipient: "Aigul@Example.kz", About: about, Lang: "kk", Subject: "Рейтинг\r\nBcc: x@y.kz", Text: "Сәлем"}
}

func TestSendOnce(t *testing.T) {
	server, address := startPost(t)
	w := newWorld(t, "smtp://clerk:p%40ss@"+address+"?tls=none")
	ref, err := w.blobs.Put(t.Context(), strings.NewReader("workbook"))
	if err != nil {
		t.Fatal(err)
	}
	l := letter("1")
	l.Attachments = []Attachment{{Filename: "рейтинг.xlsx", ContentType: "application/vnd.ms-excel", SHA256: ref.SHA256}}
	w.queue(t, l)
	w.queue(t, l)
	if len(w.bell.ids) != 1 {
		t.Fatalf("%d jobs for one letter, want 1", len(w.bell.ids))
	}
	for range 2 {
		if err := w.Send(t.Context(), w.bell.ids[0]); err != nil {
			t.Fatal(err)
		}
	}
	if len(server.taken()) != 1 {
		t.Fatalf("%d mails went out, want 1", len(server.taken()))
	}
	if server.login != "clerk p@ss" {
		t.Errorf("logged in as %q", server.login)
	}
	m, err := mail.ReadMessage(strings.NewReader(server.taken()[0]))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{"Auto-Submitted": "auto-generated", "To": "<aigul@example.kz>", "Bcc": "", "In-Reply-To": "", "Reply-To": ""} {
		if got := m.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	entry := w.outbox(t)[0]
	if entry.State != Sent || entry.SentAt == nil || !entry.SentAt.Equal(w.clock.Now()) || entry.Attempts != 1 {
		t.Errorf("%+v", entry)
	}
	for _, part := range []string{"text/plain", "text/html", "d29ya2Jvb2s="} {
		if !strings.Contains(server.taken()[0], part) {
			t.Errorf("no %s in the mail", part)
		}
	}
}

func TestWithoutServerLettersWait(t *testing.T) {
	w := newWorld(t, "")
	w.queue(t, letter("old"))
	w.clock.Advance(25 * time.Hour)
	w.queue(t, letter("new"))
	if counts, err := w.Counts(t.Context()); err != nil || counts.States[Held] != 2 || len(w.bell.ids) != 0 {
		t.Fatalf("%v, %d jobs (%v), want 2 held", counts, len(w.bell.ids), err)
	}
	if err := w.Try(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("trying without a server: %v", err)
	}
	server, address := startPost(t)
	w.configure(t, "smtp://"+address+"?tls=none")
	if err := w.Try(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := w.Release(t.Context()); err != nil || n != 1 || len(w.bell.ids) != 1 {
		t.Fatalf("%d released, %d jobs (%v), want the new one", n, len(w.bell.ids), err)
	}
	if err := w.Send(t.Context(), w.bell.ids[0]); err != nil || len(server.taken()) != 1 {
		t.Errorf("%d mails (%v)", len(server.taken()), err)
	}
}

func TestAnswersOfTheServer(t *testing.T) {
	server, address := startPost(t)
	for name, c := range map[string]struct {
		step   string
		answer error
		state  State
		kind   fault.Kind
		last   State // after the job's last attempt
	}{
		"unknown recipient": {"rcpt", &smtp.SMTPError{Code: 550, Message: "no such user"}, Failed, 0, Failed},
		"grey listing":      {"rcpt", &smtp.SMTPError{Code: 451, Message: "come back later"}, Waiting, fault.Unavailable, Failed},
		"refused content":   {"data", &smtp.SMTPError{Code: 554, Message: "looks like spam"}, Failed, 0, Failed},
		"full disk":         {"data", &smtp.SMTPError{Code: 452, Message: "disk full"}, Waiting, fault.Unavailable, Failed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "smtp://"+address+"?tls=none")
			server.mu.Lock()
			server.recipe = func(step string) error {
				if step == c.step {
					return c.answer
				}
				return nil
			}
			server.mu.Unlock()
			w.queue(t, letter("1"))
			err := w.Work(t.Context(), jobs.Job[SendArgs]{Args: SendArgs{ID: w.bell.ids[0]}})
			if (c.kind == 0) != (err == nil) || (err != nil && !fault.Is(err, c.kind)) {
				t.Errorf("error %v, want kind %v", err, c.kind)
			}
			entry := w.outbox(t)[0]
			var said *smtp.SMTPError
			errors.As(c.answer, &said)
			if entry.State != c.state || !strings.Contains(entry.Reason, said.Message) {
				t.Errorf("%s %q, want %s with the server's words", entry.State, entry.Reason, c.state)
			}
			if err := w.Work(t.Context(), jobs.Job[SendArgs]{Args: SendArgs{ID: w.bell.ids[0]}, Last: true}); err != nil {
				t.Error(err)
			}
			if entry = w.outbox(t)[0]; entry.State != c.last || !strings.Contains(entry.Reason, said.Message) {
				t.Errorf("after the last attempt %s %q, want %s", entry.State, entry.Reason, c.last)
			}
		})
	}
}

func TestWrongPasswordIsNotTheLettersFault(t *testing.T) {
	_, address := startPost(t)
	w := newWorld(t, "smtp://clerk:wrong@"+address+"?tls=none")
	w.queue(t, letter("1"))
	if err := w.Send(t.Context(), w.bell.ids[0]); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want another try", err)
	}
	if err := w.Try(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("trying: %v", err)
	}
	if entry := w.outbox(t)[0]; entry.State != Waiting || strings.Contains(entry.Reason, "wrong") {
		t.Errorf("%s %q", entry.State, entry.Reason)
	}
}

func TestLoopGuard(t *testing.T) {
	_, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	answer := func(to, about string) {
		w.queue(t, Letter{Topic: "receipt", Recipient: to, About: about, Lang: "ru", Subject: "s", Text: "t", Reply: &Heard{From: to, MessageID: "<" + about + "@other.kz>"}})
	}
	answer("author@example.kz", "1")
	answer("Author@Example.KZ", "2")
	answer("other@example.kz", "3")
	w.clock.Advance(25 * time.Hour)
	answer("author@example.kz", "4")
	for _, to := range []string{"no-reply@x.kz", "NoReply@x.kz", "MAILER-DAEMON@x.kz", "bounce+17=a@x.kz", "list-bounces@x.kz", "crm.no-reply@x.kz", "postmaster@x.kz"} {
		answer(to, to)
	}
	answer("norepinova@example.kz", "5")
	want := map[string]string{"1": "", "2": TooMany, "3": "", "4": "", "5": ""}
	for _, entry := range w.outbox(t) {
		reason, known := want[entry.About]
		if !known {
			reason = NoReply
		}
		if entry.Reason != reason || (entry.State == Held) != (reason != "") {
			t.Errorf("%s to %s: %s %q, want %q", entry.About, entry.Recipient, entry.State, entry.Reason, reason)
		}
	}
	if len(w.bell.ids) != 4 {
		t.Errorf("%d letters will be sent, want 4", len(w.bell.ids))
	}
}

func TestLostAttachmentHolds(t *testing.T) {
	server, address := startPost(t)
	w := newWorld(t, "smtp://"+address+"?tls=none")
	l := letter("1")
	l.Attachments = []Attachment{{Filename: "a", ContentType: "text/plain", SHA256: blob.Sum([]byte("never stored"))}}
	w.queue(t, l)
	if err := w.Send(t.Context(), w.bell.ids[0]); err != nil {
		t.Fatal(err)
	}
	if entry := w.outbox(t)[0]; entry.State != Held || entry.Reason != LostFiles || len(server.taken()) != 0 {
		t.Errorf("%+v", entry)
	}
	if err := w.Retry(t.Context(), w.outbox(t)[0].ID); err != nil || len(w.bell.ids) != 2 {
		t.Errorf("%d jobs after a retry (%v)", len(w.bell.ids), err)
	}
	if err := w.Retry(t.Context(), uuid.New()); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	for _, wrong := range []string{"smtp://", "http://host", "smtp://host?tls=maybe", "smtps://host?tls=none", "smtp://user:p%zz@host"} {
		_, err := New(nil, nil, nil, nil, wrong, "a@b.kz")
		if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "p%zz") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if _, err := New(nil, nil, nil, nil, "smtps://host", "nobody"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a sender that is no address: %v", err)
	}
	w := newWorld(t, "")
	err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error { return w.Queue(t.Context(), tx, Letter{Recipient: "not an address"}) })
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("a recipient that is no address: %v", err)
	}
}

// refuse is a recipe: at a step the server answers so.
func refuse(step string, code int, words string) func(string) error {
	return func(at string) error {
		if at == step {
			return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: words}
		}
		return nil
	}
}
