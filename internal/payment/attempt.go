package payment

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/i18n"
	"kualik/internal/postgres"
)

// Attempt is a payment that the bank rejected.
type Attempt struct {
	InvoiceID     uuid.UUID
	TransactionID string
	At            time.Time
	Code          string // of the bank
	Words         string // the bank's own
	CardMask      string
}

// Attempts lists what the bank rejected under an invoice, in order.
func (s *Service) Attempts(ctx context.Context, invoice uuid.UUID) ([]Attempt, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT invoice_id, transaction_id, at, code, words, card_mask FROM payment_attempt WHERE invoice_id = $1 ORDER BY at, transaction_id`, invoice)
	if err != nil {
		return nil, fmt.Errorf("listing attempts to pay: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Attempt])
	if err != nil {
		return nil, fmt.Errorf("listing attempts to pay: %w", err)
	}
	return list, nil
}

// addAttempt adds an attempt unless it is known, and counts all of the invoice.
func addAttempt(ctx context.Context, db postgres.DB, a Attempt) (int, error) {
	_, err := db.Exec(ctx, `
		INSERT INTO payment_attempt (invoice_id, transaction_id, at, code, words, card_mask)
		VALUES (@invoice, @transaction, @at, @code, @words, @mask) ON CONFLICT ON CONSTRAINT payment_attempt_once DO NOTHING`,
		pgx.StrictNamedArgs{"invoice": a.InvoiceID, "transaction": a.TransactionID, "at": a.At, "code": a.Code, "words": a.Words, "mask": a.CardMask})
	if err != nil {
		return 0, fmt.Errorf("counting an attempt to pay: %w", err)
	}
	var n int
	if err := db.QueryRow(ctx, `SELECT count(*) FROM payment_attempt WHERE invoice_id = $1`, a.InvoiceID).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting attempts to pay: %w", err)
	}
	return n, nil
}

// meanings are the bank's reason codes that a payer can do something about (epayment.kz, "kody oshibok").
var meanings = map[string]string{
	"454": "not_final", "455": "three_d", "457": "expiry", "459": "card_number", "465": "blocked", "473": "three_d", "476": "later",
	"484": "money", "485": "expiry", "499": "three_d",
}

// Meaning says what the bank's rejection means and what the payer can do; empty for codes without a
// sentence of ours, where the bank's own words are shown alone.
func (a Attempt) Meaning(l i18n.Lang) string {
	if m := meanings[a.Code]; m != "" {
		return i18n.T(l, "payment.bank_reason."+m)
	}
	return ""
}
