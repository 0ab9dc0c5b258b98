package web

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/blob"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/internal/mailbox"
	"kualik/internal/mailbox/dovecottest"
	"kualik/internal/notify"
	"kualik/internal/rating"
	"kualik/internal/secret"
	"kualik/internal/sheet"
	"kualik/reports"
)

// newOffice is a world with applications, rating, reports, schedules, mailboxes and outgoing mail.
func newOffice(t *testing.T, change ...func(*Deps)) *world {
	t.Helper()
	ctx := context.Background()
	w := newWorld(t, append([]func(*Deps){func(d *Deps) {
		keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		blobs, err := blob.Open(ctx, "", t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		d.Rating = rating.New(d.Pool, d.Clock, d.Zone)
		d.Applications = application.NewStore(d.Pool, keeper, d.Clock)
		d.Mailboxes = mailbox.NewStore(d.Pool, keeper, d.Clock, nil)
		if d.Outbox, err = notify.New(d.Pool, blobs, d.Clock, d.Log, "", "Kualik <kualik@karatal.example>"); err != nil {
			t.Fatal(err)
		}
		d.Outbox.House.URL = d.PublicURL
		d.Reports = &reports.Maker{Pool: d.Pool, Clock: d.Clock, Rating: d.Rating, Blobs: blobs, Letters: d.Outbox, PublicURL: d.PublicURL}
		d.Schedules = jobs.NewScheduler(d.Pool, d.Clock, func(context.Context, pgx.Tx, jobs.Schedule, jobs.Occurrence) error { return nil }, d.Log)
	}}, change...)...)
	w.admin()
	rows := "application_ref,title,kind,created_on,filed_on,authors\n" +
		"110588,Органикалық химия: зертханалық практикум,произведение науки,2026-08-02,2026-08-15,Сагитова Меруерт Талгатовна; Куандыков Аскар Маратович; Нурбаева Лаура\n" +
		"110600,=HYPERLINK(1),программа для ЭВМ,2026-05-01,2026-05-10,Сагитова Меруерт Талгатовна\n"
	if _, err := w.s.Applications.Import(ctx, strings.NewReader(rows), sheet.Options{Lang: i18n.RU}); err != nil {
		t.Fatal(err)
	}
	// One certificate of two of our authors and a stranger, one that a person must still look at.
	for _, sql := range []string{
		`INSERT INTO certificate (id, number, number_key, registered_on, created_on, kind, title, source, reading, application_decision, application_id, first_received_at, created_at, updated_at)
		 SELECT '0198b8a0-0000-7000-8000-000000000001'::uuid, '78498', '78498', '2026-08-31'::date, '2026-08-02'::date, 'scientific_work', title, 'text-layer', 'sure', 'auto', id, now(), now(), now() FROM application WHERE application_ref = '110588'`,
		`INSERT INTO certificate_author (certificate_id, position, name, staff_id, decision)
		 SELECT '0198b8a0-0000-7000-8000-000000000001'::uuid, 1, 'Сагитова Меруерт Талгатовна', id, 'auto' FROM staff WHERE staff_id = '101' UNION ALL
		 SELECT '0198b8a0-0000-7000-8000-000000000001'::uuid, 2, 'Куандыков Аскар Маратович', id, 'confirmed' FROM staff WHERE staff_id = '102' UNION ALL
		 SELECT '0198b8a0-0000-7000-8000-000000000001'::uuid, 3, 'Нурбаева Лаура', NULL::uuid, 'not_staff'`,
		`INSERT INTO certificate (id, number, number_key, registered_on, title, source, reading, application_decision, first_received_at, created_at, updated_at)
		 VALUES ('0198b8a0-0000-7000-8000-000000000002', '784?6', '784?6', '2026-08-30', 'Скан', 'text-layer', 'review', 'none', now(), now(), now())`,
	} {
		if _, err := w.deps.Pool.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// words is a page without its tags, with single spaces.
func words(html string) string {
	_, main, _ := strings.Cut(html, `<main`)
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(main, " ")
	return strings.Join(strings.Fields(strings.NewReplacer("&#34;", `"`, "&amp;", "&", "\u00a0", " ").Replace(text)), " ")
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not on the page", w)
		}
	}
}

func TestApplicationsWithoutACertificate(t *testing.T) {
	w := newOffice(t)
	b := w.as(account.ResearchOffice)
	all := words(b.get("/applications").body)
	contains(t, all, "Органикалық химия", "№ 78498", "ждём 130 дней", "1 подано, свидетельства нет", "=HYPERLINK(1)")
	waiting := words(b.get("/applications?state=waiting").body)
	if strings.Contains(waiting, "Органикалық") || !strings.Contains(waiting, "110600") {
		t.Error("the filter of those that wait")
	}
	found := words(b.get("/applications?q=" + url.QueryEscape("органикалык ХИМИЯ")).body)
	if strings.Contains(found, "110600") || !strings.Contains(found, "110588") {
		t.Error("the search is not folded")
	}
	link := regexp.MustCompile(`/applications/[0-9a-f-]{36}`).FindString(b.get("/applications?q=110588").body)
	contains(t, words(b.get(link).body), "Есть свидетельство № 78498", "Нурбаева Лаура", "15.08.2026")
}

func TestRatingPage(t *testing.T) {
	w := newOffice(t)
	b := w.as(account.ResearchOffice)
	page := b.get("/rating?period=2025-2026")
	contains(t, words(page.body), "Учебный год 2025–2026, 01.09.2025 – 31.08.2026", "Факультет естественных наук", "0,67", "6,7", "Первые десять авторов", "Не учтены 1", "снимок не закреплён")
	if strings.Contains(words(page.body), "доцент") {
		t.Error("people are shown of a department that is not open")
	}
	open := regexp.MustCompile(`href="([^"]*open=[^"]*%7C[^"]*)"`).FindStringSubmatch(page.body)
	if open == nil {
		t.Fatal("no department to open")
	}
	contains(t, words(b.get(strings.ReplaceAll(open[1], "&amp;", "&")).body), "Сагитова Меруерт Талгатовна", "доцент", "3,3")
	contains(t, words(b.get("/rating?period=2025-2026&tab=authors").body), "1/3", "3,33")
	contains(t, words(b.get("/rating?period=2025-2026&tab=excluded").body), "784?6", "Данные свидетельства должен проверить человек")
	contains(t, words(b.get("/rating?period=2025-2026&tab=kinds&lang=en").body), "scientific work", "0.67")
	contains(t, words(b.get("/rating?period=2025-2026&lang=kk").body), "Университет", "оқу жылы")
	if r := b.get("/rating?period=nonsense"); r.status != fiber.StatusUnprocessableEntity {
		t.Errorf("a period that is none: %d", r.status)
	}
	contains(t, words(b.get("/rating?period=range&from=2026-08-01&to=2026-08-31&lang=ru").body), "01.08.2026 – 31.08.2026")
	head := w.as(account.HeadOfUnit)
	own := words(head.get("/rating?period=2025-2026").body)
	contains(t, own, "только ваше подразделение", "Кафедра химии", "Сагитова Меруерт Талгатовна")
	if strings.Contains(own, "Факультет естественных наук") || strings.Contains(own, "Сделать .xlsx") || strings.Contains(own, "Не учтены") {
		t.Error("a head is offered what only the office may do")
	}
}

func TestRulesForm(t *testing.T) {
	w := newOffice(t)
	b := w.as(account.ResearchOffice)
	b.get("/rating/rules")
	form := func(points, do string) url.Values {
		return url.Values{"base": {"1"}, "points": {points}, "split": {"staff"}, "dating": {"registered_on"}, "employed": {"1"}, "cap_order": {"oldest"},
			"reading": {"sure", "confirmed"}, "decision": {"auto", "confirmed"}, "points.scientific_work": {"12"}, "excluded.database": {"1"}, "note": {"Приказ 7"}, "do": {do}}
	}
	if r := b.post("/rating/rules", form("десять", "save")); r.status != 422 || !strings.Contains(r.body, `value="десять"`) || !strings.Contains(r.body, `value="Приказ 7"`) {
		t.Fatalf("wrong points: %d", r.status)
	}
	tried := b.post("/rating/rules", form("10", "try"))
	contains(t, words(tried.body), "По этим правилам", "6,7", "12,0", "+5,3", "Ничего не сохранено")
	if set, _ := w.s.Rating.Rules(context.Background()); set.Version != 1 {
		t.Fatal("a trial was saved")
	}
	if r := b.post("/rating/rules", form("10", "save")); r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	contains(t, words(b.get("/rating/rules").body), "Действуют правила, версия 2", "Приказ 7", "Ербол Тасов")
	if r := b.post("/rating/rules", form("20", "save")); r.status != fiber.StatusConflict {
		t.Errorf("rules that somebody else changed: %d", r.status)
	}
	if r := w.as(account.HeadOfUnit).get("/rating/rules"); r.status != fiber.StatusForbidden {
		t.Errorf("a head at the rules: %d", r.status)
	}
}

func TestReportIsMadeDownloadedAndSent(t *testing.T) {
	w := newOffice(t)
	b := w.as(account.ResearchOffice)
	contains(t, words(b.get("/reports").body), "Книг ещё нет")
	if r := b.post("/reports", url.Values{"period": {"2025-2026"}, "lang": {"kk"}}); r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	page := b.get("/reports")
	contains(t, words(page.body), "Книга готова: rating-2025-2026-kk.xlsx", "Казахский", "Ербол Т.")
	file := regexp.MustCompile(`/reports/[0-9a-f-]{36}/file`).FindString(page.body)
	r := b.get(file)
	if r.status != 200 || !strings.HasPrefix(r.body, "PK") || !strings.Contains(r.header.Get("Content-Disposition"), "rating-2025-2026-kk.xlsx") || r.header.Get("Content-Type") != workbookType {
		t.Fatalf("%d %v", r.status, r.header)
	}
	if n, _ := strconv.Atoi(r.header.Get("Content-Length")); n != len(r.body) {
		t.Errorf("%d bytes announced, %d sent", n, len(r.body))
	}
	send := strings.TrimSuffix(file, "/file") + "/send"
	if r := b.post(send, url.Values{"to": {"not an address"}}); r.status != 422 {
		t.Errorf("not an address: %d", r.status)
	}
	if r := b.post(send, url.Values{"to": {"rector@karatal.example; dean@karatal.example"}}); r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	outbox := words(b.get("/settings/outbox").body)
	contains(t, outbox, "rector@karatal.example", "dean@karatal.example", "задержано", "Сервер исходящей почты не задан")
	if r := w.as(account.Faculty).get(file); r.status != fiber.StatusForbidden {
		t.Errorf("faculty fetches a report: %d", r.status)
	}
}

func TestSchedulesPage(t *testing.T) {
	w := newOffice(t)
	b := w.as(account.ResearchOffice)
	b.get("/schedules/new")
	form := url.Values{"name": {"Ректорат"}, "preset": {"0 8 1 * *"}, "cron": {""}, "zone": {"Asia/Almaty"}, "period": {"last_month"}, "lang": {"kk"},
		"recipients": {"rector@karatal.example"}, "do": {"preview"}}
	r := b.post("/schedules/new", form)
	contains(t, words(r.body), "Чт 01.10.2026, 08:00", "01.02.2027, 08:00")
	form.Set("cron", "61 * * * *")
	form.Set("do", "save")
	form.Del("csrf")
	if r := b.post("/schedules/new", form); r.status != 422 || !strings.Contains(r.body, `value="61 * * * *"`) || !strings.Contains(r.body, `value="Ректорат"`) {
		t.Fatalf("a broken expression: %d", r.status)
	}
	form.Set("cron", "")
	form.Del("csrf")
	if r := b.post("/schedules/new", form); r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	list := b.get("/schedules")
	contains(t, words(list.body), "1-го числа в 08:00", "прошлый месяц · Казахский · 1 получатель", "01.11", "идёт", "ещё не было")
	path := regexp.MustCompile(`/schedules/[0-9a-f-]{36}`).FindString(list.body)
	if r := b.post(path+"/run", nil); r.to() != path {
		t.Fatalf("%d", r.status)
	}
	contains(t, words(b.get(path).body), "вручную", "в очереди")
	b.post(path+"/pause", nil)
	paused := b.get("/schedules")
	contains(t, words(paused.body), "Расписание приостановлено", "Отменить", "пауза")
	if !strings.Contains(paused.body, `action="`+path+`/resume"`) {
		t.Error("the pause cannot be undone")
	}
	b.post(path+"/resume", nil)
	if r := b.post(path+"/remove", nil); r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	contains(t, words(b.get("/schedules").body), "Расписаний нет")
	if r := b.get(path); r.status != 404 {
		t.Errorf("a schedule that is gone: %d", r.status)
	}
}

func TestMailboxIsTriedOutAgainstARealServer(t *testing.T) {
	server := dovecottest.Start(t)
	w := newOffice(t)
	b := w.as(account.Administrator)
	b.get("/settings/mailboxes")
	form := url.Values{"host": {"127.0.0.1"}, "port": {server.Port}, "security": {"none"}, "user": {"certificates"}, "password": {"wrong"}, "folders": {"INBOX"}, "do": {"save"}}
	r := b.post("/settings/mailboxes", form)
	contains(t, words(r.body), "Сервер не принял этот пароль", "[AUTHENTICATIONFAILED]", "Всё равно сохранить")
	if states, _ := w.s.Mailboxes.States(context.Background()); len(states) != 0 || r.status != 422 {
		t.Fatalf("a refused mailbox was kept: %d", r.status)
	}
	form.Set("password", dovecottest.UserPassword)
	form.Set("do", "try")
	form.Del("csrf")
	contains(t, words(b.post("/settings/mailboxes", form).body), "Что сейчас произошло", "INBOX")
	form.Set("do", "save")
	form.Del("csrf")
	if r := b.post("/settings/mailboxes", form); r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	page := b.get("/settings/mailboxes")
	contains(t, words(page.body), "certificates@127.0.0.1/INBOX", "ещё не опрошен")
	if strings.Contains(page.body, dovecottest.UserPassword+`"`) {
		t.Error("the page holds a password")
	}
	b.post("/settings/mailboxes/pause", url.Values{"id": {"certificates@127.0.0.1/INBOX"}})
	contains(t, words(b.get("/settings/mailboxes").body), "приостановлен", "Отменить")
	b.post("/settings/mailboxes/resume", url.Values{"id": {"certificates@127.0.0.1/INBOX"}})
	states, err := w.s.Mailboxes.States(context.Background())
	if err != nil || len(states) != 1 || !states[0].Enabled {
		t.Fatalf("%+v %v", states, err)
	}
}

func TestMailboxThatNobodyAnswers(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	ln.Close()
	w := newOffice(t)
	b := w.as(account.Administrator)
	b.get("/first-run?step=2")
	r := b.post("/first-run/mailbox", url.Values{"host": {"127.0.0.1"}, "port": {port}, "security": {"none"}, "user": {"a"}, "password": {"b"}, "folders": {"INBOX"}, "do": {"save"}})
	contains(t, words(r.body), "connection refused", "нет связи")
	if !strings.Contains(r.body, `value="`+port+`"`) {
		t.Error("what was typed is gone")
	}
	for field, value := range map[string]string{"host": "", "port": "99999", "user": "", "password": "", "since": "2026-13-01", "folders": " , "} {
		form := url.Values{"host": {"127.0.0.1"}, "port": {port}, "security": {"none"}, "user": {"a"}, "password": {"b"}, "folders": {"INBOX"}, "do": {"save"}}
		form.Set(field, value)
		if r := b.post("/settings/mailboxes", form); r.status != 422 || !strings.Contains(r.body, `id="f-`+field+`-problem"`) {
			t.Errorf("%s %q: %d", field, value, r.status)
		}
	}
}

func TestLoginLettersAreNotReadInTheOutbox(t *testing.T) {
	w := newOffice(t)
	ctx := context.Background()
	err := pgx.BeginFunc(ctx, w.deps.Pool, func(tx pgx.Tx) error {
		return w.s.Outbox.Queue(ctx, tx, notify.Letter{Topic: "login", Recipient: "admin@karatal.example", About: "1", Lang: "ru",
			Subject: "Вход", Text: "http://kualik.example/login/link/TAKEME"})
	})
	if err != nil {
		t.Fatal(err)
	}
	page := w.as(account.ResearchOffice).get("/settings/outbox")
	if strings.Contains(page.body, "TAKEME") || !strings.Contains(page.body, "admin@karatal.example") {
		t.Error("whoever reads the outbox could log in as an administrator")
	}
}

// Each page of the office answers in each language, and no message is missing there.
func TestPagesInThreeLanguages(t *testing.T) {
	w := newOffice(t)
	b := w.as(account.Administrator)
	raw := regexp.MustCompile(`>\s*(web|account|notify|jobs|rating|reports|mailbox)\.[a-z_.]+\s*<`)
	for _, l := range i18n.All {
		for _, path := range []string{"/staff", "/applications", "/rating", "/rating/rules", "/reports", "/schedules", "/schedules/new", "/settings", "/settings/mailboxes",
			"/settings/outbox", "/settings/accounts", "/settings/me", "/patterns", "/staff/import", "/applications/import",
			"/first-run?step=2", "/first-run?step=3", "/first-run?step=4", "/first-run?step=5"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			r := b.get(path + sep + "lang=" + string(l))
			if r.status != http.StatusOK || !strings.Contains(r.body, `<html lang="`+string(l)+`"`) {
				t.Errorf("%s in %s: %d", path, l, r.status)
			}
			if m := raw.FindString(r.body); m != "" {
				t.Errorf("%s in %s shows a key: %s", path, l, m)
			}
			if strings.Count(r.body, "<h1") != 1 && path != "/patterns" {
				t.Errorf("%s in %s has %d first headings", path, l, strings.Count(r.body, "<h1"))
			}
		}
	}
}
