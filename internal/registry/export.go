package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/certificate"
	"kualik/internal/clock"
)

// Row is a certificate in the interchange format.
type Row struct {
	ID                  uuid.UUID                     `json:"id"`
	Number              string                        `json:"number"`
	RegisteredOn        clock.Day                     `json:"registered_on"`
	CreatedOn           clock.Day                     `json:"created_on"`
	Kind                string                        `json:"kind"`
	KindText            string                        `json:"kind_text"`
	Title               string                        `json:"title"`
	Authors             []RowAuthor                   `json:"authors" db:"-"`
	VerificationURL     string                        `json:"verification_url"`
	Confidence          map[certificate.Field]float64 `json:"confidence"`
	Reading             Reading                       `json:"reading"`
	ApplicationDecision Decision                      `json:"application_decision"`
	ApplicationRef      string                        `json:"application_ref"`
	Received            []RowReceipt                  `json:"received" db:"-"`
}

// RowAuthor is an author in the interchange format.
type RowAuthor struct {
	CertificateID uuid.UUID `json:"-"`
	Name          string    `json:"name"`
	StaffID       string    `json:"staff_id"`
	Decision      Decision  `json:"decision"`
	Score         float64   `json:"score"`
}

// RowReceipt is a message that brought the certificate, in the interchange format.
type RowReceipt struct {
	CertificateID    uuid.UUID `json:"-"`
	MessageSHA256    string    `json:"message_sha256"`
	MessageID        string    `json:"message_id"`
	AttachmentSHA256 string    `json:"attachment_sha256"`
	Filename         string    `json:"filename"`
}

// page is how many certificates an export holds in memory at a time.
const page = 2000

// Export gives every listed certificate to emit, in the order of registration, number and arrival, from
// one snapshot of the database. ids limits it to some certificates; nil means all.
func Export(ctx context.Context, db interface {
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}, ids []uuid.UUID, emit func(Row) error) error {
	return pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		day, number, id := clock.Day("0001-01-01"), "", uuid.Nil
		for {
			rows, err := exportPage(ctx, tx, ids, day, number, id)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := emit(r); err != nil {
					return err
				}
			}
			if len(rows) < page {
				return nil
			}
			last := rows[len(rows)-1]
			day, number, id = last.RegisteredOn, NumberKey(last.Number), last.ID
			if day == "" {
				day = "9999-12-31"
			}
		}
	})
}

func exportPage(ctx context.Context, tx pgx.Tx, ids []uuid.UUID, day clock.Day, number string, id uuid.UUID) ([]Row, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.id, c.number, c.registered_on, c.created_on, c.kind, c.kind_text, c.title, c.verification_url,
			c.confidence, c.reading, c.application_decision,
			CASE WHEN c.application_decision IN ('auto', 'confirmed') THEN coalesce(p.application_ref, '') ELSE '' END AS application_ref
		FROM certificate c LEFT JOIN application p ON p.id = c.application_id
		WHERE `+Listed+` AND ($1::uuid[] IS NULL OR c.id = ANY($1))
		  AND (coalesce(c.registered_on, '9999-12-31'::date), lpad(c.number_key, 12, '0'), c.id) > ($2::date, lpad($3::text, 12, '0'), $4::uuid)
		ORDER BY coalesce(c.registered_on, '9999-12-31'::date), lpad(c.number_key, 12, '0'), c.id LIMIT $5`, ids, day, number, id, page)
	if err != nil {
		return nil, fmt.Errorf("export certificates: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Row])
	if err != nil {
		return nil, fmt.Errorf("export certificates: %w", err)
	}
	at := make(map[uuid.UUID]*Row, len(list))
	keys := make([]uuid.UUID, len(list))
	for i := range list {
		list[i].Authors, list[i].Received = []RowAuthor{}, []RowReceipt{}
		keys[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	if err := exportAuthors(ctx, tx, keys, at); err != nil {
		return nil, err
	}
	return list, exportReceipts(ctx, tx, keys, at)
}

func exportAuthors(ctx context.Context, tx pgx.Tx, keys []uuid.UUID, at map[uuid.UUID]*Row) error {
	rows, err := tx.Query(ctx, `
		SELECT a.certificate_id, a.name,
			CASE WHEN a.decision IN ('auto', 'confirmed') THEN coalesce(s.staff_id, '') ELSE '' END AS staff_id,
			a.decision, a.score
		FROM certificate_author a LEFT JOIN staff s ON s.id = a.staff_id
		WHERE a.certificate_id = ANY($1) ORDER BY a.certificate_id, a.position`, keys)
	if err != nil {
		return fmt.Errorf("export authors: %w", err)
	}
	authors, err := pgx.CollectRows(rows, pgx.RowToStructByName[RowAuthor])
	if err != nil {
		return fmt.Errorf("export authors: %w", err)
	}
	for _, a := range authors {
		at[a.CertificateID].Authors = append(at[a.CertificateID].Authors, a)
	}
	return nil
}

func exportReceipts(ctx context.Context, tx pgx.Tx, keys []uuid.UUID, at map[uuid.UUID]*Row) error {
	rows, err := tx.Query(ctx, `
		SELECT certificate_id, message_sha256, message_header_id AS message_id, attachment_sha256, filename
		FROM received WHERE certificate_id = ANY($1) ORDER BY certificate_id, received_at, stored_at, message_id`, keys)
	if err != nil {
		return fmt.Errorf("export receipts: %w", err)
	}
	receipts, err := pgx.CollectRows(rows, pgx.RowToStructByName[RowReceipt])
	if err != nil {
		return fmt.Errorf("export receipts: %w", err)
	}
	for _, r := range receipts {
		at[r.CertificateID].Received = append(at[r.CertificateID].Received, r)
	}
	return nil
}

// Ledger is a message in the interchange format.
type Ledger struct {
	MessageID    string      `json:"message_id"`
	UID          int64       `json:"uid"`
	UIDValidity  int64       `json:"uidvalidity"`
	Mailbox      string      `json:"mailbox"`
	ReceivedAt   time.Time   `json:"received_at"`
	SHA256       string      `json:"sha256"`
	Outcome      string      `json:"outcome"`
	Reason       string      `json:"reason"`
	Certificates []uuid.UUID `json:"certificates"`
}

// ExportMail gives a row for every message that a mailbox ever showed or that was ingested, in the order
// of their arrival.
func ExportMail(ctx context.Context, db DB, emit func(Ledger) error) error {
	rows, err := db.Query(ctx, `
		SELECT coalesce(nullif(m.message_id, ''), o.message_id, ''), m.uid, m.uidvalidity, m.mailbox, m.received_at,
			m.sha256, m.outcome, m.reason,
			coalesce((SELECT array_agg(DISTINCT coalesce(c.merged_into, c.id))
				FROM receipt r JOIN certificate c ON c.id = r.certificate_id
				WHERE r.message_id = coalesce(o.id, m.id)
				  AND NOT (c.source = 'ocr' AND c.reading = 'review' AND c.merged_into IS NULL)), '{}')
		FROM message m
		LEFT JOIN message o ON m.outcome = 'duplicate' AND o.sha256 = m.sha256 AND o.outcome <> 'duplicate'
		ORDER BY m.stored_at, m.id`)
	if err != nil {
		return fmt.Errorf("export mail: %w", err)
	}
	var l Ledger
	_, err = pgx.ForEachRow(rows, []any{&l.MessageID, &l.UID, &l.UIDValidity, &l.Mailbox, &l.ReceivedAt, &l.SHA256,
		&l.Outcome, &l.Reason, &l.Certificates}, func() error {
		l.ReceivedAt = l.ReceivedAt.UTC()
		return emit(l)
	})
	if err != nil {
		return fmt.Errorf("export mail: %w", err)
	}
	return nil
}
