package payment

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

// settle brings the invoice to where the bank's answer says it is. It may be called with the same answer any
// number of times.
func (s *Service) settle(ctx context.Context, id uuid.UUID, a Answer) (settled Invoice, err error) {
	err = s.inTx(ctx, id, func(tx pgx.Tx, i *Invoice) error {
		v := s.read(*i, a)
		if idle := v == None || v == Pending; !idle || v != Verdict(i.BankSays) { // every answer that says something, each time
			if err := s.note(ctx, tx, &i.ID, "status", string(v), a.kept()); err != nil {
				return err
			}
		}
		now := s.clock.Now()
		i.AskedAt, i.BankSays = &now, string(v)
		if i.State != Paying {
			i.Asks++
		}
		if v == NoAnswer {
			if i.UnknownSince == nil {
				i.UnknownSince = &now
			}
		} else {
			i.UnknownSince = nil
		}
		if err := s.apply(ctx, tx, i, v, a); err != nil {
			return err
		}
		settled = *i
		return nil
	})
	return settled, err
}

// read is the answer's verdict for this invoice. An answer about something else says nothing.
func (s *Service) read(i Invoice, a Answer) Verdict {
	v := a.Verdict()
	if a.Transaction == nil || v == NoAnswer || v == None {
		return v
	}
	if a.Transaction.foreign(i.Number, s.bank.o.Terminal) || a.Transaction.Currency != currency {
		return NoAnswer
	}
	if _, err := ParseTiyn(string(a.Transaction.Amount)); err != nil {
		return NoAnswer
	}
	return v
}

func (s *Service) apply(ctx context.Context, tx pgx.Tx, i *Invoice, v Verdict, a Answer) error {
	switch v {
	case Charged:
		return s.charged(ctx, tx, i, *a.Transaction)
	case Returned:
		return s.returned(ctx, tx, i, *a.Transaction)
	case Partly:
		if err := s.alarm(ctx, tx, *i, PartialRefund, a.words()); err != nil {
			return err
		}
	case Rejected:
		if err := s.attempt(ctx, tx, i, *a.Transaction); err != nil {
			return err
		}
	case NoAnswer:
		if err := s.alarmUnknown(ctx, tx, *i, a); err != nil {
			return err
		}
	}
	return s.end(ctx, tx, i, v)
}

// pendingGrace is how long after the session the bank may still be at it: the payer may sit before the
// 3-D page of the card's bank.
const pendingGrace = 10 * time.Minute

// end closes a session that has no attempts or no time left, when the bank says that nothing was taken.
func (s *Service) end(ctx context.Context, tx pgx.Tx, i *Invoice, v Verdict) error {
	if i.State != Paying {
		return s.save(ctx, tx, i)
	}
	over := !s.clock.Now().Before(*i.Deadline)
	switch v {
	case Rejected, None, Released:
		if i.AttemptsLeft() == 0 {
			return s.move(ctx, tx, i, Failed, "")
		}
	case Pending:
		over = over && s.clock.Now().Sub(*i.Deadline) >= pendingGrace
	default:
		over = false
	}
	if over {
		return s.move(ctx, tx, i, Expired, "")
	}
	return s.save(ctx, tx, i)
}

// charged takes note of money that the bank took.
func (s *Service) charged(ctx context.Context, tx pgx.Tx, i *Invoice, t Transaction) error {
	if i.Taken > 0 && i.TransactionID != string(t.ID) {
		if err := s.alarm(ctx, tx, *i, SecondCharge, string(t.Amount)); err != nil {
			return err
		}
		return s.save(ctx, tx, i)
	}
	if i.Taken > 0 {
		return s.save(ctx, tx, i) // known already
	}
	amount, _ := ParseTiyn(string(t.Amount)) // read before
	i.Taken, i.Means, i.TransactionID, i.CardMask = amount, ByCard, string(t.ID), maskCards(string(t.CardMask))
	i.ApprovalCode, i.Reference = string(t.ApprovalCode), string(t.Reference)
	why, err := s.notOwed(ctx, tx, *i)
	if err != nil {
		return err
	}
	if why == "" {
		done := *i
		err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return s.paid(ctx, tx, &done, "") }) // a savepoint
		if !fault.Is(err, fault.Conflict) {
			*i = done
			return err
		}
		why = NotWanted // so says the subject's owner
	}
	now := s.clock.Now()
	i.PaidAt = &now
	if err := s.move(ctx, tx, i, RefundDue, why); err != nil {
		return err
	}
	return s.alarm(ctx, tx, *i, why, i.Taken.String())
}

// notOwed says why money that was taken has to go back; empty when it pays the debt.
func (s *Service) notOwed(ctx context.Context, tx pgx.Tx, i Invoice) (string, error) {
	others, err := ofSubject(ctx, tx, i.SubjectKind, i.SubjectID)
	if err != nil {
		return "", err
	}
	for _, o := range others {
		if o.State == Paid && o.ID != i.ID {
			return PaidTwice, nil
		}
	}
	switch {
	case i.State == Cancelled:
		return NotWanted, nil
	case i.Taken != i.Total:
		return WrongAmount, nil
	}
	return "", nil
}

// returned takes note of money that the bank gave back.
func (s *Service) returned(ctx context.Context, tx pgx.Tx, i *Invoice, t Transaction) error {
	if i.State == Refunded {
		return s.save(ctx, tx, i)
	}
	if i.Taken == 0 { // taken and given back before we asked
		i.Taken, _ = ParseTiyn(string(t.Amount))
		i.Means, i.TransactionID, i.CardMask = ByCard, string(t.ID), maskCards(string(t.CardMask))
	}
	now := s.clock.Now()
	i.RefundedSum, i.RefundedAt = i.Taken, &now
	reason := i.Reason
	if i.State != RefundAsked {
		reason = AtBank
	}
	if err := s.move(ctx, tx, i, Refunded, reason); err != nil {
		return err
	}
	return run(ctx, tx, s.onRefunded, *i)
}

// attempt counts an attempt that the bank rejected, each once.
func (s *Service) attempt(ctx context.Context, tx pgx.Tx, i *Invoice, t Transaction) error {
	a := Attempt{InvoiceID: i.ID, TransactionID: string(t.ID), At: s.clock.Now(), Code: string(t.ReasonCode),
		Words: firstWords(string(t.Reason), 300), CardMask: maskCards(string(t.CardMask))}
	n, err := addAttempt(ctx, tx, a)
	if err != nil {
		return err
	}
	i.Attempts = n
	return nil
}

// alarmUnknown tells the office when the bank says that the shop is not ours, speaks of something else, or
// has said nothing for a day.
func (s *Service) alarmUnknown(ctx context.Context, tx pgx.Tx, i Invoice, a Answer) error {
	if a.wrongShop() {
		return s.alarm(ctx, tx, i, WrongTerminal, a.words())
	}
	if t := a.Transaction; t != nil && a.Verdict() != NoAnswer {
		if t.Currency != currency {
			return s.alarm(ctx, tx, i, WrongCurrency, string(t.Currency))
		}
		return s.alarm(ctx, tx, i, WrongTerminal, strings.TrimSpace(string(t.TerminalID+" "+t.Terminal)))
	}
	if s.clock.Now().Sub(*i.UnknownSince) >= unknownAlarm {
		return s.alarm(ctx, tx, i, UnknownForADay, a.words())
	}
	return nil
}
