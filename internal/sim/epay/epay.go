// Package epay is a stand-in for Halyk ePay 2.0: tokens, the payment page with its 3-D step, messages to
// the shop, the status API and refunds, in the form of epayment.kz. No money moves. It can misbehave in
// every way that a bank does (fault.go).
//
// It stands outside the product, serves the demo and tests, and knows nothing of Kualik.
package epay

import (
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// The payment session, as the bank's page prints it.
const (
	SessionTime = 20 * time.Minute
	MaxAttempts = 3
)

// What a shop is set up with; New takes them for what Options leaves empty.
const (
	ClientID     = "kualik-demo"
	ClientSecret = "not-a-secret"
	Terminal     = "67e34d63-102f-4bd1-898e-370781d0074d"
	Seller       = "RGKP NIIS KazPatent"
)

// Options of the bank; the zero value works.
type Options struct {
	Dir          string           // where its state outlives a restart; empty: nowhere
	Now          func() time.Time // nil: the machine's clock
	HTTP         *http.Client     // for messages to the shop; nil: one with 10 seconds
	Log          *slog.Logger     // nil: none
	ClientID     string
	ClientSecret string
	Terminal     string
	LateAfter    time.Duration // of a late message; 0: two minutes
}

// Bank is an http.Handler:
//
//	/oauth2/token            tokens
//	/payform/                the payment page, /payform/payment-api.js its script
//	/api/check-status/…      status API
//	/api/operation/ID/…      charge, cancel, refund
//	/control                 what it did, and its faults
type Bank struct {
	o   Options
	mux *http.ServeMux

	mu     sync.Mutex // over all below
	orders map[string]*order
	tokens map[string]token
	faults map[string]map[Fault]bool // by invoice, or Next, or Every
	late   []func()                  // late messages that have not been sent
	sent   sync.WaitGroup            // messages on their way
}

// order is a payment session under one invoice number.
type order struct {
	Number      string
	Key         string // of its page's address
	Amount      int64  // tiyn
	Secret      string
	PostLink    string
	FailureLink string
	Back        string
	FailureBack string
	Language    string
	Description string
	AccountID   string
	Name        string
	Email       string
	Phone       string
	Opened      time.Time // the page was shown first; zero before
	Attempts    []*attempt
	Confirming  bool // the last attempt waits for its 3-D code
}

// attempt is a transaction of the bank.
type attempt struct {
	ID         string
	At         time.Time
	Amount     int64
	Status     string // statusName
	ReasonCode int
	Mask       string
	CardType   string
	Approval   string
	Reference  string
}

// token is bound to one payment, or to none: then it is for questions and operations.
type token struct {
	Number string
	Amount int64
	Until  time.Time
}

// New makes the bank, with the state that Dir keeps.
func New(o Options) (*Bank, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		to    *string
		value string
	}{{&o.ClientID, ClientID}, {&o.ClientSecret, ClientSecret}, {&o.Terminal, Terminal}} {
		if *d.to == "" {
			*d.to = d.value
		}
	}
	if o.LateAfter == 0 {
		o.LateAfter = 2 * time.Minute
	}
	b := &Bank{o: o, orders: map[string]*order{}, tokens: map[string]token{}, faults: map[string]map[Fault]bool{}}
	if err := b.load(); err != nil {
		return nil, err
	}
	b.mux = http.NewServeMux()
	b.mux.HandleFunc("POST /oauth2/token", b.giveToken)
	b.mux.HandleFunc("GET /payform/payment-api.js", b.script)
	b.mux.HandleFunc("POST /payform/{$}", b.open)
	b.mux.HandleFunc("GET /payform/{$}", b.front)
	b.mux.HandleFunc("GET /payform/{key}", b.form)
	b.mux.HandleFunc("POST /payform/{key}", b.pay)
	b.mux.HandleFunc("GET /payform/{key}/3d", b.threeD)
	b.mux.HandleFunc("POST /payform/{key}/3d", b.confirm)
	b.mux.HandleFunc("GET /payform/{key}/done", b.done)
	b.mux.HandleFunc("GET /api/check-status/payment/transaction/{number}", b.checkStatus)
	b.mux.HandleFunc("POST /api/operation/{id}/{what}", b.operation)
	b.mux.HandleFunc("GET /control", b.control)
	b.mux.HandleFunc("POST /control", b.command)
	return b, nil
}

// ServeHTTP answers as the bank does.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	b.mux.ServeHTTP(w, r)
}

func (b *Bank) now() time.Time { return b.o.Now() }

func random(n int) string {
	key := make([]byte, n)
	rand.Read(key) // never fails
	return base64.RawURLEncoding.EncodeToString(key)
}

// last is the newest attempt, nil before the first.
func (o *order) last() *attempt {
	if len(o.Attempts) == 0 {
		return nil
	}
	return o.Attempts[len(o.Attempts)-1]
}

// taken tells whether money was taken or blocked under this number, also when it went back.
func (o *order) taken() bool {
	a := o.last()
	return a != nil && (a.Status == "CHARGE" || a.Status == "AUTH" || a.Status == "REFUND")
}

// over tells whether the session has no time or no attempt left.
func (o *order) over(now time.Time) bool {
	return !o.Opened.IsZero() && now.Sub(o.Opened) >= SessionTime || len(o.Attempts) >= MaxAttempts && !o.Confirming
}

func (b *Bank) byKey(key string) *order {
	for _, o := range b.orders {
		if o.Key != "" && o.Key == key {
			return o
		}
	}
	return nil
}

func newAttempt(now time.Time, amount int64) *attempt {
	return &attempt{ID: uuid.NewString(), At: now, Amount: amount}
}
