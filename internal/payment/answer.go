package payment

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Verdict is what an answer of the status API says about the money.
type Verdict string

// The verdicts.
const (
	Charged  Verdict = "charged"  // taken
	Held     Verdict = "held"     // blocked on the card, not taken (terminal with two steps)
	Rejected Verdict = "rejected" // an attempt failed for good
	Released Verdict = "released" // a hold was given back
	Pending  Verdict = "pending"  // the payer is at it, or the bank has not finished
	None     Verdict = "none"     // nobody tried to pay under this number
	Returned Verdict = "refunded" // taken and given back
	Partly   Verdict = "partly"   // taken and given back in part
	NoAnswer Verdict = "unknown"  // no answer that says anything; whether money was taken is not known
)

// loose reads a JSON string or number as its text: the bank writes the same field either way.
type loose string

// UnmarshalJSON takes strings, numbers, booleans and null.
func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*l = loose(s)
		return nil
	}
	if t := strings.TrimSpace(string(b)); t != "null" && !strings.ContainsAny(t, "{[") {
		*l = loose(t)
	}
	return nil
}

// Transaction is an attempt to pay as the bank tells of it.
type Transaction struct {
	ID           loose `json:"id"`
	InvoiceID    loose `json:"invoiceID"`
	Amount       loose `json:"amount"`
	Currency     loose `json:"currency"`
	Terminal     loose `json:"terminal"`   // a short number, or the shop's UUID
	TerminalID   loose `json:"terminalID"` // the shop's UUID
	StatusName   loose `json:"statusName"`
	ReasonCode   loose `json:"reasonCode"`
	Reason       loose `json:"reason"`
	CardMask     loose `json:"cardMask"`
	ApprovalCode loose `json:"approvalCode"`
	Reference    loose `json:"reference"`
}

// Answer is an answer of the status API.
type Answer struct {
	Code        loose        `json:"resultCode"`
	Message     loose        `json:"resultMessage"`
	Transaction *Transaction `json:"transaction"`

	http int
	body []byte
	err  error
}

func readAnswer(code int, body []byte) Answer {
	a := Answer{http: code, body: body}
	if err := json.Unmarshal(body, &a); err != nil {
		a.err = fmt.Errorf("HTTP %d: no JSON", code)
	}
	return a
}

// notFinal are the reason codes after which the bank itself says that its status must be asked again
// (epayment.kz, "kody oshibok").
var notFinal = map[loose]bool{"454": true}

// Verdict reads the answer. Result codes: 100 done, 101 rejected, 102 no such invoice, 103 error, 104 no
// terminal in the token, 107 try later, 109 not our terminal. What is not understood is NoAnswer: money
// is never thought away.
func (a Answer) Verdict() Verdict {
	switch {
	case a.err != nil:
		return NoAnswer
	case a.Code == "102":
		return None
	case a.Code != "100" && a.Code != "101" || a.Transaction == nil:
		return NoAnswer
	}
	switch strings.ToUpper(string(a.Transaction.StatusName)) {
	case "CHARGE":
		return Charged
	case "AUTH":
		return Held
	case "REFUND":
		return Returned
	case "PARTIAL_REFUND":
		return Partly
	case "CANCEL", "CANCEL_OLD":
		return Released
	case "NEW", "3D":
		return Pending
	case "REJECT", "FAILED":
		if notFinal[a.Transaction.ReasonCode] {
			return Pending
		}
		return Rejected
	}
	return NoAnswer
}

// wrongShop tells whether the bank says that the terminal is not ours.
func (a Answer) wrongShop() bool { return a.err == nil && (a.Code == "104" || a.Code == "109") }

// words are the bank's own about why.
func (a Answer) words() string {
	switch {
	case a.err != nil:
		return a.err.Error()
	case a.Transaction != nil && a.Transaction.Reason != "":
		return string(a.Transaction.Reason)
	}
	return strings.TrimSpace(string(a.Code + " " + a.Message))
}

// kept is what the ledger keeps of the answer.
func (a Answer) kept() any {
	if a.err != nil && a.body == nil {
		return map[string]any{"error": a.err.Error()}
	}
	return map[string]any{"http": a.http, "answer": cleaned(a.body)}
}

// foreign tells whether a transaction is not that of the invoice at this terminal.
func (t Transaction) foreign(number, terminal string) bool {
	if t.InvoiceID != "" && string(t.InvoiceID) != number {
		return true
	}
	if t.TerminalID != "" {
		return !strings.EqualFold(string(t.TerminalID), terminal)
	}
	return strings.Count(string(t.Terminal), "-") == 4 && !strings.EqualFold(string(t.Terminal), terminal)
}

// operated is the bank's answer to a charge, a cancellation or a refund.
type operated struct {
	Done  bool
	Words string // the bank's own, when it refused
	http  int
	body  []byte
}

func readOperated(code int, body []byte) operated {
	var v struct {
		Code    loose `json:"code"`
		Message loose `json:"message"`
	}
	_ = json.Unmarshal(body, &v) // the words are only shown; a body of another form has none
	o := operated{http: code, body: body, Words: strings.TrimSpace(string(v.Code + " " + v.Message))}
	o.Done = code >= 200 && code < 300 && (v.Code == "" || v.Code == "0" || strings.EqualFold(string(v.Code), "ok"))
	if o.Words == "" {
		o.Words = fmt.Sprintf("HTTP %d %s", code, firstWords(string(body), 100))
	}
	return o
}

func (o operated) kept() any { return map[string]any{"http": o.http, "answer": cleaned(o.body)} }
