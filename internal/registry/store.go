package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

// DB is what reads need: a pool or a transaction.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

const columns = `c.id, c.number, c.number_key, c.registered_on, c.created_on, c.kind, c.kind_text, c.title,
	c.title_kk, c.verification_url, c.source, c.confidence, c.places, c.notes, c.document_sha256,
	c.document_index, c.provisional, c.reading, c.reading_reason, c.not_ours, c.merged_into,
	c.application_decision, c.application_human, c.application_id, c.application_score, c.explanation,
	c.matcher_version, c.version, c.first_received_at, c.created_at, c.updated_at`

const authorColumns = `a.certificate_id, a.position, a.name, a.staff_id, a.decision, a.human, a.score, a.explanation`

// Get reads a certificate with its authors; fault.NotFound when there is none.
func Get(ctx context.Context, db DB, id uuid.UUID) (Certificate, error) {
	return get(ctx, db, id, "")
}

// Lock reads a certificate and holds its row until the transaction ends.
func Lock(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Certificate, error) {
	return get(ctx, tx, id, "FOR UPDATE")
}

func get(ctx context.Context, db DB, id uuid.UUID, lock string) (Certificate, error) {
	list, err := find(ctx, db, `WHERE c.id = $1 `+lock, id)
	if err != nil {
		return Certificate{}, err
	}
	if len(list) == 0 {
		return Certificate{}, fault.New(fault.NotFound, "registry.not_found")
	}
	return list[0], nil
}

// find reads the certificates that a condition on c selects, with their authors.
func find(ctx context.Context, db DB, where string, args ...any) ([]Certificate, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM certificate c `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Certificate])
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	return list, attachAuthors(ctx, db, list)
}

func attachAuthors(ctx context.Context, db DB, list []Certificate) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(list))
	at := make(map[uuid.UUID]int, len(list))
	for i := range list {
		ids[i] = list[i].ID
		at[list[i].ID] = i
	}
	rows, err := db.Query(ctx, `SELECT `+authorColumns+` FROM certificate_author a
		WHERE a.certificate_id = ANY($1) ORDER BY a.certificate_id, a.position`, ids)
	if err != nil {
		return fmt.Errorf("read authors: %w", err)
	}
	authors, err := pgx.CollectRows(rows, pgx.RowToStructByName[Author])
	if err != nil {
		return fmt.Errorf("read authors: %w", err)
	}
	for _, a := range authors {
		c := &list[at[a.CertificateID]]
		c.Authors = append(c.Authors, a)
	}
	return nil
}

// insert writes a new certificate with its authors.
func insert(ctx context.Context, tx pgx.Tx, c Certificate) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO certificate (id, number, number_key, registered_on, created_on, kind, kind_text, title,
			title_kk, verification_url, source, confidence, places, notes, document_sha256, document_index,
			provisional, reading, reading_reason, not_ours, application_decision, application_human,
			application_id, application_score, explanation, matcher_version, search, first_received_at,
			created_at, updated_at)
		VALUES (@id, @number, @number_key, @registered_on, @created_on, @kind, @kind_text, @title,
			@title_kk, @verification_url, @source, @confidence, @places, @notes, @document_sha256, @document_index,
			@provisional, @reading, @reading_reason, @not_ours, @application_decision, @application_human,
			@application_id, @application_score, @explanation, @matcher_version, @search, @first_received_at,
			@created_at, @updated_at)`, arguments(c, "created_at", c.CreatedAt, "first_received_at", c.FirstReceivedAt))
	if err != nil {
		return fmt.Errorf("insert certificate: %w", err)
	}
	return replaceAuthors(ctx, tx, c)
}

// Save writes a certificate that was read with Lock, with its authors, and raises its version.
func Save(ctx context.Context, tx pgx.Tx, c *Certificate, now time.Time) error {
	c.UpdatedAt = now
	c.NumberKey = NumberKey(c.Number)
	tag, err := tx.Exec(ctx, `
		UPDATE certificate SET number = @number, number_key = @number_key, registered_on = @registered_on,
			created_on = @created_on, kind = @kind, kind_text = @kind_text, title = @title, title_kk = @title_kk,
			verification_url = @verification_url, source = @source, confidence = @confidence, places = @places,
			notes = @notes, document_sha256 = @document_sha256, document_index = @document_index,
			provisional = @provisional, reading = @reading, reading_reason = @reading_reason, not_ours = @not_ours,
			merged_into = @merged_into, application_decision = @application_decision,
			application_human = @application_human, application_id = @application_id,
			application_score = @application_score, explanation = @explanation,
			matcher_version = @matcher_version, search = @search, version = version + 1, updated_at = @updated_at
		WHERE id = @id AND version = @version`, arguments(*c, "merged_into", c.MergedInto, "version", c.Version))
	if err != nil {
		return fmt.Errorf("save certificate: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return fault.New(fault.Conflict, "registry.changed_meanwhile")
	}
	c.Version++
	return replaceAuthors(ctx, tx, *c)
}

func arguments(c Certificate, more ...any) pgx.StrictNamedArgs {
	notes := c.Notes
	if notes == nil {
		notes = []string{}
	}
	args := pgx.StrictNamedArgs{
		"id": c.ID, "number": c.Number, "number_key": NumberKey(c.Number), "registered_on": c.RegisteredOn,
		"created_on": c.CreatedOn, "kind": c.Kind, "kind_text": c.KindText, "title": c.Title, "title_kk": c.TitleKK,
		"verification_url": c.VerificationURL, "source": c.Source, "confidence": object(c.Confidence),
		"places": object(c.Places), "notes": notes, "document_sha256": c.DocumentSHA256,
		"document_index": c.DocumentIndex, "provisional": c.Provisional, "reading": c.Reading,
		"reading_reason": c.ReadingReason, "not_ours": c.NotOurs, "application_decision": c.ApplicationDecision,
		"application_human": c.ApplicationHuman, "application_id": c.ApplicationID,
		"application_score": c.ApplicationScore, "explanation": object(c.Explanation),
		"matcher_version": c.MatcherVersion, "search": SearchText(c), "updated_at": c.UpdatedAt,
	}
	for i := 0; i+1 < len(more); i += 2 {
		args[more[i].(string)] = more[i+1]
	}
	return args
}

// object is a value as JSON; nothing is an empty object.
func object(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return []byte("{}")
	}
	return b
}

func replaceAuthors(ctx context.Context, tx pgx.Tx, c Certificate) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM certificate_author WHERE certificate_id = $1`, c.ID)
	for i, a := range c.Authors {
		batch.Queue(`INSERT INTO certificate_author (certificate_id, position, name, staff_id, decision, human, score, explanation)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			c.ID, i+1, a.Name, a.StaffID, a.Decision, a.Human, a.Score, object(a.Explanation))
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write authors: %w", err)
	}
	return nil
}

// AddReceipt notes that a message brought the certificate; the second time changes nothing. It tells
// whether the receipt is new.
func AddReceipt(ctx context.Context, tx pgx.Tx, certID uuid.UUID, r Receipt) (bool, error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO receipt (certificate_id, message_id, attachment_sha256, filename, received_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (certificate_id, message_id) DO NOTHING`,
		certID, r.MessageID, r.AttachmentSHA256, r.Filename, r.ReceivedAt)
	if err != nil {
		return false, fmt.Errorf("write receipt: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// Receipt is that a message brought a certificate in one of its files.
type Receipt struct {
	MessageID        uuid.UUID
	AttachmentSHA256 string
	Filename         string
	ReceivedAt       time.Time
}

// refused lists what a person has said no to for a certificate.
func refused(ctx context.Context, tx pgx.Tx, certID uuid.UUID) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT kind, position, subject_id FROM refusal WHERE certificate_id = $1`, certID)
	if err != nil {
		return nil, fmt.Errorf("read refusals: %w", err)
	}
	m := map[string]bool{}
	var kind string
	var position int
	var id uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&kind, &position, &id}, func() error {
		m[refusalKey(kind, position, id.String())] = true
		return nil
	})
	return m, err
}

func refusalKey(kind string, position int, id string) string {
	return fmt.Sprintf("%s/%d/%s", kind, position, id)
}

func noRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
