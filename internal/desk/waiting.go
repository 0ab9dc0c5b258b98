package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/desk/pattern"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/postgres"
)

// News is a mail that a pattern knew.
type News struct {
	MessageID  uuid.UUID
	At         time.Time
	PatternID  uuid.UUID
	Pattern    string // its name
	Kind       pattern.Kind
	Found      pattern.Found
	FilingID   *uuid.UUID
	Number     string // incoming, of the application
	Title      string
	Outcome    string
	Reason     string
	DecidedAt  *time.Time
	DecidedBy  string
	ReceivedAt time.Time
	Sender     string
	Subject    string
	Excerpt    string
}

const newsSQL = `SELECT n.message_id, n.at, n.pattern_id, p.name AS pattern, n.kind, n.found, n.filing_id, coalesce(f.incoming_no, '') AS number,
	coalesce(f.data ->> 'title', '') AS title, n.outcome, n.reason, n.decided_at, n.decided_by, m.received_at, m.from_addr AS sender, m.subject, m.excerpt
	FROM desk_news n JOIN desk_pattern p ON p.id = n.pattern_id AND p.version = n.pattern_version JOIN message m ON m.id = n.message_id
	LEFT JOIN filing f ON f.id = n.filing_id `

func news(ctx context.Context, db postgres.DB, rest string, a args) ([]News, error) {
	rows, err := db.Query(ctx, newsSQL+rest, a)
	if err != nil {
		return nil, fmt.Errorf("reading news: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[News])
	if err != nil {
		return nil, fmt.Errorf("reading news: %w", err)
	}
	return list, nil
}

// ListNews gives news, the newest first: those that wait, or with all everything; of one application when it is
// named.
func (s *Service) ListNews(ctx context.Context, who filing.Who, all bool, application uuid.UUID, limit, offset int) ([]News, error) {
	if !account.Can(who.Role, account.RecordSteps) {
		return nil, errNotYours
	}
	return news(ctx, s.o.Pool, `WHERE (@all OR n.outcome = 'waiting') AND (@filing::uuid = '00000000-0000-0000-0000-000000000000' OR n.filing_id = @filing)
		ORDER BY n.at DESC, n.message_id DESC LIMIT @limit OFFSET @offset`,
		args{"all": all, "filing": application, "limit": max(limit, 1), "offset": max(offset, 0)})
}

// NewsOf is one of them.
func (s *Service) NewsOf(ctx context.Context, who filing.Who, message uuid.UUID) (News, error) {
	if !account.Can(who.Role, account.RecordSteps) {
		return News{}, errNotYours
	}
	list, err := news(ctx, s.o.Pool, `WHERE n.message_id = @id`, args{"id": message})
	if err == nil && len(list) == 0 {
		err = errNotFound
	}
	if err != nil {
		return News{}, err
	}
	return list[0], nil
}

// Decide applies news to an application, because a person says that they belong to it; the fact is as the person
// has it. News that were decided meanwhile are a conflict.
func (s *Service) Decide(ctx context.Context, who filing.Who, message uuid.UUID, number string, f Fact) (id uuid.UUID, changes []Change, err error) {
	number = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(number), "№"))
	err = s.decideNews(ctx, who, message, func(tx pgx.Tx) (uuid.UUID, string, error) {
		ids, err := known(ctx, tx, number)
		if err != nil {
			return uuid.Nil, "", err
		}
		if len(ids) != 1 {
			return uuid.Nil, "", fault.New(fault.Invalid, "office.error.no_such_number", "Number", number)
		}
		id = ids[0]
		f.source, f.message = FromMail, &message
		err = pgx.BeginFunc(ctx, tx, func(inner pgx.Tx) error {
			changes, _, err = s.recordIn(ctx, inner, who, id, f)
			return err
		})
		if errors.Is(err, errSame) {
			changes, err = nil, nil
		}
		return id, NewsDecided, err
	})
	return id, changes, err
}

// Dismiss says that news are nothing, or were dealt with elsewhere.
func (s *Service) Dismiss(ctx context.Context, who filing.Who, message uuid.UUID) error {
	return s.decideNews(ctx, who, message, func(pgx.Tx) (uuid.UUID, string, error) { return uuid.Nil, NewsDismissed, nil })
}

func (s *Service) decideNews(ctx context.Context, who filing.Who, message uuid.UUID, do func(tx pgx.Tx) (uuid.UUID, string, error)) error {
	if !account.Can(who.Role, account.RecordSteps) {
		return errNotYours
	}
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		var outcome, reason, by string
		var belongs *uuid.UUID
		err := tx.QueryRow(ctx, `SELECT outcome, reason, decided_by, filing_id FROM desk_news WHERE message_id = $1 FOR UPDATE`, message).Scan(&outcome, &reason, &by, &belongs)
		if errors.Is(err, pgx.ErrNoRows) {
			return errNotFound
		}
		if err != nil {
			return fmt.Errorf("holding news: %w", err)
		}
		if outcome != NewsWaiting {
			return fault.New(fault.Conflict, "office.error.news_decided", "Name", by)
		}
		id, outcome, err := do(tx)
		if err != nil {
			return err
		}
		if id == uuid.Nil && belongs != nil {
			id = *belongs
		}
		now := s.o.Clock.Now()
		return settle(ctx, tx, message, id, outcome, reason, &now, who.Name)
	})
}

// Tried is what would become of a mail, without that anything becomes of it.
type Tried struct {
	Known   bool // a pattern knows it
	Pattern Pattern
	Found   pattern.Found
	Filing  uuid.UUID
	Title   string
	Number  string
	Why     string // it would wait for a person; empty: it would be applied
	Cause   error
	Changes []Change // empty with no Why: it is known already
}

// Try shows what a mail would do: by the patterns in force, or by one that is being written.
func (s *Service) Try(ctx context.Context, subject, text string, draft *Pattern) (Tried, error) {
	h, ok := hit{}, false
	var err error
	if draft != nil {
		c, err := pattern.Compile(draft.Expressions())
		if err != nil {
			return Tried{}, err
		}
		h.Pattern = *draft
		h.Found, ok = c.Find(subject, text)
	} else if h, ok, err = s.recognise(ctx, subject, text); err != nil {
		return Tried{}, err
	}
	if !ok {
		return Tried{}, nil
	}
	v, err := s.judge(ctx, s.o.Pool, h, subject+"\n"+text)
	if err != nil {
		return Tried{}, err
	}
	t := Tried{Known: true, Pattern: h.Pattern, Found: h.Found, Filing: v.Filing, Title: v.Title, Number: v.Number, Why: v.Why}
	if v.Why != "" {
		return t, nil
	}
	v.Fact.source = FromMail
	t.Changes, _, err = s.recordFact(ctx, program, v.Filing, v.Fact, true)
	var told *fault.Error
	switch {
	case errors.Is(err, errSame):
		err = nil
	case errors.As(err, &told) && told.Kind != fault.Internal && told.Kind != fault.Unavailable:
		t.Why, t.Cause, err = WhyBackwards, err, nil
	}
	return t, err
}
