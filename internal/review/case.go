package review

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/registry"
)

// Case is a certificate with all that a person needs to decide about it. Applications and People are those
// that it is decided to belong to and those that are candidates.
type Case struct {
	registry.Certificate
	Reason       string // of the queue; empty when nothing waits
	Applications map[uuid.UUID]registry.Filed
	People       map[uuid.UUID]registry.Person
	Messages     []registry.Brought
	Copies       []Copy
	Said         []Said // by people who may not decide, the newest first
	Corrections  []Correction
}

// Copy is a certificate that a doubtful one may be the same as.
type Copy struct {
	ID           uuid.UUID
	Number       string
	RegisteredOn clock.Day
	Title        string
	SameNumber   bool
}

// Case reads a case, open or not; fault.NotFound when there is no such certificate.
func (d *Desk) Case(ctx context.Context, id uuid.UUID) (Case, error) {
	cert, err := registry.Get(ctx, d.pool, id)
	if err != nil {
		return Case{}, err
	}
	c := Case{Certificate: cert}
	if c.Said, err = d.Says(ctx, id); err != nil {
		return c, err
	}
	if c.Corrections, err = d.corrections(ctx, id); err != nil {
		return c, err
	}
	applications, people := mentioned(cert)
	for _, s := range c.Said {
		for _, who := range []*uuid.UUID{s.StaffID, s.HintID} {
			if who != nil {
				people = append(people, *who)
			}
		}
	}
	if c.Applications, err = registry.Applications(ctx, d.pool, applications, id); err != nil {
		return c, err
	}
	if c.People, err = registry.People(ctx, d.pool, people); err != nil {
		return c, err
	}
	if c.Messages, err = registry.Messages(ctx, d.pool, id); err != nil {
		return c, err
	}
	if cert.Reading == registry.Review {
		if c.Copies, err = d.copies(ctx, cert); err != nil {
			return c, err
		}
	}
	c.Reason, err = d.reasonOf(ctx, id)
	return c, err
}

// mentioned are the applications and the people that a certificate's decisions and candidates name.
func mentioned(c registry.Certificate) (applications, people []uuid.UUID) {
	if c.ApplicationID != nil {
		applications = append(applications, *c.ApplicationID)
	}
	for _, cand := range c.Explanation.Candidates {
		if id, err := uuid.Parse(cand.ID); err == nil {
			applications = append(applications, id)
		}
	}
	for _, a := range c.Authors {
		if a.StaffID != nil {
			people = append(people, *a.StaffID)
		}
		for _, cand := range a.Explanation.Candidates {
			if id, err := uuid.Parse(cand.ID); err == nil {
				people = append(people, id)
			}
		}
	}
	return applications, people
}

// reasonOf is the reason under which a case stands in the queue, empty when it is not there.
func (d *Desk) reasonOf(ctx context.Context, id uuid.UUID) (reason string, err error) {
	err = d.pool.QueryRow(ctx, `SELECT coalesce(max(q.reason), '') FROM (`+queued+`) q WHERE q.id = $1`, id).Scan(&reason)
	if err != nil {
		return "", fmt.Errorf("why a case waits: %w", err)
	}
	return reason, nil
}

// copies lists what a doubtful certificate may be another copy of, those of its number first.
func (d *Desk) copies(ctx context.Context, c registry.Certificate) ([]Copy, error) {
	rows, err := d.pool.Query(ctx, `
		SELECT o.id, o.number, o.registered_on, o.title, (o.number_key = $2 AND $2 <> '') AS same_number
		FROM certificate o
		WHERE o.id <> $1 AND o.merged_into IS NULL AND o.reading <> 'rejected' AND NOT (o.source = 'ocr' AND o.reading = 'review')
		  AND ((o.number_key = $2 AND $2 <> '') OR similarity(o.search, $3) > 0.55 OR (o.registered_on = $4 AND similarity(o.search, $3) > 0.35))
		ORDER BY (o.number_key = $2) DESC, similarity(o.search, $3) DESC LIMIT 5`,
		c.ID, c.NumberKey, registry.SearchText(c), c.RegisteredOn)
	if err != nil {
		return nil, fmt.Errorf("look for copies: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Copy])
}
