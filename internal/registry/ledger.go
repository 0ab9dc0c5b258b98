package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

// MailOutcomes are the outcomes of a message in the order in which they are shown.
var MailOutcomes = []string{"certificates", "nothing_found", "duplicate", "quarantined", "failed", "pending"}

// MailFilter narrows the ledger of messages; empty fields do not.
type MailFilter struct {
	Query         string // in sender, subject, file names, message id or hash
	Outcome       string
	Reason        string
	Mailbox       string
	Kind          string // "mail", "file" or "web": how it came
	Since, Before time.Time
}

func (f MailFilter) where(withOutcome bool) *where {
	w := newWhere("true")
	for i, word := range strings.Fields(f.Query) {
		name := fmt.Sprintf("word%d", i)
		w.and(`(m.subject ILIKE @`+name+` OR m.from_addr ILIKE @`+name+` OR m.message_id ILIKE @`+name+` OR m.sha256 LIKE @`+name+`
			OR EXISTS (SELECT FROM attachment x WHERE x.message_id = m.id AND x.filename ILIKE @`+name+`))`, name, "%"+likeText(word)+"%")
	}
	if withOutcome && f.Outcome != "" {
		w.and(`m.outcome = @outcome`, "outcome", f.Outcome)
	}
	if f.Reason != "" {
		w.and(`m.reason = @reason`, "reason", f.Reason)
	}
	if f.Mailbox != "" {
		w.and(`m.mailbox = @mailbox`, "mailbox", f.Mailbox)
	}
	switch f.Kind {
	case "file":
		w.and(`m.mailbox LIKE 'file:%'`)
	case "web":
		w.and(`m.mailbox LIKE 'web:%'`)
	case "mail":
		w.and(`m.uid > 0`)
	}
	if !f.Since.IsZero() {
		w.and(`m.stored_at >= @since`, "since", f.Since)
	}
	if !f.Before.IsZero() {
		w.and(`m.stored_at < @before`, "before", f.Before)
	}
	return w
}

// likeText takes their meaning from the wild cards of LIKE.
func likeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// Found is a certificate that a message brought.
type Found struct {
	ID           uuid.UUID `json:"id"`
	Number       string    `json:"number"`
	RegisteredOn clock.Day `json:"registered_on"`
	Title        string    `json:"title"`
	Waits        bool      `json:"waits"` // on the desk for its reading
}

// Mail is a message of the ledger.
type Mail struct {
	ID          uuid.UUID
	Mailbox     string
	UID         int64
	UIDValidity int64
	ReceivedAt  time.Time
	StoredAt    time.Time
	SHA256      string
	Size        int64
	MessageID   string
	FromAddr    string
	Subject     string
	Excerpt     string
	Outcome     string
	Reason      string
	Detail      string
	Released    bool
	Attempts    int
	TryAfter    *time.Time
	DecidedAt   *time.Time
	Files       []string // names of its attachments
	Found       []Found
}

// A message whose bytes came before shows what the first one showed and brought.
const mailColumns = `m.id, m.mailbox, m.uid, m.uidvalidity AS uid_validity, m.received_at, m.stored_at, m.sha256, m.size,
	coalesce(nullif(m.message_id, ''), o.message_id, '') AS message_id, coalesce(nullif(m.from_addr, ''), o.from_addr, '') AS from_addr,
	coalesce(nullif(m.subject, ''), o.subject, '') AS subject, coalesce(nullif(m.excerpt, ''), o.excerpt, '') AS excerpt,
	m.outcome, m.reason, m.detail, m.released, m.attempts, m.try_after, m.decided_at,
	coalesce((SELECT array_agg(x.filename ORDER BY x.position) FROM attachment x
		WHERE x.message_id = coalesce(o.id, m.id) AND x.filename <> ''), '{}') AS files,
	coalesce((SELECT jsonb_agg(DISTINCT jsonb_build_object('id', t.id, 'number', t.number,
			'registered_on', coalesce(t.registered_on::text, ''), 'title', t.title, 'waits', t.reading = 'review'))
		FROM receipt r JOIN certificate c ON c.id = r.certificate_id JOIN certificate t ON t.id = coalesce(c.merged_into, c.id)
		WHERE r.message_id = coalesce(o.id, m.id)), '[]') AS found`

const mailTables = ` FROM message m
	LEFT JOIN message o ON m.outcome = 'duplicate' AND o.sha256 = m.sha256 AND o.outcome <> 'duplicate' AND m.sha256 <> '' `

var mailOrders = map[string]string{
	"-stored": "m.stored_at DESC", "stored": "m.stored_at", "-received": "m.received_at DESC", "received": "m.received_at",
	"from": "m.from_addr", "-from": "m.from_addr DESC", "subject": "m.subject", "-subject": "m.subject DESC",
}

// Mails gives a page of the ledger.
func Mails(ctx context.Context, db DB, f MailFilter, p Page) ([]Mail, error) {
	order, ok := mailOrders[p.Sort]
	if !ok {
		order = mailOrders["-stored"]
	}
	w := f.where(true)
	rows, err := db.Query(ctx, `SELECT `+mailColumns+mailTables+w.sql+` ORDER BY `+order+`, m.id DESC LIMIT @limit OFFSET @offset`,
		w.with("limit", max(p.Limit, 1), "offset", max(p.Offset, 0)))
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Mail])
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return list, nil
}

// MailCounts counts by outcome what the filter finds, whatever outcome it asks for itself.
func MailCounts(ctx context.Context, db DB, f MailFilter) (map[string]int, error) {
	w := f.where(false)
	rows, err := db.Query(ctx, `SELECT m.outcome, count(*)::int FROM message m `+w.sql+` GROUP BY 1`, w.args)
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	counts := map[string]int{}
	var outcome string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&outcome, &n}, func() error {
		counts[outcome] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	return counts, nil
}

// MailChoices are the reasons and mailboxes that occur in the ledger.
func MailChoices(ctx context.Context, db DB) (reasons, boxes []string, err error) {
	err = db.QueryRow(ctx, `
		SELECT coalesce((SELECT array_agg(DISTINCT reason ORDER BY reason) FROM message WHERE reason <> ''), '{}'),
			coalesce((SELECT array_agg(DISTINCT mailbox ORDER BY mailbox) FROM message WHERE uid > 0), '{}')`).Scan(&reasons, &boxes)
	if err != nil {
		return nil, nil, fmt.Errorf("choices of the ledger: %w", err)
	}
	return reasons, boxes, nil
}

// GetMail reads a message of the ledger; fault.NotFound when there is none.
func GetMail(ctx context.Context, db DB, id uuid.UUID) (Mail, error) {
	rows, err := db.Query(ctx, `SELECT `+mailColumns+mailTables+`WHERE m.id = $1`, id)
	if err != nil {
		return Mail{}, fmt.Errorf("read message: %w", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Mail])
	if noRows(err) {
		return Mail{}, fault.New(fault.NotFound, "desk.error.no_message")
	}
	if err != nil {
		return Mail{}, fmt.Errorf("read message: %w", err)
	}
	return m, nil
}

// Attachment is a part of a message and what the newest reader made of it; Verdict is empty when it was
// not read.
type Attachment struct {
	MessageID   uuid.UUID
	Position    int
	Path        string
	Filename    string
	ContentType string
	SHA256      string
	Size        int64
	Verdict     string
	Reason      string
	Label       string
}

const attachmentSelect = `
	SELECT a.message_id, a.position, a.path, a.filename, a.content_type, a.sha256, a.size,
		coalesce(d.verdict, '') AS verdict, coalesce(d.reason, '') AS reason, coalesce(d.label, '') AS label
	FROM attachment a LEFT JOIN LATERAL (
		SELECT verdict, reason, label FROM document d WHERE d.sha256 = a.sha256 ORDER BY reader_version DESC LIMIT 1) d ON true `

// Attachments lists the parts of a message; those of the first copy when its bytes came before.
func Attachments(ctx context.Context, db DB, messageID uuid.UUID) ([]Attachment, error) {
	rows, err := db.Query(ctx, attachmentSelect+`
		WHERE a.message_id = (SELECT coalesce(o.id, m.id)`+mailTables+`WHERE m.id = $1) ORDER BY a.position`, messageID)
	if err != nil {
		return nil, fmt.Errorf("list attachments: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Attachment])
}

// FindAttachment finds a part of a message by the hash of its bytes; fault.NotFound when there is none.
func FindAttachment(ctx context.Context, db DB, messageID uuid.UUID, sha string) (Attachment, error) {
	rows, err := db.Query(ctx, attachmentSelect+`WHERE a.message_id = $1 AND a.sha256 = $2 ORDER BY a.position LIMIT 1`, messageID, sha)
	if err != nil {
		return Attachment{}, fmt.Errorf("find attachment: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Attachment])
	if noRows(err) {
		return Attachment{}, fault.New(fault.NotFound, "desk.error.no_file")
	}
	return a, err
}
