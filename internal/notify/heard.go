package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kualik/internal/postgres"
)

// Heard is what is known of a message that a letter would answer automatically. Keywords are in lower case.
type Heard struct {
	MessageID  string // with its angle brackets, as the next two
	InReplyTo  []string
	References []string
	From       string // address of its author: where the answer goes
	ReturnPath string // address of its envelope; empty when unknown
	NullSender bool   // its envelope names nobody
	Report     bool   // it is a report on a delivery
	Machine    bool   // it shows otherwise that a machine wrote it: an old header, the words of its subject
	Forged     bool   // our own mail server says that the author is not who sent it
	Empty      bool   // it brings nothing that could be dealt with

	AutoSubmitted string // keyword of RFC 3834 section 5
	Precedence    string
	Suppress      string // X-Auto-Response-Suppress
	List          bool
	Loop          []string // X-Loop
}

// Why a message is not answered. Every one of them is also a reason of a letter that is held.
const (
	IsReport    = "bounce"         // a report on a delivery, of whatever mail
	IsNull      = "null_sender"    // its envelope has no sender
	IsAutomatic = "auto_submitted" // a machine wrote it
	IsList      = "list"           // a mailing list or a newsletter
	Suppressed  = "suppressed"     // it asks for no automatic answer
	IsLoop      = "loop"           // it came from here
	IsOwn       = "own_address"    // its sender is an address of ours
	NoSender    = "no_sender"      // it has no address to answer to
	IsForged    = "forged"
	AnswersUs   = "answers_us" // it brings nothing and answers an automatic letter of ours
)

// MayAnswer tells whether a message may be answered automatically, else why not (RFC 3834 section 2). own
// are our addresses, with or without a tag, and what we write into X-Loop.
//
// The answer goes to the address in From. RFC 3834 section 4 lets a service do that if it says so; the
// envelope's address, which it asks of vacation notices, is here often a forwarder's or a relay's, while the
// answer is for the author and says things that are the author's. It never goes to Reply-To, which anybody
// may fill with the address of a list.
func MayAnswer(h Heard, own []string) (ok bool, reason string) {
	from, envelope := strings.ToLower(h.From), strings.ToLower(h.ReturnPath)
	switch {
	case h.Report:
		return false, IsReport
	case h.NullSender:
		return false, IsNull
	case !strings.Contains(from, "@"):
		return false, NoSender
	case machine(from), envelope != "" && reports(envelope):
		return false, NoReply
	case ours(from, own), envelope != "" && ours(envelope, own):
		return false, IsOwn
	case slices.ContainsFunc(h.Loop, func(v string) bool { return ours(strings.ToLower(strings.TrimSpace(v)), own) }):
		return false, IsLoop
	case h.AutoSubmitted != "" && h.AutoSubmitted != "no", h.Machine, h.Precedence == "auto_reply":
		return false, IsAutomatic
	case h.List, h.Precedence == "bulk", h.Precedence == "list", h.Precedence == "junk":
		return false, IsList
	case suppresses(h.Suppress):
		return false, Suppressed
	case h.Forged:
		return false, IsForged
	}
	return true, ""
}

// reports tells whether an envelope's address is that of a mail system. Unlike in From, a bounces+… there
// is what many relays write for mail of people.
func reports(address string) bool {
	local, _, _ := strings.Cut(address, "@")
	return local == "mailer-daemon" || local == "postmaster"
}

// suppresses reads Exchange's wish: "all", or a list of sorts of answers that has the one for automatic ones.
func suppresses(v string) bool {
	for _, word := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		if word == "all" || word == "autoreply" {
			return true
		}
	}
	return false
}

// ours tells whether a value is one of our own, an address with a tag included.
func ours(value string, own []string) bool {
	if value == "" {
		return false
	}
	bare := untagged(value)
	return slices.ContainsFunc(own, func(o string) bool {
		o = strings.ToLower(o)
		return o == value || untagged(o) == bare
	})
}

// untagged is an address without what stands after a plus.
func untagged(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, _, _ := strings.Cut(address[:at], "+")
	return local + address[at:]
}

// MayAnswer is the function of that name, with our own addresses, and with a look at what we have sent: a
// message that brings nothing and answers an automatic letter of ours is not answered, whatever its header
// says. So a machine that hides what it is falls silent after its first word.
func (s *Service) MayAnswer(ctx context.Context, db postgres.DB, h Heard) (ok bool, reason string, err error) {
	if ok, reason = MayAnswer(h, s.own()); !ok || !h.Empty {
		return ok, reason, nil
	}
	var ids []string
	for _, id := range slices.Concat(h.InReplyTo, h.References) {
		ids = append(ids, strings.Trim(id, "<>"))
	}
	if len(ids) == 0 {
		return true, "", nil
	}
	var answers bool
	err = db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM letter WHERE answer AND message_id = ANY(@ids))`, pgx.StrictNamedArgs{"ids": ids}).Scan(&answers)
	if err != nil {
		return false, "", fmt.Errorf("looking whether a message answers a letter of ours: %w", err)
	}
	if answers {
		return false, AnswersUs, nil
	}
	return true, "", nil
}

// own is what tells that a message came from here.
func (s *Service) own() []string {
	own := slices.Clone(s.House.Addresses)
	if s.from != nil {
		own = append(own, s.from.Address)
	}
	if s.House.LoopID != "" {
		own = append(own, s.House.LoopID)
	}
	return own
}
