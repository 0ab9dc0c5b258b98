package e2e

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/demo/paper"
	"kualik/internal/kind"
	"kualik/internal/rating"
)

// The world of the walk: a small university, the applications it filed, and what came by mail. Its days lie
// in one academic year, whenever the test runs.

const (
	university  = "Қаратал университеті"
	mailboxUser = "kualik@karatal.example"
	mailboxPass = "куәлік-қорабы-7"

	certificatesUser = "certificates@karatal.example" // an empty mailbox, for what comes while people file
	adminMail        = "a.imanova@karatal.example"
	adminPass        = "тоғыз қырлы сөз"
	authorMail       = "d.akhmetov@karatal.example" // of the author whom the machine cannot tell from a namesake
)

// reference is the day from which the world's days are counted back, and the academic year that holds them.
func reference() (day clock.Day, year rating.Period) {
	today := clock.DayOf(time.Now(), time.FixedZone("Asia/Almaty", 5*60*60))
	year = rating.AcademicYear(today.Year())
	if today < year.From {
		year = rating.AcademicYear(today.Year() - 1)
	}
	if clock.DaysBetween(year.From, today) < 40 {
		year = rating.AcademicYear(year.From.Year() - 1)
		return year.To, year
	}
	return today.AddDays(-1), year
}

var staff = [][]string{
	{"staff_id", "surname", "given_name", "patronymic", "other_names", "emails", "faculty", "department", "position", "employed_from", "employed_to"},
	{"101", "Сагитова", "Меруерт", "Талгатовна", "", "m.sagitova@karatal.example", "Факультет естественных наук", "Кафедра химии", "доцент", "2015-09-01", ""},
	{"102", "Куандыков", "Аскар", "Маратович", "Қуандықов Асқар Маратұлы", "a.kuandykov@karatal.example", "Факультет естественных наук", "Кафедра химии", "профессор", "2012-09-01", ""},
	{"103", "Өтеген", "Айгүл", "Серікқызы", "Утеген Айгуль Сериковна", "a.otegen@karatal.example", "Педагогический факультет", "Кафедра начального обучения", "старший преподаватель", "2016-09-01", ""},
	{"104", "Ахметов", "Данияр", "Ерланович", "", authorMail, "Педагогический факультет", "Кафедра начального обучения", "преподаватель", "2018-09-01", ""},
	{"105", "Ахметов", "Данияр", "Болатович", "", "d.b.akhmetov@karatal.example", "Факультет естественных наук", "Кафедра физики", "преподаватель", "2017-09-01", ""},
	{"106", "Жұмабекова", "Гүлнар", "Қанатқызы", "", "g.zhumabekova@karatal.example", "Факультет естественных наук", "Кафедра физики", "доцент", "2014-09-01", ""},
}

// work is one that was registered. Refs are the applications that fit it: two when it was filed twice.
type work struct {
	number  string
	ago     int // days before the reference
	kind    string
	title   string
	titleKK string
	authors []string
	refs    []string
	layout  paper.Layout
}

var (
	// shared was brought by two mails and is sure in everything.
	shared = work{"81417", 20, "scientific_work", "Влияние солёности почв Приаралья на всхожесть сорго", "Арал маңы топырағының тұздылығының құмай өнгіштігіне әсері",
		[]string{"Сагитова Меруерт Талгатовна", "Куандыков Аскар Маратович"}, []string{"231001"}, paper.Columns}
	// twice was filed twice, and only a person knows which application its certificate answers.
	twice = work{"81502", 17, "literary_work", "Сборник диктантов по казахскому языку для начальной школы", "Бастауыш мектепке арналған қазақ тілінен диктанттар жинағы",
		[]string{"Өтеген Айгүл Серікқызы", "Куандыков Аскар Маратович"}, []string{"231002", "231003"}, paper.Stacked}
	// namesakes and its application name the first author without a patronymic: two of the staff are called so.
	namesakes = work{"81533", 16, "computer_program", "Программа расчёта освещённости учебных аудиторий", "Оқу аудиторияларының жарықтануын есептеу бағдарламасы",
		[]string{"Ахметов Данияр", "Жұмабекова Гүлнар Қанатқызы"}, []string{"231004"}, paper.Interleaved}
	// unlisted has no application.
	unlisted = work{"81590", 14, "database", "База данных лишайников хребта Каратау", "Қаратау жотасы қыналарының дерекқоры",
		[]string{"Сагитова Меруерт Талгатовна"}, nil, paper.Combined}
	// uploaded and posted are given on pages.
	uploaded = work{"81644", 9, "scientific_work", "Методика оценки функциональной грамотности младших школьников", "Кіші оқушылардың функционалдық сауаттылығын бағалау әдістемесі",
		[]string{"Өтеген Айгүл Серікқызы", "Жұмабекова Гүлнар Қанатқызы"}, []string{"231005"}, paper.Stacked}
	posted = work{"81702", 7, "scripted_work", "Сценарий школьного праздника «Наурыз көже»", "«Наурыз көже» мектеп мерекесінің сценарийі",
		[]string{"Өтеген Айгүл Серікқызы"}, []string{"231006"}, paper.Columns}

	works = []work{shared, twice, namesakes, unlisted, uploaded, posted}
)

func (k work) registered(day clock.Day) clock.Day { return day.AddDays(-k.ago) }
func (k work) created(day clock.Day) clock.Day    { return day.AddDays(-k.ago - 60) }

// pdf prints the certificate of a work.
func (k work) pdf(t testing.TB, day clock.Day) []byte {
	t.Helper()
	s := paper.Subject{KindTextKK: kind.Name("kk", k.kind), Fields: certificate.Fields{Number: k.number, RegisteredOn: k.registered(day), CreatedOn: k.created(day),
		Kind: k.kind, KindText: kind.Name("ru", k.kind), Title: k.title, TitleKK: k.titleKK, Authors: k.authors, VerificationURL: "https://copyright.kazpatent.kz/?!.iD=0AbC"}}
	data, err := paper.Certificate(s, paper.Variant{Layout: k.layout})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// writeFiles writes the staff file, the applications and the certificates to be given on pages.
func writeFiles(t testing.TB, dir string, day clock.Day) {
	t.Helper()
	write := func(name string, rows [][]string) {
		f, err := os.Create(filepath.Join(dir, name))
		if err == nil {
			err = csv.NewWriter(f).WriteAll(rows)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("staff.csv", staff)
	rows := [][]string{{"application_ref", "title", "kind", "created_on", "filed_on", "authors", "status"}}
	for _, k := range works {
		for _, ref := range k.refs {
			rows = append(rows, []string{ref, k.title, kind.Name("ru", k.kind), string(k.created(day)), string(k.registered(day).AddDays(-1)),
				strings.Join(k.authors, "; "), "Зарегистрировано"})
		}
	}
	// Filed, and no certificate yet.
	rows = append(rows, []string{"231007", "Атлас почв Жамбылской области", kind.Name("ru", "maps"), string(day.AddDays(-90)), string(day.AddDays(-12)), "Куандыков Аскар Маратович", "Подано"})
	write("applications.csv", rows)
	for _, k := range []work{uploaded, posted} {
		if err := os.WriteFile(filepath.Join(dir, k.number+".pdf"), k.pdf(t, day), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// letters are what the mailbox holds when the office connects it.
func letters(t testing.TB, day clock.Day) [][]byte {
	at := day.AddDays(-3).Time().Add(5 * time.Hour)
	file := shared.pdf(t, day)
	return [][]byte{
		letter(at, "Сагитова Меруерт", "m.sagitova@karatal.example", "Свидетельство для рейтинга", "Добрый день!\r\nОтправляю свидетельство.", "Свидетельство 81417.pdf", file),
		letter(at.Add(time.Hour), "Қуандықов Асқар", "a.kuandykov@karatal.example", "Авторлық куәлік", "Қайырлы күн!\r\nКуәлігімізді жіберіп отырмын.", "куәлік.pdf", file),
		letter(at.Add(2*time.Hour), "Өтеген Айгүл", "a.otegen@karatal.example", "Диктанттар жинағы", "Сәлеметсіз бе! Куәлік тіркелді.", "куәлік-81502.pdf", twice.pdf(t, day)),
		letter(at.Add(3*time.Hour), "Жұмабекова Гүлнар", "g.zhumabekova@karatal.example", "Программа: свидетельство", "Высылаю.", "81533.pdf", namesakes.pdf(t, day)),
		letter(at.Add(4*time.Hour), "Сагитова Меруерт", "m.sagitova@karatal.example", "Ещё одно", "И ещё одно.", "81590.pdf", unlisted.pdf(t, day)),
		letter(at.Add(5*time.Hour), "Ахметов Данияр", authorMail, "Куәлік", "Куәлігім бұлтта: https://drive.google.com/file/d/1AbCdEfGhIjKlMn/view?usp=sharing", "", nil),
		letter(at.Add(6*time.Hour), "Отдел кадров", "hr@karatal.example", "График отпусков", "Коллеги, напоминаем о графике отпусков.", "", nil),
	}
}

// letter writes a mail with one file, or with none.
func letter(at time.Time, name, from, subject, text, filename string, file []byte) []byte {
	word := func(s string) string { return mime.BEncoding.Encode("utf-8", s) }
	head := fmt.Sprintf("From: %s <%s>\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d.%s>\r\nMIME-Version: 1.0\r\n",
		word(name), from, mailboxUser, word(subject), at.Format(time.RFC1123Z), at.Unix(), from)
	body := "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines(text) + "\r\n"
	if file == nil {
		return []byte(head + body)
	}
	return []byte(head + "Content-Type: multipart/mixed; boundary=\"cut\"\r\n\r\n--cut\r\n" + body +
		"--cut\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"" + word(filename) + "\"\r\n\r\n" +
		lines(string(file)) + "\r\n--cut--\r\n")
}

func lines(s string) string {
	var b strings.Builder
	for text := base64.StdEncoding.EncodeToString([]byte(s)); text != ""; {
		n := min(76, len(text))
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	return b.String()
}
