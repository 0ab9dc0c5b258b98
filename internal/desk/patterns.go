package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/desk/pattern"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/postgres"
)

// Pattern is how one sort of the institute's mails is known, in its last version.
type Pattern struct {
	ID       uuid.UUID
	Version  int
	Name     string
	Kind     pattern.Kind
	Subject  string
	Body     []string
	Priority int // the lowest is asked first
	Enabled  bool
	At       time.Time
	By       string // empty: it came with the program
}

// Expressions are what is compiled of a pattern.
func (p Pattern) Expressions() pattern.Pattern {
	return pattern.Pattern{Kind: p.Kind, Subject: p.Subject, Body: p.Body}
}

// Seed stores the patterns that came with the program and are not there yet. It may be called at every start.
func (s *Service) Seed(ctx context.Context) error {
	batch := &pgx.Batch{}
	for _, p := range pattern.Seeds() {
		body, err := json.Marshal(p.Body)
		if err != nil {
			return fmt.Errorf("writing a pattern: %w", err)
		}
		batch.Queue(`INSERT INTO desk_pattern (id, version, name, kind, subject, body, priority, enabled, at, by_name)
			VALUES (@id, 1, @name, @kind, @subject, @body, @priority, true, @now, '') ON CONFLICT (id, version) DO NOTHING`,
			args{"id": p.ID, "name": p.Name, "kind": string(p.Kind), "subject": p.Subject, "body": body, "priority": p.Priority, "now": s.o.Clock.Now()})
	}
	if err := s.o.Pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("storing the patterns of the beginning: %w", err)
	}
	return nil
}

func patterns(ctx context.Context, db postgres.DB, where string, a args) ([]Pattern, error) {
	rows, err := db.Query(ctx, `SELECT id, version, name, kind, subject, body, priority, enabled, at, by_name AS by FROM (
		SELECT DISTINCT ON (id) * FROM desk_pattern ORDER BY id, version DESC) p `+where+` ORDER BY priority, id`, a)
	if err != nil {
		return nil, fmt.Errorf("reading patterns: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Pattern])
	if err != nil {
		return nil, fmt.Errorf("reading patterns: %w", err)
	}
	return list, nil
}

// Patterns are all patterns in the order in which they are asked, the disabled ones too.
func (s *Service) Patterns(ctx context.Context) ([]Pattern, error) {
	return patterns(ctx, s.o.Pool, ``, args{})
}

// PatternOf is one pattern.
func (s *Service) PatternOf(ctx context.Context, id uuid.UUID) (Pattern, error) {
	list, err := patterns(ctx, s.o.Pool, `WHERE id = @id`, args{"id": id})
	if err == nil && len(list) == 0 {
		err = errNotFound
	}
	if err != nil {
		return Pattern{}, err
	}
	return list[0], nil
}

// SavePattern stores a new version of a pattern, or a new one when its ID is nil. Version is the one that was
// changed: somebody else's later one is a conflict.
func (s *Service) SavePattern(ctx context.Context, who filing.Who, p Pattern) (Pattern, error) {
	p.Name, p.Subject = strings.TrimSpace(p.Name), strings.TrimSpace(p.Subject)
	if p.Name == "" || len([]rune(p.Name)) > 200 {
		return p, fault.New(fault.Invalid, "office.pattern.error.name")
	}
	if p.Priority < 0 || p.Priority > 1000 {
		return p, fault.New(fault.Invalid, "office.pattern.error.priority")
	}
	if _, err := pattern.Compile(p.Expressions()); err != nil {
		return p, err
	}
	body, err := json.Marshal(p.Body)
	if err != nil {
		return p, fmt.Errorf("writing a pattern: %w", err)
	}
	if p.ID == uuid.Nil {
		p.ID, p.Version = clock.NewID(), 0
	}
	p.Version++
	p.At, p.By = s.o.Clock.Now(), who.Name
	err = pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO desk_pattern (id, version, name, kind, subject, body, priority, enabled, at, by_name)
			VALUES (@id, @version, @name, @kind, @subject, @body, @priority, @enabled, @now, @by)`,
			args{"id": p.ID, "version": p.Version, "name": p.Name, "kind": string(p.Kind), "subject": p.Subject, "body": body, "priority": p.Priority,
				"enabled": p.Enabled, "now": p.At, "by": p.By})
		if postgres.Constraint(err) == "desk_pattern_pkey" {
			return fault.Wrap(err, fault.Conflict, "office.pattern.error.changed")
		}
		if err != nil {
			return fmt.Errorf("storing a pattern: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{At: p.At, Actor: actorOf(who), Action: "desk.pattern", SubjectKind: "desk_pattern", SubjectID: p.ID.String(),
			After: map[string]any{"name": p.Name, "version": p.Version, "enabled": p.Enabled}})
	})
	return p, err
}

// hit is a pattern that knew a mail, and what it found.
type hit struct {
	Pattern
	Found pattern.Found
}

// recognise asks the enabled patterns one after the other; ok is false when none knows the mail. One that cannot be
// compiled any more is passed over, aloud.
func (s *Service) recognise(ctx context.Context, subject, text string) (hit, bool, error) {
	list, err := patterns(ctx, s.o.Pool, `WHERE enabled`, args{})
	if err != nil {
		return hit{}, false, err
	}
	for _, p := range list {
		c, err := s.compiled(p)
		if err != nil {
			s.o.Log.Warn("a pattern of the institute's mails is wrong", "pattern", p.ID, "error", err)
			continue
		}
		if found, ok := c.Find(subject, text); ok {
			return hit{p, found}, true, nil
		}
	}
	return hit{}, false, nil
}

// compiled is a version of a pattern ready for use. A version never changes, so it is made once.
func (s *Service) compiled(p Pattern) (pattern.Compiled, error) {
	key := fmt.Sprint(p.ID, p.Version)
	if c, ok := s.ready.Load(key); ok {
		return c.(pattern.Compiled), nil
	}
	c, err := pattern.Compile(p.Expressions())
	if err == nil {
		s.ready.Store(key, c)
	}
	return c, err
}
