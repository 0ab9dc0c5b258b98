package web

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"kualik/internal/account"
	"kualik/internal/authenticity"
	"kualik/internal/certificate"
	forms "kualik/internal/demo/paper"
	"kualik/internal/doctext"
	"kualik/internal/registry"
)

// lampsOf are the lamps of a page: fact to kind, and fact to evidence.
func lampsOf(body string) (kinds, notes map[string]string) {
	kinds, notes = map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)<div class="lamp"><svg class="(\w+)".*?</span>\s*([^<]*?)\s*(?:<span class="note">([^<]*)</span>)?</div>`).FindAllStringSubmatch(body, -1) {
		kinds[m[2]], notes[m[2]] = m[1], m[3]
	}
	return kinds, notes
}

// Each lamp says in words what was checked and what was seen; green is only what is proven.
func TestLampsOfAuthenticity(t *testing.T) {
	l := newLibrary(t)
	office := l.as(account.ResearchOffice)
	sealed := l.sign(l.seal, paperOf(fieldsNo("78521")))
	changed := l.sign(l.seal, paperOf(fieldsNo("78523")))
	i := bytes.LastIndex(changed, []byte("/Name <"))
	changed[i+len("/Name <")+8]++ // within what is signed
	cases := []struct {
		name  string
		data  []byte
		wants map[string]string
		notes []string
	}{
		{"sealed.pdf", sealed, map[string]string{"Подпись верна: «Қаратал университеті» КеАҚ · ӘБІЛДИН САМАТ": "ok", "После подписи ничего не дописано": "ok",
			"QR-код ведёт по напечатанной ссылке": "ok", "В открытом реестре не сверяли": "unknown", "Заявки, с которой сверить, нет": "unknown"},
			[]string{"16.09.2026 14:34 по часам подписавшего; удостоверяющий центр доверенный, rsa-sha256", "номер по ссылке видит только человек: " + stateLink}},
		{"appended.pdf", append(l.sign(l.seal, paperOf(fieldsNo("78522"))), bytes.Repeat([]byte("%"), 1234)...),
			map[string]string{"Подпись верна: «Қаратал университеті» КеАҚ · ӘБІЛДИН САМАТ": "ok", "После подписи дописано 1 234 байта": "warn"}, []string{"что дописано, подпись не подтверждает"}},
		{"changed.pdf", changed, map[string]string{"Файл изменён после подписи": "bad"}, []string{"подписаны были другие байты"}},
		{"unsigned.pdf", paperOf(fieldsNo("78524")), map[string]string{"Подписи в файле нет": "unknown"}, []string{"сами ничего не доказывают"}},
		{"stranger.pdf", l.sign(l.other, paperOf(fieldsNo("78525"))), map[string]string{"Подпись цела, но чья она, здесь не проверить": "unknown", "После этой подписи ничего не дописано": "unknown"},
			[]string{"называет себя: Бөтен мекеме"}},
		{"two.pdf", l.sign(l.other, l.sign(l.seal, paperOf(fieldsNo("78526")))), map[string]string{"Подпись верна: «Қаратал университеті» КеАҚ · ӘБІЛДИН САМАТ": "ok",
			"Подпись цела, но чья она, здесь не проверить": "unknown"}, []string{"подпись 1 из 2; ", "подпись 2 из 2; ", "что дописано, подпись не подтверждает"}},
	}
	for _, c := range cases {
		ids, _ := l.bring(c.name, c.data)
		body := office.get("/certificates/" + ids[0].String()).body
		kinds, notes := lampsOf(body)
		for fact, kind := range c.wants {
			fact = strings.ReplaceAll(fact, "1 234", "1\u2009234")
			if kinds[fact] != kind {
				t.Errorf("%s: %q is %q, wanted %q; the page has %v", c.name, fact, kinds[fact], kind, kinds)
			}
		}
		all := strings.Join(values(notes), "\n")
		for _, want := range c.notes {
			if !strings.Contains(all, want) {
				t.Errorf("%s: no evidence says %q:\n%s", c.name, want, all)
			}
		}
		desk, _ := lampsOf(office.get("/review/" + ids[0].String()).body)
		if c.name == "changed.pdf" && desk["Файл изменён после подписи"] != "bad" {
			t.Errorf("the desk does not say that a file was changed: %v", desk)
		}
	}
}

func values(m map[string]string) (list []string) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

// A file that nobody has looked at says so; whoever may decide can have it looked at.
func TestAFileIsCheckedAgain(t *testing.T) {
	l := newLibrary(t)
	office := l.as(account.ResearchOffice)
	ids, sha := l.unchecked("late.pdf", l.sign(l.seal, paperOf(fieldsNo("78531"))))
	path := "/certificates/" + ids[0].String()
	kinds, _ := lampsOf(office.get(path).body)
	if kinds["Подпись ещё не проверяли"] != "unknown" {
		t.Error(kinds)
	}
	if r := l.staffBrowser("m.sagitova@karatal.example").post(path+"/check", nil); r.status != 403 {
		t.Errorf("an author has it checked: %d", r.status)
	}
	if r := office.post(path+"/check", nil); r.status != 303 || r.to() != path {
		t.Fatalf("%d %s", r.status, r.to())
	}
	body := office.get(path).body
	kinds, _ = lampsOf(body)
	if kinds["Подпись верна: «Қаратал университеті» КеАҚ · ӘБІЛДИН САМАТ"] != "ok" || !strings.Contains(body, "Файл проверен 17.09.2026") {
		t.Error(kinds)
	}
	must(l.checks.Keep(context.Background(), sha, opening, nil))
	kinds, _ = lampsOf(office.get(path).body)
	if kinds["Подпись не проверяли"] != "unknown" {
		t.Error("a file that is gone: ", kinds)
	}
}

// A code that leads elsewhere than the printed link is bad; of recognised letters it is only doubtful.
func TestCodesAgainstThePrintedLink(t *testing.T) {
	p := proof{Found: true}
	p.Facts.Codes = append(p.Facts.Codes, codeOn(1, "https://copyright.kazpatent.kz/?!.iD=zzzz"), codeOn(2, stateLink))
	c := registry.Certificate{DocumentSHA256: "x", VerificationURL: stateLink, Source: registry.TextLayer}
	place := func(page int) map[certificate.Field][]certificate.Place {
		return map[certificate.Field][]certificate.Place{certificate.VerificationURL: {{Page: page, Boxes: []doctext.Rect{{}}}}}
	}
	kindOf := func(fact string) string {
		for _, r := range p.linkLamps(envAt(opening), c) {
			if r.Fact == fact {
				return r.Kind
			}
		}
		return ""
	}
	const same, differs = "QR-код ведёт по напечатанной ссылке", "QR-код ведёт не туда, куда напечатанная ссылка"
	c.Places = place(1)
	if got := kindOf(differs); got != "bad" {
		t.Errorf("another code on its page is %q", got)
	}
	c.Source = registry.OCR
	if got := kindOf(differs); got != "warn" {
		t.Errorf("… beside recognised letters it is %q", got)
	}
	c.Places = place(2)
	if got := kindOf(same); got != "ok" {
		t.Errorf("the same on another page is %q", got)
	}
	for _, written := range []string{"HTTP://Copyright.kazpatent.kz/?!.iD=0aB3x", "http://www.copyright.kazpatent.kz/ ?!.iD=0aB3x"} {
		if bare(written) != bare(stateLink) {
			t.Errorf("%s is not %s", bare(written), bare(stateLink))
		}
	}
	c.Places, c.VerificationURL = nil, ""
	p.Facts.Codes = append(p.Facts.Codes[:0], codeOn(1, "https://phish.example/"))
	if got := kindOf("QR-код ведёт не в реестр"); got != "warn" {
		t.Errorf("a code that leads to no register is %q", got)
	}
	if got := kindOf("Ссылки для проверки в файле нет"); got != "unknown" {
		t.Errorf("no link is %q", got)
	}
}

// A certificate is held against its application in what both say.
func TestAgreementWithTheApplication(t *testing.T) {
	f := newFlow(t)
	office := f.as(account.ResearchOffice)
	path := "/certificates/" + f.sure.String()
	kinds, notes := lampsOf(office.get(path).body)
	const agrees, differs = "Согласуется с заявкой №\u00a0110\u2009588", "Расходится с заявкой №\u00a0110\u2009588"
	if kinds[agrees] != "ok" || !strings.Contains(notes[agrees], "совпали: название, вид, дата создания, авторы, подана") {
		t.Errorf("%v %v", kinds, notes)
	}
	if _, err := f.deps.Pool.Exec(t.Context(), `UPDATE application SET created_on = '2026-08-01', title = 'Другое название' WHERE application_ref = '110588'`); err != nil {
		t.Fatal(err)
	}
	kinds, notes = lampsOf(office.get(path).body)
	if kinds[differs] != "warn" || !strings.Contains(notes[differs], "не совпали: название, дата создания (01.08.2026); совпали: вид, авторы, подана") {
		t.Errorf("%v %v", kinds, notes)
	}
	kinds, _ = lampsOf(office.get("/certificates/" + f.twins.String()).body)
	if kinds["С заявкой не сверяли"] != "unknown" {
		t.Errorf("%v", kinds)
	}
}

// An author is told in words what the file shows.
func TestAuthorsAreToldInWords(t *testing.T) {
	l := newLibrary(t)
	fields := fieldsNo("78541")
	fields.Authors = []string{"Сагитова М. Т."}
	pdf, err := forms.Certificate(forms.Subject{KindTextKK: "ғылыми туынды", Fields: fields}, forms.Variant{})
	must(err)
	ids, _ := l.bring("mine.pdf", append(l.sign(l.seal, pdf), "\n% more"...))
	r := l.staffBrowser("m.sagitova@karatal.example").get("/my/" + ids[0].String() + "/1")
	if r.status != 200 || !strings.Contains(r.body, "Подпись верна: «Қаратал университеті» КеАҚ · ӘБІЛДИН САМАТ. После подписи дописано 7 байт.") {
		t.Errorf("%d: the question does not say what the file shows:\n%s", r.status, r.body)
	}
}

func codeOn(page int, text string) authenticity.Code {
	return authenticity.Code{Page: page, Text: text}
}
