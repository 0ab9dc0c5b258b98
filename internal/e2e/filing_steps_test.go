package e2e

import (
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// What is typed into the application, tab by tab.

// nothingIsMissed forms the statement of an empty application: each place that is missing is named.
// I-092
func (f *filingWalk) nothingIsMissed() {
	f.formStatement()
	for _, field := range []string{"#f-title", "#f-created_on", "#f-reduction", "#people", "#d-work_copy", "#d-power_of_attorney", "#d-reduction_ground"} {
		f.wantsMending(field)
	}
	f.agent.look("filing-empty-not-formed")
}

// data is the first tab: a day of creation that has not come is refused.
// I-090 I-095 I-096 I-097 I-098 I-100
func (f *filingWalk) data() {
	w := f.agent
	w.open(f.path)
	w.tick(`#data [name=reduced]`)
	w.fill(f.path+"/save", map[string]string{"title": workTitle, "kind": "scientific_work", "created_on": "31.12.2099"})
	f.save()
	if w.has(`select[name=reduction]`) {
		f.t.Error("the ground of a reduced fee is asked for though there is none")
	}
	f.formStatement()
	f.wantsMending("#f-created_on")
	w.wants(`#f-created_on[aria-invalid=true]`, "the day is refused at its field")
	w.look("filing-day-refused")
	w.fill(f.path+"/save", map[string]string{"created_on": "01.09.2026"})
	f.save()
	if got := one[string](f.installation, `SELECT data->>'title' FROM filing WHERE id = $1`, f.id()); got != workTitle {
		f.t.Errorf("the title is kept as %q", got)
	}
	w.look("filing-data")
}

func (f *filingWalk) id() string { return strings.TrimPrefix(f.path, "/filings/") }

// save presses the toolbar's button; what the page saved by itself meanwhile is no conflict.
func (f *filingWalk) save() {
	f.t.Helper()
	f.agent.press(`.wide-only button[form=data][value=save]`)
	if f.agent.has(`.message button[form=data]`) {
		f.agent.must(missing("saved data: it shows a conflict"), "saving")
	}
}

// participants are three authors; the last is not to be mentioned. Each is invited by mail.
// I-002 I-113 I-114 I-122 I-123 I-125 I-126 I-129 I-130 I-131 I-133 I-134
func (f *filingWalk) participants() {
	w := f.agent
	for i, p := range []somebody{first, second, third} {
		w.press(`.tabs a[href^="` + f.path + `/participants"]`)
		w.press(`a[href="` + f.path + `/participants/new"]`)
		form := f.path + "/participants"
		w.fill(form, map[string]string{"name": p.name(), "city": p.region, "address": p.residence, "postcode": p.postcode, "email": p.email})
		if i == 0 {
			w.fill(form, map[string]string{"number": p.iin[:11] + string('0'+('9'-p.iin[11]))})
			w.submit(form)
			w.wants(`#f-number[aria-invalid=true]`, "a wrong control digit is refused at its field")
			w.look("participant-refused")
		}
		w.fill(form, map[string]string{"number": p.iin})
		if p == third {
			w.tick(`[name=unmentioned]`)
			w.look("participant")
		}
		w.submit(form)
	}
	for _, p := range []somebody{first, second, third} {
		w.press(`form[action="` + f.path + `/participants/` + f.participant(p) + `/invite"] button`)
		f.letter(p, 0, `/sign/[A-Za-z0-9_-]+`)
	}
	if n := f.count(`SELECT count(*) FROM filing_participant WHERE filing_id = $1 AND role = 'author' AND unmentioned`, f.id()); n != 1 {
		f.t.Errorf("%d authors are not to be mentioned, wanted 1", n)
	}
	w.look("filing-participants")
}

// participant is somebody's id among the participants.
func (f *filingWalk) participant(p somebody) string {
	f.t.Helper()
	return one[string](f.installation, `SELECT id::text FROM filing_participant WHERE filing_id = $1 AND name ILIKE $2 AND removed_at IS NULL`, f.id(), p.name())
}

// attach gives a file in its place of the tab.
func (f *filingWalk) attach(place, file string, fields map[string]string) {
	f.t.Helper()
	w := f.agent
	section := `[id="d-` + place + `"]`
	if fold := section + ` details:not([open]):has(input[type=file]) > summary`; w.has(fold) {
		w.tick(fold)
	}
	form := section + ` form[action="` + f.path + `/documents"]`
	for name, value := range fields {
		ctx, done := w.within()
		w.must(chromedp.Do(ctx, chromedp.SetValue(chromedp.CSS(form+` [name=`+name+`]`), value)), "filling "+name)
		done()
	}
	ctx, done := w.within()
	defer done()
	w.must(chromedp.Do(ctx, chromedp.SetUploadFiles(chromedp.CSS(form+` input[type=file]`), []string{filepath.Join(f.dir, file)})), "choosing "+file)
	w.press(form + ` button[type=submit]`)
}

// documents are attached. An ISBN blocks the statement; a date that is not that of the filing is a doubt,
// which is answered.
// I-003 I-004 I-005 I-007 I-136 I-138 I-139 I-140 I-141 I-142
func (f *filingWalk) documents() {
	w := f.agent
	w.press(`.tabs a[href^="` + f.path + `/documents"]`)
	w.look("filing-documents-none")
	sheets := map[string]string{"sheets": "2", "description": "Учебное пособие, рукопись"}
	f.attach("work_copy", workWithISBN, sheets)
	f.attach("power_of_attorney", attorney, nil)
	for _, p := range []somebody{first, second, third} {
		f.attach("identity_copy-"+f.participant(p), identityFile(p), nil)
	}
	f.formStatement()
	f.wantsMending("#d-work_copy")
	if f.state() != "draft" {
		f.t.Fatalf("with an ISBN in the work the application is %s", f.state())
	}
	w.open(f.path + "/documents?check=1")
	if !strings.Contains(w.text(), "978-601-04-1234-7") {
		f.t.Error("the place of the ISBN is not shown")
	}
	w.look("filing-documents-isbn")

	f.attach("work_copy", workWithDate, sheets)
	answer := `.part-docs form[action$="/answer"] button`
	until(f.t, "the work has been read", func() bool {
		w.open(f.path + "/documents")
		return w.has(answer)
	})
	w.look("filing-documents-doubt")
	w.press(answer)
	if n := f.count(`SELECT count(*) FROM filing_answer WHERE filing_id = $1`, f.id()); n != 1 {
		f.t.Errorf("%d doubts are answered, wanted 1", n)
	}
	w.look("filing-documents")
}
