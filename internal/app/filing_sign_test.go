package app_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

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
