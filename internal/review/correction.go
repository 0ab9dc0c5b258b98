package review

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/certificate"
	"kualik/internal/clock"
)

// Correction is that a person wrote fields otherwise than they were. One that was taken back is none.
type Correction struct {
	At        time.Time
	ActorName string
	Why       string             // in the person's own words; empty when they said nothing
	Sender    string             // what a sender wrote whose proposal was followed
	Before    certificate.Fields // with the old values
	Changed   []certificate.Field
}

// corrections lists those of a certificate, the newest first. What was before and after is kept with each decision.
func (d *Desk) corrections(ctx context.Context, certificateID uuid.UUID) ([]Correction, error) {
	rows, err := d.pool.Query(ctx, `
		SELECT n.at, n.actor_name, n.note AS why, coalesce((SELECT s.note FROM review_said s WHERE s.decision_id = n.id LIMIT 1), '') AS sender,
			`+fieldsOf("before")+` AS before, `+fieldsOf("after")+` AS after
		FROM decision n WHERE n.certificate_id = $1 AND n.undone_at IS NULL ORDER BY n.at DESC, n.id DESC LIMIT 50`, certificateID)
	if err != nil {
		return nil, fmt.Errorf("corrections of a certificate: %w", err)
	}
	type row struct {
		At          time.Time
		ActorName   string
		Why, Sender string
		Before      certificate.Fields
		After       certificate.Fields
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, fmt.Errorf("corrections of a certificate: %w", err)
	}
	var list []Correction
	for _, r := range found {
		if changed := differing(r.Before, r.After); len(changed) > 0 {
			list = append(list, Correction{At: r.At, ActorName: r.ActorName, Why: r.Why, Sender: r.Sender, Before: r.Before, Changed: changed})
		}
	}
	return list, nil
}

// fieldsOf makes the fields of an image of a decision, without its other and longer parts.
func fieldsOf(image string) string {
	c := "n." + image + "->'certificate'->"
	return `jsonb_build_object('number', ` + c + `'number', 'registered_on', coalesce(` + c + `>'registered_on', ''), 'created_on', coalesce(` + c + `>'created_on', ''),
		'kind', ` + c + `'kind', 'kind_text', ` + c + `'kind_text', 'title', ` + c + `'title', 'title_kk', ` + c + `'title_kk',
		'authors', (SELECT coalesce(jsonb_agg(a->>'name' ORDER BY (a->>'position')::int), '[]') FROM jsonb_array_elements(n.` + image + `->'authors') a))`
}

// differing are the fields in which a certificate was changed.
func differing(before, after certificate.Fields) (list []certificate.Field) {
	day := func(f certificate.Field, a, b clock.Day) {
		if a != b {
			list = append(list, f)
		}
	}
	if before.Number != after.Number {
		list = append(list, certificate.Number)
	}
	day(certificate.RegisteredOn, before.RegisteredOn, after.RegisteredOn)
	day(certificate.CreatedOn, before.CreatedOn, after.CreatedOn)
	if before.Kind != after.Kind || before.Kind == "" && before.KindText != after.KindText {
		list = append(list, certificate.Kind)
	}
	if before.Title != after.Title || before.TitleKK != after.TitleKK {
		list = append(list, certificate.Title)
	}
	if !slices.Equal(before.Authors, after.Authors) {
		list = append(list, certificate.Authors)
	}
	return list
}
