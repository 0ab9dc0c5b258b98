package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/postgres"
)

const invoiceColumns = `id, number, subject_kind, subject_id, account_id, service, reduction, description, replaces,
	priced_on, list_tiyn AS list, share, base_tiyn AS base, vat_rate AS vat_percent, vat_tiyn AS vat, commission_tiyn AS commission,
	total_tiyn AS total, state, reason, means, formed_at, updated_at, started_at, deadline, attempts, payer_lang,
	ask_at, asked_at, asks, bank_says, unknown_since, taken_tiyn AS taken, refunded_tiyn AS refunded_sum, transaction_id, approval_code,
	reference, card_mask, document, paid_at, refund_reason, refund_by, refund_tries, refund_asked_at, refunded_at`

func one(ctx context.Context, db postgres.DB, where string, args pgx.StrictNamedArgs) (Invoice, error) {
	rows, err := db.Query(ctx, `SELECT `+invoiceColumns+` FROM invoice WHERE `+where, args)
	if err != nil {
		return Invoice{}, fmt.Errorf("reading an invoice: %w", err)
	}
	i, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Invoice])
	if errors.Is(err, pgx.ErrNoRows) {
		return Invoice{}, fault.New(fault.NotFound, "payment.not_found")
	}
	if err != nil {
		return Invoice{}, fmt.Errorf("reading an invoice: %w", err)
	}
	return i, nil
}

func get(ctx context.Context, db postgres.DB, id uuid.UUID) (Invoice, error) {
	return one(ctx, db, `id = @id`, pgx.StrictNamedArgs{"id": id})
}

func getLocked(ctx context.Context, db postgres.DB, id uuid.UUID) (Invoice, error) {
	return one(ctx, db, `id = @id FOR UPDATE`, pgx.StrictNamedArgs{"id": id})
}

func byNumber(ctx context.Context, db postgres.DB, number string) (Invoice, error) {
	return one(ctx, db, `number = @number`, pgx.StrictNamedArgs{"number": number})
}

func many(ctx context.Context, db postgres.DB, rest string, args pgx.StrictNamedArgs) ([]Invoice, error) {
	rows, err := db.Query(ctx, `SELECT `+invoiceColumns+` FROM invoice `+rest, args)
	if err != nil {
		return nil, fmt.Errorf("listing invoices: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Invoice])
	if err != nil {
		return nil, fmt.Errorf("listing invoices: %w", err)
	}
	return list, nil
}

// ofSubject lists the invoices of a debt, the newest first; the caller holds the subject's turn.
func ofSubject(ctx context.Context, db postgres.DB, kind string, id uuid.UUID) ([]Invoice, error) {
	return many(ctx, db, `WHERE subject_kind = @kind AND subject_id = @id ORDER BY id DESC`, pgx.StrictNamedArgs{"kind": kind, "id": id})
}

// Numbers run from 100001 without leading zeros, which not everybody keeps. From 1000000 on the last six
// digits are those that were left out, and at 1100000 the supply of unique ones is used up.
const (
	numbersEnd = 1_100_000
	numbersLow = 1_090_000
)

// nextNumber takes a number within tx; it is given again when tx is rolled back, so there are no gaps.
func nextNumber(ctx context.Context, tx pgx.Tx) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `UPDATE invoice_counter SET last = last + 1 WHERE last < $1 RETURNING last`, numbersEnd-1).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.Unavailable, "payment.numbers_used_up")
	}
	if err != nil {
		return 0, fmt.Errorf("taking an invoice's number: %w", err)
	}
	return n, nil
}

func insert(ctx context.Context, db postgres.DB, i Invoice) error {
	_, err := db.Exec(ctx, `
		INSERT INTO invoice (id, number, subject_kind, subject_id, account_id, service, reduction, description, replaces, priced_on,
			list_tiyn, share, base_tiyn, vat_rate, vat_tiyn, commission_tiyn, total_tiyn, state, formed_at, updated_at)
		VALUES (@id, @number, @subject_kind, @subject_id, @account_id, @service, @reduction, @description, @replaces, @priced_on,
			@list, @share, @base, @vat_rate, @vat, @commission, @total, @state, @formed_at, @updated_at)`,
		pgx.StrictNamedArgs{"id": i.ID, "number": i.Number, "subject_kind": i.SubjectKind, "subject_id": i.SubjectID, "account_id": i.AccountID,
			"service": i.Service, "reduction": i.Reduction, "description": i.Description, "replaces": i.Replaces, "priced_on": i.PricedOn,
			"list": int64(i.List), "share": int64(i.Share), "base": int64(i.Base), "vat_rate": int64(i.VATPercent), "vat": int64(i.VAT),
			"commission": int64(i.Commission), "total": int64(i.Total), "state": string(i.State), "formed_at": i.FormedAt, "updated_at": i.UpdatedAt})
	if err != nil {
		return fmt.Errorf("forming an invoice: %w", err)
	}
	return nil
}

// update writes what changes in an invoice: everything but its lines.
func update(ctx context.Context, db postgres.DB, i Invoice) error {
	_, err := db.Exec(ctx, `
		UPDATE invoice SET state = @state, reason = @reason, means = @means, updated_at = @updated_at, started_at = @started_at,
			deadline = @deadline, attempts = @attempts, payer_lang = @payer_lang, ask_at = @ask_at, asked_at = @asked_at, asks = @asks,
			bank_says = @bank_says, unknown_since = @unknown_since, taken_tiyn = @taken, refunded_tiyn = @refunded,
			transaction_id = @transaction_id, approval_code = @approval_code, reference = @reference, card_mask = @card_mask,
			document = @document, paid_at = @paid_at, refund_reason = @refund_reason, refund_by = @refund_by,
			refund_tries = @refund_tries, refund_asked_at = @refund_asked_at, refunded_at = @refunded_at
		WHERE id = @id`,
		pgx.StrictNamedArgs{"id": i.ID, "state": string(i.State), "reason": i.Reason, "means": i.Means, "updated_at": i.UpdatedAt,
			"started_at": i.StartedAt, "deadline": i.Deadline, "attempts": i.Attempts, "payer_lang": i.PayerLang, "ask_at": i.AskAt,
			"asked_at": i.AskedAt, "asks": i.Asks, "bank_says": i.BankSays, "unknown_since": i.UnknownSince, "taken": int64(i.Taken),
			"refunded": int64(i.RefundedSum), "transaction_id": i.TransactionID, "approval_code": i.ApprovalCode, "reference": i.Reference,
			"card_mask": i.CardMask, "document": i.Document, "paid_at": i.PaidAt, "refund_reason": i.RefundReason, "refund_by": i.RefundBy,
			"refund_tries": i.RefundTries, "refund_asked_at": i.RefundAskedAt, "refunded_at": i.RefundedAt})
	if err != nil {
		return fmt.Errorf("changing an invoice: %w", err)
	}
	return nil
}

// Get reads an invoice; fault.NotFound when there is none.
func (s *Service) Get(ctx context.Context, id uuid.UUID) (Invoice, error) {
	return get(ctx, s.pool, id)
}

// Filter of a list of invoices; what is empty does not limit.
type Filter struct {
	SubjectKind string
	SubjectID   uuid.UUID
	AccountID   uuid.UUID
	States      []State
	Search      string    // a number, or its beginning
	Before      uuid.UUID // the last one already seen
	Limit       int       // 0: 100
}

// Invoices lists invoices, the newest first.
func (s *Service) Invoices(ctx context.Context, f Filter) ([]Invoice, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	return many(ctx, s.pool, f.where()+` AND (@before::uuid = '00000000-0000-0000-0000-000000000000' OR id < @before)
		AND (cardinality(@states::text[]) = 0 OR state = ANY(@states)) ORDER BY id DESC LIMIT @limit`, f.args(true))
}

// Counts gives the number of invoices in each state, of those that the filter without its states lists.
func (s *Service) Counts(ctx context.Context, f Filter) (map[State]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT state, count(*) FROM invoice `+f.where()+` GROUP BY state`, f.args(false))
	if err != nil {
		return nil, fmt.Errorf("counting invoices: %w", err)
	}
	counts := map[State]int{}
	var state State
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&state, &n}, func() error { counts[state] = n; return nil }); err != nil {
		return nil, fmt.Errorf("counting invoices: %w", err)
	}
	return counts, nil
}

func (f Filter) where() string {
	return `WHERE (@subject_kind = '' OR subject_kind = @subject_kind)
		AND (@subject_id::uuid = '00000000-0000-0000-0000-000000000000' OR subject_id = @subject_id)
		AND (@account_id::uuid = '00000000-0000-0000-0000-000000000000' OR account_id = @account_id)
		AND starts_with(number, @search)`
}

func (f Filter) args(list bool) pgx.StrictNamedArgs {
	args := pgx.StrictNamedArgs{"subject_kind": f.SubjectKind, "subject_id": f.SubjectID, "account_id": f.AccountID, "search": f.Search}
	if list {
		states := make([]string, len(f.States))
		for n, s := range f.States {
			states[n] = string(s)
		}
		args["states"], args["before"], args["limit"] = states, f.Before, f.Limit
	}
	return args
}
