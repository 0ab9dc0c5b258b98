package signing

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/secret"
)

var begin = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// authority is a certification authority with its service for asking, one for all tests of an algorithm.
type authority struct {
	root, sub *issue.Authority
	server    *httptest.Server

	mu      sync.Mutex
	now     func() time.Time
	status  map[string]issue.Status // by serial
	garbage string                  // what the service says in place of an answer
	noOCSP  bool
	noCRL   bool
	asked   atomic.Int64 // by OCSP
	lists   atomic.Int64 // fetched
}

func newAuthority(t *testing.T, alg issue.Algorithm) *authority {
	t.Helper()
	a := &authority{status: map[string]issue.Status{}, now: func() time.Time { return begin }}
	a.server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.server.Close)
	var err error
	if a.root, err = issue.NewAuthority(rand.Reader, alg, "НЕГІЗГІ КО TEST", begin.AddDate(-1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if a.sub, err = a.root.Sub(alg, "ҰКО TEST", begin.AddDate(-1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	a.sub.OCSPURL, a.sub.CRLURL = a.server.URL+"/ocsp", a.server.URL+"/ca.crl"
	return a
}

func (a *authority) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case r.URL.Path == "/ocsp" && !a.noOCSP:
		a.asked.Add(1)
		if a.garbage != "" {
			io.WriteString(w, a.garbage)
			return
		}
		question, _ := io.ReadAll(r.Body)
		answer, err := a.sub.OCSP(question, a.now(), func(serial *big.Int) issue.Status { return a.status[serial.String()] })
		if err != nil {
			answer = issue.MalformedRequest()
		}
		w.Write(answer)
	case r.URL.Path == "/ca.crl" && !a.noCRL:
		a.lists.Add(1)
		var revoked []issue.Revoked
		for serial, s := range a.status {
			if !s.RevokedAt.IsZero() {
				n, _ := new(big.Int).SetString(serial, 10)
				revoked = append(revoked, issue.Revoked{Serial: n, At: s.RevokedAt})
			}
		}
		list, err := a.sub.CRL(a.now(), a.now().Add(24*time.Hour), revoked...)
		if err != nil {
			w.WriteHeader(500)
			return
		}
		w.Write(list)
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// set changes what the authority says of a certificate, or how well it answers.
func (a *authority) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

func (a *authority) revoke(t *testing.T, id *issue.Identity) {
	t.Helper()
	serial, err := issue.Serial(id.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	a.set(func() { a.status[serial.String()] = issue.Status{RevokedAt: begin.Add(-time.Hour)} })
}

// aliya and daulet are invented; their numbers keep the rule of the control digit.
var (
	aliya  = issue.Person{Surname: "ЕСЕНОВА", GivenName: "ӘЛИЯ", Patronymic: "МАРАТҚЫЗЫ", IIN: "880101499015", Email: "a.esenova@karatal.example"}
	daulet = issue.Person{Surname: "ОСПАНОВ", GivenName: "ДӘУЛЕТ", Patronymic: "БОЛАТҰЛЫ", IIN: "790315399011"}
)

type world struct {
	*Service
	t     *testing.T
	clock *clock.Manual
	ca    *authority
	sign  *issue.Identity // of aliya
	auth  *issue.Identity
}

func newWorld(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.At(begin), ca: newAuthority(t, issue.GOST)}
	w.ca.now = w.clock.Now
	w.sign, w.auth = w.key(aliya, issue.Sign), w.key(aliya, issue.Auth)
	keeper, err := secret.New(bytes.Repeat([]byte{5}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(context.Background(), "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Clock: w.clock, Keeper: keeper, Blobs: blobs, Trust: pki.NewTrust(w.ca.root.Certificate, w.ca.sub.Certificate), LoginWithSignKey: true,
		HTTP: &http.Client{Timeout: 5 * time.Second}}
	for _, c := range change {
		c(&o)
	}
	w.Service = New(pgtest.New(t), o)
	return w
}

// key issues a key that is good for a year around begin.
func (w *world) key(p issue.Person, u issue.Usage) *issue.Identity {
	return w.keyOf(w.ca.sub, p, u, begin.AddDate(0, -6, 0), begin.AddDate(0, 6, 0), issue.Profile{})
}

func (w *world) keyOf(a *issue.Authority, p issue.Person, u issue.Usage, from, to time.Time, change issue.Profile) *issue.Identity {
	w.t.Helper()
	id, err := a.IssueWith(p, u, from, to, change)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) cms(id *issue.Identity, content []byte, detached bool, ways ...issue.Way) []byte {
	w.t.Helper()
	message, err := id.SignCMS(content, detached, w.clock.Now(), ways...)
	if err != nil {
		w.t.Fatal(err)
	}
	return message
}

func (w *world) challenge() Challenge {
	w.t.Helper()
	c, err := w.Challenge(context.Background(), ForLogin, "kualik.example", "cookie")
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// login signs a fresh challenge in a way and brings it back.
func (w *world) login(id *issue.Identity, ways ...issue.Way) (Identity, error) {
	w.t.Helper()
	c := w.challenge()
	return w.VerifyLogin(context.Background(), c.ID, "cookie", armoured(w.cms(id, c.Content, false, ways...)))
}

// armoured is a message as NCALayer's newer module gives it.
func armoured(message []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: message})
}

func bare(message []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(message)) }

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if err == nil || Code(err) != code {
		t.Errorf("%s: %v, want the code %s", what, err, code)
	}
}
