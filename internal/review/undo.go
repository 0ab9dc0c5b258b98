package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/registry"
)

// Undo takes a decision back: the certificate is again as it was before, with its authors and refusals.
// It is a conflict when something happened to the certificate since. Receipts that mails added stay.
func (d *Desk) Undo(ctx context.Context, by audit.Actor, decisionID uuid.UUID) (uuid.UUID, error) {
	var certID uuid.UUID
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) (err error) {
		certID, err = d.UndoIn(ctx, tx, by, decisionID)
		return err
	})
	return certID, err
}

// UndoIn is Undo in a transaction of the caller.
func (d *Desk) UndoIn(ctx context.Context, tx pgx.Tx, by audit.Actor, decisionID uuid.UUID) (certID uuid.UUID, err error) {
	var before, after image
	var undone bool
	var action string
	err = tx.QueryRow(ctx, `SELECT certificate_id, action, before, after, undone_at IS NOT NULL FROM decision
		WHERE id = $1 AND certificate_id IS NOT NULL FOR UPDATE`, decisionID).Scan(&certID, &action, &before, &after, &undone)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, fault.New(fault.NotFound, "review.no_such_decision")
	}
	if err != nil {
		return certID, fmt.Errorf("read decision: %w", err)
	}
	c, err := registry.Lock(ctx, tx, certID)
	if err != nil {
		return certID, err
	}
	if undone || c.Version != after.version() {
		return certID, d.conflict(ctx, tx, c)
	}
	if err := restore(ctx, tx, certID, before); err != nil {
		return certID, err
	}
	now := d.clock.Now()
	if _, err := tx.Exec(ctx, `UPDATE decision SET undone_at = $2 WHERE id = $1`, decisionID, now); err != nil {
		return certID, fmt.Errorf("mark decision undone: %w", err)
	}
	if err := registry.SettleMessages(ctx, tx, certID, now); err != nil {
		return certID, err
	}
	return certID, audit.Record(ctx, tx, audit.Entry{At: now, Actor: by, Action: "review.undo_" + action,
		SubjectKind: "certificate", SubjectID: certID.String(), Before: after.summary(), After: before.summary()})
}

func (im image) version() int {
	var c struct {
		Version int `json:"version"`
	}
	_ = json.Unmarshal(im.Certificate, &c)
	return c.Version
}

// restore puts the image back. The version goes on rising, so that nobody else decides on what is gone.
func restore(ctx context.Context, tx pgx.Tx, id uuid.UUID, before image) error {
	batch := &pgx.Batch{}
	batch.Queue(`
		UPDATE certificate c SET number = b.number, number_key = b.number_key, registered_on = b.registered_on,
			created_on = b.created_on, kind = b.kind, kind_text = b.kind_text, title = b.title, title_kk = b.title_kk,
			verification_url = b.verification_url, source = b.source, confidence = b.confidence, places = b.places,
			notes = b.notes, provisional = b.provisional, reading = b.reading, reading_reason = b.reading_reason,
			not_ours = b.not_ours, merged_into = b.merged_into, application_decision = b.application_decision,
			application_human = b.application_human, application_id = b.application_id,
			application_score = b.application_score, explanation = b.explanation,
			matcher_version = b.matcher_version, search = b.search, version = c.version + 1
		FROM jsonb_populate_record(NULL::certificate, $2) b WHERE c.id = $1`, id, before.Certificate)
	batch.Queue(`DELETE FROM certificate_author WHERE certificate_id = $1`, id)
	batch.Queue(`INSERT INTO certificate_author SELECT * FROM jsonb_populate_recordset(NULL::certificate_author, $1)`, before.Authors)
	batch.Queue(`DELETE FROM refusal WHERE certificate_id = $1`, id)
	batch.Queue(`INSERT INTO refusal SELECT * FROM jsonb_populate_recordset(NULL::refusal, $1)`, before.Refusals)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("put back what was before: %w", err)
	}
	return nil
}
