package web

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/chase"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/sheet"
	"kualik/internal/workday"
)

// chaseOf is what asks for certificates, over the database of the pages.
func chaseOf(d *Deps) *chase.Service {
	letters, err := notify.New(d.Pool, nil, d.Clock, d.Log, "", "")
	must(err)
	return chase.New(chase.Options{Pool: d.Pool, Clock: d.Clock, Zone: d.Zone, Log: d.Log, Workdays: workday.New(), Letters: letters, Staff: d.Staff,
		Address: func(context.Context, pgx.Tx, uuid.UUID, []byte) (string, error) {
			return "certificates+k7f3@karatal.example", nil
		},
		After: 10, Every: 10, Times: 3, Lang: i18n.RU, PublicURL: d.PublicURL, Support: "nauka@karatal.example"})
}

// chased is a flow in which two certificates are missing of chemistry, one of primary education, and one that
// only the register's list knows.
func chased(t *testing.T) *flow {
	f := newFlow(t)
	var err error
	f.s.Outbox, err = notify.New(f.deps.Pool, nil, f.clock, f.deps.Log, "", "")
	must(err)
	list := "application_ref,title,kind,created_on,filed_on,authors\n" +
		"110701,Аналитикалық химия негіздері,произведение науки,2026-08-01,2026-08-10,Сагитова Меруерт Талгатовна; Нурбаева Лаура\n" +
		"110702,Биохимия практикумы,произведение науки,2026-08-02,2026-08-11,Куандыков Аскар Маратович\n"
	_, err = f.deps.Applications.Import(context.Background(), strings.NewReader(list), sheet.Options{Lang: i18n.RU})
	must(err)
	register := "Св-во №;Дата публикации;Рег. номер заявки;Дата подачи заявки;Дата создания объекта;Тип объекта;Название RU;Авторы;Статус\n" +
		"78001;03.03.2026;91777;02.03.2026;02.01.2026;программа для ЭВМ;Мектеп физикасы;САГИТОВА МЕРУЕРТ ТАЛГАТОВНА;Действует\n"
	_, err = f.reg.Import(context.Background(), strings.NewReader(register), sheet.Options{Lang: i18n.RU}, false)
	must(err)
	return f
}

// of is the subject of the first row under a title, as forms name it.
func (f *flow) of(title string) string {
	f.t.Helper()
	all, err := f.deps.Chase.All(context.Background())
	must(err)
	for _, x := range all {
		if x.Title == title {
			return x.String()
		}
	}
	f.t.Fatalf("%q is not missing", title)
	return ""
}

func (f *flow) chaseLetters() (n int) {
	must(f.deps.Pool.QueryRow(context.Background(), `SELECT count(*) FROM letter WHERE topic = 'chase'`).Scan(&n))
	return n
}

func TestChaseListAndLetters(t *testing.T) {
	f := chased(t)
	b := f.as(account.ResearchOffice)
	r := b.get("/")
	for _, want := range []string{"Напомнить авторам", "Подана, свидетельства нет", "дольше 10 рабочих дней", "Есть в реестре, никто не прислал"} {
		if !strings.Contains(words(r.body), want) {
			t.Errorf("the overview lacks %q", want)
		}
	}
	r = b.get("/chase")
	for _, want := range []string{"Аналитикалық химия негіздері", "Биохимия практикумы", "Кафедра химии", "не писали", "110 701"} {
		if !strings.Contains(strings.ReplaceAll(words(r.body), "\u2009", " "), want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	if strings.Contains(r.body, "Мектеп физикасы") {
		t.Error("a certificate of the register stands among the applications")
	}
	if r = b.get("/chase?tab=never"); !strings.Contains(r.body, "Мектеп физикасы") || strings.Contains(r.body, "Биохимия") {
		t.Error("the second list is wrong")
	}
	if r = b.get("/chase?q=биохимия"); !strings.Contains(r.body, "Биохимия практикумы") || strings.Contains(r.body, "Аналитикалық") {
		t.Error("the search finds too much or nothing")
	}

	// The letter is read before it goes: one for each author, with everything of theirs.
	analytic := f.of("Аналитикалық химия негіздері")
	r = b.get("/chase/remind?id=" + analytic)
	for _, want := range []string{"Отправить 1 письмо", "m.sagitova@karatal.example", "заявка № 110701", "свидетельство № 78001", "certificates+k7f3@karatal.example"} {
		if !strings.Contains(words(r.body), want) {
			t.Errorf("the preview lacks %q", want)
		}
	}
	if r = b.get("/chase/letter?id=" + analytic); r.status != fiber.StatusOK || !strings.Contains(r.body, "<html") || !strings.Contains(r.body, "110701") {
		t.Errorf("the letter as HTML: %d", r.status)
	}
	if f.chaseLetters() != 0 {
		t.Fatal("reading a letter has sent it")
	}
	r = b.post("/chase/remind", url.Values{"id": {analytic}})
	if r.status != fiber.StatusSeeOther || f.chaseLetters() != 1 {
		t.Fatalf("%d, %d letters", r.status, f.chaseLetters())
	}
	if r = b.post("/chase/remind", url.Values{"id": {analytic}}); r.status != fiber.StatusUnprocessableEntity || f.chaseLetters() != 1 {
		t.Fatalf("a second one on the same day: %d, %d letters", r.status, f.chaseLetters())
	}
	if r = b.get("/chase/remind?all=1"); !strings.Contains(words(r.body), "сегодня уже писали") {
		t.Error("who was written to is not told")
	}
}

func TestChaseMarks(t *testing.T) {
	f := chased(t)
	b := f.as(account.ResearchOffice)
	x := f.of("Биохимия практикумы")
	b.get("/chase/mark?do=not_expected&id=" + x)
	if r := b.post("/chase/mark", url.Values{"do": {"not_expected"}, "id": {x}}); r.status != fiber.StatusUnprocessableEntity || !strings.Contains(words(r.body), "Выберите, почему") {
		t.Fatalf("without a reason: %d", r.status)
	}
	r := b.post("/chase/mark", url.Values{"do": {"not_expected"}, "id": {x}, "reason": {"refused"}, "note": {"письмо от 1 сентября"}})
	if r.status != fiber.StatusSeeOther {
		t.Fatalf("%d", r.status)
	}
	if r = b.get("/chase"); strings.Contains(r.body, "Биохимия") || !strings.Contains(r.body, `action="/chase/expect"`) {
		t.Error("it still stands in the list, or cannot be undone")
	}
	if r = b.get("/chase?state=not_expected"); !strings.Contains(words(r.body), "Институт отказал: письмо от 1 сентября") {
		t.Error("the reason is not shown")
	}
	b.post("/chase/expect", url.Values{"id": {x}})
	if r = b.get("/chase"); !strings.Contains(r.body, "Биохимия") {
		t.Error("undoing did not bring it back")
	}
	if r = b.post("/chase/mark", url.Values{"do": {"snooze"}, "id": {x}, "until": {"2026-09-01"}}); r.status != fiber.StatusUnprocessableEntity {
		t.Errorf("put off to the past: %d", r.status)
	}
	b.post("/chase/mark", url.Values{"do": {"snooze"}, "id": {x}, "until": {"2026-10-01"}})
	if r = b.get("/chase?state=snoozed"); !strings.Contains(words(r.body), "до 01.10.2026") {
		t.Error("it was not put off")
	}
}

// A head sees what is missing of the unit, in the list and in the export, and writes to nobody; the others see
// nothing.
func TestHeadSeesWhatIsMissingOfTheUnit(t *testing.T) {
	f := chased(t)
	x := f.of("Биохимия практикумы")
	head := f.as(account.HeadOfUnit)
	for _, path := range []string{"/chase", "/chase?faculty=" + url.QueryEscape("Педагогический факультет"), "/chase/export?format=csv"} {
		r := head.get(path)
		if r.status != fiber.StatusOK || strings.Contains(r.body, "Қазақ тілі") || strings.Contains(path, "faculty") == strings.Contains(r.body, "Биохимия") {
			t.Errorf("%s: %d\n%s", path, r.status, words(r.body))
		}
	}
	if r := head.get("/chase"); strings.Contains(r.body, "/applications/") || strings.Contains(r.body, "a.kuandykov@") || strings.Contains(r.body, `name="id"`) {
		t.Error("a head is shown addresses, or what only the office may do")
	}
	for _, role := range []account.Role{account.HeadOfUnit, account.Registrar, account.Expert, account.Faculty} {
		b := f.as(role)
		b.get("/my")
		for _, r := range f.s.routes {
			if !strings.HasPrefix(r.path, chasePath) || account.Can(role, r.action) {
				continue
			}
			if got := call(b, r, r.path+"?id="+x+"&do=snooze&reason=refused&until=2026-10-01"); got.status != fiber.StatusForbidden {
				t.Errorf("%s: %s %s: %d", role, r.method, r.path, got.status)
			}
		}
	}
	var n int
	must(f.deps.Pool.QueryRow(context.Background(), `SELECT (SELECT count(*) FROM chase_mark) + (SELECT count(*) FROM chase_letter)`).Scan(&n))
	if n != 0 {
		t.Error("somebody who may not has changed something")
	}
}

func TestChaseExport(t *testing.T) {
	f := chased(t)
	b := f.as(account.ResearchOffice)
	r := b.get("/chase/export?format=csv&q=биохимия")
	want := "Чего нет,Номер,Свидетельство №,Название,Авторы,Подразделения,Подана или зарегистрировано,Рабочих дней,Статус,Состояние,Писем,Последнее письмо,Следующее письмо,Примечание\n" +
		"свидетельство по заявке,110702,,Биохимия практикумы,Куандыков Аскар Маратович,Кафедра химии,2026-08-11,27,,не писали,0,,2026-10-01,\n"
	if r.body != want {
		t.Errorf("%s\nwant\n%s", r.body, want)
	}
	if r = b.get("/chase/export?format=xlsx"); !strings.HasPrefix(r.body, "PK") {
		t.Error("no workbook")
	}
	if r = b.get("/chase/export?format=pdf"); r.status != fiber.StatusNotFound {
		t.Errorf("%d", r.status)
	}
}
