package epay

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"
)

//go:embed pages
var files embed.FS

var templates = template.Must(template.ParseFS(files, "pages/*.html"))

// view is what the pages show.
type view struct {
	Lang     string
	o        *order
	Number   string
	Sum      string
	Seller   string
	Key      string
	Minutes  int
	Attempts int
	Problems map[string]bool
	Entered  entered
	Declined string // words of the last rejection
	Back     string
	Failure  string
	Cards    []Card
	Months   []string
	Years    []int
	Paid     bool
	Mask     string
	Text     string
}

// T is a sentence of the page in the payer's language.
func (v view) T(key string) string { return say(v.Lang, key) }

func (b *Bank) view(o *order) view {
	now := b.now()
	v := view{Lang: o.Language, o: o, Number: o.Number, Sum: string(tenge(o.Amount)), Seller: Seller, Key: o.Key,
		Minutes: int((o.Opened.Add(SessionTime).Sub(now) + time.Minute - 1) / time.Minute), Attempts: max(MaxAttempts-len(o.Attempts), 0),
		Back: o.Back, Failure: o.FailureBack, Cards: Cards, Paid: o.taken()}
	if a := o.last(); a != nil {
		v.Mask = a.Mask
	}
	for m := 1; m <= 12; m++ {
		v.Months = append(v.Months, fmt.Sprintf("%02d", m))
	}
	for y := range 12 {
		v.Years = append(v.Years, now.Year()-1+y)
	}
	return v
}

func show(w http.ResponseWriter, code int, page string, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_ = templates.ExecuteTemplate(w, page, v) // a browser that is gone has no use for it
}

// payment is the object that halyk.pay is given.
type payment struct {
	InvoiceID       string      `json:"invoiceId"`
	BackLink        string      `json:"backLink"`
	FailureBackLink string      `json:"failureBackLink"`
	PostLink        string      `json:"postLink"`
	FailurePostLink string      `json:"failurePostLink"`
	Language        string      `json:"language"`
	Description     string      `json:"description"`
	AccountID       string      `json:"accountId"`
	Terminal        string      `json:"terminal"`
	Amount          json.Number `json:"amount"`
	Currency        string      `json:"currency"`
	Name            string      `json:"name"`
	Email           string      `json:"email"`
	Phone           string      `json:"phone"`
	Auth            struct {
		AccessToken string `json:"access_token"`
	} `json:"auth"`
}

// open takes the payer in: the payment object comes in the field "payment", from the script or from a form.
func (b *Bank) open(w http.ResponseWriter, r *http.Request) {
	var p payment
	if err := json.Unmarshal([]byte(r.FormValue("payment")), &p); err != nil {
		show(w, http.StatusBadRequest, "message.html", view{Text: say("", "no_order")})
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	lang := language(p.Language)
	t, known := b.tokens[p.Auth.AccessToken]
	o := b.orders[p.InvoiceID]
	amount, err := tiyn(string(p.Amount))
	if !known || !b.now().Before(t.Until) || o == nil || err != nil || t.Number != p.InvoiceID || t.Amount != amount || p.Currency != "KZT" ||
		p.Terminal != b.o.Terminal || !web(p.BackLink) || !web(p.FailureBackLink) {
		show(w, http.StatusForbidden, "message.html", view{Lang: lang, Text: say(lang, "wrong_order")})
		return
	}
	if o.Key == "" {
		o.Key, o.Opened = random(18), b.now()
	}
	o.Back, o.FailureBack, o.Language, o.Description, o.AccountID = p.BackLink, p.FailureBackLink, lang, p.Description, p.AccountID
	o.Name, o.Email, o.Phone = p.Name, p.Email, p.Phone
	if p.PostLink != "" {
		o.PostLink = p.PostLink
	}
	if p.FailurePostLink != "" {
		o.FailureLink = p.FailurePostLink
	}
	b.keep()
	http.Redirect(w, r, "/payform/"+o.Key, http.StatusSeeOther)
}

func web(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func (b *Bank) front(w http.ResponseWriter, r *http.Request) {
	show(w, http.StatusOK, "message.html", view{Text: say("", "no_order")})
}

// session finds the order of the page's address, and sends the payer on when the form is not the place to
// be; b.mu is held.
func (b *Bank) session(w http.ResponseWriter, r *http.Request) *order {
	o := b.byKey(r.PathValue("key"))
	switch {
	case o == nil:
		show(w, http.StatusNotFound, "message.html", view{Text: say("", "no_order")})
	case o.taken():
		http.Redirect(w, r, "/payform/"+o.Key+"/done", http.StatusSeeOther)
	case o.over(b.now()):
		v := b.view(o)
		v.Text = v.T("over")
		if a := o.last(); a != nil && a.ReasonCode != 0 {
			v.Declined = v.T(fmt.Sprintf("reason_%d", a.ReasonCode))
		}
		show(w, http.StatusGone, "message.html", v)
	default:
		return o
	}
	return nil
}

func (b *Bank) form(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.session(w, r)
	if o == nil {
		return
	}
	if o.Confirming {
		http.Redirect(w, r, "/payform/"+o.Key+"/3d", http.StatusSeeOther)
		return
	}
	v := b.view(o)
	v.Entered = entered{Name: o.Name, Email: o.Email, Phone: o.Phone}
	if a := o.last(); a != nil && a.ReasonCode != 0 {
		v.Declined = v.T(fmt.Sprintf("reason_%d", a.ReasonCode))
	}
	show(w, http.StatusOK, "form.html", v)
}

// script is the bank's payment-api.js: halyk.pay takes the browser to the payment page.
func (b *Bank) script(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	fmt.Fprint(w, paymentAPI)
}

const paymentAPI = `"use strict";
(function () {
  var page = document.currentScript.src.replace(/payment-api\.js.*$/, "");
  window.halyk = {
    pay: function (payment) {
      var form = document.createElement("form");
      form.method = "post";
      form.action = page;
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = "payment";
      field.value = JSON.stringify(payment);
      form.appendChild(field);
      document.body.appendChild(form);
      form.submit();
    }
  };
})();
`
