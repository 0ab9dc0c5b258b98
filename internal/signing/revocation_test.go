package signing

import (
	"context"
	"testing"
	"time"

	"kualik/internal/fault"
	"kualik/internal/pki/issue"
)

func TestRevokedKeysAreRefused(t *testing.T) {
	for name, change := range map[string]func(*authority){"OCSP": func(*authority) {}, "CRL": func(a *authority) { a.noOCSP = true }} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			change(w.ca)
			w.ca.revoke(t, w.auth)
			w.ca.revoke(t, w.sign)
			_, err := w.login(w.auth)
			wantCode(t, "log-in", err, "revoked")
			_, err = w.VerifyDocument(context.Background(), Wanted{Content: statement}, w.cms(w.sign, statement, true))
			wantCode(t, "document", err, "revoked")
		})
	}
}

func TestListStandsInForOCSP(t *testing.T) {
	w := newWorld(t)
	w.ca.noOCSP = true
	id, err := w.login(w.auth)
	if err != nil || id.Revocation.State != "good" || id.Revocation.Source != "crl" {
		t.Fatalf("%+v %v", id.Revocation, err)
	}
	// The list is fetched once for as long as it holds.
	if _, err := w.login(w.key(daulet, issue.Auth)); err != nil || w.ca.lists.Load() != 1 {
		t.Fatalf("%d lists were fetched: %v", w.ca.lists.Load(), err)
	}
	w.clock.Advance(25 * time.Hour)
	if _, err := w.login(w.auth); err != nil || w.ca.lists.Load() != 2 {
		t.Fatalf("%d lists were fetched: %v", w.ca.lists.Load(), err)
	}
}

func TestAnswersAreKeptForAWhile(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	for range 3 {
		if _, err := w.login(w.auth); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.ca.asked.Load(); n != 1 {
		t.Errorf("three log-ins in a row asked %d times", n)
	}
	w.clock.Advance(goodFor)
	w.ca.revoke(t, w.auth)
	_, err := w.login(w.auth)
	wantCode(t, "revoked meanwhile", err, "revoked")
	// A document's signature asks afresh, and relies on what is kept only when nobody answers.
	for range 2 {
		if _, err := w.VerifyDocument(ctx, Wanted{Content: statement}, w.cms(w.sign, statement, true)); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.ca.asked.Load(); n != 4 {
		t.Errorf("asked %d times in all", n)
	}
	w.ca.set(func() { w.ca.noOCSP, w.ca.noCRL = true, true })
	g, err := w.VerifyDocument(ctx, Wanted{Content: statement}, w.cms(w.sign, statement, true))
	if err != nil || g.Identity.Revocation.State != "good" {
		t.Errorf("%+v %v", g.Identity.Revocation, err)
	}
}

func TestPolicyWhenNobodyAnswers(t *testing.T) {
	for name, breakIt := range map[string]func(*authority){
		"away":    func(a *authority) { a.noOCSP, a.noCRL = true, true },
		"garbage": func(a *authority) { a.garbage, a.noCRL = "<html>", true },
		"stale":   func(a *authority) { a.now, a.noCRL = func() time.Time { return begin.AddDate(0, 0, -2) }, true },
		"endless": func(a *authority) { a.garbage, a.noCRL = string(make([]byte, largestAnswer+1)), true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			breakIt(w.ca)
			id, err := w.login(w.auth)
			if err != nil || id.Revocation.State != "unreachable" || !id.Revocation.CheckedAt.Equal(begin) {
				t.Errorf("preferred: %+v %v", id.Revocation, err)
			}
			g, err := w.VerifyDocument(context.Background(), Wanted{Content: statement}, w.cms(w.sign, statement, true))
			if err != nil {
				t.Fatal(err)
			}
			if v, err := w.Reverify(context.Background(), w.keep(g, "filing").ID, statement); err != nil || !v.Valid || v.Revocation.State != "unreachable" {
				t.Errorf("%+v %v", v, err)
			}
			w.o.Revocation = Required
			_, err = w.login(w.auth)
			wantCode(t, "required", err, "revocation_unreachable")
			if !fault.Is(err, fault.Unavailable) {
				t.Errorf("worth another try: %v", err)
			}
		})
	}
}

func TestAuthorityThatDoesNotKnowTheCertificate(t *testing.T) {
	w := newWorld(t)
	serial, err := issue.Serial(w.auth.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	w.ca.set(func() { w.ca.status[serial.String()], w.ca.noCRL = issue.Status{Unknown: true}, true })
	if id, err := w.login(w.auth); err != nil || id.Revocation.State != "unknown" {
		t.Errorf("preferred: %+v %v", id.Revocation, err)
	}
	w.o.Revocation = Required
	_, err = w.login(w.auth)
	wantCode(t, "required", err, "revocation_unreachable")
	w.ca.set(func() { w.ca.noCRL = false })
	if id, err := w.login(w.auth); err != nil || id.Revocation.Source != "crl" {
		t.Errorf("the list knows: %+v %v", id.Revocation, err)
	}
}

func TestSettingsSayWhereToAsk(t *testing.T) {
	w := newWorld(t)
	address := w.ca.server.URL
	w.ca.sub.OCSPURL, w.ca.sub.CRLURL = "http://127.0.0.1:1/ocsp", "" // nobody is there
	key := w.key(aliya, issue.Auth)
	if id, err := w.login(key); err != nil || id.Revocation.State != "unreachable" {
		t.Fatalf("%+v %v", id.Revocation, err)
	}
	w.o.OCSPURL = address + "/ocsp"
	if id, err := w.login(key); err != nil || id.Revocation.Source != "ocsp" {
		t.Fatalf("%+v %v", id.Revocation, err)
	}
	w.ca.sub.OCSPURL = ""
	w.ca.sub.CRLURL = "ldap://127.0.0.1/ca"
	w.o.OCSPURL = ""
	if id, err := w.login(w.key(daulet, issue.Auth)); err != nil || id.Revocation.State != "unreachable" {
		t.Fatalf("an address that cannot be asked: %+v %v", id.Revocation, err)
	}
}
