// Package notify sends mail: a queue in the database, each letter once, and a guard against loops.
//
// Whoever has something to say renders it and queues it in the transaction that makes it necessary; a job
// takes it to the mail server afterwards, and every attempt is a row. Without a server letters are held and
// shown. Letters that come back pause their address. The package knows nothing of the domain, nor how a mail
// is taken apart: topic, recipient and what a letter is about are only its key.
package notify

import (
	"context"
	"log/slog"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
)

// Attachment of a letter: a file of the blob store.
type Attachment struct {
	Filename    string `json:"filename"`
	ContentType string `json:"content_type"`
	SHA256      string `json:"sha256"`
}

// Letter is mail to one recipient, ready to be sent. Topic, Recipient and About are its key: a second one
// with the same key is not sent.
type Letter struct {
	Topic       string // what sort of letter, "report", "login", …
	Recipient   string // address
	About       string // the thing or event that it is about
	Lang        string // of the text, kk, ru or en
	Subject     string
	Text        string // its HTML is made of it: see html.go for what its form means
	Attachments []Attachment
	Reply       *Heard // the message that this answers automatically; nil for any other letter
	Cap         string // of such answers with one Topic and Cap a recipient gets one in 24 hours
}

// State of a queued letter.
type State string

// The states.
const (
	Waiting State = "waiting" // will be sent, or tried again
	Sent    State = "sent"    // the mail server took it
	Failed  State = "failed"  // given up; the reason is the server's answer
	Held    State = "held"    // not sent, for one of the reasons below
	Bounced State = "bounced" // the mail server took it, and a report came that it did not arrive
)

// Reasons of letters that are held.
const (
	NoServer  = "no_server"  // no mail server is configured
	NoReply   = "no_reply"   // the address belongs to a machine
	TooMany   = "too_many"   // another automatic answer went to this address within a day
	LostFiles = "lost_files" // an attachment is not in the store, or too large
	Paused    = "paused"     // letters to this address came back
)

const (
	attempts    = 14 // over about a day
	dailyReply  = 1  // automatic answers to one address, topic and cap within 24 hours (RFC 3834 section 2)
	dailyAll    = 20 // automatic answers to one address within 24 hours, whatever they are about
	filesLimit  = 25 << 20
	releaseSpan = 24 * time.Hour
)

// SendArgs is the job that sends one letter.
type SendArgs struct {
	ID uuid.UUID `json:"id"`
}

// Kind names the job.
func (SendArgs) Kind() string { return "send_letter" }

// Inserter inserts a job in a transaction; package jobs' engine is one.
type Inserter interface {
	Insert(ctx context.Context, tx pgx.Tx, args jobs.Args, o jobs.Options) error
}

// House is what letters say of the installation, and by which it knows its own.
type House struct {
	Name      string   // of the university, where the pages have set none
	URL       string   // how links into the installation begin
	LoopID    string   // in X-Loop of automatic answers
	Addresses []string // of its mailboxes, beside the sender's

	// Foot gives lines for the foot of a letter, above those that every letter has; nil: none.
	Foot func(ctx context.Context, tx pgx.Tx, l Letter) ([]string, error)
	// ReplyTo gives the address to which a person's answer to a letter goes; nil or empty: the sender's.
	ReplyTo func(ctx context.Context, tx pgx.Tx, l Letter) (string, error)
}

// Service queues and sends letters.
type Service struct {
	Jobs  Inserter // set it before the first Queue; nil: nobody is woken, call Send
	House House    // as Jobs

	pool   *pgxpool.Pool
	blobs  blob.Store
	clock  clock.Clock
	log    *slog.Logger
	server *server // nil: letters are held
	from   *mail.Address
}

// New makes the service. smtpURL is smtps://user:password@host:465, or smtp://…?tls=starttls or ?tls=none;
// empty: letters are held. from is the sender's address, with or without a name.
func New(pool *pgxpool.Pool, blobs blob.Store, c clock.Clock, log *slog.Logger, smtpURL, from string) (*Service, error) {
	s := &Service{pool: pool, blobs: blobs, clock: c, log: log}
	if smtpURL == "" {
		return s, nil
	}
	u, err := url.Parse(smtpURL)
	if err != nil {
		return nil, fault.New(fault.Invalid, "notify.url") // without the cause: it quotes the password
	}
	if s.server, err = newServer(u); err != nil {
		return nil, err
	}
	if s.from, err = mail.ParseAddress(from); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "notify.from")
	}
	return s, nil
}

// Configured tells whether there is a mail server.
func (s *Service) Configured() bool { return s.server != nil }

// Try connects to the mail server and logs in, without sending anything. The error holds its own words.
func (s *Service) Try(ctx context.Context) error {
	if s.server == nil {
		return fault.New(fault.Unavailable, "notify.no_server")
	}
	if err := s.server.try(ctx); err != nil {
		return fault.Wrap(err, fault.Unavailable, "notify.unavailable", "answer", err.Error())
	}
	return nil
}

// Queue takes a letter in the transaction that makes it necessary. One with the key of an earlier letter
// is left alone. fault.Invalid when the recipient is no address.
func (s *Service) Queue(ctx context.Context, tx pgx.Tx, l Letter) error {
	address, err := mail.ParseAddress(l.Recipient)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "notify.recipient")
	}
	l.Recipient = strings.ToLower(address.Address)
	l.Subject = strings.Join(strings.Fields(l.Subject), " ") // no line breaks in a header
	reason, err := s.hold(ctx, tx, l)
	if err != nil {
		return err
	}
	state := Waiting
	if reason != "" {
		state = Held
	}
	html, err := s.dress(ctx, tx, &l)
	if err != nil {
		return err
	}
	replyTo := ""
	if s.House.ReplyTo != nil {
		if replyTo, err = s.House.ReplyTo(ctx, tx, l); err != nil {
			return err
		}
		if _, err := mail.ParseAddress(replyTo); err != nil {
			replyTo = "" // the setting may name no address at all
		}
	}
	id := clock.NewID()
	inserted, err := insert(ctx, tx, id, l, html, replyTo, state, reason, s.clock.Now())
	if err != nil || !inserted || state != Waiting {
		return err
	}
	return s.wake(ctx, tx, id)
}

// dress gives a letter its foot and makes its HTML.
func (s *Service) dress(ctx context.Context, tx pgx.Tx, l *Letter) (html string, err error) {
	house, err := houseName(ctx, tx, s.House.Name)
	if err != nil {
		return "", err
	}
	var foot []string
	if s.House.Foot != nil {
		if foot, err = s.House.Foot(ctx, tx, *l); err != nil {
			return "", err
		}
	}
	return finish(l, house, s.House.URL, foot)
}

// finish writes the foot under a letter's text and gives its HTML.
func finish(l *Letter, house, base string, foot []string) (html string, err error) {
	last := i18n.T(lang(l.Lang), "notify.foot")
	if house != "" {
		last = house + ". " + last
	}
	l.Text = strings.TrimSpace(l.Text) + "\n\n" + footLine + "\n" + strings.Join(append(foot, last), "\n")
	return asHTML(*l, house, base)
}

// hold says why a letter must not go, or nothing.
func (s *Service) hold(ctx context.Context, tx pgx.Tx, l Letter) (reason string, err error) {
	if machine(l.Recipient) {
		return NoReply, nil
	}
	if l.Reply != nil {
		if ok, reason, err := s.MayAnswer(ctx, tx, *l.Reply); err != nil || !ok {
			return reason, err
		}
		if many, err := s.answered(ctx, tx, l); err != nil || many {
			return TooMany, err
		}
	}
	if paused, err := isPaused(ctx, tx, l.Recipient); err != nil || paused {
		return Paused, err
	}
	if s.server == nil {
		return NoServer, nil
	}
	return "", nil
}

func (s *Service) wake(ctx context.Context, tx pgx.Tx, ids ...uuid.UUID) error {
	if s.Jobs == nil {
		return nil
	}
	for _, id := range ids {
		if err := s.Jobs.Insert(ctx, tx, SendArgs{ID: id}, jobs.Options{Queue: jobs.Outside, Attempts: attempts}); err != nil {
			return err
		}
	}
	return nil
}

// machines are the local parts of addresses that nobody reads: to write there starts loops of bounces.
var machines = regexp.MustCompile(`^(no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon|postmaster|bounces?|null|nobody|.*[-_.+](no[-_.]?reply|bounces?)|(no[-_.]?reply|bounces?)[-_.+=].*)$`)

func machine(address string) bool {
	local := address[:strings.LastIndexByte(address, '@')]
	return machines.MatchString(local)
}
