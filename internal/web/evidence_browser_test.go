package web

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"kualik/internal/account"
	"kualik/internal/need"
)

// Fields and document lead to one another with the mouse and the keyboard; boxes lie on the drawn page whatever its
// shape and the window's; nothing scrolls sideways; axe-core finds nothing. KUALIK_SHOTS is where pictures go.
func TestEvidenceInTheBrowser(t *testing.T) {
	need.Program(t, "tesseract")
	l := newLibrary(t)
	office := l.as(account.ResearchOffice)
	sealed, _ := l.bring("свидетельство.pdf", l.sign(l.seal, paperOf(fieldsNo("78551"))))
	photo, _ := l.bring("IMG_2.jpg", l.photo(paperOf(fieldsNo("78552"))))
	changed := l.sign(l.other, append(l.sign(l.seal, paperOf(fieldsNo("78553"))), '\n'))
	longer, _ := l.bring("қосылған.pdf", changed)
	f := fieldsNo("78551")
	office.get("/review/" + sealed[0].String() + "/fields")
	if r := office.post("/review/"+sealed[0].String()+"/fields", url.Values{"version": {l.version(sealed[0])}, "number": {f.Number}, "registered_on": {string(f.RegisteredOn)}, "created_on": {"2026-09-01"},
		"kind": {f.Kind}, "title": {f.Title}, "authors": {"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА\nНУРБАЕВА ЛАУРА СЕРИКОВНА"}, "why": {"опечатка в документе, письмо автора от 16.09"}}); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	base := l.serve()
	ctx, cancel := context.WithTimeout(chromium(t), 4*time.Minute)
	defer cancel()
	open := func(path string) {
		t.Helper()
		must(chromedp.Do(ctx, chromedp.Navigate(base+path)))
	}
	is := func(what, js string) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); script(ctx, `String(`+js+`)`) != "true"; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("%s: %s", what, script(ctx, `location.href + " " + document.activeElement.outerHTML.slice(0, 200)`))
				return
			}
		}
	}
	open("/login?lang=ru")
	script(ctx, `document.querySelector('form[action="/login"] [name=email]').value = "research_office@karatal.example", document.querySelector('form[action="/login"] [name=password]').value = `+fmt.Sprintf("%q", adminPassword)+`, document.querySelector('form[action="/login"]').submit(), ""`)
	is("not in", `location.pathname !== "/login"`)

	page := "/certificates/" + sealed[0].String()
	open(page)
	const visible = `(e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight })`
	must(chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`a.fieldno[href="#document-field-5"]`))))
	is("the number of a row leads to its box", `location.hash === "#document-field-5" && document.activeElement.id === "document-field-5"`)
	is("the box is marked", `getComputedStyle(document.querySelector("#document-field-5 .box")).strokeWidth === "2.4px"`)
	is("the box is to be seen", visible+`(document.querySelector("#document-field-5 .box"))`)
	must(chromedp.Do(ctx, chromedp.KeyEvent("\r")))
	is("Enter on a box leads back to the row", `location.hash === "#field-5" && document.activeElement.id === "field-5"`)
	must(chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`#document-field-3 rect`))))
	is("a press on a box leads to its row", `location.hash === "#field-3"`)

	// Boxes are placed by the picture that is shown, and their numbers can be read.
	const misplaced = `String([...document.querySelectorAll(".sheet")].filter(s => { const p = s.querySelector("img").getBoundingClientRect(); return p.height < 100 || [...s.querySelectorAll("rect.box")].some(r => {
		const b = r.getBoundingClientRect(), at = (n, of) => parseFloat(r.getAttribute(n)) / 100 * of;
		return Math.abs(b.x - p.x - at("x", p.width)) > 2 || Math.abs(b.y - p.y - at("y", p.height)) > 2 || Math.abs(b.width - at("width", p.width)) > 3 }) ||
		[...s.querySelectorAll(".box-no circle")].some(c => c.getBoundingClientRect().width < 14.5) }).length + " of " + document.querySelectorAll(".sheet rect.box").length)`
	axe, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	must(err)
	for _, c := range []struct{ name, path string }{{"sealed", page}, {"photo", "/certificates/" + photo[0].String()}, {"longer", "/certificates/" + longer[0].String()},
		{"desk-longer", "/review/" + longer[0].String()}, {"desk-photo", "/review/" + photo[0].String()}, {"desk-fields", "/review/" + photo[0].String() + "/fields"}} {
		for _, lang := range []string{"ru", "kk"} {
			for _, width := range []int{1440, 390} {
				must(chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), map[int]int64{1440: 1020, 390: 844}[width])))
				open(c.path + "?lang=" + lang)
				is("pictures are loaded", `[...document.images].every(i => i.complete && i.naturalWidth > 0)`)
				where := fmt.Sprint(c.name, "-", lang, "-", width)
				if got := script(ctx, misplaced); !strings.HasPrefix(got, "0 of ") || got == "0 of 0" {
					t.Errorf("%s: boxes that do not lie on their page, or cannot be read: %s", where, got)
				}
				if wide := script(ctx, `String(document.documentElement.scrollWidth)`); wide != fmt.Sprint(width) {
					t.Errorf("%s: %s pixels wide", where, wide)
				}
				for _, theme := range []string{"light", "dark"} {
					_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
					must(err)
					if lang == "ru" && width == 1440 || lang == "kk" && width == 390 {
						must(chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe))))
						found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}, preload: false}).then(r =>
							r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + " " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.failureSummary).join(" | ")).join("\n"))`, chromedp.EvalAwaitPromise))
						must(err)
						if found != "" {
							t.Errorf("%s %s: %s", where, theme, found)
						}
					}
					shot(ctx, where+"-"+theme)
				}
			}
		}
	}
}

// shot takes a picture of the whole page, where KUALIK_SHOTS says.
func shot(ctx context.Context, name string) {
	folder := os.Getenv("KUALIK_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	must(err)
	must(os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644))
}
