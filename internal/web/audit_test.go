package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/i18n"
)

// deed writes one row of the audit.
func (w *world) deed(e audit.Entry) {
	w.t.Helper()
	w.clock.Advance(time.Minute)
	if e.At.IsZero() {
		e.At = w.clock.Now()
	}
	must(audit.Record(context.Background(), w.deps.Pool, e))
}

var rowOfDeed = regexp.MustCompile(`(?s)<code class="note block">([a-z_.]+)</code>`)

// deedsOn are the codes of the deeds on a page, in their order.
func deedsOn(r reply) (codes []string) {
	for _, m := range rowOfDeed.FindAllStringSubmatch(r.body, -1) {
		codes = append(codes, m[1])
	}
	return codes
}

func TestAuditPage(t *testing.T) {
	w := newWorld(t)
	w.admin()
	id := uuid.NewString()
	w.deed(audit.Entry{Actor: audit.Actor{ID: "a1", Name: "Меруерт Сагитова"}, Action: "filing.ask", SubjectKind: "filing", SubjectID: id,
		After: map[string]any{"letter": "И-2026-12"}, Note: "<b>уточните</b> название", Persons: []audit.Person{audit.ByNumber([]byte{1})}})
	w.deed(audit.Entry{Actor: audit.System, Action: "filing.expire", SubjectKind: "filing", SubjectID: id, Before: map[string]any{"state": "submitted"}, After: map[string]any{"state": "expired"}})
	w.deed(audit.Entry{Actor: audit.Actor{ID: "a2", Name: "=HYPERLINK(1)"}, Action: "mailbox.save", SubjectKind: "mailbox", SubjectID: "box"})
	w.deed(audit.Entry{Actor: audit.CLI, Action: "some.new_thing", SubjectKind: "thing", SubjectID: "100%_sure"})
	b := w.as(account.Administrator)
	page := b.get(auditPath)
	if page.status != 200 || !strings.Contains(page.body, "направлен запрос") || strings.Contains(page.body, "<b>уточните") || !strings.Contains(page.body, "submitted → expired") ||
		!strings.Contains(page.body, "ждёт печати") || !strings.Contains(page.body, "ещё не проверялась") || !strings.Contains(page.body, "командная строка") {
		t.Fatalf("%d\n%s", page.status, page.body)
	}
	for query, want := range map[string]string{
		"":              "some.new_thing mailbox.save filing.expire filing.ask account.first",
		"?area=filing":  "filing.expire filing.ask",
		"?actor=system": "filing.expire",
		"?actor=a1":     "filing.ask",
		"?looks=1":      "filing.ask",
		"?q=" + url.QueryEscape("сагитова"): "filing.ask",
		"?q=" + url.QueryEscape("И-2026"):   "filing.ask",
		"?q=" + url.QueryEscape("%_s"):      "some.new_thing",
		"?q=zzz":                            "",
		"?kind=filing&id=" + id:             "filing.expire filing.ask",
		"?day=2026-09-17":                   "some.new_thing mailbox.save filing.expire filing.ask account.first",
		"?day=2026-09-16":                   "",
		"?since=today&area=mailbox":         "mailbox.save",
		"?before=nonsense&area=some":        "some.new_thing",
	} {
		if got := strings.Join(deedsOn(b.get(auditPath+query)), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for range deedsShown {
		w.deed(audit.Entry{Actor: audit.System, Action: "filing.remind", SubjectKind: "filing", SubjectID: id})
	}
	first := b.get(auditPath + "?area=filing")
	older := regexp.MustCompile(`href="([^"]*before=[^"]*)"`).FindStringSubmatch(first.body)
	if len(deedsOn(first)) != deedsShown || older == nil {
		t.Fatalf("%d deeds, older %v", len(deedsOn(first)), older)
	}
	if got := strings.Join(deedsOn(b.get(strings.ReplaceAll(older[1], "&amp;", "&"))), " "); got != "filing.expire filing.ask" {
		t.Errorf("older: %s", got)
	}

	file := b.get(auditPath + "/export?area=mailbox")
	table, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil || len(table) != 2 || table[1][4] != "'=HYPERLINK(1)" || table[1][5] != "mailbox.save" || file.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%q (%v)", table, err)
	}
	if r := b.post(auditPath+"/verify", nil); r.to() != auditPath {
		t.Fatalf("%d", r.status)
	}
	if page := b.get(auditPath); !strings.Contains(page.body, "Журнал цел") || !strings.Contains(page.body, "печать 5") || strings.Contains(page.body, "ждёт печати") {
		t.Error("the page does not say that all is well")
	}
	must(pgx.BeginFunc(context.Background(), w.deps.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(context.Background(), `SET LOCAL session_replication_role = replica; UPDATE audit SET note = 'x' WHERE action = 'mailbox.save'`)
		return err
	}))
	w.clock.Advance(time.Hour)
	b.post(auditPath+"/verify", nil)
	if page := b.get(auditPath); !strings.Contains(page.body, "изменён в обход программы") || !strings.Contains(page.body, "Запись 4 изменена") {
		t.Error("the page does not say what is broken")
	}
	for _, role := range account.Roles[1:] {
		other := w.as(role)
		for _, path := range []string{auditPath, auditPath + "/export"} {
			if r := other.get(path); r.status != 403 || strings.Contains(r.body, "mailbox.save") {
				t.Errorf("%s sees %s: %d", role, path, r.status)
			}
		}
		if r := other.post(auditPath+"/verify", nil); r.status != 403 {
			t.Errorf("%s verifies: %d", role, r.status)
		}
	}
}

// Everybody sees the looks at their own data, by whatever key they were recorded, and nobody else's.
func TestOwnLooksPage(t *testing.T) {
	f := newFilings(t)
	filer, second := f.enters(filerIIN), f.enters(secondIIN)
	path := f.formed(filer) + "/participants"
	office := f.as(account.ResearchOffice)
	person := regexp.MustCompile(`/participants/([0-9a-f-]{36})/reveal`).FindStringSubmatch(office.get(path).body)
	if person == nil || !strings.Contains(office.post(path+"/"+person[1]+"/reveal", nil).body, filerIIN) {
		t.Fatal("the office sees no number")
	}
	page := filer.get(looksPath)
	if page.status != 200 || !strings.Contains(page.body, "показан ваш ИИН") || !strings.Contains(page.body, "Ербол Тасов") || strings.Contains(page.body, filerIIN) {
		t.Fatalf("%d\n%s", page.status, page.body)
	}
	if r := filer.post("/profile/reveal", url.Values{"version": {"1"}}); !strings.Contains(r.body, filerIIN) {
		t.Fatal("own number")
	}
	all, others := filer.get(looksPath).body, filer.get(looksPath+"?who=others").body
	if strings.Count(all, "показан ваш ИИН") != 2 || strings.Count(others, "показан ваш ИИН") != 1 || strings.Contains(others, ">вы<") {
		t.Error("own looks are not told apart")
	}
	if r := second.get(looksPath); r.status != 200 || strings.Contains(r.body, "показан ваш ИИН") {
		t.Error("another's looks are seen")
	}
	nobody := f.browser()
	if r := nobody.get(looksPath); !strings.HasPrefix(r.to(), "/login") && r.status != 401 {
		t.Errorf("without a log-in: %d", r.status)
	}
}

// Every action that the program records has its words in the three languages, and every kind of subject too.
func TestActionsHaveWords(t *testing.T) {
	found := map[string]bool{}
	patterns := []struct {
		folder, prefix string
		code           *regexp.Regexp
	}{
		{"*", "", regexp.MustCompile(`Action: +"([a-z]+\.[a-z_]+[a-z])"`)},
		{"*", "", regexp.MustCompile(`\.record\([^"\n]*"((?:account|payment)\.[a-z_]+)"`)},
		{"web", "", regexp.MustCompile(`noteDeed\(v, "([a-z_.]+)"`)},
		{"account", "", regexp.MustCompile(`"(account\.(?:profile_document[a-z_]*|first_eds|login_eds))"`)},
		{"filing", "filing.", regexp.MustCompile(`\.record(?:Look)?\([^"\n]*, "([a-z_]+)"`)},
		{"filing", "filing.", regexp.MustCompile(`\.recordOf\([^"\n]*, "([a-z_]+)"`)},
		{"issuing", "register.", regexp.MustCompile(`\.(?:record|begin)\([^"\n]*"([a-z_]+)"`)},
		{"review", "review.", regexp.MustCompile(`change\{by, "([a-z_]+)"`)},
		{"desk", "desk.", regexp.MustCompile(`\.record(?:Of)?\([^"\n]*"([a-z_]+)"`)},
		{"chase", "", regexp.MustCompile(`"(chase\.[a-z_]+)"`)},
	}
	for _, p := range patterns {
		files, err := filepath.Glob(filepath.Join("..", p.folder, "*.go"))
		must(err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "_templ.go") {
				continue
			}
			data, err := os.ReadFile(file)
			must(err)
			for _, m := range p.code.FindAllStringSubmatch(string(data), -1) {
				found[p.prefix+m[1]] = true
			}
		}
	}
	if len(found) < 60 {
		t.Fatalf("only %d actions were found", len(found))
	}
	for action := range found {
		for _, l := range i18n.All {
			if words := actionWords(l, action); words == action {
				t.Errorf("%s has no words in %s", action, l)
			}
			if area, _, _ := strings.Cut(action, "."); areaWords(l, area) == area && l != i18n.EN {
				t.Errorf("the area of %s has no words in %s", action, l)
			}
		}
	}
	for _, l := range i18n.All {
		for _, kind := range []string{"account", "application", "certificate", "filing", "filing_record", "invoice", "message", "register_entry", "staff", "statement"} {
			if kindOfSubject(l, kind) == kind && l != i18n.EN {
				t.Errorf("%s has no words in %s", kind, l)
			}
		}
	}
	if got := actionWords(i18n.RU, "review.undo_accept"); got != fmt.Sprintf("отменено: %s", i18n.T(i18n.RU, "desk.deed.accept")) {
		t.Error(got)
	}
}
