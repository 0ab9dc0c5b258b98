package e2e

import (
	"bytes"
	"context"
	"encoding/csv"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kualik/config"
	"kualik/internal/account"
	"kualik/internal/app"
	"kualik/internal/document"
	"kualik/internal/i18n"
	"kualik/internal/sheet"
	"kualik/internal/sim"
	"kualik/internal/sim/epay"
)

// The world of a filing: a representative of the office files for three authors. One of them has keys of RSA
// only and is nobody's staff. The serials of their numbers begin with 99, which is not given out.

// somebody is a person who files or signs.
type somebody struct {
	iin                         string
	surname, given, patronymic  string
	email, phone                string
	region, postcode, residence string
	onlyRSA, outsider           bool
}

func (p somebody) name() string { return strings.Join([]string{p.surname, p.given, p.patronymic}, " ") }

// key is the name of one of the person's keys.
func (p somebody) key(use string) string {
	if p.onlyRSA {
		return use + "-RSA"
	}
	return use + "-GOST"
}

var (
	agent = somebody{iin: "860314499219", surname: "Нұрланова", given: "Әсел", patronymic: "Бауыржанқызы", email: "a.nurlanova@karatal.example",
		phone: "+7 700 000 14 08", region: "Жетісу облысы, Үштөбе қаласы", postcode: "041000", residence: "Достық көшесі, 14"}
	first = somebody{iin: "791102399227", surname: "Сейтқали", given: "Нұрлан", patronymic: "Ерланұлы", email: "n.seitqali@karatal.example",
		phone: "+7 700 000 21 15", region: "Жетісу облысы, Үштөбе қаласы", postcode: "041000", residence: "Абай көшесі, 21, 4 пәтер"}
	second = somebody{iin: "910627499232", surname: "Тілеуова", given: "Мадина", patronymic: "Серікқызы", email: "m.tileuova@karatal.example",
		phone: "+7 700 000 33 02", region: "Алматы қаласы", postcode: "050013", residence: "Көктөбе көшесі, 33, 8 пәтер"}
	third = somebody{iin: "880119399246", surname: "Ветров", given: "Илья", patronymic: "Олегович", email: "i.vetrov@tekeli.example",
		phone: "+7 700 000 47 19", region: "Астана қаласы", postcode: "010000", residence: "Бәйтерек көшесі, 47", onlyRSA: true, outsider: true}

	filers = []somebody{agent, first, second, third}
)

const workTitle = "Практикум по решению задач математической физики"

// outside is what stands in for the authority, NCALayer, the registry of persons and the bank.
type outside struct {
	*sim.Sim
	bank *epay.Bank
}

func newOutside(t *testing.T, dir string) outside {
	t.Helper()
	bank, err := epay.New(epay.Options{Dir: filepath.Join(dir, "bank")})
	if err != nil {
		t.Fatal(err)
	}
	var people []sim.Person
	for _, p := range filers {
		people = append(people, sim.Person{IIN: p.iin, Surname: strings.ToUpper(p.surname), GivenName: strings.ToUpper(p.given), Patronymic: strings.ToUpper(p.patronymic),
			Email: p.email, Region: p.region, Postcode: p.postcode, Address: p.residence, OnlyRSA: p.onlyRSA})
	}
	const free = "127.0.0.1:0"
	s, err := sim.Start(context.Background(), sim.Options{Dir: filepath.Join(dir, "authority"), People: people, NCALayerAddr: free, WebAddr: free, BankAddr: free, Bank: bank})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // it goes with the test
	return outside{s, bank}
}

// keeps makes a person's key the answer to whatever is signed next.
func (o outside) keeps(t testing.TB, p somebody, use string) {
	t.Helper()
	if err := o.Choose(sim.Choice{Person: p.iin, Key: p.key(use), Sticky: true, Any: true}); err != nil {
		t.Fatal(err)
	}
}

// newFilingInstallation is one that an office has set up: an administrator, the staff, and the outside.
func newFilingInstallation(t *testing.T, lang i18n.Lang, deskMode string) (*installation, outside) {
	t.Helper()
	var out outside
	in := newInstallation(t, string(lang), func(in *installation, settings map[string]string) {
		out = newOutside(t, in.dir)
		settings["KUALIK_MODE"], settings["KUALIK_DESK_MODE"] = config.Demo, deskMode
		settings["KUALIK_MAILBOX_URL"] = in.mail.MailboxURL(certificatesUser, "INBOX")
		settings["KUALIK_POLL_EVERY"] = "@every 1s"
		settings["KUALIK_UNIVERSITY"] = university
		settings["KUALIK_SUPPORT_EMAIL"], settings["KUALIK_SUPPORT_PHONE"] = "support@karatal.example", "+7 700 000 00 22"
		in.outside = func(cfg *config.Config) {
			if err := app.UseStandIns(cfg, out.Sim); err != nil {
				t.Fatal(err)
			}
		}
	})
	ctx := context.Background()
	err := in.app.AddAccount(ctx, account.NewAccount{Email: adminMail, Name: "Аружан Иманова", Password: adminPass, Role: account.Administrator, Lang: lang})
	if err != nil {
		t.Fatal(err)
	}
	report, err := in.app.ImportStaff(ctx, bytes.NewReader(filingStaff(t)), sheet.Options{Lang: lang})
	if err != nil || len(report.Refused) > 0 {
		t.Fatalf("importing the staff: %v %v", err, report)
	}
	in.writePapers(lang)
	return in, out
}

// filingStaff is the staff file: those who file and are of the university, with their personal numbers.
func filingStaff(t testing.TB) []byte {
	rows := [][]string{{"staff_id", "surname", "given_name", "patronymic", "iin", "emails", "faculty", "department", "position", "employed_from"}}
	for i, p := range filers {
		if !p.outsider {
			rows = append(rows, []string{string(rune('1'+i)) + "00", p.surname, p.given, p.patronymic, p.iin, p.email, "Факультет естественных наук", "Кафедра физики", "доцент", "2015-09-01"})
		}
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Files of the application, by their names in the installation's folder.
const (
	workWithISBN = "Практикум с ISBN.pdf"
	workWithDate = "Практикум.pdf"
	workMended   = "Практикум, исправленный.pdf"
	attorney     = "Доверенность.pdf"
)

func identityFile(p somebody) string { return "Удостоверение " + p.surname + ".png" }

// writePapers writes the files that are attached: the work with an ISBN, the work with a printer's date, the
// power of attorney, and a picture for each identity document.
func (in *installation) writePapers(lang i18n.Lang) {
	in.t.Helper()
	write := func(name string, data []byte, err error) {
		if err == nil {
			err = os.WriteFile(filepath.Join(in.dir, name), data, 0o644)
		}
		if err != nil {
			in.t.Fatal(err)
		}
	}
	pages := func(title, text string) ([]byte, error) {
		return document.Statement(document.StatementData{Service: document.CopyrightWork, FilerRole: document.Author,
			Work: document.Work{Title: title, Description: text}}, lang)
	}
	data, err := pages(workTitle, "Қаратал университеті. ISBN 978-601-04-1234-7")
	write(workWithISBN, data, err)
	data, err = pages(workTitle, "Қаратал университеті. Сдано 02.09.2026")
	write(workWithDate, data, err)
	data, err = pages(workTitle, "Қаратал университеті. Нұсқаулық пен есептер")
	write(workMended, data, err)
	data, err = pages("Доверенность", "на подачу заявления на объект авторского права")
	write(attorney, data, err)
	for i, p := range filers {
		picture := image.NewRGBA(image.Rect(0, 0, 320, 200))
		for k := range picture.Pix {
			picture.Pix[k] = 0xe0
		}
		picture.Set(i, i, color.Black)
		var b bytes.Buffer
		err := png.Encode(&b, picture)
		write(identityFile(p), b.Bytes(), err)
	}
}
