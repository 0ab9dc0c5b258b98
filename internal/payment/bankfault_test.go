package payment_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/fault"
	"kualik/internal/payment"
	"kualik/internal/sim/epay"
)

// However the bank tells, or does not, a payment that was made is found, once.
func TestEveryWayOfTelling(t *testing.T) {
	for name, c := range map[string]struct {
		faults []epay.Fault
		told   int32
	}{
		"told":                   {nil, 1},
		"never told":             {[]epay.Fault{epay.LostCallback}, 0},
		"told twice":             {[]epay.Fault{epay.DoubleCallback}, 2},
		"told late":              {[]epay.Fault{epay.LateCallback}, 0},
		"told before the return": {[]epay.Fault{epay.EarlyCallback}, 1},
		"told of another sum":    {[]epay.Fault{epay.CallbackAmount}, 1},
		"told with a lie":        {[]epay.Fault{epay.WrongSecret}, 1},
		"the browser lost":       {[]epay.Fault{epay.AnswerLost, epay.LostCallback}, 0},
		"in two steps":           {[]epay.Fault{epay.TwoSteps}, 1},
		"in two, answer lost":    {[]epay.Fault{epay.TwoSteps, epay.AnswerLost}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			i := w.paidAtBank(c.faults...)
			require.Equal(t, payment.Paying, i.State, "what the bank sends by itself decides nothing")
			require.Equal(t, c.told, w.told.Load())
			w.clock.Advance(time.Minute)
			w.reconcile()
			i = w.get(i.ID)
			require.Equal(t, payment.Paid, i.State)
			require.Equal(t, i.Total, i.Taken)
			w.bank.Deliver() // what was late comes now
			w.reconcile()
			require.Equal(t, 1, w.hooks["paid"])
			require.Empty(t, w.alarms())
			w.even(1)
		})
	}
}

// even holds the books against the bank's.
func (w *world) even(invoices int) {
	w.t.Helper()
	b, err := w.pay.Balance(ctx, "2026-01-01", "2027-12-31")
	require.NoError(w.t, err)
	require.True(w.t, b.Even(), "%+v", b)
	require.Equal(w.t, invoices, b.Invoices)
	require.Equal(w.t, b.BankNet(), b.Net())
}

func TestWrongAmountIsToBeRefunded(t *testing.T) {
	w := newWorld(t)
	i := w.paidAtBank(epay.WrongAmount)
	w.reconcile()
	i = w.get(i.ID)
	require.Equal(t, payment.RefundDue, i.State)
	require.Equal(t, payment.WrongAmount, i.Reason)
	require.Equal(t, "7280.40", i.Taken.String())
	require.Equal(t, []string{payment.WrongAmount}, w.alarms())
	require.Equal(t, 1, w.hooks["alarm wrong_amount"])
	require.Zero(t, w.hooks["paid"])
	w.even(1)

	back, err := w.pay.Refund(ctx, office, i.ID, "the bank took another sum")
	require.NoError(t, err)
	require.Equal(t, payment.Refunded, back.State)
	require.Equal(t, back.Taken, back.RefundedSum)
	w.even(1)
	list, err := w.pay.Alarms(ctx)
	require.NoError(t, err)
	require.True(t, fault.Is(w.pay.CloseAlarm(ctx, office, list[0].ID, ""), fault.Invalid))
	require.NoError(t, w.pay.CloseAlarm(ctx, office, list[0].ID, "refunded"))
	require.Empty(t, w.alarms())
}

// The first session ran out unheard, the payer paid in the second, and then the first turns out paid, too.
func TestPaidTwiceThroughTwoSessions(t *testing.T) {
	w := newWorld(t)
	first := w.invoice(newDebt())
	late := w.enter(w.start(first.ID))
	w.clock.Advance(10 * time.Minute)
	w.expire(first)
	second := w.start(first.ID).Invoice
	require.NotEqual(t, first.ID, second.ID)
	require.NoError(t, w.enter(w.start(second.ID)).card(goodCard))
	w.bank.Deliver()
	w.reconcile()
	require.Equal(t, payment.Paid, w.get(second.ID).State)
	w.bank.Misbehave(first.Number, epay.LostCallback)
	require.NoError(t, late.card(goodCard))
	w.clock.Advance(time.Hour)
	w.reconcile()
	require.Equal(t, payment.RefundDue, w.get(first.ID).State)
	require.Equal(t, payment.PaidTwice, w.get(first.ID).Reason)
	require.Equal(t, 1, w.hooks["paid"])
	require.Equal(t, []string{payment.PaidTwice}, w.alarms())
	w.even(2)
}

// expire ends our session before the bank's: our clock and the bank's are not the same.
func (w *world) expire(i payment.Invoice) {
	w.t.Helper()
	_, err := w.pool.Exec(ctx, `UPDATE invoice SET deadline = $2, ask_at = $2 WHERE id = $1`, i.ID, w.clock.Now())
	require.NoError(w.t, err)
	w.reconcile()
	require.Equal(w.t, payment.Expired, w.get(i.ID).State)
}

// Money that comes after the session ended still pays the debt, and the number that took its place goes.
func TestLateMoneyPaysTheDebt(t *testing.T) {
	w := newWorld(t)
	first := w.invoice(newDebt())
	late := w.enter(w.start(first.ID))
	w.expire(first)
	second := w.start(first.ID).Invoice
	w.bank.Misbehave(first.Number, epay.LostCallback)
	require.NoError(t, late.card(goodCard))
	w.clock.Advance(6 * time.Minute)
	w.reconcile()
	require.Equal(t, payment.Paid, w.get(first.ID).State)
	require.Equal(t, payment.Cancelled, w.get(second.ID).State)
	require.Equal(t, payment.AlreadyPaid, w.get(second.ID).Reason)
	_, err := w.pay.Start(ctx, second.ID, payer)
	require.True(t, fault.Is(err, fault.Conflict))
	w.even(2)
}

func TestMoneyForWhatWasDeleted(t *testing.T) {
	w := newWorld(t)
	d := newDebt()
	i := w.invoice(d)
	b := w.enter(w.start(i.ID))
	require.NoError(t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		_, err := w.pay.Cancel(ctx, tx, office, d.SubjectKind, d.SubjectID)
		return err
	}))
	require.NoError(t, b.card(goodCard))
	w.bank.Deliver()
	w.reconcile()
	require.Equal(t, payment.RefundDue, w.get(i.ID).State)
	require.Equal(t, payment.NotWanted, w.get(i.ID).Reason)
	require.Zero(t, w.hooks["paid"])
}

// The subject's owner says that it takes no money any more: it does not stay where nobody sees it.
func TestMoneyThatTheSubjectDoesNotTake(t *testing.T) {
	w := newWorld(t)
	w.refuse = fault.New(fault.Conflict, "filing.withdrawn")
	i := w.paidAtBank()
	w.reconcile()
	i = w.get(i.ID)
	require.Equal(t, payment.RefundDue, i.State)
	require.Equal(t, payment.NotWanted, i.Reason)
	require.Equal(t, i.Total, i.Taken)
	require.Equal(t, []string{payment.NotWanted}, w.alarms())
	w.even(1)
}

// A hold that is not wanted is released, not taken.
func TestHoldThatIsNotOwedIsReleased(t *testing.T) {
	w := newWorld(t)
	i := w.paidAtBank(epay.TwoSteps, epay.WrongAmount)
	w.reconcile()
	i = w.get(i.ID)
	require.Equal(t, payment.Paying, i.State)
	require.Equal(t, "released", i.BankSays)
	require.Zero(t, i.Taken)
	w.even(1)
}

func TestUnknownStaysUnknownAndIsSaid(t *testing.T) {
	for name, f := range map[string]epay.Fault{"down": epay.StatusDown, "try later": epay.StatusPending} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			i := w.paidAtBank(f)
			w.reconcile()
			require.True(t, w.get(i.ID).Unknown(w.clock.Now()))
			for range 100 { // by the minute, by the quarter, by the hour
				w.clock.Advance(15 * time.Minute)
				w.reconcile()
			}
			require.Equal(t, payment.Paying, w.get(i.ID).State, "neither paid nor not paid")
			require.Equal(t, []string{payment.UnknownForADay}, w.alarms())
			require.Equal(t, 1, w.hooks["alarm unknown_for_a_day"])
			b, err := w.pay.Balance(ctx, "2026-09-14", "2026-09-14")
			require.NoError(t, err)
			require.False(t, b.Even())
			require.Len(t, b.Unknown, 1)

			require.True(t, fault.Is(w.pay.GiveUp(ctx, office, i.ID, ""), fault.Invalid))
			require.NoError(t, w.pay.GiveUp(ctx, office, i.ID, "the bank said on the phone that nothing was paid"))
			require.Equal(t, payment.Expired, w.get(i.ID).State)
			w.bank.Misbehave(i.Number)
			w.clock.Advance(time.Hour)
			w.reconcile()
			require.Equal(t, payment.Paid, w.get(i.ID).State, "it was paid after all, and is found")
			w.even(1)
		})
	}
}

func TestNoToken(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	w.bank.Misbehave(epay.Next, epay.TokenDown)
	_, err := w.pay.Start(ctx, i.ID, payer)
	require.True(t, fault.Is(err, fault.Unavailable))
	w.bank.Misbehave(i.Number)
	require.NoError(t, w.enter(w.start(i.ID)).card(goodCard), "the session goes on where it stopped")
}

func TestRefund(t *testing.T) {
	for name, c := range map[string]struct {
		faults []epay.Fault
		first  payment.State // after asking
		mend   bool
		last   payment.State
	}{
		"made":            {nil, payment.Refunded, false, payment.Refunded},
		"answer lost":     {[]epay.Fault{epay.AnswerLost}, payment.Refunded, false, payment.Refunded},
		"refused":         {[]epay.Fault{epay.RefundRefused}, payment.RefundDue, false, payment.RefundDue},
		"bank away":       {[]epay.Fault{epay.StatusDown}, payment.RefundAsked, true, payment.Refunded},
		"lost, then away": {[]epay.Fault{epay.StatusPending, epay.AnswerLost}, payment.RefundAsked, true, payment.Refunded},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			i := w.paidAtBank()
			w.reconcile()
			require.Equal(t, payment.Paid, w.get(i.ID).State)
			w.bank.Misbehave(i.Number, c.faults...)
			_, err := w.pay.Refund(ctx, office, i.ID, "")
			require.True(t, fault.Is(err, fault.Invalid), "a reason is needed")
			got, err := w.pay.Refund(ctx, office, i.ID, "the author withdrew")
			require.NoError(t, err)
			require.Equal(t, c.first, got.State)
			require.Equal(t, 1, w.hooks["refund_asked"])
			if c.mend {
				w.bank.Misbehave(i.Number)
			}
			for range 3 {
				w.clock.Advance(5 * time.Minute)
				w.reconcile()
			}
			i = w.get(i.ID)
			require.Equal(t, c.last, i.State)
			if c.last == payment.Refunded {
				require.Equal(t, 1, w.hooks["refunded"])
				_, err = w.pay.Refund(ctx, office, i.ID, "again")
				require.True(t, fault.Is(err, fault.Conflict))
			} else {
				require.Equal(t, []string{payment.RefundRefused}, w.alarms())
			}
			w.even(1)
		})
	}
}

// A refund that was decided, and the process killed before the bank was asked.
func TestRefundGoesOnAfterACrash(t *testing.T) {
	w := newWorld(t)
	i := w.paidAtBank()
	w.reconcile()
	_, err := w.pool.Exec(ctx, `UPDATE invoice SET state = 'refund_asked', ask_at = $2 WHERE id = $1`, i.ID, w.clock.Now())
	require.NoError(t, err)
	w.reconcile()
	require.Equal(t, payment.Refunded, w.get(i.ID).State)
	w.even(1)
}

// What is killed after any step goes on from what is written down, in another process.
func TestKilledAfterEveryStep(t *testing.T) {
	steps := []string{"formed", "session written", "token given", "card entered", "message taken", "bank asked"}
	for n, last := range steps {
		t.Run(last, func(t *testing.T) {
			w := newWorld(t)
			w.bank.Misbehave(epay.Next, epay.LostCallback)
			i := w.invoice(newDebt())
			if n >= 1 {
				w.bank.Misbehave(i.Number, epay.TokenDown, epay.LostCallback)
				_, err := w.pay.Start(ctx, i.ID, payer)
				require.Error(t, err)
				w.bank.Misbehave(i.Number, epay.LostCallback)
			}
			var b *browser
			if n >= 2 {
				b = w.enter(w.start(i.ID))
			}
			if n >= 3 {
				require.NoError(t, b.card(goodCard))
			}
			if n >= 4 {
				require.NoError(t, w.pay.Callback(ctx, []byte(`{"invoiceId":"`+i.Number+`"}`)))
			}
			if n >= 5 {
				w.refuse = pgx.ErrTxClosed // the answer came, and was never written
				_, err := w.pay.Confirm(ctx, i.ID)
				require.Error(t, err)
				w.refuse = nil
			}
			w.pay = w.service() // the next process
			if n < 3 {
				require.NoError(t, w.enter(w.start(i.ID)).card(goodCard))
			}
			w.clock.Advance(time.Minute)
			w.reconcile()
			require.Equal(t, payment.Paid, w.get(i.ID).State)
			require.Equal(t, 1, w.hooks["paid"])
			w.even(1)
		})
	}
}

// Two processes reconcile at once: each invoice is asked for once.
func TestReconcileSharesTheWork(t *testing.T) {
	w := newWorld(t)
	for range 6 {
		w.paidAtBank(epay.LostCallback)
	}
	w.clock.Advance(time.Minute)
	other, count := w.service(), make(chan int)
	for _, s := range []*payment.Service{w.pay, other} {
		go func() {
			n, err := s.Reconcile(ctx)
			if err != nil {
				n = -100
			}
			count <- n
		}()
	}
	require.Equal(t, 6, <-count+<-count)
	w.even(6)
}
