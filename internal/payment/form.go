package payment

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
)

// Invoice forms the invoice of a debt within tx, at today's price, or gives the live one that it has. An
// open one for another service or reduction is cancelled and replaced. A debt that is paid
// (payment.already_paid), or is being paid for something else (payment.session_running), is fault.Conflict.
// When nothing is due it is paid at once, and OnPaid is called.
func (s *Service) Invoice(ctx context.Context, tx pgx.Tx, d Debt) (Invoice, error) {
	if err := lockSubject(ctx, tx, d.SubjectKind, d.SubjectID); err != nil {
		return Invoice{}, err
	}
	others, err := ofSubject(ctx, tx, d.SubjectKind, d.SubjectID)
	if err != nil {
		return Invoice{}, err
	}
	for _, o := range others {
		switch same := o.Service == d.Service && o.Reduction == d.Reduction; {
		case o.State == Paid:
			return Invoice{}, fault.New(fault.Conflict, "payment.already_paid")
		case o.State.Live() && same:
			return o, nil
		case o.State == Paying:
			return Invoice{}, fault.New(fault.Conflict, "payment.session_running")
		case o.State == Open:
			if err := s.move(ctx, tx, &o, Cancelled, Replaced); err != nil {
				return Invoice{}, err
			}
		}
	}
	fee, err := quote(ctx, tx, d.Service, d.Reduction, s.Today())
	if err != nil {
		return Invoice{}, err
	}
	return s.form(ctx, tx, Invoice{SubjectKind: d.SubjectKind, SubjectID: d.SubjectID, AccountID: d.AccountID,
		Service: d.Service, Reduction: d.Reduction, Description: d.Description, PricedOn: fee.Day, List: fee.List, Share: fee.Share,
		Base: fee.Base, VATPercent: fee.VATPercent, VAT: fee.VAT, Commission: fee.Commission, Total: fee.Total})
}

// form gives the invoice its number and writes it.
func (s *Service) form(ctx context.Context, tx pgx.Tx, i Invoice) (Invoice, error) {
	n, err := nextNumber(ctx, tx)
	if err != nil {
		return Invoice{}, err
	}
	now := s.clock.Now()
	i.ID, i.Number, i.State, i.FormedAt, i.UpdatedAt = clock.NewID(), fmt.Sprint(n), Open, now, now
	if err := insert(ctx, tx, i); err != nil {
		return Invoice{}, err
	}
	if err := s.note(ctx, tx, &i.ID, "formed", i.Total.String(), nil); err != nil {
		return Invoice{}, err
	}
	if n >= numbersLow {
		if err := s.alarm(ctx, tx, i, NumbersLow, fmt.Sprint(numbersEnd-n)); err != nil {
			return Invoice{}, err
		}
	}
	if i.Total == 0 {
		i.Means = ByNothing
		err = s.paid(ctx, tx, &i, NothingDue)
	}
	return i, err
}

// again forms another number for the debt of an invoice whose session is over, with the same lines.
func (s *Service) again(ctx context.Context, tx pgx.Tx, old Invoice) (Invoice, error) {
	others, err := ofSubject(ctx, tx, old.SubjectKind, old.SubjectID)
	if err != nil {
		return Invoice{}, err
	}
	for _, o := range others {
		if o.State == Paid {
			return Invoice{}, fault.New(fault.Conflict, "payment.already_paid")
		}
		if o.State.Live() {
			return o, nil
		}
	}
	return s.form(ctx, tx, Invoice{SubjectKind: old.SubjectKind, SubjectID: old.SubjectID, AccountID: old.AccountID,
		Service: old.Service, Reduction: old.Reduction, Description: old.Description, Replaces: &old.ID,
		PricedOn: old.PricedOn, List: old.List, Share: old.Share, Base: old.Base, VATPercent: old.VATPercent, VAT: old.VAT,
		Commission: old.Commission, Total: old.Total})
}

// paid marks the invoice paid, ends the other numbers of its debt and tells the subject's owner.
func (s *Service) paid(ctx context.Context, tx pgx.Tx, i *Invoice, reason string) error {
	others, err := ofSubject(ctx, tx, i.SubjectKind, i.SubjectID)
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.ID != i.ID && o.State.Live() {
			if err := s.move(ctx, tx, &o, Cancelled, AlreadyPaid); err != nil {
				return err
			}
		}
	}
	now := s.clock.Now()
	i.PaidAt = &now
	i.Taken = i.Total
	if err := s.move(ctx, tx, i, Paid, reason); err != nil {
		return err
	}
	return run(ctx, tx, s.onPaid, *i)
}

// Cancel ends every invoice of a subject within tx, because the subject is no longer: what is not paid is
// cancelled, what is paid is to be refunded by the office. It gives the sum to be refunded. A session at
// the bank that is under way is still watched; money that it brings is to be refunded, too.
func (s *Service) Cancel(ctx context.Context, tx pgx.Tx, who audit.Actor, subjectKind string, subjectID uuid.UUID) (Tiyn, error) {
	if err := lockSubject(ctx, tx, subjectKind, subjectID); err != nil {
		return 0, err
	}
	all, err := ofSubject(ctx, tx, subjectKind, subjectID)
	if err != nil {
		return 0, err
	}
	var due Tiyn
	for _, i := range all {
		before := i.State
		switch i.State {
		case Open, Paying, Expired, Failed:
			err = s.move(ctx, tx, &i, Cancelled, Deleted)
		case Paid:
			due += i.Taken
			if err = s.move(ctx, tx, &i, RefundDue, Deleted); err == nil {
				err = s.alarm(ctx, tx, i, Deleted, i.Taken.String())
			}
		default:
			continue
		}
		if err == nil {
			err = s.record(ctx, tx, who, "payment.cancel", "invoice", i.ID, before, i.State, "")
		}
		if err != nil {
			return 0, err
		}
	}
	return due, nil
}

// move brings the invoice into a state, writes all of it, and says so in the ledger.
func (s *Service) move(ctx context.Context, tx pgx.Tx, i *Invoice, to State, reason string) error {
	i.State, i.Reason = to, reason
	if err := s.save(ctx, tx, i); err != nil {
		return err
	}
	return s.note(ctx, tx, &i.ID, "state", string(to), map[string]any{"reason": reason})
}

// save writes the invoice as it is, with the time at which the bank is asked next.
func (s *Service) save(ctx context.Context, tx pgx.Tx, i *Invoice) error {
	i.UpdatedAt = s.clock.Now()
	i.AskAt = nextAsk(*i, i.UpdatedAt)
	return update(ctx, tx, *i)
}
