package web

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Facts are the counts and the name in the frame of every page.
type Facts struct {
	University   string     `db:"university"`
	Staff        int        `db:"staff"`
	Applications int        `db:"applications"`
	Certificates int        `db:"certificates"`
	Review       int        `db:"review"`
	Unaccounted  int        `db:"unaccounted"`
	LastPollAt   *time.Time `db:"last_poll"`
	LastPoll     time.Time  `db:"-"`
}

// factsCache spares the database: the frame may be a few seconds old.
type factsCache struct {
	mu    sync.Mutex
	until time.Time
	facts Facts
}

const factsLife = 3 * time.Second

func (s *Server) shellFacts(ctx context.Context) (Facts, error) {
	now := s.Clock.Now()
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	if now.Before(s.facts.until) {
		return s.facts.facts, nil
	}
	rows, err := s.Pool.Query(ctx, `
		SELECT coalesce((SELECT value->>0 FROM setting WHERE name = 'university'), '') AS university,
			(SELECT count(*) FROM staff WHERE NOT absent) AS staff,
			(SELECT count(*) FROM application WHERE NOT absent) AS applications,
			(SELECT count(*) FROM certificate WHERE merged_into IS NULL AND reading <> 'rejected') AS certificates,
			(SELECT count(*) FROM certificate c WHERE c.merged_into IS NULL AND c.reading <> 'rejected' AND
				(c.reading = 'review' OR c.application_decision = 'review' OR EXISTS
					(SELECT FROM certificate_author a WHERE a.certificate_id = c.id AND a.decision = 'review')))
			+ (SELECT count(*) FROM message m WHERE m.outcome = 'quarantined' AND NOT EXISTS (
				SELECT FROM receipt r JOIN certificate c ON c.id = r.certificate_id
				WHERE r.message_id = m.id AND c.merged_into IS NULL AND c.reading = 'review')) AS review,
			(SELECT count(*) FROM message WHERE outcome = 'pending') AS unaccounted,
			(SELECT max(last_good_at) FROM mailbox WHERE enabled) AS last_poll`)
	if err != nil {
		return Facts{}, fmt.Errorf("counting for the frame: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Facts])
	if err != nil {
		return Facts{}, fmt.Errorf("counting for the frame: %w", err)
	}
	if f.LastPollAt != nil {
		f.LastPoll = *f.LastPollAt
	}
	s.facts.facts, s.facts.until = f, now.Add(factsLife)
	return f, nil
}

// stale makes the next page count anew, after something was changed here.
func (s *Server) stale() {
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	s.facts.until = time.Time{}
}

// saveSetting keeps one of the university's settings.
func (s *Server) saveSetting(ctx context.Context, name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("writing setting %s: %w", name, err)
	}
	_, err = s.Pool.Exec(ctx, `INSERT INTO setting (name, value, changed_at) VALUES (@name, @value, @at)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`,
		pgx.StrictNamedArgs{"name": name, "value": data, "at": s.Clock.Now()})
	if err != nil {
		return fmt.Errorf("writing setting %s: %w", name, err)
	}
	s.stale()
	return nil
}

// university is the name in the frame; it is set in the first run and in the settings.
func (s *Server) setUniversity(ctx context.Context, name string) error {
	return s.saveSetting(ctx, "university", []string{name})
}
