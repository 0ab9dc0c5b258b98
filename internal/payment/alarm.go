package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
)

// Kinds of alarms, beside the reasons WrongAmount, PaidTwice, NotWanted, Deleted and RefundRefused. Their
// words are "payment.alarm.…".
const (
	UnknownForADay = "unknown_for_a_day" // the bank has not told for a day whether money was taken
	WrongCurrency  = "wrong_currency"    // the bank speaks of another currency
	WrongTerminal  = "wrong_terminal"    // the bank does not know our terminal, or speaks of another one
	SecondCharge   = "second_charge"     // the bank has two charges under one number
	PartialRefund  = "partial_refund"    // a part was refunded in the bank's own cabinet
	// RefundUnanswered: the bank has been asked for a refund again and again and does not say that it made it
	RefundUnanswered = "refund_unanswered"
	NumbersLow       = "numbers_low" // fewer than 10 000 numbers are left for invoices
)

// Alarm is something about a payment that the office must look at.
type Alarm struct {
	ID        uuid.UUID
	InvoiceID uuid.UUID
	Number    string // of the invoice
	Kind      string
	Detail    string // a sum, or the bank's own words
	RaisedAt  time.Time
	ClosedAt  *time.Time
	ClosedBy  string
	Note      string
}

// alarm raises an alarm once for each kind and invoice.
func (s *Service) alarm(ctx context.Context, tx pgx.Tx, i Invoice, kind, detail string) error {
	a := Alarm{ID: clock.NewID(), InvoiceID: i.ID, Number: i.Number, Kind: kind, Detail: firstWords(detail, 300), RaisedAt: s.clock.Now()}
	tag, err := tx.Exec(ctx, `
		INSERT INTO payment_alarm (id, invoice_id, kind, detail, raised_at) VALUES (@id, @invoice, @kind, @detail, @at)
		ON CONFLICT ON CONSTRAINT payment_alarm_once DO NOTHING`,
		pgx.StrictNamedArgs{"id": a.ID, "invoice": a.InvoiceID, "kind": a.Kind, "detail": a.Detail, "at": a.RaisedAt})
	if err != nil {
		return fmt.Errorf("raising an alarm about a payment: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	for _, h := range s.onAlarm {
		if err := h(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// Alarms lists the alarms that nobody has closed, the oldest first.
func (s *Service) Alarms(ctx context.Context) ([]Alarm, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT a.id, a.invoice_id, i.number, a.kind, a.detail, a.raised_at, a.closed_at, a.closed_by, a.note
		FROM payment_alarm a JOIN invoice i ON i.id = a.invoice_id WHERE a.closed_at IS NULL ORDER BY a.id`)
	if err != nil {
		return nil, fmt.Errorf("listing alarms about payments: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Alarm])
	if err != nil {
		return nil, fmt.Errorf("listing alarms about payments: %w", err)
	}
	return list, nil
}

// CloseAlarm notes what the office did about an alarm; the note must say something.
func (s *Service) CloseAlarm(ctx context.Context, who audit.Actor, id uuid.UUID, note string) error {
	if note = strings.TrimSpace(note); note == "" {
		return fault.New(fault.Invalid, "payment.needs_reason")
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE payment_alarm SET closed_at = @now, closed_by = @by, note = @note WHERE id = @id AND closed_at IS NULL`,
			pgx.StrictNamedArgs{"now": s.clock.Now(), "by": who.ID, "note": note, "id": id})
		if err != nil {
			return fmt.Errorf("closing an alarm about a payment: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.NotFound, "payment.alarm_not_found")
		}
		return s.record(ctx, tx, who, "payment.alarm_closed", "payment_alarm", id, nil, nil, note)
	})
}
