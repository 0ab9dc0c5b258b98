package app_test

import (
	"errors"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"

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

// run goes the way to its end: it looks where the application stands by its page, and goes on from there.
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
	for _, s := range []struct{ state, key string }{{formed, "cabinet.formed_next"}, {paid, "cabinet.paid_next"}, {submitted, "cabinet.submitted_next"}, {signed, "filing.next.signed"}} {
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
