package filing

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// statementRow is a statement as stored.
type statementRow struct {
	Statement
	FilingID uuid.UUID `db:"filing_id"`
	File     string    `db:"file"`
}

const statementColumns = `id, filing_id, number, lang, sha256, size, file, formed_at, formed_by, voided_at, voided_by`

func statementRows(ctx context.Context, db postgres.DB, filing uuid.UUID) ([]statementRow, error) {
	rows, err := db.Query(ctx, `SELECT `+statementColumns+` FROM filing_statement WHERE filing_id = @id ORDER BY number`, args{"id": filing})
	if err != nil {
		return nil, fmt.Errorf("reading statements: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[statementRow])
	if err != nil {
		return nil, fmt.Errorf("reading statements: %w", err)
	}
	return list, addSignatures(ctx, db, list)
}

// statements are the present one, nil when there is none, and the void ones.
func statements(ctx context.Context, db postgres.DB, filing uuid.UUID) (now *Statement, voided []Statement, err error) {
	list, err := statementRows(ctx, db, filing)
	for _, r := range list {
		if r.VoidedAt == nil {
			now = &r.Statement
		} else {
			voided = append(voided, r.Statement)
		}
	}
	return now, voided, err
}

// current is the statement that is in force; a filing past the draft has one.
func current(ctx context.Context, db postgres.DB, filing uuid.UUID) (statementRow, error) {
	list, err := statementRows(ctx, db, filing)
	if err != nil {
		return statementRow{}, err
	}
	i := slices.IndexFunc(list, func(r statementRow) bool { return r.VoidedAt == nil })
	if i < 0 {
		return statementRow{}, errStatement
	}
	return list[i], nil
}

func addSignatures(ctx context.Context, db postgres.DB, list []statementRow) error {
	ids := make([]uuid.UUID, 0, len(list))
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	rows, err := db.Query(ctx, `SELECT g.statement_id, g.participant_id, p.name, g.at, g.evidence_id FROM filing_signature g
		JOIN filing_participant p ON p.id = g.participant_id WHERE g.statement_id = ANY(@ids) ORDER BY g.at, g.participant_id`, args{"ids": ids})
	if err != nil {
		return fmt.Errorf("reading signatures: %w", err)
	}
	var of uuid.UUID
	var sig StatementSignature
	_, err = pgx.ForEachRow(rows, []any{&of, &sig.Participant, &sig.Name, &sig.At, &sig.Evidence}, func() error {
		i := slices.IndexFunc(list, func(r statementRow) bool { return r.ID == of })
		list[i].Signatures = append(list[i].Signatures, sig)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading signatures: %w", err)
	}
	return nil
}

func statementLabel(id uuid.UUID) string { return "filing statement:" + id.String() }

func insertStatement(ctx context.Context, tx pgx.Tx, r statementRow, version int) error {
	err := exec(ctx, tx, "storing a statement", `
		INSERT INTO filing_statement (id, filing_id, number, lang, sha256, size, file, version, formed_at, formed_by)
		VALUES (@id, @filing, @number, @lang, @sha256, @size, @file, @version, @at, @by)`,
		args{"id": r.ID, "filing": r.FilingID, "number": r.Number, "lang": r.Lang, "sha256": r.SHA256, "size": r.Size, "file": r.File,
			"version": version, "at": r.FormedAt, "by": r.FormedBy})
	if c := postgres.Constraint(err); c == "filing_statement_number" || c == "filing_statement_one" {
		return fault.Wrap(err, fault.Conflict, "filing.error.changed_meanwhile")
	}
	return err
}

// OpenStatement gives the stored bytes of a statement, the present one when statement is uuid.Nil.
func (s *Service) OpenStatement(ctx context.Context, who Who, id, statement uuid.UUID) (Statement, []byte, error) {
	f, _, err := s.look(ctx, who, id, Look)
	if err != nil {
		return Statement{}, nil, err
	}
	list, err := statementRows(ctx, s.o.Pool, f.ID)
	if err != nil {
		return Statement{}, nil, err
	}
	for _, r := range list {
		if r.ID == statement || statement == uuid.Nil && r.VoidedAt == nil {
			if err := s.recordStatement(ctx, who, f, r.Statement); err != nil {
				return Statement{}, nil, err
			}
			data, err := s.statementBytes(ctx, r)
			return r.Statement, data, err
		}
	}
	return Statement{}, nil, errStatement
}

// statementBytes opens the stored bytes and holds them against their hash.
func (s *Service) statementBytes(ctx context.Context, r statementRow) ([]byte, error) {
	data, err := s.openSealed(ctx, r.File, statementLabel(r.ID))
	if err == nil && blob.Sum(data) != r.SHA256 {
		err = fmt.Errorf("statement %s is not what was stored", r.ID)
	}
	return data, err
}
