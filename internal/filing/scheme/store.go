package scheme

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/postgres"
)

func read(ctx context.Context, db postgres.DB, rest string, args pgx.StrictNamedArgs) ([]Scheme, error) {
	rows, err := db.Query(ctx, `SELECT version, name, steps, author, created_at, in_force FROM filing_scheme `+rest, args)
	if err != nil {
		return nil, fmt.Errorf("reading schemes of steps: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Scheme, err error) {
		var steps []byte
		if err := row.Scan(&s.Version, &s.Name, &steps, &s.Author, &s.CreatedAt, &s.InForce); err != nil {
			return s, err
		}
		return s, json.Unmarshal(steps, &s.Steps)
	})
	if err != nil {
		return nil, fmt.Errorf("reading schemes of steps: %w", err)
	}
	return list, nil
}

func one(ctx context.Context, db postgres.DB, rest string, args pgx.StrictNamedArgs) (Scheme, error) {
	list, err := read(ctx, db, rest, args)
	if err != nil {
		return Scheme{}, err
	}
	if len(list) == 0 {
		return Scheme{}, fault.New(fault.NotFound, "filing.scheme.error.none")
	}
	return list[0], nil
}

// Get gives a scheme.
func Get(ctx context.Context, db postgres.DB, version int) (Scheme, error) {
	return one(ctx, db, `WHERE version = @version`, pgx.StrictNamedArgs{"version": version})
}

// InForce gives the scheme under which is submitted now.
func InForce(ctx context.Context, db postgres.DB) (Scheme, error) {
	return one(ctx, db, `WHERE in_force`, pgx.StrictNamedArgs{})
}

// List gives all schemes, the newest first.
func List(ctx context.Context, db postgres.DB) ([]Scheme, error) {
	return read(ctx, db, `ORDER BY version DESC`, pgx.StrictNamedArgs{})
}

// Add stores a scheme under the next version; it is not in force by it. Two that are added at once wait for
// one another.
func Add(ctx context.Context, tx pgx.Tx, s Scheme) (version int, err error) {
	if err := s.Check(); err != nil {
		return 0, err
	}
	steps, err := json.Marshal(s.Steps)
	if err != nil {
		return 0, fmt.Errorf("writing a scheme of steps: %w", err)
	}
	if _, err := tx.Exec(ctx, `LOCK TABLE filing_scheme IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return 0, fmt.Errorf("adding a scheme of steps: %w", err)
	}
	err = tx.QueryRow(ctx, `INSERT INTO filing_scheme (version, name, steps, author, created_at)
		SELECT coalesce(max(version), 0) + 1, @name, @steps, @author, @at FROM filing_scheme RETURNING version`,
		pgx.StrictNamedArgs{"name": s.Name, "steps": steps, "author": s.Author, "at": s.CreatedAt}).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("adding a scheme of steps: %w", err)
	}
	return version, nil
}

// PutInForce makes a scheme the one under which is submitted from now on. What was submitted keeps its own.
func PutInForce(ctx context.Context, tx pgx.Tx, version int) error {
	if _, err := tx.Exec(ctx, `LOCK TABLE filing_scheme IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return fmt.Errorf("putting a scheme of steps in force: %w", err)
	}
	if _, err := Get(ctx, tx, version); err != nil {
		return err
	}
	for _, sql := range []string{`UPDATE filing_scheme SET in_force = false WHERE in_force AND version <> @version`,
		`UPDATE filing_scheme SET in_force = true WHERE version = @version`} {
		if _, err := tx.Exec(ctx, sql, pgx.StrictNamedArgs{"version": version}); err != nil {
			return fmt.Errorf("putting a scheme of steps in force: %w", err)
		}
	}
	return nil
}
