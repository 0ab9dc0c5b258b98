// Package review is the desk: what a person must decide, and the decisions themselves.
//
// The queue is derived from the state of certificates and messages, never stored. Every decision is
// made on a version of the case, is audited, can be undone while nothing else has happened to it, and a
// "no" is remembered. It calls no reader and no matcher except through registry.
package review

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/registry"
)

// Desk is the service.
type Desk struct {
	pool     *pgxpool.Pool
	registry *registry.Registry
	clock    clock.Clock
}

// New makes the service.
func New(pool *pgxpool.Pool, r *registry.Registry, c clock.Clock) *Desk {
	return &Desk{pool: pool, registry: r, clock: c}
}

// Ref names a case as the operator saw it: a decision on another version is a conflict.
type Ref struct {
	ID      uuid.UUID
	Version int
}

// Done is a decision that was made; its ID undoes it.
type Done struct {
	ID     uuid.UUID
	Action string
}

// change is one decision in the making.
type change struct {
	actor  audit.Actor
	action string
	ref    Ref
	note   string // why, in the person's words
}

// decide runs a decision on a certificate: locks it, checks that the operator saw this version, keeps
// what is needed to undo it, applies do, settles the messages and writes the audit.
func (d *Desk) decide(ctx context.Context, ch change, do func(tx pgx.Tx, c *registry.Certificate) error) (done Done, err error) {
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		done, err = d.decideIn(ctx, tx, clock.NewID(), ch, do)
		return err
	})
	return done, err
}

// decideIn is decide within a transaction of the caller, under an identifier that the caller knows before.
func (d *Desk) decideIn(ctx context.Context, tx pgx.Tx, id uuid.UUID, ch change, do func(tx pgx.Tx, c *registry.Certificate) error) (Done, error) {
	done := Done{ID: id, Action: ch.action}
	c, err := registry.Lock(ctx, tx, ch.ref.ID)
	if err != nil {
		return done, err
	}
	if c.Version != ch.ref.Version {
		return done, d.conflict(ctx, tx, c)
	}
	before, err := imageOf(ctx, tx, c.ID)
	if err != nil {
		return done, err
	}
	if err := do(tx, &c); err != nil {
		return done, err
	}
	if err := registry.SettleMessages(ctx, tx, c.ID, d.clock.Now()); err != nil {
		return done, err
	}
	return done, d.write(ctx, tx, done, ch, c.ID, before)
}

// conflict says who decided meanwhile.
func (d *Desk) conflict(ctx context.Context, tx pgx.Tx, c registry.Certificate) error {
	var name string
	var at time.Time
	err := tx.QueryRow(ctx, `SELECT actor_name, at FROM decision WHERE certificate_id = $1 ORDER BY at DESC LIMIT 1`, c.ID).Scan(&name, &at)
	if err != nil || name == "" {
		return fault.New(fault.Conflict, "review.changed_meanwhile")
	}
	return fault.New(fault.Conflict, "review.decided_meanwhile", "Name", name, "At", at.Format("15:04"))
}

func (d *Desk) write(ctx context.Context, tx pgx.Tx, done Done, ch change, certID uuid.UUID, before image) error {
	after, err := imageOf(ctx, tx, certID)
	if err != nil {
		return err
	}
	now := d.clock.Now()
	_, err = tx.Exec(ctx, `
		INSERT INTO decision (id, at, actor, actor_name, action, certificate_id, before, after, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		done.ID, now, ch.actor.ID, ch.actor.Name, ch.action, certID, before, after, ch.note)
	if err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	return audit.Record(ctx, tx, audit.Entry{At: now, Actor: ch.actor, Action: "review." + ch.action,
		SubjectKind: "certificate", SubjectID: certID.String(), Before: before.summary(), After: after.summary()})
}

// image is a certificate with its authors and refusals as the database has them, to be put back by undo.
type image struct {
	Certificate json.RawMessage `json:"certificate"`
	Authors     json.RawMessage `json:"authors"`
	Refusals    json.RawMessage `json:"refusals"`
}

func imageOf(ctx context.Context, tx pgx.Tx, id uuid.UUID) (image, error) {
	var im image
	err := tx.QueryRow(ctx, `
		SELECT to_jsonb(c),
			coalesce((SELECT jsonb_agg(a ORDER BY a.position) FROM certificate_author a WHERE a.certificate_id = c.id), '[]'),
			coalesce((SELECT jsonb_agg(r) FROM refusal r WHERE r.certificate_id = c.id), '[]')
		FROM certificate c WHERE c.id = $1`, id).Scan(&im.Certificate, &im.Authors, &im.Refusals)
	if err != nil {
		return im, fmt.Errorf("keep what a decision changes: %w", err)
	}
	return im, nil
}

// summary is the part of an image that the audit keeps: decisions, no text of documents.
func (im image) summary() map[string]any {
	var c struct {
		Reading             string  `json:"reading"`
		ApplicationDecision string  `json:"application_decision"`
		ApplicationID       *string `json:"application_id"`
		MergedInto          *string `json:"merged_into"`
		NotOurs             bool    `json:"not_ours"`
		Number              string  `json:"number"`
		RegisteredOn        *string `json:"registered_on"`
	}
	_ = json.Unmarshal(im.Certificate, &c)
	var authors []struct {
		Decision string  `json:"decision"`
		StaffID  *string `json:"staff_id"`
	}
	_ = json.Unmarshal(im.Authors, &authors)
	return map[string]any{"reading": c.Reading, "application_decision": c.ApplicationDecision, "application_id": c.ApplicationID,
		"merged_into": c.MergedInto, "not_ours": c.NotOurs, "number": c.Number, "registered_on": c.RegisteredOn, "authors": authors}
}
