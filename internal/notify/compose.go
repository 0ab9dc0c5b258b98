package notify

import (
	"bytes"
	"fmt"

	"github.com/wneessen/go-mail"
)

// compose writes the message.
func (s *Service) compose(l stored, files [][]byte) ([]byte, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	m.ToIgnoreInvalid(l.Recipient) // it was an address when it was queued
	if l.ReplyTo != "" {
		if err := m.ReplyTo(l.ReplyTo); err != nil {
			return nil, fmt.Errorf("where an answer goes: %w", err)
		}
	}
	m.Subject(l.Subject)
	m.SetDateWithValue(s.clock.Now())
	m.SetMessageIDWithValue(l.MessageID)
	m.SetGenHeader("Content-Language", l.Lang)
	m.SetGenHeader("X-Auto-Response-Suppress", "All") // Exchange's way not to be answered by a machine
	if !l.Answer {
		m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 section 5
	} else {
		m.SetGenHeader("Auto-Submitted", "auto-replied")
		for name, value := range map[mail.Header]string{mail.HeaderInReplyTo: l.InReplyTo, mail.HeaderReferences: l.References, "X-Loop": s.House.LoopID} {
			if value != "" {
				m.SetGenHeader(name, value)
			}
		}
	}
	m.SetBodyString(mail.TypeTextPlain, l.BodyText)
	if l.BodyHTML != "" {
		m.AddAlternativeString(mail.TypeTextHTML, l.BodyHTML)
	}
	for i, a := range l.Attachments {
		m.AttachReadSeeker(a.Filename, bytes.NewReader(files[i]), mail.WithFileContentType(mail.ContentType(a.ContentType)))
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("writing a letter: %w", err)
	}
	return out.Bytes(), nil
}
