// Package notify sends mail: a queue in the database, each letter once, and a guard against loops.
//
// Whoever has something to say renders it and queues it in the transaction that makes it necessary; a job
// takes it to the mail server afterwards. Without a server letters are held and shown. The package knows
// nothing of the domain: topic, recipient and what a letter is about are only its key.
package notify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
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
	Text        string
	HTML        string // may be empty
	Attachments []Attachment
	InReplyTo   string // Message-ID that this automatically answers, or empty
}

// State of a queued letter.
type State string

// The states.
const (
	Waiting State = "waiting" // will be sent, or tried again
	Sent    State = "sent"    // the mail server took it
	Failed  State = "failed"  // given up; the reason is the server's answer
	Held    State = "held"    // not sent, for one of the reasons below
)

// Reasons of letters that are held.
const (
	NoServer  = "no_server"  // no mail server is configured
	NoReply   = "no_reply"   // the address belongs to a machine
	TooMany   = "too_many"   // another automatic answer went to this address within a day
	LostFiles = "lost_files" // an attachment is not in the store, or too large
)

const (
	attempts    = 14 // over about a day
	dailyReply  = 1  // automatic answers to one address and topic within 24 hours (RFC 3834 section 2)
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

// Service queues and sends letters.
type Service struct {
	Jobs Inserter // set it before the first Queue; nil: nobody is woken, call Send

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
	state, reason := Waiting, ""
	switch {
	case machine(l.Recipient):
		state, reason = Held, NoReply
	case l.InReplyTo != "":
		many, err := s.answered(ctx, tx, l)
		if err != nil {
			return err
		}
		if many {
			state, reason = Held, TooMany
		}
	}
	if state == Waiting && s.server == nil {
		state, reason = Held, NoServer
	}
	id := clock.NewID()
	inserted, err := insert(ctx, tx, id, l, state, reason, s.clock.Now())
	if err != nil || !inserted || state != Waiting {
		return err
	}
	return s.wake(ctx, tx, id)
}

func (s *Service) wake(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if s.Jobs == nil {
		return nil
	}
	return s.Jobs.Insert(ctx, tx, SendArgs{ID: id}, jobs.Options{Attempts: attempts})
}

// machines are the local parts of addresses that nobody reads: to write there starts loops of bounces.
var machines = regexp.MustCompile(`^(no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon|postmaster|bounces?|null|nobody|.*[-_.+](no[-_.]?reply|bounces?)|(no[-_.]?reply|bounces?)[-_.+=].*)$`)

func machine(address string) bool {
	local := address[:strings.LastIndexByte(address, '@')]
	return machines.MatchString(local)
}

// Work is the job that sends a letter. What the server takes badly for the moment is tried again, with
// growing pauses; after the last time the letter has failed.
func (s *Service) Work(ctx context.Context, job jobs.Job[SendArgs]) error {
	err := s.Send(ctx, job.Args.ID)
	if err == nil || !job.Last {
		return err
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable {
		return err
	}
	answer, _ := f.Args["answer"].(string)
	return settle(ctx, s.pool, job.Args.ID, Failed, answer, s.clock.Now())
}

// Send sends a letter that waits; another one is left alone. fault.Unavailable when it may succeed later.
// A letter that the server refused for good is settled as failed, which is no error here.
//
// When the process dies between the server's "taken" and our row, the letter goes out again with the same
// Message-ID, by which mailboxes know it.
func (s *Service) Send(ctx context.Context, id uuid.UUID) error {
	if s.server == nil {
		return settle(ctx, s.pool, id, Held, NoServer, s.clock.Now())
	}
	domain := s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
	messageID := hex.EncodeToString(id[:]) + "@" + domain
	letter, found, err := claim(ctx, s.pool, id, messageID)
	if err != nil || !found {
		return err
	}
	files, err := s.files(ctx, letter.Attachments)
	if err != nil {
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.TooLarge) {
			return settle(ctx, s.pool, id, Held, LostFiles, s.clock.Now())
		}
		return err
	}
	switch err := s.server.send(ctx, s.compose(letter, files)); {
	case err == nil:
		return settle(ctx, s.pool, id, Sent, "", s.clock.Now())
	case forGood(err):
		s.log.Warn("a letter was refused for good", "id", id, "topic", letter.Topic)
		return settle(ctx, s.pool, id, Failed, err.Error(), s.clock.Now())
	default:
		if noted := note(ctx, s.pool, id, err.Error()); noted != nil {
			return noted
		}
		return fault.Wrap(err, fault.Unavailable, "notify.unavailable", "answer", err.Error())
	}
}

// files reads the attachments, at most filesLimit bytes together.
func (s *Service) files(ctx context.Context, attachments []Attachment) ([][]byte, error) {
	files := make([][]byte, len(attachments))
	left := int64(filesLimit)
	for i, a := range attachments {
		data, err := blob.ReadAll(ctx, s.blobs, a.SHA256, left)
		if err != nil {
			return nil, fmt.Errorf("reading the letter's attachment: %w", err)
		}
		files[i], left = data, left-int64(len(data))
	}
	return files, nil
}

// Release lets letters go that were held because there was no mail server, now that there is one. Those
// older than a day stay: their links are dead and their news is stale.
func (s *Service) Release(ctx context.Context) (released int, err error) {
	if s.server == nil {
		return 0, nil
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		ids, err := release(ctx, tx, s.clock.Now().Add(-releaseSpan))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.wake(ctx, tx, id); err != nil {
				return err
			}
		}
		released = len(ids)
		return nil
	})
	return released, err
}

// Retry sends a letter that failed or is held, because a person wants it. fault.NotFound when there is
// none such.
func (s *Service) Retry(ctx context.Context, id uuid.UUID) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := again(ctx, tx, id); err != nil {
			return err
		}
		return s.wake(ctx, tx, id)
	})
}
