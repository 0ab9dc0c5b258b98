package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

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
	Uncertain bool // an attempt ended in nobody's knowledge: the letter may have gone once more than it says
}

const entryColumns = `id, topic, recipient, about, lang, subject, body_text, state, reason, attempts, created_at, sent_at, ` + uncertain + ` AS uncertain`

const uncertain = `EXISTS (SELECT FROM letter_attempt a WHERE a.letter_id = letter.id AND a.outcome = 'offered' AND a.ended_at IS NOT NULL)`

// Filter chooses letters of the outbox; what is empty chooses all.
type Filter struct {
	State     State
	Uncertain bool
	Topic     string
	Recipient string    // a part of the address
	Before    uuid.UUID // the last one already seen
}

// Outbox lists letters, the newest first.
func (s *Service) Outbox(ctx context.Context, f Filter, limit int) ([]Entry, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+entryColumns+` FROM letter
		WHERE (@state = '' OR state = @state) AND (@topic = '' OR topic = @topic) AND (@recipient = '' OR strpos(recipient, lower(@recipient)) > 0)
		  AND (NOT @uncertain OR `+uncertain+`) AND (@before::uuid = '00000000-0000-0000-0000-000000000000' OR id < @before)
		ORDER BY id DESC LIMIT @limit`,
		pgx.StrictNamedArgs{"state": string(f.State), "topic": f.Topic, "recipient": f.Recipient, "uncertain": f.Uncertain, "before": f.Before, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("listing letters: %w", err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	if err != nil {
		return nil, fmt.Errorf("listing letters: %w", err)
	}
	return entries, nil
}

// Counts are the numbers of letters in each state, and of the uncertain ones.
type Counts struct {
	States    map[State]int
	Uncertain int
}

// Counts counts the outbox.
func (s *Service) Counts(ctx context.Context) (c Counts, err error) {
	c.States = map[State]int{}
	rows, err := s.pool.Query(ctx, `SELECT state, count(*), 0 FROM letter GROUP BY state
		UNION ALL SELECT '', 0, count(DISTINCT letter_id) FROM letter_attempt WHERE outcome = 'offered' AND ended_at IS NOT NULL`)
	if err != nil {
		return c, fmt.Errorf("counting letters: %w", err)
	}
	var state State
	var n, doubtful int
	_, err = pgx.ForEachRow(rows, []any{&state, &n, &doubtful}, func() error {
		if state != "" {
			c.States[state] = n
		}
		c.Uncertain += doubtful
		return nil
	})
	if err != nil {
		return c, fmt.Errorf("counting letters: %w", err)
	}
	return c, nil
}

// Topics lists the topics of the letters that there are.
func (s *Service) Topics(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT topic FROM letter ORDER BY topic`)
	if err != nil {
		return nil, fmt.Errorf("listing topics: %w", err)
	}
	topics, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("listing topics: %w", err)
	}
	return topics, nil
}

// Attempt is one conversation with the mail server about a letter.
type Attempt struct {
	N       int
	At      time.Time
	Outcome Outcome
	Answer  string // the server's own words
	EndedAt *time.Time
}

// Uncertain tells whether nobody can know how the attempt ended.
func (a Attempt) Uncertain() bool { return a.Outcome == Offered && a.EndedAt != nil }

// Bounce is a report that a letter did not arrive.
type Bounce struct {
	Kind       string // hard, soft
	Status     string
	Diagnostic string
	At         time.Time
}

// Detail is a letter with all that happened to it.
type Detail struct {
	Entry
	BodyHTML    string
	MessageID   string
	InReplyTo   string
	Answer      bool
	Attachments []Attachment
	History     []Attempt `db:"-"`
	Bounces     []Bounce  `db:"-"`
}

// Letter is one letter of the outbox; fault.NotFound when there is none.
func (s *Service) Letter(ctx context.Context, id uuid.UUID) (d Detail, err error) {
	rows, err := s.pool.Query(ctx, `SELECT `+entryColumns+`, body_html, message_id, in_reply_to, answer, attachments FROM letter WHERE id = $1`, id)
	if err == nil {
		d, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Detail])
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return d, fault.New(fault.NotFound, "notify.not_found")
	}
	if err == nil {
		rows, err = s.pool.Query(ctx, `SELECT n, at, outcome, answer, ended_at FROM letter_attempt WHERE letter_id = $1 ORDER BY n`, id)
	}
	if err == nil {
		d.History, err = pgx.CollectRows(rows, pgx.RowToStructByName[Attempt])
	}
	if err == nil {
		rows, err = s.pool.Query(ctx, `SELECT kind, status, diagnostic, at FROM letter_bounce WHERE letter_id = $1 ORDER BY at, report`, id)
	}
	if err == nil {
		d.Bounces, err = pgx.CollectRows(rows, pgx.RowToStructByName[Bounce])
	}
	if err != nil {
		return d, fmt.Errorf("reading a letter of the outbox: %w", err)
	}
	return d, nil
}
