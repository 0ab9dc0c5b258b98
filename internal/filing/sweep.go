package filing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	tryAgain = time.Minute      // a try that was cut off is taken up again after this
	alarm    = 10 * time.Minute // and the office is told after this
	checkAge = time.Minute
)

// Sweep does what time makes necessary, wherever it stands: reminders, ends of terms, submissions that were
// cut off, documents that nobody read. It may be called as often as one likes, by several processes.
func (s *Service) Sweep(ctx context.Context) error {
	var errs []error
	now := s.o.Clock.Now()
	each := func(doing, sql string, a args, do func(context.Context, uuid.UUID) error) {
		ids, err := s.ids(ctx, doing, sql, a)
		for _, id := range ids {
			err = errors.Join(err, do(ctx, id))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", doing, err))
		}
	}
	each("submissions that were cut off", `SELECT id FROM filing_submission WHERE state = 'recorded' AND at < @before ORDER BY at LIMIT 100`,
		args{"before": now.Add(-tryAgain)}, s.resume)
	each("ends of terms", `SELECT id FROM filing WHERE state = 'submitted' AND deadline < @now ORDER BY deadline LIMIT 1000`, args{"now": now}, s.expire)
	each("reminders", `SELECT f.id FROM filing f WHERE f.state IN ('submitted', 'paid', 'amended') AND f.deadline >= @now AND f.term_from IS NOT NULL
		ORDER BY f.deadline LIMIT 10000`, args{"now": now}, s.remindAll)
	each("reminders of queries", `SELECT id FROM filing WHERE state IN ('queried', 'amending', 'amended') AND query_until >= @now
		ORDER BY query_until LIMIT 10000`, args{"now": now}, s.remindQuery)
	each("documents to be read", `SELECT c.document_id FROM filing_check c JOIN filing_document d ON d.id = c.document_id
		WHERE d.replaced_at IS NULL AND c.asked <> c.checked AND c.asked_at < @before AND c.attempts < @attempts ORDER BY c.asked_at LIMIT 20`,
		args{"before": now.Add(-checkAge), "attempts": checkAttempts}, s.checkDocument)
	return errors.Join(errs...)
}

func (s *Service) ids(ctx context.Context, doing, sql string, a args) ([]uuid.UUID, error) {
	rows, err := s.o.Pool.Query(ctx, sql, a)
	if err != nil {
		return nil, fmt.Errorf("looking for %s: %w", doing, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// resume takes up a submission that was cut off: its signature is in the store, so the number can still be
// given. The office is told once when that does not succeed.
func (s *Service) resume(ctx context.Context, id uuid.UUID) error {
	list, err := submissions(ctx, s.o.Pool, `WHERE id = @id AND state = 'recorded'`, args{"id": id})
	if err != nil || len(list) == 0 {
		return err
	}
	try := list[0]
	_, err = s.submit(ctx, Who{ID: try.AccountID, Name: try.AccountName, Means: system.Means}, try)
	if err == nil {
		return nil
	}
	if s.o.Clock.Now().Sub(try.At) < alarm || try.AlarmedAt != nil {
		return nil // noted and logged where it failed
	}
	return s.alarmOffice(ctx, id)
}

// alarmOffice tells the office of an application that is paid and signed and has no number.
func (s *Service) alarmOffice(ctx context.Context, id uuid.UUID) error {
	office := s.office(ctx)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		list, err := submissions(ctx, tx, `WHERE id = @id AND state = 'recorded' AND alarmed_at IS NULL FOR UPDATE`, args{"id": id})
		if err != nil || len(list) == 0 {
			return err
		}
		f, err := get(ctx, tx, list[0].FilingID)
		if err != nil {
			return err
		}
		if err := exec(ctx, tx, "raising an alarm", `UPDATE filing_submission SET alarmed_at = @now WHERE id = @id`,
			args{"id": id, "now": s.o.Clock.Now()}); err != nil {
			return err
		}
		if err := s.tellOffice(ctx, tx, office, f, "stuck_office", id.String(), "At", list[0].At); err != nil {
			return err
		}
		if err := s.tellFiler(ctx, tx, f, "stuck", id.String(), "At", list[0].At); err != nil {
			return err
		}
		return s.record(ctx, tx, system, f, "stuck", map[string]any{"submission": id}, "")
	})
}

// Stuck counts the applications that are paid and signed and have no number, for the page of the
// installation's health.
func (s *Service) Stuck(ctx context.Context) (n int, err error) {
	err = s.o.Pool.QueryRow(ctx, `SELECT count(*) FROM filing_submission WHERE state = 'recorded' AND at < $1`, s.o.Clock.Now().Add(-tryAgain)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting stuck submissions: %w", err)
	}
	return n, nil
}
