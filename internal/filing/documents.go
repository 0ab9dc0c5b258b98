package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/postgres"
)

// documentRow is a document as stored.
type documentRow struct {
	Document
	FilingID uuid.UUID `db:"filing_id"`
	File     string    `db:"file"` // in the store
}

// documents are all of a filing, also those that others took the place of, oldest first.
func documents(ctx context.Context, db postgres.DB, filing uuid.UUID) ([]documentRow, error) {
	rows, err := db.Query(ctx, `SELECT id, filing_id, kind, participant_id, filename, content_type, sha256, size, file, sealed, sheets, description,
		uploaded_at, uploaded_by, replaced_at, erased_at FROM filing_document WHERE filing_id = @id ORDER BY id`, args{"id": filing})
	if err != nil {
		return nil, fmt.Errorf("reading documents: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[documentRow])
	if err != nil {
		return nil, fmt.Errorf("reading documents: %w", err)
	}
	return list, nil
}

// present are those that nothing took the place of.
func present(all []documentRow) (list []documentRow) {
	for _, d := range all {
		if d.ReplacedAt == nil {
			list = append(list, d)
		}
	}
	return list
}

func documentOf(ctx context.Context, db postgres.DB, filing, id uuid.UUID) (documentRow, error) {
	all, err := documents(ctx, db, filing)
	if err != nil {
		return documentRow{}, err
	}
	for _, d := range all {
		if d.ID == id {
			return d, nil
		}
	}
	return documentRow{}, errDocument
}

func insertDocument(ctx context.Context, tx pgx.Tx, d documentRow) error {
	return exec(ctx, tx, "attaching a document", `
		INSERT INTO filing_document (id, filing_id, kind, participant_id, filename, content_type, sha256, size, file, sealed, sheets, description,
			uploaded_at, uploaded_by)
		VALUES (@id, @filing, @kind, @participant, @filename, @type, @sha256, @size, @file, @sealed, @sheets, @description, @at, @by)`,
		args{"id": d.ID, "filing": d.FilingID, "kind": string(d.Kind), "participant": d.Participant, "filename": d.Filename, "type": d.ContentType,
			"sha256": d.SHA256, "size": d.Size, "file": d.File, "sealed": d.Sealed, "sheets": d.Sheets, "description": d.Description,
			"at": d.UploadedAt, "by": d.UploadedBy})
}

func replaceDocument(ctx context.Context, tx pgx.Tx, id uuid.UUID, at time.Time) error {
	return exec(ctx, tx, "taking a document out", `UPDATE filing_document SET replaced_at = @at WHERE id = @id AND replaced_at IS NULL`, args{"id": id, "at": at})
}
