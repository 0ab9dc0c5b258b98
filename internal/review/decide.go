package review

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/certificate"
	"kualik/internal/fault"
	"kualik/internal/registry"
)

// Accept confirms that the certificate belongs to the application, and that its fields are right unless
// they are still in doubt. The other candidates were seen and not taken; they are not refused for ever.
func (d *Desk) Accept(ctx context.Context, by audit.Actor, ref Ref, applicationID uuid.UUID) (Done, error) {
	return d.decide(ctx, change{actor: by, action: "accept", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		var exists bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM application WHERE id = $1)`, applicationID).Scan(&exists); err != nil {
			return fmt.Errorf("look up application: %w", err)
		}
		if !exists {
			return fault.New(fault.NotFound, "review.no_such_application")
		}
		c.ApplicationID, c.ApplicationDecision, c.ApplicationHuman = &applicationID, registry.DecisionConfirmed, true
		return d.registry.Rejudge(ctx, tx, c)
	})
}

// NoApplication says that no application is known for the certificate; the candidates are remembered as
// refused.
func (d *Desk) NoApplication(ctx context.Context, by audit.Actor, ref Ref) (Done, error) {
	return d.decide(ctx, change{actor: by, action: "no_application", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		for _, cand := range c.Explanation.Candidates {
			if err := d.refuse(ctx, tx, c.ID, "application", 0, cand.ID, by); err != nil {
				return err
			}
		}
		c.ApplicationID, c.ApplicationDecision, c.ApplicationHuman = nil, registry.DecisionNone, true
		return d.registry.Rejudge(ctx, tx, c)
	})
}

// Refuse says that one candidate is not the certificate's application; it is never proposed again.
func (d *Desk) Refuse(ctx context.Context, by audit.Actor, ref Ref, applicationID uuid.UUID) (Done, error) {
	return d.decide(ctx, change{actor: by, action: "refuse_application", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		if err := d.refuse(ctx, tx, c.ID, "application", 0, applicationID.String(), by); err != nil {
			return err
		}
		if c.ApplicationID != nil && *c.ApplicationID == applicationID {
			c.ApplicationID, c.ApplicationHuman = nil, false
		}
		return d.registry.Rejudge(ctx, tx, c)
	})
}

// LinkPerson says who a printed author is; staffID nil says that it is nobody of the staff. The person
// that the machine had proposed instead is remembered as refused.
func (d *Desk) LinkPerson(ctx context.Context, by audit.Actor, ref Ref, position int, staffID *uuid.UUID) (Done, error) {
	action := "link_person"
	if staffID == nil {
		action = "not_staff"
	}
	return d.decide(ctx, change{actor: by, action: action, ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		if position < 1 || position > len(c.Authors) {
			return fault.New(fault.Invalid, "review.no_such_author")
		}
		a := &c.Authors[position-1]
		for _, cand := range a.Explanation.Candidates {
			if staffID != nil && cand.ID == staffID.String() {
				continue
			}
			if err := d.refuse(ctx, tx, c.ID, "staff", position, cand.ID, by); err != nil {
				return err
			}
		}
		if staffID != nil {
			if err := known(ctx, tx, *staffID, c, position); err != nil {
				return err
			}
		}
		a.StaffID, a.Human, a.Score = staffID, true, 1
		a.Decision = registry.DecisionConfirmed
		if staffID == nil {
			a.Decision = registry.NotStaff
		}
		return registry.Save(ctx, tx, c, d.clock.Now())
	})
}

// known refuses a person who does not exist or already is another author of the same certificate.
func known(ctx context.Context, tx pgx.Tx, id uuid.UUID, c *registry.Certificate, position int) error {
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM staff WHERE id = $1)`, id).Scan(&exists); err != nil {
		return fmt.Errorf("look up person: %w", err)
	}
	if !exists {
		return fault.New(fault.NotFound, "review.no_such_person")
	}
	for i, a := range c.Authors {
		if i != position-1 && a.StaffID != nil && *a.StaffID == id {
			return fault.New(fault.Conflict, "review.person_twice", "Name", a.Name)
		}
	}
	return nil
}

// Correct writes the fields as the operator read them and confirms the reading; why is in their words, and may be
// empty. When the number and the day are those of another certificate, the two become one.
func (d *Desk) Correct(ctx context.Context, by audit.Actor, ref Ref, f certificate.Fields, why string) (Done, error) {
	if len([]rune(why)) > maxWhy {
		return Done{}, fault.New(fault.Invalid, "review.why_long")
	}
	return d.decide(ctx, change{actor: by, action: "correct", ref: ref, note: why}, func(tx pgx.Tx, c *registry.Certificate) error {
		if registry.NumberKey(f.Number) == "" {
			return fault.New(fault.Invalid, "review.number_missing")
		}
		if f.RegisteredOn == "" {
			return fault.New(fault.Invalid, "review.day_missing")
		}
		return d.registry.Correct(ctx, tx, c, f, d.same(tx, by))
	})
}

// maxWhy is how many letters a reason may have.
const maxWhy = 500

// ConfirmReading says that the fields are right as they were read.
func (d *Desk) ConfirmReading(ctx context.Context, by audit.Actor, ref Ref) (Done, error) {
	return d.decide(ctx, change{actor: by, action: "confirm_reading", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		return d.registry.Correct(ctx, tx, c, c.Fields(), d.same(tx, by))
	})
}

// same makes the function by which a corrected certificate is joined to the one that it turned out to be.
func (d *Desk) same(tx pgx.Tx, by audit.Actor) func(ctx context.Context, c *registry.Certificate, other uuid.UUID) error {
	return func(ctx context.Context, c *registry.Certificate, other uuid.UUID) error {
		return d.merge(ctx, tx, c, other)
	}
}

// NotOurs says that the certificate has nothing to do with the university: no author is counted.
func (d *Desk) NotOurs(ctx context.Context, by audit.Actor, ref Ref) (Done, error) {
	return d.decide(ctx, change{actor: by, action: "not_ours", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		c.NotOurs = true
		c.ApplicationID, c.ApplicationDecision, c.ApplicationHuman = nil, registry.DecisionNone, true
		for i := range c.Authors {
			a := &c.Authors[i]
			a.StaffID, a.Decision, a.Human = nil, registry.NotStaff, true
		}
		if c.Reading == registry.Review {
			c.Reading, c.ReadingReason = registry.Confirmed, ""
			if c.NumberKey == "" || c.RegisteredOn == "" {
				c.Reading = registry.Rejected
			}
		}
		return registry.Save(ctx, tx, c, d.clock.Now())
	})
}

// NotCertificate says that the document is none.
func (d *Desk) NotCertificate(ctx context.Context, by audit.Actor, ref Ref) (Done, error) {
	return d.decide(ctx, change{actor: by, action: "not_certificate", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		c.Reading, c.ReadingReason = registry.Rejected, "by_person"
		return registry.Save(ctx, tx, c, d.clock.Now())
	})
}

// SameAs says that the certificate is another copy of other: its receipts count there, and it leaves the list.
func (d *Desk) SameAs(ctx context.Context, by audit.Actor, ref Ref, other uuid.UUID) (Done, error) {
	return d.decide(ctx, change{actor: by, action: "same_as", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		return d.merge(ctx, tx, c, other)
	})
}

func (d *Desk) merge(ctx context.Context, tx pgx.Tx, c *registry.Certificate, other uuid.UUID) error {
	if other == c.ID {
		return fault.New(fault.Invalid, "review.same_as_itself")
	}
	target, err := registry.Lock(ctx, tx, other)
	if err != nil {
		return err
	}
	if target.MergedInto != nil || target.Reading == registry.Rejected {
		return fault.New(fault.Conflict, "review.target_gone")
	}
	var copies bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM certificate WHERE merged_into = $1)`, c.ID).Scan(&copies); err != nil {
		return fmt.Errorf("look for copies: %w", err)
	}
	if copies {
		return fault.New(fault.Conflict, "review.has_copies")
	}
	c.MergedInto = &other
	return registry.Save(ctx, tx, c, d.clock.Now())
}

// refuse remembers a "no".
func (d *Desk) refuse(ctx context.Context, tx pgx.Tx, certID uuid.UUID, kind string, position int, subject string, by audit.Actor) error {
	id, err := uuid.Parse(subject)
	if err != nil {
		return fmt.Errorf("refused candidate %q: %w", subject, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO refusal (certificate_id, kind, subject_id, position, at, actor)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`, certID, kind, id, position, d.clock.Now(), by.ID)
	if err != nil {
		return fmt.Errorf("remember refusal: %w", err)
	}
	return nil
}
