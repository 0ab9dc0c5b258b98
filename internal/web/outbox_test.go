package web

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/i18n"
	"kualik/internal/notify"
)

// outgoing is an office with letters: one that came back and paused its address, one whose fate nobody
// knows, and the samples of two.
func outgoing(t *testing.T, change ...func(*Deps)) (w *world, ids map[string]string) {
	w = newOffice(t, change...)
	ctx := context.Background()
	ids = map[string]string{}
	for about, l := range map[string]notify.Letter{
		"back":   {Topic: "filing_signed", Recipient: "gone@karatal.example", Subject: "Вернулось", Text: "Открыть: https://kualik.example/filings/1"},
		"doubt":  {Topic: "report", Recipient: "dean@karatal.example", Subject: "Кто знает", Text: "Текст"},
		"secret": {Topic: "account", Recipient: "admin@karatal.example", Subject: "Вход", Text: "Войти: " + w.s.PublicURL + "/login/link/TAKEME и " + w.s.PublicURL + "/a/TAKEMETOO"},
	} {
		l.About, l.Lang = about, "ru"
		must(pgx.BeginFunc(ctx, w.deps.Pool, func(tx pgx.Tx) error { return w.s.Outbox.Queue(ctx, tx, l) }))
		var id string
		must(w.deps.Pool.QueryRow(ctx, `SELECT id::text FROM letter WHERE about = $1`, about).Scan(&id))
		ids[about] = id
	}
	for _, sql := range []string{
		`UPDATE letter SET state = 'sent', message_id = about || '@karatal.example', sent_at = now(), attempts = 2 WHERE about <> 'secret'`,
		`INSERT INTO letter_attempt (letter_id, n, at, outcome, answer, ended_at) SELECT id, 1, now(), 'offered', 'EOF', now() FROM letter WHERE about = 'doubt'`,
		`INSERT INTO letter_attempt (letter_id, n, at, outcome, answer, ended_at) SELECT id, 2, now(), 'taken', '250 queued as 4F1', now() FROM letter WHERE about = 'doubt'`,
	} {
		_, err := w.deps.Pool.Exec(ctx, sql)
		must(err)
	}
	taken, err := w.s.Outbox.Returned(ctx, notify.Report{ID: "m1", Original: "<back@karatal.example>", Recipients: []notify.Fate{{Address: "gone@karatal.example", Action: "failed", Status: "5.1.1", Diagnostic: "550 5.1.1 User unknown"}}})
	must(err)
	if !taken {
		t.Fatal("the report was not taken")
	}
	return w, ids
}

func TestOutboxPages(t *testing.T) {
	w, ids := outgoing(t)
	b := w.as(account.ResearchOffice)
	list := b.get("/settings/outbox").body
	contains(t, words(list), "Вернулось", "вернулось", "550 5.1.1 User unknown", "мог уйти дважды", "На 1 адрес письма не уходят", "filing_signed")
	for query, want := range map[string]string{"state=bounced": "Вернулось", "state=uncertain": "Кто знает", "topic=report": "Кто знает", "q=GONE@": "Вернулось", "state=failed": "", "q=nobody": ""} {
		page := b.get("/settings/outbox?" + query).body
		for _, subject := range []string{">Вернулось<", ">Кто знает<", ">Вход<"} {
			if shown := strings.Contains(page, subject); shown != (subject == ">"+want+"<") {
				t.Errorf("%s: %s shown: %v", query, subject, shown)
			}
		}
	}
	one := b.get("/settings/outbox/" + ids["doubt"]).body
	contains(t, words(one), "Попытки отправки", "неизвестно: сервер не ответил", "сервер принял", "250 queued as 4F1", "Message-ID", "doubt@karatal.example", "Связь оборвалась")
	back := b.get("/settings/outbox/" + ids["back"])
	contains(t, words(back.body), "адрес недействителен", "Отправить снова")
	contains(t, back.body, `src="/settings/outbox/`+ids["back"]+`/html"`)
	if policy := back.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	framed := b.get("/settings/outbox/" + ids["back"] + "/html?theme=dark")
	contains(t, framed.body, "<h1", "Вернулось", "@media all")
	if policy := framed.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") || framed.header.Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("a letter in its frame: %s, %s", policy, framed.header.Get("X-Frame-Options"))
	}
	for _, path := range []string{"", "/html"} {
		if body := b.get("/settings/outbox/" + ids["secret"] + path).body; strings.Contains(body, "TAKEME") || !strings.Contains(body, "/login/link/…") {
			t.Errorf("secret%s: a one-time link is shown", path)
		}
	}
	if r := b.get("/settings/outbox/0198b8a0-0000-7000-8000-000000000000"); r.status != fiber.StatusNotFound {
		t.Errorf("no such letter: %d", r.status)
	}
	if r := b.post("/settings/outbox/retry", url.Values{"id": {ids["back"]}, "next": {"/settings/outbox/" + ids["back"]}}); r.to() != "/settings/outbox/"+ids["back"] {
		t.Errorf("%d %s", r.status, r.to())
	}
	if err := w.deps.Pool.QueryRow(context.Background(), `SELECT 1 FROM letter WHERE about = 'back' AND state = 'waiting'`).Scan(new(int)); err != nil {
		t.Errorf("the letter does not wait: %v", err)
	}
}

func TestPausedAddressesPage(t *testing.T) {
	w, ids := outgoing(t)
	b := w.as(account.ResearchOffice)
	contains(t, b.get("/settings/addresses").body, "gone@karatal.example", "550 5.1.1 User unknown", "/settings/outbox/"+ids["back"], "Снова писать")
	for range 2 { // pressed twice it is lifted once
		if r := b.post("/settings/addresses/lift", url.Values{"address": {"gone@karatal.example"}}); r.status != fiber.StatusSeeOther {
			t.Fatalf("%d", r.status)
		}
	}
	contains(t, words(b.get("/settings/addresses").body), "Письма уходят на все адреса", "письма снова разрешены")
	var by int
	must(w.deps.Pool.QueryRow(context.Background(), `SELECT count(*) FROM audit WHERE action = 'address.lift' AND subject_id = 'gone@karatal.example'`).Scan(&by))
	if by != 1 {
		t.Errorf("%d rows of the audit", by)
	}
}

// Somebody whose letters come back is told so and may say that the mailbox works; others' addresses are not
// theirs to lift.
func TestOwnPausedAddress(t *testing.T) {
	w, _ := outgoing(t)
	b := w.as(account.Faculty)
	own := string(account.Faculty) + "@karatal.example"
	lift := func(address string) {
		if r := b.post("/profile/addresses/lift", url.Values{"address": {address}, "next": {"/settings/me"}}); r.to() != "/settings/me" {
			t.Fatalf("%d %s", r.status, r.to())
		}
	}
	paused := func(address string) bool {
		list, err := w.s.Outbox.PausesOf(context.Background(), address)
		must(err)
		return len(list) == 1
	}
	if strings.Contains(b.get("/settings/me").body, "не доходят") {
		t.Error("others' addresses are told to everybody")
	}
	lift("gone@karatal.example")
	if !paused("gone@karatal.example") {
		t.Error("somebody lifted another's address")
	}
	_, err := w.deps.Pool.Exec(context.Background(), `INSERT INTO address_pause (id, address, diagnostic, paused_at) VALUES (gen_random_uuid(), $1, 'mailbox full', now())`, own)
	must(err)
	contains(t, words(b.get("/settings/me").body), "Письма на "+own+" не доходят", "mailbox full")
	lift(own)
	if paused(own) || strings.Contains(b.get("/settings/me").body, "mailbox full") {
		t.Error("the own address is not lifted")
	}
}

func TestLetterTemplatesPages(t *testing.T) {
	w, _ := outgoing(t, func(d *Deps) {
		d.LetterTemplates = []notify.Template{{Name: "filing.letter.signed", Sample: func(l i18n.Lang) notify.Letter {
			return notify.Letter{Subject: i18n.T(l, "filing.letter.signed.subject", "Number", "2026-118"), Text: "Открыть: " + d.PublicURL + "/filings/1"}
		}}}
	})
	b := w.as(account.ResearchOffice)
	contains(t, words(b.get("/settings/letters").body), "filing.letter.signed", "Все авторы подписали: вх. № 2026-118")
	page := b.get("/settings/letters/filing.letter.signed?in=kk&theme=dark").body
	contains(t, page, `src="/settings/letters/filing.letter.signed/html?in=kk&amp;theme=dark"`, i18n.T(i18n.KK, "filing.letter.signed.subject", "Number", "2026-118"), "Хат автоматты түрде жіберілді.")
	framed := b.get("/settings/letters/filing.letter.signed/html?in=kk&theme=dark")
	contains(t, framed.body, `<html lang="kk">`, `href="`+w.s.PublicURL+`/filings/1"`, "@media all")
	if r := b.get("/settings/letters/no.such"); r.status != fiber.StatusNotFound {
		t.Errorf("no such letter: %d", r.status)
	}
	for _, path := range []string{"/settings/letters", "/settings/letters/filing.letter.signed", "/settings/addresses", "/settings/outbox"} {
		for _, role := range []account.Role{account.Faculty, account.HeadOfUnit, account.Registrar, account.Author} {
			if r := w.as(role).get(path); r.status != fiber.StatusForbidden {
				t.Errorf("%s for %s: %d", path, role, r.status)
			}
		}
	}
}
