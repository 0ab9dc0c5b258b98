package e2e

import (
	"bytes"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kualik/internal/i18n"
)

// walk is one way through the product, from an empty installation to the second workbook.
type walk struct {
	*tab
	*installation
	t    *testing.T
	lang i18n.Lang
	seen map[string]bool // pages by name
}

func TestTheProductIsWalkedThrough(t *testing.T) {
	t.Parallel() // it waits more than it works
	chromium := startBrowser(t)
	languages := []i18n.Lang{i18n.KK, i18n.RU}
	if os.Getenv("KUALIK_TORTURE") != "" {
		languages = i18n.All
	}
	for _, lang := range languages {
		t.Run(string(lang), func(t *testing.T) {
			in := newInstallation(t, string(lang), nil)
			w := &walk{tab: newTab(t, chromium, in.url), installation: in, t: t, lang: lang, seen: map[string]bool{}}
			w.firstRun()
			w.leaveAndComeBack(adminMail)
			w.search()
			w.takeApplications()
			w.decide()
			w.decideByKeyboard()
			w.upload()
			w.changeRules()
			w.report()
			w.lookAround()
			w.ownPages()
			w.moves()
		})
	}
}

// firstRun is what the first visitor does.
func (w *walk) firstRun() {
	w.open("/?lang=" + string(w.lang))
	w.wants(`form[action="/first-run/administrator"]`, "the first page asks for an administrator")
	w.look("first-administrator")
	w.fill("/first-run/administrator", map[string]string{"university": university, "name": "Аружан Иманова", "email": adminMail, "password": adminPass})
	w.submit("/first-run/administrator")

	host, port, err := net.SplitHostPort(w.mail.IMAPAddr())
	w.must(err, "finding the mail server")
	connection := map[string]string{"host": host, "port": port, "security": "none", "user": mailboxUser, "password": "not-" + mailboxPass, "folders": "INBOX"}
	w.look("first-mailbox")
	w.fill("/first-run/mailbox", connection)
	w.submit("/first-run/mailbox")
	if !strings.Contains(w.text(), "Authentication failed") {
		w.t.Errorf("the server's own words about a wrong password are not shown:\n%s", w.text())
	}
	w.look("first-mailbox-refused")
	connection["password"] = mailboxPass
	w.fill("/first-run/mailbox", connection)
	w.submit("/first-run/mailbox")

	w.look("first-staff")
	w.choose("/first-run/import", "file", filepath.Join(w.dir, "staff.csv"))
	w.submit("/first-run/import")
	if n := w.count(`SELECT count(*) FROM staff`); n != len(staff)-1 {
		w.t.Fatalf("%d people are in the directory, %d in the file", n, len(staff)-1)
	}
	w.look("first-staff-taken")
	w.press(`a[href="/first-run?step=4"].primary`)

	w.look("first-poll")
	w.submit("/first-run/poll")
	w.settled(7)
	w.look("first-polled")
	w.press(`a[href="/first-run?step=5"].button`)

	w.look("first-workbook")
	w.fill("/first-run/report", map[string]string{"period": w.year.String()})
	w.submit("/first-run/report")
	w.look("first-done")
	points := pointsOf(w.t, w.download(`a[href^="/reports/"][download]`))
	if points["101"] != 15 { // half of one, the whole of another
		w.t.Errorf("the first workbook gives %v points, wanted 15", points["101"])
	}
	w.press(`a[href="/"].primary`)
	w.look("overview")
}

// leaveAndComeBack logs out and in again by a link from a letter.
func (w *walk) leaveAndComeBack(email string) {
	w.tick(`.top summary.who`)
	w.press(`.top form[action="/logout"] button`)
	w.look("login")
	before := len(w.letters(email))
	w.fill("/login/link", map[string]string{"email": email})
	w.submit("/login/link")
	w.look("login-asked")
	w.open(w.link(email, before))
	w.look("login-link")
	w.submit("/login/link/")
	if w.path() == "/login" || !w.has(`form[action="/logout"]`) {
		w.t.Fatalf("the link leads to %s, not into the product", w.path())
	}
}

// search finds a name that is written in Russian by its Kazakh spelling.
func (w *walk) search() {
	w.enter(`.top input[name=q]`, "қуандықов асқар")
	found := w.listed()
	for _, k := range []work{shared, twice} {
		if !slices.Contains(found, w.certificate(k)) {
			w.t.Errorf("the search by the Kazakh spelling does not find № %s", k.number)
		}
	}
	if slices.Contains(found, w.certificate(unlisted)) {
		w.t.Error("the search finds a certificate of somebody else")
	}
	w.look("certificates-found")
	w.open("/certificates")
	if n := len(w.listed()); n != 4 {
		w.t.Errorf("%d certificates are listed, wanted 4", n)
	}
	w.look("certificates")
	w.open("/certificates/" + w.certificate(shared))
	w.look("certificate")
}

// listed are the certificates that the page links to.
func (w *walk) listed() []string {
	return eval[[]string](w.tab, `[...new Set([...document.querySelectorAll('main a[href^="/certificates/"]')].map(a => a.getAttribute('href').split(/[/?#]/)[2]).filter(id => id.length === 36))]`)
}

// takeApplications imports the list of what was filed: certificates find their applications.
func (w *walk) takeApplications() {
	w.open("/applications/import")
	w.look("applications-import")
	w.choose("/applications/import", "file", filepath.Join(w.dir, "applications.csv"))
	w.submit("/applications/import")
	w.look("applications-taken")
	w.settled(7)
	if got := w.decision(shared); got != "auto" {
		w.t.Errorf("the application of № %s is %q, wanted auto", shared.number, got)
	}
	if got := w.decision(twice); got != "review" {
		w.t.Errorf("the application of № %s, filed twice, is %q, wanted review", twice.number, got)
	}
}

func (w *walk) decision(k work) string {
	w.t.Helper()
	return one[string](w.installation, `SELECT application_decision FROM certificate WHERE id = $1`, w.certificate(k))
}

// decide chooses one of two applications with the mouse, and takes it back.
func (w *walk) decide() {
	w.open("/review")
	w.look("desk")
	w.open("/review/" + w.certificate(twice))
	w.look("desk-two-applications")
	for _, panel := range []string{"fields", "applications", "people/1", "copies"} {
		w.open("/review/" + w.certificate(twice) + "/" + panel)
		w.look("desk-" + strings.TrimSuffix(panel, "/1"))
	}
	w.open("/review/" + w.certificate(twice))
	w.tick(`form#accept input[name=application]`)
	w.press(`button[form=accept]`)
	if got := w.decision(twice); got != "confirmed" {
		w.t.Fatalf("after the decision the application is %q, wanted confirmed", got)
	}
	w.wants(`.undobar form[action="/review/undo"]`, "a decision can be undone")
	w.look("desk-decided")
	w.submit("/review/undo")
	if got := w.decision(twice); got != "review" {
		w.t.Errorf("after the undoing the application is %q, wanted review", got)
	}
	w.look("desk-undone")
}

// decideByKeyboard makes the same decision with two keys, and looks at a letter that a person must answer.
func (w *walk) decideByKeyboard() {
	w.open("/review/" + w.certificate(twice))
	w.strike("2")
	w.key("a")
	if got := w.decision(twice); got != "confirmed" {
		w.t.Errorf("after the keys the application is %q, wanted confirmed", got)
	}
	w.open("/review/" + one[string](w.installation, `SELECT id::text FROM message WHERE outcome = 'quarantined'`))
	w.look("desk-letter")
}

// upload gives a certificate on a page and waits for what becomes of it.
func (w *walk) upload() {
	w.open("/upload")
	w.look("upload")
	w.choose("/upload", "file", filepath.Join(w.dir, uploaded.number+".pdf"))
	w.submit("/upload")
	w.settled(8)
	w.open("/upload/done?m=" + one[string](w.installation, `SELECT id::text FROM message WHERE mailbox = $1`, "web:"+adminMail)) // it refreshes itself, too
	w.wants(`main a[href="/certificates/`+w.certificate(uploaded)+`"]`, "the page tells which certificate the file was")
	if got := w.decision(uploaded); got != "auto" {
		w.t.Errorf("the application of the uploaded certificate is %q, wanted auto", got)
	}
	w.look("uploaded")
}

// changeRules makes a certificate worth 12 points.
func (w *walk) changeRules() {
	w.open("/rating?period=" + w.year.String())
	w.look("rating")
	w.open("/rating/rules")
	w.look("rules")
	w.fill("/rating/rules", map[string]string{"points": "12", "note": "2026"})
	w.press(`form[action="/rating/rules"] button[name=do][value=try]`)
	w.look("rules-tried")
	w.press(`form[action="/rating/rules"] button[name=do][value=save]`)
	w.look("rules-saved")
	if got := one[string](w.installation, `SELECT rules->>'points' FROM rule_set ORDER BY version DESC LIMIT 1`); got != "12" {
		w.t.Errorf("the newest rules give %s points, wanted 12", got)
	}
}

// report makes the workbook again: its points are those of the new rules.
func (w *walk) report() {
	w.open("/reports")
	w.look("reports")
	w.fill("/reports", map[string]string{"period": w.year.String(), "lang": string(w.lang)})
	w.press(`form[action="/reports"] button.primary`)
	w.look("reports-made")
	id := one[string](w.installation, `SELECT id::text FROM report ORDER BY created_at DESC LIMIT 1`)
	points := pointsOf(w.t, w.download(`main td a[href="/reports/`+id+`/file"]`))
	for staff, want := range map[string]float64{"101": 18, "102": 12, "103": 12, "106": 12} {
		if points[staff] != want {
			w.t.Errorf("the workbook gives %v points to %s, wanted %v", points[staff], staff, want)
		}
	}
	if _, there := points["104"]; there {
		w.t.Error("the workbook counts an author about whom a person has not decided yet")
	}
}

// pointsOf reads points by staff id from the sheet of authors, whatever its language.
func pointsOf(t *testing.T, workbook []byte) map[string]float64 {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(workbook))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(3), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	points := map[string]float64{}
	for _, row := range rows[1:] {
		if len(row) == 9 && row[1] != "" {
			if points[row[1]], err = strconv.ParseFloat(row[8], 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	return points
}

// lookAround looks at every page that the walk has not been at.
func (w *walk) lookAround() {
	mail := one[string](w.installation, `SELECT id::text FROM message WHERE outcome = 'certificates' ORDER BY received_at LIMIT 1`)
	person := one[string](w.installation, `SELECT id::text FROM staff WHERE staff_id = '101'`)
	application := one[string](w.installation, `SELECT id::text FROM application WHERE application_ref = '231001'`)
	for _, p := range []struct{ name, path string }{
		{"overview-full", "/"}, {"certificates-filtered", "/certificates?" + url.Values{"reading": {"sure"}, "sort": {"-registered_on"}}.Encode()},
		{"certificate-shared", "/certificates/" + w.certificate(shared)}, {"mail", "/mail"}, {"message", "/mail/" + mail},
		{"applications", "/applications"}, {"application", "/applications/" + application}, {"staff", "/staff"}, {"person", "/staff/" + person},
		{"staff-import", "/staff/import"}, {"rating-authors", "/rating?tab=authors&period=" + w.year.String()}, {"rating-excluded", "/rating?tab=excluded&period=" + w.year.String()},
		{"schedules", "/schedules"}, {"schedule-new", "/schedules/new"}, {"settings", "/settings"}, {"mailboxes", "/settings/mailboxes"},
		{"accounts", "/settings/accounts"}, {"outbox", "/settings/outbox"}, {"me", "/settings/me"}, {"patterns", "/patterns"},
		{"chase", "/chase"}, {"chase-never", "/chase?tab=never"}, {"audit", "/settings/audit"}, {"letter-templates", "/settings/letters"}, {"paused", "/settings/addresses"},
	} {
		w.open(p.path)
		w.look(p.name)
	}
}

// ownPages are those of an author whom only they themselves can tell from a namesake.
func (w *walk) ownPages() {
	w.leaveAndComeBack(authorMail)
	w.open("/my")
	w.look("my")
	w.press(`main a[href^="/my/` + w.certificate(namesakes) + `/"]`)
	w.look("my-question")
	w.press(`button[name=answer][value=yes]`)
	w.look("my-thanks")
	if got := one[string](w.installation, `SELECT a.decision || ' ' || s.staff_id FROM certificate_author a LEFT JOIN staff s ON s.id = a.staff_id WHERE a.certificate_id = $1 AND a.position = 1`,
		w.certificate(namesakes)); got != "confirmed 104" {
		w.t.Errorf("after the author's yes the author is %q, wanted confirmed 104", got)
	}
	w.open("/my")
	w.look("my-counted")
	w.open("/my/looks")
	w.look("my-looks")
}
