package web

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// visits opens pages in a browser as the person of b.
func (f *filings) visits(t *testing.T, b *browser) (ctx context.Context, open func(path string)) {
	t.Helper()
	base := f.serve()
	ctx = chromium(t)
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	must(chromedp.Do(ctx, chromedp.Navigate(base+"/healthz")))
	for name, value := range b.cookies {
		script(ctx, fmt.Sprintf(`document.cookie = %q, ""`, name+"="+value+"; path=/"))
	}
	return ctx, func(path string) { must(chromedp.Do(ctx, chromedp.Navigate(base+path))) }
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// What is typed is saved by itself; when the same application was saved in another tab meanwhile, the page
// says so and puts nothing over it.
func TestAutosaveInTheBrowser(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.begin(b, "author")
	ctx, open := f.visits(t, b)
	saved := func() string { return text(ctx, "#saved") }
	stored := func() string { return formOf(b.get(path).body, path+"/save").Get("title") }
	open(path + "?lang=ru")
	f.clock.Advance(3 * time.Minute)
	must(chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#f-title"), "Практикум")))
	eventually(t, "not saved by itself", func() bool {
		return stored() == "Практикум" && strings.Contains(saved(), "сохранено 14:37")
	})
	must(chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#f-title"), ", ч. 2")))
	eventually(t, "the next words are not saved", func() bool { return stored() == "Практикум, ч. 2" })

	// The session ends; after a log-in in another tab what was typed meanwhile is saved.
	cookie := f.s.cookieName("session")
	script(ctx, `document.cookie = "`+cookie+`=gone; path=/", ""`)
	must(chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#f-title"), ", А")))
	eventually(t, "the end of the session is not told", func() bool { return strings.Contains(saved(), "Сеанс закончился") })
	b = f.enters(filerIIN)
	script(ctx, `document.cookie = "`+cookie+"="+b.cookies[cookie]+`; path=/", window.dispatchEvent(new Event("focus")), ""`)
	eventually(t, "what was typed is lost with the session", func() bool { return stored() == "Практикум, ч. 2, А" })

	other := formOf(b.get(path).body, path+"/save")
	other.Set("title", "Другая вкладка")
	b.post(path+"/save", other)
	must(chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#f-title"), ", ч. 3")))
	eventually(t, "the conflict is not told", func() bool { return strings.Contains(saved(), "покажем обе версии") })
	if stored() != "Другая вкладка" {
		t.Errorf("stored %q", stored())
	}
	must(chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`.toolbar .wide-only button[value=save]`))))
	eventually(t, "both versions are not shown", func() bool { return strings.Contains(text(ctx, "main"), "Оставить моё") })
	if got := script(ctx, `document.querySelector("#f-title").value`); got != "Практикум, ч. 2, А, ч. 3" {
		t.Errorf("what was typed is lost: %q", got)
	}
}

// The pages have no serious finding of axe-core, in both themes, and do not scroll sideways on a telephone.
func TestFilingPagesForEverybody(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	draft := f.begin(b, "author")
	f.add(b, draft, author(secondIIN, "Ветрова Ирина Петровна"))
	f.pages = "Другая книга\fҚаратал, ISBN 978-601-000-00-1\fСдано 02.09.2026 в набор"
	b.get(draft + "/documents")
	b.attach(draft, "work_copy", "Практикум.pdf", minimalPDF, "sheets", "195", "description", "Оқу құралы")
	f.check()
	f.pages = "Органикалық химия: зертханалық практикум\nОқу құралы"
	formed := f.formed(b)
	pay := b.post(formed+"/pay", nil).to()
	submitted := f.submitted(b)
	axe, err := os.ReadFile("testdata/axe.min.js")
	must(err)
	ctx, open := f.visits(t, b)
	const run = `(async () => { const r = await axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}, resultTypes: ['violations'], preload: false});
		return r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 140)).join(' | ')).join('\n') || 'clean'; })()`
	for _, path := range []string{"/cabinet", "/filings", "/filings/new", "/filings/new?service=copyright_work", draft + "?check=1", draft + "/participants?check=1",
		draft + "/participants/new", draft + "/documents?check=1", draft + "/payments", draft + "/delete", formed, formed + "/edit", formed + "/statement", pay,
		submitted + "/participants", submitted + "/done", submitted + "/withdraw", "/payments"} {
		for _, theme := range []string{"light", "dark"} {
			script(ctx, fmt.Sprintf(`document.cookie = %q, ""`, f.s.cookieName("theme")+"="+theme+"; path=/"))
			open(path)
			must(chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe))))
			found, err := chromedp.Run(ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
			must(err)
			if found != "clean" {
				t.Errorf("%s (%s):\n%s", path, theme, found)
			}
		}
		must(chromedp.Do(ctx, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch)))
		if wide := script(ctx, tooWide); wide != "fits" {
			t.Errorf("%s on a telephone: %s", path, wide)
		}
		must(chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1020)))
	}
}

// tooWide names what is wider than the window.
const tooWide = `(() => {
	const wide = document.documentElement.scrollWidth;
	if (wide <= innerWidth) { return 'fits'; }
	return wide + ' ' + [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.tabs,.scroll,.segments'))
		.slice(0, 4).map(e => e.tagName + '.' + e.className).join(' ');
})()`

// The bank's own script opens its page; the pages of payment let it in, and nothing else.
func TestPayInTheBrowser(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	pay := b.post(f.formed(b)+"/pay", nil).to()
	ctx, open := f.visits(t, b)
	open(pay + "?lang=ru")
	eventually(t, "the minutes do not run", func() bool { return strings.HasPrefix(text(ctx, "[data-until]"), "19:") })
	eventually(t, "the bank's script is not there", func() bool { return script(ctx, `typeof window.halyk.pay`) == "function" })
	must(chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`form[data-halyk] button[type=submit]`))))
	eventually(t, "not at the bank", func() bool { return strings.HasPrefix(script(ctx, `location.href`), f.out.URLs().Bank+"/payform/") })
	eventually(t, "the bank does not know the sum", func() bool {
		return strings.Contains(text(ctx, "body"), "7") && strings.Contains(text(ctx, "body"), "380")
	})
}
