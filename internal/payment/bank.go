package payment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

// BankOptions are the settings of Halyk ePay 2.0; test and production differ in them only.
type BankOptions struct {
	OAuthURL     string // https://epay-oauth.homebank.kz/oauth2/token
	APIURL       string // https://epay-api.homebank.kz
	PageURL      string // https://epay.homebank.kz/payform/, where payment-api.js lies
	ClientID     string
	ClientSecret string
	Terminal     string       // the shop's identifier, a UUID
	HTTP         *http.Client // nil: a client of its own
	Clock        clock.Clock
}

// Bank is the client of Halyk ePay 2.0 (epayment.kz). It keeps no payment; it carries what is said.
type Bank struct {
	o    BankOptions
	http *http.Client

	mu    sync.Mutex
	token string // of the shop, for questions and refunds
	until time.Time
}

const (
	bankTime   = 10 * time.Second // of one call
	bankAnswer = 1 << 20          // bytes of one answer
	bankScope  = "webapi usermanagement email_send verification statement statistics payment"
	currency   = "KZT"
)

// NewBank makes the client. An address that cannot be read is fault.Invalid.
func NewBank(o BankOptions) (*Bank, error) {
	for _, address := range []string{o.OAuthURL, o.APIURL, o.PageURL} {
		if u, err := url.Parse(address); err != nil || u.Host == "" {
			return nil, fault.New(fault.Invalid, "payment.bank_url")
		}
	}
	if o.ClientID == "" || o.ClientSecret == "" || o.Terminal == "" {
		return nil, fault.New(fault.Invalid, "payment.bank_keys")
	}
	o.APIURL, o.PageURL = strings.TrimSuffix(o.APIURL, "/"), strings.TrimSuffix(o.PageURL, "/")+"/"
	b := &Bank{o: o, http: o.HTTP}
	if b.http == nil {
		b.http = &http.Client{Timeout: bankTime}
	}
	return b, nil
}

// ScriptURL is the bank's script with halyk.pay.
func (b *Bank) ScriptURL() string { return b.o.PageURL + "payment-api.js" }

// order is what a payment's token is bound to.
type order struct {
	number, secret, postLink string
	amount                   Tiyn
}

// paymentToken asks for the token of one payment, which is bound to its number and sum. It gives the bank's
// whole answer, which the payment page wants, and how long it holds.
func (b *Bank) paymentToken(ctx context.Context, o order) (json.RawMessage, time.Duration, error) {
	form := b.credentials()
	form.Set("invoiceID", o.number)
	form.Set("secret_hash", o.secret)
	form.Set("amount", o.amount.String())
	form.Set("currency", currency)
	form.Set("postLink", o.postLink)
	form.Set("failurePostLink", o.postLink)
	return b.oauth(ctx, form)
}

func (b *Bank) credentials() url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {bankScope}, "client_id": {b.o.ClientID},
		"client_secret": {b.o.ClientSecret}, "terminal": {b.o.Terminal}}
}

func (b *Bank) oauth(ctx context.Context, form url.Values) (json.RawMessage, time.Duration, error) {
	status, body, err := b.send(ctx, http.MethodPost, b.o.OAuthURL, "", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, 0, err
	}
	var t struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   loose  `json:"expires_in"` // a number or a string, by the page of the documentation
	}
	if err := json.Unmarshal(body, &t); err != nil || status != http.StatusOK || t.AccessToken == "" {
		return nil, 0, fmt.Errorf("bank's token: HTTP %d: %s", status, firstWords(string(body), 200))
	}
	seconds, err := time.ParseDuration(string(t.ExpiresIn) + "s")
	if err != nil || seconds <= 0 {
		seconds = SessionTime
	}
	return body, seconds, nil
}

// shopToken gives the token for questions and refunds, a new one when the old one has run out.
func (b *Bank) shopToken(ctx context.Context) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.token != "" && b.o.Clock.Now().Before(b.until) {
		return b.token, nil
	}
	body, holds, err := b.oauth(ctx, b.credentials())
	if err != nil {
		return "", err
	}
	var t struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &t); err != nil {
		return "", fmt.Errorf("bank's token: %w", err)
	}
	b.token, b.until = t.AccessToken, b.o.Clock.Now().Add(holds*9/10)
	return b.token, nil
}

// call speaks with the API; a token that the bank no longer takes is renewed once.
func (b *Bank) call(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	for try := 0; ; try++ {
		token, err := b.shopToken(ctx)
		if err != nil {
			return 0, nil, err
		}
		status, answer, err := b.send(ctx, method, b.o.APIURL+path, token, "application/json", bytes.NewReader(body))
		if status != http.StatusUnauthorized || try > 0 {
			return status, answer, err
		}
		b.mu.Lock()
		b.token = ""
		b.mu.Unlock()
	}
}

func (b *Bank) send(ctx context.Context, method, address, token, contentType string, body io.Reader) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, bankTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return 0, nil, fmt.Errorf("asking the bank: %w", err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := b.http.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("asking the bank: %w", withoutURL(err))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, bankAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("reading the bank's answer: %w", err)
	}
	return res.StatusCode, answer, nil
}

// withoutURL takes the address from an error of the HTTP client: numbers of invoices stay out of the log.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// status asks what became of the payment under a number. An HTTP error may carry an answer, too.
func (b *Bank) status(ctx context.Context, number string) Answer {
	code, body, err := b.call(ctx, http.MethodGet, "/check-status/payment/transaction/"+url.PathEscape(number), nil)
	if err != nil {
		return Answer{err: err}
	}
	return readAnswer(code, body)
}

// operation does something to a transaction: charge, cancel or refund, always of the whole sum.
func (b *Bank) operation(ctx context.Context, transaction, what string, query url.Values, body any) (operated, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return operated{}, fmt.Errorf("bank's operation: %w", err)
	}
	path := "/operation/" + url.PathEscape(transaction) + "/" + what
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	code, answer, err := b.call(ctx, http.MethodPost, path, text)
	if err != nil {
		return operated{}, err
	}
	return readOperated(code, answer), nil
}

func (b *Bank) charge(ctx context.Context, transaction string, amount Tiyn) (operated, error) {
	return b.operation(ctx, transaction, "charge", nil, map[string]any{"amount": json.Number(amount.String())})
}

func (b *Bank) release(ctx context.Context, transaction string) (operated, error) {
	return b.operation(ctx, transaction, "cancel", nil, struct{}{})
}

// refund gives the whole sum back. external makes a repeated wish recognisable to the bank.
func (b *Bank) refund(ctx context.Context, transaction, external string) (operated, error) {
	return b.operation(ctx, transaction, "refund", url.Values{"externalID": {external}}, struct{}{})
}
