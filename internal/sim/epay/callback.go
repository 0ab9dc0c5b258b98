package epay

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// tell sends the shop the message about the last attempt, in the way that the invoice's faults say. It gives
// what is to be done before the payer's browser is answered; b.mu is held.
func (b *Bank) tell(o *order) (before func()) {
	a, link := o.last(), o.PostLink
	if a.ReasonCode != 0 && o.FailureLink != "" {
		link = o.FailureLink
	}
	if link == "" || b.has(o.Number, LostCallback) {
		return func() {}
	}
	body, err := json.Marshal(b.message(o))
	if err != nil {
		b.o.Log.Error("message to the shop", "error", err)
		return func() {}
	}
	send := func() { b.post(link, body) }
	switch {
	case b.has(o.Number, LateCallback):
		b.later(send)
	case b.has(o.Number, EarlyCallback):
		return send
	default:
		times := 1
		if b.has(o.Number, DoubleCallback) {
			times = 2
		}
		for range times {
			b.sent.Go(send)
		}
	}
	return func() {}
}

func (b *Bank) message(o *order) map[string]any {
	a := o.last()
	m := map[string]any{"id": a.ID, "accountId": o.AccountID, "amount": tenge(a.Amount), "amountBonus": 0, "approvalCode": a.Approval,
		"cardId": "", "cardMask": a.Mask, "cardType": a.CardType, "code": "ok", "currency": "KZT", "dateTime": a.At.Format(time.RFC3339Nano),
		"description": o.Description, "email": o.Email, "invoiceId": o.Number, "ip": "192.0.2.1", "ipCity": "", "ipCountry": "Kazakhstan",
		"ipDistrict": "", "ipLatitude": 0, "ipLongitude": 0, "ipRegion": "", "issuer": "TEST BANK", "language": o.Language, "name": o.Name,
		"phone": o.Phone, "reason": reasonWords(a.ReasonCode), "reasonCode": a.ReasonCode, "reference": a.Reference, "secret_hash": o.Secret,
		"secure": "yes", "secureDetails": "", "terminal": b.o.Terminal}
	if a.ReasonCode != 0 {
		m["code"] = "error"
	}
	if b.has(o.Number, WrongSecret) {
		m["secret_hash"] = random(16)
	}
	if b.has(o.Number, CallbackAmount) {
		m["amount"] = tenge(a.Amount + 100_00)
	}
	return m
}

// post sends a message once; the bank does not learn what the shop made of it.
func (b *Bank) post(link string, body []byte) {
	res, err := b.o.HTTP.Post(link, "application/json", bytes.NewReader(body))
	if err != nil {
		b.o.Log.Warn("the shop could not be told", "error", err)
		return
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // lets the connection be used again
	if res.StatusCode != http.StatusOK {
		b.o.Log.Warn("the shop did not take the message", "status", res.StatusCode)
	}
}
