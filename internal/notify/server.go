package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"kualik/internal/fault"
)

// server is the mail server that letters are given to.
type server struct {
	host    string
	ssl     *tls.Config // of a connection that is encrypted from its first byte; nil else
	options []gomail.Option
}

// How long the parts of a conversation may take. The last is that of RFC 5321 section 4.5.3.2.6: who hangs up
// earlier, after the letter, sends it twice.
const (
	dialLimit  = 30 * time.Second
	dataLimit  = 3 * time.Minute
	dotLimit   = 10 * time.Minute
	sendLimit  = dialLimit*4 + dataLimit + dotLimit
	quitLimit  = 5 * time.Second
	wordsLimit = 1000 // characters of the server's words that are kept
)

// JobLimit is how long the job of a letter may take.
const JobLimit = sendLimit

func newServer(u *url.URL) (*server, error) {
	wrong := fault.New(fault.Invalid, "notify.url")
	if u.Hostname() == "" {
		return nil, wrong
	}
	secure := &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	s := &server{host: u.Hostname(), options: []gomail.Option{gomail.WithTimeout(dialLimit), gomail.WithTLSConfig(secure)}}
	auth, port := gomail.SMTPAuthAutoDiscover, 587
	switch mode := u.Query().Get("tls"); {
	case u.Scheme == "smtps" && mode == "":
		s.options, s.ssl = append(s.options, gomail.WithSSL()), secure
		port = 465
	case u.Scheme == "smtp" && (mode == "starttls" || mode == ""):
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case u.Scheme == "smtp" && mode == "none":
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.NoTLS))
		auth, port = gomail.SMTPAuthPlainNoEnc, 25
	default:
		return nil, wrong
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil, wrong
		}
		port = n
	}
	s.options = append(s.options, gomail.WithPort(port))
	if name := u.User.Username(); name != "" {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(auth), gomail.WithUsername(name), gomail.WithPassword(password))
	}
	return s, nil
}

// talk is one conversation with the server, after the log-in.
type talk struct {
	*smtp.Client
	conn net.Conn
	free func() bool
}

// dial begins a conversation. When ctx ends the connection is cut, whatever the two are at.
func (s *server) dial(ctx context.Context) (*talk, error) {
	t := &talk{}
	client, err := gomail.NewClient(s.host, append(s.options, gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		t.conn = conn
		if s.ssl == nil {
			return conn, nil
		}
		secure := tls.Client(conn, s.ssl)
		return secure, secure.HandshakeContext(ctx)
	}))...)
	if err != nil {
		return nil, fmt.Errorf("preparing the mail server's client: %w", err)
	}
	t.Client, err = client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		if t.conn != nil {
			t.conn.Close() //nolint:errcheck // the conversation has failed already
		}
		return nil, err
	}
	t.free = context.AfterFunc(ctx, func() { t.conn.Close() }) //nolint:errcheck // it is cut
	return t, nil
}

// end says goodbye, politely if the connection still stands.
func (t *talk) end() {
	t.free()
	if t.UpdateDeadline(quitLimit) == nil {
		t.Quit() //nolint:errcheck // nothing depends on it
	}
	t.conn.Close() //nolint:errcheck // nor on this
}

func (s *server) try(ctx context.Context) error {
	t, err := s.dial(ctx)
	if err != nil {
		return err
	}
	t.end()
	return nil
}

// Outcome is how an attempt at a letter ended.
type Outcome string

// The outcomes.
const (
	Begun   Outcome = "begun"   // it did not end: the process died before the letter was out, so it was not sent
	Offered Outcome = "offered" // the letter was out and no answer came: nobody can know
	Taken   Outcome = "taken"   // the server took it
	Refused Outcome = "refused" // for good
	Later   Outcome = "later"   // not now
)

// envelope is what the server is told beside the letter. A null sender is asked for first, and the ordinary
// one used where the server does not have that of its users, as those of large mail providers do not.
type envelope struct {
	from, to string
	null     bool
}

// send gives a letter to the server. offered is called before the dot that ends it: from there on the server
// may have the letter, whatever happens. answer are the server's words, or what went wrong.
func (s *server) send(ctx context.Context, e envelope, letter []byte, offered func() error) (o Outcome, answer string) {
	t, err := s.dial(ctx)
	if err != nil {
		return Later, words(err)
	}
	defer t.end()
	if o, answer = t.address(e); o != "" {
		return o, answer
	}
	w, err := t.Data()
	if err != nil {
		return judge(err)
	}
	if err = t.UpdateDeadline(dataLimit); err == nil {
		_, err = w.Write(letter)
	}
	if err == nil {
		err = offered()
	}
	if err == nil {
		err = t.UpdateDeadline(dotLimit)
	}
	if err != nil {
		t.conn.Close() //nolint:errcheck // without a dot the server forgets the letter
		return Later, words(err)
	}
	if err = w.Close(); err == nil {
		if d, ok := w.(*smtp.DataCloser); ok {
			answer = d.ServerResponse()
		}
		return Taken, cut(answer)
	}
	if o, answer = judge(err); o == Later && code(err) == 0 {
		return Offered, answer
	}
	return o, answer
}

// address tells the server from whom and to whom; an empty outcome is its consent.
func (t *talk) address(e envelope) (o Outcome, answer string) {
	from := (&mail.Address{Address: e.from}).String()
	senders := []string{from}
	if e.null {
		senders = []string{"<>", from}
	}
	for i, sender := range senders {
		err := t.UpdateDeadline(dialLimit)
		if err == nil {
			err = t.Mail(sender)
		}
		refusesUs := err != nil
		if err == nil {
			err = t.Rcpt((&mail.Address{Address: e.to}).String())
		}
		if err == nil {
			return "", ""
		}
		if o, answer = judge(err); o == Refused && refusesUs {
			o = Later // its sender is the installation's, not the letter's: that is mended, and the letter goes later
		}
		if code(err) < 500 || i+1 == len(senders) || t.Reset() != nil {
			return o, answer
		}
	}
	return o, answer
}

// judge reads an error of a conversation: a code of the fives is for good.
func judge(err error) (Outcome, string) {
	if code(err) >= 500 {
		return Refused, words(err)
	}
	return Later, words(err)
}

// code is the server's, 0 when it did not answer.
func code(err error) int {
	var said *textproto.Error
	if errors.As(err, &said) {
		return said.Code
	}
	return 0
}

func words(err error) string { return cut(err.Error()) }

func cut(s string) string {
	if r := []rune(s); len(r) > wordsLimit {
		return string(r[:wordsLimit]) + "…"
	}
	return s
}

// enhanced finds the status of RFC 3463 in a server's words.
var enhanced = regexp.MustCompile(`\b([245]\.\d{1,3}\.\d{1,3})\b`)
