package web

import (
	"bufio"
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/web/part"
	"kualik/reports"
)

// The audit: who did what to what and when, with the state of the chain that seals it.

const auditPath = "/settings/audit"

func (s *Server) mountAudit() {
	if s.Audit == nil {
		return
	}
	s.get(auditPath, account.SeeAudit, s.auditPage)
	s.get(auditPath+"/export", account.SeeAudit, s.exportAudit)
	s.post(auditPath+"/verify", account.SeeAudit, s.verifyAudit)
}

const deedsShown = 50

// auditView is the list of deeds.
type auditView struct {
	Tabs    []part.Tab
	Query   url.Values
	Chain   chainView
	Filters part.FiltersView
	Day     string
	Hidden  []part.Link // of the form that asks for a day
	Rows    []deedRow
	Older   string
	Export  string
}

// chainView is what the last verification found.
type chainView struct {
	Lamp, Fact, Evidence string
	Faults               []string
	More                 int64
}

// deedRow is a deed as it is shown.
type deedRow struct {
	ID                   string
	When, DayHref        string
	Who, WhoHref         string
	What, Code           string
	Of, OfHref, OfAll    string
	Details              []part.Fact
	Seal                 string
	Person, Look, Waits  bool
	SubjectKind, Subject string
}

var auditSpans = []string{"today", "week", "month"}

// auditFilter reads the filter from the address.
func (s *Server) auditFilter(v *Visit) audit.Filter {
	q := v.Values()
	f := audit.Filter{Query: q.Get("q"), Area: q.Get("area"), Actor: q.Get("actor"), Kind: q.Get("kind"), ID: q.Get("id"), Looks: q.Get("looks") != ""}
	if days, ok := receivedDays[q.Get("since")]; ok {
		f.Since = startOf(v.Today().AddDays(1-days), s.Zone)
	}
	if day, err := clock.ParseDay(q.Get("day")); err == nil && day != "" {
		f.Since, f.Until = startOf(day, s.Zone), startOf(day.AddDays(1), s.Zone)
	}
	return f
}

func (s *Server) auditPage(v *Visit) error {
	ctx, q := v.UserContext(), v.Values()
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64) // anything else begins at the newest
	list, err := audit.Search(ctx, s.Pool, s.auditFilter(v), max(before, 0), deedsShown)
	if err != nil {
		return err
	}
	view := auditView{Tabs: s.settingsTabs(v, auditPath), Query: q, Export: part.HrefWith(auditPath+"/export", q, "before", ""),
		Day: q.Get("day"), Hidden: hiddenOf(q, "q", "area", "actor", "kind", "id", "looks")}
	if view.Chain, err = s.chainState(v); err != nil {
		return err
	}
	if view.Filters, err = s.auditFilters(v); err != nil {
		return err
	}
	numbers, err := s.filingNumbers(ctx, list)
	if err != nil {
		return err
	}
	for _, d := range list {
		view.Rows = append(view.Rows, s.deedRow(v, d, numbers))
	}
	if len(list) == deedsShown {
		view.Older = part.HrefWith(auditPath, q, "before", strconv.FormatInt(list[len(list)-1].ID, 10))
	}
	return v.Show(Page{Title: v.T("audit.page.title"), Here: "/settings"}, auditPage(view))
}

func (s *Server) auditFilters(v *Visit) (part.FiltersView, error) {
	q := v.Values()
	href := func(pairs ...string) string { return part.HrefWith(auditPath, q, append(pairs, "before", "")...) }
	f := part.FiltersView{Action: auditPath, Query: q.Get("q"), Label: v.T("audit.page.search"),
		Hidden: hiddenOf(q, "area", "actor", "kind", "id", "looks", "since", "day")}
	areas, err := audit.Areas(v.UserContext(), s.Pool)
	if err != nil {
		return f, err
	}
	var choices []part.Tab
	for _, a := range areas {
		choices = append(choices, part.Tab{Text: areaWords(v.Lang(), a), Href: href("area", a)})
	}
	area := part.FilterView{Name: v.T("audit.filter.area"), Clear: href("area", ""), Choices: choices}
	if a := q.Get("area"); a != "" {
		area.Value = areaWords(v.Lang(), a)
	}
	looks := part.FilterView{Name: v.T("audit.filter.looks"), Clear: href("looks", ""), Value: when(q.Get("looks") != "", v.T("audit.filter.looks_set")),
		Choices: []part.Tab{{Text: v.T("audit.filter.looks_set"), Href: href("looks", "1")}}}
	since := part.FilterView{Name: v.T("audit.filter.since"), Clear: href("since", "", "day", "")}
	for _, sp := range auditSpans {
		since.Choices = append(since.Choices, part.Tab{Text: v.T("desk.received." + sp), Href: href("since", sp, "day", "")})
		if q.Get("since") == sp {
			since.Value = v.T("desk.received." + sp)
		}
	}
	if day, err := clock.ParseDay(q.Get("day")); err == nil && day != "" {
		since.Value = part.Day(v.Context(), day)
	}
	f.Filters = []part.FilterView{area, looks, since}
	for _, name := range []string{"actor", "id"} {
		if q.Get(name) == "" {
			continue
		}
		one := part.FilterView{Name: v.T("audit.filter." + name), Value: s.actorWords(v, q.Get("actor"), ""), Clear: href(name, "")}
		if name == "id" {
			one.Value, one.Clear = kindOfSubject(v.Lang(), q.Get("kind"))+" "+short(q.Get("id")), href("id", "", "kind", "")
		}
		f.Filters = append(f.Filters, one)
	}
	if anySet(q, "q", "area", "actor", "kind", "id", "looks", "since", "day") {
		f.Reset = auditPath
	}
	return f, nil
}

// chainState is what is known of the chain, by its last verification.
func (s *Server) chainState(v *Visit) (c chainView, err error) {
	last, err := audit.LastCheck(v.UserContext(), s.Pool)
	if err != nil {
		return c, err
	}
	if last == nil {
		return chainView{Lamp: "unknown", Fact: v.T("audit.chain.never"), Evidence: v.T("audit.chain.daily")}, nil
	}
	r := last.Report
	c = chainView{Lamp: "ok", Fact: v.T("audit.chain.whole", "N", i18n.Number(int(r.Sealed)), "Count", int(r.Sealed)),
		Evidence: v.T("audit.chain.verified", "At", part.ShortMoment(v.Context(), last.At), "Head", shortHead(r.Head))}
	if !r.Whole {
		c.Lamp, c.Fact, c.More = "bad", v.T("audit.chain.broken", "N", i18n.Number(int(int64(len(r.Faults))+r.More))), r.More
		for _, f := range r.Faults[:min(10, len(r.Faults))] {
			c.Faults = append(c.Faults, FaultWords(v.Lang(), f))
		}
		c.More += int64(max(0, len(r.Faults)-10))
	}
	return c, nil
}

// shortHead is the beginning of a head, enough to compare it by eye: 1204:5f0c9a12….
func shortHead(head string) string {
	n, hash, _ := strings.Cut(head, ":")
	if len(hash) < 16 {
		return orDash(head)
	}
	return n + ":" + hash[:16] + "…"
}

// FaultWords is a sentence about a broken row: which, and what is wrong with it.
func FaultWords(l i18n.Lang, f audit.Fault) string {
	key := "audit.fault." + f.Kind
	if f.Kind == audit.Removed && f.Row == 0 {
		key = "audit.fault.vanished"
	}
	text := i18n.T(l, key, "Row", f.Row, "Link", f.Link, "Was", f.Was, "After", f.After)
	if f.Action == "" {
		return text
	}
	return text + " (" + strings.Join(strings.Fields(f.At.UTC().Format(time.RFC3339)+" "+f.Action+" "+f.Subject), " ") + ")"
}

func (s *Server) verifyAudit(v *Visit) error {
	if _, _, err := s.Audit.Seal(v.UserContext()); err != nil {
		return err
	}
	r, err := s.Audit.Check(v.UserContext())
	if err != nil {
		return err
	}
	v.Notice(map[bool]string{true: "audit.chain.is_whole", false: "audit.chain.is_broken"}[r.Whole])
	return v.Go(auditPath)
}

// exportAudit sends just what the list shows, all its pages.
func (s *Server) exportAudit(v *Visit) error {
	f := s.auditFilter(v)
	v.Set(fiber.HeaderContentType, exportTypes["csv"])
	v.Set(fiber.HeaderContentDisposition, attachment("audit-"+string(v.Today())+".csv"))
	ctx, lang, log := context.WithoutCancel(v.UserContext()), v.Lang(), s.Log
	v.Ctx.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, uploadDeadline)
		defer cancel()
		headings := []string{"id", "seal", "at", "actor", "actor_name", "action", "words", "subject_kind", "subject_id", "before", "after", "note"}
		if err := reports.Table(w, reports.CSV, "audit", headings, s.deedTable(ctx, lang, f)); err != nil {
			log.Error("export broke off", "what", "audit", "error", err)
		}
		if err := w.Flush(); err != nil {
			log.Info("export was not taken", "error", err)
		}
	})
	return nil
}

// deedTable are the deeds as rows of a table. What a spreadsheet would take for a formula begins with an
// apostrophe: names and notes were typed by anybody.
func (s *Server) deedTable(ctx context.Context, l i18n.Lang, f audit.Filter) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for d, err := range audit.Each(ctx, s.Pool, f) {
			if err != nil {
				yield(nil, err)
				return
			}
			row := []any{d.ID, d.Link, d.At, d.Actor, d.ActorName, d.Action, actionWords(l, d.Action), d.SubjectKind, d.SubjectID, string(d.Before), string(d.After), d.Note}
			for i, c := range row {
				if text, ok := c.(string); ok && text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
					row[i] = "'" + text
				}
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (s *Server) deedRow(v *Visit, d audit.Deed, numbers map[string]string) deedRow {
	q := v.Values()
	href := func(pairs ...string) string { return part.HrefWith(auditPath, q, append(pairs, "before", "")...) }
	r := deedRow{ID: strconv.FormatInt(d.ID, 10), When: part.Moment(v.Context(), d.At), DayHref: href("day", string(clock.DayOf(d.At, s.Zone)), "since", ""),
		Who: s.actorWords(v, d.Actor, d.ActorName), WhoHref: href("actor", d.Actor), What: actionWords(v.Lang(), d.Action), Code: d.Action,
		OfAll: part.HrefWith(auditPath, url.Values{}, "kind", d.SubjectKind, "id", d.SubjectID), SubjectKind: d.SubjectKind, Subject: d.SubjectID,
		Details: details(d), Seal: v.T("audit.page.waits"), Waits: d.Link == 0, Person: isID(d.Actor)}
	r.Of, r.OfHref = subjectWords(v.Lang(), d, numbers)
	if d.Link > 0 {
		r.Seal = v.T("audit.page.seal", "N", d.Link)
	}
	return r
}

func isID(s string) bool { return uuid.Validate(s) == nil }

// short is the beginning of an id, or a name as it is.
func short(id string) string {
	if isID(id) {
		return id[:8] + "…"
	}
	return id
}

// actorWords is who did it: the name, or what is no person.
func (s *Server) actorWords(v *Visit, actor, name string) string {
	switch {
	case actor == audit.System.ID, actor == audit.CLI.ID:
		return v.T("audit.actor." + actor)
	case name != "":
		return name
	}
	return short(actor)
}

// details are the values that a deed changed, and its note.
func details(d audit.Deed) (facts []part.Fact) {
	var before, after map[string]any
	_ = json.Unmarshal(d.Before, &before) // other things than objects are shown as they are, below
	_ = json.Unmarshal(d.After, &after)
	var names []string
	for _, m := range []map[string]any{before, after} {
		for name := range m {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for _, name := range names {
		was, is := value(before[name]), value(after[name])
		if was == is {
			continue
		}
		text := is
		if was != "" {
			text = was + " → " + orDash(is)
		}
		facts = append(facts, part.Fact{Name: name, Text: text})
	}
	if len(names) == 0 && string(d.Before)+string(d.After) != "{}{}" {
		facts = append(facts, part.Fact{Name: "→", Text: strings.Trim(string(d.Before), "{}") + " → " + strings.Trim(string(d.After), "{}")})
	}
	if d.Note != "" {
		facts = append(facts, part.Fact{Name: "note", Text: d.Note})
	}
	return facts
}

// value is a value of JSON as text.
func value(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// noteDeed writes down what the reader did, where the deed itself does not.
func (s *Server) noteDeed(v *Visit, action, kind, id string, after any) error {
	return audit.Record(v.UserContext(), s.Pool, audit.Entry{At: s.Clock.Now(), Actor: v.Who.Actor(), Action: action, SubjectKind: kind, SubjectID: id, After: after})
}
