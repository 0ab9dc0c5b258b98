package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
)

func TestLogInByLinkWithoutRegistration(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.browser()
	b.get("/login")
	known := b.post("/login/link", url.Values{"email": {"m.sagitova@karatal.example"}})
	unknown := b.post("/login/link", url.Values{"email": {"nobody@karatal.example"}})
	hide := func(s string) string {
		return tokenField.ReplaceAllString(strings.NewReplacer("m.sagitova", "X", "nobody", "X").Replace(s), "")
	}
	if known.status != 200 || hide(known.body) != hide(unknown.body) {
		t.Fatal("the answer tells whether an address is known")
	}
	if len(w.letters) != 1 {
		t.Fatalf("%d letters", len(w.letters))
	}
	_, after, _ := strings.Cut(w.letters[0].Text, "http://kualik.example")
	path, _, _ := strings.Cut(after, "\n")
	for range 3 { // scanners open it first
		if r := w.browser().get(path); r.status != 200 || !strings.Contains(r.body, "<button") {
			t.Fatalf("the link's page: %d", r.status)
		}
	}
	b.get(path)
	r := b.post(path, nil)
	if r.status != fiber.StatusSeeOther || r.to() != "/" {
		t.Fatalf("%d", r.status)
	}
	if r := b.get("/settings/me"); r.status != 200 || !strings.Contains(r.body, "Сагитова") {
		t.Fatalf("not in: %d", r.status)
	}
	if r := b.get("/staff"); r.status != fiber.StatusForbidden {
		t.Errorf("faculty sees the directory: %d", r.status)
	}
	late := w.browser()
	late.get("/login")
	if r := late.post(path, nil); r.status != fiber.StatusGone {
		t.Errorf("the link again: %d", r.status)
	}
	if r := b.post("/logout", nil); r.to() != "/login" {
		t.Errorf("log-out: %d", r.status)
	}
	if r := b.get("/settings/me"); r.status != fiber.StatusSeeOther || r.to() != "/login?next=%2Fsettings%2Fme" {
		t.Errorf("after log-out: %d %s", r.status, r.to())
	}
}

func TestFailedLogInKeepsWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.browser()
	b.get("/login?next=/staff")
	r := b.post("/login", url.Values{"email": {"admin@karatal.example"}, "password": {"wrong"}, "next": {"/staff"}})
	if r.status != fiber.StatusUnauthorized || !strings.Contains(r.body, `value="admin@karatal.example"`) || strings.Contains(r.body, `value="wrong"`) {
		t.Fatalf("%d", r.status)
	}
	r = b.post("/login", url.Values{"email": {"admin@karatal.example"}, "password": {adminPassword}, "next": {"/staff"}})
	if r.to() != "/staff" {
		t.Errorf("goes to %q", r.to())
	}
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`} {
		b := w.browser()
		b.get("/login")
		if r := b.post("/login", url.Values{"email": {"admin@karatal.example"}, "password": {adminPassword}, "next": {next}}); r.to() != "/" {
			t.Errorf("%s leads to %q", next, r.to())
		}
	}
}

func TestReset(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.browser()
	b.get("/reset")
	b.post("/reset", url.Values{"email": {"admin@karatal.example"}})
	_, after, _ := strings.Cut(w.letters[0].Text, "http://kualik.example")
	path, _, _ := strings.Cut(after, "\n")
	b.get(path)
	if r := b.post(path, url.Values{"password": {"short"}}); r.status != fiber.StatusUnprocessableEntity || !strings.Contains(r.body, "aria-invalid") {
		t.Fatalf("%d", r.status)
	}
	if r := b.post(path, url.Values{"password": {"үлкен жаңа сөз"}}); r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	if r := b.get("/settings/me"); r.status != 200 {
		t.Errorf("not in after the reset: %d", r.status)
	}
}

func TestFirstRun(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	if r := b.get("/"); r.to() != "/first-run" {
		t.Fatalf("%d %s", r.status, r.to())
	}
	r := b.get("/first-run?lang=en")
	if r.status != 200 || !strings.Contains(r.body, "Five steps") {
		t.Fatalf("%d", r.status)
	}
	form := url.Values{"university": {"Қаратал университеті"}, "name": {"Аружан Иманова"}, "email": {"admin@karatal.example"}, "password": {"short"}}
	if r := b.post("/first-run/administrator", form); r.status != fiber.StatusUnprocessableEntity || !strings.Contains(r.body, `value="admin@karatal.example"`) {
		t.Fatalf("%d", r.status)
	}
	form.Del("csrf")
	form.Set("password", adminPassword)
	if r := b.post("/first-run/administrator", form); r.status != fiber.StatusSeeOther || r.to() != "/first-run?step=2" {
		t.Fatalf("%d", r.status)
	}
	for step := 2; step <= 5; step++ {
		if r := b.get(fmt.Sprintf("/first-run?step=%d", step)); r.status != 200 || !strings.Contains(r.body, `aria-current="step"`) {
			t.Errorf("step %d: %d", step, r.status)
		}
	}
	if r := b.get("/staff"); r.status != 200 || !strings.Contains(r.body, "Қаратал университеті") {
		t.Errorf("after the first step: %d", r.status)
	}
	// Nobody becomes a second first.
	late := w.browser()
	if r := late.get("/first-run"); r.status != fiber.StatusSeeOther || !strings.HasPrefix(r.to(), "/login") {
		t.Errorf("a stranger later: %d", r.status)
	}
	late.get("/login")
	form.Del("csrf")
	form.Set("email", "evil@karatal.example")
	if r := late.post("/first-run/administrator", form); r.status == fiber.StatusSeeOther && r.to() == "/first-run?step=2" {
		t.Error("a second first administrator")
	}
	if all, _ := w.deps.Accounts.List(context.Background()); len(all) != 1 {
		t.Errorf("%d accounts", len(all))
	}
}

func TestAccountsPage(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.Administrator)
	form := url.Values{"email": {"head@karatal.example"}, "name": {"Гүлнар Сейітова"}, "role": {"head_of_unit"}}
	if r := b.post("/settings/accounts", form); r.status != 422 || !strings.Contains(r.body, "Гүлнар") {
		t.Fatalf("a head without a unit: %d", r.status)
	}
	form.Del("csrf")
	form.Set("unit", "Факультет естественных наук|Кафедра химии")
	if r := b.post("/settings/accounts", form); r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	if r := b.get("/settings/accounts"); !strings.Contains(r.body, "head@karatal.example добавлен") {
		t.Error("the page does not say what was done")
	}
	if r := b.get("/settings/accounts"); strings.Contains(r.body, "добавлен") {
		t.Error("a notice is shown once")
	}
	a, _, _ := w.deps.Accounts.ByEmail(context.Background(), "admin@karatal.example")
	r := b.post("/settings/accounts/"+a.ID.String(), url.Values{"name": {a.Name}, "role": {"faculty"}})
	if r.status != fiber.StatusConflict || !strings.Contains(r.body, "последний администратор") {
		t.Errorf("the last administrator: %d", r.status)
	}
}

func TestSecureCookies(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.PublicURL = "https://kualik.example" })
	w.admin()
	b := w.browser()
	r := b.get("/login")
	cookie := r.header.Get("Set-Cookie")
	for _, want := range []string{"__Host-kualik-visitor=", "HttpOnly", "secure", "SameSite=Lax", "path=/"} {
		if !strings.Contains(strings.ToLower(cookie), strings.ToLower(want)) {
			t.Errorf("%q lacks %s", cookie, want)
		}
	}
	if r.header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS under https")
	}
	b.post("/login", url.Values{"email": {"admin@karatal.example"}, "password": {adminPassword}})
	secret := b.cookies["__Host-kualik-session"]
	var kept int
	w.deps.Pool.QueryRow(context.Background(), `SELECT count(*) FROM session WHERE id_hash = $1`, []byte(secret)).Scan(&kept)
	if secret == "" || kept != 0 {
		t.Error("the secret of a session lies in the database")
	}
}
