package payment_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/payment"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/secret"
	"kualik/internal/sim/epay"
)

var (
	ctx    = context.Background()
	office = audit.Actor{ID: "office", Name: "Office"}
	payer  = payment.Payer{Name: "ARMAN SADYKOV", Email: "arman@example.kz", Phone: "+77010000000", Lang: i18n.KK}
)

// world is a service with a database, a bank that can misbehave, and somebody who pays.
type world struct {
	t       *testing.T
	pool    *pgxpool.Pool
	clock   *clock.Manual
	bank    *epay.Bank
	options payment.Options
	pay     *payment.Service
	shop    *httptest.Server // takes the bank's messages
	hooks   map[string]int   // how often each hook was called
	refuse  error            // what OnPaid answers
	told    atomic.Int32     // messages of the bank
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, pool: pgtest.New(t), clock: clock.At(time.Date(2026, 9, 14, 6, 0, 0, 0, time.UTC)), hooks: map[string]int{}}
	var err error
	w.bank, err = epay.New(epay.Options{Now: w.clock.Now, LateAfter: time.Hour})
	require.NoError(t, err)
	server := httptest.NewServer(w.bank)
	t.Cleanup(server.Close)
	t.Cleanup(w.bank.Deliver)
	w.shop = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.told.Add(1)
		if err := w.pay.Callback(r.Context(), body); err != nil {
			rw.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(w.shop.Close)
	client, err := payment.NewBank(payment.BankOptions{OAuthURL: server.URL + "/oauth2/token", APIURL: server.URL + "/api", PageURL: server.URL + "/payform/",
		ClientID: epay.ClientID, ClientSecret: epay.ClientSecret, Terminal: epay.Terminal, Clock: w.clock})
	require.NoError(t, err)
	zone, err := time.LoadLocation("Asia/Almaty")
	require.NoError(t, err)
	keeper, err := secret.New([]byte(strings.Repeat("k", secret.KeySize)))
	require.NoError(t, err)
	w.options = payment.Options{Clock: w.clock, Zone: zone, Keeper: keeper, Log: slog.New(slog.DiscardHandler), Bank: client,
		CallbackURL: w.shop.URL + "/callback",
		ReturnURL: func(id uuid.UUID, paid bool) string {
			if paid {
				return w.shop.URL + "/back/" + id.String()
			}
			return w.shop.URL + "/failed/" + id.String()
		}}
	w.pay = w.service()
	return w
}

// service makes another process's service on the same database.
func (w *world) service() *payment.Service {
	s := payment.New(w.pool, w.options)
	count := func(name string) payment.Hook {
		return func(context.Context, pgx.Tx, payment.Invoice) error { w.hooks[name]++; return nil }
	}
	s.OnPaid(func(context.Context, pgx.Tx, payment.Invoice) error {
		if w.refuse == nil {
			w.hooks["paid"]++
		}
		return w.refuse
	})
	s.OnRefundAsked(count("refund_asked"))
	s.OnRefunded(count("refunded"))
	s.OnAlarm(func(_ context.Context, _ pgx.Tx, a payment.Alarm) error { w.hooks["alarm "+a.Kind]++; return nil })
	return s
}

func newDebt() payment.Debt {
	return payment.Debt{SubjectKind: "filing", SubjectID: clock.NewID(), AccountID: clock.NewID(), Service: payment.CopyrightWork, Description: "Өтінім № 110 321"}
}

func (w *world) invoice(d payment.Debt) (i payment.Invoice) {
	w.t.Helper()
	require.NoError(w.t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) (err error) { i, err = w.pay.Invoice(ctx, tx, d); return err }))
	return i
}

func (w *world) start(id uuid.UUID) payment.Page {
	w.t.Helper()
	p, err := w.pay.Start(ctx, id, payer)
	require.NoError(w.t, err)
	return p
}

func (w *world) get(id uuid.UUID) payment.Invoice {
	w.t.Helper()
	i, err := w.pay.Get(ctx, id)
	require.NoError(w.t, err)
	return i
}

func (w *world) reconcile() {
	w.t.Helper()
	_, err := w.pay.Reconcile(ctx)
	require.NoError(w.t, err)
}

// Test cards.
const (
	goodCard    = "4405639704015096"
	codeCard    = "5522042705066736"
	poorCard    = "5578342710750560"
	blockedCard = "4003032704547597"
	noCodeCard  = "377514500004820"
	oldCard     = "4000000000000069"
)

var errCut = errors.New("the connection broke")

// browser is the payer's at the bank. It stops at the shop's address.
type browser struct {
	w    *world
	http *http.Client
	at   string // address of the page
	text string
}

// enter goes to the bank's page as a form without scripts does.
func (w *world) enter(p payment.Page) *browser {
	w.t.Helper()
	jar, _ := cookiejar.New(nil)
	b := &browser{w: w, http: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if "http://"+r.URL.Host == w.shop.URL {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
	require.NoError(w.t, b.post(p.FormAction, url.Values{p.FormField: {string(p.Object)}}))
	return b
}

func (b *browser) post(to string, form url.Values) error {
	res, err := b.http.PostForm(to, form)
	if err != nil {
		return errCut
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	b.at, b.text = res.Request.URL.String(), string(body)
	return nil
}

// card fills in the form of the bank's page.
func (b *browser) card(number string) error {
	return b.post(b.at, url.Values{"name": {"ARMAN SADYKOV"}, "number": {number}, "month": {"12"}, "year": {"2028"}, "cvv": {"321"}, "email": {"arman@example.kz"}})
}

// paid brings a new debt to a payment at the bank with the faults, and waits for the bank's messages.
func (w *world) paidAtBank(faults ...epay.Fault) payment.Invoice {
	w.t.Helper()
	w.bank.Misbehave(epay.Next, faults...)
	i := w.invoice(newDebt())
	b := w.enter(w.start(i.ID))
	_ = b.card(goodCard)
	if !contains(faults, epay.LateCallback) {
		w.bank.Deliver()
	}
	return w.get(i.ID)
}

func contains(list []epay.Fault, f epay.Fault) bool {
	for _, x := range list {
		if x == f {
			return true
		}
	}
	return false
}

func (w *world) alarms() (kinds []string) {
	w.t.Helper()
	list, err := w.pay.Alarms(ctx)
	require.NoError(w.t, err)
	for _, a := range list {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}
