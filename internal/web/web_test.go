package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"kualik/internal/account"
)

func TestHeadersOfEveryAnswer(t *testing.T) {
	w := newWorld(t)
	w.admin()
	for _, path := range []string{"/login", "/no-such-page", w.s.static.prefix + "kualik.css", "/healthz"} {
		r := w.browser().get(path)
		if got := r.header.Get("Content-Security-Policy"); !strings.Contains(got, "script-src 'self'") || strings.Contains(got, "unsafe") || !strings.Contains(got, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, got)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Embedder-Policy": ""} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if r.header.Get("X-Request-Id") == "" {
			t.Errorf("%s has no number", path)
		}
	}
	if r := w.browser().get("/login"); r.header.Get("Cache-Control") != "no-store" || strings.Contains(r.body, " style=") || strings.Contains(r.body, "<style") || strings.Contains(r.body, "onclick") {
		t.Error("a page must not be kept, and holds no style or script of its own")
	}
}

func TestStaticFilesAreKeptForever(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	r := b.get(w.s.static.prefix + "kualik.css")
	if r.status != 200 || !strings.Contains(r.header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(r.header.Get("Content-Type"), "text/css") {
		t.Fatalf("%d %v", r.status, r.header)
	}
	if r := b.send("GET", w.s.static.prefix+"kualik.css", nil, "", "If-None-Match", r.header.Get("ETag")); r.status != 304 {
		t.Errorf("the same again: %d", r.status)
	}
	if r := b.get("/static/000000000000/kualik.css"); strings.Contains(r.header.Get("Cache-Control"), "immutable") {
		t.Error("an address of another version must not be kept")
	}
	for _, path := range []string{"fonts/plex-cyrillic-ext-400.woff2", "htmx.min.js", "rosette.svg", "mark.svg", "kualik.js"} {
		if r := b.get(w.s.static.prefix + path); r.status != 200 || len(r.body) < 200 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	for _, path := range []string{"../web.go", "..%2fweb.go", "fonts/", ""} {
		if r := b.get(w.s.static.prefix + path); r.status != 404 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

// Every route, with every role and none: what the table of roles forbids is forbidden, and nothing is
// reachable that no table names.
func TestRolesOfEveryRoute(t *testing.T) {
	w := newWorld(t)
	w.admin()
	stranger := w.browser()
	stranger.get("/login")
	visitors := map[account.Role]*browser{}
	for _, role := range account.Roles {
		visitors[role] = w.as(role)
	}
	if len(w.s.routes) < 30 {
		t.Fatalf("only %d routes", len(w.s.routes))
	}
	for _, r := range w.s.routes {
		path := strings.NewReplacer(":id", "0198b8a0-0000-7000-8000-000000000000", ":secret", "nothing", ":page", "1", ":n", "1").Replace(r.path)
		if r.path == "/logout" || strings.HasPrefix(r.path, "/first-run") {
			continue // the one ends the session of the test, the other has a rule and a test of its own
		}
		call := func(b *browser) reply {
			if r.method == "GET" {
				return b.get(path)
			}
			if r.files {
				return b.send("POST", path, strings.NewReader(""), "multipart/form-data; boundary=x")
			}
			return b.post(path, nil)
		}
		if r.action != anybody {
			if got := call(stranger); got.status != fiber.StatusUnauthorized && !(got.status == fiber.StatusSeeOther && strings.HasPrefix(got.to(), "/login")) {
				t.Errorf("%s %s lets a stranger in: %d", r.method, r.path, got.status)
			}
		}
		for role, b := range visitors {
			got := call(b)
			forbidden := got.status == fiber.StatusForbidden && strings.Contains(got.body, "закрыта для вашей роли")
			if may := r.action == anybody || account.Can(role, r.action); may == forbidden {
				t.Errorf("%s %s as %s: may %v, status %d", r.method, r.path, role, may, got.status)
			}
			if got.status == fiber.StatusInternalServerError {
				t.Errorf("%s %s as %s breaks", r.method, r.path, role)
			}
		}
	}
}

func TestFormsNeedTheirToken(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.Administrator)
	good := b.token
	for name, token := range map[string]string{"none": "", "another": "x", "a visitor's": visitorToken("whatever")} {
		r := b.post("/settings", url.Values{"csrf": {token}, "university": {"Другой"}})
		if r.status != fiber.StatusForbidden {
			t.Errorf("token %s: %d", name, r.status)
		}
	}
	r := b.send("POST", "/settings", strings.NewReader(url.Values{"csrf": {good}, "university": {"Другой"}}.Encode()), "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	if r.status != fiber.StatusForbidden {
		t.Errorf("from another site: %d", r.status)
	}
	if r := b.post("/settings", url.Values{"csrf": {good}, "university": {"Другой"}}); r.status != fiber.StatusSeeOther {
		t.Errorf("the right token: %d", r.status)
	}
	other := w.as(account.ResearchOffice)
	if r := other.post("/settings/me/language", url.Values{"csrf": {good}, "lang": {"kk"}}); r.status != fiber.StatusForbidden {
		t.Errorf("the token of another session: %d", r.status)
	}
	// A form with files is taken only where one is asked for.
	if r := b.send("POST", "/settings", strings.NewReader("x"), "multipart/form-data; boundary=x"); r.status < 400 {
		t.Errorf("a form with files on another page: %d", r.status)
	}
}

func TestLanguages(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.browser()
	if r := b.send("GET", "/login", nil, "", "Accept-Language", "de, kk;q=0.8"); !strings.Contains(r.body, `<html lang="kk"`) {
		t.Error("the browser's wish is not heard")
	}
	if r := b.get("/login"); !strings.Contains(r.body, `<html lang="ru"`) {
		t.Error("without a wish the installation's language is shown")
	}
	if r := b.get("/login?lang=en"); !strings.Contains(r.body, `<html lang="en"`) || !strings.Contains(r.body, "Log in") {
		t.Error("?lang is not heard")
	}
	if r := b.send("GET", "/login", nil, "", "Accept-Language", "kk"); !strings.Contains(r.body, `<html lang="en"`) {
		t.Error("the chosen language is not kept")
	}
	in := w.as(account.Administrator)
	in.get("/settings/me?lang=kk")
	fresh := w.as(account.Administrator) // another browser of the same person
	if r := fresh.get("/settings/me"); !strings.Contains(r.body, `<html lang="kk"`) || !strings.Contains(r.body, "Менің жазбам") {
		t.Error("the account does not keep the language")
	}
	if r := fresh.get("/no-such-page"); !strings.Contains(r.body, "Мұндай бет жоқ") || r.status != 404 {
		t.Errorf("the error page: %d", r.status)
	}
}

func TestThemeIsKept(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.Administrator)
	if r := b.get("/settings/me"); strings.Contains(r.body, "data-theme=") {
		t.Error("nobody chose a theme")
	}
	if r := b.post("/theme", url.Values{"theme": {"dark"}, "back": {"/settings/me"}}); r.to() != "/settings/me" {
		t.Error(r.to())
	}
	if r := b.get("/settings/me"); !strings.Contains(r.body, `data-theme="dark"`) {
		t.Error("the theme is not kept")
	}
	b.post("/theme", url.Values{"theme": {"auto"}})
	if r := b.get("/settings/me"); strings.Contains(r.body, "data-theme=") {
		t.Error("the theme of the system does not come back")
	}
}

func TestFailures(t *testing.T) {
	w := newWorld(t)
	w.admin()
	if got := w.browser().send("POST", "/login", strings.NewReader("csrf="+strings.Repeat("x", maxForm+10)), "application/x-www-form-urlencoded"); got.status != fiber.StatusRequestEntityTooLarge {
		t.Errorf("a form of a megabyte: %d", got.status)
	}
	if got := w.browser().get("/no/such"); got.status != 404 || strings.Contains(got.body, "goroutine") {
		t.Errorf("%d", got.status)
	}
}

func TestMetricsCountRoutesNotAddresses(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Metrics = prometheus.NewRegistry() })
	w.admin()
	b := w.as(account.Administrator)
	b.get("/staff/0198b8a0-0000-7000-8000-000000000000")
	r := b.get("/metrics")
	if r.status != 200 || !strings.Contains(r.body, `route="/staff/:id"`) || strings.Contains(r.body, "0198b8a0") {
		t.Errorf("%d", r.status)
	}
	if r := newWorld(t).browser().get("/metrics"); r.status == 200 {
		t.Error("metrics though nobody asked for them")
	}
}
