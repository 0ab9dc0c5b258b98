package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"mime"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/demo/paper"
	"kualik/internal/i18n"
	"kualik/internal/kind"
	"kualik/internal/rating"
)

// The certificate comes back: an author forwards it from an address that nobody knows, the program matches it
// and answers, the author says that it is theirs, and it is in the next workbook.

const privateMail = "merey.private@mail.example"

// mails sends a letter to the mailbox of the certificates, as people do.
func (f *filingWalk) mails(from, subject, text, filename string, file []byte) {
	f.t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s@mail.example>\r\nMIME-Version: 1.0\r\n", from, certificatesUser,
		mime.QEncoding.Encode("utf-8", subject), time.Now().Format(time.RFC1123Z), uuid.New())
	b.WriteString("Content-Type: multipart/mixed; boundary=teil\r\n\r\n--teil\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	b.WriteString(base64.StdEncoding.EncodeToString([]byte(text)) + "\r\n")
	if file != nil {
		fmt.Fprintf(&b, "--teil\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n", filename)
		encoded := base64.StdEncoding.EncodeToString(file)
		for ; len(encoded) > 76; encoded = encoded[76:] {
			b.WriteString(encoded[:76] + "\r\n")
		}
		b.WriteString(encoded + "\r\n")
	}
	b.WriteString("--teil--\r\n")
	if err := smtp.SendMail(f.mail.SMTPAddr(), nil, from, []string{certificatesUser}, b.Bytes()); err != nil {
		f.t.Fatal(err)
	}
}

var personalLink = regexp.MustCompile(`/a/[A-Za-z0-9_-]{20,}`)

// comesBack forwards the certificate and follows it into the workbook.
func (f *filingWalk) comesBack(pdf []byte) {
	words := map[i18n.Lang]string{i18n.RU: "Здравствуйте! Направляю свидетельство для рейтинга.", i18n.KK: "Сәлеметсіз бе! Рейтингке арналған куәлікті жіберіп отырмын."}
	f.mails(privateMail, "Fwd: Свидетельство", words[f.lang], "certificate.pdf", pdf)
	until(f.t, "the certificate is matched to its application", func() bool {
		return f.count(`SELECT count(*) FROM certificate c JOIN application a ON a.id = c.application_id JOIN filing g ON g.incoming_no = a.application_ref
			WHERE g.id = $1 AND c.application_decision = 'auto' AND c.reading = 'sure'`, f.id()) == 1
	})
	if n := f.count(`SELECT count(*) FROM certificate_author a JOIN certificate c ON c.id = a.certificate_id WHERE a.decision = 'auto'`); n != 2 {
		f.t.Errorf("%d of the two printed authors of the staff are decided", n)
	}
	link := ""
	until(f.t, "the sender is answered", func() bool {
		for _, text := range f.letters(privateMail) {
			link = personalLink.FindString(text)
		}
		return link != ""
	})
	w := f.visitor(f.url)
	w.open(link)
	w.look("link")
	w.open(link) // as a scanner of mails does: nothing changes
	if n := f.count(`SELECT count(*) FROM certificate_author WHERE human`); n != 0 {
		f.t.Error("looking at a link decided something")
	}
	w.resize(phone)
	w.pressRadio("position", "1")
	w.press(`form#answer button[value=yes]`)
	w.resize(desk)
	w.look("link-thanks")
	f.inTheWorkbook()
	f.picturesOfLetters()
	f.settledLetters()
	if n := len(f.letters(privateMail)); n != 1 {
		f.t.Errorf("the sender got %d letters, wanted 1", n)
	}
}

// pressRadio chooses an answer of a question that has several.
func (w *walk) pressRadio(name, value string) {
	selector := `input[name="` + name + `"][value="` + value + `"]`
	if w.has(selector) {
		w.tick(selector)
	}
}

// picturesOfLetters keeps the HTML of every letter that went out as pictures, for eyes.
func (f *filingWalk) picturesOfLetters() {
	if shots == "" {
		return
	}
	list, err := f.mail.Letters()
	if err != nil {
		f.t.Fatal(err)
	}
	w := f.visitor("")
	file := filepath.Join(f.t.TempDir(), "letter.html")
	for n, l := range list {
		raw, err := f.mail.LetterBytes(l.ID)
		if err != nil {
			f.t.Fatal(err)
		}
		if html, ok := partOf(f.t, raw, "text/html"); ok {
			if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
				f.t.Fatal(err)
			}
			w.open("file://" + file)
			for _, s := range []size{{640, 900}, phone} {
				w.resize(s)
				w.shot(fmt.Sprintf("letter-%s-%02d-%d", f.lang, len(list)-n, s.width))
			}
		}
	}
}

// inTheWorkbook makes the workbook of the running academic year: both authors of the staff have their share.
func (f *filingWalk) inTheWorkbook() {
	f.t.Helper()
	today := clock.DayOf(time.Now(), f.app.Config.Zone())
	year := today.Year()
	if today.Time().Month() < time.September {
		year--
	}
	var b bytes.Buffer
	if _, err := f.app.Workbook(context.Background(), &b, rating.AcademicYear(year), f.lang, uuid.Nil); err != nil {
		f.t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		f.t.Fatal(err)
	}
	found := 0
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, row := range rows {
			line := strings.ToUpper(strings.Join(row, "|"))
			if strings.Contains(line, strings.ToUpper(first.surname)) || strings.Contains(line, strings.ToUpper(second.surname)) {
				found++
			}
		}
	}
	if found < 4 { // a line an author on the sheet of authors and one on that of shares
		f.t.Errorf("the authors stand in %d lines of the workbook", found)
	}
}

// certificateOfTheInstitute is what the institute gives for the application.
func (f *filingWalk) certificateOfTheInstitute(number string, day clock.Day) []byte {
	f.t.Helper()
	pdf, err := paper.Certificate(paper.Subject{Fields: certificate.Fields{Number: number, RegisteredOn: day, CreatedOn: "2026-09-01", KindText: kind.Name("ru", "scientific_work"),
		Title: workTitle, Authors: []string{strings.ToUpper(first.name()), strings.ToUpper(second.name())}}, KindTextKK: kind.Name("kk", "scientific_work")}, paper.Variant{Layout: paper.Stacked})
	if err != nil {
		f.t.Fatal(err)
	}
	return pdf
}
