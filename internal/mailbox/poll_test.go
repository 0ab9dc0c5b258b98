package mailbox

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"kualik/internal/fault"
	"kualik/internal/mailbox/dovecottest"
)

func TestPollDovecot(t *testing.T) {
	server := dovecottest.Start(t)
	cfg := config(t, server.URL("office", "INBOX"))
	ctx := context.Background()
	for i := range 250 {
		server.Deliver(t, "office", "INBOX", mail(i))
	}
	big := append(mail(1000), bytes.Repeat([]byte("0123456789\r\n"), 100_000)...)
	server.Deliver(t, "office", "INBOX", big)
	m := newMemory()
	r, err := Poll(ctx, cfg, DefaultLimits, Cursor{}, m, m)
	if err != nil || r.New != 251 || r.Failed != 0 || r.Cursor.LastUID != 251 {
		t.Fatalf("%+v, %v", r, err)
	}
	texts := map[string]bool{}
	for uid, f := range m.rows {
		texts[m.text(uid)] = true
		if f.InternalDate.IsZero() || f.Size != int64(len(m.text(uid))) {
			t.Fatalf("UID %d: %+v", uid, f)
		}
	}
	if len(texts) != 251 || !texts[string(big)] || !texts[string(mail(17))] {
		t.Errorf("%d different texts", len(texts))
	}

	t.Run("nothing is fetched twice", func(t *testing.T) {
		stores := m.stores
		r, err := Poll(ctx, cfg, DefaultLimits, r.Cursor, m, m)
		if err != nil || r.New != 0 || m.stores != stores {
			t.Errorf("%+v, %v, %d stores", r, err, m.stores-stores)
		}
	})
	t.Run("what is new is", func(t *testing.T) {
		server.Deliver(t, "office", "INBOX", mail(5000))
		r2, err := Poll(ctx, cfg, DefaultLimits, r.Cursor, m, m)
		if err != nil || r2.New != 1 || m.text(252) != string(mail(5000)) {
			t.Errorf("%+v, %v, %q", r2, err, m.text(252))
		}
	})
	t.Run("a UIDVALIDITY change reads all again", func(t *testing.T) {
		server.Renumber(t, "office", "INBOX")
		r2, err := Poll(ctx, cfg, DefaultLimits, m.cursor, m, m)
		if err != nil || !r2.Changed || r2.New != 252 || r2.Cursor.UIDValidity == r.Cursor.UIDValidity {
			t.Errorf("%+v, %v", r2, err)
		}
	})
	t.Run("a full disk loses nothing", func(t *testing.T) {
		server.Deliver(t, "office", "INBOX", mail(6000))
		full := errors.New("no space left")
		m.put = full
		before := m.cursor
		r, err := Poll(ctx, cfg, DefaultLimits, m.cursor, m, m)
		if !errors.Is(err, full) || r.Cursor.LastUID != before.LastUID || m.cursor.LastUID != before.LastUID {
			t.Errorf("%+v, %v", r, err)
		}
		m.put = nil
		if r, err = Poll(ctx, cfg, DefaultLimits, m.cursor, m, m); err != nil || r.New != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestFoldersAndSecurity(t *testing.T) {
	server := dovecottest.Start(t)
	server.Deliver(t, "me", "Спам", mail(1)) // Dovecot stores names in modified UTF-7
	server.Deliver(t, "me", "Junk", mail(2))
	ctx := context.Background()
	for name, c := range map[string]struct {
		url  string
		want string // key of the error, empty for success
	}{
		"plain":           {server.URL("me", "Junk"), ""},
		"starttls":        {"imap://me:secret@127.0.0.1:" + server.Port + "/Junk?tls=starttls", ""},
		"tls":             {"imaps://me:secret@127.0.0.1:" + server.TLSPort + "/Junk", ""},
		"wrong password":  {"imap://me:other@127.0.0.1:" + server.Port + "/Junk?tls=none", "mailbox.login_refused"},
		"no such folder":  {server.URL("me", "Nowhere"), "mailbox.folder_missing"},
		"tls on plain":    {"imaps://me:secret@127.0.0.1:" + server.Port + "/Junk", "mailbox.tls_failed"},
		"nobody listens":  {"imap://me:secret@127.0.0.1:1/INBOX?tls=none", "mailbox.unreachable"},
		"auth mechanism":  {"imap://me:secret@127.0.0.1:" + server.Port + "/Junk?tls=none&auth=xoauth2", "mailbox.login_refused"},
		"since, long ago": {server.URL("me", "Junk") + "&since=2020-01-01", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, c.url)
			cfg.TLSConfig, cfg.TokenCommand = server.TLSConfig(), "echo token"
			report := Try(ctx, cfg, quick)
			if report.OK != (c.want == "") || c.want != "" && report.Key != c.want {
				t.Fatalf("%+v, want %q", report, c.want)
			}
			if c.want == "" && report.Messages != 1 {
				t.Errorf("%+v", report)
			}
			if c.want != "" && report.Words == "" {
				t.Error("the server's words are missing")
			}
			if strings.Contains(report.Words, "secret") {
				t.Errorf("the password is told: %s", report.Words)
			}
		})
	}
	t.Run("unknown authority", func(t *testing.T) {
		report := Try(ctx, config(t, "imaps://me:secret@127.0.0.1:"+server.TLSPort+"/Junk"), DefaultLimits)
		if report.Key != "mailbox.certificate" {
			t.Errorf("%+v", report)
		}
	})
	t.Run("since tomorrow", func(t *testing.T) {
		m := newMemory()
		cfg := config(t, server.URL("me", "Junk")+"&since=2999-01-01")
		if r, err := Poll(ctx, cfg, DefaultLimits, Cursor{}, m, m); err != nil || r.New != 0 || r.Cursor.LastUID != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestUnknownHostIsTold(t *testing.T) {
	err := refused(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "mail.nowhere.example", IsNotFound: true}}, "mailbox.unreachable", "Host", "mail.nowhere.example")
	if key(err) != "mailbox.host_unknown" || !fault.Is(err, fault.Unavailable) || !strings.Contains(wordsOf(err), "no such host") {
		t.Errorf("%v", err)
	}
}

func TestTokens(t *testing.T) {
	f := startFake(t, 2)
	for _, auth := range []Auth{XOAuth2, OAuthBearer} {
		for command, want := range map[string]string{
			"echo fresh":                       "mailbox.try_ok",
			"echo stale":                       "mailbox.login_refused NO [AUTHENTICATIONFAILED] token expired",
			"echo no network >&2; exit 3":      "mailbox.token_failed exit status 3: no network",
			"true":                             "mailbox.token_failed it printed no token",
			"printf 'two\\nlines\\n'":          "mailbox.token_failed it printed no token",
			"echo fresh; echo a warning 1>&2;": "mailbox.try_ok",
		} {
			cfg := config(t, f.url()+"&auth="+string(auth))
			cfg.TokenCommand = command
			r := Try(context.Background(), cfg, quick)
			if got := strings.TrimSpace(r.Key + " " + r.Words); got != want {
				t.Errorf("%s, %q: got %q, want %q", auth, command, got, want)
			}
		}
	}
}

func TestCancelEndsAPoll(t *testing.T) {
	server := dovecottest.Start(t)
	server.Deliver(t, "me", "INBOX", mail(1))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := newMemory()
	if _, err := Poll(ctx, config(t, server.URL("me", "INBOX")), DefaultLimits, Cursor{}, m, m); err == nil || len(m.rows) != 0 {
		t.Errorf("%v, %d rows", err, len(m.rows))
	}
}
