package filing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

const columns = `f.id, f.draft_no, f.service, f.state, f.owner, f.filer_role, f.reduced, f.lang, f.data, f.version, f.changed_by, f.changed_at,
	f.created_at, f.paid_at, f.invoice_id, f.incoming_no, f.barcode, f.submitted_at, f.deadline, f.term_from, f.signed_at, f.ended_at, f.end_reason,
	f.scheme, f.step, f.step_at, f.step_until, f.desk, f.expert, f.query_until, f.issued_at, f.certificate_no, f.certificate_on, f.refusal_ground`

// read gives the filings of a condition.
func read(ctx context.Context, db postgres.DB, rest string, args pgx.StrictNamedArgs) ([]Filing, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM filing f `+rest, args)
	if err != nil {
		return nil, fmt.Errorf("reading filings: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Filing])
	if err != nil {
		return nil, fmt.Errorf("reading filings: %w", err)
	}
	return list, nil
}

func one(ctx context.Context, db postgres.DB, rest string, args pgx.StrictNamedArgs) (Filing, error) {
	list, err := read(ctx, db, rest, args)
	if err != nil {
		return Filing{}, err
	}
	if len(list) == 0 {
		return Filing{}, errNotFound
	}
	return list[0], nil
}

func get(ctx context.Context, db postgres.DB, id uuid.UUID) (Filing, error) {
	return one(ctx, db, `WHERE f.id = @id`, pgx.StrictNamedArgs{"id": id})
}

// lock reads a filing and holds it until the transaction ends: its deeds follow one another.
func lock(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Filing, error) {
	return one(ctx, tx, `WHERE f.id = @id FOR UPDATE`, pgx.StrictNamedArgs{"id": id})
}

func insert(ctx context.Context, tx pgx.Tx, f Filing) error {
	data, err := json.Marshal(f.Data)
	if err != nil {
		return fmt.Errorf("writing a filing's data: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO filing (id, draft_no, service, state, owner, filer_role, reduced, lang, data, version, changed_by, changed_at, created_at, search)
		VALUES (@id, @draft_no, @service, @state, @owner, @filer_role, @reduced, @lang, @data, @version, @changed_by, @changed_at, @changed_at, @search)`,
		pgx.StrictNamedArgs{"id": f.ID, "draft_no": f.DraftNo, "service": string(f.Service), "state": string(f.State), "owner": f.Owner,
			"filer_role": string(f.FilerRole), "reduced": f.Reduced, "lang": string(f.Lang), "data": data, "version": f.Version,
			"changed_by": f.ChangedBy, "changed_at": f.ChangedAt, "search": searchText(f)})
	if err != nil {
		return fmt.Errorf("inserting a filing: %w", err)
	}
	return nil
}

// write stores what a deed changed of the filing itself.
func write(ctx context.Context, tx pgx.Tx, f Filing) error {
	data, err := json.Marshal(f.Data)
	if err != nil {
		return fmt.Errorf("writing a filing's data: %w", err)
	}
	_, err = tx.Exec(ctx, `
		UPDATE filing SET state = @state, reduced = @reduced, lang = @lang, data = @data, version = @version, changed_by = @changed_by,
			changed_at = @changed_at, paid_at = @paid_at, invoice_id = @invoice_id, incoming_no = @incoming_no, barcode = @barcode,
			submitted_at = @submitted_at, deadline = @deadline, term_from = @term_from, signed_at = @signed_at, ended_at = @ended_at,
			end_reason = @end_reason, search = @search, scheme = @scheme, step = @step, step_at = @step_at, step_until = @step_until, desk = @desk,
			expert = @expert, query_until = @query_until, issued_at = @issued_at, certificate_no = @certificate_no,
			certificate_on = @certificate_on, refusal_ground = @refusal_ground
		WHERE id = @id`,
		pgx.StrictNamedArgs{"id": f.ID, "state": string(f.State), "reduced": f.Reduced, "lang": string(f.Lang), "data": data,
			"version": f.Version, "changed_by": f.ChangedBy, "changed_at": f.ChangedAt, "paid_at": f.PaidAt, "invoice_id": f.InvoiceID,
			"incoming_no": f.IncomingNo, "barcode": f.Barcode, "submitted_at": f.SubmittedAt, "deadline": f.Deadline,
			"term_from": f.TermFrom, "signed_at": f.SignedAt, "ended_at": f.EndedAt, "end_reason": f.EndReason, "search": searchText(f),
			"scheme": f.Scheme, "step": f.Step, "step_at": f.StepAt, "step_until": f.StepUntil, "desk": f.Desk, "expert": f.Expert,
			"query_until": f.QueryUntil, "issued_at": f.IssuedAt, "certificate_no": f.CertificateNo, "certificate_on": f.CertificateOn,
			"refusal_ground": f.RefusalGround})
	if err != nil {
		return fmt.Errorf("writing a filing: %w", err)
	}
	return nil
}

// move changes the state; a step that the table of moves does not know is a mistake of ours.
func (f *Filing) move(to State) error {
	if !leads(f.State, to) {
		return fault.Wrap(fmt.Errorf("a filing does not go from %s to %s", f.State, to), fault.Internal, "filing.error.move")
	}
	f.State = to
	return nil
}

func searchText(f Filing) string {
	return person.SearchText(fmt.Sprint(f.DraftNo, " ", f.IncomingNo, " ", f.Barcode, " ", f.Data.Title, " ", f.Data.CertificateNo, " ", f.CertificateNo))
}

// count takes the next number of a counter, held until the transaction ends: if that is undone, the number
// was never given.
func count(ctx context.Context, tx pgx.Tx, name string) (n int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO filing_counter (name, last) VALUES (@name, 1)
		ON CONFLICT (name) DO UPDATE SET last = filing_counter.last + 1 RETURNING last`, pgx.StrictNamedArgs{"name": name}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("taking a number of %s: %w", name, err)
	}
	return n, nil
}

// numberHash is the keyed hash of the personal number that an account has proven with EDS; nil when none.
// Accounts hash it with the same label, so that it can be held against participants.
func numberHash(ctx context.Context, db postgres.DB, account uuid.UUID) (hash []byte, err error) {
	err = db.QueryRow(ctx, `SELECT iin_hash FROM account WHERE id = @id`, pgx.StrictNamedArgs{"id": account}).Scan(&hash)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("reading whose number an account has: %w", err)
	}
	return hash, nil
}

// args are the named arguments of a statement.
type args = pgx.StrictNamedArgs

func exec(ctx context.Context, db postgres.DB, doing, sql string, a args) error {
	if _, err := db.Exec(ctx, sql, a); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

func (s *Service) inTx(ctx context.Context, do func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.o.Pool, do)
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
