package review

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/registry"
)

// What an author may decide without the desk: whether a certificate is theirs.

// Mine is a person's "yes, that is me". It is heard only where the machine asks: the author is undecided
// and the person is one of the candidates.
func (d *Desk) Mine(ctx context.Context, by audit.Actor, ref Ref, position int, staffID uuid.UUID) (done Done, err error) {
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		done, err = d.MineIn(ctx, tx, by, ref, position, staffID)
		return err
	})
	return done, err
}

// MineIn is Mine in a transaction of the caller.
func (d *Desk) MineIn(ctx context.Context, tx pgx.Tx, by audit.Actor, ref Ref, position int, staffID uuid.UUID) (Done, error) {
	return d.decideIn(ctx, tx, clock.NewID(), change{actor: by, action: "claim", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		a, err := asked(c, position, staffID)
		if err != nil {
			return err
		}
		for _, cand := range a.Explanation.Candidates {
			if cand.ID == staffID.String() {
				continue
			}
			if err := d.refuse(ctx, tx, c.ID, "staff", position, cand.ID, by); err != nil {
				return err
			}
		}
		if err := known(ctx, tx, staffID, c, position); err != nil {
			return err
		}
		a.StaffID, a.Human, a.Score, a.Decision = &staffID, true, 1, registry.DecisionConfirmed
		return registry.Save(ctx, tx, c, d.clock.Now())
	})
}

// NotMine is a person's "no". It is remembered, and the machine asks the next candidate, if there is one.
// What a person has confirmed is the desk's to change.
func (d *Desk) NotMine(ctx context.Context, by audit.Actor, ref Ref, position int, staffID uuid.UUID) (done Done, err error) {
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		done, err = d.NotMineIn(ctx, tx, by, ref, position, staffID)
		return err
	})
	return done, err
}

// NotMineIn is NotMine in a transaction of the caller.
func (d *Desk) NotMineIn(ctx context.Context, tx pgx.Tx, by audit.Actor, ref Ref, position int, staffID uuid.UUID) (Done, error) {
	return d.decideIn(ctx, tx, clock.NewID(), change{actor: by, action: "disclaim", ref: ref}, func(tx pgx.Tx, c *registry.Certificate) error {
		a, err := asked(c, position, staffID)
		if err != nil {
			return err
		}
		if err := d.refuse(ctx, tx, c.ID, "staff", position, staffID.String(), by); err != nil {
			return err
		}
		a.StaffID = nil
		return d.registry.Rejudge(ctx, tx, c)
	})
}

// Asks tells whether a person may speak of an author of the certificate: see Mine and NotMine.
func Asks(c registry.Certificate, position int, staffID uuid.UUID) bool {
	_, err := asked(&c, position, staffID)
	return err == nil
}

// asked is the author about whom a person may speak: undecided with the person among the candidates, or
// decided for them by the machine.
func asked(c *registry.Certificate, position int, staffID uuid.UUID) (*registry.Author, error) {
	if position < 1 || position > len(c.Authors) || c.MergedInto != nil || c.Reading == registry.Rejected {
		return nil, fault.New(fault.Forbidden, "desk.error.not_asked")
	}
	a := &c.Authors[position-1]
	if a.Decision == registry.Auto && !a.Human && a.StaffID != nil && *a.StaffID == staffID {
		return a, nil
	}
	if a.Decision == registry.DecisionReview && !a.Human {
		for _, cand := range a.Explanation.Candidates {
			if cand.ID == staffID.String() {
				return a, nil
			}
		}
	}
	return nil, fault.New(fault.Forbidden, "desk.error.not_asked")
}

// UndoOwn takes a decision back for the one who made it; somebody else's is fault.NotFound.
func (d *Desk) UndoOwn(ctx context.Context, by audit.Actor, decisionID uuid.UUID) (uuid.UUID, error) {
	var actor string
	err := d.pool.QueryRow(ctx, `SELECT actor FROM decision WHERE id = $1`, decisionID).Scan(&actor)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && actor != by.ID) {
		return uuid.Nil, fault.New(fault.NotFound, "review.no_such_decision")
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("read decision: %w", err)
	}
	return d.Undo(ctx, by, decisionID)
}
