package app_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"kualik/internal/demo/paper"
	"kualik/internal/sim/epay"
)

// What somebody is at when the program is killed.
const (
	preparing = "preparing"  // log-in, draft, participants, documents
	forming   = "forming"    // the statement, and with it the invoice
	starting  = "starting"   // the session at the bank
	paying    = "paying"     // the payer is at the bank, whose message comes meanwhile
	returning = "returning"  // back from the bank: its status is asked
	sending   = "submitting" // the filer's signature, which gives the number
	cosigning = "cosigning"  // the signature of another author
)

// States of an application as its page tells them.
const (
	draft     = "draft"
	formed    = "formed"
	paid      = "paid"
	submitted = "submitted"
	signed    = "signed"
)

// citizen is an invented person with keys.
type citizen struct{ iin, name, email, algorithm string }

// errand is one application on its way from the draft to the last signature, with those who go it.
type errand struct {
	s        *season
	rng      *rand.Rand
	filer    citizen
	others   []citizen // the other authors
	b        *surfer   // the filer's
	title    string
	path     string // /filings/ID
	named    map[string]bool
	first    string       // number of the first invoice that was to be paid
	faults   []epay.Fault // of the bank, for that one
	declined int          // cards that the bank refuses before one that it takes
	leaves   bool         // the payer does not come back from the bank; nor does the filer whose submission is cut off
	gone     bool         // so it happened
	waits    bool         // a submission is written down, said the page
	number   string       // that the filer was told
	last     string       // what stood there in place of the way to the bank
	refused  []string     // answers that were refusals
	ways     []string     // that it went, for the log
}

// step says where the application stands by its page, and goes on from there.
func (e *errand) run() error {
	if err := e.b.logIn(); err != nil {
		return err
	}
	for turn := 0; ; turn++ {
		state := ""
		err := e.b.patiently(func() (err error) { state, err = e.look(); return err })
		if err != nil {
			return err
		}
		switch state {
		case draft:
			err = e.prepare()
		case formed:
			err = e.pay()
		case paid:
			err = e.submit()
		case submitted:
			err = e.cosign()
		case signed:
			return nil
		}
		if errors.Is(err, errCut) {
			err = e.b.wait()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", state, err)
		}
		if turn == 200 {
			return fmt.Errorf("it does not come on from %s: %q, refused %v, plan %v %d %v", state, e.last, e.refused, e.faults, e.declined, e.leaves)
		}
	}
}

// refusal notes an answer that is no success: the page is looked at again.
func (e *errand) refusal(doing string, r answer) error {
	e.refused = append(e.refused, fmt.Sprintf("%s: %d %.300s", doing, r.status, plain(r.body)))
	if len(e.refused) > 60 {
		return fmt.Errorf("refused again and again: %v", e.refused[len(e.refused)-3:])
	}
	return nil
}

func (e *errand) look() (string, error) {
	if e.path == "" {
		if err := e.begin(); err != nil {
			return "", err
		}
	}
	r, err := e.b.get(preparing, e.path)
	if err != nil {
		return "", err
	}
	if r.status != http.StatusOK {
		return "", fmt.Errorf("the application: %d %s", r.status, plain(r.body))
	}
	state := draft
	for _, s := range []struct{ state, key string }{{formed, "cabinet.formed_next"}, {paid, "cabinet.paid_next"}, {submitted, "cabinet.submitted_next"}, {signed, "cabinet.signed_next"}} {
		if says(r.body, s.key) {
			state = s.state
		}
	}
	e.waits = says(r.body, "cabinet.stuck")
	if state == submitted || state == signed {
		return state, e.told(r)
	}
	if e.number != "" {
		return "", fmt.Errorf("the application had the number %s and now says %s: %s", e.number, state, plain(r.body))
	}
	return state, nil
}

var incoming = regexp.MustCompile(`\b20\d\d-\d+\b`)

// told notes the number that a page shows; it never changes.
func (e *errand) told(r answer) error {
	number := incoming.FindString(plain(r.body))
	if number == "" {
		return fmt.Errorf("no number on the page: %s", plain(r.body))
	}
	if e.number != "" && e.number != number {
		return fmt.Errorf("the number was %s and is %s", e.number, number)
	}
	e.number = number
	return nil
}

var filingLink = regexp.MustCompile(`/filings/[0-9a-f]{8}-[0-9a-f-]{27}`)

// begin makes the draft, or finds it in the list when the answer was lost.
func (e *errand) begin() error {
	list, err := e.b.get(preparing, "/filings")
	if err != nil {
		return err
	}
	for _, path := range filingLink.FindAllString(list.body, -1) {
		if e.s.claim(path) {
			e.path = path
			return nil
		}
	}
	r, err := e.b.post(preparing, "/filings/new", url.Values{"service": {"copyright_work"}, "role": {"author"}})
	if err != nil {
		return err
	}
	if !filingLink.MatchString(r.to) {
		return fmt.Errorf("no draft: %d %s", r.status, plain(r.body))
	}
	e.path = r.to
	e.s.claim(e.path)
	return nil
}

// prepare fills what is not filled, and forms the statement.
func (e *errand) prepare() error {
	for _, do := range []func() error{e.data, e.people, e.files} {
		if err := do(); err != nil {
			return err
		}
	}
	r, err := e.b.post(forming, e.path+"/form", nil)
	switch {
	case err != nil:
		return err
	case r.to == e.path+"?check=1":
		page, err := e.b.get(preparing, r.to)
		if err == nil {
			err = fmt.Errorf("the statement cannot be formed: %s", plain(page.body))
		}
		return err
	case r.to != e.path:
		return e.refusal("forming", r)
	}
	return nil
}

func (e *errand) data() error {
	page, err := e.b.get(preparing, e.path)
	if err != nil {
		return err
	}
	form := fieldsOf(page.body, e.path+"/save")
	if form.Get("title") == e.title {
		return nil
	}
	for name, value := range map[string]string{"title": e.title, "kind": "scientific_work", "created_on": "02.09.2024", "do": "save"} {
		form.Set(name, value)
	}
	r, err := e.b.post(preparing, e.path+"/save", form)
	if err == nil && r.status != http.StatusSeeOther {
		err = e.refusal("saving", r)
	}
	return err
}

func (e *errand) people() error {
	for _, p := range e.others {
		if e.named[p.iin] {
			continue
		}
		r, err := e.b.post(preparing, e.path+"/participants", url.Values{"role": {"author"}, "type": {"individual"}, "number": {p.iin}, "name": {p.name},
			"country": {"Республика Казахстан"}, "city": {"Қаратал"}, "address": {"Абай көшесі, 1"}, "postcode": {"041000"}, "email": {p.email}})
		if err != nil {
			return err
		}
		// When the answer was lost the person is there already, and is refused a second time.
		e.named[p.iin] = true
		if r.status != http.StatusSeeOther {
			if err := e.refusal("naming an author", r); err != nil {
				return err
			}
		}
	}
	return nil
}

var placeOf = regexp.MustCompile(`name="participant" value="([^"]+)"`)

// files attaches the work, and a copy of the identity document of each author.
func (e *errand) files() error {
	page, err := e.b.get(preparing, e.path+"/documents")
	if err != nil {
		return err
	}
	attach := func(name string, data []byte, fields ...string) error {
		if strings.Contains(page.body, name) {
			return nil
		}
		r, err := e.b.upload(e.path+"/documents", name, data, fields...)
		if err == nil && r.status != http.StatusSeeOther {
			err = e.refusal("attaching "+name, r)
		}
		return err
	}
	xml := `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>` + html.EscapeString(e.title) + `</w:t></w:r></w:p></w:body></w:document>`
	work, err := paper.Zip(paper.File{Name: "word/document.xml", Data: []byte(xml)})
	if err != nil {
		return err
	}
	if err := attach("work.docx", work, "kind", "work_copy", "place", "work_copy", "sheets", "1", "description", "Оқу құралы"); err != nil {
		return err
	}
	for _, m := range placeOf.FindAllStringSubmatch(page.body, -1) {
		picture := []byte("\x89PNG\r\n\x1a\n" + m[1])
		if err := attach("identity-"+m[1]+".png", picture, "kind", "identity_copy", "place", "identity_copy", "participant", m[1]); err != nil {
			return err
		}
	}
	return nil
}

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

// signatureOf is the form of the page for signing, with the signature of the stored bytes; nil when there is
// nothing to sign.
func (b *surfer) signatureOf(phase, path string) (url.Values, answer, error) {
	page, err := b.get(phase, path+"/sign")
	if err != nil {
		return nil, page, err
	}
	form := fieldsOf(page.body, path+"/sign")
	if !form.Has("key") {
		return nil, page, nil
	}
	content, err := b.get(phase, path+"/statement.pdf")
	if err != nil {
		return nil, page, err
	}
	cms, err := b.s.out.Sign(b.who.iin, "SIGN-"+b.who.algorithm, []byte(content.body), true)
	if err != nil {
		return nil, page, err
	}
	form.Set("cms", base64.StdEncoding.EncodeToString(cms))
	return form, page, nil
}

// submit signs and submits, as patient and as impatient people do.
func (e *errand) submit() error {
	if e.gone && e.waits {
		return errors.New("a submission that was cut off is not taken up again by itself")
	}
	form, page, err := e.b.signatureOf(sending, e.path)
	if err != nil {
		return err
	}
	if form == nil {
		if strings.HasPrefix(page.to, e.path+"/done") {
			return nil
		}
		return e.refusal("the page for signing", page)
	}
	switch way := e.rng.IntN(5); {
	case e.leaves && !e.gone:
		e.way("one try")
		r, err := e.b.post(sending, e.path+"/sign", form)
		if errors.Is(err, errCut) {
			e.gone = true
			if err := e.s.untilLater(); err != nil {
				return err
			}
			return e.b.wait()
		}
		return e.answered(r, err)
	case way == 0: // a double click
		e.way("double click")
		return e.together(form, form)
	case way == 1: // two tabs
		e.way("two tabs")
		other, _, err := e.b.signatureOf(sending, e.path)
		if err != nil || other == nil {
			return err
		}
		return e.together(form, other)
	case way == 2: // the same page is sent again until there is an answer
		e.way("sent again")
		var r answer
		err := e.b.patiently(func() (err error) { r, err = e.b.post(sending, e.path+"/sign", form); return err })
		return e.answered(r, err)
	case way == 3: // signed anew on the page that is still open
		e.way("signed anew")
		r, err := e.b.post(sending, e.path+"/sign", form)
		if !errors.Is(err, errCut) {
			return e.answered(r, err)
		}
		if err := e.b.wait(); err != nil {
			return err
		}
		again, _, err := e.b.signatureOf(sending, e.path)
		if err != nil || again == nil {
			return err
		}
		again.Set("key", form.Get("key"))
		r, err = e.b.post(sending, e.path+"/sign", again)
		return e.answered(r, err)
	}
	e.way("plain")
	r, err := e.b.post(sending, e.path+"/sign", form)
	return e.answered(r, err)
}

func (e *errand) way(w string) {
	if !slices.Contains(e.ways, w) {
		e.ways = append(e.ways, w)
	}
}

// together sends two forms at once.
func (e *errand) together(forms ...url.Values) error {
	var g sync.WaitGroup
	errs, answers := make([]error, len(forms)), make([]answer, len(forms))
	for i, form := range forms {
		tab := *e.b // the same cookies
		g.Go(func() { answers[i], errs[i] = tab.post(sending, e.path+"/sign", form) })
	}
	g.Wait()
	for i := range forms {
		if err := e.answered(answers[i], errs[i]); err != nil {
			return err
		}
	}
	return nil
}

// answered reads the answer to a submission.
func (e *errand) answered(r answer, err error) error {
	if err != nil {
		return err
	}
	if r.to != e.path+"/done" {
		return e.refusal("submitting", r)
	}
	r, err = e.b.get(sending, r.to)
	if err != nil {
		return err
	}
	return e.told(r)
}

// cosign has the other authors sign, each from their own log-in, one after the other or all at once.
func (e *errand) cosign() error {
	sign := func(p citizen) error {
		b := e.s.surfer(p)
		if err := b.logIn(); err != nil {
			return err
		}
		return b.patiently(func() error { return e.signAs(b) })
	}
	if e.rng.IntN(2) == 0 {
		for _, p := range e.others {
			if err := sign(p); err != nil {
				return err
			}
		}
		return nil
	}
	var g sync.WaitGroup
	errs := make([]error, len(e.others))
	for i, p := range e.others {
		g.Go(func() { errs[i] = sign(p) })
	}
	g.Wait()
	return errors.Join(errs...)
}

func (e *errand) signAs(b *surfer) error {
	form, page, err := b.signatureOf(cosigning, e.path)
	if err != nil {
		return err
	}
	if form == nil { // signed already: the answer was lost
		if page.status != http.StatusConflict && !strings.HasPrefix(page.to, e.path) {
			return fmt.Errorf("%s cannot sign: %d %s", b.who.name, page.status, plain(page.body))
		}
		return nil
	}
	r, err := b.post(cosigning, e.path+"/sign", form)
	if err == nil && !strings.HasPrefix(r.to, e.path+"/done") {
		err = fmt.Errorf("the signature of %s: %d %s", b.who.name, r.status, plain(r.body))
	}
	return err
}

// pause is a moment in which one waits for a page.
func (s *season) pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-timer.C:
		return nil
	}
}

// untilLater is for people who close the browser: it returns when hours have passed.
func (s *season) untilLater() error {
	s.mu.Lock()
	s.waiting++
	s.mu.Unlock()
	select {
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	case <-s.later:
		return nil
	}
}
