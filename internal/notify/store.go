package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	ReplyTo     string
	Answer      bool
	InReplyTo   string
	References  string `db:"mail_references"`
	MessageID   string
	Attempts    int
}

// insert adds a letter, unless there is one with its key.
func insert(ctx context.Context, db postgres.DB, id uuid.UUID, l Letter, html, replyTo string, state State, reason string, now time.Time) (bool, error) {
	attachments := l.Attachments
	if attachments == nil {
		attachments = []Attachment{}
	}
	inReplyTo, references := "", ""
	if l.Reply != nil {
		inReplyTo, references = thread(*l.Reply)
	}
	tag, err := db.Exec(ctx, `
		INSERT INTO letter (id, topic, recipient, about, lang, subject, body_text, body_html, attachments,
			reply_to, answer, cap, in_reply_to, mail_references, state, reason, created_at)
		VALUES (@id, @topic, @recipient, @about, @lang, @subject, @text, @html, @attachments,
			@reply_to, @answer, @cap, @in_reply_to, @references, @state, @reason, @now)
		ON CONFLICT ON CONSTRAINT letter_once DO NOTHING`,
		pgx.StrictNamedArgs{"id": id, "topic": l.Topic, "recipient": l.Recipient, "about": l.About, "lang": l.Lang,
			"subject": l.Subject, "text": l.Text, "html": html, "attachments": attachments, "reply_to": replyTo, "answer": l.Reply != nil, "cap": l.Cap,
			"in_reply_to": inReplyTo, "references": references,
			"state": state, "reason": reason, "now": now})
	if err != nil {
		return false, fmt.Errorf("queueing a letter: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// houseName is the university's: the one that the pages set, else that of the settings.
func houseName(ctx context.Context, db postgres.DB, settings string) (name string, err error) {
	err = db.QueryRow(ctx, `SELECT coalesce((SELECT value->>0 FROM setting WHERE name = 'university'), @settings)`, pgx.StrictNamedArgs{"settings": settings}).Scan(&name)
	if err != nil {
		return "", fmt.Errorf("name of the university: %w", err)
	}
	return name, nil
}

// threadLimit is how many Message-IDs References holds: the first, and the last ones (RFC 5322 section 3.6.4
// sets no bound, header lines do).
const threadLimit = 10

// thread gives the In-Reply-To and References of an answer.
func thread(h Heard) (inReplyTo, references string) {
	list := h.References
	if len(list) == 0 && len(h.InReplyTo) == 1 {
		list = h.InReplyTo
	}
	if h.MessageID != "" {
		list = append(slices.Clone(list), h.MessageID)
	}
	if n := len(list); n > threadLimit {
		list = append([]string{list[0]}, list[n-threadLimit+1:]...)
	}
	return h.MessageID, strings.Join(list, " ")
}

// answered tells whether the recipient has had today's automatic answers: those of the topic and cap, or
// those of all. Two transactions that ask at once for the same address take turns.
func (s *Service) answered(ctx context.Context, tx pgx.Tx, l Letter) (bool, error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('letter ' || $1, 0))`, l.Recipient); err != nil {
		return false, fmt.Errorf("taking turns for an answer: %w", err)
	}
	var many bool
	err := tx.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE topic = @topic AND cap = @cap) >= @daily OR count(*) >= @all FROM letter
		WHERE recipient = @recipient AND answer AND (topic <> @topic OR about <> @about)
		  AND (state <> 'held' OR reason IN (@no_server, @paused)) AND created_at > @since`,
		pgx.StrictNamedArgs{"daily": dailyReply, "all": dailyAll, "recipient": l.Recipient, "topic": l.Topic, "cap": l.Cap, "about": l.About,
			"no_server": NoServer, "paused": Paused, "since": s.clock.Now().Add(-24 * time.Hour)}).Scan(&many)
	if err != nil {
		return false, fmt.Errorf("counting automatic answers: %w", err)
	}
	return many, nil
}

// claim begins an attempt at a waiting letter and reads it. Attempts that did not end, because their process
// died, end here as what they were. A letter whose address is paused meanwhile is held.
func (s *Service) claim(ctx context.Context, db postgres.DB, id uuid.UUID, messageID string) (l stored, found bool, err error) {
	now := s.clock.Now()
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE letter SET state = 'held', reason = 'paused' WHERE id = $1 AND state = 'waiting'
			AND EXISTS (SELECT FROM address_pause p WHERE p.address = letter.recipient AND p.lifted_at IS NULL)`, id)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			UPDATE letter SET attempts = attempts + 1, message_id = @message_id
			WHERE id = @id AND state = 'waiting'
			RETURNING topic, recipient, lang, subject, body_text, body_html, attachments, reply_to, answer, in_reply_to, mail_references, message_id, attempts`,
			pgx.StrictNamedArgs{"id": id, "message_id": messageID})
		if err != nil {
			return err
		}
		l, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[stored])
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		_, err = tx.Exec(ctx, `UPDATE letter_attempt SET ended_at = @now WHERE letter_id = @id AND ended_at IS NULL`, pgx.StrictNamedArgs{"id": id, "now": now})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO letter_attempt (letter_id, n, at, outcome) VALUES (@id, @n, @now, 'begun')`,
			pgx.StrictNamedArgs{"id": id, "n": l.Attempts, "now": now})
		return err
	})
	if err != nil {
		return stored{}, false, fmt.Errorf("beginning to send a letter: %w", err)
	}
	return l, found, nil
}

// offer writes down that the letter is about to be ended with its dot.
func offer(ctx context.Context, db postgres.DB, id uuid.UUID, n int) error {
	_, err := db.Exec(ctx, `UPDATE letter_attempt SET outcome = 'offered' WHERE letter_id = @id AND n = @n`, pgx.StrictNamedArgs{"id": id, "n": n})
	if err != nil {
		return fmt.Errorf("recording an attempt at a letter: %w", err)
	}
	return nil
}

func closeAttempt(ctx context.Context, db postgres.DB, id uuid.UUID, n int, o Outcome, answer string, now time.Time) error {
	_, err := db.Exec(ctx, `UPDATE letter_attempt SET outcome = @outcome, answer = @answer, ended_at = @now WHERE letter_id = @id AND n = @n`,
		pgx.StrictNamedArgs{"id": id, "n": n, "outcome": string(o), "answer": answer, "now": now})
	if err != nil {
		return fmt.Errorf("recording an attempt at a letter: %w", err)
	}
	return nil
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

// release lets letters wait again that were held for a reason, of one address or of all.
func release(ctx context.Context, db postgres.DB, reason, recipient string, since time.Time) ([]uuid.UUID, error) {
	rows, err := db.Query(ctx, `
		UPDATE letter SET state = 'waiting', reason = ''
		WHERE state = 'held' AND reason = @reason AND (@recipient = '' OR recipient = @recipient) AND created_at > @since RETURNING id`,
		pgx.StrictNamedArgs{"reason": reason, "recipient": recipient, "since": since})
	if err != nil {
		return nil, fmt.Errorf("releasing letters: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("releasing letters: %w", err)
	}
	return ids, nil
}

// idle are letters that wait since before a moment and have no job of the kind.
func idle(ctx context.Context, db postgres.DB, kind string, before time.Time) ([]uuid.UUID, error) {
	rows, err := db.Query(ctx, `
		SELECT l.id FROM letter l
		WHERE l.state = 'waiting' AND l.created_at < @before
		  AND NOT EXISTS (
			SELECT FROM river_job j WHERE j.kind = @kind AND j.args->>'id' = l.id::text
			AND j.state IN ('available', 'running', 'retryable', 'scheduled', 'pending'))
		ORDER BY l.id LIMIT 1000 FOR UPDATE OF l SKIP LOCKED`, pgx.StrictNamedArgs{"before": before, "kind": kind})
	if err != nil {
		return nil, fmt.Errorf("letters without a job: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("letters without a job: %w", err)
	}
	return ids, nil
}

func again(ctx context.Context, db postgres.DB, id uuid.UUID) error {
	tag, err := db.Exec(ctx, `UPDATE letter SET state = 'waiting', reason = '' WHERE id = $1 AND state IN ('failed', 'held', 'bounced')`, id)
	if err != nil {
		return fmt.Errorf("sending a letter again: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "notify.not_found")
	}
	return nil
}
