package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// WaitingQuery is a query whose term has passed without an answer: the desk decides.
type WaitingQuery struct {
	Filing
	Letter uuid.UUID `db:"letter"`
	Number string    `db:"letter_number"`
	Asked  time.Time `db:"asked"`
}

// Waiting are the queries whose term has passed, the longest first. They end by an answer, or by what the
// desk decides.
func (s *Service) Waiting(ctx context.Context, db postgres.DB) ([]WaitingQuery, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+`, l.id AS letter, l.number AS letter_number, l.at AS asked
		FROM filing f JOIN filing_letter l ON l.filing_id = f.id AND l.kind = 'query' AND l.closed_at IS NULL
		WHERE f.state IN ('queried', 'amending', 'amended') AND f.query_until < @now ORDER BY f.query_until`, args{"now": s.o.Clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("reading unanswered queries: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[WaitingQuery])
	if err != nil {
		return nil, fmt.Errorf("reading unanswered queries: %w", err)
	}
	return list, nil
}

// OpenRequests are what applicants have asked for after the issue and nobody has answered, oldest first.
func (s *Service) OpenRequests(ctx context.Context, db postgres.DB) ([]Correspondence, error) {
	return letterRows(ctx, db, `WHERE kind IN ('request_correction', 'request_change') AND closed_at IS NULL ORDER BY at`, args{})
}

// remindQuery sends what is due of the reminders of an open query: at half of its term and on its last morning.
func (s *Service) remindQuery(ctx context.Context, id uuid.UUID) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		f, err := lock(ctx, tx, id)
		if err != nil || !f.State.Asked() || f.QueryUntil == nil || s.o.Clock.Now().After(*f.QueryUntil) {
			return err
		}
		q, err := openQuery(ctx, tx, id)
		if err != nil {
			if fault.Is(err, fault.Conflict) {
				return nil
			}
			return err
		}
		sorts := s.dueBetween(*q.At, *f.QueryUntil)
		if len(sorts) == 0 {
			return nil
		}
		people, err := participants(ctx, tx, id)
		if err != nil {
			return err
		}
		filer, last := filerOf(people), sorts[len(sorts)-1]
		sent := false
		for _, sort := range sorts {
			tag, err := tx.Exec(ctx, `INSERT INTO filing_reminder (participant_id, deadline, sort, day, at) VALUES (@id, @deadline, @sort, '2000-01-01', @now)
				ON CONFLICT ON CONSTRAINT filing_reminder_once DO NOTHING`, args{"id": filer.ID, "deadline": *f.QueryUntil, "sort": sort, "now": s.o.Clock.Now()})
			if err != nil {
				return fmt.Errorf("noting a reminder: %w", err)
			}
			sent = sort == last && tag.RowsAffected() == 1
		}
		if !sent {
			return nil
		}
		return s.tell(ctx, tx, f, filer, "query_remind", q.ID.String()+"/"+f.QueryUntil.String()+"/"+last, "Until", *f.QueryUntil, "Letter", q.Number, "Text", q.Text)
	})
}
