package web

import (
	"bytes"
	"context"
	"mime/multipart"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/filing"
)

// registrar is somebody of the desk, as the filing knows people.
var registrar = filing.Who{Name: "Сапарова Гүлнұр", Role: account.Registrar, Means: account.ByPassword}

// desk does something of the desk's in one transaction.
func (f *filings) desk(do func(ctx context.Context, tx pgx.Tx) error) {
	f.t.Helper()
	ctx := context.Background()
	if err := pgx.BeginFunc(ctx, f.deps.Pool, func(tx pgx.Tx) error { return do(ctx, tx) }); err != nil {
		f.t.Fatal(err)
	}
}

// signedByAll is an application that came to the desk.
func (f *filings) signedByAll(b *browser) string {
	f.t.Helper()
	path := f.submitted(b)
	for _, iin := range []string{secondIIN, thirdIIN} {
		if r := f.sign(f.enters(iin), path, iin, f.key(iin, "SIGN")); !strings.HasPrefix(r.to(), path+"/done") {
			f.t.Fatalf("signing: %d %s\n%s", r.status, r.to(), words(r.body))
		}
	}
	return path
}

// ask is a query about an application.
func (f *filings) ask(path, text string) (letter uuid.UUID) {
	f.desk(func(ctx context.Context, tx pgx.Tx) (err error) {
		letter, err = f.s.Filings.Ask(ctx, tx, registrar, idOf(path), filing.NewLetter{Text: text})
		return err
	})
	return letter
}

// atTheDesk brings submitted applications to the states of the desk's; nobody else's signature is looked at.
func (f *filings) atTheDesk(filer *browser, states map[filing.State]string) {
	f.t.Helper()
	ctx := context.Background()
	for _, st := range []filing.State{filing.Queried, filing.Amending, filing.Amended, filing.Issued, filing.Refused} {
		path := states[st]
		_, err := f.deps.Pool.Exec(ctx, `UPDATE filing SET state = 'signed', signed_at = now() WHERE id = $1`, idOf(path))
		must(err)
		switch st {
		case filing.Issued:
			f.desk(func(ctx context.Context, tx pgx.Tx) error {
				return f.s.Filings.Issued(ctx, tx, registrar, idOf(path), "78500", "2026-09-17", filing.OwnRegister)
			})
			continue
		case filing.Refused:
			f.desk(func(ctx context.Context, tx pgx.Tx) error {
				return f.s.Filings.Refuse(ctx, tx, registrar, idOf(path), "incomplete", "Нет листа.")
			})
			continue
		}
		f.ask(path, "Приложите титульный лист.")
		if st != filing.Queried {
			filer.post(path+"/edit", nil)
		}
		if st == filing.Amended {
			f.check()
			filer.post(path+"/form", nil)
		}
	}
	f.as(account.Expert)
	_, err := f.deps.Pool.Exec(ctx, `UPDATE filing SET expert = (SELECT id FROM account WHERE role = 'expert') WHERE submitted_at IS NOT NULL`)
	must(err)
	for st, path := range states {
		var is string
		must(f.deps.Pool.QueryRow(ctx, `SELECT state FROM filing WHERE id = $1`, idOf(path)).Scan(&is))
		if is != string(st) {
			f.t.Fatalf("wanted %s, is %s", st, is)
		}
	}
}

// sends posts a form with files, the first field of which is the token.
func (b *browser) sends(path string, fields []string, files ...string) reply {
	b.w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i, list := 0, append([]string{"csrf", b.token}, fields...); i+1 < len(list); i += 2 {
		must(m.WriteField(list[i], list[i+1]))
	}
	for i := 0; i+1 < len(files); i += 2 {
		w, err := m.CreateFormFile("files", files[i])
		must(err)
		_, err = w.Write([]byte(files[i+1]))
		must(err)
	}
	must(m.Close())
	return b.send("POST", path, &body, m.FormDataContentType())
}

// The steps as the authors see them, with who acts and until when: I-175, I-176, I-177, I-178, I-180.
func TestStepsOfAnApplication(t *testing.T) {
	f := newFilings(t, func(o *filing.Options) { o.Desk = filing.Registering })
	b := f.enters(filerIIN)
	path := f.signedByAll(b)
	page := words(b.get(path).body)
	contains(t, page, "Подготовка", "Регистрация", "Назначение эксперта", "Экспертиза", "Охранный документ", "1 рабочий день", "2–3 дня по инструкции",
		"Заявка принята, работа по ней начнётся в ближайшее время", "Кто действует делопроизводитель")
	for _, st := range []struct{ code, note, who string }{{"appointment", "Документы проверены, данные отправлены на рассмотрение экспертов", "делопроизводитель"},
		{"examination", "Заявка на рассмотрении у экспертов", "эксперт"}, {"certificate", "Рассмотрение пройдено, заявка готовится к публикации", "делопроизводитель"}} {
		f.desk(func(ctx context.Context, tx pgx.Tx) error {
			return f.s.Filings.Proceed(ctx, tx, registrar, idOf(path), st.code, "")
		})
		for _, reader := range []*browser{b, f.enters(secondIIN)} {
			contains(t, words(reader.get(path).body), st.note, "Кто действует "+st.who)
		}
	}
	last := f.sent[len(f.sent)-1]
	if last.Topic != "filing_step" || !strings.Contains(last.Subject, "Охранный документ") {
		t.Errorf("the last letter is %+v", last)
	}
	contains(t, words(b.get("/filings").body), "у делопроизводителя")
}

// The author's Correspondence: a query is answered on its place, with a file, by who filed and came with EDS: I-058.
func TestQueryIsAnsweredOnItsPlace(t *testing.T) {
	f := newFilings(t)
	b, second := f.enters(filerIIN), f.enters(secondIIN)
	path := f.signedByAll(b)
	if r := b.get(path + "/correspondence"); r.status != 200 || !strings.Contains(words(r.body), "Писем пока нет") {
		t.Errorf("no letters: %d", r.status)
	}
	letter := f.ask(path, "Приложите <титульный> лист.")
	contains(t, words(b.get(path).body), "Пришёл запрос И-2026-1", "Ответить", "Отозвать заявку")
	page := b.get(path + "/correspondence").body
	contains(t, words(page), "И-2026-1", "запрос", "ждёт ответа", "Ответить до", "Отправить ответ", "Исправить заявку")
	if !strings.Contains(page, "Приложите &lt;титульный&gt; лист.") || strings.Contains(page, `class="reply after" open`) {
		t.Error("the text is not quoted, or the form is open before it is asked for")
	}
	contains(t, words(second.get(path+"/correspondence").body), "Отвечает тот, кто подал заявку")
	at := path + "/correspondence/" + letter.String()
	r := b.sends(at, []string{"text", ""})
	contains(t, words(r.body), "Напишите текст: от 3 до 10 000 знаков.")
	r = b.sends(at, []string{"text", "Лист приложен, стр. 1"}, "virus.exe", "MZ")
	if r.status == 303 || !strings.Contains(r.body, "Лист приложен, стр. 1") {
		t.Errorf("a file that is none is taken, or what was typed is lost: %d", r.status)
	}
	contains(t, words(r.body), "Нужен файл PDF, Word, JPG или PNG.")
	if r = second.sends(at, []string{"text", "Отвечаю за всех"}); r.status < 400 {
		t.Errorf("another author answers: %d %s", r.status, r.to())
	}
	if r = f.lower(filerIIN).sends(at, []string{"text", "Отвечаю без ЭЦП"}); r.status < 400 && !strings.HasPrefix(r.to(), "/login") {
		t.Errorf("answered without EDS: %d %s", r.status, r.to())
	}
	if r = b.sends(at, []string{"text", "Лист приложен."}, "титул.pdf", string(minimalPDF), "два.pdf", string(minimalPDF)+"%2"); r.to() != path+"/correspondence" {
		t.Fatalf("answering: %d %s\n%s", r.status, r.to(), words(r.body))
	}
	page = b.get(path + "/correspondence").body
	contains(t, words(page), "ответ дан", "В-2026-1", "Лист приложен.", "титул.pdf", "два.pdf", "Ответ на И-2026-1")
	file := regexp.MustCompile(`href="(` + path + `/correspondence/[^"]+/files/[^"]+)"`).FindStringSubmatch(page)
	if got := second.get(file[1]); got.body != string(minimalPDF) || !strings.Contains(got.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file: %d", got.status)
	}
	if got := f.comes(askar()).get(file[1]); got.status != 404 {
		t.Errorf("a stranger opens the file: %d", got.status)
	}
	contains(t, words(b.get(path).body), "Все подписи собраны.")
}

// Where what was signed changes: the application is opened, changed, formed, signed and submitted again with
// the answer, under its number; the other authors sign again.
func TestQueryIsAnsweredWithANewStatement(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.signedByAll(b)
	number := regexp.MustCompile(`вх. № (\d{4}-\d+)`).FindStringSubmatch(words(b.get(path).body))[1]
	letter := f.ask(path, "Название не совпадает с титулом.")
	contains(t, words(b.get(path+"/edit").body), "Правка отменит заявление", "Номер, штрих-код и оплата остаются")
	if r := b.post(path+"/edit", nil); r.to() != path {
		t.Fatalf("opening: %d %s", r.status, r.to())
	}
	page := words(b.get(path).body)
	contains(t, page, "Заявка открыта для правки", "Готовность", "Вх. № "+number, "3 подписи отменены")
	if strings.Contains(page, "Оплатить подачу заявки") || strings.Contains(page, "Удалить заявку") {
		t.Error("it is paid for and cannot be deleted")
	}
	if r := b.sends(path+"/correspondence/"+letter.String(), []string{"text", "Название исправлено."}, "лист.pdf", string(minimalPDF)); r.status != 303 {
		t.Fatalf("keeping the answer: %d\n%s", r.status, words(r.body))
	}
	page = b.get(path + "/correspondence").body
	contains(t, page, "Название исправлено.", "лист.pdf")
	contains(t, words(page), "Ответ пока не виден")
	drop := regexp.MustCompile(`action="(` + path + `/correspondence/[^"]+/remove)"`).FindStringSubmatch(page)
	b.post(drop[1], nil)
	if strings.Contains(b.get(path+"/correspondence").body, "лист.pdf") {
		t.Error("the file is not taken out")
	}
	form := formOf(b.get(path).body, path+"/save")
	form.Set("title", "Органикалық химия: зертханалық практикум, 1-бөлім")
	f.pages = form.Get("title")
	b.post(path+"/save", form)
	f.check()
	if r := b.post(path+"/form", nil); r.to() != path {
		t.Fatalf("forming: %d %s\n%s", r.status, r.to(), words(b.get(path+"?check=1").body))
	}
	contains(t, words(b.get(path).body), "Новое заявление готово", "Подписать и подать заявление", "Версия 2")
	contains(t, words(b.get(path+"/sign").body), "С этой подписью уйдут ответ и новое заявление")
	if r := f.sign(b, path, filerIIN, f.key(filerIIN, "SIGN")); r.to() != path+"/done?answer=1" {
		t.Fatalf("submitting the answer: %d %s\n%s", r.status, r.to(), words(r.body))
	}
	contains(t, words(b.get(path+"/done?answer=1").body), "Ответ отправлен", "вх. № "+number)
	second := f.enters(secondIIN)
	contains(t, words(second.get(path).body), "Подписать заявление")
	f.sign(second, path, secondIIN, f.key(secondIIN, "SIGN"))
	f.sign(f.enters(thirdIIN), path, thirdIIN, f.key(thirdIIN, "SIGN"))
	contains(t, words(b.get(path+"/correspondence").body), "ответ дан", "Название исправлено.", "Новое заявление PDF")
	contains(t, words(b.get(path).body), "Все подписи собраны.", number)
	if r := b.get(path + "/receipt.pdf"); r.status != 200 {
		t.Errorf("the receipt: %d", r.status)
	}
}

// The last page: the certificate, the request to send it, and what can be asked for afterwards: I-019, I-182, I-183.
func TestIssuedAndRefusedPages(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.signedByAll(b)
	f.desk(func(ctx context.Context, tx pgx.Tx) error {
		return f.s.Filings.Issued(ctx, tx, registrar, idOf(path), "78500", "2026-09-17", filing.AtInstitute)
	})
	contains(t, words(b.get(path).body), "Выдано свидетельство № 78500 от 17.09.2026", "Обратиться после выдачи", "Очень важно")
	last := f.sent[len(f.sent)-1]
	contains(t, last.Text, "ОЧЕНЬ ВАЖНО!", "для отчёта и рейтинга университета")
	second := f.enters(secondIIN)
	r := second.sends(path+"/requests", []string{"kind", "request_correction", "text", "Опечатка в фамилии."}, "t.pdf", string(minimalPDF))
	if r.to() != path+"/correspondence" {
		t.Fatalf("asking: %d %s\n%s", r.status, r.to(), words(r.body))
	}
	contains(t, words(b.get(path+"/correspondence").body), "просьба исправить техническую ошибку", "на рассмотрении")
	r = b.sends(path+"/requests", []string{"kind", "request_correction", "text", "Ещё одна."})
	contains(t, words(r.body), "Такое обращение уже рассматривают.", "Ещё одна.")
	if r = b.sends(path+"/requests", []string{"kind", "withdrawal", "text", "Отзываю."}); r.status < 400 {
		t.Errorf("asked for something else: %d", r.status)
	}

	other := f.signedByAll(b)
	f.desk(func(ctx context.Context, tx pgx.Tx) error {
		return f.s.Filings.Refuse(ctx, tx, registrar, idOf(other), "not_protected", "Это официальный документ.")
	})
	contains(t, words(b.get(other).body), "В регистрации отказано", "статья 8", "Это официальный документ.")
	if strings.Contains(words(b.get("/my/certificates").body), numberOf(f, other)) {
		t.Error("a refused application waits for its certificate")
	}
}

func numberOf(f *filings, path string) (no string) {
	must(f.deps.Pool.QueryRow(context.Background(), `SELECT incoming_no FROM filing WHERE id = $1`, idOf(path)).Scan(&no))
	return no
}

// The letters page shows what waits for an answer, and the mail about a query leads to it.
func TestLettersPageShowsQueries(t *testing.T) {
	f := everyPage(t)
	b := f.enters(filerIIN)
	path := f.signedByAll(b)
	letter := f.ask(path, "Приложите титульный лист.")
	to := path + "/correspondence?answer=1"
	page := b.get("/letters").body
	contains(t, words(page), "Ждут вашего ответа", "Ответить")
	if !strings.Contains(page, `href="`+to+`"`) {
		t.Error("the query is not linked")
	}
	var mail uuid.UUID
	must(f.deps.Pool.QueryRow(context.Background(), `INSERT INTO letter (id, topic, recipient, about, lang, subject, body_text, state, created_at)
		SELECT gen_random_uuid(), 'filing_query', email, $1, 'ru', 'Запрос', 'Текст', 'sent', now() FROM profile WHERE email <> '' AND account_id = (SELECT owner FROM filing WHERE id = $2)
		RETURNING id`, idOf(path).String()+"/"+letter.String(), idOf(path)).Scan(&mail))
	if r := b.get("/letters/" + mail.String()); !strings.Contains(r.body, to+"#l-"+letter.String()) {
		t.Errorf("the mail has no way to the answer: %d %s", r.status, words(r.body))
	}
	if page := words(f.enters(secondIIN).get("/letters").body); strings.Contains(page, "Ждут вашего ответа") {
		t.Error("another author is asked to answer")
	}
	b.sends(path+"/correspondence/"+letter.String(), []string{"text", "Лист приложен."})
	if strings.Contains(words(b.get("/letters").body), "Ждут вашего ответа") {
		t.Error("what is answered still waits")
	}
}
