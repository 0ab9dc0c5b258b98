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

// EndSession ends a session before its time because the payer says that the bank's page has closed it, as it
// does after three rejected cards: of those whose messages were lost the status tells the last one only. The
// bank is asked first, and only when the last that it knows is a rejection the next Start takes another number;
// the old one is still asked for, and money that it brings goes back. Otherwise it is fault.Conflict.
func (s *Service) EndSession(ctx context.Context, id uuid.UUID) error {
	if _, err := s.Confirm(ctx, id); err != nil {
		return err
	}
	return s.inTx(ctx, id, func(tx pgx.Tx, i *Invoice) error {
		switch {
		case i.State != Paying:
			return nil // it is over, and its page says how
		case Verdict(i.BankSays) != Rejected:
			return fault.New(fault.Conflict, "payment.session_running")
		}
		return s.move(ctx, tx, i, Failed, "")
	})
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
