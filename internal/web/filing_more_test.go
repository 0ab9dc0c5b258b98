package web

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/signing"
)

// Two tabs: what the second saves is not lost and not put over the first; both are shown, each can win.
func TestTwoTabsAreAConflict(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.begin(b, "author")
	first, second := formOf(b.get(path).body, path+"/save"), formOf(b.get(path).body, path+"/save")
	first.Set("title", "Практикум, 2-е изд.")
	if r := b.post(path+"/save", first); r.status != fiber.StatusSeeOther {
		t.Fatal(r.status)
	}
	second.Set("title", "Практикум")
	second.Set("region", "Алматы")
	r := b.post(path+"/save", second)
	if r.status != fiber.StatusConflict {
		t.Fatalf("the second tab: %d", r.status)
	}
	contains(t, words(r.body), "Заявку изменили в другой вкладке", "Оставить моё", "Взять то", "Сравнить", "Ваше: «Практикум»", "Там: «Практикум, 2-е изд.»", "Алматы")
	if got := formOf(b.get(path).body, path+"/save"); got.Get("region") != "Жетісу, Қаратал" || got.Get("title") != "Практикум, 2-е изд." {
		t.Error("the second tab stored something")
	}
	kept := formOf(r.body, path+"/save")
	kept.Set("do", "save")
	if r := b.post(path+"/save", kept); r.status != fiber.StatusSeeOther {
		t.Fatalf("keeping mine: %d %s", r.status, words(r.body))
	}
	if got := formOf(b.get(path).body, path+"/save"); got.Get("title") != "Практикум" || got.Get("region") != "Алматы" {
		t.Errorf("mine is not kept: %v", got)
	}
}

// The script saves by itself and is told of a conflict; a session that has ended loses nothing silently.
func TestAutosave(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.begin(b, "author")
	save := func(form url.Values) (status int, answer struct {
		Text    string
		Version int
	}) {
		form.Set("csrf", b.token)
		r := b.send("POST", path+"/save", strings.NewReader(form.Encode()), "application/x-www-form-urlencoded", "X-Autosave", "1")
		json.Unmarshal([]byte(r.body), &answer)
		return r.status, answer
	}
	form := formOf(b.get(path).body, path+"/save")
	form.Set("title", "Прак")
	status, a := save(form)
	if status != 200 || a.Text != "сохранено 14:34" || a.Version == 0 {
		t.Fatalf("%d %+v", status, a)
	}
	old := form.Get("version")
	form.Set("version", strconv.Itoa(a.Version))
	form.Set("title", "Практикум")
	if status, _ := save(form); status != 200 {
		t.Errorf("the next words: %d", status)
	}
	form.Set("version", old)
	form.Set("title", "Другое")
	if status, a := save(form); status != fiber.StatusConflict || !strings.Contains(a.Text, "покажем обе версии") {
		t.Errorf("an old version: %d %+v", status, a)
	}
	if got := formOf(b.get(path).body, path+"/save").Get("title"); got != "Практикум" {
		t.Errorf("stored %q", got)
	}
}

// The check of the work: what it found stands with page and snippet; a doubt can be answered, an error not.
func TestPreflightOnThePage(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.begin(b, "author")
	f.fill(b, path)
	f.pages = "Органикалық химия: зертханалық практикум\fҚаратал, ISBN 978-601-7568-06-1\fСдано 02.09.2026 в набор"
	b.get(path + "/documents")
	b.attach(path, "work_copy", "Практикум.pdf", minimalPDF, "sheets", "3", "description", "Оқу құралы")
	if r := b.get(path + "/documents"); !strings.Contains(r.body, "читается") || r.header.Get("Refresh") == "" {
		t.Error("the page does not say that the file is being read")
	}
	f.check()
	page := b.get(path + "/documents")
	contains(t, words(page.body), "ISBN", "стр. 2", "Уберите и приложите снова", "02.09.2026")
	answer := regexp.MustCompile(`action="(` + path + `/documents/[^"]+/answer)"`).FindStringSubmatch(page.body)
	if answer == nil {
		t.Fatal("no doubt can be answered")
	}
	form := formOf(page.body, answer[1])
	if r := b.post(answer[1], form); r.status != fiber.StatusSeeOther {
		t.Fatalf("answering: %d %s", r.status, words(r.body))
	}
	contains(t, words(b.get(path+"/documents").body), "вы ответили:", "вернуть вопрос")
	if r := b.post(path+"/form", nil); r.to() != path+"?check=1" {
		t.Error("a work with an ISBN is no obstacle")
	}
}

// A key for logging in does not sign; the refusal is said where the button is, and seen by the filer.
func TestSigningIsRefusedInWords(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.submitted(b)
	third := f.enters(thirdIIN)
	r := f.sign(third, path, thirdIIN, "AUTH-GOST")
	if r.status != fiber.StatusUnprocessableEntity || !strings.Contains(r.body, `data-eds="sign"`) {
		t.Fatalf("%d %s", r.status, words(r.body))
	}
	contains(t, words(r.body), "Подпись не принята", "AUTH")
	if r := third.post(path+"/sign", url.Values{"cms": {"%%%"}}); r.status != fiber.StatusUnprocessableEntity {
		t.Errorf("no base64: %d", r.status)
	}
	if r := f.sign(third, path, filerIIN, "SIGN-GOST"); r.status < 400 {
		t.Error("another's signature is taken")
	}
	contains(t, words(b.get(path+"/participants").body), "подпись не принята")
	if r := b.get(path + "/sign"); r.to() != path+"/done" {
		t.Errorf("signing again leads to %s", r.to())
	}
	contains(t, words(b.get(path+"/done").body), "вх. № 2026-1, штрих-код")
}

// The personal link: looking uses nothing up, only its owner gets in, once.
func TestInvitationIsOfOnePerson(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.begin(b, "author")
	f.fill(b, path)
	f.add(b, path, author(thirdIIN, "Қалдыбаев Ержан Мұратұлы"))
	invite := regexp.MustCompile(`action="([^"]+/invite)"`).FindStringSubmatch(b.get(path + "/participants").body)
	if invite == nil {
		t.Fatal("nobody can be invited")
	}
	if r := b.post(invite[1], nil); r.to() != path+"/participants" {
		t.Fatalf("inviting: %d %s", r.status, words(r.body))
	}
	link := regexp.MustCompile(`/sign/[A-Za-z0-9_-]{20,}`).FindString(f.sent[len(f.sent)-1].Text)
	if link == "" {
		t.Fatalf("no link in %q", f.sent[len(f.sent)-1].Text)
	}
	guest := f.browser()
	for range 3 {
		r := guest.get(link)
		contains(t, words(r.body), "Приглашение подписать заявление", "Войти с помощью ЭЦП")
		if strings.Contains(r.body, thirdIIN) || strings.Contains(link, thirdIIN) {
			t.Error("a personal number on the page")
		}
	}
	if r := guest.post(link, nil); !strings.HasPrefix(r.to(), "/login?eds=1&next=%2Fsign%2F") {
		t.Errorf("without a log-in: %d %s", r.status, r.to())
	}
	wrong := f.enters(secondIIN)
	wrong.get(link)
	if r := wrong.post(link, nil); r.status != fiber.StatusForbidden {
		t.Errorf("another person: %d %s", r.status, r.to())
	}
	right := f.enters(thirdIIN)
	right.get(link)
	if r := right.post(link, nil); r.to() != path {
		t.Fatalf("the invited: %d %s", r.status, words(r.body))
	}
	if r := right.post(link, nil); r.status < 400 {
		t.Error("the link works twice")
	}
	contains(t, words(b.get(path+"/participants").body), "вошёл с ЭЦП")
	if r := f.browser().get("/sign/nothing-of-the-sort-at-all"); r.status < 400 {
		t.Errorf("a made-up link: %d", r.status)
	}
}

// The pages in three languages, without a message that has no words.
func TestFilingPagesInThreeLanguages(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	draft := f.begin(b, "author")
	f.fill(b, draft)
	f.add(b, draft, author(secondIIN, "Ветрова Ирина Петровна"))
	formed := f.formed(b)
	pay := b.post(formed+"/pay", nil).to()
	submitted := f.submitted(b)
	person := regexp.MustCompile(draft + `/participants/[0-9a-f-]{36}"`).FindString(b.get(draft + "/participants").body)
	office := f.as(account.ResearchOffice)
	pages := map[*browser][]string{
		b: {"/cabinet", "/filings", "/filings?state=draft", "/filings?q=xxxx", "/filings/new", "/filings/new?service=copyright_work", "/filings/new?service=register_extract", draft, draft + "?check=1",
			draft + "/participants?check=1", draft + "/participants/new", strings.TrimSuffix(person, `"`) + "?check=1", draft + "/documents?check=1", draft + "/payments", draft + "/delete",
			formed, formed + "/edit", formed + "/statement", formed + "/payments", formed + "/documents", pay, strings.TrimSuffix(pay, "/pay"), strings.TrimSuffix(pay, "/pay") + "/return",
			submitted, submitted + "/participants", submitted + "/done", submitted + "/withdraw", "/payments"},
		office: {"/filings", "/payments", "/fees", "/payments/balance", submitted, submitted + "/participants", strings.TrimSuffix(pay, "/pay"), "/payments/balance?from=2026-09-01"},
	}
	key := regexp.MustCompile(`\b(cabinet|filing|payment|web|eds|preflight|signing)\.[a-z_]+(\.[a-z_]+)*\b`)
	for who, list := range pages {
		for _, path := range list {
			for _, l := range []string{"kk", "ru", "en"} {
				who.cookies[f.s.cookieName("lang")] = l
				r := who.get(path)
				if r.status != 200 {
					t.Fatalf("%s in %s: %d %s", path, l, r.status, words(r.body))
				}
				if m := key.FindString(words(r.body)); m != "" {
					t.Errorf("%s in %s: a message without words: %s", path, l, m)
				}
				if strings.Contains(r.body, "no value") || strings.Contains(r.body, "%!") || strings.Contains(r.body, " style=") {
					t.Errorf("%s in %s: a hole in a message, or a style in the page", path, l)
				}
			}
		}
	}
}

// When nobody signs in time the office decides on the application's own page; who came by link only looks.
func TestOfficeDecidesAboutExpiry(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.submitted(b)
	contains(t, words(b.get(path+"/participants").body), "Если не подпишут в срок, заявка ждёт решения отдела науки", "ждём, осталось")
	f.clock.Advance(6 * 24 * time.Hour)
	must(f.s.Filings.Sweep(context.Background()))
	office := f.as(account.ResearchOffice)
	page := words(office.get(path + "/participants").body)
	contains(t, page, "Срок подписей прошёл", "Продлить срок подписей")
	if r := office.post(path+"/prolong", url.Values{"until": {""}, "reason": {"x"}}); r.status != fiber.StatusUnprocessableEntity {
		t.Errorf("without a day: %d", r.status)
	}
	if r := office.post(path+"/prolong", url.Values{"until": {"2026-10-05"}, "reason": {"автор в отпуске"}}); r.to() != path+"/participants" {
		t.Fatalf("prolonging: %d %s", r.status, words(r.body))
	}
	low := f.lower(filerIIN)
	contains(t, words(low.get(path).body), "Сейчас можно только смотреть", "Войти с помощью ЭЦП")
	if r := low.post(path+"/withdraw", url.Values{"reason": {"ошибка в названии"}}); r.status < 400 && !strings.HasPrefix(r.to(), "/login") {
		t.Errorf("withdrawn without EDS: %d %s", r.status, r.to())
	}
	b = f.enters(filerIIN)
	if r := b.post(path+"/withdraw", url.Values{"reason": {""}}); r.status != fiber.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", r.status)
	}
	if r := b.post(path+"/withdraw", url.Values{"reason": {"ошибка в названии"}}); r.to() != path {
		t.Fatalf("withdrawing: %d %s", r.status, words(r.body))
	}
	contains(t, words(b.get(path).body), "Заявка отозвана", "ошибка в названии")
}

// Before a paid application is deleted it is said what becomes of the money.
func TestDeletingSaysWhatBecomesOfTheMoney(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.paid(b)
	page := b.get(path + "/delete")
	contains(t, words(page.body), "Заявка оплачена: 7 380,40", "вернёт эту сумму")
	if r := b.post(path+"/delete", url.Values{"confirm": {"x"}}); r.status < 400 {
		t.Error("deleted without the word")
	}
	if r := b.post(path+"/delete", formOf(page.body, path+"/delete")); r.to() != filingsPath {
		t.Fatalf("deleting: %d %s", r.status, words(r.body))
	}
	contains(t, words(f.as(account.ResearchOffice).get("/payments").body), "Требует решения", "Оплаченная заявка удалена")
}

// away is a verification that cannot be done now.
type away struct{ filing.Signatures }

func (away) VerifyDocument(context.Context, signing.Wanted, []byte) (signing.Signed, error) {
	return signing.Signed{}, fault.New(fault.Unavailable, "signing.error.revocation")
}

// Signed, paid, and no number: the page says that nothing is lost and whom to ask.
func TestNoNumberCame(t *testing.T) {
	f := newFilings(t, func(o *filing.Options) { o.Signatures = away{o.Signatures} })
	b := f.enters(filerIIN)
	path := f.paid(b)
	r := f.sign(b, path, filerIIN, "SIGN-GOST")
	if r.status < 400 {
		t.Fatalf("%d %s", r.status, r.to())
	}
	contains(t, words(b.get(path+"/done").body), "номера ещё нет", "обратитесь в службу поддержки (support@kazpatent.kz или по телефону 62-15-15)", "Платить и подписывать снова не нужно")
	contains(t, words(b.get(path).body), "номера ещё нет")
}
