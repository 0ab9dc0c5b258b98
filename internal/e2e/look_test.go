package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"

	"kualik/internal/i18n"
)

// look holds the page that is open against what every page must be: no finding of axe-core that is serious
// or critical, no message without its words, nothing that the browser complains of, no scrolling sideways
// on a telephone. It goes on after a finding, so that one run shows them all. A name is looked at once; the
// colours, which no language changes, in one language and both themes.
func (w *walk) look(name string) {
	w.t.Helper()
	if w.seen[name] {
		return
	}
	w.seen[name] = true
	picture := fmt.Sprintf("%s-%02d-%s", w.lang, len(w.seen), name)
	if got := eval[string](w.tab, `document.documentElement.lang`); got != string(w.lang) {
		w.t.Errorf("%s: the page is in %q", picture, got)
	}
	for _, key := range keysOn(w.tab) {
		w.t.Errorf("%s: a message without words: %s", picture, key)
	}
	w.notSqueezed(picture)
	if found := eval[string](w.tab, swollen); found != "" {
		w.t.Errorf("%s: icons without a size: %s", picture, found)
	}
	w.shot(picture + "-light")
	if w.lang != i18n.RU {
		w.axe(picture, words)
	} else {
		w.axe(picture, wcag)
		w.dark(true)
		w.axe(picture+" (dark)", contrast)
		w.shot(picture + "-dark")
		w.dark(false)
	}
	w.onPhone(picture)
	here := eval[string](w.tab, `location.href`)
	for _, complaint := range w.heard() {
		if strings.HasPrefix(complaint, "Failed to load resource: the server responded with a status of 4") && strings.HasSuffix(complaint, " "+here) {
			continue // the page itself says what it refuses
		}
		if strings.Contains(complaint, noNCALayer) {
			continue // and that NCALayer does not answer
		}
		w.t.Errorf("%s: the browser complains: %s", picture, complaint)
	}
}

// onPhone looks at the page on a telephone.
func (w *walk) onPhone(picture string) {
	w.t.Helper()
	w.resize(phone)
	if wide := eval[int](w.tab, `document.documentElement.scrollWidth`); wide > phone.width {
		w.t.Errorf("%s: %d pixels wide on a telephone of %d: %s", picture, wide, phone.width, eval[string](w.tab, tooWide))
	}
	w.notSqueezed(picture + " (telephone)")
	w.shot(picture + "-phone")
	w.resize(desk)
}

// tooWide names the innermost elements whose content is wider than they are, and shows.
const tooWide = `(() => {
  const wide = e => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'visible';
  return [...document.body.querySelectorAll('*')].filter(e => wide(e) && ![...e.querySelectorAll('*')].some(wide)).slice(0, 3)
    .map(e => e.tagName.toLowerCase() + '.' + e.className + ': ' + e.textContent.trim().replace(/\s+/g, ' ').slice(0, 100)).join(' | ');
})()`

// squeezed names texts that stand in a column of a few letters, many lines high.
const squeezed = `(() => {
  const out = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim().replace(/\s+/g, ' ');
    if (text.length < 25) continue;
    range.selectNodeContents(texts.currentNode);
    const lines = new Set([...range.getClientRects()].filter(r => r.width > 1).map(r => Math.round(r.top))).size;
    if (lines >= 6 && text.length / lines < 8) out.push(text.slice(0, 60) + ' (' + lines + ' lines)');
  }
  return out.slice(0, 3).join(' | ');
})()`

// swollen names icons that no rule gives a size.
const swollen = `[...document.querySelectorAll('svg[viewBox]')].filter(s => s.viewBox.baseVal.width <= 24 && s.getBoundingClientRect().width > 72)
  .slice(0, 3).map(s => s.parentElement.className + ' ' + Math.round(s.getBoundingClientRect().width)).join(' | ')`

func (w *walk) notSqueezed(picture string) {
	w.t.Helper()
	if found := eval[string](w.tab, squeezed); found != "" {
		w.t.Errorf("%s: squeezed into a narrow column: %s", picture, found)
	}
}

// What axe-core looks for: the rules of WCAG 2.2 A and AA; the one of them that a theme changes, and no language;
// all but that one.
const (
	words    = `{runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}, rules: {'color-contrast': {enabled: false}}, resultTypes: ['violations'], preload: false}`
	wcag     = `{runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}, resultTypes: ['violations'], preload: false}`
	contrast = `{runOnly: {type: 'rule', values: ['color-contrast']}, resultTypes: ['violations'], preload: false}`
)

// finding is a rule of axe-core that a page breaks.
type finding struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

const runAxe = `axe.run(document, %s).then(r => r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => ({
  id: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map(n => n.target.join(' ') + ' ' + n.html.slice(0, 160) + ' ' + n.failureSummary.replace(/\s+/g, ' ').slice(0, 260))})))`

// axeScript is the checker, the same that the repository keeps for the parts of pages.
var axeScript = sync.OnceValues(func() (string, error) {
	data, err := os.ReadFile(filepath.Join("..", "web", "testdata", "axe.min.js"))
	return string(data), err
})

func (w *walk) axe(picture, options string) {
	w.t.Helper()
	script, err := axeScript()
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, done := w.within()
	defer done()
	if !eval[bool](w.tab, `typeof window.axe === 'object'`) {
		w.must(chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script)), "loading axe-core")
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]finding](fmt.Sprintf(runAxe, options), chromedp.EvalAwaitPromise))
	w.must(err, "running axe-core")
	for _, f := range found {
		w.t.Errorf("%s: %s: %s\n    %s", picture, f.ID, f.Help, strings.Join(f.Nodes, "\n    "))
	}
}

// keyForm is what a message looks like that nobody has put into words: the key itself.
var keyForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(` + strings.Join(areas(), "|") + `)\.[a-z_]+(\.[a-z_]+)*\b`)
})

// areas are the first words of all keys: those of the files that hold the messages, and those that no file
// has but code may ask for.
func areas() []string {
	list := []string{"report", "mail", "error", "kind", "part"}
	files, _ := filepath.Glob(filepath.Join("..", "i18n", "locales", "*.en.json")) // none found: the others remain
	for _, f := range files {
		list = append(list, strings.TrimSuffix(filepath.Base(f), ".en.json"))
	}
	return list
}

// keysOn are the keys that a page shows, in its text or in the attributes that are read out.
func keysOn(b *tab) []string {
	b.t.Helper()
	all := eval[string](b, `[document.title, document.body.innerText, ...[...document.querySelectorAll('[title],[aria-label],[placeholder],[alt]')]
		.flatMap(e => ['title', 'aria-label', 'placeholder', 'alt'].map(a => e.getAttribute(a) ?? ''))].join('\n')`)
	codes := eval[[]string](b, `[...document.querySelectorAll('code')].map(c => c.textContent)`) // those are shown on purpose
	var keys []string
	for _, found := range keyForm().FindAllString(all, -1) {
		if !slices.Contains(codes, found) && !strings.HasSuffix(found, ".example") && !strings.HasSuffix(found, ".xlsx") {
			keys = append(keys, found)
		}
	}
	return keys
}
