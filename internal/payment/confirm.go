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

// Confirm asks the bank what became of an invoice and writes the answer down. A bank that does not answer is
// no error: the invoice says that its state is not known.
func (s *Service) Confirm(ctx context.Context, id uuid.UUID) (Invoice, error) {
	i, err := s.Get(ctx, id)
	if err != nil {
		return Invoice{}, err
	}
	if s.bank == nil || i.StartedAt == nil {
		return i, nil
	}
	if i.State == RefundAsked {
		return s.sendRefund(ctx, id)
	}
	answer := s.bank.status(ctx, i.Number)
	i, err = s.settle(ctx, id, answer)
	if err != nil || answer.Verdict() != Held {
		return i, err
	}
	return s.finishHold(ctx, i, *answer.Transaction)
}

// lookAgain is how long an answer of the bank is news to the page that waits for it.
const lookAgain = 2 * time.Second

// Look reads an invoice for the page that waits for the bank, and asks the bank when that is due.
func (s *Service) Look(ctx context.Context, id uuid.UUID) (Invoice, error) {
	i, err := s.Get(ctx, id)
	if err != nil || i.State != Paying || i.AskedAt != nil && s.clock.Now().Sub(*i.AskedAt) < lookAgain {
		return i, err
	}
	return s.Confirm(ctx, id)
}

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
		return s.paid(ctx, tx, i, "")
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

// finishHold ends a hold: the sum is taken when it pays the debt, else released. The bank is asked
// afterwards, so that a lost answer makes no difference.
func (s *Service) finishHold(ctx context.Context, i Invoice, t Transaction) (Invoice, error) {
	what := "charge"
	err := s.inTx(ctx, i.ID, func(tx pgx.Tx, now *Invoice) error {
		asked := *now
		asked.Taken, _ = ParseTiyn(string(t.Amount)) // read before
		why, err := s.notOwed(ctx, tx, asked)
		if err != nil {
			return err
		}
		if why != "" || now.Taken > 0 {
			what = "cancel"
		}
		return s.note(ctx, tx, &now.ID, what, "asked", nil)
	})
	if err != nil {
		return Invoice{}, err
	}
	var done operated
	if what == "charge" {
		done, err = s.bank.charge(ctx, string(t.ID), i.Total)
	} else {
		done, err = s.bank.release(ctx, string(t.ID))
	}
	if err := s.noteOperation(ctx, i.ID, what, done, err); err != nil {
		return Invoice{}, err
	}
	return s.settle(ctx, i.ID, s.bank.status(ctx, i.Number))
}

// noteOperation writes down how the bank answered to an operation, or that it did not.
func (s *Service) noteOperation(ctx context.Context, id uuid.UUID, what string, done operated, failed error) error {
	switch {
	case failed != nil:
		return s.note(ctx, s.pool, &id, what, "no_answer", map[string]any{"error": failed.Error()})
	case done.Done:
		return s.note(ctx, s.pool, &id, what, "done", done.kept())
	}
	return s.note(ctx, s.pool, &id, what, "refused", done.kept())
}

// GiveUp closes a session whose end the bank does not tell, so that the debt can be paid under another
// number. The old one is still asked for; money that it brings afterwards pays the debt or goes back.
func (s *Service) GiveUp(ctx context.Context, who audit.Actor, id uuid.UUID, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.New(fault.Invalid, "payment.needs_reason")
	}
	return s.inTx(ctx, id, func(tx pgx.Tx, i *Invoice) error {
		if i.State != Paying || i.TimeLeft(s.clock.Now()) > 0 {
			return fault.New(fault.Conflict, "payment.session_running")
		}
		if err := s.move(ctx, tx, i, Expired, GivenUp); err != nil {
			return err
		}
		return s.record(ctx, tx, who, "payment.give_up", "invoice", i.ID, Paying, Expired, reason)
	})
}
