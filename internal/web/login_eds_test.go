package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/pki"
	"kualik/internal/secret"
	"kualik/internal/signing"
	"kualik/internal/sim"
)

// authorities are the keys of the test's authorities, which take seconds to make: once in a process.
var authorities = sync.OnceValue(func() fstest.MapFS {
	dir, err := os.MkdirTemp("", "kualik-authority-")
	must(err)
	defer os.RemoveAll(dir)
	s, err := sim.Start(context.Background(), sim.Options{Dir: dir, NCALayerAddr: "127.0.0.1:0", WebAddr: "127.0.0.1:0", Clock: clock.At(opening)})
	must(err)
	defer s.Close()
	keys := fstest.MapFS{}
	files, err := filepath.Glob(filepath.Join(dir, "ca", "*"))
	must(err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(err)
		keys["ca/"+filepath.Base(file)] = &fstest.MapFile{Data: data, Mode: 0o600}
	}
	return keys
})

func authorityFolder(t testing.TB) string {
	dir := t.TempDir()
	must(os.CopyFS(dir, authorities()))
	return dir
}

// outside is the authority of the test, with the keys of its people.
func outside(t testing.TB, d *Deps) *sim.Sim {
	t.Helper()
	s, err := sim.Start(context.Background(), sim.Options{Dir: authorityFolder(t), NCALayerAddr: "127.0.0.1:0", WebAddr: "127.0.0.1:0", BankAddr: "127.0.0.1:0", Clock: d.Clock})
	must(err)
	t.Cleanup(func() { s.Close() })
	return s
}

// loginWorld is a world with an authority whose keys open it.
func loginWorld(t testing.TB, change ...func(*Deps)) (*world, *sim.Sim) {
	t.Helper()
	var out *sim.Sim
	w := edsWorld(t, nil, append([]func(*Deps){func(d *Deps) {
		out = outside(t, d)
		trust, err := pki.LoadTrust(out.TrustDir())
		must(err)
		keeper, err := secret.New([]byte(strings.Repeat("k", secret.KeySize)))
		must(err)
		store, err := blob.Open(context.Background(), "", t.TempDir())
		must(err)
		d.Signing = signing.New(d.Pool, signing.Options{Clock: d.Clock, Keeper: keeper, Blobs: store, Trust: trust})
		d.NCALayerURL = "wss://127.0.0.1:13579/"
	}}, change...)...)
	return w, out
}

// challenge asks for a text to sign, as eds.js does.
func (b *browser) challenge(join bool) (id string, content []byte) {
	b.w.t.Helper()
	form := url.Values{}
	if join {
		form.Set("join", "1")
	}
	r := b.send("POST", "/login/eds/challenge", strings.NewReader(form.Encode()), "application/x-www-form-urlencoded", "X-CSRF-Token", b.token)
	if r.status != 200 {
		b.w.t.Fatalf("no challenge: %d", r.status)
	}
	var c struct{ ID, Content string }
	must(json.Unmarshal([]byte(r.body), &c))
	content, err := base64.StdEncoding.DecodeString(c.Content)
	must(err)
	return c.ID, content
}

const salem = "950130399053" // of sim's people, has keys of both sorts

// enterWith signs a fresh challenge with a key and sends it.
func (b *browser) enterWith(s *sim.Sim, iin, key, next string) reply {
	b.w.t.Helper()
	id, content := b.challenge(false)
	cms, err := s.Sign(iin, key, content, false)
	must(err)
	return b.post("/login/eds", url.Values{"challenge": {id}, "cms": {base64.StdEncoding.EncodeToString(cms)}, "next": {next}})
}

// The first log-in leads to the profile and from there to where one wanted to go; later ones lead there at
// once: I-023, I-024, I-025, I-026, I-027.
func TestEDSLogin(t *testing.T) {
	w, out := loginWorld(t)
	b := w.browser()
	r := b.get("/login?next=/settings/me")
	has(t, r.body, "Войти с помощью ЭЦП", `data-eds="login"`, `data-eds-url="wss://127.0.0.1:13579/"`, "Выберите ключ AUTH", "eds.js", "/info/steps")
	id, content := b.challenge(false)
	if !strings.Contains(string(content), "kualik.example") {
		t.Errorf("the text does not name the site:\n%s", content)
	}
	cms, err := out.Sign(salem, "AUTH-GOST", content, false)
	must(err)
	armoured := "-----BEGIN CMS-----\n" + base64.StdEncoding.EncodeToString(cms) + "\n-----END CMS-----\n"
	r = b.post("/login/eds", url.Values{"challenge": {id}, "cms": {armoured}, "next": {"/settings/me"}})
	if want := "/profile?first=1&next=%2Fsettings%2Fme"; r.to() != want {
		t.Fatalf("%d leads to %q\n%s", r.status, r.to(), r.body)
	}
	has(t, b.get(r.to()).body, "Первый вход", "ОМАРБАЕВ")
	session, ok, err := w.deps.Accounts.Session(context.Background(), b.cookies[w.s.cookieName("session")])
	if err != nil || !ok || session.Means != account.ByEDS {
		t.Errorf("the session is by %q", session.Means)
	}
	again := w.browser()
	again.get("/login")
	if r := again.enterWith(out, salem, "AUTH-RSA", "/settings/me"); r.to() != "/settings/me" {
		t.Errorf("the second log-in leads to %q", r.to())
	}
}

// What is refused is said where the button stands, and opens nothing.
func TestEDSLoginRefused(t *testing.T) {
	w, out := loginWorld(t)
	b := w.browser()
	b.get("/login")
	refused := func(name string, r reply) {
		t.Helper()
		if r.status < 400 || b.cookies[w.s.cookieName("session")] != "" || !strings.Contains(r.body, "Вход с ЭЦП не удался") {
			t.Errorf("%s: %d %s", name, r.status, r.to())
		}
	}
	refused("no signature", b.post("/login/eds", url.Values{"challenge": {""}, "cms": {""}}))
	refused("no base64", b.post("/login/eds", url.Values{"challenge": {""}, "cms": {"%%%"}}))
	refused("revoked", b.enterWith(out, "910215399038", "AUTH-GOST", "/"))
	refused("expired", b.enterWith(out, "840923499028", "AUTH-GOST", "/"))
	refused("a key for signing", b.enterWith(out, salem, "SIGN-GOST", "/"))
	id, content := b.challenge(false)
	cms, err := out.Sign(salem, "AUTH-GOST", content, false)
	must(err)
	stolen := url.Values{"challenge": {id}, "cms": {base64.StdEncoding.EncodeToString(cms)}}
	thief := w.browser()
	thief.get("/login")
	if r := thief.post("/login/eds", stolen); r.status < 400 {
		t.Errorf("the signature of another browser opens: %d", r.status)
	}
	w.clock.Advance(signing.ChallengeLife + time.Second)
	stolen.Del("csrf")
	refused("too late", b.post("/login/eds", stolen))
}

// Where one comes back to is a page of ours.
func TestEDSLoginGoesNowhereElse(t *testing.T) {
	w, out := loginWorld(t)
	w.browser()
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "/\tx"} {
		b := w.browser()
		b.get("/login")
		r := b.enterWith(out, salem, "AUTH-GOST", next)
		if to := r.to(); to != "/" && to != "/profile?first=1&next=%2F" {
			t.Errorf("%q leads to %q", next, to)
		}
		if r := b.get("/login?eds=1&next=" + url.QueryEscape(next)); r.to() != "/" {
			t.Errorf("%q of the page leads to %q", next, r.to())
		}
		if r := b.get("/profile?next=" + url.QueryEscape(next)); hiddenValue(r.body, "next") != "/" {
			t.Errorf("%q stands on the page of the profile", next)
		}
	}
}

// Who came by password and wants to change something logs in with EDS; the key may be bound to that account.
func TestEDSAfterPassword(t *testing.T) {
	w, out := loginWorld(t)
	b := w.as(account.Faculty)
	r := b.get("/login?eds=1&next=/profile")
	has(t, r.body, "Сейчас вы вошли без ЭЦП", "Ербол Тасов", `name="join"`)
	id, content := b.challenge(true)
	cms, err := out.Sign(salem, "AUTH-GOST", content, false)
	must(err)
	old := b.cookies[w.s.cookieName("session")]
	form := url.Values{"challenge": {id}, "cms": {base64.StdEncoding.EncodeToString(cms)}, "next": {"/profile"}}
	if r := b.post("/login/eds", form); r.status < 400 {
		t.Error("a signature for joining opens a session without the reader's word")
	}
	id, content = b.challenge(true)
	if cms, err = out.Sign(salem, "AUTH-GOST", content, false); err != nil {
		t.Fatal(err)
	}
	r = b.post("/login/eds", url.Values{"challenge": {id}, "cms": {base64.StdEncoding.EncodeToString(cms)}, "next": {"/my"}, "join": {"1"}})
	if !strings.HasPrefix(r.to(), "/profile?first=1") {
		t.Fatalf("%d %s\n%s", r.status, r.to(), r.body)
	}
	session, ok, err := w.deps.Accounts.Session(context.Background(), b.cookies[w.s.cookieName("session")])
	if err != nil || !ok || session.Email != "faculty@karatal.example" || session.Means != account.ByEDS {
		t.Errorf("entered as %q by %q", session.Email, session.Means)
	}
	if _, ok, _ := w.deps.Accounts.Session(context.Background(), old); ok {
		t.Error("the session by password lives on")
	}
}

// Pages talk to themselves and to NCALayer, to nothing else.
func TestPolicyNamesNCALayer(t *testing.T) {
	w, _ := loginWorld(t)
	got := w.browser().get("/login").header.Get("Content-Security-Policy")
	if !strings.Contains(got, "connect-src 'self' wss://127.0.0.1:13579/;") || strings.Contains(got, "unsafe") || strings.Contains(got, "*") {
		t.Error(got)
	}
	if got := edsWorld(t, nil, func(d *Deps) { d.NCALayerURL = "" }).browser().get("/login").header.Get("Content-Security-Policy"); !strings.Contains(got, "connect-src 'self';") {
		t.Error(got)
	}
}

// On a phone the page says plainly that EDS does not work there and what does; a script that the browser
// does not run is told of too.
func TestLogInOnThePhone(t *testing.T) {
	w, _ := loginWorld(t)
	r := w.browser().get("/login")
	has(t, r.body, "На телефоне ЭЦП не работает", "Здесь можно смотреть свидетельства и баллы", "<noscript>", "Для ЭЦП нужен JavaScript")
	css, err := staticFiles.ReadFile("static/cabinet.css")
	must(err)
	_, phone, _ := strings.Cut(string(css), "@media screen and (max-width:760px){")
	for _, rule := range []string{".eds,.or.desk-only{display:none}", ".eds-phone{display:block}"} {
		if !strings.Contains(phone, rule) {
			t.Errorf("the phone lacks %s", rule)
		}
	}
}
