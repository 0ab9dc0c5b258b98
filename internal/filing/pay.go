package filing

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/payment"
)

// SubjectKind is what a filing is called by payments and by evidence of signatures.
const SubjectKind = "filing"

// Invoice gives the open invoice of a filing, made now if there is none: package payment's id, for its pages.
func (s *Service) Invoice(ctx context.Context, who Who, id uuid.UUID) (invoice uuid.UUID, err error) {
	err = s.change(ctx, who, id, Invoice, func(d *deed) error {
		made, err := s.o.Payments.Invoice(ctx, d.tx, d.debt())
		if err != nil {
			return err
		}
		invoice = made.ID
		d.Filing, err = get(ctx, d.tx, id) // where nothing is due it has become paid
		return err
	})
	return invoice, err
}

func (f Filing) debt() payment.Debt {
	return payment.Debt{SubjectKind: SubjectKind, SubjectID: f.ID, AccountID: f.Owner, Service: string(f.Service), Reduction: f.reduction(),
		Description: i18n.T(f.Lang, "filing.payment."+string(f.Service), "Draft", f.DraftNo)}
}

// LockForPayment holds the filing of an invoice before anything of the payment is held (payment.OnLock).
func (s *Service) LockForPayment(ctx context.Context, tx pgx.Tx, i payment.Invoice) error {
	if i.SubjectKind != SubjectKind {
		return nil
	}
	_, err := lock(ctx, tx, i.SubjectID)
	return err
}

// Paid notes a payment in the transaction that marks the invoice paid (payment.OnPaid). It stays with the
// application when that is edited afterwards.
func (s *Service) Paid(ctx context.Context, tx pgx.Tx, i payment.Invoice) error {
	if i.SubjectKind != SubjectKind {
		return nil
	}
	f, err := lock(ctx, tx, i.SubjectID)
	if err != nil {
		return err
	}
	if f.PaidAt != nil || f.EndedAt != nil {
		return fault.New(fault.Conflict, "filing.error.paid_already")
	}
	now := s.o.Clock.Now()
	f.PaidAt, f.InvoiceID = &now, &i.ID
	if f.State == Draft {
		f.Reduced, f.Data.Reduction = i.Reduction != "", i.Reduction // the ground that was paid for is the one to be proven
	}
	d := &deed{tx: tx, who: system, Filing: f}
	if f.State == Formed {
		if err := d.move(Paid); err != nil {
			return err
		}
		s.startTerm(d)
	}
	if err := s.record(ctx, tx, system, d.Filing, "paid", map[string]any{"invoice": i.ID, "total": i.Total}, ""); err != nil {
		return err
	}
	if err := write(ctx, tx, d.Filing); err != nil {
		return err
	}
	if err := s.tellFiler(ctx, tx, d.Filing, "paid", i.ID.String(), "Total", i.Total); err != nil {
		return err
	}
	return s.askOthersFirst(ctx, d)
}

// askOthersFirst asks the other authors to sign, where all sign before the submission.
func (s *Service) askOthersFirst(ctx context.Context, d *deed) error {
	if s.o.Order != AllFirst || !d.State.submittable() {
		return nil
	}
	row, err := current(ctx, d.tx, d.ID)
	if err != nil {
		return err
	}
	return s.askToSign(ctx, d.tx, d.Filing, row, "sign")
}

// RefundAsked is called in the transaction that decides on a refund (payment.OnRefundAsked). What was
// submitted is not refunded here; a filing that goes on without its money must be paid again.
func (s *Service) RefundAsked(ctx context.Context, tx pgx.Tx, i payment.Invoice) error {
	if i.SubjectKind != SubjectKind {
		return nil
	}
	f, err := lock(ctx, tx, i.SubjectID)
	if err != nil {
		return err
	}
	if f.InvoiceID == nil || *f.InvoiceID != i.ID || f.State.Ended() && f.State != Issued {
		return nil
	}
	switch {
	case f.SubmittedAt != nil:
		return fault.New(fault.Conflict, "filing.error.refund_submitted")
	case f.State == Paid:
		if err := f.move(Formed); err != nil {
			return err
		}
	}
	f.PaidAt, f.InvoiceID, f.Deadline, f.TermFrom = nil, nil, nil, nil
	if err := s.record(ctx, tx, system, f, "refund_asked", map[string]any{"invoice": i.ID}, ""); err != nil {
		return err
	}
	return write(ctx, tx, f)
}

// DeleteConsequence says what deleting does, with the money too, before it is done.
func (s *Service) DeleteConsequence(ctx context.Context, who Who, id uuid.UUID) (Consequence, error) {
	f, _, err := s.look(ctx, who, id, Delete)
	if err != nil {
		return Consequence{}, err
	}
	return s.consequence(ctx, f)
}

func (s *Service) consequence(ctx context.Context, f Filing) (c Consequence, err error) {
	invoices, err := s.o.Payments.Invoices(ctx, payment.Filter{SubjectKind: SubjectKind, SubjectID: f.ID})
	if err != nil {
		return c, err
	}
	c.Key = "filing.delete.unpaid"
	for _, i := range invoices {
		switch {
		case i.State == payment.Paid:
			c.Key, c.Args = "filing.delete.paid", []any{"Total", i.Taken, "Number", i.Number}
		case i.State == payment.Paying && c.Key == "filing.delete.unpaid":
			c.Key, c.Args = "filing.delete.paying", []any{"Total", i.Total, "Number", i.Number}
		}
	}
	c.Confirm = fmt.Sprintf("%d-%s", f.DraftNo, c.Key[len("filing.delete."):])
	return c, nil
}

// Delete deletes a filing that was not submitted. confirm is Consequence.Confirm: if the money has changed
// meanwhile, the consequence is to be shown again. What was paid is to be refunded by the office; copies of
// identity documents are given up.
func (s *Service) Delete(ctx context.Context, who Who, id uuid.UUID, confirm string) error {
	f, _, err := s.look(ctx, who, id, Delete)
	if err != nil {
		return err
	}
	c, err := s.consequence(ctx, f)
	if err != nil {
		return err
	}
	if confirm != c.Confirm {
		return errConfirm
	}
	var files []string
	err = s.change(ctx, who, id, Delete, func(d *deed) error {
		if (d.PaidAt == nil) != (f.PaidAt == nil) {
			return errConfirm
		}
		due, err := s.o.Payments.Cancel(ctx, d.tx, audit.Actor{ID: who.ID.String(), Name: who.Name}, SubjectKind, d.ID)
		if err != nil {
			return err
		}
		if err := d.move(Deleted); err != nil {
			return err
		}
		now := s.o.Clock.Now()
		d.EndedAt = &now
		s.touched(d)
		err = exec(ctx, d.tx, "deleting a filing", `UPDATE filing_invitation SET revoked_at = @now WHERE revoked_at IS NULL
			AND participant_id IN (SELECT id FROM filing_participant WHERE filing_id = @id)`, args{"now": now, "id": d.ID})
		if err != nil {
			return err
		}
		if files, err = s.eraseIdentity(ctx, d.tx, who, d.ID, "true", nil); err != nil {
			return err
		}
		if due > 0 {
			if err := s.tellFiler(ctx, d.tx, d.Filing, "deleted_paid", "", "Total", due); err != nil {
				return err
			}
		}
		return s.record(ctx, d.tx, who, d.Filing, "delete", map[string]any{"refund": due}, "")
	})
	if err != nil {
		return err
	}
	return s.removeFiles(ctx, files)
}
