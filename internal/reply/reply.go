// Package reply answers whoever sent a certificate: what was found in each file, for whom it counts, what
// happens next, or what is missing and how to mend it. It stands after intake, which has read the message,
// and after review, whose rule says who may decide about an author.
//
// Each letter carries a personal link that is good once. What is tapped behind it decides only where the
// address that it went to belongs to one member of staff and the machine has asked about that very person;
// from anybody else it is a statement that the desk sees. A personal tag suggests a person and never proves
// one. The package reads no document and matches nothing; it knows no page, and no mail server.
package reply

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/clock"
	"kualik/internal/forward"
	"kualik/internal/i18n"
	"kualik/internal/message"
	"kualik/internal/notify"
	"kualik/internal/postgres"
	"kualik/internal/rating"
	"kualik/internal/review"
)

// Fresh is how old a message may be that is still answered: an answer to an old letter is a surprise, and a
// mailbox that is polled for the first time is full of them.
const Fresh = 72 * time.Hour

// Letters queues letters; package notify's service is one.
type Letters interface {
	Queue(ctx context.Context, tx pgx.Tx, l notify.Letter) error
	MayAnswer(ctx context.Context, db postgres.DB, h notify.Heard) (ok bool, reason string, err error)
}

// Options of the service. Off: nothing is written, but links that went out earlier still work.
type Options struct {
	Pool      *pgxpool.Pool
	Clock     clock.Clock
	Zone      *time.Location
	Log       *slog.Logger
	Letters   Letters
	Forward   *forward.Service
	Desk      *review.Desk
	Rating    *rating.Service // nil: nothing is said of points
	PublicURL string
	Lang      i18n.Lang // where neither the letter nor its sender has one
	LinkDays  int
	Off       bool
}

// Service is the answers and their links.
type Service struct{ o Options }

// New makes the service.
func New(o Options) *Service {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.LinkDays <= 0 {
		o.LinkDays = 7
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	return &Service{o}
}

// Message is one whose outcome is written.
type Message struct {
	ID         uuid.UUID
	Mailbox    string
	ReceivedAt time.Time
	Outcome    string
	Reason     string
	Mail       message.Message
	Heard      notify.Heard
}

// Wanted tells, before a message is opened, whether it may be answered at all: it is fresh and came by mail.
func (s *Service) Wanted(mailbox string, receivedAt time.Time) bool {
	return !s.o.Off && !strings.HasPrefix(mailbox, "file:") && !strings.HasPrefix(mailbox, "web:") && s.o.Clock.Now().Sub(receivedAt) <= Fresh
}

// Answer writes to whoever sent a message, once, and to the colleagues for whom its certificates count. A
// message that is not answered has a row that says why.
func (s *Service) Answer(ctx context.Context, m Message) error {
	if !s.Wanted(m.Mailbox, m.ReceivedAt) || m.Outcome == "duplicate" || m.Outcome == "pending" || m.Outcome == "failed" {
		return nil
	}
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		who, err := s.senderOf(ctx, tx, m.Mail)
		if err != nil {
			return err
		}
		what, err := s.found(ctx, tx, m, who)
		if err != nil {
			return err
		}
		ok, silence, err := s.o.Letters.MayAnswer(ctx, tx, m.Heard)
		if err != nil {
			return fmt.Errorf("may a message be answered: %w", err)
		}
		if ok && !what.worth(m, who) {
			silence = "unasked"
		}
		limit := ""
		if silence == "" {
			if limit, err = s.capOf(ctx, tx, who, what); err != nil {
				return err
			}
		}
		lang := s.language(m.Mail, who)
		first, err := s.begin(ctx, tx, m, who, lang, limit, silence)
		if err != nil || !first {
			return err
		}
		if silence == "" {
			if err := s.write(ctx, tx, m, who, what, lang, limit); err != nil {
				return err
			}
		}
		if silence == notify.IsForged {
			return nil // whose name it bears has not sent it
		}
		return s.tellColleagues(ctx, tx, what.certificates, who)
	})
}

// language is that of the letter's own words, else of the sender's account, else of the installation.
func (s *Service) language(m message.Message, who sender) i18n.Lang {
	if l, ok := ownLanguage(m.Subject, m.Text); ok {
		return l
	}
	if who.Lang != "" {
		return who.Lang
	}
	return s.o.Lang
}

// write queues the answer and keeps what it said and the links in it.
func (s *Service) write(ctx context.Context, tx pgx.Tx, m Message, who sender, what found, lang i18n.Lang, limit string) (err error) {
	links := map[uuid.UUID]string{}
	for i, c := range what.certificates {
		if err := s.told(ctx, tx, m.ID, c.ID, c.waits()); err != nil {
			return err
		}
		if i < mostLinks && c.linked() {
			if links[c.ID], err = s.link(ctx, tx, newLink{sort: "answer", certificate: c.ID, message: &m.ID, who: who, lang: lang}); err != nil {
				return err
			}
		}
	}
	letter, err := s.compose(ctx, who, what, lang, links)
	if err != nil {
		return err
	}
	letter.Topic, letter.Recipient, letter.About = TopicAnswer, who.Address, m.ID.String()
	letter.Reply, letter.Cap = &m.Heard, limit
	return s.o.Letters.Queue(ctx, tx, letter)
}

// Topics of the letters of this package.
const (
	TopicAnswer    = "answer"           // to whoever sent a message
	TopicDecided   = "answer_decided"   // how that ended which a person had to decide
	TopicColleague = "answer_colleague" // a certificate counts for you, a colleague has sent it
)

// mostLinks bounds the links of one letter: a letter that passes on a whole archive is read on a page.
const mostLinks = 12
