package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
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

// form is a form with a file, in the order of its fields.
func fileForm(t *testing.T, token, name, content string, fields ...string) (body *bytes.Buffer, kind string) {
	t.Helper()
	body = &bytes.Buffer{}
	mw := multipart.NewWriter(body)
	mw.WriteField("csrf", token)
	for i := 0; i+1 < len(fields); i += 2 {
		mw.WriteField(fields[i], fields[i+1])
	}
	part, err := mw.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(content))
	mw.Close()
	return body, mw.FormDataContentType()
}

func TestStaffFileIsTakenIn(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.Administrator)
	rows := staffCSV + "104,Жаңа,Адам,,new@karatal.example,Инженерный факультет,Кафедра машин,ассистент,2026-09-01,\n105,,Бес,,,,,,,\n"
	count := func() (n int) {
		w.deps.Pool.QueryRow(context.Background(), `SELECT count(*) FROM staff`).Scan(&n)
		return n
	}
	body, kind := fileForm(t, b.token, "staff.csv", rows, "try", "1")
	if r := b.send("POST", "/staff/import", body, kind); r.status != 200 || count() != 3 || !strings.Contains(r.body, "ничего не записано") {
		t.Fatalf("a trial: %d, %d people", r.status, count())
	}
	body, kind = fileForm(t, "wrong", "staff.csv", rows)
	if r := b.send("POST", "/staff/import", body, kind); r.status != fiber.StatusForbidden || count() != 3 {
		t.Fatalf("a wrong token: %d, %d people", r.status, count())
	}
	body, kind = fileForm(t, b.token, "staff.csv", rows)
	r := b.send("POST", "/staff/import", body, kind)
	if r.status != 200 || count() != 4 || !strings.Contains(r.body, "1 строка не принята") {
		t.Fatalf("%d, %d people", r.status, count())
	}
	body, kind = fileForm(t, b.token, "staff.csv", "\x00\x01 not a table")
	if r := b.send("POST", "/staff/import", body, kind); r.status < 400 || r.status >= 500 {
		t.Fatalf("no table: %d", r.status)
	}
	if r := b.get("/staff?q=өтеген"); !strings.Contains(r.body, "Өтеген Айгүл") || strings.Contains(r.body, "Сагитова") {
		t.Error("the search does not find, or finds too much")
	}
	if r := b.get("/staff?sort=-staff_id"); strings.Index(r.body, ">104<") > strings.Index(r.body, ">101<") || !strings.Contains(r.body, `aria-sort="descending"`) {
		t.Error("the list is not sorted")
	}
}

// A file larger than an ordinary form comes as a stream; one larger than all files may be is refused before
// it is read.
func TestLargeFiles(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.Administrator)
	var rows strings.Builder
	rows.WriteString("staff_id,surname,given_name,department\n")
	for i := range 3000 {
		fmt.Fprintf(&rows, "A%d,Тегі%d,Аты,%s\n", i, i, strings.Repeat("кафедра ", 60))
	}
	if rows.Len() < 2*maxForm {
		t.Fatalf("only %d bytes", rows.Len())
	}
	body, kind := fileForm(t, b.token, "large.csv", rows.String(), "try", "1")
	if r := b.send("POST", "/staff/import", body, kind); r.status != 200 || !strings.Contains(words(r.body), "Добавлено 3 000") && !strings.Contains(words(r.body), "Добавлено 3\u2009000") {
		t.Fatalf("%d", r.status)
	}
	if r := b.send("POST", "/staff/import", strings.NewReader("x"), "multipart/form-data; boundary=x", "Content-Length", "99999999999"); r.status < 400 {
		t.Errorf("%d", r.status)
	}
	over := &bound{r: strings.NewReader("12345"), left: 4}
	got, err := io.ReadAll(over)
	if string(got) != "1234" || !over.over || err == nil {
		t.Errorf("%q %v", got, err)
	}
}

func TestHeadSeesOnlyTheirUnit(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.HeadOfUnit) // of Кафедра химии
	r := b.get("/staff?faculty=" + url.QueryEscape("Педагогический факультет"))
	if r.status != 200 || strings.Contains(r.body, "Өтеген") || !strings.Contains(r.body, "Сагитова") {
		t.Errorf("%d", r.status)
	}
	var own, foreign string
	pool := w.deps.Pool
	pool.QueryRow(context.Background(), `SELECT id::text FROM staff WHERE staff_id = '101'`).Scan(&own)
	pool.QueryRow(context.Background(), `SELECT id::text FROM staff WHERE staff_id = '103'`).Scan(&foreign)
	if r := b.get("/staff/" + own); r.status != 200 {
		t.Errorf("own: %d", r.status)
	}
	if r := b.get("/staff/" + foreign); r.status != 404 || strings.Contains(r.body, "Өтеген") {
		t.Errorf("another unit's: %d", r.status)
	}
}

func TestRevealingANumberIsRecorded(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.ResearchOffice)
	const iin = "610914499100"
	body, kind := fileForm(t, b.token, "s.csv", "staff_id,iin,surname,given_name\n101,"+iin+",Сагитова,Меруерт\n")
	if r := b.send("POST", "/staff/import", body, kind); r.status != 200 || strings.Contains(r.body, "не принят") {
		t.Fatalf("the number of the test is refused: %d", r.status)
	}
	var id string
	w.deps.Pool.QueryRow(context.Background(), `SELECT id::text FROM staff WHERE staff_id = '101'`).Scan(&id)
	if r := b.get("/staff/" + id); strings.Contains(r.body, iin) || !strings.Contains(r.body, "•") {
		t.Error("the number is not masked")
	}
	if r := b.post("/staff/"+id+"/iin", nil); !strings.Contains(r.body, iin) {
		t.Error("the number is not shown")
	}
	var n int
	w.deps.Pool.QueryRow(context.Background(), `SELECT count(*) FROM audit WHERE action = 'staff.reveal_iin' AND subject_id = $1 AND actor_name = 'Ербол Тасов'`, id).Scan(&n)
	if n != 1 {
		t.Errorf("%d records", n)
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
