package web

import (
	"net/url"
	"strings"
	"testing"
)

// Labels, buttons and warnings of the applicants' instruction stand on their pages as they stand there
// (docs/instruction.md has a row for each).
func TestInstructionLabels(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	draft := f.begin(b, "author")
	f.fill(b, draft)
	f.add(b, draft, author(secondIIN, "Ветрова Ирина Петровна"))
	formed := f.formed(b)
	pay := b.post(formed+"/pay", nil).to()
	submitted := f.submitted(b)
	pages := map[string]string{}
	for name, path := range map[string]string{"cabinet": "/cabinet", "new": "/filings/new", "role": "/filings/new?service=copyright_work", "data": draft,
		"people": draft + "/participants", "person": draft + "/participants/new", "documents": draft + "/documents", "delete": draft + "/delete",
		"formed": formed, "edit": formed + "/edit", "pay": pay, "done": submitted + "/done", "submitted": submitted} {
		pages[name] = words(b.get(path).body) + " " + bannerOf(b.get(path).body)
	}
	for _, l := range []struct{ id, page, label string }{
		{"I-065", "cabinet", "Уважаемые пользователи"}, {"I-065", "cabinet", "Добро пожаловать"},
		{"I-066", "cabinet", "Данный портал предоставляет возможность подачи онлайн заявки на регистрацию объектов"}, {"I-066", "cabinet", "Изобретение"},
		{"I-066", "cabinet", "Селекционное достижение"}, {"I-066", "cabinet", "Наименование места происхождения товара"},
		{"I-067", "cabinet", "Заявки, созданные ранее"},
		{"I-068", "cabinet", "при оплате услуг РГП НИИС взимается комиссия 200 тенге за счёт плательщика"},
		{"I-072", "new", "Подать заявку"},
		{"I-088", "role", "Отменить"},
		{"I-093", "data", "Удалить заявку"}, {"I-093", "delete", "Заявка не оплачена"},
		{"I-094", "data", "Подготовка"}, {"I-094", "data", "Регистрация"}, {"I-094", "data", "Назначение эксперта"}, {"I-094", "data", "Экспертиза"}, {"I-094", "data", "Охранный документ"},
		{"I-101", "data", "Наличие религиозной экспертизы"}, {"I-102", "data", "Контактная информация"}, {"I-103", "data", "ФИО"},
		{"I-104", "data", "Тип контрагента"}, {"I-105", "data", "БИН / ИИН"}, {"I-106", "data", "Страна"}, {"I-107", "data", "Область / город"},
		{"I-108", "data", "Адрес"}, {"I-109", "data", "Индекс"}, {"I-110", "data", "Телефон"}, {"I-111", "data", "Моб."}, {"I-112", "data", "Факс"},
		{"I-115", "person", "Автор"}, {"I-115", "person", "Патентный поверенный"}, {"I-115", "person", "Доверенное лицо"},
		{"I-117", "people", "Роль"}, {"I-118", "people", "ИИН / БИН"}, {"I-119", "people", "ФИО / Наименование"}, {"I-121", "people", "Заявитель (Физ. лицо)"},
		{"I-124", "person", "Физ. лицо"}, {"I-127", "person", "Адресные сведения"}, {"I-128", "person", "Страна *"}, {"I-132", "person", "Телефон"}, {"I-135", "person", "Отменить"},
		{"I-143", "documents", "Другой документ"},
		{"I-148", "formed", "Редактировать"}, {"I-148", "edit", "Правка отменит заявление"},
		{"I-150", "formed", "Фактом подачи заявления является присвоение регистрационного номера заявке."},
		{"I-151", "formed", "После подачи заявления дождитесь присвоения номера."},
		{"I-152", "formed", "Если он не присвоился, обратитесь в службу поддержки (support@kazpatent.kz или по телефону 62-15-15)."},
		{"I-154", "pay", "Продавец"}, {"I-155", "pay", "Номер заказа"}, {"I-165", "pay", "Вернуться"},
		{"I-171", "done", "OK"},
		{"I-175", "submitted", "2–3 дня по инструкции"},
	} {
		if !strings.Contains(pages[l.page], l.label) {
			t.Errorf("%s: %q is not on the page %q", l.id, l.label, l.page)
		}
	}
	// The fields that the form holds by their values: I-104. Four tabs, and none of them "Приоритет": I-116.
	if !strings.Contains(b.get(draft).body, `value="Физ. лицо"`) {
		t.Error("I-104: the type of the party")
	}
	_, tabs, _ := strings.Cut(b.get(draft).body, `class="tabs"`)
	tabs, _, _ = strings.Cut(tabs, "</nav>")
	if n := strings.Count(tabs, "<a"); n != 4 || strings.Contains(tabs, "Приоритет") {
		t.Errorf("I-116: %d tabs", n)
	}
}

// bannerOf is what stands under the top bar.
func bannerOf(page string) string {
	_, rest, _ := strings.Cut(page, `class="banner word"`)
	text, _, _ := strings.Cut(rest, "</aside>")
	return text
}

// The date of creation must be before the day of filing: I-099.
func TestFilingDateRule(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.begin(b, "author")
	for typed, want := range map[string]string{"17.09.2026": "Дата создания должна быть раньше даты подачи, сегодня 17.09.2026", "вчера": "Дата создания записана не так"} {
		form := formOf(b.get(path).body, path+"/save")
		form.Set("created_on", typed)
		form.Set("do", "form")
		r := b.post(path+"/save", form)
		if r.to() != path+"?check=1" {
			t.Fatalf("%q: %d %s", typed, r.status, r.to())
		}
		page := b.get(r.to()).body
		contains(t, words(page), "Заявление не сформировано", want)
		if !strings.Contains(page, `value="`+typed+`"`) {
			t.Errorf("%q is lost", typed)
		}
	}
	form := formOf(b.get(path).body, path+"/save")
	form.Set("created_on", "16.09.2026")
	b.post(path+"/save", form)
	if strings.Contains(words(b.get(path+"?check=1").body), "Дата создания должна") {
		t.Error("the day before is refused")
	}
}

// Word and PDF are taken by their content, anything else is refused with the reason: I-137.
func TestFilingDocumentFormat(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.begin(b, "author")
	b.get(path + "/documents")
	for name, data := range map[string]string{"picture.pdf": "\x89PNG\r\n\x1a\n0000", "script.docx": "<html><script>1</script>", "empty.pdf": ""} {
		r := b.attach(path, "work_copy", name, []byte(data), "sheets", "195", "description", "Оқу құралы")
		if r.status < 400 {
			t.Fatalf("%s is taken", name)
		}
		if !strings.Contains(r.body, `value="195"`) || !strings.Contains(r.body, `value="Оқу құралы"`) {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	contains(t, words(b.attach(path, "work_copy", "picture.pdf", []byte("\x89PNG\r\n\x1a\n0000")).body), "Нужен файл Word или PDF")
	contains(t, words(b.get(path+"/documents").body), "Word или PDF, до 30")
	if r := b.attach(path, "work_copy", "Практикум.pdf", minimalPDF, "sheets", "195"); r.status != 303 {
		t.Errorf("a PDF: %d %s", r.status, words(r.body))
	}
}

// The petition for an extract goes the same way with fields of its own: I-082.
func TestExtractPetition(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	contains(t, words(b.get("/filings/new").body), "Ходатайство на предоставление выписки из реестра")
	contains(t, words(b.get("/filings/new?service=register_extract").body), "Банковская карта с доступной суммой")
	path := b.post("/filings/new", url.Values{"service": {"register_extract"}, "role": {"author"}}).to()
	page := words(b.get(path).body)
	contains(t, page, "Номер свидетельства", "Дата свидетельства", "Цель получения выписки", "Способ получения")
	if strings.Contains(page, "Дата создания объекта") {
		t.Error("the petition asks for the work's data")
	}
	form := formOf(b.get(path).body, path+"/save")
	for name, value := range map[string]string{"certificate_no": "78498", "certificate_date": "16.09.2026", "purpose": "для отчёта", "delivery": "cabinet", "do": "form"} {
		form.Set(name, value)
	}
	if r := b.post(path+"/save", form); r.to() != path {
		t.Fatalf("forming: %d %s\n%s", r.status, r.to(), words(b.get(path+"?check=1").body))
	}
	r := b.post(path+"/pay", nil)
	f.payAtBank(b, r.to(), "4405639704015096")
	b.get(strings.TrimSuffix(r.to(), "/pay") + "/return")
	if r := f.sign(b, path, filerIIN, "SIGN-GOST"); r.to() != path+"/done" {
		t.Fatalf("submitting: %d %s\n%s", r.status, r.to(), words(r.body))
	}
	contains(t, words(b.get(path+"/done").body), "вх. № 2026-1, штрих-код")
}
