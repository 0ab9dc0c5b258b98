package payment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/payment"
)

func TestQuotesOfTheSeededTable(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		day                    clock.Day
		reduction              string
		base, vat, commission  string
		withoutCommission, all string
	}{
		"the instruction's first page, 7117 tenge": {"2020-06-01", "", "6176.00", "741.12", "200.00", "6917.12", "7117.12"},
		"the instruction's page of the bank":       {"2022-06-17", "", "6190.00", "742.80", "200.00", "6932.80", "7132.80"},
		"the last day of 12 % VAT":                 {"2025-12-31", "", "6190.00", "742.80", "200.00", "6932.80", "7132.80"},
		"the first day of 16 % VAT":                {"2026-01-01", "", "6190.00", "990.40", "200.00", "7180.40", "7380.40"},
		"today":                                    {"2026-09-14", "", "6190.00", "990.40", "200.00", "7180.40", "7380.40"},
		"a pensioner":                              {"2026-09-14", "pensioner", "309.50", "49.52", "200.00", "359.02", "559.02"},
		"a pensioner of the old tariff, rounded":   {"2020-06-01", "pensioner", "308.80", "37.06", "200.00", "345.86", "545.86"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := w.pay.Quote(ctx, payment.CopyrightWork, c.reduction, c.day)
			require.NoError(t, err)
			require.Equal(t, c.base, f.Base.String())
			require.Equal(t, c.vat, f.VAT.String())
			require.Equal(t, c.commission, f.Commission.String())
			require.Equal(t, c.withoutCommission, f.WithoutCommission().String())
			require.Equal(t, c.all, f.Total.String())
		})
	}
	_, err := w.pay.Quote(ctx, payment.CopyrightWork, "", "2018-12-31")
	require.True(t, fault.Is(err, fault.Invalid), "before the first price")
	_, err = w.pay.Quote(ctx, payment.CopyrightWork, "hero", "2026-09-14")
	require.True(t, fault.Is(err, fault.Invalid), "a ground that nobody knows")
	for _, ground := range payment.Grounds {
		f, err := w.pay.Quote(ctx, payment.RegisterExtract, ground, "2026-09-14")
		require.NoError(t, err)
		require.True(t, f.ToCheck, "seeded without a source that settles it")
	}
}

// A price, the VAT, the commission and a reduction each change on a day of their own.
func TestChangesOnADay(t *testing.T) {
	w := newWorld(t)
	add := func(r payment.Rule) {
		r.Note = "order No 1"
		_, err := w.pay.AddFee(ctx, office, r)
		require.NoError(t, err)
	}
	add(payment.Rule{Kind: payment.BaseRule, Service: payment.CopyrightWork, ValidFrom: "2026-10-01", Amount: 700000})
	add(payment.Rule{Kind: payment.CommissionRule, ValidFrom: "2026-10-02", Amount: 25000})
	add(payment.Rule{Kind: payment.VATRule, ValidFrom: "2026-10-03", Amount: 1750})
	add(payment.Rule{Kind: payment.ReductionRule, Ground: "student", ValidFrom: "2026-10-04", Amount: 3333})
	for day, want := range map[clock.Day][2]string{
		"2026-09-30": {"7380.40", "559.02"},  // 6190.00 and 309.50, 16 %, 200
		"2026-10-01": {"8320.00", "606.00"},  // 7000.00 and 350.00, 16 %, 200
		"2026-10-02": {"8370.00", "656.00"},  // commission 250
		"2026-10-03": {"8475.00", "661.25"},  // 17.5 %
		"2026-10-04": {"8475.00", "2991.39"}, // 2333.10, 408.29 (408.2925), 250
	} {
		for n, ground := range []string{"", "student"} {
			f, err := w.pay.Quote(ctx, payment.CopyrightWork, ground, day)
			require.NoError(t, err)
			require.Equal(t, want[n], f.Total.String(), "%s %s", day, ground)
		}
	}
	f, err := w.pay.Quote(ctx, payment.CopyrightWork, "", "2026-10-04")
	require.NoError(t, err)
	require.False(t, f.ToCheck)
	require.Equal(t, clock.Day("2026-10-03"), f.ValidFrom)
}

func TestAddFeeNeverChangesWhatHolds(t *testing.T) {
	w := newWorld(t)
	good := payment.Rule{Kind: payment.BaseRule, Service: payment.CopyrightWork, ValidFrom: "2026-09-15", Amount: 1, Note: "order"}
	for key, spoil := range map[string]func(r *payment.Rule){
		"payment.fee_past":    func(r *payment.Rule) { r.ValidFrom = "2026-09-14" },
		"payment.fee_kind":    func(r *payment.Rule) { r.Kind = "bribe" },
		"payment.fee_service": func(r *payment.Rule) { r.Service = "patent" },
		"payment.fee_ground":  func(r *payment.Rule) { r.Ground = "student" },
		"payment.fee_amount":  func(r *payment.Rule) { r.Amount = 0 },
		"payment.fee_note":    func(r *payment.Rule) { r.Note = " " },
	} {
		r := good
		spoil(&r)
		_, err := w.pay.AddFee(ctx, office, r)
		var f *fault.Error
		require.ErrorAs(t, err, &f, key)
		require.Equal(t, key, f.Key)
	}
	added, err := w.pay.AddFee(ctx, office, good)
	require.NoError(t, err)
	_, err = w.pay.AddFee(ctx, office, good)
	require.True(t, fault.Is(err, fault.Conflict))

	require.NoError(t, w.pay.WithdrawFee(ctx, office, added.ID))
	again, err := w.pay.AddFee(ctx, office, good)
	require.NoError(t, err, "a row that was taken back leaves its day free")
	w.clock.Advance(18 * time.Hour) // midnight in Almaty has passed
	require.Equal(t, clock.Day("2026-09-15"), w.pay.Today())
	require.True(t, fault.Is(w.pay.WithdrawFee(ctx, office, again.ID), fault.Conflict), "it is in force")
	var lines int
	require.NoError(t, w.pool.QueryRow(ctx, `SELECT count(*) FROM audit WHERE subject_kind = 'fee' AND actor = 'office'`).Scan(&lines))
	require.Equal(t, 3, lines)
}

func TestMoney(t *testing.T) {
	for text, want := range map[string]payment.Tiyn{"7380.40": 738040, "7380.4": 738040, "7 380,40": 738040, "200": 20000, "0.01": 1, "1.500": 150} {
		got, err := payment.ParseTiyn(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "-1", "1e3", "1.005", ".5", "12a", "99999999999999", "1.2.3"} {
		_, err := payment.ParseTiyn(text)
		require.Error(t, err, text)
	}
	require.Equal(t, "7\u2009380,40\u00a0₸", payment.Tiyn(738040).Text(i18n.KK))
	require.Equal(t, "7\u2009380.40\u00a0₸", payment.Tiyn(738040).Text(i18n.EN))
	require.Equal(t, "12,5\u00a0%", payment.Percent(1250).Text(i18n.RU))
	require.Equal(t, "16%", payment.Percent(1600).Text(i18n.EN))
}
