package review

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/kind"
	"kualik/internal/person"
	"kualik/internal/registry"
)

// Said is what somebody said of a certificate who may not decide about it. It is evidence and never a
// decision: the certificate stays as it is until the desk follows it.
type Said struct {
	ID            uuid.UUID
	CertificateID uuid.UUID
	Said          string     // Mine, NotMine, …
	Position      int        // of the author, 0: of the whole certificate
	Author        string     // the author's name as it stood then
	Fields        Proposed   // of SaidCorrect
	Note          string     // in their own words
	Address       string     // who said it
	StaffID       *uuid.UUID // whose the address is
	HintID        *uuid.UUID // whom a personal tag suggests
	At            time.Time
	WithdrawnAt   *time.Time
	ClosedAt      *time.Time
	ClosedBy      string
	DecisionID    *uuid.UUID
	Open          bool `db:"open"` // the desk must look
}

// What can be said.
const (
	SaidMine    = "mine"     // that an author is the one who says it
	SaidNotMine = "not_mine" // that it is not theirs
	SaidCorrect = "correct"  // that fields are wrong, and how they should be
	SaidRight   = "right"    // that everything is right, by somebody who only passed it on
)

// Proposed are fields as somebody would have them; nil are those that they leave as they are.
type Proposed struct {
	Number       *string    `json:"number,omitempty"`
	RegisteredOn *clock.Day `json:"registered_on,omitempty"`
	CreatedOn    *clock.Day `json:"created_on,omitempty"`
	Kind         *string    `json:"kind,omitempty"`
	Title        *string    `json:"title,omitempty"`
	Authors      []string   `json:"authors,omitempty"`
}

// Empty tells that nothing is proposed.
func (p Proposed) Empty() bool {
	return p.Number == nil && p.RegisteredOn == nil && p.CreatedOn == nil && p.Kind == nil && p.Title == nil && p.Authors == nil
}

// Propose are the fields in which wanted differs from what a certificate has.
func Propose(now, wanted certificate.Fields) (p Proposed) {
	if registry.NumberKey(wanted.Number) != registry.NumberKey(now.Number) {
		p.Number = &wanted.Number
	}
	if wanted.RegisteredOn != now.RegisteredOn {
		p.RegisteredOn = &wanted.RegisteredOn
	}
	if wanted.CreatedOn != now.CreatedOn {
		p.CreatedOn = &wanted.CreatedOn
	}
	if wanted.Kind != now.Kind {
		p.Kind = &wanted.Kind
	}
	if strings.TrimSpace(wanted.Title) != strings.TrimSpace(now.Title) {
		p.Title = &wanted.Title
	}
	if strings.Join(wanted.Authors, "\n") != strings.Join(now.Authors, "\n") {
		p.Authors = wanted.Authors
	}
	return p
}

// Over puts what is proposed over the fields that a certificate has.
func (p Proposed) Over(f certificate.Fields) certificate.Fields {
	if p.Number != nil {
		f.Number = *p.Number
	}
	if p.RegisteredOn != nil {
		f.RegisteredOn = *p.RegisteredOn
	}
	if p.CreatedOn != nil {
		f.CreatedOn = *p.CreatedOn
	}
	if p.Kind != nil {
		f.Kind, f.KindText = *p.Kind, kind.Name("ru", *p.Kind)
	}
	if p.Title != nil {
		f.Title, f.TitleKK = *p.Title, ""
	}
	if p.Authors != nil {
		f.Authors = p.Authors
	}
	return f
}

// openSaid is the condition on said s under which the desk must look: it contradicts what is decided, is not
// taken back, and nobody of the desk has closed it, or the decision that followed it was undone.
const openSaid = `s.withdrawn_at IS NULL
	AND (s.closed_at IS NULL OR EXISTS (SELECT FROM decision n WHERE n.id = s.decision_id AND n.undone_at IS NOT NULL))
	AND (s.said IN ('not_mine', 'correct') OR (s.said = 'mine' AND s.staff_id IS NOT NULL AND NOT EXISTS (
		SELECT FROM certificate_author y WHERE y.certificate_id = s.certificate_id AND y.staff_id = s.staff_id AND y.decision IN ('auto', 'confirmed'))))`

// Say keeps what somebody said, in the transaction of whoever heard it.
func (d *Desk) Say(ctx context.Context, tx pgx.Tx, s Said) (uuid.UUID, error) {
	s.ID = clock.NewID()
	now := d.clock.Now()
	_, err := tx.Exec(ctx, `
		INSERT INTO review_said (id, certificate_id, said, position, author, fields, note, address, staff_id, hint_id, at)
		VALUES (@id, @certificate, @said, @position, @author, @fields, @note, @address, @staff, @hint, @now)`,
		pgx.StrictNamedArgs{"id": s.ID, "certificate": s.CertificateID, "said": s.Said, "position": s.Position, "author": s.Author, "fields": s.Fields,
			"note": s.Note, "address": s.Address, "staff": s.StaffID, "hint": s.HintID, "now": now})
	if err != nil {
		return uuid.Nil, fmt.Errorf("keep what somebody said: %w", err)
	}
	return s.ID, audit.Record(ctx, tx, audit.Entry{At: now, Actor: audit.System, Action: "review.said_" + s.Said,
		SubjectKind: "certificate", SubjectID: s.CertificateID.String(), After: map[string]any{"said": s.ID, "position": s.Position, "staff_id": s.StaffID}})
}

// Unsay takes it back for the one who said it; a conflict when the desk has dealt with it.
func (d *Desk) Unsay(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	tag, err := tx.Exec(ctx, `UPDATE review_said SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL AND closed_at IS NULL`, id, d.clock.Now())
	if err != nil {
		return fmt.Errorf("take back what somebody said: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "review.said_closed")
	}
	return nil
}

const saidColumns = `s.id, s.certificate_id, s.said, s.position, s.author, s.fields, s.note, s.address, s.staff_id, s.hint_id, s.at, s.withdrawn_at,
	s.closed_at, s.closed_by, s.decision_id, (` + openSaid + `) AS open`

// Says lists what was said of a certificate and of the copies that it took in, the newest first.
func (d *Desk) Says(ctx context.Context, certificate uuid.UUID) ([]Said, error) {
	rows, err := d.pool.Query(ctx, `SELECT `+saidColumns+` FROM review_said s JOIN certificate c ON c.id = s.certificate_id
		WHERE c.id = $1 OR c.merged_into = $1 ORDER BY s.at DESC, s.id`, certificate)
	if err != nil {
		return nil, fmt.Errorf("read what was said: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Said])
}

// CloseSaid is the desk's "seen, everything stays".
func (d *Desk) CloseSaid(ctx context.Context, by audit.Actor, id uuid.UUID) (certificate uuid.UUID, err error) {
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		s, err := lockSaid(ctx, tx, id)
		if err != nil {
			return err
		}
		certificate = s.CertificateID
		return d.closeSaid(ctx, tx, by, s, nil)
	})
	return certificate, err
}

func lockSaid(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Said, error) {
	rows, err := tx.Query(ctx, `SELECT `+saidColumns+` FROM review_said s WHERE s.id = $1 FOR UPDATE`, id)
	if err != nil {
		return Said{}, fmt.Errorf("read what was said: %w", err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Said])
	if errors.Is(err, pgx.ErrNoRows) {
		return s, fault.New(fault.NotFound, "review.no_such_said")
	}
	if err != nil {
		return s, fmt.Errorf("read what was said: %w", err)
	}
	if !s.Open {
		return s, fault.New(fault.Conflict, "review.said_closed")
	}
	return s, nil
}

func (d *Desk) closeSaid(ctx context.Context, tx pgx.Tx, by audit.Actor, s Said, decision *uuid.UUID) error {
	now := d.clock.Now()
	_, err := tx.Exec(ctx, `UPDATE review_said SET closed_at = $2, closed_by = $3, decision_id = $4 WHERE id = $1`, s.ID, now, by.ID, decision)
	if err != nil {
		return fmt.Errorf("close what was said: %w", err)
	}
	if decision != nil {
		return nil // the decision has its own line
	}
	return audit.Record(ctx, tx, audit.Entry{At: now, Actor: by, Action: "review.close_said", SubjectKind: "certificate",
		SubjectID: s.CertificateID.String(), Before: map[string]any{"said": s.ID, "what": s.Said}})
}

// Follows tells whether the desk can follow what was said by one decision.
func (s Said) Follows() bool {
	return s.Said == SaidCorrect && !s.Fields.Empty() || s.Said == SaidMine && s.StaffID != nil && s.Position > 0
}

// FollowSaid does what was said: it writes the proposed fields, or links the person to the author. The old
// values are kept with the decision, and undoing it opens the statement again.
func (d *Desk) FollowSaid(ctx context.Context, by audit.Actor, ref Ref, id uuid.UUID) (done Done, err error) {
	decision := clock.NewID()
	follow := func(tx pgx.Tx, c *registry.Certificate) error {
		s, err := lockSaid(ctx, tx, id)
		if err != nil {
			return err
		}
		if !s.Follows() || s.CertificateID != c.ID {
			return fault.New(fault.Conflict, "review.said_not_so")
		}
		if err := d.closeSaid(ctx, tx, by, s, &decision); err != nil {
			return err
		}
		if s.Said == SaidCorrect {
			return d.registry.Correct(ctx, tx, c, s.Fields.Over(c.Fields()), d.same(tx, by))
		}
		if s.Position > len(c.Authors) || person.FoldText(c.Authors[s.Position-1].Name) != person.FoldText(s.Author) {
			return fault.New(fault.Conflict, "review.said_not_so")
		}
		if err := known(ctx, tx, *s.StaffID, c, s.Position); err != nil {
			return err
		}
		a := &c.Authors[s.Position-1]
		a.StaffID, a.Human, a.Score, a.Decision = s.StaffID, true, 1, registry.DecisionConfirmed
		return registry.Save(ctx, tx, c, d.clock.Now())
	}
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		done, err = d.decideIn(ctx, tx, decision, change{actor: by, action: "follow_said", ref: ref}, follow)
		return err
	})
	return done, err
}
