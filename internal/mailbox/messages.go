package mailbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/postgres"
)

// Outcomes of a message that this package gives; the others are intake's.
const (
	Pending   = "pending"
	Duplicate = "duplicate" // the same raw bytes were stored before
	Failed    = "failed"
)

// NewMessage is a row to be: a message whose bytes are in the blob store, or, with Why, without them.
type NewMessage struct {
	Mailbox     string // name of a mailbox, or file:NAME, or web:ACCOUNT
	UIDValidity uint32
	UID         uint32 // 0 unless it came from a mailbox
	ReceivedAt  time.Time
	SHA256      string
	Size        int64
	Why         Why
	Detail      string
}

// Inserted is what became of a NewMessage.
type Inserted struct {
	ID      uuid.UUID
	SHA256  string
	Outcome string
}

// PendingIDs are the messages that wait to be read.
func PendingIDs(rows []Inserted) []uuid.UUID {
	var ids []uuid.UUID
	for _, r := range rows {
		if r.Outcome == Pending {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Each row stands for one message that was seen. The first with its bytes is pending, a later one a
// duplicate. A row without bytes is filled when they come; one that has them is left alone.
const insertMessages = `
WITH input AS (
	SELECT * FROM unnest(@ids::uuid[], @mailboxes::text[], @uidvalidities::bigint[], @uids::bigint[], @received::timestamptz[],
		@shas::text[], @sizes::bigint[], @reasons::text[], @details::text[])
		WITH ORDINALITY AS t (id, mailbox, uidvalidity, uid, received_at, sha256, size, reason, detail, n)
), first AS (
	SELECT sha256, min(n) AS n FROM input WHERE sha256 <> '' GROUP BY sha256
), judged AS (
	SELECT i.*, CASE
		WHEN i.sha256 = '' THEN 'failed'
		WHEN i.n <> f.n OR EXISTS (SELECT FROM message m WHERE m.sha256 = i.sha256 AND m.outcome <> 'duplicate') THEN 'duplicate'
		ELSE 'pending' END AS outcome
	FROM input i LEFT JOIN first f USING (sha256)
)
INSERT INTO message (id, mailbox, uidvalidity, uid, received_at, stored_at, sha256, size, outcome, reason, detail, attempts, try_after, decided_at)
SELECT id, mailbox, uidvalidity, uid, received_at, @now, sha256, size, outcome, reason, detail,
	CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END,
	CASE WHEN outcome = 'failed' AND reason <> 'vanished' THEN @now::timestamptz + interval '5 minutes' END,
	CASE WHEN outcome = 'duplicate' OR reason = 'vanished' THEN @now::timestamptz END
FROM judged ORDER BY n
ON CONFLICT (mailbox, uidvalidity, uid) WHERE uid > 0 DO UPDATE SET
	sha256 = excluded.sha256, size = excluded.size, stored_at = excluded.stored_at, outcome = excluded.outcome,
	reason = excluded.reason, detail = excluded.detail, decided_at = excluded.decided_at,
	attempts = CASE WHEN excluded.sha256 = '' THEN message.attempts + 1 ELSE 0 END,
	try_after = CASE WHEN excluded.try_after IS NOT NULL AND message.attempts < 12
		THEN @now::timestamptz + least(interval '5 minutes' * power(2, message.attempts), interval '1 day') END
WHERE message.sha256 = ''
RETURNING id, sha256, outcome`

// InsertMessages writes rows in the caller's transaction, which must be short: until it ends no other one
// can judge what is a duplicate. A row that was there with its bytes already is not in the answer.
func InsertMessages(ctx context.Context, tx pgx.Tx, rows []NewMessage, now time.Time) ([]Inserted, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('kualik/first copy', 0))`); err != nil {
		return nil, fmt.Errorf("waiting to insert messages: %w", err)
	}
	args := columns(rows, now)
	found, err := tx.Query(ctx, insertMessages, args)
	if err != nil {
		return nil, fmt.Errorf("inserting messages: %w", err)
	}
	out, err := pgx.CollectRows(found, pgx.RowToStructByName[Inserted])
	if err != nil {
		return nil, fmt.Errorf("inserting messages: %w", err)
	}
	return out, nil
}

// columns turns rows into arrays for unnest.
func columns(rows []NewMessage, now time.Time) pgx.StrictNamedArgs {
	n := len(rows)
	ids, received := make([]uuid.UUID, n), make([]time.Time, n)
	boxes, shas, reasons, details := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	validities, uids, sizes := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, r := range rows {
		ids[i], received[i] = clock.NewID(), r.ReceivedAt
		if r.ReceivedAt.IsZero() {
			received[i] = now
		}
		boxes[i], shas[i], reasons[i], details[i] = r.Mailbox, r.SHA256, string(r.Why), printable(r.Detail)
		validities[i], uids[i], sizes[i] = int64(r.UIDValidity), int64(r.UID), r.Size
	}
	return pgx.StrictNamedArgs{
		"ids": ids, "mailboxes": boxes, "uidvalidities": validities, "uids": uids, "received": received,
		"shas": shas, "sizes": sizes, "reasons": reasons, "details": details, "now": now,
	}
}

// Ledger is the account of all messages ever shown.
type Ledger struct {
	Seen      int
	ByOutcome map[string]int
	Oldest    *time.Time // the oldest that is not decided yet
}

// Undecided counts the messages that are seen and not accounted for.
func (l Ledger) Undecided() int { return l.ByOutcome[Pending] }

// ReadLedger counts messages by outcome.
func ReadLedger(ctx context.Context, db postgres.DB) (Ledger, error) {
	rows, err := db.Query(ctx, `SELECT outcome, count(*) AS count, min(stored_at) AS oldest FROM message GROUP BY outcome`)
	if err != nil {
		return Ledger{}, fmt.Errorf("counting messages: %w", err)
	}
	type line struct {
		Outcome string
		Count   int
		Oldest  *time.Time
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByName[line])
	if err != nil {
		return Ledger{}, fmt.Errorf("counting messages: %w", err)
	}
	l := Ledger{ByOutcome: map[string]int{}}
	for _, s := range lines {
		l.Seen += s.Count
		l.ByOutcome[s.Outcome] = s.Count
		if s.Outcome == Pending {
			l.Oldest = s.Oldest
		}
	}
	return l, nil
}
