package reply

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/certificate"
	"kualik/internal/fault"
	"kualik/internal/person"
	"kualik/internal/registry"
	"kualik/internal/review"
)

// Tap is an answer behind a link.
type Tap struct {
	Answer   string // Yes, No or Correct
	Position int    // of the author who the reader says they are; 0: none of them
	Seen     string // of the page that was shown
	Fields   certificate.Fields
	Note     string
	Reader   *uuid.UUID // the member of staff who is logged in, if anybody is
	LoggedIn bool
}

// Failures of an answer.
var (
	errUsed    = fault.New(fault.Conflict, "reply.error.used")
	errExpired = fault.New(fault.Conflict, "reply.error.expired")
	errGone    = fault.New(fault.Conflict, "reply.error.gone")
	errChanged = fault.New(fault.Conflict, "reply.error.changed")
	errOther   = fault.New(fault.Forbidden, "reply.error.other")
	errNothing = fault.New(fault.Invalid, "reply.error.nothing")
	errLate    = fault.New(fault.Conflict, "reply.error.late")
)

// mayAnswer is the rule what a tap may do: it decides about the author whom the machine has asked about, for
// the member of staff whose address the link went to. The answers are those of a person who is logged in.
func mayAnswer(c registry.Certificate, position int, staff uuid.UUID) bool {
	return review.Asks(c, position, staff)
}

// MayRead tells whether somebody who is logged in may use a link: not when it went to another person.
func (l Link) MayRead(loggedIn bool, reader *uuid.UUID) bool {
	return !loggedIn || l.StaffID == nil || reader != nil && *reader == *l.StaffID
}

// Answer uses a link up. Whatever two tabs or two processes send at once, one answer is taken; the others are
// told that it was used. fault.Conflict when the link is used, expired or its certificate gone, or when the
// page showed something else.
func (s *Service) Tap(ctx context.Context, token string, t Tap) error {
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		row, err := linkOf(ctx, tx, token, "FOR UPDATE")
		if err != nil {
			return err
		}
		original := row.CertificateID
		if row.CertificateID, err = s.lockCertificate(ctx, tx, row.CertificateID); err != nil {
			return err
		}
		l, err := s.look(ctx, tx, row)
		if err != nil {
			return err
		}
		if err := l.takes(t); err != nil {
			return err
		}
		decision, said, err := s.follow(ctx, tx, row, l, t)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE reply_link SET answer = @answer, answered_at = @now, decision_id = @decision, said_id = @said WHERE id = @id`,
			pgx.StrictNamedArgs{"id": row.ID, "answer": t.Answer, "now": s.o.Clock.Now(), "decision": decision, "said": said})
		if err != nil {
			return fmt.Errorf("use a link up: %w", err)
		}
		return s.heardOfIt(ctx, tx, row, original)
	})
}

// takes says why an answer cannot be taken.
func (l Link) takes(t Tap) error {
	switch {
	case !l.MayRead(t.LoggedIn, t.Reader):
		return errOther
	case l.State == Answered:
		return errUsed
	case l.State == Expired:
		return errExpired
	case l.State == Gone:
		return errGone
	case t.Seen != l.Seen:
		return errChanged
	case t.Position < 0 || t.Position > len(l.Certificate.Authors):
		return errNothing
	}
	return nil
}

// lockCertificate holds the certificate that a link is about now, so that what was looked at is what is
// decided about.
func (s *Service) lockCertificate(ctx context.Context, tx pgx.Tx, id uuid.UUID) (uuid.UUID, error) {
	for range 5 {
		c, err := registry.Lock(ctx, tx, id)
		if err != nil {
			return id, err
		}
		if c.MergedInto == nil {
			return id, nil
		}
		id = *c.MergedInto
	}
	return id, errLink
}

// follow does what was answered: a decision where the reader may make it, else a statement for the desk.
func (s *Service) follow(ctx context.Context, tx pgx.Tx, row linkRow, l Link, t Tap) (decision, said *uuid.UUID, err error) {
	c := l.Certificate
	position := t.Position
	if l.Position > 0 {
		position = l.Position
	}
	statement := review.Said{CertificateID: c.ID, Position: position, Address: row.Recipient, StaffID: l.StaffID, HintID: row.HintID, Note: strings.TrimSpace(t.Note)}
	if position > 0 {
		statement.Author = c.Authors[position-1].Name
	}
	ref := review.Ref{ID: c.ID, Version: c.Version}
	decides := l.StaffID != nil && position > 0 && mayAnswer(c, position, *l.StaffID)
	switch {
	case t.Answer == Correct:
		statement.Said, statement.Fields = review.SaidCorrect, review.Propose(c.Fields(), t.Fields)
		if statement.Fields.Empty() && statement.Note == "" {
			return nil, nil, errNothing
		}
	case t.Answer == Yes && decides:
		done, err := s.o.Desk.MineIn(ctx, tx, actorOf(row, statement.Author), ref, position, *l.StaffID)
		return &done.ID, nil, err
	case t.Answer == No && decides:
		done, err := s.o.Desk.NotMineIn(ctx, tx, actorOf(row, statement.Author), ref, position, *l.StaffID)
		return &done.ID, nil, err
	case t.Answer == Yes && position > 0:
		statement.Said = review.SaidMine
	case t.Answer == Yes:
		statement.Said = review.SaidRight
	case t.Answer == No:
		statement.Said = review.SaidNotMine
	default:
		return nil, nil, errNothing
	}
	id, err := s.o.Desk.Say(ctx, tx, statement)
	return nil, &id, err
}

// actorOf is who decides behind a link.
func actorOf(row linkRow, name string) audit.Actor {
	return audit.Actor{ID: "link:" + row.ID.String(), Name: person.Ordinary(name)}
}

// Undo takes the answer of a link back, for a while and as long as nothing else has happened, and opens the
// link again. fault.Conflict when it is too late.
func (s *Service) Undo(ctx context.Context, token string, loggedIn bool, reader *uuid.UUID) error {
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		row, err := linkOf(ctx, tx, token, "FOR UPDATE")
		if err != nil {
			return err
		}
		l, err := s.look(ctx, tx, row)
		if err != nil {
			return err
		}
		switch {
		case !l.MayRead(loggedIn, reader):
			return errOther
		case l.State != Answered:
			return nil // taken back already
		case l.UndoUntil == nil:
			return errLate
		}
		if row.DecisionID != nil {
			_, err = s.o.Desk.UndoIn(ctx, tx, actorOf(row, ""), *row.DecisionID)
		} else if row.SaidID != nil {
			err = s.o.Desk.Unsay(ctx, tx, *row.SaidID)
		}
		if fault.Is(err, fault.Conflict) {
			return errLate
		}
		if err != nil {
			return err
		}
		// Who has answered once has shown that the letter reached them: the link holds as long as the undo did.
		_, err = tx.Exec(ctx, `UPDATE reply_link SET answer = '', answered_at = NULL, decision_id = NULL, said_id = NULL, undone_at = @now,
			expires_at = greatest(expires_at, @until) WHERE id = @id`, pgx.StrictNamedArgs{"id": row.ID, "now": s.o.Clock.Now(), "until": *l.UndoUntil})
		if err != nil {
			return fmt.Errorf("open a link again: %w", err)
		}
		return nil
	})
}
