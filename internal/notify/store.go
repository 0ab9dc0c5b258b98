package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// stored is a letter as it is sent.
type stored struct {
	Topic       string
	Recipient   string
	Lang        string
	Subject     string
	BodyText    string
	BodyHTML    string
	Attachments []Attachment
	InReplyTo   string
	MessageID   string
}

// insert adds a letter, unless there is one with its key.
func insert(ctx context.Context, db postgres.DB, id uuid.UUID, l Letter, state State, reason string, now time.Time) (bool, error) {
	attachments := l.Attachments
	if attachments == nil {
		attachments = []Attachment{}
	}
	tag, err := db.Exec(ctx, `
		INSERT INTO letter (id, topic, recipient, about, lang, subject, body_text, body_html, attachments, in_reply_to, state, reason, created_at)
		VALUES (@id, @topic, @recipient, @about, @lang, @subject, @text, @html, @attachments, @in_reply_to, @state, @reason, @now)
		ON CONFLICT ON CONSTRAINT letter_once DO NOTHING`,
		pgx.StrictNamedArgs{"id": id, "topic": l.Topic, "recipient": l.Recipient, "about": l.About, "lang": l.Lang,
			"subject": l.Subject, "text": l.Text, "html": l.HTML, "attachments": attachments, "in_reply_to": l.InReplyTo,
			"state": state, "reason": reason, "now": now})
	if err != nil {
		return false, fmt.Errorf("queueing a letter: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// answered tells whether the recipient has had today's automatic answers of the topic. Two transactions
// that ask at once for the same address take turns.
func (s *Service) answered(ctx context.Context, tx pgx.Tx, l Letter) (bool, error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('letter ' || $1, 0))`, l.Recipient); err != nil {
		return false, fmt.Errorf("taking turns for an answer: %w", err)
	}
	var many bool
	err := tx.QueryRow(ctx, `
		SELECT count(*) >= @cap FROM letter
		WHERE recipient = @recipient AND topic = @topic AND in_reply_to <> '' AND about <> @about
		  AND reason <> @too_many AND created_at > @since`,
		pgx.StrictNamedArgs{"cap": dailyReply, "recipient": l.Recipient, "topic": l.Topic, "about": l.About,
			"too_many": TooMany, "since": s.clock.Now().Add(-24 * time.Hour)}).Scan(&many)
	if err != nil {
		return false, fmt.Errorf("counting automatic answers: %w", err)
	}
	return many, nil
}

// claim counts an attempt at a waiting letter and reads it.
func claim(ctx context.Context, db postgres.DB, id uuid.UUID, messageID string) (stored, bool, error) {
	rows, err := db.Query(ctx, `
		UPDATE letter SET attempts = attempts + 1, message_id = @message_id
		WHERE id = @id AND state = 'waiting'
		RETURNING topic, recipient, lang, subject, body_text, body_html, attachments, in_reply_to, message_id`,
		pgx.StrictNamedArgs{"id": id, "message_id": messageID})
	if err != nil {
		return stored{}, false, fmt.Errorf("reading a letter: %w", err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[stored])
	if errors.Is(err, pgx.ErrNoRows) {
		return stored{}, false, nil
	}
	if err != nil {
		return stored{}, false, fmt.Errorf("reading a letter: %w", err)
	}
	return l, true, nil
}

// settle ends the waiting of a letter.
func settle(ctx context.Context, db postgres.DB, id uuid.UUID, state State, reason string, now time.Time) error {
	_, err := db.Exec(ctx, `
		UPDATE letter SET state = @state, reason = @reason, sent_at = CASE WHEN @state = 'sent' THEN @now::timestamptz END
		WHERE id = @id AND state = 'waiting'`,
		pgx.StrictNamedArgs{"id": id, "state": string(state), "reason": reason, "now": now})
	if err != nil {
		return fmt.Errorf("recording what became of a letter: %w", err)
	}
	return nil
}

// note keeps the server's last answer on a letter that is tried again.
func note(ctx context.Context, db postgres.DB, id uuid.UUID, reason string) error {
	if _, err := db.Exec(ctx, `UPDATE letter SET reason = $2 WHERE id = $1 AND state = 'waiting'`, id, reason); err != nil {
		return fmt.Errorf("recording what became of a letter: %w", err)
	}
	return nil
}

func release(ctx context.Context, db postgres.DB, since time.Time) ([]uuid.UUID, error) {
	rows, err := db.Query(ctx, `
		UPDATE letter SET state = 'waiting', reason = '' WHERE state = 'held' AND reason = @reason AND created_at > @since RETURNING id`,
		pgx.StrictNamedArgs{"reason": NoServer, "since": since})
	if err != nil {
		return nil, fmt.Errorf("releasing letters: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("releasing letters: %w", err)
	}
	return ids, nil
}

func again(ctx context.Context, db postgres.DB, id uuid.UUID) error {
	tag, err := db.Exec(ctx, `UPDATE letter SET state = 'waiting', reason = '' WHERE id = $1 AND state IN ('failed', 'held')`, id)
	if err != nil {
		return fmt.Errorf("sending a letter again: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "notify.not_found")
	}
	return nil
}

// Entry is a letter of the outbox.
type Entry struct {
	ID        uuid.UUID
	Topic     string
	Recipient string
	About     string
	Lang      string
	Subject   string
	BodyText  string
	State     State
	Reason    string // a code of this package, or the server's own words
	Attempts  int
	CreatedAt time.Time
	SentAt    *time.Time
}

const entryColumns = `id, topic, recipient, about, lang, subject, body_text, state, reason, attempts, created_at, sent_at`

// Outbox lists letters, the newest first: those in a state, or all when it is empty. before is the ID of
// the last one already seen, or uuid.Nil.
func (s *Service) Outbox(ctx context.Context, state State, before uuid.UUID, limit int) ([]Entry, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+entryColumns+` FROM letter
		WHERE (@state = '' OR state = @state) AND (@before::uuid = '00000000-0000-0000-0000-000000000000' OR id < @before)
		ORDER BY id DESC LIMIT @limit`,
		pgx.StrictNamedArgs{"state": string(state), "before": before, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("listing letters: %w", err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	if err != nil {
		return nil, fmt.Errorf("listing letters: %w", err)
	}
	return entries, nil
}

// Counts gives the number of letters in each state.
func (s *Service) Counts(ctx context.Context) (map[State]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT state, count(*) FROM letter GROUP BY state`)
	if err != nil {
		return nil, fmt.Errorf("counting letters: %w", err)
	}
	counts := map[State]int{}
	var state State
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&state, &n}, func() error { counts[state] = n; return nil }); err != nil {
		return nil, fmt.Errorf("counting letters: %w", err)
	}
	return counts, nil
}
