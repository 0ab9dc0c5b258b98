package payment

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/jobs"
)

// callback is what the bank posts about a payment. Nothing in it is signed: whoever knows the secret of the
// invoice could have sent it, so it only makes us ask.
type callback struct {
	InvoiceID  loose `json:"invoiceId"`
	SecretHash loose `json:"secret_hash"`
	Amount     loose `json:"amount"`
	Currency   loose `json:"currency"`
	Terminal   loose `json:"terminal"`
}

// maxCallbacks bounds what the ledger keeps of what is posted about one invoice; the address is public.
const (
	maxCallbacks = 100
	callbackSize = 64 << 10 // bytes; the bank's messages have about two thousand
)

// Callback takes what the bank posted. It writes it down and has the bank asked; it decides nothing and
// answers at once. A body that is no message of the bank, or of an invoice that we do not have, is
// fault.Invalid and changes nothing; a message with a wrong secret is written down and not followed.
func (s *Service) Callback(ctx context.Context, body []byte) error {
	var c callback
	if len(body) > callbackSize {
		return fault.New(fault.TooLarge, "payment.callback")
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return fault.Wrap(err, fault.Invalid, "payment.callback")
	}
	i, err := byNumber(ctx, s.pool, string(c.InvoiceID))
	if fault.Is(err, fault.NotFound) {
		s.log.Warn("the bank's message is about an invoice that is not ours")
		return fault.Wrap(err, fault.Invalid, "payment.callback")
	}
	if err != nil {
		return err
	}
	verdict := s.judge(c, i)
	if verdict != "ok" {
		s.log.Warn("the bank's message differs from the invoice", "invoice", i.ID, "how", verdict)
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := s.noteCallback(ctx, tx, i.ID, verdict, body); err != nil {
			return err
		}
		if verdict == "wrong_secret" || s.bank == nil {
			return nil
		}
		_, err := tx.Exec(ctx, `UPDATE invoice SET ask_at = @now WHERE id = @id AND started_at IS NOT NULL AND state NOT IN ('paid', 'refund_due', 'refunded')`,
			pgx.StrictNamedArgs{"now": s.clock.Now(), "id": i.ID})
		if err != nil {
			return fmt.Errorf("asking the bank after its message: %w", err)
		}
		if s.Jobs == nil {
			return nil
		}
		return s.Jobs.Insert(ctx, tx, ConfirmArgs{InvoiceID: i.ID}, jobs.Options{Attempts: 3})
	})
}

// judge holds a message against the invoice; the secret first, in constant time.
func (s *Service) judge(c callback, i Invoice) string {
	if subtle.ConstantTimeCompare([]byte(c.SecretHash), []byte(s.secretOf(i.Number))) != 1 {
		return "wrong_secret"
	}
	if amount, err := ParseTiyn(string(c.Amount)); err != nil || amount != i.Total {
		return WrongAmount
	}
	if c.Currency != currency {
		return WrongCurrency
	}
	if s.bank != nil && (Transaction{Terminal: c.Terminal}).foreign(i.Number, s.bank.o.Terminal) {
		return WrongTerminal
	}
	return "ok"
}

func (s *Service) noteCallback(ctx context.Context, tx pgx.Tx, invoice uuid.UUID, verdict string, body []byte) error {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM payment_event WHERE invoice_id = $1 AND kind = 'callback'`, invoice).Scan(&n)
	if err != nil {
		return fmt.Errorf("counting the bank's messages: %w", err)
	}
	if n >= maxCallbacks {
		return nil
	}
	return s.note(ctx, tx, &invoice, "callback", verdict, cleaned(body))
}

// Work is the job that asks the bank about one invoice.
func (s *Service) Work(ctx context.Context, j jobs.Job[ConfirmArgs]) error {
	_, err := s.Confirm(ctx, j.Args.InvoiceID)
	return err
}
