package issuing

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

// args are the named arguments of a statement.
type args = pgx.StrictNamedArgs

func exec(ctx context.Context, db postgres.DB, doing, sql string, a args) error {
	if _, err := db.Exec(ctx, sql, a); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

var errNotFound = fault.New(fault.NotFound, "issuing.error.not_found")

const entryColumns = `e.id, e.n, e.version, e.filing_id, e.state, e.registered_on, e.issued_on, e.application_no, e.filed_on, e.title, e.kind,
	e.created_on, e.authors, e.office, e.token, e.cause, e.reason, e.prepared_at, e.prepared_by, e.attempts, e.failure, e.sealed_at, e.seal,
	e.sha256, e.size, e.ended_at, e.ended_by, e.end_reason`

func entries(ctx context.Context, db postgres.DB, rest string, a args) ([]Entry, error) {
	return collect[Entry](ctx, db, "entries of the register", `SELECT `+entryColumns+` FROM issuing_entry e `+rest, a)
}

func collect[T any](ctx context.Context, db postgres.DB, what, sql string, a args) ([]T, error) {
	rows, err := db.Query(ctx, sql, a)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	return list, nil
}

func first[T any](list []T, err error) (T, error) {
	if err == nil && len(list) == 0 {
		err = errNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return list[0], nil
}

// lockVersions reads all versions of an entry's number, the newest first, and holds them until the
// transaction ends. The lock is on the number: a version that another transaction adds is waited for.
func lockVersions(ctx context.Context, tx pgx.Tx, id uuid.UUID) ([]Entry, error) {
	err := exec(ctx, tx, "holding a number of the register", `SELECT n FROM issuing_number WHERE n = (SELECT n FROM issuing_entry WHERE id = @id) FOR UPDATE`, args{"id": id})
	if err != nil {
		return nil, err
	}
	list, err := entries(ctx, tx, `WHERE e.n = (SELECT n FROM issuing_entry WHERE id = @id) ORDER BY e.version DESC`, args{"id": id})
	if err == nil && len(list) == 0 {
		err = errNotFound
	}
	return list, err
}

func insertEntry(ctx context.Context, tx pgx.Tx, e Entry) error {
	authors, err := json.Marshal(e.Authors)
	if err != nil {
		return fmt.Errorf("writing the authors of an entry: %w", err)
	}
	return exec(ctx, tx, "entering in the register", `
		INSERT INTO issuing_entry (id, n, version, filing_id, state, registered_on, issued_on, application_no, filed_on, title, kind, created_on,
			authors, office, token, cause, reason, prepared_at, prepared_by, search)
		VALUES (@id, @n, @version, @filing_id, @state, @registered_on, @issued_on, @application_no, @filed_on, @title, @kind, @created_on,
			@authors, @office, @token, @cause, @reason, @prepared_at, @prepared_by, @search)`,
		args{"id": e.ID, "n": e.Number, "version": e.Version, "filing_id": e.FilingID, "state": string(e.State), "registered_on": e.RegisteredOn,
			"issued_on": e.IssuedOn, "application_no": e.ApplicationNo, "filed_on": e.FiledOn, "title": e.Title, "kind": e.Kind,
			"created_on": e.CreatedOn, "authors": authors, "office": e.Office, "token": e.Token, "cause": string(e.Cause), "reason": e.Reason,
			"prepared_at": e.PreparedAt, "prepared_by": e.PreparedBy, "search": searchText(e)})
}

// searchText is what the public search looks in: only what is printed.
func searchText(e Entry) string {
	return person.SearchText(fmt.Sprint(e.Number, " ", e.Title, " ", strings.Join(e.Mentioned(), " ")))
}

// end takes an entry out of use.
func (s *Service) end(ctx context.Context, tx pgx.Tx, who audit.Actor, e *Entry, to State, reason string) error {
	now := s.o.Clock.Now()
	e.State, e.EndedAt, e.EndedBy, e.EndReason = to, &now, who.Name, reason
	return exec(ctx, tx, "ending an entry of the register", `UPDATE issuing_entry SET state = @state, ended_at = @now, ended_by = @by, end_reason = @reason WHERE id = @id`,
		args{"id": e.ID, "state": string(to), "now": now, "by": who.Name, "reason": reason})
}
