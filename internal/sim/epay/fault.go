package epay

import (
	"slices"
	"time"
)

// Fault is a way to misbehave.
type Fault string

// The faults.
const (
	LostCallback   Fault = "lost_callback"         // the shop is told nothing
	DoubleCallback Fault = "double_callback"       // the shop is told twice
	LateCallback   Fault = "late_callback"         // the shop is told long after the payer is back
	EarlyCallback  Fault = "early_callback"        // the shop is told before the payer hears anything
	WrongSecret    Fault = "wrong_secret"          // the message carries another secret
	CallbackAmount Fault = "wrong_callback_amount" // the message names another sum than was taken
	WrongAmount    Fault = "wrong_amount"          // another sum is taken
	StatusDown     Fault = "status_down"           // the status API fails
	StatusPending  Fault = "status_pending"        // the status API says "try later"
	AnswerLost     Fault = "answer_lost"           // what is asked for is done, and the connection breaks
	RefundRefused  Fault = "refund_refused"
	TokenDown      Fault = "token_down" // no tokens for payments
	TwoSteps       Fault = "two_steps"  // the sum is held, the shop must take it
)

// Faults in the order in which they are offered.
var Faults = []Fault{LostCallback, DoubleCallback, LateCallback, EarlyCallback, WrongSecret, CallbackAmount, WrongAmount,
	StatusDown, StatusPending, AnswerLost, RefundRefused, TokenDown, TwoSteps}

// For whom a fault holds, beside the number of an invoice.
const (
	Next  = "next"  // the next invoice that asks for a token
	Every = "every" // all of them
)

// Misbehave sets the faults for an invoice, for Next or for Every; none: it behaves.
func (b *Bank) Misbehave(who string, faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.misbehave(who, faults)
	b.keep()
}

func (b *Bank) misbehave(who string, faults []Fault) {
	delete(b.faults, who)
	for _, f := range faults {
		if !slices.Contains(Faults, f) {
			continue
		}
		if b.faults[who] == nil {
			b.faults[who] = map[Fault]bool{}
		}
		b.faults[who][f] = true
	}
}

// has tells whether the invoice has a fault; b.mu is held.
func (b *Bank) has(number string, f Fault) bool { return b.faults[number][f] || b.faults[Every][f] }

// adopt hands what waits for the next invoice to this one; b.mu is held.
func (b *Bank) adopt(number string) {
	for f := range b.faults[Next] {
		if b.faults[number] == nil {
			b.faults[number] = map[Fault]bool{}
		}
		b.faults[number][f] = true
	}
	delete(b.faults, Next)
}

// Deliver sends the late messages now, and waits until every message has arrived or failed.
func (b *Bank) Deliver() {
	b.mu.Lock()
	late := b.late
	b.late = nil
	b.mu.Unlock()
	for _, send := range late {
		send()
	}
	b.sent.Wait()
}

// later keeps a message for Deliver, or until its time has come; b.mu is held.
func (b *Bank) later(send func()) {
	done := false
	once := func() {
		b.mu.Lock()
		again := done
		done = true
		b.mu.Unlock()
		if !again {
			send()
		}
	}
	b.late = append(b.late, once)
	time.AfterFunc(b.o.LateAfter, once)
}
