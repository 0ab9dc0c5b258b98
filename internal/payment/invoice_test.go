package payment_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/fault"
	"kualik/internal/payment"
)

func TestInvoiceIsFrozenAndOneForEachDebt(t *testing.T) {
	w := newWorld(t)
	d := newDebt()
	i := w.invoice(d)
	require.Equal(t, "100001", i.Number)
	require.Equal(t, payment.Open, i.State)
	require.Equal(t, "7380.40", i.Total.String())
	require.Equal(t, i, w.invoice(d), "formed twice, it is the same")

	_, err := w.pay.AddFee(ctx, office, payment.Rule{Kind: payment.VATRule, ValidFrom: "2026-09-15", Amount: 2000, Note: "law"})
	require.NoError(t, err)
	w.clock.Advance(48 * time.Hour)
	require.Equal(t, i.Total, w.invoice(d).Total, "formed in advance, it keeps its price")

	d.Reduction = "student"
	reduced := w.invoice(d)
	require.Equal(t, "100002", reduced.Number)
	require.Equal(t, "571.40", reduced.Total.String()) // 309.50 + 20 % + 200
	old := w.get(i.ID)
	require.Equal(t, payment.Cancelled, old.State)
	require.Equal(t, payment.Replaced, old.Reason)

	_, err = w.pool.Exec(ctx, `UPDATE payment_event SET note = 'other'`)
	require.ErrorContains(t, err, "only added to")
	_, err = w.pool.Exec(ctx, `UPDATE invoice SET state = 'open' WHERE id = $1`, i.ID)
	require.ErrorContains(t, err, "invoice_one_live")
}

// Forty people form invoices at once, some transactions fail: numbers have no gap and none is given twice.
func TestNumbersAreGapless(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			_ = pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
				_, err := w.pay.Invoice(ctx, tx, newDebt())
				if err == nil && n%4 == 0 {
					err = fmt.Errorf("something else went wrong")
				}
				return err
			})
		})
	}
	wg.Wait()
	list, err := w.pay.Invoices(ctx, payment.Filter{})
	require.NoError(t, err)
	require.Len(t, list, 30)
	seen := map[string]bool{}
	for _, i := range list {
		seen[i.Number] = true
	}
	for n := 100001; n <= 100030; n++ {
		require.True(t, seen[fmt.Sprint(n)], "%d", n)
	}
}

// From 1000000 on the last six digits are those that were left out before; then there are no more.
func TestLastSixDigitsStayUnique(t *testing.T) {
	w := newWorld(t)
	_, err := w.pool.Exec(ctx, `UPDATE invoice_counter SET last = 1099998`)
	require.NoError(t, err)
	require.Equal(t, "1099999", w.invoice(newDebt()).Number)
	require.Equal(t, []string{payment.NumbersLow}, w.alarms())
	err = pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { _, err := w.pay.Invoice(ctx, tx, newDebt()); return err })
	require.True(t, fault.Is(err, fault.Unavailable))
	_, err = w.pool.Exec(ctx, `UPDATE invoice_counter SET last = 1000000`)
	require.NoError(t, err)
	w.invoice(newDebt()) // 1000001
	_, err = w.pool.Exec(ctx, `UPDATE invoice SET number = '5000001'`)
	require.Error(t, err)
}

func TestNothingDueIsPaidAtOnce(t *testing.T) {
	w := newWorld(t)
	for _, r := range []payment.Rule{{Kind: payment.ReductionRule, Ground: "war_veteran"}, {Kind: payment.CommissionRule}} {
		r.ValidFrom, r.Note = "2026-09-15", "order"
		_, err := w.pay.AddFee(ctx, office, r)
		require.NoError(t, err)
	}
	w.clock.Advance(24 * time.Hour)
	d := newDebt()
	d.Reduction = "war_veteran"
	i := w.invoice(d)
	require.Equal(t, payment.Paid, i.State)
	require.Equal(t, payment.NothingDue, i.Reason)
	require.Equal(t, 1, w.hooks["paid"])
}

func TestTransferRecordedByTheOffice(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	_, err := w.pay.RecordTransfer(ctx, office, i.ID, " ")
	require.True(t, fault.Is(err, fault.Invalid), "a document is needed")
	paid, err := w.pay.RecordTransfer(ctx, office, i.ID, "№ 17 от 14.09.2026")
	require.NoError(t, err)
	require.Equal(t, payment.Paid, paid.State)
	require.Equal(t, payment.ByTransfer, paid.Means)
	require.Equal(t, 1, w.hooks["paid"])
	_, err = w.pay.RecordTransfer(ctx, office, i.ID, "№ 17")
	require.True(t, fault.Is(err, fault.Conflict))
	_, err = w.pay.Start(ctx, i.ID, payer)
	require.True(t, fault.Is(err, fault.Conflict))

	asked, err := w.pay.Refund(ctx, office, i.ID, "withdrawn by the author")
	require.NoError(t, err)
	require.Equal(t, payment.RefundAsked, asked.State)
	back, err := w.pay.RecordRefund(ctx, office, i.ID, "№ 18")
	require.NoError(t, err)
	require.Equal(t, payment.Refunded, back.State)
	require.Equal(t, back.Taken, back.RefundedSum)
	require.Equal(t, 1, w.hooks["refunded"])
}

func TestWithoutABank(t *testing.T) {
	w := newWorld(t)
	w.options.Bank = nil
	w.pay = w.service()
	i := w.invoice(newDebt())
	_, err := w.pay.Start(ctx, i.ID, payer)
	require.True(t, fault.Is(err, fault.Unavailable))
	_, err = w.pay.Reconcile(ctx)
	require.NoError(t, err)
	_, err = w.pay.RecordTransfer(ctx, office, i.ID, "№ 1")
	require.NoError(t, err)
}

func TestCancelSaysWhatIsToBeRefunded(t *testing.T) {
	w := newWorld(t)
	cancel := func(d payment.Debt) (due payment.Tiyn) {
		require.NoError(t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) (err error) {
			due, err = w.pay.Cancel(ctx, tx, office, d.SubjectKind, d.SubjectID)
			return err
		}))
		return due
	}
	d := newDebt()
	i := w.invoice(d)
	require.Zero(t, cancel(d))
	require.Equal(t, payment.Cancelled, w.get(i.ID).State)
	_, err := w.pay.Start(ctx, i.ID, payer)
	require.True(t, fault.Is(err, fault.Conflict))

	d = newDebt()
	i = w.invoice(d)
	_, err = w.pay.RecordTransfer(ctx, office, i.ID, "№ 1")
	require.NoError(t, err)
	require.Equal(t, i.Total, cancel(d))
	require.Equal(t, payment.RefundDue, w.get(i.ID).State)
	require.Equal(t, []string{payment.Deleted}, w.alarms())
	counts, err := w.pay.Counts(ctx, payment.Filter{})
	require.NoError(t, err)
	require.Equal(t, map[payment.State]int{payment.Cancelled: 1, payment.RefundDue: 1}, counts)
}
