package web

import (
	"fmt"
	"image/png"
	"math"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kualik/internal/account"
	"kualik/internal/certificate"
	forms "kualik/internal/demo/paper"
	"kualik/internal/doctext"
	"kualik/internal/need"
)

// rects are the boxes that a page of ours draws, by the number of their field, in percent of the document's page.
func rects(body string) map[string][][4]float64 {
	found := map[string][][4]float64{}
	for _, m := range regexp.MustCompile(`(?s)<a class="boxed" href="#field-(\d)".*?</a>`).FindAllStringSubmatch(body, -1) {
		for _, r := range regexp.MustCompile(`<rect class="box" x="([\d.]+)%" y="([\d.]+)%" width="([\d.]+)%" height="([\d.]+)%"`).FindAllStringSubmatch(m[0], -1) {
			var box [4]float64
			for i := range box {
				_, err := fmt.Sscan(r[i+1], &box[i])
				must(err)
			}
			found[m[1]] = append(found[m[1]], box)
		}
	}
	return found
}

// A field's box lies where it stands, whatever the document is: a PDF with its text, a photo held on its side.
func TestBoxesLieWhereTheFieldsStand(t *testing.T) {
	need.Program(t, "tesseract")
	l := newLibrary(t)
	b := l.as(account.ResearchOffice)
	text, _ := l.bring("a.pdf", paperOf(fieldsNo("78501")))
	photo, _ := l.bring("IMG_1.jpg", l.photo(paperOf(fieldsNo("78502"))))
	want := rects(b.get("/certificates/" + text[0].String()).body)
	got := rects(b.get("/certificates/" + photo[0].String()).body)
	for _, no := range []string{"1", "2", "3", "4", "5", "6"} {
		if len(want[no]) == 0 || len(got[no]) == 0 {
			t.Errorf("field %s has %d and %d boxes", no, len(want[no]), len(got[no]))
			continue
		}
		for i := range 2 {
			if d := math.Abs(want[no][0][i] - got[no][0][i]); d > 2 {
				t.Errorf("field %s: the photo's box is %.1f %% of the page away: %v %v", no, d, want[no][0], got[no][0])
			}
		}
	}
	r := b.get("/certificates/" + photo[0].String() + "/pages/1.png")
	drawn, err := png.Decode(strings.NewReader(r.body))
	if err != nil || drawn.Bounds().Dx() > drawn.Bounds().Dy() {
		t.Errorf("the photo is not drawn upright: %v %v", r.status, err)
	}
}

// Certificates in an archive are drawn, and those of a Word file are shown as their text, with the fields marked.
func TestDocumentsThatArePackedOrHaveNoPages(t *testing.T) {
	l := newLibrary(t)
	b := l.as(account.ResearchOffice)
	copied, err := forms.CertificatePage(forms.Subject{KindTextKK: "ғылыми туынды", Fields: fieldsNo("78503")}, forms.Variant{})
	must(err)
	docx, err := forms.DOCX(copied)
	must(err)
	box, err := forms.Zip(forms.File{Name: "құжат/куәлік.pdf", Data: l.sign(l.seal, paperOf(fieldsNo("78504")))}, forms.File{Name: "copy.docx", Data: docx})
	must(err)
	ids, _ := l.bring("box.zip", box)
	if len(ids) != 2 {
		t.Fatal(len(ids), " certificates")
	}
	page := b.get("/certificates/" + ids[0].String()).body
	for _, want := range []string{"box.zip → құжат/куәлік.pdf", `/pages/1.png?v=`, `id="document-field-1"`, `href="#document-field-1"`, "Подпись верна: «Қаратал университеті» КеАҚ"} {
		if !strings.Contains(page, want) {
			t.Errorf("a PDF in an archive: the page lacks %s", want)
		}
	}
	if r := b.get("/certificates/" + ids[0].String() + "/pages/1.png"); r.status != 200 || !strings.HasPrefix(r.body, "\x89PNG") {
		t.Errorf("the page of a packed PDF: %d", r.status)
	}
	if r := b.get("/certificates/" + ids[0].String() + "/pages/9.png"); r.status != 404 {
		t.Errorf("a page that is not there: %d", r.status)
	}
	page = b.get("/certificates/" + ids[1].String()).body
	for _, want := range []string{`class="sheet text"`, `<a class="marked" href="#field-1" id="document-field-1"`, `<span class="fieldno">1</span>78503</a>`, "Подписи в файле нет"} {
		if !strings.Contains(page, want) {
			t.Errorf("a Word file: the page lacks %s", want)
		}
	}
}

// A certificate that stands on two pages is shown on both, with the number of each; every number has one anchor.
func TestSeveralPages(t *testing.T) {
	f := newFlow(t)
	r := reading("78510", "2026-09-16", "2026-09-02", "scientific_work", "На двух страницах", "САГИТОВА МЕРУЕРТ ТАЛГАТОВНА")
	place := func(page int) certificate.Place {
		return certificate.Place{Page: page, Boxes: []doctext.Rect{{X: .1, Y: .2, W: .3, H: .02}}}
	}
	r.Places = map[certificate.Field][]certificate.Place{certificate.Number: {place(3)}, certificate.Title: {place(3), place(4)}}
	id := f.enter("long.pdf", r)
	body := f.as(account.ResearchOffice).get("/certificates/" + id.String()).body
	for want, n := range map[string]int{"/pages/3.png": 1, "/pages/4.png": 1, "/pages/1.png": 0, "Страница 3 документа</p>": 1, `id="document-field-5"`: 1, `href="#field-5"`: 2,
		`href="#document-field-5"`: 1, `href="#document-field-6"`: 0, `id="field-6"`: 1} {
		if got := strings.Count(body, want); got != n {
			t.Errorf("%s stands %d times, wanted %d", want, got, n)
		}
	}
}

// What was corrected stays at its field: the old value, who changed it and when, and why.
func TestACorrectedFieldKeepsItsOldValue(t *testing.T) {
	f := newFlow(t)
	b := f.as(account.ResearchOffice)
	form := url.Values{"version": {f.version(f.sure)}, "number": {"78498"}, "registered_on": {"2026-09-16"}, "created_on": {"2026-09-01"}, "kind": {"scientific_work"},
		"title": {"Органикалық химия"}, "authors": {"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА\nКУАНДЫКОВ АСКАР МАРАТОВИЧ\nНУРБАЕВА ЛАУРА"}, "why": {"в <документе> так"}}
	b.get("/review/" + f.sure.String() + "/fields")
	if r := b.post("/review/"+f.sure.String()+"/fields", form); r.status != 303 {
		t.Fatalf("%d\n%s", r.status, r.body)
	}
	body := b.get("/certificates/" + f.sure.String()).body
	row := func(no int) string {
		_, rest, _ := strings.Cut(body, fmt.Sprintf(`id="field-%d"`, no))
		row, _, _ := strings.Cut(rest, "</tr>")
		return row
	}
	for no, wants := range map[int][]string{3: {"<del>", "02.09.2026", "исправлено: Ербол\u00a0Т., 17.09.2026 14:34: «в &lt;документе&gt; так»"}, 5: {"Органикалық химия: зертханалық практикум", "исправлено"}} {
		for _, want := range wants {
			if !strings.Contains(row(no), want) {
				t.Errorf("field %d lacks %q: %s", no, want, row(no))
			}
		}
	}
	for _, no := range []int{1, 2, 4, 6} {
		if strings.Contains(row(no), "<del>") {
			t.Errorf("field %d was not changed: %s", no, row(no))
		}
	}
	form.Set("version", f.version(f.sure))
	form.Set("why", strings.Repeat("ы", 501))
	form.Set("title", "Другое")
	form.Set("csrf", b.token)
	if r := b.post("/review/"+f.sure.String()+"/fields", form); r.status != 422 || !strings.Contains(r.body, "500 знаков") {
		t.Errorf("a reason without end: %d", r.status)
	}
}
