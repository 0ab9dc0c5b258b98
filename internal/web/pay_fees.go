package web

import (
	"context"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// The dated table of fees: what costs how much, since when and why.

// feesView is the dated table of fees with the form of a new row.
type feesView struct {
	Rules   []payment.Rule
	Today   []payment.Fee
	New     feeForm
	Problem string
}

type feeForm struct{ Kind, Service, Ground, From, Amount, Note string }

func (s *Server) feesPage(v *Visit) error {
	return s.showFees(v, feeForm{Kind: string(payment.BaseRule)}, nil)
}

func (s *Server) showFees(v *Visit, form feeForm, cause error) error {
	view := feesView{New: form}
	var err error
	if view.Rules, err = s.Payments.Rules(v.UserContext()); err != nil {
		return err
	}
	for _, service := range payment.Services {
		if fee, err := s.Payments.Quote(v.UserContext(), service, "", s.Payments.Today()); err == nil {
			view.Today = append(view.Today, fee)
		}
	}
	status := 0
	if cause != nil {
		view.Problem, status = v.Error(cause), statusOf[fault.KindOf(cause)]
	}
	return v.Show(Page{Title: v.T("cabinet.nav.fees"), Here: "/fees", Status: status}, feesPage(view))
}

var errFeeAmount = fault.New(fault.Invalid, "payment.fee_amount")

func (s *Server) addFee(v *Visit) error {
	form := feeForm{Kind: v.Text("kind"), Service: v.Text("service"), Ground: v.Text("ground"), From: v.Text("from"), Amount: v.Text("amount"), Note: v.Text("note")}
	r, err := form.rule()
	if err == nil {
		_, err = s.Payments.AddFee(v.UserContext(), v.Who.Actor(), r)
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		return s.showFees(v, form, err)
	}
	v.Notice("cabinet.fees.added", "From", part.Day(v.Context(), r.ValidFrom))
	return v.Go("/fees")
}

// rule is the row that the form asks for; a service belongs to a base only, a ground to a reduction.
func (f feeForm) rule() (payment.Rule, error) {
	r := payment.Rule{Kind: payment.RuleKind(f.Kind), Note: f.Note}
	day, err := clock.ParseDay(f.From)
	if err != nil {
		return r, fault.New(fault.Invalid, "payment.fee_past")
	}
	r.ValidFrom = day
	switch r.Kind {
	case payment.BaseRule:
		r.Service = f.Service
	case payment.ReductionRule:
		r.Ground = f.Ground
	}
	if r.Kind == payment.VATRule || r.Kind == payment.ReductionRule {
		p, err := payment.ParsePercent(f.Amount)
		if err != nil {
			return r, errFeeAmount
		}
		r.Amount = int64(p)
		return r, nil
	}
	t, err := payment.ParseTiyn(f.Amount)
	if err != nil {
		return r, errFeeAmount
	}
	r.Amount = int64(t)
	return r, nil
}

func (s *Server) withdrawFee(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Payments.WithdrawFee(v.UserContext(), v.Who.Actor(), id); err != nil {
		if !mendable(err) {
			return err
		}
		return s.showFees(v, feeForm{Kind: string(payment.BaseRule)}, err)
	}
	v.Notice("cabinet.fees.withdrawn")
	return v.Go("/fees")
}

// feeAmount writes a row's amount: money or a share.
func feeAmount(ctx context.Context, r payment.Rule) string {
	l := part.From(ctx).Lang
	if r.Kind == payment.VATRule || r.Kind == payment.ReductionRule {
		return payment.Percent(r.Amount).Text(l)
	}
	return payment.Tiyn(r.Amount).Text(l)
}

// feeOfWhat is the service or the ground that a row is about.
func feeOfWhat(ctx context.Context, r payment.Rule) string {
	switch r.Kind {
	case payment.BaseRule:
		return part.T(ctx, "payment.service."+r.Service)
	case payment.ReductionRule:
		return part.T(ctx, "payment.ground."+r.Ground)
	}
	return part.T(ctx, "cabinet.fees.for_all")
}

func codeOptions(ctx context.Context, prefix string, codes []string) (out []part.Option) {
	for _, c := range codes {
		out = append(out, part.Option{Value: c, Text: part.T(ctx, prefix+c)})
	}
	return out
}

func ruleOptions(ctx context.Context) (out []part.Option) {
	for _, k := range payment.RuleKinds {
		out = append(out, part.Option{Value: string(k), Text: part.T(ctx, "payment.rule."+string(k))})
	}
	return out
}

// quoteLines are the lines of a price.
func quoteLines(ctx context.Context, f payment.Fee) []line {
	return invoiceLines(ctx, payment.Invoice{Share: f.Share, Base: f.Base, VATPercent: f.VATPercent, VAT: f.VAT, Commission: f.Commission, Total: f.Total})
}
