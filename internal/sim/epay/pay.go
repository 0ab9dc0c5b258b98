package epay

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
)

// pay takes the card form.
func (b *Bank) pay(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.session(w, r)
	if o == nil {
		return
	}
	f := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	e := entered{Name: f("name"), Number: strings.ReplaceAll(f("number"), " ", ""), Month: f("month"), Year: f("year"), CVV: f("cvv"),
		Email: f("email"), Phone: f("phone")}
	if bad := e.problems(b.now()); len(bad) > 0 {
		v := b.view(o)
		e.Number, e.CVV = "", "" // never sent back
		v.Entered, v.Problems = e, bad
		show(w, http.StatusUnprocessableEntity, "form.html", v)
		return
	}
	a := newAttempt(b.now(), o.Amount)
	if b.has(o.Number, WrongAmount) {
		a.Amount = max(o.Amount-100_00, 1_00)
	}
	a.Mask, a.CardType, o.Email, o.Phone = e.mask(), e.kind(), e.Email, e.Phone
	o.Attempts = append(o.Attempts, a)
	card, known := e.card()
	switch {
	case !known:
		b.reject(w, r, o, 459)
	case e.expired(b.now()) || card.does == hasExpired:
		b.reject(w, r, o, 485)
	case card.does == noMoney:
		b.reject(w, r, o, 484)
	case card.does == isBlocked:
		b.reject(w, r, o, 465)
	case card.does == asksCode || card.does == failsCode:
		a.Status, o.Confirming = "3D", true
		b.keep()
		http.Redirect(w, r, "/payform/"+o.Key+"/3d", http.StatusSeeOther)
	default:
		b.take(w, r, o)
	}
}

// reject ends the last attempt badly and goes back to the form, which says what is left.
func (b *Bank) reject(w http.ResponseWriter, r *http.Request, o *order, code int) {
	a := o.last()
	a.Status, a.ReasonCode, o.Confirming = "REJECT", code, false
	if code == 499 {
		a.Status = "FAILED"
	}
	b.answered(w, r, o, "/payform/"+o.Key)
}

// take ends the last attempt well.
func (b *Bank) take(w http.ResponseWriter, r *http.Request, o *order) {
	a := o.last()
	a.Status, a.Approval, a.Reference, o.Confirming = "CHARGE", fmt.Sprintf("%06d", rand.IntN(1_000_000)), fmt.Sprintf("%012d", rand.Int64N(1_000_000_000_000)), false
	if b.has(o.Number, TwoSteps) {
		a.Status = "AUTH"
	}
	b.answered(w, r, o, "/payform/"+o.Key+"/done")
}

// answered writes the attempt down, tells the shop, and sends the payer on, or loses the answer.
func (b *Bank) answered(w http.ResponseWriter, r *http.Request, o *order, to string) {
	b.keep()
	lost := b.has(o.Number, AnswerLost)
	before := b.tell(o)
	b.mu.Unlock() // the shop may ask for the status before it answers
	before()
	b.mu.Lock()
	if lost {
		panic(http.ErrAbortHandler)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (b *Bank) threeD(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.session(w, r)
	if o == nil {
		return
	}
	if !o.Confirming {
		http.Redirect(w, r, "/payform/"+o.Key, http.StatusSeeOther)
		return
	}
	show(w, http.StatusOK, "code.html", b.view(o))
}

// confirm takes the code of the 3-D step.
func (b *Bank) confirm(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.session(w, r)
	if o == nil {
		return
	}
	if !o.Confirming {
		http.Redirect(w, r, "/payform/"+o.Key, http.StatusSeeOther)
		return
	}
	fails := strings.HasSuffix(o.last().Mask, "4820") // the card whose code never fits
	if strings.TrimSpace(r.FormValue("code")) != Code || fails {
		b.reject(w, r, o, 499)
		return
	}
	b.take(w, r, o)
}

// done tells the payer that it is paid, and sends the browser back to the shop after some seconds.
func (b *Bank) done(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.byKey(r.PathValue("key"))
	if o == nil || !o.taken() {
		show(w, http.StatusNotFound, "message.html", view{Text: say("", "no_order")})
		return
	}
	show(w, http.StatusOK, "done.html", b.view(o))
}
