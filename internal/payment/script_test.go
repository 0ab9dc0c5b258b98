package payment_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/payment"
)

// scripted is a bank that says what it is told to say about every invoice.
type scripted struct{ says atomic.Value }

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/oauth2/token" {
		io.WriteString(w, `{"access_token":"T","expires_in":1200,"token_type":"Bearer"}`)
		return
	}
	io.WriteString(w, s.says.Load().(string))
}

func (w *world) scripted() *scripted {
	w.t.Helper()
	s := &scripted{}
	server := httptest.NewServer(s)
	w.t.Cleanup(server.Close)
	bank, err := payment.NewBank(payment.BankOptions{OAuthURL: server.URL + "/oauth2/token", APIURL: server.URL, PageURL: server.URL,
		ClientID: "a", ClientSecret: "b", Terminal: "t", Clock: w.clock})
	require.NoError(w.t, err)
	w.options.Bank = bank
	w.pay = w.service()
	return s
}

func said(number, transaction, status, currency string) string {
	return fmt.Sprintf(`{"resultCode":"100","transaction":{"id":%q,"invoiceID":%q,"amount":7380.4,"currency":%q,"terminalID":"t","statusName":%q}}`,
		transaction, number, currency, status)
}

// What a bank should never say is not believed, and the office hears of it.
func TestWhatABankShouldNeverSay(t *testing.T) {
	w := newWorld(t)
	bank := w.scripted()
	for name, c := range map[string]struct {
		says  func(number string) []string // one after the other
		state payment.State
		alarm string
	}{
		"two charges": {func(n string) []string { return []string{said(n, "1", "CHARGE", "KZT"), said(n, "2", "CHARGE", "KZT")} },
			payment.Paid, payment.SecondCharge},
		"a part given back": {func(n string) []string {
			return []string{said(n, "1", "CHARGE", "KZT"), said(n, "1", "PARTIAL_REFUND", "KZT")}
		}, payment.Paid, payment.PartialRefund},
		"another currency": {func(n string) []string { return []string{said(n, "1", "CHARGE", "USD")} }, payment.Paying, payment.WrongCurrency},
		"another invoice":  {func(string) []string { return []string{said("999999", "1", "CHARGE", "KZT")} }, payment.Paying, payment.WrongTerminal},
		"not our terminal": {func(string) []string { return []string{`{"resultCode":"109","resultMessage":"no"}`} }, payment.Paying, payment.WrongTerminal},
		"given back by itself": {func(n string) []string {
			return []string{said(n, "1", "CHARGE", "KZT"), said(n, "1", "REFUND", "KZT")}
		}, payment.Refunded, ""},
	} {
		t.Run(name, func(t *testing.T) {
			i := w.invoice(newDebt())
			w.start(i.ID)
			for _, s := range c.says(i.Number) {
				bank.says.Store(s)
				_, err := w.pay.Confirm(ctx, i.ID)
				require.NoError(t, err)
			}
			require.Equal(t, c.state, w.get(i.ID).State)
			alarms, err := w.pay.Alarms(ctx)
			require.NoError(t, err)
			heard := ""
			for _, a := range alarms {
				if a.InvoiceID == i.ID {
					heard += a.Kind
				}
			}
			require.Equal(t, c.alarm, heard)
		})
	}
}

// The bank takes the wish for a refund and never makes it: it is asked less and less often, and after some
// hours the office hears of it.
func TestRefundThatIsNeverMade(t *testing.T) {
	w := newWorld(t)
	bank := w.scripted()
	i := w.invoice(newDebt())
	w.start(i.ID)
	bank.says.Store(said(i.Number, "1", "CHARGE", "KZT"))
	_, err := w.pay.Confirm(ctx, i.ID)
	require.NoError(t, err)
	_, err = w.pay.Refund(ctx, office, i.ID, "withdrawn")
	require.NoError(t, err)
	for range 10 {
		require.Empty(t, w.alarms())
		w.clock.Advance(time.Hour)
		w.reconcile()
		if w.get(i.ID).RefundTries == 10 {
			break
		}
	}
	require.Equal(t, []string{payment.RefundUnanswered}, w.alarms())
	require.Equal(t, payment.RefundAsked, w.get(i.ID).State)
	require.Equal(t, 10, w.get(i.ID).RefundTries)
}
