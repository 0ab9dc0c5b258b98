package application

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

// SetRegistryNo notes the register's own number of an application that was submitted in Kualik. fault.NotFound
// when there is none with that incoming number.
func (s *Store) SetRegistryNo(ctx context.Context, tx pgx.Tx, ref, number string) error {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM application a WHERE a.origin = 'kualik' AND a.application_ref = @ref FOR UPDATE`, pgx.StrictNamedArgs{"ref": ref})
	if err != nil {
		return fmt.Errorf("noting the register's number: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Application])
	if err != nil {
		return fmt.Errorf("noting the register's number: %w", err)
	}
	if len(list) == 0 {
		return fault.New(fault.NotFound, "application.not_found")
	}
	a := list[0]
	if err := (&Store{db: tx}).addAuthors(ctx, []*Application{&a}); err != nil {
		return err
	}
	a.RegistryNo = number
	_, err = tx.Exec(ctx, `UPDATE application SET registry_application_no = @number, search = @search, updated_at = @now WHERE id = @id`,
		pgx.StrictNamedArgs{"id": a.ID, "number": number, "search": searchText(a), "now": s.clock.Now()})
	if err != nil {
		return fmt.Errorf("noting the register's number: %w", err)
	}
	return nil
}
