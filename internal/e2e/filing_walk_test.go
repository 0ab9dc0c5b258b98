package e2e

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"kualik/internal/i18n"
)

// filingWalk is the way of an application: everybody who takes part has a window of their own.
type filingWalk struct {
	*installation
	t        *testing.T
	chromium context.Context
	out      outside
	lang     i18n.Lang
	seen     map[string]bool

	agent, first, second, third *walk
	path                        string // of the application's pages
	before                      map[string]int
}

// TestFilingWalk files an application as the applicants' instruction goes, from the first log-in with a key
// to the number, the barcode and the last author's signature, and on to the certificate, in Russian in the
// institution's own register and in Kazakh with an institute that registers: it is forwarded, matched,
// answered, confirmed and counted. The rows of docs/instruction.md that it walks through are named where it does.
func TestFilingWalk(t *testing.T) {
	t.Parallel() // it waits more than it works
	chromium := startBrowser(t)
	for _, lang := range []i18n.Lang{i18n.RU, i18n.KK} {
		t.Run(string(lang), func(t *testing.T) {
			in, out := newFilingInstallation(t, lang, deskModes[lang])
			f := &filingWalk{installation: in, t: t, chromium: chromium, out: out, lang: lang, seen: map[string]bool{}, before: map[string]int{}}
			f.firstLogin()
			f.profile()
			f.cabinet()
			f.begin()
			f.nothingIsMissed()
			f.data()
			f.participants()
			f.documents()
			f.statement()
			f.pay()
			f.submit()
			f.coAuthors()
			f.afterwards()
			f.closeTheCircle()
		})
	}
}

// visitor is a window of somebody who has not been here.
func (f *filingWalk) visitor(base string) *walk {
	f.t.Helper()
	return &walk{tab: newTab(f.t, f.chromium, base), installation: f.installation, t: f.t, lang: f.lang, seen: f.seen}
}

const loginForm = `form[data-eds=login] button[type=submit]`

// firstLogin goes in with an AUTH key of GOST that is chosen on NCALayer's page.
// I-010 I-023 I-024 I-025 I-026
func (f *filingWalk) firstLogin() {
	w := f.visitor(f.url)
	f.agent = w
	w.open("/login?lang=" + string(f.lang))
	w.wants(loginForm, "the key comes first")
	w.look("login")
	pressed := make(chan error, 1)
	go func() {
		ctx, done := w.within()
		defer done()
		_, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(loginForm), chromedp.NodeVisible))
		pressed <- err
	}()
	until(f.t, "NCALayer is asked for a key", func() bool { return f.out.Waiting() == 1 })
	layer := f.visitor(f.out.URLs().Web)
	layer.open("/ncalayer?lang=" + string(f.lang))
	layer.look("ncalayer")
	layer.press(`button[value="` + agent.iin + ` ` + agent.key("AUTH") + `"]`)
	w.must(<-pressed, "logging in with EDS")
}

// enter logs somebody in from the page of log-in, with the key that is kept for them.
func (f *filingWalk) enterAs(w *walk, p somebody) {
	f.t.Helper()
	f.out.keeps(f.t, p, "AUTH")
	w.press(loginForm)
	if strings.HasPrefix(w.path(), "/login") {
		w.must(missing("cabinet"), "logging in as "+p.name())
	}
}

// profile is seen by itself after the first log-in, and completed from the state's registry and by hand.
// I-027 I-028 I-029 I-030
func (f *filingWalk) profile() {
	w := f.agent
	if !strings.HasPrefix(w.path(), "/profile") {
		w.must(missing("profile"), "the first log-in")
	}
	for _, field := range []string{"region", "postcode", "address", "phone"} {
		w.wants(`.message a[href="#f-`+field+`"]`, "what is missing is named: "+field)
	}
	if got := eval[string](w.tab, `document.querySelector('#f-surname').value`); got != strings.ToUpper(agent.surname) {
		f.t.Errorf("the surname of the certificate is shown as %q", got)
	}
	w.look("profile-first")
	w.tick(`form[action="/profile/refresh"] [name=consent]`)
	w.submit("/profile/refresh")
	w.look("profile-refreshed")
	if got := eval[string](w.tab, `document.querySelector('#f-address').value`); got != agent.residence {
		f.t.Errorf("the registry's address is shown as %q", got)
	}
	w.wants(`.message a[href="#f-phone"]`, "what the registry does not know is still missing")
	w.fill("/profile", map[string]string{"phone": agent.phone})
	w.press(saveProfile)
	if !w.has(`form[action="/logout"]`) {
		f.t.Errorf("the completed profile leads to %s", w.path())
	}
}

// saveProfile is the form's own button: another one reveals the personal number.
const saveProfile = `form[action="/profile"] > .row button[type=submit]`

// complete is the first log-in of an author: the profile, from the registry and with a phone.
func (f *filingWalk) complete(w *walk, p somebody) {
	f.t.Helper()
	w.tick(`form[action="/profile/refresh"] [name=consent]`)
	w.submit("/profile/refresh")
	w.fill("/profile", map[string]string{"phone": p.phone})
	w.press(saveProfile)
}

// cabinet looks at the cabinet before anything is filed.
// I-056 I-057 I-063 I-064
func (f *filingWalk) cabinet() {
	w := f.agent
	w.open("/cabinet")
	w.look("cabinet")
	for _, p := range []struct{ name, path string }{{"filings-none", "/filings"}, {"payments-none", "/payments"}} {
		w.press(`.side a[href="` + p.path + `"]`)
		w.look(p.name)
	}
	w.wants(`a[href="/filings/new"]`, "an application can be filed from anywhere in the cabinet")
	w.open("/cabinet")
	w.press(`main a[href="/filings/new"]`)
}

// begin chooses what is filed and in which role.
// I-001 I-071 I-073 I-083 I-084 I-085 I-086 I-087 I-089
func (f *filingWalk) begin() {
	w := f.agent
	if n := eval[int](w.tab, `document.querySelectorAll('.kinds a').length`); n != 10 {
		f.t.Errorf("%d kinds are offered, wanted 10", n)
	}
	w.look("filing-kinds")
	w.press(`.kinds a[href="/filings/new?service=copyright_work"]`)
	if !eval[bool](w.tab, `document.querySelector('[name=role][value=author]').checked`) {
		f.t.Error("the role of an author is not chosen beforehand")
	}
	w.look("filing-role")
	w.tick(`[name=role][value=trusted_representative]`)
	w.tick(`[name=reduced]`)
	w.submit("/filings/new")
	f.path = w.path()
	if !regexp.MustCompile(`^/filings/[0-9a-f-]{36}$`).MatchString(f.path) {
		f.t.Fatalf("the application begins at %s", f.path)
	}
	if !strings.Contains(eval[string](w.tab, `document.querySelector('h1').innerText.replace(/\D/g, '')`), "100001") {
		f.t.Errorf("the draft's number is not in the heading: %s", eval[string](w.tab, `document.querySelector('h1').innerText`))
	}
	w.wants(`select[name=reduction]`, "the ground of the reduced fee is asked for")
	w.open(f.path + "/documents")
	w.wants(`#d-reduction_ground`, "the document of the ground is asked for")
	w.open(f.path)
	w.look("filing-begun")
}

// formStatement presses the toolbar's button on the tab that is open.
func (f *filingWalk) formStatement() {
	f.t.Helper()
	if f.agent.has(`button[form=data][value=form]`) {
		f.agent.press(`.wide-only button[form=data][value=form]`)
	} else {
		f.agent.press(`.wide-only form[action="` + f.path + `/form"] button`)
	}
}

// toMend are the places that block the statement, as the page names them: the ends of the links to them.
func (f *filingWalk) toMend() (places []string) {
	f.t.Helper()
	for _, href := range eval[[]string](f.agent.tab, `[...document.querySelectorAll('.message .inline-links a')].map(a => a.getAttribute('href'))`) {
		places = append(places, strings.TrimPrefix(href, f.path))
	}
	return places
}

func (f *filingWalk) wantsMending(field string) {
	f.t.Helper()
	for _, p := range f.toMend() {
		if strings.HasSuffix(p, field) {
			return
		}
	}
	f.t.Errorf("%s is not named among what is to be mended: %q", field, f.toMend())
}

// state is the application's, as the database has it.
func (f *filingWalk) state() string {
	f.t.Helper()
	return one[string](f.installation, `SELECT state FROM filing WHERE id = $1`, strings.TrimPrefix(f.path, "/filings/"))
}
