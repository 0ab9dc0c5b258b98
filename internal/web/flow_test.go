package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/registry"
)

// pages are all pages of the flow that an operator may open.
func (f *flow) pages() []string {
	return []string{"/", "/certificates", "/certificates?q=жоқ", "/certificates?state=review&kind=composite_work&faculty=Факультет+естественных+наук&received=week&period=2026",
		"/certificates/" + f.sure.String(), "/certificates/" + f.twins.String(), "/certificates/" + f.scan.String(),
		"/review/" + f.twins.String(), "/review/" + f.scan.String(), "/review/" + f.initials.String(), "/review/" + f.sure.String(),
		"/review/" + f.twins.String() + "/fields", "/review/" + f.twins.String() + "/applications?q=химия", "/review/" + f.initials.String() + "/people/1?q=сагитова",
		"/review/" + f.scan.String() + "/copies?q=78498", "/review/" + f.letter.String(), "/mail", "/mail?outcome=quarantined&reason=link_only&kind=mail&since=month",
		"/mail/" + f.letter.String(), "/mail/" + f.pending.String(), "/upload", "/upload?for=" + f.letter.String(), "/upload/done?m=" + f.letter.String(), "/my"}
}

// untranslated finds a key that is shown instead of its message.
var untranslated = regexp.MustCompile(`[ >"](?:desk|web|rating|review|registry)\.[a-z_]+[a-z_.0-9]*[ <"]`)

func TestPagesOfTheFlowInThreeLanguages(t *testing.T) {
	f := newFlow(t)
	b := f.as(account.ResearchOffice)
	for _, path := range f.pages() {
		for _, lang := range []string{"kk", "ru", "en"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			r := b.get(strings.ReplaceAll(path, " ", "%20") + sep + "lang=" + lang)
			if r.status != 200 {
				t.Errorf("%s in %s: %d %s", path, lang, r.status, r.to())
				continue
			}
			if !strings.Contains(r.body, `<html lang="`+lang+`"`) {
				t.Errorf("%s is not in %s", path, lang)
			}
			if m := untranslated.FindString(r.body); m != "" {
				t.Errorf("%s in %s shows the key %q", path, lang, m)
			}
		}
	}
}

func TestWhoMayOpenTheFlow(t *testing.T) {
	f := newFlow(t)
	roles := map[string]*browser{"office": f.as(account.ResearchOffice), "head": f.as(account.HeadOfUnit), "author": f.staffBrowser("m.sagitova@karatal.example"),
		"stranger": f.browser()}
	for _, c := range []struct {
		path                           string
		office, head, author, stranger int
	}{
		{"/", 200, 303, 303, 303},
		{"/certificates", 200, 200, 403, 303},
		{"/certificates/" + f.sure.String(), 200, 200, 200, 303},
		{"/certificates/" + f.twins.String(), 200, 404, 404, 303},
		{"/certificates/" + f.initials.String(), 200, 404, 200, 303}, // the author is asked about it
		{"/certificates/" + f.sure.String() + "/file", 200, 200, 200, 303},
		{"/certificates/" + f.twins.String() + "/file", 200, 404, 404, 303},
		{"/certificates/" + f.twins.String() + "/pages/1.png", 200, 404, 404, 303},
		{"/certificates/" + uuid.NewString(), 404, 404, 404, 303},
		{"/review/" + f.twins.String(), 200, 403, 403, 303},
		{"/mail", 200, 403, 403, 303},
		{"/mail/" + f.letter.String(), 200, 403, 403, 303},
		{"/mail/" + f.letter.String() + "/raw", 200, 403, 403, 303},
		{"/upload", 200, 200, 200, 303},
		{"/upload/done?m=" + f.letter.String(), 200, 404, 404, 303},
		{"/my", 200, 200, 200, 303},
		{"/my/" + f.initials.String() + "/1", 403, 403, 200, 303},
	} {
		for who, want := range map[string]int{"office": c.office, "head": c.head, "author": c.author, "stranger": c.stranger} {
			if r := roles[who].get(c.path); r.status != want {
				t.Errorf("%s opens %s: %d, want %d", who, c.path, r.status, want)
			}
		}
	}
	for _, path := range []string{"/accept", "/none", "/fields", "/later", "/close"} {
		for _, who := range []string{"head", "author"} {
			if r := roles[who].post("/review/"+f.twins.String()+path, url.Values{"version": {"1"}}); r.status != 403 {
				t.Errorf("%s posts %s: %d", who, path, r.status)
			}
		}
	}
}

func TestHeadOfAUnitSeesOnlyItsCertificates(t *testing.T) {
	f := newFlow(t)
	r := f.as(account.HeadOfUnit).get("/certificates")
	if !strings.Contains(r.body, f.sure.String()) {
		t.Error("the unit's own certificate is not listed")
	}
	if strings.Contains(r.body, f.twins.String()) {
		t.Error("another faculty's certificate is listed")
	}
}

func TestListIsFoundFoldedAndKeepsItsAddress(t *testing.T) {
	f := newFlow(t)
	b := f.as(account.ResearchOffice)
	for query, want := range map[string]uuid.UUID{"утеген": f.twins, "Otegen": f.twins, "органикалык химия": f.sure, "78 498": f.sure, "110588": f.sure, "Kuandykov": f.sure} {
		r := b.get("/certificates?q=" + url.QueryEscape(query))
		if !strings.Contains(r.body, want.String()) {
			t.Errorf("%q does not find its certificate", query)
		}
	}
	if r := b.get("/certificates?q=" + url.QueryEscape("утеген")); strings.Contains(r.body, f.sure.String()) {
		t.Error("the search lists what it does not find")
	}
	r := b.get("/certificates?q=%D1%85%D0%B8%D0%BC%D0%B8%D1%8F&state=auto&period=2026&sort=number&per=50")
	for _, want := range []string{"q=%D1%85%D0%B8%D0%BC%D0%B8%D1%8F&amp;sort=-number&amp;state=auto", `name="state" value="auto"`, `name="period" value="2026"`,
		`aria-sort="ascending"`, "/certificates/export?format=csv&amp;per=50&amp;period=2026&amp;q="} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the list forgets %s", want)
		}
	}
	if !strings.Contains(r.body, f.sure.String()) {
		t.Error("the filters hide what they should show")
	}
	if r := b.get("/certificates?state=review"); strings.Contains(r.body, f.sure.String()) || !strings.Contains(r.body, f.twins.String()) {
		t.Error("the state is not filtered")
	}
	if r := b.get("/certificates?sort=;drop&page=999&per=7&period=x&person=x&state=x"); r.status != 200 {
		t.Errorf("an address that nobody wrote: %d", r.status)
	}
}

func TestExportTakesJustWhatIsListed(t *testing.T) {
	f := newFlow(t)
	b := f.as(account.ResearchOffice)
	r := b.get("/certificates/export?format=csv&state=review")
	if r.status != 200 || r.body != "csv of 2" {
		t.Fatalf("%d %q", r.status, r.body)
	}
	if got := r.header.Get("Content-Disposition"); !strings.Contains(got, "certificates-2026-09-17.csv") {
		t.Error(got)
	}
	if len(f.exported) != 2 {
		t.Error(f.exported)
	}
	if r := b.get("/certificates/export?format=exe"); r.status != 404 {
		t.Error("an unknown format: ", r.status)
	}
	f.as(account.HeadOfUnit).get("/certificates/export?format=csv")
	if len(f.exported) != 1 || f.exported[0] != f.sure {
		t.Error("a head of a unit exports what is not theirs: ", f.exported)
	}
}

func TestOverviewAccountsForEveryLetter(t *testing.T) {
	f := newFlow(t)
	r := f.as(account.ResearchOffice).get("/")
	for _, want := range []string{`class="figure off">1<`, "/mail?outcome=quarantined", "/review?reason=two_applications", "/review?reason=scan", "/review?reason=link_only"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the overview lacks %s", want)
		}
	}
	if _, err := f.deps.Pool.Exec(t.Context(), `UPDATE message SET outcome = 'nothing_found' WHERE outcome = 'pending'`); err != nil {
		t.Fatal(err)
	}
	if r := f.as(account.ResearchOffice).get("/"); !strings.Contains(r.body, `class="figure zero">0<`) {
		t.Error("nothing is left, and the equation does not say so")
	}
}

func TestDecisionIsMadeAndUndone(t *testing.T) {
	f := newFlow(t)
	b := f.as(account.ResearchOffice)
	page := b.get("/review/" + f.twins.String())
	m := regexp.MustCompile(`name="application" value="([0-9a-f-]{36})"`).FindStringSubmatch(page.body)
	if m == nil {
		t.Fatal("no candidate is offered")
	}
	r := b.post("/review/"+f.twins.String()+"/accept", url.Values{"version": {f.version(f.twins)}, "application": {m[1]}})
	if r.status != 303 {
		t.Fatalf("accept: %d\n%s", r.status, r.body)
	}
	c := f.get(f.twins)
	if c.ApplicationDecision != registry.DecisionConfirmed || c.ApplicationID.String() != m[1] {
		t.Fatal(c.ApplicationDecision, c.ApplicationID)
	}
	if r.to() == "/review/"+f.twins.String() {
		t.Error("a case with nothing left to decide is still open")
	}
	page = b.get(r.to())
	undo := regexp.MustCompile(`action="/review/undo"[^§]*?name="id" value="([0-9a-f-]{36})"`).FindStringSubmatch(page.body)
	if undo == nil {
		t.Fatal("no undo is offered on the next page")
	}
	if r := b.post("/review/undo", url.Values{"id": {undo[1]}}); r.status != 303 || r.to() != "/review/"+f.twins.String() {
		t.Fatalf("undo: %d %s", r.status, r.to())
	}
	if c := f.get(f.twins); c.ApplicationDecision != registry.DecisionReview {
		t.Error("after undo: ", c.ApplicationDecision)
	}
}

func TestSecondOperatorIsShownBothVersions(t *testing.T) {
	f := newFlow(t)
	office, admin := f.as(account.ResearchOffice), f.as(account.Administrator)
	if r := admin.get("/review/" + f.twins.String()); strings.Contains(r.body, "Тасов") {
		t.Error("a person who is not there is named")
	}
	if r := office.get("/review/" + f.twins.String()); !strings.Contains(r.body, "Иманова") && !strings.Contains(r.body, "Аружан") {
		t.Error("who else has the case open is not named")
	}
	seen := f.version(f.twins)
	admin.post("/review/"+f.twins.String()+"/none", url.Values{"version": {seen}})
	application := f.get(f.twins).Explanation.Candidates[0].ID
	r := office.post("/review/"+f.twins.String()+"/accept", url.Values{"version": {seen}, "application": {application}})
	if r.status != 409 {
		t.Fatalf("a decision on an old version: %d", r.status)
	}
	if c := f.get(f.twins); c.ApplicationDecision != registry.DecisionNone {
		t.Fatal("the second decision was written unseen")
	}
	now := f.version(f.twins)
	for _, want := range []string{`name="version" value="` + now + `"`, `name="application" value="` + application + `"`, "Принять заявку", "заявки нет", "Аружан"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the conflict does not show %s", want)
		}
	}
	if r := office.post("/review/"+f.twins.String()+"/accept", url.Values{"version": {now}, "application": {application}}); r.status != 303 {
		t.Errorf("keeping one's own: %d", r.status)
	}
}

func TestFieldsAreCorrectedOrShownAgain(t *testing.T) {
	f := newFlow(t)
	b := f.as(account.ResearchOffice)
	form := url.Values{"version": {f.version(f.scan)}, "number": {"78427"}, "registered_on": {"31.02.2026"}, "created_on": {"2026-08-01"},
		"title": {"Ою-өрнек"}, "authors": {"Куандыков Аскар Маратович\n\nНурбаева Лаура"}, "kind": {"design_work"}}
	r := b.post("/review/"+f.scan.String()+"/fields", form)
	if r.status != 422 || !strings.Contains(r.body, "31.02.2026") || !strings.Contains(r.body, "78427") {
		t.Fatalf("a day that is none: %d", r.status)
	}
	form.Set("registered_on", "01.09.2026")
	form.Set("csrf", b.token)
	if r := b.post("/review/"+f.scan.String()+"/fields", form); r.status != 303 {
		t.Fatalf("%d\n%s", r.status, r.body)
	}
	c := f.get(f.scan)
	if c.Reading != registry.Confirmed || c.Number != "78427" || c.RegisteredOn != "2026-09-01" || len(c.Authors) != 2 {
		t.Errorf("%+v", c.Fields())
	}
}

func TestAuthorSaysWhoseItIs(t *testing.T) {
	f := newFlow(t)
	b := f.staffBrowser("m.sagitova@karatal.example")
	path := "/my/" + f.initials.String() + "/1"
	if r := b.get("/my"); !strings.Contains(r.body, path) {
		t.Fatal("the question is not asked")
	}
	b.get(path)
	answer := func(a string) reply {
		return b.post(path, url.Values{"version": {f.version(f.initials)}, "answer": {a}})
	}
	r := answer("yes")
	if r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if a := f.get(f.initials).Authors[0]; a.Decision != registry.DecisionConfirmed {
		t.Fatal(a.Decision)
	}
	thanks := b.get(r.to())
	if !strings.Contains(thanks.body, "10,00") {
		t.Error("what it gives is not said")
	}
	id := regexp.MustCompile(`d=([0-9a-f-]{36})`).FindStringSubmatch(r.to())[1]
	if r := b.post("/my/undo", url.Values{"id": {id}}); r.status != 303 {
		t.Fatal("undo: ", r.status)
	}
	if a := f.get(f.initials).Authors[0]; a.Decision != registry.DecisionReview {
		t.Fatal("after undo: ", a.Decision)
	}
	if r := answer("no"); r.status != 303 {
		t.Fatal("no: ", r.status)
	}
	if r := b.get("/my"); strings.Contains(r.body, path) {
		t.Error("a no is asked again")
	}
	if r := answer("yes"); r.status == 303 {
		t.Error("a yes after a no is taken without being asked")
	}
}

func TestNobodyDecidesForOthers(t *testing.T) {
	f := newFlow(t)
	other := f.staffBrowser("a.kuandykov@karatal.example")
	r := other.post("/my/"+f.initials.String()+"/1", url.Values{"version": {f.version(f.initials)}, "answer": {"yes"}})
	if r.status != 404 {
		t.Errorf("a stranger claims: %d", r.status)
	}
	office := f.as(account.ResearchOffice)
	office.post("/review/"+f.twins.String()+"/none", url.Values{"version": {f.version(f.twins)}})
	var id string
	if err := f.deps.Pool.QueryRow(t.Context(), `SELECT id::text FROM decision ORDER BY at DESC LIMIT 1`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	if r := other.post("/my/undo", url.Values{"id": {id}}); r.status != 404 {
		t.Errorf("an author undoes the office: %d", r.status)
	}
	if f.get(f.twins).ApplicationDecision != registry.DecisionNone {
		t.Error("the office's decision is gone")
	}
}

func TestMyPointsAreExplained(t *testing.T) {
	f := newFlow(t)
	r := f.staffBrowser("m.sagitova@karatal.example").get("/my?lang=kk")
	for _, want := range []string{"10 × 1/3 =", "3,33", "Бұл менікі емес", "certificates+"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("my page lacks %q", want)
		}
	}
}

func TestDocumentsAreSavedNeverShown(t *testing.T) {
	f := newFlow(t)
	b := f.as(account.ResearchOffice)
	r := b.get("/certificates/" + f.sure.String() + "/pages/1.png")
	if r.status != 200 || r.header.Get("Content-Type") != "image/png" || r.body != string(picture) {
		t.Fatalf("page: %d %s", r.status, r.header.Get("Content-Type"))
	}
	again := b.send("GET", "/certificates/"+f.sure.String()+"/pages/1.png", nil, "", "If-None-Match", r.header.Get("ETag"))
	if again.status != 304 {
		t.Errorf("the same page again: %d", again.status)
	}
	for _, n := range []string{"2", "0", "x", "9999"} {
		if r := b.get("/certificates/" + f.sure.String() + "/pages/" + n + ".png"); r.status != 404 {
			t.Errorf("page %s: %d", n, r.status)
		}
	}
	for _, path := range []string{"/certificates/" + f.sure.String() + "/file", "/mail/" + f.letter.String() + "/raw"} {
		r := b.get(path)
		if r.status != 200 || r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Content-Type") != "application/octet-stream" ||
			!strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d %v", path, r.status, r.header)
		}
	}
	if r := b.get("/certificates/" + f.sure.String() + "/file"); r.body != "document свидетельство.pdf" {
		t.Errorf("%q", r.body)
	}
}

func TestUploadGoesTheWayOfAMail(t *testing.T) {
	f := newFlow(t)
	b := f.staffBrowser("m.sagitova@karatal.example")
	b.get("/upload")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	must(w.WriteField("csrf", b.token))
	for _, name := range []string{"куәлік.pdf", `C:\photos\IMG_1.jpg`} {
		p, err := w.CreateFormFile("file", name)
		must(err)
		fmt.Fprint(p, "content of ", name)
	}
	must(w.Close())
	r := b.send("POST", "/upload", bytes.NewReader(body.Bytes()), w.FormDataContentType())
	if r.status != 303 || len(f.uploads) != 2 {
		t.Fatalf("%d, %d files", r.status, len(f.uploads))
	}
	if u := f.uploads[0]; u.From != "m.sagitova@karatal.example" || u.Filename != "куәлік.pdf" || string(u.Data) != "content of куәлік.pdf" {
		t.Errorf("%+v", u)
	}
	if u := f.uploads[1]; u.Filename != "IMG_1.jpg" {
		t.Error(u.Filename)
	}
	page := b.get(r.to())
	if page.status != 200 || !strings.HasPrefix(page.header.Get("Refresh"), "2; url=/upload/done?") {
		t.Errorf("%d, Refresh %q", page.status, page.header.Get("Refresh"))
	}
	if r := f.staffBrowser("a.kuandykov@karatal.example").get(r.to()); r.status != 404 {
		t.Errorf("somebody else's upload: %d", r.status)
	}
	if _, err := f.deps.Pool.Exec(t.Context(), `UPDATE message SET outcome = 'certificates' WHERE outcome = 'pending'`); err != nil {
		t.Fatal(err)
	}
	if page := b.get(r.to()); page.header.Get("Refresh") != "" {
		t.Error("a page with nothing to wait for asks again")
	}
	empty := multipart.NewWriter(&body)
	body.Reset()
	must(empty.WriteField("csrf", b.token))
	must(empty.Close())
	if r := b.send("POST", "/upload", bytes.NewReader(body.Bytes()), empty.FormDataContentType()); r.status != 422 {
		t.Errorf("no file: %d", r.status)
	}
}

func TestQuarantinedLetterIsClosedPutOffOrRunAgain(t *testing.T) {
	f := newFlow(t)
	b := f.as(account.ResearchOffice)
	page := b.get("/review/" + f.letter.String())
	for _, want := range []string{"mailto:l.nurbaeva@karatal.example", "Ссылка на облако", "/upload?for=" + f.letter.String(), "/replay"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the case lacks %s", want)
		}
	}
	if r := b.post("/mail/"+f.letter.String()+"/replay", nil); r.status != 303 || len(f.replayed) != 1 {
		t.Errorf("replay: %d %v", r.status, f.replayed)
	}
	b.get("/review/" + f.letter.String())
	if r := b.post("/review/"+f.letter.String()+"/later", nil); r.status != 303 {
		t.Errorf("later: %d", r.status)
	}
	if r := b.get("/review/" + f.twins.String()); strings.Contains(r.body, "/review/"+f.letter.String()) {
		t.Error("what was put off is still in the queue")
	}
	if r := b.get("/review/" + f.twins.String() + "?later=1"); !strings.Contains(r.body, "/review/"+f.letter.String()) {
		t.Error("what was put off cannot be found")
	}
	if r := b.post("/review/"+f.letter.String()+"/close", nil); r.status != 303 {
		t.Errorf("close: %d", r.status)
	}
	m, err := registry.GetMail(t.Context(), f.deps.Pool, f.letter)
	if err != nil || m.Outcome != "nothing_found" {
		t.Error(m.Outcome, err)
	}
}

func TestEveryDecisionOfTheDesk(t *testing.T) {
	for name, c := range map[string]struct {
		pick  func(*flow) uuid.UUID
		form  func(*flow) url.Values
		check func(registry.Certificate) bool
	}{
		"none":            {func(f *flow) uuid.UUID { return f.twins }, nil, func(c registry.Certificate) bool { return c.ApplicationDecision == registry.DecisionNone }},
		"confirm":         {func(f *flow) uuid.UUID { return f.scan }, nil, func(c registry.Certificate) bool { return c.Reading == registry.Confirmed }},
		"not-ours":        {func(f *flow) uuid.UUID { return f.twins }, nil, func(c registry.Certificate) bool { return c.NotOurs }},
		"not-certificate": {func(f *flow) uuid.UUID { return f.scan }, nil, func(c registry.Certificate) bool { return c.Reading == registry.Rejected }},
		"same": {func(f *flow) uuid.UUID { return f.scan }, func(f *flow) url.Values { return url.Values{"other": {f.sure.String()}} },
			func(c registry.Certificate) bool { return c.MergedInto != nil }},
		"person": {func(f *flow) uuid.UUID { return f.initials }, func(*flow) url.Values { return url.Values{"position": {"1"}, "staff": {nobody}} },
			func(c registry.Certificate) bool {
				return c.Authors[0].Decision == registry.NotStaff && c.Authors[0].Human
			}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlow(t)
			b := f.as(account.ResearchOffice)
			id := c.pick(f)
			form := url.Values{}
			if c.form != nil {
				form = c.form(f)
			}
			form.Set("version", f.version(id))
			if r := b.post("/review/"+id.String()+"/"+name, form); r.status != 303 {
				t.Fatalf("%d\n%s", r.status, r.body)
			} else if next := b.get(r.to()); next.status != 200 && next.status != 303 {
				t.Errorf("afterwards: %d", next.status)
			}
			if !c.check(f.get(id)) {
				t.Error("it is not decided")
			}
		})
	}
}

func TestMailboxThatIsLateCallsForAPerson(t *testing.T) {
	now := time.Date(2026, 9, 17, 9, 34, 0, 0, time.UTC)
	for _, c := range []struct {
		good time.Duration
		want string
	}{{time.Minute, "ok"}, {time.Hour, "warn"}} {
		at := now.Add(-c.good)
		o := overviewView{Alarm: 30 * time.Minute}
		row := o.lamp(envAt(now), boxAt(at))
		if row.Kind != c.want {
			t.Errorf("polled %s ago: %s", c.good, row.Kind)
		}
	}
}
