package payment

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/fault"
)

// Refund gives the whole sum of an invoice back; there are no partial refunds. The decision is written down
// first, then the bank is asked; when its answer is lost the invoice stays in RefundAsked and Reconcile goes
// on. What was paid by bank transfer waits for RecordRefund. The reason must say something.
func (s *Service) Refund(ctx context.Context, who audit.Actor, id uuid.UUID, reason string) (Invoice, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Invoice{}, fault.New(fault.Invalid, "payment.needs_reason")
	}
	var decided Invoice
	err := s.inTx(ctx, id, func(tx pgx.Tx, i *Invoice) error {
		if i.State != Paid && i.State != RefundDue || i.Taken == 0 {
			return fault.New(fault.Conflict, "payment.nothing_to_refund")
		}
		if err := run(ctx, tx, s.onRefundAsked, *i); err != nil {
			return err
		}
		before, now := i.State, s.clock.Now()
		i.RefundReason, i.RefundBy, i.RefundAskedAt, i.RefundTries = reason, who.ID, &now, 0
		if err := s.move(ctx, tx, i, RefundAsked, i.Reason); err != nil {
			return err
		}
		decided = *i
		return s.record(ctx, tx, who, "payment.refund", "invoice", i.ID, before, RefundAsked, reason)
	})
	if err != nil || decided.Means != ByCard || s.bank == nil {
		return decided, err
	}
	return s.sendRefund(ctx, id)
}

const (
	refundPause = 45 * time.Second // two processes do not ask for the same refund at once
	refundTries = 10               // unanswered, in about five hours, before the office hears of it
)

// sendRefund asks the bank for a refund that was decided, unless it has been made already, and believes only
// what the bank says afterwards.
func (s *Service) sendRefund(ctx context.Context, id uuid.UUID) (Invoice, error) {
	var i Invoice
	asking := false
	err := s.inTx(ctx, id, func(tx pgx.Tx, now *Invoice) error {
		asking = now.State == RefundAsked && now.Means == ByCard && (now.RefundTries == 0 || s.clock.Now().Sub(now.UpdatedAt) >= refundPause)
		if asking {
			now.RefundTries++
			if err := s.save(ctx, tx, now); err != nil {
				return err
			}
		}
		i = *now
		return nil
	})
	if err != nil || !asking {
		return i, err
	}
	answer := s.bank.status(ctx, i.Number)
	if s.read(i, answer) != Charged {
		return s.settle(ctx, id, answer)
	}
	if err := s.note(ctx, s.pool, &id, "refund", "asked", map[string]any{"sum": i.Taken.String()}); err != nil {
		return i, err
	}
	done, failed := s.bank.refund(ctx, i.TransactionID, i.Number)
	if err := s.noteOperation(ctx, id, "refund", done, failed); err != nil {
		return i, err
	}
	answer = s.bank.status(ctx, i.Number)
	if i, err = s.settle(ctx, id, answer); err != nil {
		return i, err
	}
	if failed == nil && !done.Done && done.http < 500 && answer.Verdict() == Charged {
		return s.refundRefused(ctx, id, done.Words)
	}
	if i.State == RefundAsked && i.RefundTries >= refundTries {
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return s.alarm(ctx, tx, i, RefundUnanswered, answer.words()) })
	}
	return i, err
}

// refundRefused leaves the money to be refunded, for the office to look at.
func (s *Service) refundRefused(ctx context.Context, id uuid.UUID, words string) (refused Invoice, err error) {
	err = s.inTx(ctx, id, func(tx pgx.Tx, i *Invoice) error {
		if i.State == RefundAsked {
			if err := s.move(ctx, tx, i, RefundDue, RefundRefused); err != nil {
				return err
			}
			if err := s.alarm(ctx, tx, *i, RefundRefused, words); err != nil {
				return err
			}
		}
		refused = *i
		return nil
	})
	return refused, err
}

// RecordRefund notes that the office gave the sum of a bank transfer back, with the document that says so.
func (s *Service) RecordRefund(ctx context.Context, who audit.Actor, id uuid.UUID, document string) (back Invoice, err error) {
	if document = strings.TrimSpace(document); document == "" {
		return Invoice{}, fault.New(fault.Invalid, "payment.needs_document")
	}
	err = s.inTx(ctx, id, func(tx pgx.Tx, i *Invoice) error {
		if i.State != RefundAsked || i.Means != ByTransfer {
			return fault.New(fault.Conflict, "payment.nothing_to_refund")
		}
		now := s.clock.Now()
		i.RefundedSum, i.RefundedAt = i.Taken, &now
		if err := s.note(ctx, tx, &i.ID, "refund", document, nil); err != nil {
			return err
		}
		if err := s.move(ctx, tx, i, Refunded, i.Reason); err != nil {
			return err
		}
		back = *i
		if err := s.record(ctx, tx, who, "payment.refund_recorded", "invoice", i.ID, RefundAsked, Refunded, document); err != nil {
			return err
		}
		return run(ctx, tx, s.onRefunded, *i)
	})
	return back, err
}

// RecordTransfer notes that an invoice was paid by bank transfer, with the payment order's number and date.
// Its sum is the invoice's: a transfer of another sum is not recorded. While a session at the bank runs, or
// its end is not known, it is fault.Conflict.
func (s *Service) RecordTransfer(ctx context.Context, who audit.Actor, id uuid.UUID, document string) (paid Invoice, err error) {
	if document = strings.TrimSpace(document); document == "" {
		return Invoice{}, fault.New(fault.Invalid, "payment.needs_document")
	}
	err = s.inTx(ctx, id, func(tx pgx.Tx, i *Invoice) error {
		switch i.State {
		case Open, Expired, Failed:
		case Paying:
			return fault.New(fault.Conflict, "payment.session_running")
		case Cancelled:
			return fault.New(fault.Conflict, "payment.cancelled")
		default:
			return fault.New(fault.Conflict, "payment.already_paid")
		}
		others, err := ofSubject(ctx, tx, i.SubjectKind, i.SubjectID)
		if err != nil {
			return err
		}
		for _, o := range others {
			if o.State == Paid {
				return fault.New(fault.Conflict, "payment.already_paid")
			}
			if o.State == Paying {
				return fault.New(fault.Conflict, "payment.session_running")
			}
		}
		before := i.State
		if i.StartedAt != nil { // money may still come under its number: that is kept apart
			next, err := s.again(ctx, tx, *i)
			if err != nil {
				return err
			}
			i = &next
		}
		i.Means, i.Document = ByTransfer, document
		if err := s.note(ctx, tx, &i.ID, "transfer", document, nil); err != nil {
			return err
		}
		if err := s.paid(ctx, tx, i, ""); err != nil {
			return err
		}
		paid = *i
		return s.record(ctx, tx, who, "payment.transfer", "invoice", i.ID, before, Paid, document)
	})
	return paid, err
}
