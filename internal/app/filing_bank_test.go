package app_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"kualik/internal/sim/epay"
)

var bankObject = regexp.MustCompile(`name="payment" value="([^"]+)"`)

// pay goes to the bank's page and comes back, if at all.
func (e *errand) pay() error {
	r, err := e.b.post(starting, e.path+"/pay", nil)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(r.to, "/payments/") {
		return e.refusal("paying", r)
	}
	back := strings.TrimSuffix(r.to, "/pay") + "/return"
	if r, err = e.b.get(starting, r.to); err != nil {
		return err
	}
	m := bankObject.FindStringSubmatch(r.body)
	if m == nil { // paid meanwhile, or the bank is asked
		e.last = plain(r.body)
		return e.comeBack(back)
	}
	object := html.UnescapeString(m[1])
	var o struct{ InvoiceID, BackLink string }
	if err := json.Unmarshal([]byte(object), &o); err != nil {
		return fmt.Errorf("payment object: %w", err)
	}
	if e.first == "" {
		e.first = o.InvoiceID
		e.s.bank.Misbehave(o.InvoiceID, e.faults...)
	}
	took, err := e.atBank(object)
	if err != nil {
		return err
	}
	if took && e.leaves && !e.gone {
		e.gone = true
		if err := e.s.untilLater(); err != nil {
			return err
		}
		var state string
		err := e.b.patiently(func() (err error) { state, err = e.look(); return err })
		if err == nil && state != paid {
			err = fmt.Errorf("the bank took the money of somebody who did not come back, and nobody has asked it: %s", state)
		}
		return err
	}
	if e.rng.IntN(4) == 0 {
		return nil // looks at the application first
	}
	return e.comeBack(back)
}

// comeBack is the page to which the bank sends the payer; it says when it waits for the bank.
func (e *errand) comeBack(path string) error {
	for range 3 {
		r, err := e.b.get(returning, path)
		if err != nil {
			return err
		}
		if !says(r.body, "cabinet.pay.waiting") {
			return nil
		}
		if err := e.s.pause(300 * time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// atBank pays on the bank's page, with the cards that the plan says. took means that the bank has said so.
func (e *errand) atBank(object string) (took bool, err error) {
	defer e.s.enter(paying)()
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host != e.s.bankHost {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	post := func(to string, form url.Values) (string, error) {
		res, err := client.PostForm(to, form)
		if err != nil {
			return "", err
		}
		res.Body.Close()
		return res.Request.URL.String(), nil
	}
	at, err := post("http://"+e.s.bankHost+"/payform/", url.Values{"payment": {object}})
	for range 4 {
		switch {
		case err != nil: // the bank's answer was lost; one goes back and looks
			return false, e.s.ctx.Err()
		case strings.HasSuffix(at, "/done"):
			return true, nil
		case strings.HasSuffix(at, "/3d"):
			at, err = post(at, url.Values{"code": {epay.Code}})
			continue
		}
		if err := e.s.pause(time.Duration(10+e.rng.IntN(30)) * time.Millisecond); err != nil { // to type the card's number
			return false, err
		}
		card := epay.Cards[e.rng.IntN(2)] // one pays, one asks for a code
		if e.declined > 0 {
			e.declined--
			card = epay.Cards[2] // no money on it
		}
		at, err = post(at, url.Values{"name": {"SANZHAR OMARBAEV"}, "number": {card.Number}, "month": {"01"}, "year": {"2029"}, "cvv": {"321"}, "email": {e.filer.email}})
	}
	return false, nil
}
