package payment

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// The services that are paid for.
const (
	CopyrightWork   = "copyright_work"
	RegisterExtract = "register_extract"
)

// Services in the order in which they are shown.
var Services = []string{CopyrightWork, RegisterExtract}

// Grounds are the grounds of a reduced fee, in the order in which they are shown. A ground is in force on
// a day when the fee table has a share for it.
var Grounds = []string{"war_veteran", "disability", "pensioner", "student", "qandas"}

// Fee is the price of a service on a day.
type Fee struct {
	Service    string
	Reduction  string // ground, or empty
	Day        clock.Day
	List       Tiyn    // base before the reduction, without VAT
	Share      Percent // of it that is to be paid; Whole without a reduction
	Base       Tiyn    // what is left of it
	VATPercent Percent
	VAT        Tiyn
	Commission Tiyn // at the payer's expense, on top
	Total      Tiyn // what is taken from the card
	ValidFrom  clock.Day
	ToCheck    bool // a row that it comes from has not been confirmed by the office
}

// WithoutCommission is the price of the service itself: base and VAT.
func (f Fee) WithoutCommission() Tiyn { return f.Base + f.VAT }

// compute does the arithmetic: the reduction is taken from the base, VAT from what is left, each rounded
// to the nearest tiyn, halves up; the commission carries neither.
func (f *Fee) compute() {
	f.Base = f.Share.Of(f.List)
	f.VAT = f.VATPercent.Of(f.Base)
	f.Total = f.Base + f.VAT + f.Commission
}

// Quote is the price of a service on a day, with the ground of a reduced fee or an empty one. A service or
// a ground that has no price on that day is fault.Invalid.
func (s *Service) Quote(ctx context.Context, service, reduction string, day clock.Day) (Fee, error) {
	return quote(ctx, s.pool, service, reduction, day)
}

// Today is the day in the zone of the installation; prices change at its midnight.
func (s *Service) Today() clock.Day { return clock.DayOf(s.clock.Now(), s.zone) }

func quote(ctx context.Context, db postgres.DB, service, reduction string, day clock.Day) (Fee, error) {
	rows, err := db.Query(ctx, `
		SELECT DISTINCT ON (kind) `+ruleColumns+` FROM fee_rule
		WHERE withdrawn_at IS NULL AND valid_from <= @day
		  AND (kind IN ('vat', 'commission') OR kind = 'base' AND service = @service OR kind = 'reduction' AND ground = @ground)
		ORDER BY kind, valid_from DESC`,
		pgx.StrictNamedArgs{"day": day, "service": service, "ground": reduction})
	if err != nil {
		return Fee{}, fmt.Errorf("looking up a fee: %w", err)
	}
	rules, err := pgx.CollectRows(rows, pgx.RowToStructByName[Rule])
	if err != nil {
		return Fee{}, fmt.Errorf("looking up a fee: %w", err)
	}
	f := Fee{Service: service, Reduction: reduction, Day: day, Share: Whole}
	found := map[RuleKind]bool{}
	for _, r := range rules {
		found[r.Kind] = true
		switch r.Kind {
		case BaseRule:
			f.List = Tiyn(r.Amount)
		case VATRule:
			f.VATPercent = Percent(r.Amount)
		case CommissionRule:
			f.Commission = Tiyn(r.Amount)
		case ReductionRule:
			f.Share = Percent(r.Amount)
		}
		f.ToCheck = f.ToCheck || r.ToCheck
		f.ValidFrom = max(f.ValidFrom, r.ValidFrom)
	}
	if !found[BaseRule] || !found[VATRule] {
		return Fee{}, fault.New(fault.Invalid, "payment.no_price", "Service", service, "Day", string(day))
	}
	if reduction != "" && !found[ReductionRule] {
		return Fee{}, fault.New(fault.Invalid, "payment.no_reduction", "Ground", reduction, "Day", string(day))
	}
	f.compute()
	return f, nil
}
