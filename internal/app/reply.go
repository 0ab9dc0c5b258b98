package app

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kualik/internal/chase"
	"kualik/internal/forward"
	"kualik/internal/i18n"
	"kualik/internal/intake"
	"kualik/internal/notify"
	"kualik/internal/reply"
)

// buildForward makes the personal addresses for certificates. Where no mailbox of ours is behind the address,
// there are no tags: nobody would read what is sent to them.
func (a *App) buildForward() {
	a.Forward = forward.New(forward.Options{Base: a.certificatesAddress(), Plain: a.Config.CertificatesAddress == "" && a.mailboxUser() == "", Clock: a.Clock})
}

// certificatesAddress is where authors send their certificates: that of the settings, else the first mailbox's
// user, else where our own letters come from.
func (a *App) certificatesAddress() string {
	switch user := a.mailboxUser(); {
	case a.Config.CertificatesAddress != "":
		return a.Config.CertificatesAddress
	case user != "":
		return user
	}
	return a.Config.MailFrom
}

// mailboxUser is the user of the first mailbox that is an address.
func (a *App) mailboxUser() string {
	for _, c := range a.mailboxes {
		if strings.Contains(c.User, "@") {
			return c.User
		}
	}
	return ""
}

// buildReplies makes the answers to whoever sends certificates. Letters, addresses and the desk must be there.
func (a *App) buildReplies() {
	a.Replies = reply.New(reply.Options{Pool: a.Pool, Clock: a.Clock, Zone: a.Config.Zone(), Log: a.Log, Letters: a.Notify, Forward: a.Forward,
		Desk: a.Desk, Rating: a.Rating, PublicURL: a.Config.PublicURL, Lang: a.Lang, LinkDays: a.Config.ReplyLinkDays,
		Off: !a.Config.Reply})
	a.follow(func(ctx context.Context, m arrived) (taken bool, err error) {
		return true, a.Replies.Answer(ctx, reply.Message{ID: m.ID, Mailbox: m.Mailbox, ReceivedAt: m.ReceivedAt, Outcome: m.Outcome, Reason: m.Reason,
			Mail: m.Msg, Heard: heard(m.Msg)})
	})
}

// letterFoot is what the foot of a letter to an author says: where the person sends certificates, and whom
// to ask about an answer that the program wrote.
func (a *App) letterFoot(ctx context.Context, tx pgx.Tx, l notify.Letter) (lines []string, err error) {
	answer := strings.HasPrefix(l.Topic, reply.TopicAnswer)
	if !answer && !strings.HasPrefix(l.Topic, "filing_") {
		return nil, nil
	}
	address, err := a.Forward.AddressOf(ctx, tx, l.Recipient)
	if err != nil {
		return nil, err
	}
	return a.footLines(i18n.Lang(l.Lang), address, answer), nil
}

// letterReplyTo lets who is asked for a certificate, or told of one, answer the letter with the file: it goes
// where certificates go. All other letters are answered to the sender's address.
func (a *App) letterReplyTo(ctx context.Context, tx pgx.Tx, l notify.Letter) (string, error) {
	if !strings.HasPrefix(l.Topic, reply.TopicAnswer) && !slices.Contains([]string{chase.TopicReminder, "filing_issued", "filing_reissued"}, l.Topic) {
		return "", nil
	}
	return a.Forward.AddressOf(ctx, tx, l.Recipient)
}

func (a *App) footLines(l i18n.Lang, address string, answer bool) (lines []string) {
	if address != "" {
		lines = append(lines, i18n.T(l, "reply.foot.address", "Address", address))
	}
	if people := support(a.Config); answer && people != "" {
		lines = append(lines, i18n.T(l, "reply.foot.support", "Contact", people))
	}
	return lines
}

// followed tells whether anything follows from a message: what brought certificates is only answered, and
// that while it is fresh. A mailbox that is polled for the first time is full of others.
func (a *App) followed(s intake.Settled) bool {
	return s.Outcome != "certificates" || a.Replies.Wanted(s.Mailbox, s.ReceivedAt)
}
