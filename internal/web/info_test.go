package web

import (
	"context"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/payment"
)

func infoWorld(t testing.TB) *world {
	t.Helper()
	return edsWorld(t, nil, func(d *Deps) {
		d.Payments = payment.New(d.Pool, payment.Options{Clock: d.Clock, Zone: d.Zone, Log: slog.New(slog.DiscardHandler)})
		store, err := blob.Open(context.Background(), "", t.TempDir())
		must(err)
		d.Outbox, err = notify.New(d.Pool, store, d.Clock, slog.New(slog.DiscardHandler), "", "")
		must(err)
		d.MailAddress = "certificates@karatal.example"
	})
}

// a key of a message that nobody translated is shown as it is: area.word.word
var keyShown = regexp.MustCompile(`>\s*(info|eds|web|account|payment|cabinet)\.[a-z_.]+\s*<`)

// The pages say what the instruction and the institute's site say, to everybody, in three languages:
// I-011 to I-016, I-018 to I-020, I-022, I-061, I-176 to I-180, I-182, I-183.
func TestInfoPages(t *testing.T) {
	w := infoWorld(t)
	author := w.as(account.Faculty)
	for _, path := range []string{"/info", "/faq", "/info/steps", "/info/types", "/info/cost", "/info/law", "/info/ask", "/info/fee", "/info/support"} {
		for _, l := range i18n.All {
			for _, b := range []*browser{w.browser(), author} {
				r := b.get(path + "?lang=" + string(l))
				if r.status != 200 || !strings.Contains(r.body, `<html lang="`+string(l)+`"`) {
					t.Errorf("%s in %s: %d", path, l, r.status)
				}
				if m := keyShown.FindString(r.body); m != "" {
					t.Errorf("%s in %s shows the key %s", path, l, m)
				}
			}
		}
	}
	b := w.browser()
	has(t, b.get("/info?lang=ru").body, "Личный кабинет", "/cabinet", "Подать заявку", "/filings/new", "Нормативные документы", "Виды объектов", "Стоимость")
	has(t, b.get("/info/types").body, "Произведение науки", "Программа для ЭВМ", "Заявка на товарный знак", "Что охраняет авторское право")
	has(t, b.get("/info/law").body, "статья 9-1", "№ 1315", "copyright.kazpatent.kz", "Официальный бюллетень")
	has(t, b.get("/info/ask").body, "Изменить сведения в реестре", "support@karatal.example", "62-15-15", "admin@karatal.example")
	has(t, b.get("/info/steps").body, "решения РИС, РУМС, дата подачи и печать", "выберите ключ AUTH", "Название должно быть как в титулке",
		"20 минут или 3 попытки", "Фактом подачи заявления является присвоение регистрационного номера", "2 дней", "Назначение эксперта", "Экспертиза завершена",
		"готовится к публикации", "работа по ней начнётся в ближайшее время", "certificates@karatal.example", "рейтинга университета", "data-print")
	if r := author.get("/faq"); !strings.Contains(r.body, `href="/faq" aria-current="page"`) && !strings.Contains(r.body, `class="side"`) {
		t.Error("who is logged in sees the page without its frame")
	}
}

// What is on the page is what an invoice says: I-009, I-017.
func TestInfoCost(t *testing.T) {
	w := infoWorld(t)
	ctx := context.Background()
	fee, err := w.deps.Payments.Quote(ctx, payment.CopyrightWork, "", w.deps.Payments.Today())
	must(err)
	r := w.browser().get("/info/cost")
	has(t, r.body, fee.Total.Text(i18n.RU), fee.Base.Text(i18n.RU), fee.VAT.Text(i18n.RU), fee.Commission.Text(i18n.RU), "НДС "+fee.VATPercent.Text(i18n.RU))
	reduced := 0
	for _, g := range payment.Grounds {
		if fee, err := w.deps.Payments.Quote(ctx, payment.CopyrightWork, g, w.deps.Payments.Today()); err == nil {
			has(t, r.body, i18n.T(i18n.RU, "payment.ground."+g), fee.Total.Text(i18n.RU))
			reduced++
		}
	}
	if reduced == 0 && !strings.Contains(r.body, "нет в таблице") {
		t.Error("that there is no reduction is not said")
	}
}

func (w *world) lettersOf(topic string) (n int, text string) {
	must(w.deps.Pool.QueryRow(context.Background(), `SELECT count(*), coalesce(max(body_text), '') FROM letter WHERE topic = $1`, topic).Scan(&n, &text))
	return n, text
}

// Whoever is logged in writes to the office; nobody else has a form that sends mail: I-021, I-062, I-070.
func TestInfoSupport(t *testing.T) {
	w := infoWorld(t)
	b := w.browser()
	if r := b.get("/info/support"); strings.Contains(r.body, "<textarea") || !strings.Contains(r.body, "support@karatal.example") {
		t.Error("a stranger must see the addresses and no form")
	}
	if r := b.post("/info/support", url.Values{"topic": {"eds"}, "text": {"x"}}); r.status < 400 {
		t.Errorf("a stranger sends mail: %d", r.status)
	}
	in := w.as(account.Faculty)
	if r := in.post("/info/support", url.Values{"topic": {"eds"}, "text": {" "}}); r.status != 422 {
		t.Errorf("an empty letter: %d", r.status)
	}
	for range 2 { // pressed twice
		if r := in.post("/info/support", url.Values{"topic": {"number"}, "text": {"Номер не присвоен, заявка 100 001"}}); r.status != 303 {
			t.Fatalf("%d", r.status)
		}
	}
	n, text := w.lettersOf("support")
	if n != 1 || !strings.Contains(text, "заявка 100 001") || !strings.Contains(text, "faculty@karatal.example") {
		t.Errorf("%d letters: %s", n, text)
	}
}

// A wrong fee is told to the office, with what the table says today: I-069.
func TestInfoWrongFee(t *testing.T) {
	w := infoWorld(t)
	in := w.as(account.Faculty)
	if r := in.post("/info/fee", url.Values{"service": {"copyright_work"}, "now": {"7380,40"}}); r.status != 422 || !strings.Contains(r.body, "7380,40") {
		t.Errorf("without a source: %d", r.status)
	}
	if r := in.post("/info/fee", url.Values{"service": {"copyright_work"}, "now": {"7380,40"}, "right": {"7132,80"}, "source": {"Прейскурант"}}); r.status != 303 {
		t.Fatalf("%d", r.status)
	}
	fee, err := w.deps.Payments.Quote(context.Background(), payment.CopyrightWork, "", w.deps.Payments.Today())
	must(err)
	if n, text := w.lettersOf("wrong_fee"); n != 1 || !strings.Contains(text, "7132,80") || !strings.Contains(text, fee.Total.Text(i18n.RU)) {
		t.Errorf("%d letters: %s", n, text)
	}
}
