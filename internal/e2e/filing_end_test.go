package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/chromedp/chromedp"

	"kualik/internal/sim/epay"
)

// From the statement to the last author's signature.

// statement is formed; what is downloaded are the stored bytes.
// I-144 I-145 I-146 I-147
func (f *filingWalk) statement() {
	w := f.agent
	f.formStatement()
	if f.state() != "formed" {
		w.must(missing("formed statement"), "forming the statement: "+strings.Join(f.toMend(), ", "))
	}
	w.look("filing-formed")
	sum := sha256.Sum256(w.download(`#statement a[href="` + f.path + `/statement.pdf"]`))
	stored := one[string](f.installation, `SELECT sha256 FROM filing_statement WHERE filing_id = $1 AND voided_at IS NULL`, f.id())
	if got := hex.EncodeToString(sum[:]); got != stored || !strings.Contains(w.text(), stored) {
		f.t.Errorf("the statement that is downloaded is %s, the stored one %s", got, stored)
	}
	w.press(`#statement a[href="` + f.path + `/statement"]`)
	w.look("filing-statement")
}

// pay pays at the second attempt, with the code of the card's bank. The bank never tells us: its status does.
// I-091 I-149 I-153 I-156 I-157 I-158 I-159 I-160 I-161 I-162 I-163 I-164 I-166
func (f *filingWalk) pay() {
	w := f.agent
	f.out.bank.Misbehave(epay.Next, epay.LostCallback)
	w.open(f.path)
	w.press(`.wide-only form[action="` + f.path + `/pay"] button`)
	invoice := strings.TrimSuffix(w.path(), "/pay")
	w.wants(`[data-until]`, "the time that is left is shown")
	w.look("pay")
	w.press(`form[data-halyk] button[type=submit]`)
	if got := eval[string](w.tab, `document.querySelector('#email').value`); got != agent.email {
		f.t.Errorf("the bank is told the address %q", got)
	}
	w.look("bank")
	f.card("5578342710750560")
	w.wants(`.message[role=alert]`, "the bank says why it declined")
	w.look("bank-declined")
	f.card("5522042705066736")
	w.look("bank-code")
	w.set("#code", epay.Code)
	w.press(`button.primary`)
	w.press(`a.button.primary`)
	if f.state() != "paid" {
		w.must(missing("payment"), "coming back from the bank")
	}
	if n := f.count(`SELECT count(*) FROM payment_event WHERE kind = 'callback'`); n != 0 {
		f.t.Errorf("the bank has told of the payment %d times", n)
	}
	w.look("paid")
	w.open(invoice)
	w.look("payment")
}

// card types a card on the bank's page.
func (f *filingWalk) card(number string) {
	f.t.Helper()
	for selector, value := range map[string]string{"#name": "ASEL NURLANOVA", "#number": number, "[name=month]": "01", "[name=year]": "2029", "#cvv": "321"} {
		f.agent.set(selector, value)
	}
	f.agent.press(`button.primary`)
}

// set writes a value into a field of a page that is not ours.
func (b *tab) set(selector, value string) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	b.must(chromedp.Do(ctx, chromedp.SetValue(chromedp.CSS(selector), value)), "filling "+selector)
}

const signForm = `form[data-eds=sign] button[type=submit]`

var incoming = regexp.MustCompile(`20[0-9]{2}-[0-9]+`)

// submit signs and submits: the application has its number and barcode, once.
// I-167 I-169 I-170 I-172
func (f *filingWalk) submit() {
	w := f.agent
	w.open(f.path)
	w.look("filing-paid")
	w.press(`.wide-only a[href="` + f.path + `/sign"]`)
	w.look("filing-sign")
	f.out.keeps(f.t, agent, "SIGN")
	w.press(signForm)
	if f.state() != "submitted" {
		w.must(missing("number"), "submitting")
	}
	no := one[string](f.installation, `SELECT incoming_no FROM filing WHERE id = $1`, f.id())
	bars := one[string](f.installation, `SELECT barcode FROM filing WHERE id = $1`, f.id())
	if text := w.text(); !incoming.MatchString(no) || !strings.Contains(text, no) || !strings.Contains(text, bars) || len(bars) != 7 {
		f.t.Errorf("the page of the submission does not name № %q and barcode %q", no, bars)
	}
	w.wants(`.barcode svg, .barcode img`, "the barcode is drawn")
	w.look("filing-number")
	if receipt := w.download(`a[href="` + f.path + `/receipt.pdf"]`); !strings.HasPrefix(string(receipt), "%PDF-") {
		f.t.Error("the receipt is no PDF")
	}
	w.press(`main a[href="` + f.path + `/participants"].primary`)
	w.look("filing-submitted")
}

// letter waits for a letter to somebody, other than those of before, with a link of a form, and gives its path.
func (f *filingWalk) letter(p somebody, before int, form string) (path string) {
	f.t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(f.url) + form)
	until(f.t, "the letter to "+p.email+" is there", func() bool {
		list := f.letters(p.email)
		for _, text := range list[:max(0, len(list)-before)] {
			if path == "" {
				path = strings.TrimPrefix(link.FindString(text), f.url)
			}
		}
		return path != ""
	})
	return path
}

// coAuthors sign, each from a log-in of their own: by the link of the invitation, after a reminder, and with
// a key of RSA. A key that is not for signing is refused.
// I-120 I-168 I-173 I-174
func (f *filingWalk) coAuthors() {
	f.first = f.arrives(first, f.letter(first, 0, `/sign/[A-Za-z0-9_-]+`))
	f.first.look("author-profile")
	f.complete(f.first, first)
	f.first.look("author-invited")
	f.first.submit("/sign/")
	f.first.look("author-filing")
	f.signs(f.first, first)
	f.first.look("author-done")

	f.settledLetters()
	before := len(f.letters(second.email))
	f.agent.open(f.path + "/participants")
	f.agent.press(`form[action="` + f.path + `/participants/` + f.participant(second) + `/remind"] button`)
	f.agent.look("filing-reminded")
	f.second = f.arrives(second, f.letter(second, before, `/filings/[0-9a-f-]{36}`))
	f.complete(f.second, second)
	f.refused()
	f.signs(f.second, second)
	if f.state() != "submitted" {
		f.t.Errorf("with a signature missing the application is %s", f.state())
	}

	f.third = f.arrives(third, f.letter(third, 0, `/sign/[A-Za-z0-9_-]+`))
	f.complete(f.third, third)
	f.third.submit("/sign/")
	f.signs(f.third, third)
	if f.state() != "signed" {
		f.t.Errorf("after the last signature the application is %s", f.state())
	}
	f.third.look("author-last")
}

// settledLetters waits until no letter is on its way.
func (f *filingWalk) settledLetters() {
	f.t.Helper()
	until(f.t, "the letters have gone", func() bool {
		return f.count(`SELECT count(*) FROM letter WHERE state = 'waiting'`) == 0
	})
}

// arrives opens the link of a letter in a new window and logs in.
func (f *filingWalk) arrives(p somebody, link string) *walk {
	f.t.Helper()
	w := f.visitor(f.url)
	w.open(link + "?lang=" + string(f.lang))
	if strings.HasPrefix(link, "/sign/") {
		w.look("invitation")
		w.submit("/sign/")
	}
	f.enterAs(w, p)
	return w
}

// refused is the second author's attempt to sign with the key of the log-in.
func (f *filingWalk) refused() {
	w := f.second
	w.press(`.wide-only a[href="` + f.path + `/sign"]`)
	f.out.keeps(f.t, second, "AUTH")
	w.press(signForm)
	if n := f.count(`SELECT count(*) FROM filing_signature s JOIN filing_participant p ON p.id = s.participant_id WHERE p.name ILIKE $1`, second.name()); n != 0 {
		f.t.Error("a signature by a key of log-in is taken")
	}
	if !strings.Contains(w.text(), "AUTH") {
		f.t.Errorf("why the key is refused is not said:\n%s", w.text())
	}
	w.look("author-sign-refused")
}

// signs presses the toolbar's button and signs with the author's own key.
func (f *filingWalk) signs(w *walk, p somebody) {
	f.t.Helper()
	if !strings.HasSuffix(w.path(), "/sign") {
		w.press(`.wide-only a[href="` + f.path + `/sign"]`)
		w.look("author-sign")
	}
	f.out.keeps(f.t, p, "SIGN")
	w.press(signForm)
	if n := f.count(`SELECT count(*) FROM filing_signature s JOIN filing_participant p ON p.id = s.participant_id WHERE p.id = $1`, f.participant(p)); n != 1 {
		w.must(missing("signature"), "signing as "+p.name())
	}
}

// afterwards looks at what everybody sees now, and at the rest of the cabinet.
func (f *filingWalk) afterwards() {
	w := f.agent
	w.open(f.path + "/participants")
	w.look("filing-signed")
	for _, p := range []struct{ name, path string }{{"filing-payments", f.path + "/payments"}, {"filings", "/filings"}, {"payments", "/payments"},
		{"cabinet-full", "/cabinet"}, {"letters", "/letters"}, {"protection", "/protection"}, {"own-certificates", "/my/certificates"},
		{"signatures", "/my/signatures"}, {"profile", "/profile"}, {"faq", "/faq"}, {"info", "/info"}, {"info-types", "/info/types"}, {"info-cost", "/info/cost"},
		{"info-law", "/info/law"}, {"info-steps", "/info/steps"}, {"info-ask", "/info/ask"}, {"info-support", "/info/support"}} {
		w.open(p.path)
		w.look(p.name)
	}
}
