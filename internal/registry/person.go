package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/certificate"
	"kualik/internal/kind"
)

// What a person's decisions need of the registry; the decisions themselves are package review's.

// Fields are the certificate's fields as it has them now.
func (c Certificate) Fields() certificate.Fields {
	names := make([]string, len(c.Authors))
	for i, a := range c.Authors {
		names[i] = a.Name
	}
	return certificate.Fields{Number: c.Number, RegisteredOn: c.RegisteredOn, CreatedOn: c.CreatedOn, Kind: c.Kind,
		KindText: c.KindText, Title: c.Title, TitleKK: c.TitleKK, Authors: names, VerificationURL: c.VerificationURL}
}

// Rejudge matches again what people have left to the machine, and saves.
func (r *Registry) Rejudge(ctx context.Context, tx pgx.Tx, c *Certificate) error {
	if err := r.match(ctx, tx, c, ""); err != nil {
		return err
	}
	return Save(ctx, tx, c, r.clock.Now())
}

// Correct puts in the fields that a person read and confirms them. When another certificate has this
// number and day already, same is called with it instead.
func (r *Registry) Correct(ctx context.Context, tx pgx.Tx, c *Certificate, f certificate.Fields,
	same func(ctx context.Context, c *Certificate, other uuid.UUID) error) error {
	other, err := r.lockKey(ctx, tx, NumberKey(f.Number), f.RegisteredOn, "")
	if err != nil {
		return err
	}
	c.Number, c.RegisteredOn, c.CreatedOn, c.Title, c.TitleKK = f.Number, f.RegisteredOn, f.CreatedOn, f.Title, f.TitleKK
	c.Kind, c.KindText = f.Kind, f.KindText
	if c.Kind == "" {
		c.Kind, _ = kind.Parse(f.KindText)
	}
	c.rename(f.Authors)
	c.Confidence = map[certificate.Field]float64{}
	for _, field := range []certificate.Field{certificate.Number, certificate.RegisteredOn, certificate.CreatedOn,
		certificate.Kind, certificate.Title, certificate.Authors} {
		c.Confidence[field] = 1
	}
	if c.Source == OCR {
		c.Source = FromPerson
	}
	c.Reading, c.ReadingReason = Confirmed, ""
	if other != nil && other.ID != c.ID {
		return same(ctx, c, other.ID)
	}
	c.Provisional = false
	return r.Rejudge(ctx, tx, c)
}

// rename takes a new list of authors; who keeps the name keeps the decision.
func (c *Certificate) rename(names []string) {
	old := map[string]Author{}
	for _, a := range c.Authors {
		old[a.Name] = a
	}
	c.Authors = make([]Author, len(names))
	for i, n := range names {
		a, ok := old[n]
		if !ok {
			a = Author{CertificateID: c.ID, Name: n, Decision: NotStaff}
		}
		a.Position = i + 1
		c.Authors[i] = a
	}
}

// SettleMessages writes the outcome of the messages that brought a certificate anew, after a person
// decided about it.
func SettleMessages(ctx context.Context, tx pgx.Tx, certID uuid.UUID, now time.Time) error {
	_, err := tx.Exec(ctx, `
		WITH brought AS (
			SELECT m.id,
				bool_or(c.reading <> 'rejected' AND NOT (c.source = 'ocr' AND c.reading = 'review' AND c.merged_into IS NULL)) AS listed,
				bool_or(c.source = 'ocr' AND c.reading = 'review' AND c.merged_into IS NULL) AS proposed
			FROM message m JOIN receipt r ON r.message_id = m.id JOIN certificate c ON c.id = r.certificate_id
			WHERE m.id IN (SELECT message_id FROM receipt WHERE certificate_id = $1)
			  AND m.outcome NOT IN ('pending', 'failed', 'duplicate')
			GROUP BY m.id)
		UPDATE message m SET
			outcome = CASE WHEN b.listed THEN 'certificates' WHEN b.proposed THEN 'quarantined' ELSE 'nothing_found' END,
			reason = CASE WHEN b.listed THEN '' WHEN b.proposed THEN 'scan' ELSE 'by_person' END,
			decided_at = $2
		FROM brought b WHERE b.id = m.id`, certID, now)
	if err != nil {
		return fmt.Errorf("settle messages: %w", err)
	}
	return nil
}
