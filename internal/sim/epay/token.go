package epay

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a reader that is gone has no use for it
}

func refuse(w http.ResponseWriter, code int, number int, message string) {
	answer(w, code, map[string]any{"code": number, "message": message})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// giveToken gives a token for one payment when the form names an invoice, else one for questions.
func (b *Bank) giveToken(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		_ = r.ParseMultipartForm(64 << 10) // what cannot be read has no fields
	}
	f := r.FormValue
	if f("grant_type") != "client_credentials" || !same(f("client_id"), b.o.ClientID) || !same(f("client_secret"), b.o.ClientSecret) {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "Client authentication failed"})
		return
	}
	if f("terminal") != b.o.Terminal {
		refuse(w, http.StatusBadRequest, 109, "terminal not found")
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	t, holds := token{Until: b.now().Add(2 * time.Hour)}, 2*time.Hour
	if number := f("invoiceID"); number != "" {
		amount, err := tiyn(f("amount"))
		if err == nil {
			err = b.register(number, amount, r)
		}
		if err != nil {
			refuse(w, http.StatusBadRequest, 100, err.Error())
			return
		}
		if b.has(number, TokenDown) {
			refuse(w, http.StatusServiceUnavailable, 1, "service unavailable")
			return
		}
		t, holds = token{Number: number, Amount: amount, Until: b.now().Add(SessionTime)}, SessionTime
	}
	key := strings.ToUpper(random(24))
	b.tokens[key] = t
	b.keep()
	answer(w, http.StatusOK, map[string]any{"access_token": key, "expires_in": strconv.Itoa(int(holds / time.Second)),
		"refresh_token": "", "scope": f("scope"), "token_type": "Bearer"})
}

var errNumber = errors.New("invoiceID: 6 to 15 digits, the last six of them unique")

// register takes a new invoice in; b.mu is held.
func (b *Bank) register(number string, amount int64, r *http.Request) error {
	if len(number) < 6 || len(number) > 15 || strings.Trim(number, "0123456789") != "" {
		return errNumber
	}
	if r.FormValue("currency") != "KZT" || amount <= 0 {
		return errors.New("amount or currency is wrong")
	}
	if o := b.orders[number]; o != nil {
		if o.Amount != amount {
			return fmt.Errorf("invoiceID %s has another amount", number)
		}
		o.Secret = r.FormValue("secret_hash")
		return nil
	}
	for other := range b.orders {
		if other[len(other)-6:] == number[len(number)-6:] {
			return errNumber
		}
	}
	b.adopt(number)
	b.orders[number] = &order{Number: number, Amount: amount, Secret: r.FormValue("secret_hash"),
		PostLink: r.FormValue("postLink"), FailureLink: r.FormValue("failurePostLink")}
	return nil
}

// bearer finds the token of a call of the API; b.mu is held.
func (b *Bank) bearer(r *http.Request) (token, bool) {
	t, ok := b.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	return t, ok && b.now().Before(t.Until)
}

// tiyn reads an amount of tenge with at most two decimals.
func tiyn(s string) (int64, error) {
	whole, part, _ := strings.Cut(s, ".")
	if part = strings.TrimRight(part, "0"); len(part) > 2 {
		return 0, errors.New("amount: at most two decimals")
	}
	n, err := strconv.ParseUint(whole+part+"00"[len(part):], 10, 50)
	if err != nil {
		return 0, errors.New("amount: not a number")
	}
	return int64(n), nil
}

// tenge writes an amount as a JSON number: 7380.4.
func tenge(t int64) json.Number {
	s := fmt.Sprintf("%d.%02d", t/100, t%100)
	return json.Number(strings.TrimSuffix(strings.TrimRight(s, "0"), "."))
}
