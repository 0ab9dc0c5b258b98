package payment

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/postgres"
)

// Event is something that was said between us and the bank, or a change of state.
type Event struct {
	ID        int64
	At        time.Time
	InvoiceID *uuid.UUID
	Kind      string // formed, started, token, callback, status, state, charge, cancel, refund, transfer
	Note      string
	Body      json.RawMessage // what the bank sent, without card and secret
}

// Events lists what happened to an invoice, in order.
func (s *Service) Events(ctx context.Context, invoice uuid.UUID) ([]Event, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, at, invoice_id, kind, note, body FROM payment_event WHERE invoice_id = $1 ORDER BY id`, invoice)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger of payments: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Event])
	if err != nil {
		return nil, fmt.Errorf("reading the ledger of payments: %w", err)
	}
	return list, nil
}

// note adds a line to the ledger. body is any JSON value, nil for nothing.
func (s *Service) note(ctx context.Context, db postgres.DB, invoice *uuid.UUID, kind, note string, body any) error {
	text := []byte("{}")
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("ledger of payments: %w", err)
		}
	}
	_, err := db.Exec(ctx, `INSERT INTO payment_event (at, invoice_id, kind, note, body) VALUES (@at, @invoice, @kind, @note, @body)`,
		pgx.StrictNamedArgs{"at": s.clock.Now(), "invoice": invoice, "kind": kind, "note": note, "body": text})
	if err != nil {
		return fmt.Errorf("writing the ledger of payments: %w", err)
	}
	return nil
}

// hidden are the fields of the bank's messages that are not kept: the secret by which we know the bank,
// and what stands for a card. The masked number stays.
var hidden = map[string]bool{"secret_hash": true, "cardid": true, "card": true, "pan": true, "cardnumber": true, "hpan": true,
	"cvc": true, "cvv": true, "expdate": true, "access_token": true, "client_secret": true}

// cleaned gives what may be kept of a message of the bank. What is no JSON is kept as its first words.
func cleaned(body []byte) any {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return map[string]any{"text": maskCards(firstWords(string(body), 500))}
	}
	return clean(v)
}

func clean(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if hidden[strings.ToLower(key)] || strings.ContainsRune(key, 0) {
				delete(v, key)
			} else {
				v[key] = clean(value)
			}
		}
	case []any:
		for n := range v {
			v[n] = clean(v[n])
		}
	case string:
		return strings.ReplaceAll(maskCards(v), "\x00", "") // PostgreSQL keeps no zero byte
	}
	return v
}

func firstWords(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// maskCards hides the middle of whatever could be the number of a card (ISO/IEC 7812: 13 to 19 digits with
// Luhn's control digit), should the bank ever send one in a field that we do not know.
func maskCards(s string) string {
	b := []byte(s)
	for from := 0; from < len(b); {
		to := from
		for to < len(b) && b[to] >= '0' && b[to] <= '9' {
			to++
		}
		if n := to - from; n >= 16 && n <= 19 && luhn(b[from:to]) {
			for k := from + 6; k < to-4; k++ {
				b[k] = '*'
			}
		}
		from = to + 1
	}
	return string(b)
}

func luhn(digits []byte) bool {
	sum := 0
	for n := range digits {
		d := int(digits[len(digits)-1-n] - '0')
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
