package app

import (
	"encoding/hex"
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	"kualik/internal/message"
	"kualik/internal/notify"
)

// house is what letters say of the installation, and by which it knows its own mail. The mark of loops comes
// from the installation's key: it is the same in every process and tells nothing.
func (a *App) house() notify.House {
	h := notify.House{Name: a.Config.University, URL: a.Config.PublicURL, LoopID: "kualik-" + hex.EncodeToString(a.Keeper.Hash("mail loop", "")[:10])}
	own := []string{a.Config.CertificatesAddress}
	for _, m := range strings.Fields(string(a.Config.MailboxURL)) {
		if u, err := url.Parse(m); err == nil {
			own = append(own, u.User.Username())
		}
	}
	for _, o := range own {
		if parsed, err := mail.ParseAddress(o); err == nil {
			h.Addresses = append(h.Addresses, strings.ToLower(parsed.Address))
		}
	}
	return h
}

// heard is a message as the guard against loops sees it.
func heard(m message.Message) notify.Heard {
	h := notify.Heard{
		MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: m.References,
		From: m.From.Address, ReturnPath: m.ReturnPath, NullSender: m.NullSender,
		Report:  m.Report != nil || m.Auto == message.Bounce,
		Machine: m.Auto == message.AutoReply || m.Auto == message.Calendar || m.Auto == message.Generated,
		Forged:  len(m.AuthenticationResults) > 0 && forged.MatchString(m.AuthenticationResults[0]),
		Empty:   len(m.Links) == 0, AutoSubmitted: m.Signs.AutoSubmitted, Precedence: m.Signs.Precedence, Suppress: m.Signs.Suppress,
		List: m.Signs.List || m.Auto == message.List, Loop: m.Signs.Loop,
	}
	for _, p := range m.Parts {
		h.Empty = h.Empty && p.Decoration
	}
	return h
}

// forged is our own mail server's word, the first of such headers, that the author's domain disowns a mail.
var forged = regexp.MustCompile(`(?i)\bdmarc\s*=\s*fail\b`)
