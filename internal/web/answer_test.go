package web

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/message"
	"kualik/internal/notify"
	"kualik/internal/registry"
	replies "kualik/internal/reply"
)

var linkedToken = regexp.MustCompile(`/a/([A-Za-z0-9_-]{32})`)

// answered lets a sender be answered about a certificate, and gives the path of the letter's link.
func (f *flow) answered(certificate uuid.UUID, from string) string {
	f.t.Helper()
	ctx := context.Background()
	var id uuid.UUID
	must(f.deps.Pool.QueryRow(ctx, `SELECT message_id FROM receipt WHERE certificate_id = $1 AND message_id NOT IN (SELECT message_id FROM reply_answer) LIMIT 1`, certificate).Scan(&id))
	_, err := f.deps.Pool.Exec(ctx, `UPDATE message SET from_addr = $2 WHERE id = $1`, id, from)
	must(err)
	must(f.deps.Replies.Answer(ctx, replies.Message{ID: id, Mailbox: "certificates@karatal.example", ReceivedAt: f.clock.Now(), Outcome: "certificates",
		Mail: message.Message{From: message.Address{Address: from}, Text: "Прошу учесть"}, Heard: notify.Heard{From: from}}))
	var text string
	must(f.deps.Pool.QueryRow(ctx, `SELECT body_text FROM letter WHERE topic = 'answer' AND recipient = $1 ORDER BY id DESC LIMIT 1`, from).Scan(&text))
	m := linkedToken.FindStringSubmatch(text)
	if m == nil {
		f.t.Fatal("no link in ", text)
	}
	return "/a/" + m[1]
}

// state is all that a link could change.
func (f *flow) stateOf(certificate uuid.UUID) (s string) {
	must(f.deps.Pool.QueryRow(context.Background(), `SELECT (SELECT string_agg(l::text, '|' ORDER BY id) FROM reply_link l) || (SELECT c::text FROM certificate c WHERE id = $1) ||
		(SELECT string_agg(a::text, '|' ORDER BY position) FROM certificate_author a WHERE certificate_id = $1) ||
		(SELECT count(*) FROM audit) || (SELECT count(*) FROM review_said) || (SELECT count(*) FROM decision)`, certificate).Scan(&s))
	return s
}

// Expectations R24: a scanner's GET changes nothing, only a POST with the page's token does, once, by the right person.
func TestPersonalLinks(t *testing.T) {
	f := newFlow(t)
	path := f.answered(f.initials, "m.sagitova@karatal.example")
	before := f.stateOf(f.initials)

	scanner := f.browser()
	for _, p := range []string{path, path + "/correct", path + "/page.png", path + "?answer=yes", path + "/undo"} {
		scanner.get(p)
		scanner.send("HEAD", p, nil, "")
	}
	page := scanner.get(path)
	for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"} {
		if got := page.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	blind := f.browser()
	blind.token = "guessed"
	if r := blind.post(path, url.Values{"answer": {"yes"}, "seen": {seenOf(page.body)}}); r.status != 403 {
		t.Errorf("without the token of the form: %d", r.status)
	}
	if after := f.stateOf(f.initials); after != before {
		t.Fatalf("looking changed\n%s\n%s", before, after)
	}

	thief := f.staffBrowser("a.kuandykov@karatal.example")
	if r := thief.get(path); r.status != 403 || strings.Contains(r.body, "Практикум") {
		t.Errorf("another person looks: %d", r.status)
	}
	if r := thief.post(path, url.Values{"answer": {"yes"}, "seen": {seenOf(page.body)}}); r.status != 403 {
		t.Errorf("another person answers: %d", r.status)
	}
	if r := thief.get(path + "/page.png"); r.status != 404 {
		t.Errorf("another person sees the document: %d", r.status)
	}
	if after := f.stateOf(f.initials); after != before {
		t.Fatal("another person changed something")
	}

	own := f.browser()
	page = own.get(path)
	for _, want := range []string{"Иә, менікі", "Менікі емес", "Практикум по теории вероятностей"} {
		if !strings.Contains(own.get(path+"?lang=kk").body, want) {
			t.Errorf("the question lacks %q", want)
		}
	}
	second := f.browser()
	other := second.get(path)
	if r := own.post(path, url.Values{"answer": {"yes"}, "seen": {seenOf(page.body)}}); r.status != 303 {
		t.Fatalf("yes: %d %s", r.status, r.body)
	}
	if a := f.get(f.initials).Authors[0]; a.Decision != registry.DecisionConfirmed || !a.Human {
		t.Errorf("after the yes: %+v", a)
	}
	if r := second.post(path, url.Values{"answer": {"no"}, "seen": {seenOf(other.body)}}); r.status != 409 || !strings.Contains(r.body, "уже использована") {
		t.Errorf("the second tab: %d", r.status)
	}
	if r := own.get(path); !strings.Contains(r.body, "10 × 1") || !strings.Contains(r.body, "10,00") {
		t.Error("the thanks do not say what it gives")
	}
	if r := own.post(path+"/undo", nil); r.status != 303 {
		t.Fatalf("undo: %d", r.status)
	}
	if a := f.get(f.initials).Authors[0]; a.Decision != registry.DecisionReview {
		t.Errorf("after undo: %s", a.Decision)
	}
	if r := own.get("/a/" + strings.Repeat("x", 32)); r.status != 404 {
		t.Errorf("a link that is none: %d", r.status)
	}
}

var seenField = regexp.MustCompile(`name="seen" value="([0-9a-f]+)"`)

func seenOf(body string) string {
	if m := seenField.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

func TestAnUnknownAddressOnlySaysSomethingAndTheDeskDecides(t *testing.T) {
	f := newFlow(t)
	path := f.answered(f.sure, "stranger@mail.example")
	b := f.browser()
	page := b.get(path)
	if !strings.Contains(page.body, `type="radio"`) {
		t.Error("an unknown reader is not asked who they are")
	}
	before := f.get(f.sure)
	form := url.Values{"seen": {seenOf(page.body)}, "number": {before.Number}, "registered_on": {string(before.RegisteredOn)}, "created_on": {string(before.CreatedOn)},
		"title": {"Органикалық химия"}, "authors": {strings.Join(before.Fields().Authors, "\n")}, "note": {"атауы ұзын"}}
	if r := b.post(path+"/correct", url.Values{"seen": form["seen"], "number": form["number"], "registered_on": {"31.02.2026"}}); r.status != 422 || !strings.Contains(r.body, "31.02.2026") {
		t.Errorf("no such day: %d", r.status)
	}
	if r := b.post(path+"/correct", form); r.status != 303 {
		t.Fatalf("correct: %d %s", r.status, r.body)
	}
	if now := f.get(f.sure); now.Title != before.Title || now.Version != before.Version {
		t.Error("a proposal changed the certificate")
	}
	office := f.as(account.ResearchOffice)
	desk := office.get("/review/" + f.sure.String())
	for _, want := range []string{"stranger@mail.example", "атауы ұзын", "адреса нет в справочнике", "Принять предложенное"} {
		if !strings.Contains(desk.body, want) {
			t.Errorf("the desk lacks %q", want)
		}
	}
	if r := office.get("/certificates/" + f.sure.String()); !strings.Contains(r.body, "stranger@mail.example") {
		t.Error("the certificate's page does not say what the sender says")
	}
	if r := f.as(account.HeadOfUnit).get("/certificates/" + f.sure.String()); strings.Contains(r.body, "stranger@mail.example") {
		t.Error("a head of a unit sees a stranger's address")
	}
	said := saidField.FindStringSubmatch(desk.body)
	if said == nil {
		t.Fatal("no button")
	}
	if r := office.post("/review/"+f.sure.String()+"/said", url.Values{"version": {f.version(f.sure)}, "said": {said[1]}}); r.status != 303 {
		t.Fatalf("follow: %d %s", r.status, r.body)
	}
	if now := f.get(f.sure); now.Title != "Органикалық химия" {
		t.Errorf("title: %s", now.Title)
	}
	if r := office.post("/review/"+f.sure.String()+"/said/close", url.Values{"version": {f.version(f.sure)}, "said": {said[1]}}); r.status != 409 {
		t.Errorf("closed twice: %d", r.status)
	}
	if r := b.post(path+"/undo", nil); r.status != 409 {
		t.Errorf("undo after the desk: %d", r.status)
	}
}

var saidField = regexp.MustCompile(`name="said" value="([0-9a-f-]{36})"`)

// Each reader is shown an address of their own, as text and as a code.
func TestEverybodyHasAnAddressForCertificates(t *testing.T) {
	f := newFlow(t)
	one := regexp.MustCompile(`certificates\+[2-9a-z]{4}@karatal\.example`)
	seen := map[string]bool{}
	for _, email := range []string{"m.sagitova@karatal.example", "a.kuandykov@karatal.example"} {
		body := f.staffBrowser(email).get("/my").body
		found := one.FindAllString(body, -1)
		if len(found) < 2 || !strings.Contains(body, `class="qr"`) {
			t.Fatalf("%s: %v", email, found)
		}
		for _, a := range found {
			if a != found[0] {
				t.Errorf("%s: two addresses: %v", email, found)
			}
		}
		seen[found[0]] = true
	}
	if len(seen) != 2 {
		t.Errorf("two people with one address: %v", seen)
	}
}
