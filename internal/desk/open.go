package desk

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/postgres"
)

// Submitted begins the case of an application whose signatures are all there, or brings it back after an
// answer. It is called in the transaction of the last signature or of the answer. What an expert concluded
// about another statement is void.
func (s *Service) Submitted(ctx context.Context, tx pgx.Tx, f filing.Filing) error {
	now := s.o.Clock.Now()
	_, err := tx.Exec(ctx, `
		INSERT INTO desk_case AS c (filing_id, opened_at, changed_at, statement)
		VALUES (@id, @now, @now, `+statementSQL+`)
		ON CONFLICT (filing_id) DO UPDATE SET version = c.version + 1, changed_at = @now, changed_by = '', answered_at = @now, statement = excluded.statement,
			conclusion   = CASE WHEN c.statement = excluded.statement THEN c.conclusion ELSE '' END,
			ground       = CASE WHEN c.statement = excluded.statement THEN c.ground ELSE '' END,
			concluded_at = CASE WHEN c.statement = excluded.statement THEN c.concluded_at END,
			concluded_by = CASE WHEN c.statement = excluded.statement THEN c.concluded_by ELSE '' END`,
		args{"id": f.ID, "now": now})
	if err != nil {
		return fmt.Errorf("beginning a case of the desk: %w", err)
	}
	return nil
}

// statementSQL is the statement in force of filing @id.
const statementSQL = `coalesce((SELECT t.sha256 FROM filing_statement t WHERE t.filing_id = @id AND t.voided_at IS NULL), '')`

// ensure begins a case that there is not yet: the institute may go on while signatures are waited for here.
func (s *Service) ensure(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	_, err := tx.Exec(ctx, `INSERT INTO desk_case (filing_id, opened_at, changed_at, statement)
		SELECT f.id, @now, @now, `+statementSQL+` FROM filing f WHERE f.id = @id AND f.submitted_at IS NOT NULL
		ON CONFLICT (filing_id) DO NOTHING`, args{"id": id, "now": s.o.Clock.Now()})
	if err != nil {
		return fmt.Errorf("beginning a case of the desk: %w", err)
	}
	return nil
}

// Withdrawn is called in the transaction in which the applicant takes an application back. Once the register
// has the work, that is too late.
func (s *Service) Withdrawn(ctx context.Context, tx pgx.Tx, f filing.Filing) error {
	c, err := readCase(ctx, tx, f.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.IssuingAt != nil {
		return fault.New(fault.Conflict, "office.error.being_issued")
	}
	return s.touch(ctx, tx, f.ID)
}

// touch makes whoever has the case open see that it changed without them.
func (s *Service) touch(ctx context.Context, db postgres.DB, id uuid.UUID) error {
	_, err := db.Exec(ctx, `UPDATE desk_case SET version = version + 1, changed_at = @now, changed_by = '' WHERE filing_id = @id`,
		args{"id": id, "now": s.o.Clock.Now()})
	if err != nil {
		return fmt.Errorf("noting a change of a case: %w", err)
	}
	return nil
}
