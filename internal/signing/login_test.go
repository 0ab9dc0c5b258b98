package signing

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/oid"
)

func TestLoginTellsWhoSigned(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	for name, form := range map[string]func([]byte) []byte{
		"PEM": armoured, "base64": bare, "DER": func(m []byte) []byte { return m },
		"PEM with the line ends of Windows": func(m []byte) []byte { return bytes.ReplaceAll(armoured(m), []byte("\n"), []byte("\r\n")) },
	} {
		c := w.challenge()
		id, err := w.VerifyLogin(ctx, c.ID, "cookie", form(w.cms(w.auth, c.Content, false)))
		if err != nil || id.IIN != aliya.IIN || id.Surname != "ЕСЕНОВА" || id.GivenName != "ӘЛИЯ" || id.Patronymic != "МАРАТҚЫЗЫ" ||
			id.Name != "ЕСЕНОВА ӘЛИЯ МАРАТҚЫЗЫ" || id.Email != aliya.Email || id.KeyUsage != "auth" || id.Revocation.State != "good" ||
			id.Revocation.Source != "ocsp" || !id.Revocation.CheckedAt.Equal(begin) {
			t.Errorf("%s: %+v %v", name, id, err)
		}
	}
	c := w.challenge()
	if id, err := w.VerifyLogin(ctx, c.ID, "cookie", bare(w.cms(w.sign, c.Content, true))); err != nil || id.KeyUsage != "sign" {
		t.Errorf("a detached signature by a sign key: %v", err)
	}
	if _, err := w.login(w.auth, issue.InPieces()); err != nil {
		t.Errorf("BER, as the NCA's Java library writes it: %v", err)
	}
}

func TestChallengeCanBeRead(t *testing.T) {
	w := newWorld(t)
	c := w.challenge()
	text := string(c.Content)
	for _, part := range []string{"kualik.example", "Вход в Kualik", "Kualik жүйесіне кіру", "2026-11-23T06:00:00Z"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	if other := w.challenge(); bytes.Equal(other.Content, c.Content) {
		t.Error("two texts are the same")
	}
	if _, err := w.Challenge(context.Background(), "payment", "kualik.example", "cookie"); err == nil {
		t.Error("a purpose that nobody knows")
	}
	if _, err := w.Challenge(context.Background(), ForLogin, "kualik.example", ""); err == nil {
		t.Error("bound to no browser")
	}
}

func TestChallengeIsGoodOnceHereAndNow(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	c := w.challenge()
	message := w.cms(w.auth, c.Content, false)
	_, err := w.VerifyLogin(ctx, c.ID, "another browser's cookie", message)
	wantCode(t, "another browser", err, "challenge")
	_, err = w.VerifyLogin(ctx, uuid.New(), "cookie", message)
	wantCode(t, "a text that nobody gave", err, "challenge")
	_, err = w.VerifyChallenge(ctx, ForJoin, c.ID, "cookie", message)
	wantCode(t, "another purpose", err, "challenge")
	for _, nothing := range []string{"", " \n", "<html>", "%%%"} {
		if _, err = w.VerifyLogin(ctx, c.ID, "cookie", []byte(nothing)); Code(err) != "empty" && Code(err) != "malformed" {
			t.Errorf("%q: %v", nothing, err)
		}
	}
	_, err = w.VerifyLogin(ctx, c.ID, "cookie", bytes.Repeat([]byte("M"), 3*largestLogin))
	wantCode(t, "without bound", err, "too_large")
	if _, err := w.VerifyLogin(ctx, c.ID, "cookie", message); err != nil {
		t.Fatalf("none of these has used it up: %v", err)
	}
	_, err = w.VerifyLogin(ctx, c.ID, "cookie", message)
	wantCode(t, "a second time", err, "challenge")
	c = w.challenge()
	message = w.cms(w.auth, c.Content, false)
	w.clock.Advance(ChallengeLife)
	_, err = w.VerifyLogin(ctx, c.ID, "cookie", message)
	wantCode(t, "too late", err, "challenge")
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Second)
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := w.pool.QueryRow(ctx, `SELECT count(*) FROM challenge`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d texts are left: %v", left, err)
	}
}

func TestOneOfManyBringersOfASignatureWins(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	c := w.challenge()
	message := w.cms(w.auth, c.Content, false)
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.VerifyLogin(ctx, c.ID, "cookie", message) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if Code(err) != "challenge" {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func TestTextOfAnotherSiteOrPurposeIsRefused(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	join, err := w.Challenge(ctx, ForJoin, "kualik.example", "cookie")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"another site's": challengeText(ForLogin, "kua1ik.example", begin, "nonce"), "another purpose's": join.Content,
		"another text of ours": w.challenge().Content, "a document": []byte("%PDF-1.4"), "the same without its end": w.challenge().Content[:20],
	} {
		c := w.challenge()
		for form, detached := range map[string]bool{"attached": false, "detached": true} {
			_, err := w.VerifyLogin(ctx, c.ID, "cookie", w.cms(w.auth, content, detached))
			wantCode(t, name+" text, "+form, err, "other_content")
			c = w.challenge()
		}
	}
	c := w.challenge()
	_, err = w.VerifyLogin(ctx, c.ID, "cookie", w.cms(w.auth, bare(c.Content), false))
	wantCode(t, "the base64 of the text", err, "signed_base64")
}

// Every bad message of the protocol's description, by what the person is told.
func TestBadLoginsAreRefused(t *testing.T) {
	w := newWorld(t)
	year := func(from, to int) (time.Time, time.Time) { return begin.AddDate(0, from, 0), begin.AddDate(0, to, 0) }
	with := func(a *issue.Authority, p issue.Person, from, to int, change issue.Profile) *issue.Identity {
		f, u := year(from, to)
		return w.keyOf(a, p, issue.Auth, f, u, change)
	}
	stranger, err := issue.NewAuthority(rand.Reader, issue.GOST, "НЕГІЗГІ КО TEST", begin.AddDate(-1, 0, 0)) // the same name as the root's
	if err != nil {
		t.Fatal(err)
	}
	forger, err := stranger.Sub(issue.GOST, "ҰКО TEST", begin.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	other := w.key(daulet, issue.Auth)
	for name, c := range map[string]struct {
		key  *issue.Identity
		ways []issue.Way
		code string
	}{
		"two signers":                        {w.auth, []issue.Way{issue.With(other)}, "several_signers"},
		"a foreign CA of the same name":      {with(forger, aliya, -1, 1, issue.Profile{}), nil, "untrusted"},
		"its certificates in the message":    {with(forger, aliya, -1, 1, issue.Profile{}), []issue.Way{issue.WithCertificates(stranger.Certificate, forger.Certificate)}, "untrusted"},
		"expired":                            {with(w.ca.sub, aliya, -8, -1, issue.Profile{}), nil, "expired"},
		"not yet valid":                      {with(w.ca.sub, aliya, 1, 8, issue.Profile{}), nil, "not_yet_valid"},
		"no signed attributes":               {w.auth, []issue.Way{issue.WithoutAttributes()}, "malformed"},
		"no message digest":                  {w.auth, []issue.Way{issue.WithoutAttribute(oid.AttributeDigest)}, "malformed"},
		"no content type":                    {w.auth, []issue.Way{issue.WithoutAttribute(oid.AttributeContentType)}, "malformed"},
		"another digest":                     {w.auth, []issue.Way{issue.WithDigest(make([]byte, 64))}, "other_content"},
		"a changed signature":                {w.auth, []issue.Way{issue.WithSignature(func(s []byte) []byte { s[9] ^= 1; return s })}, "bad_signature"},
		"r and s are 0":                      {w.auth, []issue.Way{issue.WithSignature(func(s []byte) []byte { return make([]byte, len(s)) })}, "bad_signature"},
		"no certificate":                     {w.auth, []issue.Way{issue.WithoutCertificates()}, "untrusted"},
		"an unknown critical extension":      {with(w.ca.sub, aliya, -1, 1, issue.Profile{Critical: "1.2.3.4"}), nil, "untrusted"},
		"a key for neither signing nor AUTH": {with(w.ca.sub, aliya, -1, 1, issue.Profile{KeyUsage: []int{issue.KeyEncipherment}}), nil, "untrusted"},
		"no personal number":                 {with(w.ca.sub, issue.Person{Surname: "БЕЗ", GivenName: "НОМЕРА"}, -1, 1, issue.Profile{}), nil, "no_iin"},
		"neither person nor organisation":    {with(w.ca.sub, issue.Person{Surname: "А", GivenName: "Б", IIN: aliya.IIN, Roles: []string{"hr"}}, -1, 1, issue.Profile{}), nil, "role"},
		"another kind of content":            {w.auth, []issue.Way{issue.WithContentType(oid.SignedData)}, "malformed"},
	} {
		_, err := w.login(c.key, c.ways...)
		wantCode(t, name, err, c.code)
		for _, l := range i18n.All {
			if err != nil && i18n.Error(l, err) == keyPrefix+c.code {
				t.Errorf("%s has no sentence in %s", c.code, l)
			}
		}
	}
	c := w.challenge()
	_, err = w.VerifyLogin(context.Background(), c.ID, "cookie", append(w.cms(w.auth, c.Content, false), 0))
	wantCode(t, "trailing bytes", err, "malformed")
}

func TestLoginWithASignKeyIsASetting(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.LoginWithSignKey = false })
	_, err := w.login(w.sign)
	wantCode(t, "a sign key", err, "not_auth_key")
	if _, err := w.login(w.auth); err != nil {
		t.Fatal(err)
	}
}

func TestKeysOfRSAAndOfOrganisations(t *testing.T) {
	w := newWorld(t)
	rsa := newAuthority(t, issue.RSA)
	rsa.now = w.clock.Now
	w.o.Trust = trustOf(w.ca.root.Certificate, rsa.sub.Certificate) // an intermediate is an anchor too
	head := aliya
	head.Organisation, head.BIN, head.Roles = `ТОО "Қаратал"`, "260140999014", []string{"legal_entity", "head"}
	id, err := w.login(w.keyOf(rsa.sub, head, issue.Auth, begin.AddDate(0, -1, 0), begin.AddDate(0, 1, 0), issue.Profile{}))
	if err != nil || id.Algorithm != "rsa-sha256" || id.BIN != head.BIN || id.Organisation != head.Organisation || !id.IsHead() || id.IIN != aliya.IIN {
		t.Fatalf("%+v %v", id, err)
	}
}

// The sentence tells how revocation was checked, in the zone of the reader.
func TestRevocationIsSaidInWords(t *testing.T) {
	zone := time.FixedZone("Asia/Almaty", 5*3600)
	for state, want := range map[string]string{"good": "Не отозван: проверено по OCSP 23.11.2026 11:00", "unreachable": "Отзыв не проверен: НУЦ не ответил 23.11.2026 11:00"} {
		if got := (Revocation{State: state, Source: "ocsp", CheckedAt: clock.At(begin).Now()}).Text(i18n.RU, zone); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
