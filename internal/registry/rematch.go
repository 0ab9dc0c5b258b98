package registry

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Rematch asks the matcher again about every certificate that is not wholly decided by people; after an
// import of staff or applications, or with a newer matcher. It returns how many decisions changed.
func (r *Registry) Rematch(ctx context.Context, progress func(done, of int)) (changed int, err error) {
	rows, err := r.pool.Query(ctx, `
		SELECT c.id FROM certificate c
		WHERE c.merged_into IS NULL AND c.reading <> 'rejected'
		  AND (NOT c.application_human OR EXISTS (
			SELECT FROM certificate_author a WHERE a.certificate_id = c.id AND NOT a.human))
		ORDER BY c.id`)
	if err != nil {
		return 0, fmt.Errorf("certificates to match again: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("certificates to match again: %w", err)
	}
	for i, id := range ids {
		different, err := r.rematchOne(ctx, id)
		if err != nil {
			return changed, err
		}
		if different {
			changed++
		}
		if progress != nil {
			progress(i+1, len(ids))
		}
	}
	return changed, nil
}

// rematchOne matches a certificate again and saves it when a decision or its candidates changed.
func (r *Registry) rematchOne(ctx context.Context, id uuid.UUID) (different bool, err error) {
	err = pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		c, err := Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		before := decisions(c)
		if err := r.match(ctx, tx, &c, ""); err != nil {
			return err
		}
		if decisions(c) == before {
			return nil
		}
		different = true
		return Save(ctx, tx, &c, r.clock.Now())
	})
	return different, err
}

// decisions is the state of the second and third question with the candidates, for comparison.
func decisions(c Certificate) string {
	s := fmt.Sprint(c.ApplicationDecision, c.ApplicationID, c.MatcherVersion)
	for _, cand := range c.Explanation.Candidates {
		s += fmt.Sprintf(" %s %.4f", cand.ID, cand.Score)
	}
	for _, a := range c.Authors {
		s += fmt.Sprint(" | ", a.Decision, a.StaffID)
		for _, cand := range a.Explanation.Candidates {
			s += fmt.Sprintf(" %s %.4f", cand.ID, cand.Score)
		}
	}
	return s
}
