package web

import (
	"context"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// Payments as a list, and what the office does with them: refunds, transfers, alarms, the balance with the
// bank, and the table of fees.

func (s *Server) mountPaymentsOffice() {
	s.counting = append(s.counting, s.countPayments)
	s.get("/payments/balance", account.SeePayments, s.balancePage)
	s.post("/payments/alarms/:id", account.Refund, s.closeAlarm)
	s.post("/payments/:id/refund", account.Refund, s.office(s.refund))
	s.post("/payments/:id/transfer", account.Refund, s.office(s.recordTransfer))
	s.post("/payments/:id/refunded", account.Refund, s.office(s.recordRefund))
	s.post("/payments/:id/give-up", account.Refund, s.office(s.giveUp))
	s.post("/payments/:id/ask", account.SeePayments, s.office(s.askBank))
	s.get("/fees", account.ChangeFees, s.feesPage)
	s.post("/fees", account.ChangeFees, s.addFee)
	s.post("/fees/:id/withdraw", account.ChangeFees, s.withdrawFee)
	s.addNav(navEntry{group: 2, order: 15, key: "cabinet.nav.fees", path: "/fees", icon: "report", action: account.ChangeFees})
}

func (s *Server) countPayments(ctx context.Context, v *Visit, c *cabinetCounts) error {
	counts, err := s.Payments.Counts(ctx, payment.Filter{AccountID: v.Who.ID})
	for _, n := range counts {
		c.Payments += n
	}
	return err
}

// paymentsView is the list of invoices.
type paymentsView struct {
	Rows    []payment.Invoice
	Counts  map[payment.State]int
	Alarms  []payment.Alarm
	State   payment.State
	Query   string
	All     bool
	Next    uuid.UUID
	HasBank bool
}

const paymentsPerPage = 50

func (s *Server) paymentsPage(v *Visit) error {
	all := v.Who.Can(account.SeePayments) && v.Query("own") == ""
	f := payment.Filter{Search: v.Query("q"), Limit: paymentsPerPage + 1}
	if !all {
		f.AccountID = v.Who.ID
	}
	if before, err := uuid.Parse(v.Query("before")); err == nil {
		f.Before = before
	}
	ctx := v.UserContext()
	view := paymentsView{Query: f.Search, All: all, HasBank: s.Payments.HasBank()}
	var err error
	if view.Counts, err = s.Payments.Counts(ctx, payment.Filter{AccountID: f.AccountID}); err != nil {
		return err
	}
	for _, st := range payment.States {
		if v.Query("state") == string(st) {
			view.State, f.States = st, []payment.State{st}
		}
	}
	if view.Rows, err = s.Payments.Invoices(ctx, f); err != nil {
		return err
	}
	if len(view.Rows) > paymentsPerPage {
		view.Rows = view.Rows[:paymentsPerPage]
		view.Next = view.Rows[paymentsPerPage-1].ID
	}
	if all {
		if view.Alarms, err = s.Payments.Alarms(ctx); err != nil {
			return err
		}
	}
	return v.Show(Page{Title: v.T("cabinet.nav.payments"), Here: paymentsPath, Query: f.Search}, paymentsPage(view))
}

func (p paymentsView) tabs(ctx context.Context) (out []part.Tab) {
	for _, st := range payment.States {
		if n := p.Counts[st]; n > 0 {
			href := paymentsPath + "?state=" + string(st)
			if st == p.State {
				href = paymentsPath
			}
			out = append(out, part.Tab{Text: part.T(ctx, "payment.state."+string(st)), Count: n, Href: href})
		}
	}
	return out
}

// paymentView is one invoice with what happened to it.
type paymentView struct {
	payView
	Events  []payment.Event
	Office  bool
	Refused string
	Field   string
}

func (s *Server) paymentPage(v *Visit) error {
	i, err := s.ownInvoice(v)
	if err != nil {
		return err
	}
	return s.showPayment(v, i.ID, "", nil)
}

func (s *Server) showPayment(v *Visit, id uuid.UUID, field string, cause error) error {
	ctx := v.UserContext()
	view := paymentView{Office: v.Who.Can(account.SeePayments), Field: field}
	var err error
	if view.Invoice, err = s.Payments.Get(ctx, id); err != nil {
		return err
	}
	if view.Attempted, err = s.Payments.Attempts(ctx, id); err != nil {
		return err
	}
	if view.Events, err = s.Payments.Events(ctx, id); err != nil {
		return err
	}
	view.HasBank, view.Mine, view.Live, view.Seller = s.Payments.HasBank(), view.AccountID == v.Who.ID, v.Who.MayFile(), s.seller(v)
	if view.SubjectKind == filingSubject {
		if f, err := s.Filings.View(ctx, v.me(), view.SubjectID); err == nil {
			view.Subject = &f.Filing
		}
	}
	status := 0
	if cause != nil {
		view.Refused, status = v.Error(cause), statusOf[fault.KindOf(cause)]
	}
	return v.Show(Page{Title: v.T("cabinet.pay.invoice_no", "No", view.Number), Here: paymentsPath, Status: status}, paymentPage(view))
}

// office does something to the invoice of the address; what hinders it is said on its page.
func (s *Server) office(do func(v *Visit, id uuid.UUID) (field, done string, err error)) handler {
	return func(v *Visit) error {
		i, err := s.ownInvoice(v)
		if err != nil {
			return err
		}
		field, done, err := do(v, i.ID)
		if err != nil {
			if !mendable(err) {
				return err
			}
			return s.showPayment(v, i.ID, field, err)
		}
		v.Notice(done)
		return v.Go(paymentPath(i.ID, ""))
	}
}

func (s *Server) refund(v *Visit, id uuid.UUID) (string, string, error) {
	i, err := s.Payments.Refund(v.UserContext(), v.Who.Actor(), id, v.Text("reason"))
	if err == nil && i.State != payment.Refunded {
		return "reason", "cabinet.refund.asked", nil
	}
	return "reason", "cabinet.refund.done", err
}

func (s *Server) recordTransfer(v *Visit, id uuid.UUID) (string, string, error) {
	_, err := s.Payments.RecordTransfer(v.UserContext(), v.Who.Actor(), id, v.Text("document"))
	return "document", "cabinet.transfer.done", err
}

func (s *Server) recordRefund(v *Visit, id uuid.UUID) (string, string, error) {
	_, err := s.Payments.RecordRefund(v.UserContext(), v.Who.Actor(), id, v.Text("returned"))
	return "returned", "cabinet.refund.done", err
}

func (s *Server) giveUp(v *Visit, id uuid.UUID) (string, string, error) {
	return "given_up", "cabinet.give_up.done", s.Payments.GiveUp(v.UserContext(), v.Who.Actor(), id, v.Text("given_up"))
}

func (s *Server) askBank(v *Visit, id uuid.UUID) (string, string, error) {
	_, err := s.Payments.Confirm(v.UserContext(), id)
	return "", "cabinet.pay.asked", err
}

func (s *Server) closeAlarm(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Payments.CloseAlarm(v.UserContext(), v.Who.Actor(), id, v.Text("note")); err != nil {
		if fault.Is(err, fault.Invalid) {
			v.Notice("payment.needs_reason")
			return v.Go(paymentsPath)
		}
		return err
	}
	v.Notice("cabinet.alarm.closed")
	return v.Go(paymentsPath)
}

// balanceView holds our books against the bank's.
type balanceView struct {
	payment.Balance
	Asked   bool
	Problem string
}

func (s *Server) balancePage(v *Visit) error {
	view := balanceView{}
	today := v.Today()
	view.From, view.To = today.AddDays(-6), today
	if d, err := clock.ParseDay(v.Query("from")); err == nil {
		view.From, view.Asked = d, true
	}
	if d, err := clock.ParseDay(v.Query("to")); err == nil {
		view.To = d
	}
	if view.Asked {
		b, err := s.Payments.Balance(v.UserContext(), view.From, view.To)
		if err != nil && !mendable(err) {
			return err
		}
		if err != nil {
			view.Problem = v.Error(err)
		} else {
			view.Balance = b
		}
	}
	return v.Show(Page{Title: v.T("cabinet.balance.title"), Here: paymentsPath}, balancePage(view))
}

// eventText is what happened to an invoice, with the bank's own word for it.
func eventText(ctx context.Context, e payment.Event) string {
	text := coded(part.From(ctx).Lang, "cabinet.event.", e.Kind)
	switch e.Kind {
	case "state":
		return text + ": " + part.T(ctx, "payment.state."+e.Note)
	case "status":
		return text + ": " + coded(part.From(ctx).Lang, "cabinet.verdict.", e.Note)
	case "token":
		return text
	}
	return joinNonEmpty(": ", text, e.Note)
}

var zeroID = uuid.Nil.String()

// paidHow are the facts of a payment that has arrived, or went back.
func paidHow(ctx context.Context, i payment.Invoice) (out []part.Fact) {
	for _, f := range []part.Fact{{Name: "card", Text: i.CardMask}, {Name: "approval", Text: i.ApprovalCode}, {Name: "reference", Text: i.Reference},
		{Name: "document", Text: i.Document}, {Name: "refund_reason", Text: i.RefundReason}} {
		if f.Text != "" {
			out = append(out, part.Fact{Name: part.T(ctx, "cabinet.pay."+f.Name), Text: f.Text})
		}
	}
	if i.RefundedAt != nil {
		out = append(out, part.Fact{Name: part.T(ctx, "cabinet.pay.refunded_at"), Text: part.Moment(ctx, *i.RefundedAt)})
	}
	return out
}
