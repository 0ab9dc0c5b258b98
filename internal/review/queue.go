package review

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
)

// Item is a case of the queue: a certificate or a message that a person must decide about.
type Item struct {
	ID           uuid.UUID
	Message      bool   // a message; else a certificate
	Reason       string // a code, see Reasons
	Number       string
	RegisteredOn clock.Day
	Title        string // of the work, or the subject of the letter
	Since        time.Time
	Later        bool   // put off by somebody
	OpenBy       string // who has it open now
}

// Reasons are the codes of the queue in the order in which its groups stand.
var Reasons = []string{"two_applications", "weak_application", "namesakes", "person_unsure", "sender_says", "halves_differ", "key_conflict",
	"unsure_fields", "scan", "link_only", "password", "damaged", "unreadable", "gave_up"}

// Filter narrows the queue. The zero value is everything but what was put off.
type Filter struct {
	Reason string
	Later  bool // also what was put off
}

// queued gives every open case; one certificate is one case however many questions it has, under the
// reason that must be answered first.
const queued = `
	SELECT c.id, false AS message,
		CASE
			WHEN c.reading = 'review' AND c.reading_reason = 'scan' THEN 'scan'
			WHEN c.reading = 'review' AND c.reading_reason = 'halves_differ' THEN 'halves_differ'
			WHEN c.reading = 'review' AND c.reading_reason = 'key_conflict' THEN 'key_conflict'
			WHEN c.reading = 'review' THEN 'unsure_fields'
			WHEN c.application_decision = 'review' AND c.explanation->>'reason' IN ('tie', 'margin') THEN 'two_applications'
			WHEN c.application_decision = 'review' THEN 'weak_application'
			WHEN EXISTS (SELECT FROM certificate_author a WHERE a.certificate_id = c.id AND a.decision = 'review'
				AND a.explanation->>'reason' = 'namesakes') THEN 'namesakes'
			WHEN EXISTS (SELECT FROM certificate_author a WHERE a.certificate_id = c.id AND a.decision = 'review') THEN 'person_unsure'
			ELSE 'sender_says'
		END AS reason,
		c.number, c.registered_on, c.title, c.created_at AS since
	FROM certificate c
	WHERE c.merged_into IS NULL AND c.reading <> 'rejected'
	  AND (c.reading = 'review' OR c.application_decision = 'review'
		OR EXISTS (SELECT FROM certificate_author a WHERE a.certificate_id = c.id AND a.decision = 'review')
		OR EXISTS (SELECT FROM review_said s WHERE s.certificate_id = c.id AND ` + openSaid + `))
	UNION ALL
	SELECT m.id, true,
		CASE WHEN m.reason IN ('link_only', 'password', 'damaged', 'gave_up') THEN m.reason ELSE 'unreadable' END,
		'', NULL, m.subject, m.stored_at
	FROM message m
	WHERE m.outcome = 'quarantined' AND NOT EXISTS (
		SELECT FROM receipt r JOIN certificate c ON c.id = r.certificate_id
		WHERE r.message_id = m.id AND c.merged_into IS NULL AND c.reading = 'review')`

// Queue lists the open cases, by reason and then the oldest first.
func (d *Desk) Queue(ctx context.Context, f Filter) ([]Item, error) {
	now := d.clock.Now()
	rows, err := d.pool.Query(ctx, `
		SELECT q.id, q.message, q.reason, q.number, q.registered_on, q.title, q.since,
			coalesce(l.until > @now, false) AS later,
			coalesce((SELECT string_agg(p.name, ', ') FROM review_presence p
				WHERE p.subject_id = q.id AND p.seen_at > @seen), '') AS open_by
		FROM (`+queued+`) q LEFT JOIN review_later l ON l.subject_id = q.id
		WHERE (@reason = '' OR q.reason = @reason) AND (@later OR l.until IS NULL OR l.until <= @now)
		ORDER BY array_position(@reasons::text[], q.reason), q.since, q.id`,
		pgx.StrictNamedArgs{"now": now, "seen": now.Add(-presence), "reason": f.Reason, "later": f.Later, "reasons": Reasons})
	if err != nil {
		return nil, fmt.Errorf("read review queue: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Item])
}

// Waiting is how many cases wait for one reason, and since when the oldest does.
type Waiting struct {
	Reason string
	Count  int
	Oldest time.Time
}

// Summary counts the open cases by reason, in the order of the queue.
func (d *Desk) Summary(ctx context.Context) ([]Waiting, error) {
	rows, err := d.pool.Query(ctx, `
		SELECT q.reason, count(*)::int AS count, min(q.since) AS oldest FROM (`+queued+`) q
		GROUP BY q.reason ORDER BY array_position($1::text[], q.reason)`, Reasons)
	if err != nil {
		return nil, fmt.Errorf("count review queue: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Waiting])
}

// DecidedSince counts the decisions made since an instant and not undone.
func (d *Desk) DecidedSince(ctx context.Context, since time.Time) (n int, err error) {
	err = d.pool.QueryRow(ctx, `SELECT count(*) FROM decision WHERE at >= $1 AND undone_at IS NULL`, since).Scan(&n)
	return n, err
}

// presence is how long a case counts as open after its page was last seen.
const presence = 90 * time.Second

// Open notes that an account looks at a case, and names the others who do.
func (d *Desk) Open(ctx context.Context, subject, account uuid.UUID, name string) (others []string, err error) {
	now := d.clock.Now()
	_, err = d.pool.Exec(ctx, `
		INSERT INTO review_presence (subject_id, account_id, name, seen_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (subject_id, account_id) DO UPDATE SET seen_at = excluded.seen_at, name = excluded.name`, subject, account, name, now)
	if err != nil {
		return nil, fmt.Errorf("note presence: %w", err)
	}
	rows, err := d.pool.Query(ctx, `SELECT name FROM review_presence WHERE subject_id = $1 AND account_id <> $2 AND seen_at > $3 ORDER BY name`,
		subject, account, now.Add(-presence))
	if err != nil {
		return nil, fmt.Errorf("read presence: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Later puts a case off until tomorrow; it stays in the queue of those who ask for what was put off.
func (d *Desk) Later(ctx context.Context, by audit.Actor, account, subject uuid.UUID) error {
	now := d.clock.Now()
	_, err := d.pool.Exec(ctx, `INSERT INTO review_later (subject_id, until, account_id) VALUES ($1, $2, $3)
		ON CONFLICT (subject_id) DO UPDATE SET until = excluded.until, account_id = excluded.account_id`,
		subject, now.Add(20*time.Hour), account)
	if err != nil {
		return fmt.Errorf("put off: %w", err)
	}
	return audit.Record(ctx, d.pool, audit.Entry{At: now, Actor: by, Action: "review.later", SubjectKind: "case", SubjectID: subject.String()})
}

// LastDecision is the actor's last decision that can still be undone; fault.NotFound when there is none.
func (d *Desk) LastDecision(ctx context.Context, by audit.Actor) (Done, error) {
	rows, err := d.pool.Query(ctx, `
		SELECT n.id, n.action FROM decision n JOIN certificate c ON c.id = n.certificate_id
		WHERE n.actor = $1 AND n.undone_at IS NULL AND (n.after->'certificate'->>'version')::int = c.version
		ORDER BY n.at DESC LIMIT 1`, by.ID)
	if err != nil {
		return Done{}, fmt.Errorf("last decision: %w", err)
	}
	done, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Done])
	if err == pgx.ErrNoRows {
		return Done{}, fault.New(fault.NotFound, "review.nothing_to_undo")
	}
	return done, err
}

// CloseMessage says that a quarantined message holds nothing; Replay of intake takes it back.
func (d *Desk) CloseMessage(ctx context.Context, by audit.Actor, id uuid.UUID) error {
	return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		now := d.clock.Now()
		var reason string
		err := tx.QueryRow(ctx, `SELECT reason FROM message WHERE id = $1 AND outcome = 'quarantined' FOR UPDATE`, id).Scan(&reason)
		if err == pgx.ErrNoRows {
			return fault.New(fault.Conflict, "review.changed_meanwhile")
		}
		if err != nil {
			return fmt.Errorf("read message: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE message SET outcome = 'nothing_found', reason = 'by_person', released = true, decided_at = $2 WHERE id = $1`, id, now); err != nil {
			return fmt.Errorf("close message: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{At: now, Actor: by, Action: "review.close_message", SubjectKind: "message",
			SubjectID: id.String(), Before: map[string]string{"outcome": "quarantined", "reason": reason}, After: map[string]string{"outcome": "nothing_found"}})
	})
}
