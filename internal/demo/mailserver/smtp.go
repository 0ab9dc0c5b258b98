package mailserver

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// envelope is one SMTP conversation. It takes mail for every address under ".example", the domain that no
// real person has, and for nobody else: the demo must not become a way to the outside.
type envelope struct {
	server *Server
	helo   string
	from   string
	to     []string
}

var _ smtp.Session = (*envelope)(nil)

// Reset forgets the message begun.
func (e *envelope) Reset() { e.from, e.to = "", nil }

// Logout ends the conversation.
func (e *envelope) Logout() error { return nil }

// Mail begins a message.
func (e *envelope) Mail(from string, _ *smtp.MailOptions) error {
	e.from = from
	return nil
}

// Rcpt names a recipient.
func (e *envelope) Rcpt(to string, _ *smtp.RcptOptions) error {
	address := strings.ToLower(strings.TrimSpace(to))
	if !strings.HasSuffix(address, ".example") || strings.Count(address, "@") != 1 || strings.ContainsAny(address, "/\\\x00") || len(address) > 200 {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "This is a demo: only addresses under .example"}
	}
	e.to = append(e.to, address)
	return nil
}

// Data takes the message and puts it into the folder of each recipient.
func (e *envelope) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	now := e.server.now()
	for _, to := range e.to {
		var b bytes.Buffer
		fmt.Fprintf(&b, "Return-Path: <%s>\r\nReceived: from %s by %s for <%s>; %s\r\n", line(e.from), line(e.helo), hostName, to, now.Format(time.RFC1123Z))
		b.Write(body)
		if err := e.server.deliver(to, b.Bytes(), now); err != nil {
			e.server.log.Error("could not keep a letter", "to", to, "error", err)
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Could not store the message"}
		}
	}
	return nil
}

// line keeps what a client said inside one line of a header.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 127 {
			return -1
		}
		return r
	}, s)
}
