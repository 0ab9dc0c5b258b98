package payment_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/internal/payment"
	"kualik/internal/sim/epay"
)

func TestPaymentFromEndToEnd(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	p := w.start(i.ID)
	require.Equal(t, payment.Paying, p.Invoice.State)
	require.Equal(t, 20*time.Minute, p.Invoice.TimeLeft(w.clock.Now()))
	require.Equal(t, 3, p.Invoice.AttemptsLeft())
	require.True(t, strings.HasSuffix(p.ScriptURL, "/payform/payment-api.js"))
	var object map[string]any
	require.NoError(t, json.Unmarshal(p.Object, &object))
	require.Equal(t, "kaz", object["language"])
	require.Equal(t, i.Number, object["invoiceId"])
	require.InDelta(t, 7380.4, object["amount"], 0.001)
	require.NotEmpty(t, object["auth"].(map[string]any)["access_token"])

	b := w.enter(p)
	require.Contains(t, b.text, "7380.4 KZT")
	require.Contains(t, b.text, "20 минут немесе 3 әрекет")
	require.NoError(t, b.card(poorCard))
	require.Contains(t, b.text, "Картада ақша жеткіліксіз")
	w.bank.Deliver()
	w.reconcile()
	i = w.get(i.ID)
	require.Equal(t, payment.Paying, i.State)
	require.Equal(t, 2, i.AttemptsLeft())
	attempts, err := w.pay.Attempts(ctx, i.ID)
	require.NoError(t, err)
	require.Len(t, attempts, 1)
	require.Equal(t, "484", attempts[0].Code)
	require.Contains(t, attempts[0].Meaning(i18n.RU), "недостаточно денег")

	require.NoError(t, b.card(codeCard))
	require.True(t, strings.HasSuffix(b.at, "/3d"), b.at)
	require.NoError(t, b.post(b.at, url.Values{"code": {epay.Code}}))
	require.Contains(t, b.text, "Төлем қабылданды")
	w.bank.Deliver()
	w.reconcile()
	i = w.get(i.ID)
	require.Equal(t, payment.Paid, i.State)
	require.Equal(t, i.Total, i.Taken)
	require.Equal(t, "552204...6736", i.CardMask)
	require.NotEmpty(t, i.ApprovalCode)
	require.Equal(t, 1, w.hooks["paid"])
	require.Nil(t, i.AskAt)
	_, err = w.pay.Start(ctx, i.ID, payer)
	require.True(t, fault.Is(err, fault.Conflict))

	var kinds []string
	events, err := w.pay.Events(ctx, i.ID)
	require.NoError(t, err)
	for _, e := range events {
		kinds = append(kinds, e.Kind+":"+e.Note)
		require.NotContains(t, string(e.Body), "secret_hash")
	}
	require.Equal(t, []string{"formed:7380.40", "started:", "state:paying", "token:given", "callback:ok", "status:rejected", "callback:ok",
		"status:charged", "state:paid"}, kinds)
}

// A hundred at once, in two processes: one session, one token, the same answer for all.
func TestHundredStartsAreOne(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	other := w.service()
	answers := make(chan string, 100)
	var wg sync.WaitGroup
	for n := range 100 {
		wg.Go(func() {
			s := w.pay
			if n%2 == 1 {
				s = other
			}
			p, err := s.Start(ctx, i.ID, payer)
			if err != nil {
				answers <- err.Error()
				return
			}
			answers <- p.Invoice.ID.String() + string(p.Object)
		})
	}
	wg.Wait()
	close(answers)
	different := map[string]bool{}
	for a := range answers {
		different[a] = true
	}
	require.Len(t, different, 1, "all have the same session and token")
	for a := range different {
		require.Contains(t, a, "access_token")
	}
	events, err := w.pay.Events(ctx, i.ID)
	require.NoError(t, err)
	count := map[string]int{}
	for _, e := range events {
		count[e.Kind]++
	}
	require.Equal(t, map[string]int{"formed": 1, "started": 1, "state": 1, "token": 1}, count)
}

func TestSessionEndsByTime(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	w.start(i.ID)
	w.clock.Advance(19 * time.Minute)
	w.reconcile()
	require.Equal(t, payment.Paying, w.get(i.ID).State)
	require.Equal(t, time.Minute, w.get(i.ID).TimeLeft(w.clock.Now()))
	w.clock.Advance(time.Minute)
	w.reconcile()
	require.Equal(t, payment.Expired, w.get(i.ID).State)

	p := w.start(i.ID)
	require.Equal(t, "100002", p.Invoice.Number, "the same debt under another number")
	require.Equal(t, i.ID, *p.Invoice.Replaces)
	require.Equal(t, i.Total, p.Invoice.Total)
	require.Equal(t, p.Invoice.ID, w.start(i.ID).Invoice.ID, "asked for the old one again, it is still that one")
}

// Nobody reconciled: starting again after the deadline asks the bank first.
func TestStartAfterTheDeadlineAsksFirst(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	w.bank.Misbehave(i.Number, epay.LostCallback)
	b := w.enter(w.start(i.ID))
	require.NoError(t, b.card(goodCard))
	w.clock.Advance(30 * time.Minute)
	_, err := w.pay.Start(ctx, i.ID, payer)
	require.True(t, fault.Is(err, fault.Conflict), "it was paid")
	require.Equal(t, payment.Paid, w.get(i.ID).State)

	i = w.invoice(newDebt())
	w.start(i.ID)
	w.bank.Misbehave(i.Number, epay.StatusDown)
	w.clock.Advance(30 * time.Minute)
	_, err = w.pay.Start(ctx, i.ID, payer)
	require.True(t, fault.Is(err, fault.Unavailable), "the bank does not say whether it was paid")
	require.True(t, w.get(i.ID).Unknown(w.clock.Now()))
	w.bank.Misbehave(i.Number)
	require.NotEqual(t, i.ID, w.start(i.ID).Invoice.ID)
}

func TestThreeAttempts(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	b := w.enter(w.start(i.ID))
	for n, card := range []string{poorCard, oldCard} {
		require.NoError(t, b.card(card))
		w.bank.Deliver()
		w.reconcile()
		w.reconcile() // the same rejection heard twice counts once
		require.Equal(t, 2-n, w.get(i.ID).AttemptsLeft())
	}
	require.NoError(t, b.card(noCodeCard))
	require.NoError(t, b.post(b.at, url.Values{"code": {"1234"}}))
	require.Contains(t, b.text, "әрекеттер бітті")
	w.bank.Deliver()
	w.reconcile()
	i = w.get(i.ID)
	require.Equal(t, payment.Failed, i.State)
	require.Zero(t, i.AttemptsLeft())
	next := w.start(i.ID).Invoice
	require.NotEqual(t, i.Number, next.Number)
	require.Equal(t, 3, next.AttemptsLeft())
	w.even(2)
}

func TestTwoTabsAreOneSession(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	first := w.enter(w.start(i.ID)) // this tab stays open
	w.clock.Advance(19 * time.Minute)
	slow := w.enter(w.start(i.ID))
	require.Equal(t, first.at, slow.at, "two tabs are in one session")
	w.clock.Advance(time.Minute)
	w.reconcile()
	require.Equal(t, payment.Expired, w.get(i.ID).State)
	res, err := http.Get(first.at)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, http.StatusGone, res.StatusCode, "the bank's page ends as well")
}

func TestCallbackIsHeldAgainstTheInvoice(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	w.start(i.ID)
	require.True(t, fault.Is(w.pay.Callback(ctx, []byte("<html>")), fault.Invalid))
	require.True(t, fault.Is(w.pay.Callback(ctx, []byte(`{"invoiceId":"999999"}`)), fault.Invalid))
	require.NoError(t, w.pay.Callback(ctx, []byte(`{"invoiceId":"`+i.Number+`","amount":7380.4,"code":"ok","secret_hash":"guessed","cardMask":"4405639704015096","x\u0000y":"\u0000"}`)))
	for range 150 {
		require.NoError(t, w.pay.Callback(ctx, []byte(`{"invoiceId":"`+i.Number+`"}`)))
	}
	events, err := w.pay.Events(ctx, i.ID)
	require.NoError(t, err)
	n := 0
	for _, e := range events {
		if e.Kind == "callback" {
			n++
			require.Equal(t, "wrong_secret", e.Note)
			require.NotContains(t, string(e.Body), "4405639704015096")
		}
	}
	require.Equal(t, 100, n, "the ledger is not filled by strangers")
	require.Equal(t, payment.Paying, w.get(i.ID).State)
	require.Equal(t, w.clock.Now().Add(time.Minute), *w.get(i.ID).AskAt, "and does not make us ask the bank")
}

// The transaction that marks an invoice paid is the subject's, too: what fails there is done again.
func TestPaidOnlyTogetherWithTheSubject(t *testing.T) {
	w := newWorld(t)
	w.refuse = pgx.ErrTxClosed
	i := w.paidAtBank()
	_, err := w.pay.Confirm(ctx, i.ID)
	require.Error(t, err)
	require.Equal(t, payment.Paying, w.get(i.ID).State)
	w.refuse = nil
	w.clock.Advance(time.Minute)
	w.reconcile()
	require.Equal(t, payment.Paid, w.get(i.ID).State)
	require.Equal(t, 1, w.hooks["paid"])
}

// inserted keeps the jobs that would be done.
type inserted struct{ jobs []jobs.Args }

func (j *inserted) Insert(_ context.Context, _ pgx.Tx, args jobs.Args, _ jobs.Options) error {
	j.jobs = append(j.jobs, args)
	return nil
}

// The bank's message is answered at once; the asking is a job, inserted together with the message.
func TestCallbackWakesAJob(t *testing.T) {
	w := newWorld(t)
	queue := &inserted{}
	w.pay.Jobs = queue
	i := w.paidAtBank()
	require.Equal(t, []jobs.Args{payment.ConfirmArgs{InvoiceID: i.ID}}, queue.jobs)
	require.NoError(t, w.pay.Work(ctx, jobs.Job[payment.ConfirmArgs]{Args: payment.ConfirmArgs{InvoiceID: i.ID}}))
	require.Equal(t, payment.Paid, w.get(i.ID).State)
}

// The page to which the bank sends the payer back asks by itself, but not at every reload.
func TestLookAsksWhenItIsDue(t *testing.T) {
	w := newWorld(t)
	i := w.paidAtBank(epay.LostCallback, epay.StatusPending)
	look := func() payment.Invoice {
		got, err := w.pay.Look(ctx, i.ID)
		require.NoError(t, err)
		return got
	}
	require.True(t, look().Unknown(w.clock.Now()))
	w.bank.Misbehave(i.Number)
	w.clock.Advance(time.Second)
	require.Equal(t, payment.Paying, look().State)
	w.clock.Advance(time.Second)
	require.Equal(t, payment.Paid, look().State)
}

// Three cards are rejected and the bank's messages are lost: the status tells of the last one only, so two
// attempts seem left where the bank's page takes none. The payer says so and gets another number.
func TestSessionThatTheBankHasClosed(t *testing.T) {
	w := newWorld(t)
	i := w.invoice(newDebt())
	w.bank.Misbehave(epay.Every, epay.LostCallback)
	b := w.enter(w.start(i.ID))
	require.True(t, fault.Is(w.pay.EndSession(ctx, i.ID), fault.Conflict), "nothing was rejected yet")
	for range payment.MaxAttempts {
		require.NoError(t, b.card(poorCard))
	}
	_, err := w.pay.Confirm(ctx, i.ID)
	require.NoError(t, err)
	require.Equal(t, 2, w.get(i.ID).AttemptsLeft())
	require.NoError(t, w.pay.EndSession(ctx, i.ID))
	require.NoError(t, w.pay.EndSession(ctx, i.ID), "twice is once")
	require.Equal(t, payment.Failed, w.get(i.ID).State)
	again := w.start(i.ID)
	require.NotEqual(t, i.Number, again.Invoice.Number)
	require.NoError(t, w.enter(again).card(goodCard))
	_, err = w.pay.Confirm(ctx, again.Invoice.ID)
	require.NoError(t, err)
	require.Equal(t, payment.Paid, w.get(again.Invoice.ID).State)
	require.Equal(t, 1, w.hooks["paid"])
}
