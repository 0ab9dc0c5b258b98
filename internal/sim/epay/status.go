package epay

import (
	"net/http"
	"time"
)

// checkStatus tells of the last transaction under an invoice. As at the real bank, the HTTP status is 400
// where the answer is not good news, and a body comes all the same.
func (b *Bank) checkStatus(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.bearer(r); !ok {
		refuse(w, http.StatusUnauthorized, 401, "Unauthorized")
		return
	}
	number := r.PathValue("number")
	switch o := b.orders[number]; {
	case b.has(number, StatusDown):
		http.Error(w, "<html><body>502 Bad Gateway</body></html>", http.StatusBadGateway)
	case b.has(number, StatusPending):
		answer(w, http.StatusBadRequest, map[string]any{"resultCode": "107", "resultMessage": "TRY LATER"})
	case o == nil || o.last() == nil:
		answer(w, http.StatusBadRequest, map[string]any{"resultCode": "102", "resultMessage": "INVOICE NOT FOUND"})
	case o.last().Status == "REJECT" || o.last().Status == "FAILED":
		answer(w, http.StatusBadRequest, map[string]any{"resultCode": "101", "resultMessage": "REJECTED", "transaction": b.transaction(o)})
	default:
		answer(w, http.StatusOK, map[string]any{"resultCode": "100", "resultMessage": "SUCCESS", "transaction": b.transaction(o)})
	}
}

func (b *Bank) transaction(o *order) map[string]any {
	a := o.last()
	return map[string]any{"id": a.ID, "createdDate": a.At.Format(time.RFC3339Nano), "invoiceID": o.Number, "amount": tenge(a.Amount),
		"amountBonus": 0, "payoutAmount": tenge(a.Amount), "orgAmount": tenge(a.Amount), "approvalCode": a.Approval, "data": "",
		"currency": "KZT", "terminal": "98706001", "terminalID": b.o.Terminal, "accountID": o.AccountID, "description": o.Description,
		"language": o.Language, "cardMask": a.Mask, "cardType": a.CardType, "issuer": "TEST BANK", "reference": a.Reference,
		"intReference": a.ID[:8], "secure": true, "status": nil, "statusID": statusIDs[a.Status], "statusName": a.Status,
		"reasonCode": a.ReasonCode, "reason": reasonWords(a.ReasonCode), "name": o.Name, "email": o.Email, "phone": o.Phone, "cardID": ""}
}

var statusIDs = map[string]int{"NEW": 1, "3D": 2, "AUTH": 3, "CHARGE": 4, "CANCEL": 5, "REFUND": 6, "REJECT": 7, "FAILED": 8}

// operation takes a held sum, releases it, or gives a taken one back.
func (b *Bank) operation(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.bearer(r); !ok {
		refuse(w, http.StatusUnauthorized, 401, "Unauthorized")
		return
	}
	o, a := b.byTransaction(r.PathValue("id"))
	if a == nil {
		refuse(w, http.StatusNotFound, 1, "transaction not found")
		return
	}
	rule, ok := operations[r.PathValue("what")]
	if !ok {
		refuse(w, http.StatusNotFound, 1, "no such operation")
		return
	}
	if a.Status != rule.from {
		refuse(w, http.StatusBadRequest, 2, "transaction status is "+a.Status)
		return
	}
	if rule.to == "REFUND" && (b.has(o.Number, RefundRefused) || a.Amount < 1000) { // at least 10 tenge
		refuse(w, http.StatusBadRequest, 3, "refund is not allowed")
		return
	}
	a.Status = rule.to
	b.keep()
	if b.has(o.Number, AnswerLost) {
		panic(http.ErrAbortHandler)
	}
	answer(w, http.StatusOK, map[string]any{"code": 0, "message": "success"})
}

var operations = map[string]struct{ from, to string }{
	"charge": {"AUTH", "CHARGE"}, "cancel": {"AUTH", "CANCEL"}, "refund": {"CHARGE", "REFUND"},
}

func (b *Bank) byTransaction(id string) (*order, *attempt) {
	for _, o := range b.orders {
		for _, a := range o.Attempts {
			if a.ID == id {
				return o, a
			}
		}
	}
	return nil, nil
}
