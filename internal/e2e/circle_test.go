package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kualik/config"
	"kualik/internal/account"
	"kualik/internal/i18n"
)

// From the last signature to the certificate, at the desk that keeps a register of its own: a query, the
// answer with a changed document and new signatures, the expert, the issue.

// deskModes are both modes of the desk, each in a language.
var deskModes = map[i18n.Lang]string{i18n.RU: config.Registering, i18n.KK: config.Recording}

// The desk's people.
const (
	registrarMail = "registrar@karatal.example"
	expertMail    = "expert@karatal.example"
)

// closeTheCircle goes from the last signature to the workbook.
func (f *filingWalk) closeTheCircle() {
	registrar := f.deskPerson(registrarMail, "Гүлжан Оспанова", account.Registrar)
	var certificate []byte
	if deskModes[f.lang] == config.Registering {
		expert := f.deskPerson(expertMail, "Болат Рахимов", account.Expert)
		f.registers(registrar)
		f.asks(registrar)
		f.answersInPlace()
		f.appoints(registrar)
		f.examines(expert)
		certificate = f.issues(registrar)
	} else {
		certificate = f.instituteTells(registrar)
	}
	f.comesBack(certificate)
	if deskModes[f.lang] == config.Registering {
		f.annuls(registrar)
	}
}

// deskPerson makes somebody of the desk, who comes in by a link from a letter.
func (f *filingWalk) deskPerson(email, name string, role account.Role) *walk {
	f.t.Helper()
	if err := f.app.AddAccount(context.Background(), account.NewAccount{Email: email, Name: name, Role: role, Lang: f.lang}); err != nil {
		f.t.Fatal(err)
	}
	w := f.visitor(f.url)
	w.open("/login?lang=" + string(f.lang))
	w.fill("/login/link", map[string]string{"email": email})
	w.submit("/login/link")
	w.open(f.link(email, 0))
	w.submit("/login/link/")
	return w
}

func (f *filingWalk) deskPath() string { return "/desk/" + f.id() }

// goesThrough answers every line of a list with its first answer, and gives a note where one is wanted.
func (w *walk) goesThrough(form string) {
	w.t.Helper()
	eval[int](w.tab, `(() => {
		const form = document.querySelector('form[action="`+form+`"]');
		form.querySelectorAll('[role=radiogroup]').forEach(g => g.querySelector('input').click());
		form.querySelectorAll('input[name^="note-"]').forEach(n => { if (!n.value) n.value = 'қаралды'; });
		return 1;
	})()`)
}

// unfold opens something folded; it leads nowhere.
func (w *walk) unfold(id string) {
	w.t.Helper()
	if w.has(`#` + id + `:not([open])`) {
		w.tick(`#` + id + ` > summary`)
	}
}

// registers goes through the queue and the list of registration.
func (f *filingWalk) registers(w *walk) {
	w.open("/desk")
	w.look("desk")
	w.press(`main a[href^="` + f.deskPath() + `"]`)
	w.look("desk-case")
	w.goesThrough(f.deskPath() + "/register")
	w.submit(f.deskPath() + "/register")
	w.look("desk-registered")
}

// asks writes a query with a term; the filer is mailed.
func (f *filingWalk) asks(w *walk) {
	f.settledLetters()
	f.before[agent.email] = len(f.letters(agent.email))
	w.open(f.deskPath())
	w.unfold("do-ask")
	w.fill(f.deskPath()+"/ask", map[string]string{"text": "Замените экземпляр: на титульном листе стоит отметка о сдаче."})
	w.look("desk-ask")
	w.submit(f.deskPath() + "/ask")
	if f.state() != "queried" {
		w.must(missing("query"), "asking")
	}
	w.look("desk-asked")
}

// answersInPlace changes the work, forms the statement anew, and everybody signs again: the number stays.
func (f *filingWalk) answersInPlace() {
	w := f.agent
	number := one[string](f.installation, `SELECT incoming_no FROM filing WHERE id = $1`, f.id())
	w.open(f.letter(agent, f.before[agent.email], `/filings/[0-9a-f-]{36}[^\s]*`))
	w.look("filing-queried")
	w.open(f.path + "/correspondence?answer=1")
	w.look("filing-correspondence")
	w.open(f.path + "/edit")
	w.look("filing-amend")
	w.submit(f.path + "/edit")
	if f.state() != "amending" {
		w.must(missing("reopened application"), "answering in place")
	}
	w.open(f.path + "/documents")
	f.attach("work_copy", workMended, map[string]string{"sheets": "2", "description": "Учебное пособие, рукопись"})
	until(f.t, "the new copy has been read", func() bool {
		return f.count(`SELECT count(*) FROM filing_check c JOIN filing_document d ON d.id = c.document_id WHERE d.filing_id = $1 AND d.replaced_at IS NULL AND c.checked <> c.asked`, f.id()) == 0
	})
	w.open(f.path + "/documents") // which stands still now
	w.look("filing-amending")
	w.open(f.path + "/correspondence")
	query := one[string](f.installation, `SELECT id::text FROM filing_letter WHERE filing_id = $1 AND kind = 'query'`, f.id())
	answer := f.path + "/correspondence/" + query
	w.fill(answer, map[string]string{"text": "Экземпляр заменён, отметки больше нет."})
	w.submit(answer)
	w.look("filing-answer-kept")
	w.open(f.path)
	f.formStatement()
	if f.state() != "amended" {
		w.must(missing("new statement"), "forming it again: "+strings.Join(f.toMend(), ", "))
	}
	w.look("filing-amended")
	f.signsAgain(w, agent)
	if f.state() != "submitted" {
		w.must(missing("answer"), "signing it")
	}
	for _, co := range []struct {
		w *walk
		p somebody
	}{{f.first, first}, {f.second, second}, {f.third, third}} {
		f.signsAgain(co.w, co.p)
	}
	if got := one[string](f.installation, `SELECT incoming_no FROM filing WHERE id = $1`, f.id()); got != number || f.state() != "signed" {
		f.t.Errorf("after the answer the application № %s is № %s and %s", number, got, f.state())
	}
	w.open(f.path + "/correspondence")
	w.look("filing-answered")
}

func (f *filingWalk) signsAgain(w *walk, p somebody) {
	f.t.Helper()
	w.open(f.path + "/sign")
	f.out.keeps(f.t, p, "SIGN")
	w.press(signForm)
	n := f.count(`SELECT count(*) FROM filing_signature g JOIN filing_statement s ON s.id = g.statement_id JOIN filing_participant p ON p.id = g.participant_id
		WHERE s.filing_id = $1 AND s.voided_at IS NULL AND p.name ILIKE $2`, f.id(), p.name())
	if n != 1 {
		w.must(missing("new signature"), "signing again as "+p.name())
	}
}

// appoints gives the case to the expert whom the desk suggests.
func (f *filingWalk) appoints(w *walk) {
	w.open(f.deskPath())
	w.look("desk-answered")
	w.submit(f.deskPath() + "/appoint")
	w.look("desk-appointed")
}

// examines is the expert's part.
func (f *filingWalk) examines(w *walk) {
	w.open("/desk")
	w.look("desk-expert")
	w.press(`main a[href^="` + f.deskPath() + `"]`)
	w.look("desk-examination")
	form := f.deskPath() + "/conclude"
	w.goesThrough(form)
	w.tick(`form[action="` + form + `"] [name=conclusion][value=issue]`)
	w.submit(form)
	w.look("desk-examined")
}

// issues has the certificate drawn and sealed, looks at its public page, and gives the file as the author gets it.
func (f *filingWalk) issues(w *walk) []byte {
	w.open(f.deskPath())
	w.look("desk-protection")
	w.submit(f.deskPath() + "/issue")
	until(f.t, "the certificate is sealed", func() bool { return f.state() == "issued" })
	w.open(f.deskPath())
	w.look("desk-issued")
	f.agent.open(f.path)
	f.agent.look("filing-issued")
	pdf := f.agent.download(`.wide-only a[href="` + f.path + `/certificate.pdf"]`)
	f.agent.open("/my/certificates")
	f.agent.wants(`main a[href="`+f.path+`/certificate.pdf"]`, "the certificate that is still to be sent can be had")
	f.agent.look("own-waiting")
	token := one[string](f.installation, `SELECT token FROM issuing_entry WHERE filing_id = $1 AND state = 'valid'`, f.id())
	visitor := f.visitor(f.url)
	visitor.open("/r/" + token + "?lang=" + string(f.lang))
	visitor.look("public-record")
	if text := visitor.text(); strings.Contains(strings.ToUpper(text), strings.ToUpper(third.surname)) || !strings.Contains(strings.ToUpper(text), strings.ToUpper(first.surname)) {
		f.t.Errorf("the public record does not name just those who are to be mentioned:\n%s", text)
	}
	visitor.open("/register")
	visitor.look("public-register")
	file := filepath.Join(f.t.TempDir(), "kualik.pdf")
	for name, content := range map[string][]byte{"check-good": pdf, "check-changed": slices.Concat(pdf[:len(pdf)/2], []byte{pdf[len(pdf)/2] ^ 1}, pdf[len(pdf)/2+1:])} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			f.t.Fatal(err)
		}
		visitor.open("/r/" + token)
		visitor.choose("/r/"+token, "file", file)
		visitor.submit("/r/" + token)
		visitor.look(name)
	}
	return pdf
}

// annuls takes the certificate out of the register: whoever looks it up is told.
func (f *filingWalk) annuls(w *walk) {
	w.open(f.deskPath())
	w.unfold("do-annul")
	w.fill(f.deskPath()+"/annul", map[string]string{"note": "Решение суда № 17 от 12.11.2026"})
	w.submit(f.deskPath() + "/annul")
	w.look("desk-annulled")
	visitor := f.visitor(f.url)
	visitor.open("/r/" + one[string](f.installation, `SELECT token FROM issuing_entry WHERE filing_id = $1 AND state = 'annulled'`, f.id()) + "?lang=" + string(f.lang))
	visitor.look("public-annulled")
	f.agent.open(f.path)
	f.agent.wants(`.message.bad`, "the author reads that it holds no longer")
	f.agent.look("filing-annulled")
}
