package reply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/person"
	"kualik/internal/postgres"
	"kualik/internal/registry"
)

// State is how a personal link stands.
type State string

// The states of a link.
const (
	Open     State = "open"     // it can be used
	Answered State = "answered" // it was; for a while the answer can be taken back
	Expired  State = "expired"  // its days are over and nobody used it
	Gone     State = "gone"     // what it was about is no certificate any more, or not the university's
)

// UndoFor is how long an answer can be taken back by the one who gave it.
const UndoFor = 24 * time.Hour

// The answers of a link.
const (
	Yes     = "yes"
	No      = "no"
	Correct = "correct"
)

// linkRow is a link as it stands in its table.
type linkRow struct {
	ID            uuid.UUID
	Sort          string
	CertificateID uuid.UUID
	MessageID     *uuid.UUID
	Recipient     string
	StaffID       *uuid.UUID
	HintID        *uuid.UUID
	Lang          i18n.Lang
	ExpiresAt     time.Time
	Answer        string
	AnsweredAt    *time.Time
	DecisionID    *uuid.UUID
	SaidID        *uuid.UUID
}

// Link is a personal link with what its page shows. Looking at it changes nothing.
type Link struct {
	ID          uuid.UUID
	State       State
	Sort        string // answer, colleague, decided
	Lang        i18n.Lang
	Certificate registry.Certificate // the one that it was joined to, when it was
	StaffID     *uuid.UUID           // whose the address is now
	Position    int                  // of the author who that person is, or probably is; 0: they must say
	Decides     bool                 // an answer decides; else the desk sees it
	Settled     bool                 // that person has been confirmed already
	Suggested   int                  // of the author whom the tag or the sender's name suggests
	Document    string               // file that may be shown: for a sender the one that they sent
	Page        int
	From        string // who sent the certificate, where that may be said
	Own         bool   // the reader did
	ReceivedAt  time.Time
	LastDay     clock.Day
	Past        bool // that day is over
	Answer      string
	Said        bool       // the answer was left to the desk
	UndoUntil   *time.Time // nil: too late
	Seen        string     // what the page shows, so that an answer to something else is noticed
}

var errLink = fault.New(fault.NotFound, "reply.error.link")

// Look reads a link by what is in its address; fault.NotFound when there is none.
func (s *Service) Look(ctx context.Context, token string) (Link, error) {
	row, err := linkOf(ctx, s.o.Pool, token, "")
	if err != nil {
		return Link{}, err
	}
	return s.look(ctx, s.o.Pool, row)
}

func linkOf(ctx context.Context, db postgres.DB, token, lock string) (l linkRow, err error) {
	rows, err := db.Query(ctx, `SELECT id, sort, certificate_id, message_id, recipient, staff_id, hint_id, lang, expires_at, answer, answered_at, decision_id, said_id
		FROM reply_link WHERE token_hash = $1 `+lock, hashed(token))
	if err != nil {
		return l, fmt.Errorf("read a link: %w", err)
	}
	l, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[linkRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return l, errLink
	}
	if err != nil {
		return l, fmt.Errorf("read a link: %w", err)
	}
	return l, nil
}

// look gathers what the page of a link shows.
func (s *Service) look(ctx context.Context, db postgres.DB, row linkRow) (l Link, err error) {
	l = Link{ID: row.ID, Sort: row.Sort, Lang: row.Lang, Answer: row.Answer, Said: row.SaidID != nil, LastDay: clock.DayOf(row.ExpiresAt.Add(-time.Second), s.o.Zone)}
	if l.Certificate, err = s.certificateOf(ctx, db, row.CertificateID); err != nil {
		return l, err
	}
	if l.StaffID, err = stillTheirs(ctx, db, row); err != nil {
		return l, err
	}
	if err := s.cameWith(ctx, db, row, &l); err != nil {
		return l, err
	}
	e := entry{Certificate: l.Certificate}
	position, undecided := e.positionOf(l.StaffID)
	l.Position = position
	if position > 0 {
		l.Decides = mayAnswer(l.Certificate, position, *l.StaffID)
		l.Settled = !undecided && !l.Decides
	} else if l.Suggested == 0 {
		l.Suggested, _ = e.positionOf(row.HintID)
	}
	now := s.o.Clock.Now()
	l.Past = !now.Before(row.ExpiresAt)
	switch {
	case row.AnsweredAt != nil:
		l.State = Answered
		if until := row.AnsweredAt.Add(UndoFor); now.Before(until) {
			l.UndoUntil = &until
		}
	case !e.linked():
		l.State = Gone
	case l.Past:
		l.State = Expired
	default:
		l.State = Open
	}
	l.Seen = seen(l.Certificate, l.Position)
	return l, nil
}

// certificateOf follows a certificate to the one that people joined it to.
func (s *Service) certificateOf(ctx context.Context, db postgres.DB, id uuid.UUID) (registry.Certificate, error) {
	for range 5 {
		c, err := registry.Get(ctx, db, id)
		if err != nil || c.MergedInto == nil {
			return c, err
		}
		id = *c.MergedInto
	}
	return registry.Certificate{}, errLink
}

// stillTheirs is whose the link's address is today: an address that has gone to somebody else proves nothing.
func stillTheirs(ctx context.Context, db postgres.DB, row linkRow) (*uuid.UUID, error) {
	if row.StaffID == nil {
		return nil, nil
	}
	who, err := whose(ctx, db, row.Recipient)
	if err != nil || who.Staff == nil || *who.Staff != *row.StaffID {
		return nil, err
	}
	return who.Staff, nil
}

// cameWith finds the file that the page may show, and who sent it. A sender is shown the file that they sent
// and no other: who quotes somebody's number is not given that person's document.
func (s *Service) cameWith(ctx context.Context, db postgres.DB, row linkRow, l *Link) error {
	messages, err := registry.Messages(ctx, db, l.Certificate.ID)
	if err != nil {
		return err
	}
	l.ReceivedAt = l.Certificate.FirstReceivedAt
	for _, m := range messages {
		if row.MessageID != nil && m.MessageID == *row.MessageID {
			l.Document, l.ReceivedAt, l.Own = m.AttachmentSHA256, m.ReceivedAt, true
		}
	}
	if row.MessageID == nil {
		if len(messages) > 0 {
			l.ReceivedAt = messages[0].ReceivedAt
			if l.From, err = nameOf(ctx, db, messages[0].FromAddr); err != nil {
				return err
			}
		}
		if l.StaffID != nil {
			l.Document = l.Certificate.DocumentSHA256
		}
	} else if l.StaffID == nil {
		l.Suggested = byName(l.Certificate, s.displayName(ctx, db, *row.MessageID))
	}
	l.Page = 1
	if l.Document == l.Certificate.DocumentSHA256 {
		for _, places := range l.Certificate.Places {
			for _, p := range places {
				if l.Page == 1 || p.Page < l.Page {
					l.Page = p.Page
				}
			}
		}
	}
	return nil
}

// positionOf is the author who a member of staff is, or may be when nobody has decided it; 0 when there is
// none, or more than one.
func (e entry) positionOf(staff *uuid.UUID) (position int, undecided bool) {
	if staff == nil {
		return 0, false
	}
	for _, a := range e.Authors {
		if a.StaffID != nil && *a.StaffID == *staff && a.Decision != registry.NotStaff {
			return a.Position, false
		}
	}
	for _, a := range e.Authors {
		if a.Decision != registry.DecisionReview {
			continue
		}
		for _, c := range a.Explanation.Candidates {
			if c.ID == staff.String() {
				if position > 0 {
					return 0, false
				}
				position = a.Position
			}
		}
	}
	return position, position > 0
}

// byName is the one author who is called as the sender of a letter writes themselves. It is a suggestion:
// anybody can write any name there.
func byName(c registry.Certificate, name string) (position int) {
	want := person.ParseName(name)
	if want.Surname == "" || want.Given == "" {
		return 0
	}
	for _, a := range c.Authors {
		for _, w := range []person.Name{want, {Surname: want.Given, Given: want.Surname, Patronymic: want.Patronymic}} {
			g, vetoes := person.Compare(w, person.ParseName(a.Name))
			if len(vetoes) == 0 && g.Surname == person.Same && g.Given >= person.Initial {
				if position > 0 && position != a.Position {
					return 0
				}
				position = a.Position
			}
		}
	}
	return position
}

// displayName is the sender's name as a message writes it, which only the answer has kept.
func (s *Service) displayName(ctx context.Context, db postgres.DB, message uuid.UUID) (name string) {
	if err := db.QueryRow(ctx, `SELECT coalesce((SELECT name FROM reply_answer WHERE message_id = $1), '')`, message).Scan(&name); err != nil {
		return ""
	}
	return name
}

// seen is a fingerprint of what a page shows of a certificate.
func seen(c registry.Certificate, position int) string {
	names := make([]string, len(c.Authors))
	for i, a := range c.Authors {
		names[i] = a.Name
	}
	h := sha256.Sum256([]byte(strings.Join([]string{c.ID.String(), c.Number, string(c.RegisteredOn), c.Title, strings.Join(names, "\n"), fmt.Sprint(position)}, "\x00")))
	return hex.EncodeToString(h[:8])
}
