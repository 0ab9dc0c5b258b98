package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"kualik/internal/fault"
)

// server is the mail server that letters are given to.
type server struct {
	host    string
	options []mail.Option
}

// dialLimit bounds the connection, and each step of the conversation.
const dialLimit = 30 * time.Second

func newServer(u *url.URL) (*server, error) {
	wrong := fault.New(fault.Invalid, "notify.url")
	if u.Hostname() == "" {
		return nil, wrong
	}
	s := &server{host: u.Hostname(), options: []mail.Option{mail.WithTimeout(dialLimit),
		mail.WithTLSConfig(&tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12})}}
	auth, port := mail.SMTPAuthAutoDiscover, 587
	switch mode := u.Query().Get("tls"); {
	case u.Scheme == "smtps" && mode == "":
		s.options = append(s.options, mail.WithSSL())
		port = 465
	case u.Scheme == "smtp" && (mode == "starttls" || mode == ""):
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSMandatory))
	case u.Scheme == "smtp" && mode == "none":
		s.options = append(s.options, mail.WithTLSPolicy(mail.NoTLS))
		auth, port = mail.SMTPAuthPlainNoEnc, 25
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
	s.options = append(s.options, mail.WithPort(port))
	if name := u.User.Username(); name != "" {
		password, _ := u.User.Password()
		s.options = append(s.options, mail.WithSMTPAuth(auth), mail.WithUsername(name), mail.WithPassword(password))
	}
	return s, nil
}

func (s *server) client() (*mail.Client, error) {
	client, err := mail.NewClient(s.host, s.options...)
	if err != nil {
		return nil, fmt.Errorf("preparing the mail server's client: %w", err)
	}
	return client, nil
}

func (s *server) try(ctx context.Context) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	return client.Close()
}

// send gives a message to the server. What the server has taken is sent, whatever happens to the
// connection afterwards.
func (s *server) send(ctx context.Context, message *mail.Msg) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, message)
	if message.IsDelivered() {
		return nil
	}
	return err
}

// forGood tells whether the server refused this letter with a code of the fives. A failure to connect or
// to log in is the installation's, not the letter's: that is mended, and the letter goes later.
func forGood(err error) bool {
	var refused *mail.SendError
	var network net.Error
	if !errors.As(err, &refused) || errors.As(err, &network) {
		return false
	}
	switch refused.Reason {
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose, mail.ErrGetRcpts:
		return refused.ErrorCode() >= 500 || refused.Reason == mail.ErrGetRcpts
	}
	return false
}

// compose writes the message.
func (s *Service) compose(l stored, files [][]byte) *mail.Msg {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	m.ToIgnoreInvalid(l.Recipient) // it was an address when it was queued
	m.Subject(l.Subject)
	m.SetDateWithValue(s.clock.Now())
	m.SetMessageIDWithValue(l.MessageID)
	m.SetGenHeader("Content-Language", l.Lang)
	m.SetGenHeader("X-Auto-Response-Suppress", "All") // Exchange's way not to be answered by a machine
	if l.InReplyTo == "" {
		m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 section 5
	} else {
		m.SetGenHeader("Auto-Submitted", "auto-replied")
		m.SetGenHeader(mail.HeaderInReplyTo, l.InReplyTo)
		m.SetGenHeader(mail.HeaderReferences, l.InReplyTo)
	}
	m.SetBodyString(mail.TypeTextPlain, l.BodyText)
	if l.BodyHTML != "" {
		m.AddAlternativeString(mail.TypeTextHTML, l.BodyHTML)
	}
	for i, a := range l.Attachments {
		m.AttachReadSeeker(a.Filename, bytes.NewReader(files[i]), mail.WithFileContentType(mail.ContentType(a.ContentType)))
	}
	return m
}
