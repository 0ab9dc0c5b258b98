package web

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/notify"
)

// recordsWorld has applications and a real outgoing mail.
func recordsWorld(t testing.TB) *filings {
	t.Helper()
	f := &filings{}
	f.world = newWorld(t, func(d *Deps) {
		store, err := blob.Open(context.Background(), "", t.TempDir())
		must(err)
		d.Outbox, err = notify.New(d.Pool, store, d.Clock, slog.New(slog.DiscardHandler), "", "")
		must(err)
		f.wireFiling(t, d, func(o *filing.Options) { o.Letters = d.Outbox })
	})
	f.admin()
	return f
}

// sendRecord posts the form of a record, with a file when content is not nil.
func (b *browser) sendRecord(path string, form url.Values, name string, content []byte) reply {
	b.w.t.Helper()
	body, kind := multipartOf(b.token, form, "document", name, content)
	return b.send("POST", path, body, kind)
}

// Each of the eight other kinds is kept as a record, shown to its owner and to the office, and counted: I-059,
// I-074 to I-081.
func TestRecordsPages(t *testing.T) {
	f := recordsWorld(t)
	b := f.enters(filerIIN)
	for _, kind := range filing.RecordKinds {
		r := b.get("/records/new?kind=" + kind)
		has(t, r.body, `action="/records"`, i18n.T(i18n.RU, "info.record."+kind))
		r = b.sendRecord("/records", url.Values{"kind": {kind}, "title": {"Қаратал " + kind}, "state": {"preparing"}, "participants": {"Омарбаев Санжар\r\nВетрова Ирина"}}, "", nil)
		if r.status != 303 {
			t.Fatalf("%s: %d %s", kind, r.status, words(r.body))
		}
		has(t, b.get(r.to()).body, "Қаратал "+kind)
	}
	r := b.sendRecord("/records", url.Values{"kind": {"invention"}, "title": {"Сүзгі"}, "state": {"granted"}, "participants": {""}, "number": {"2026/0417.1"}}, "", nil)
	if r.status != 422 {
		t.Errorf("without participants: %d", r.status)
	}
	has(t, r.body, "Сүзгі", "Впишите участников", "Укажите дату подачи", `href="#f-participants"`)
	good := url.Values{"kind": {"invention"}, "title": {"Сүзгі"}, "state": {"granted"}, "participants": {"Омарбаев Санжар"}, "number": {"2026/0417.1"}, "filed_on": {"2026-09-01"}}
	if r := b.sendRecord("/records", good, "патент.exe", []byte("MZ\x90")); r.status != 422 {
		t.Errorf("a program: %d", r.status)
	}
	r = b.sendRecord("/records", good, "патент.pdf", minimalPDF)
	if r.status != 303 {
		t.Fatalf("%d %s", r.status, words(r.body))
	}
	record := r.to()
	if r := b.get(record + "/document"); r.body != string(minimalPDF) || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
		t.Error("the document does not come back")
	}
	has(t, b.get("/protection").body, "2026/0417.1", "патент.pdf", "Охранные документы")
	has(t, b.get("/records?kind=invention").body, "Сүзгі", "Қаратал invention")
	if r := b.get("/records?kind=trademark"); strings.Contains(r.body, "Сүзгі") {
		t.Error("a list of one kind shows another")
	}

	good.Set("version", "1")
	good.Set("title", "Сүзгі, екінші нұсқа")
	if r := b.sendRecord(record, good, "", nil); r.status != 303 {
		t.Errorf("a change: %d", r.status)
	}
	if r := b.sendRecord(record, good, "", nil); r.status != 409 || !strings.Contains(r.body, "екінші нұсқа") {
		t.Errorf("an older window: %d", r.status)
	}

	other := f.enters(thirdIIN)
	for _, path := range []string{record, record + "/document"} {
		if r := other.get(path); r.status != 404 {
			t.Errorf("somebody else sees %s: %d", path, r.status)
		}
	}
	good.Set("version", "2")
	if r := other.sendRecord(record, good, "", nil); r.status != 404 {
		t.Errorf("somebody else changes it: %d", r.status)
	}
	if r := other.post(record+"/delete", nil); r.status != 404 {
		t.Errorf("somebody else deletes it: %d", r.status)
	}
	office := f.as(account.ResearchOffice)
	has(t, office.get("/records").body, "екінші нұсқа")
	if r := office.sendRecord(record, good, "", nil); !strings.HasPrefix(r.to(), "/login?eds=1") {
		t.Errorf("the office changes somebody's record: %d %s", r.status, r.to())
	}
	if r := b.post(record+"/delete", nil); r.to() != "/records" {
		t.Errorf("%d", r.status)
	}
	if r := b.get(record); r.status != 404 {
		t.Errorf("after it was deleted: %d", r.status)
	}
	for _, path := range []string{"/records", "/protection", "/records/new?kind=trademark", "/letters", "/my/certificates"} {
		for _, l := range i18n.All {
			if r := b.get(path + func() string {
				if strings.Contains(path, "?") {
					return "&"
				}
				return "?"
			}() + "lang=" + string(l)); r.status != 200 || keyShown.MatchString(r.body) {
				t.Errorf("%s in %s: %d %s", path, l, r.status, keyShown.FindString(r.body))
			}
		}
	}
}

// Correspondence is what went to the reader's proven addresses, and about their own applications to the one
// they typed; links that let somebody in are never shown there: I-058.
func TestLettersPage(t *testing.T) {
	f := recordsWorld(t)
	ctx := context.Background()
	b := f.enters(filerIIN)
	path := f.begin(b, "author")
	id := strings.TrimPrefix(path, "/filings/")
	put := func(topic, to, about, subject string) {
		must(pgx.BeginFunc(ctx, f.deps.Pool, func(tx pgx.Tx) error {
			return f.deps.Outbox.Queue(ctx, tx, notify.Letter{Topic: topic, Recipient: to, About: about, Lang: "ru", Subject: subject, Text: "Текст: " + subject})
		}))
	}
	const eds, typed = "s.omarbaev@koktobe.example", "victim@karatal.example"
	form := formOf(b.get("/profile").body, "/profile")
	form.Set("email", typed) // an address that is somebody else's
	if r := b.post("/profile", form); r.status != 303 {
		t.Fatalf("%d", r.status)
	}
	put("filing_submitted", eds, id+"/1", "Заявка подана")
	put("report", eds, "monthly", "Письмо на почту из ЭЦП")
	put("account", eds, "login 1", "Ссылка для входа")
	put("filing_paid", typed, id+"/2", "Ваша заявка оплачена")
	put("filing_paid", typed, "0198b8a0-0000-7000-8000-000000000000/2", "Чужая заявка")
	put("filing_invitation", typed, id+"/3", "Приглашение другому")
	put("report", typed, "monthly", "Чужой отчёт")
	put("filing_paid", "third@karatal.example", id+"/4", "Не на его адрес")
	r := b.get("/letters")
	has(t, r.body, "Заявка подана", "Письмо на почту из ЭЦП", "Ваша заявка оплачена")
	for _, secret := range []string{"Ссылка для входа", "Чужая заявка", "Приглашение другому", "Чужой отчёт", "Не на его адрес"} {
		if strings.Contains(r.body, secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	for _, subject := range []string{"Заявка подана", "Чужой отчёт"} {
		var letter string
		must(f.deps.Pool.QueryRow(ctx, `SELECT id::text FROM letter WHERE subject = $1`, subject).Scan(&letter))
		r := b.get("/letters/" + letter)
		if may := subject == "Заявка подана"; may != (r.status == 200 && strings.Contains(r.body, "Текст: "+subject)) {
			t.Errorf("%s: %d", subject, r.status)
		}
	}
}

// Who has no certificate yet sees what waits for one and where to send it: I-060, I-182, I-183.
func TestOwnCertificatesPage(t *testing.T) {
	f := recordsWorld(t)
	b := f.enters(filerIIN)
	has(t, b.get("/my/certificates").body, "Свидетельства АП", "Свидетельств здесь ещё нет", "рейтинга университета")
}

// Letters about an application go to the address in the EDS, whatever was typed; without one there, to the
// typed one: I-181.
func TestNotificationAddress(t *testing.T) {
	f := recordsWorld(t)
	b := f.enters(filerIIN)
	form := formOf(b.get("/profile").body, "/profile")
	form.Set("email", "other@karatal.example")
	if r := b.post("/profile", form); r.status != 303 {
		t.Fatalf("%d", r.status)
	}
	has(t, b.get("/profile").body, "other@karatal.example", "Сейчас: s.omarbaev@koktobe.example")
	path := f.begin(b, "author")
	if got := formOf(b.get(path).body, path+"/save").Get("email"); got != "s.omarbaev@koktobe.example" {
		t.Errorf("the application writes to %q", got)
	}
	without := askar() // a certificate without an address
	session, _, _, err := f.deps.Accounts.LoginByEDS(context.Background(), without)
	must(err)
	other := f.browser()
	other.cookies[f.s.cookieName("session")] = session
	other.get("/profile")
	form = formOf(other.get("/profile").body, "/profile")
	form.Set("email", "a.tasov@karatal.example")
	if r := other.post("/profile", form); r.status != 303 {
		t.Fatalf("%d", r.status)
	}
	has(t, other.get("/profile").body, "Сейчас: a.tasov@karatal.example")
}

// Signatures that the reader made are shown to them alone, with the message, and prove themselves again.
func TestOwnSignaturesPage(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	has(t, b.get("/my/signatures").body, "Подписей ещё нет")
	path := f.submitted(b)
	r := b.get("/my/signatures")
	has(t, r.body, "Заявление", `href="`+path+`"`, "SHA-256")
	_, rest, _ := strings.Cut(r.body, `action="/my/signatures/`)
	id, _, _ := strings.Cut(rest, "/")
	has(t, b.post("/my/signatures/"+id+"/verify", nil).body, "Подпись верна")
	if r := b.get("/my/signatures/" + id + "/cms"); r.status != 200 || len(r.body) < 500 || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the message: %d, %d bytes", r.status, len(r.body))
	}
	for _, l := range i18n.All {
		if r := b.get("/my/signatures?lang=" + string(l)); r.status != 200 || keyShown.MatchString(r.body) {
			t.Errorf("%s: %d %s", l, r.status, keyShown.FindString(r.body))
		}
	}
	other := f.enters(thirdIIN)
	if r := other.post("/my/signatures/"+id+"/verify", nil); r.status != 404 {
		t.Errorf("somebody else verifies it here: %d", r.status)
	}
	if r := other.get("/my/signatures/" + id + "/cms"); r.status != 404 {
		t.Errorf("somebody else takes the message, which names a personal number: %d", r.status)
	}
}
