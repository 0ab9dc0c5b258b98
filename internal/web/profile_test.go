package web

import (
	"bytes"
	"context"
	"html"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/person"
	"kualik/internal/secret"
	"kualik/internal/signing"
)

// personalNumber is a number of an invented man born on 5 March 1990; serial tells two apart.
func personalNumber(serial string) string {
	eleven := "9003053" + serial[:4]
	return eleven + string(rune('0'+person.ControlDigit(eleven)))
}

// registryOf is the registry of persons, which knows who is in it.
type registryOf map[string]account.PersonRecord

func (r registryOf) Lookup(_ context.Context, iin string) (account.PersonRecord, error) {
	p, ok := r[iin]
	if !ok {
		return p, fault.New(fault.Unavailable, "account.registry.error.unavailable")
	}
	return p, nil
}

// edsWorld is a world in which people come with keys; persons is nil when no registry is reached.
func edsWorld(t testing.TB, persons account.PersonRegistry, change ...func(*Deps)) *world {
	t.Helper()
	var w *world
	w = newWorld(t, append([]func(*Deps){func(d *Deps) {
		keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
		must(err)
		store, err := blob.Open(context.Background(), "", t.TempDir())
		must(err)
		o := account.Options{Clock: d.Clock, PasswordCost: cheap, PublicURL: d.PublicURL, Keeper: keeper, Blobs: store, Persons: persons,
			Send:           func(_ context.Context, l account.Letter) error { w.letters = append(w.letters, l); return nil },
			FindStaff:      func(context.Context, string) (account.Staff, bool, error) { return account.Staff{}, false, nil },
			FindStaffByIIN: func(context.Context, []byte) (account.Staff, bool, error) { return account.Staff{}, false, nil },
		}
		d.Accounts, err = account.New(d.Pool, o)
		must(err)
		d.Signing = signing.New(d.Pool, signing.Options{Clock: d.Clock, Keeper: keeper, Blobs: store})
		d.NCALayerURL, d.SupportEmail, d.SupportPhone = "wss://127.0.0.1:13579/", "support@karatal.example", "62-15-15"
	}}, change...)...)
	w.admin()
	return w
}

// comes is a browser of somebody who has just logged in with EDS.
func (w *world) comes(id signing.Identity) *browser {
	w.t.Helper()
	session, _, _, err := w.deps.Accounts.LoginByEDS(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	b := w.browser()
	b.cookies[w.s.cookieName("session")] = session
	b.get("/settings/me")
	return b
}

func askar() signing.Identity {
	return signing.Identity{IIN: personalNumber("9901"), Surname: "ТАСОВ", GivenName: "АСҚАР", Patronymic: "ЕРБОЛҰЛЫ", Name: "ТАСОВ АСҚАР ЕРБОЛҰЛЫ",
		Roles: []string{"individual"}, Algorithm: "GOST", KeyUsage: "AUTH", Serial: "01",
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func has(t testing.TB, body string, wanted ...string) {
	t.Helper()
	body = html.UnescapeString(body)
	for _, w := range wanted {
		if !strings.Contains(body, w) {
			t.Errorf("the page lacks %q", w)
		}
	}
}

// What is missing is named one by one in the instruction's words: I-031 to I-035.
func TestProfileMissing(t *testing.T) {
	w := edsWorld(t, nil)
	b := w.comes(askar())
	r := b.get("/profile?first=1&next=/filings/new")
	has(t, r.body, `Не заполнено поле "Область / город"`, `Не заполнено поле "Индекс"`, `Не заполнено поле "Адрес"`, `Не заполнено поле "Телефон"`,
		`Не заполнено поле "E-mail"`, "Первый вход", "href=\"#f-region\"")
	if strings.Index(r.body, "#f-region") > strings.Index(r.body, "#f-postcode") {
		t.Error("the missing fields stand in another order than in the form")
	}
	for _, l := range []string{"kk", "en"} {
		if r := b.get("/profile?lang=" + l); r.status != 200 || strings.Contains(r.body, "eds.profile") || strings.Contains(r.body, "account.profile") {
			t.Errorf("%s: a word is missing", l)
		}
	}
}

// The form has the instruction's fields, each in its place: I-036 to I-045, I-047 to I-055.
func TestProfileFields(t *testing.T) {
	w := edsWorld(t, nil)
	b := w.comes(askar())
	r := b.get("/profile")
	labels := []string{"ТАСОВ АСҚАР ЕРБОЛҰЛЫ", "Имя", "Фамилия", "Отчество", "ФИО на иностранном языке", "ИИН", "Дата рождения", "Рег. номер в ЕАПВ",
		"Организация (БИН)", "Руководитель (ИИН)", "Адресные сведения", "Страна", "Область / город", "Индекс", "Адрес", "Телефон", "Fax", "E-mail"}
	has(t, r.body, append(labels, "Надо заполнить поля отмеченные красной звездочкой", "из ЭЦП", "Республика Казахстан")...)
	at := 0
	for _, l := range labels {
		next := strings.Index(r.body[at:], l)
		if next < 0 {
			t.Errorf("%q does not stand after the field before it", l)
			continue
		}
		at += next
	}
	if strings.Contains(r.body, personalNumber("9901")) {
		t.Error("the personal number is not masked")
	}
	if r := b.post("/profile/reveal", url.Values{"version": {"1"}, "address": {"улица Абая, 1"}}); !strings.Contains(r.body, personalNumber("9901")) || !strings.Contains(r.body, "улица Абая, 1") {
		t.Error("the number is not shown on demand, or what was typed is lost")
	}
	var seen int
	must(w.deps.Pool.QueryRow(context.Background(), `SELECT count(*) FROM audit WHERE action = 'account.reveal_iin'`).Scan(&seen))
	if seen != 1 {
		t.Errorf("showing the number was recorded %d times", seen)
	}
}

func TestProfileIsSaved(t *testing.T) {
	w := edsWorld(t, nil)
	b := w.comes(askar())
	version := func() string { return hiddenValue(b.get("/profile").body, "version") }
	form := url.Values{"version": {version()}, "country": {"Казахстан"}, "region": {"Алматинская область, Талдыкорган"}, "postcode": {"04000"},
		"address": {"улица Абая, 1"}, "phone": {"8 700 123 45 67"}, "email": {"a.tasov@karatal.example"}, "next": {"/my"}}
	r := b.post("/profile", form) // I-029: what is wrong is said, what was typed stays
	if r.status != 422 || !strings.Contains(r.body, "улица Абая, 1") || !strings.Contains(r.body, "6 цифр") {
		t.Fatalf("a wrong postcode: %d", r.status)
	}
	form.Del("csrf")
	form.Set("postcode", "040000")
	if r := b.post("/profile", form); r.to() != "/my" {
		t.Fatalf("%d %s", r.status, r.to())
	}
	if r := b.get("/profile"); strings.Contains(r.body, "Не заполнено") || !strings.Contains(r.body, "040000") {
		t.Error("the profile was not kept")
	}
	form.Del("csrf")
	if r := b.post("/profile", form); r.status != 409 { // the version of another window
		t.Errorf("an older window overwrites: %d", r.status)
	}
	form.Del("csrf")
	form.Set("version", version())
	form.Set("surname", "ИВАНОВ")
	form.Set("next", "https://evil.example")
	if r := b.post("/profile", form); r.to() != "/profile" {
		t.Errorf("leads to %q", r.to())
	}
	if r := b.get("/profile"); strings.Contains(r.body, "ИВАНОВ") {
		t.Error("a field of the certificate was typed over")
	}
}

// The state database is asked only with consent, and says what changed: I-030.
func TestProfileRefresh(t *testing.T) {
	w := edsWorld(t, registryOf{personalNumber("9901"): {Surname: "ТАСОВ", GivenName: "АСҚАР", Patronymic: "ЕРБОЛҰЛЫ", BirthDate: "1990-03-05",
		Country: "KZ", Region: "Алматинская область", Address: "улица Сатпаева, 7", Postcode: "040000"}})
	b := w.comes(askar())
	if r := b.get("/profile"); !strings.Contains(r.body, "Актуализировать данные из ГБД ФЛ") {
		t.Error("no button")
	}
	if r := b.post("/profile/refresh", nil); r.status != 422 || !strings.Contains(r.body, "согласие") {
		t.Errorf("asked without consent: %d", r.status)
	}
	r := b.post("/profile/refresh", url.Values{"consent": {"1"}})
	has(t, r.body, "Обновлено из ГБД ФЛ", "улица Сатпаева, 7", "из ГБД ФЛ")
	if r := b.post("/profile/refresh", url.Values{"consent": {"1"}}); !strings.Contains(r.body, "совпадают") {
		t.Error("the second time changes something")
	}
	other := askar()
	other.IIN, other.Serial = personalNumber("9902"), "02"
	if r := w.comes(other).post("/profile/refresh", url.Values{"consent": {"1"}}); r.status != 422 && r.status != 503 && r.status != 403 {
		t.Errorf("a registry that is away: %d", r.status)
	}
}

// The ground of a reduced fee with its document: I-046.
func TestProfileGround(t *testing.T) {
	w := edsWorld(t, nil)
	b := w.comes(askar())
	has(t, b.get("/profile").body, "Документ, подтверждающий наличие оснований для уменьшения размера оплаты", "Пенсионер")
	send := func(name string, data []byte) reply {
		b.get("/profile")
		body, kind := multipartOf(b.token, nil, "document", name, data)
		return b.send("POST", "/profile/document", body, kind)
	}
	if r := send("удостоверение.exe", []byte("MZ\x90\x00")); r.status != 422 || !strings.Contains(r.body, "PDF, JPEG") {
		t.Errorf("a program: %d", r.status)
	}
	file := []byte("%PDF-1.4\n%âãÏÓ\n")
	if r := send("пенсионное удостоверение.pdf", file); r.status != 303 {
		t.Fatalf("%d", r.status)
	}
	has(t, b.get("/profile").body, "пенсионное удостоверение.pdf")
	r := b.get("/profile/document")
	if r.body != string(file) || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
		t.Error("the document does not come back as it was")
	}
	other := askar()
	other.IIN, other.Serial = personalNumber("9902"), "02"
	if r := w.comes(other).get("/profile/document"); r.status != 404 {
		t.Errorf("somebody else's document: %d", r.status)
	}
	if r := b.post("/profile/document/remove", nil); r.status != 303 {
		t.Errorf("%d", r.status)
	}
	if r := b.get("/profile/document"); r.status != 404 {
		t.Errorf("after it was taken out: %d", r.status)
	}
}

// Who came by password looks, and is led to the log-in with EDS and back.
func TestProfileNeedsEDS(t *testing.T) {
	w := edsWorld(t, nil)
	b := w.as(account.Faculty)
	if r := b.get("/profile"); r.status != 200 || !strings.Contains(r.body, "/login?eds=1") {
		t.Errorf("%d", r.status)
	}
	r := b.send("POST", "/profile", strings.NewReader(url.Values{"csrf": {b.token}, "region": {"X"}}.Encode()), "application/x-www-form-urlencoded",
		"Referer", "http://kualik.example/profile?next=%2Fmy")
	if want := "/login?eds=1&next=" + url.QueryEscape("/profile?next=%2Fmy"); r.to() != want {
		t.Errorf("leads to %q, wanted %q", r.to(), want)
	}
	r = b.send("POST", "/profile", strings.NewReader(url.Values{"csrf": {b.token}}.Encode()), "application/x-www-form-urlencoded", "Referer", "https://evil.example/x")
	if want := "/login?eds=1&next=%2F"; r.to() != want {
		t.Errorf("from elsewhere leads to %q", r.to())
	}
	if _, err := w.deps.Accounts.Profile(context.Background(), uuid.New()); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// hiddenValue is the value of a hidden field.
func hiddenValue(body, name string) string {
	_, after, _ := strings.Cut(body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// multipartOf is a form with a file as a browser sends it; without content the file's field is empty.
func multipartOf(token string, form url.Values, field, name string, content []byte) (body *bytes.Buffer, kind string) {
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	must(m.WriteField("csrf", token))
	for k := range form {
		must(m.WriteField(k, form.Get(k)))
	}
	part, err := m.CreateFormFile(field, name)
	must(err)
	_, err = part.Write(content)
	must(err)
	must(m.Close())
	return body, m.FormDataContentType()
}
