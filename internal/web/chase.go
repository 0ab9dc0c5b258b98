package web

import (
	"bufio"
	"context"
	"iter"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/chase"
	"kualik/internal/clock"
	"kualik/internal/person"
	"kualik/internal/web/part"
	"kualik/reports"
)

// The page about certificates that have not come: the office's with everything and the letters, a head's with
// what is missing of the unit.

const chasePath = "/chase"

func (s *Server) mountChase() {
	if s.Chase == nil {
		return
	}
	s.get(chasePath, account.SeeChase, s.chasePage)
	s.get(chasePath+"/export", account.SeeChase, s.exportChase)
	s.get(chasePath+"/remind", account.Chase, s.chasePreview)
	s.get(chasePath+"/letter", account.Chase, s.chaseLetter)
	s.post(chasePath+"/remind", account.Chase, s.chaseRemind)
	s.get(chasePath+"/mark", account.Chase, func(v *Visit) error { return s.showMark(v, v.Query("do"), v.Values()["id"], nil) })
	s.post(chasePath+"/mark", account.Chase, s.chaseMark)
	s.post(chasePath+"/expect", account.Chase, s.chaseExpect)
	s.addNav(navEntry{group: 0, order: 44, key: "chase.nav", path: chasePath, icon: "clock", action: account.SeeChase})
}

// chaseView is the list as its address asks for it.
type chaseView struct {
	Query    url.Values
	Never    bool // certificates of the register that nobody sent
	State    chase.State
	Faculty  string
	Dept     string
	Unit     string // of a head
	May      bool   // writes to authors
	Blind    string // a mailbox that keeps the letters from going
	Counts   map[chase.State]int
	Tabs     map[chase.Kind]int
	Units    map[string][]string // departments by faculty, of what is missing
	Found    []chase.Item        // all pages
	Rows     []chase.Item
	Pages    part.PagesView
	After    int
	Every    int
	Times    int
	Today    clock.Day
	Workdays func(a, b clock.Day) int
}

func (s *Server) chasePage(v *Visit) error {
	view, err := s.newChase(v)
	if err != nil {
		return err
	}
	if view.Blind, err = s.Chase.Blind(v.UserContext()); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("chase.title"), Here: chasePath, Query: view.Query.Get("q"),
		PrintLine: joinNonEmpty(" · ", v.T("chase.title"), view.Unit, part.Moment(v.Context(), v.env.Now))}, chaseListPage(view))
}

// newChase reads what is missing and narrows it to what the reader may see and the address asks for.
func (s *Server) newChase(v *Visit) (chaseView, error) {
	q := v.Values()
	view := chaseView{Query: q, Never: q.Get("tab") == "never", Faculty: q.Get("faculty"), Dept: q.Get("department"), May: v.Who.Can(account.Chase),
		Counts: map[chase.State]int{}, Tabs: map[chase.Kind]int{}, Units: map[string][]string{}, After: s.Chase.After(), Every: s.Chase.Every(), Times: s.Chase.Times(),
		Today: v.Today(), Workdays: s.Chase.Between}
	if st := chase.State(q.Get("state")); slices.Contains(chase.States, st) {
		view.State = st
	}
	all, err := s.Chase.All(v.UserContext())
	if err != nil {
		return view, err
	}
	all, view.Unit = s.chaseScope(v, all)
	kind := chase.Application
	if view.Never {
		kind = chase.Certificate
	}
	words := strings.Fields(person.FoldText(q.Get("q")))
	for _, x := range all {
		if x.State != chase.StateNotExpected {
			view.Tabs[x.Kind]++
		}
		if x.Kind != kind {
			continue
		}
		view.addUnits(x)
		if view.Faculty != "" && !x.In(view.Faculty, view.Dept) || !mentions(x, words) {
			continue
		}
		view.Counts[x.State]++
		if x.State == view.State || view.State == "" && x.State != chase.StateNotExpected {
			view.Found = append(view.Found, x)
		}
	}
	view.sort(q.Get("sort"))
	view.Pages = part.PagesOf(chasePath, q, v.PageNo(), rowsPerPage, len(view.Found))
	view.Rows = view.Found[max(view.Pages.From-1, 0):view.Pages.To]
	return view, nil
}

// chaseScope leaves of what is missing what the reader may see: everything, or that of the head's unit.
func (s *Server) chaseScope(v *Visit, all []chase.Item) (seen []chase.Item, unit string) {
	if v.Who.Can(account.SeeAll) {
		return all, ""
	}
	for _, x := range all {
		if v.Who.Faculty != "" && x.In(v.Who.Faculty, v.Who.Department) {
			seen = append(seen, x)
		}
	}
	if unit = v.Who.Department; unit == "" {
		unit = v.Who.Faculty
	}
	return seen, unit
}

func (c chaseView) addUnits(x chase.Item) {
	for _, a := range x.Authors {
		if p := a.Person; p != nil && p.Faculty != "" && !slices.Contains(c.Units[p.Faculty], p.Department) {
			c.Units[p.Faculty] = append(c.Units[p.Faculty], p.Department)
		}
	}
}

// mentions tells whether every word stands in the number, the title or an author's name, in whatever spelling.
func mentions(x chase.Item, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := x.Ref + " " + x.Number + " " + x.Title
	for _, a := range x.Authors {
		text += " " + a.Name
		if a.Person != nil {
			text += " " + a.Person.Name
		}
	}
	folded := person.FoldText(text)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(folded, w) })
}

var chaseOrders = map[string]func(x, y chase.Item) int{
	"title": func(x, y chase.Item) int { return compare(strings.ToLower(x.Title), strings.ToLower(y.Title)) },
	"since": func(x, y chase.Item) int { return compare(string(x.Since), string(y.Since)) },
	"asked": func(x, y chase.Item) int { return x.Reminders - y.Reminders },
}

// sort orders what was found; by itself the longest missing stands first.
func (c *chaseView) sort(by string) {
	order, ok := chaseOrders[strings.TrimPrefix(by, "-")]
	if !ok {
		return
	}
	slices.SortStableFunc(c.Found, order)
	if strings.HasPrefix(by, "-") {
		slices.Reverse(c.Found)
	}
}

func (c chaseView) href(pairs ...string) string { return part.HrefWith(chasePath, c.Query, pairs...) }

func (c chaseView) narrowed() bool { return anySet(c.Query, "q", "state", "faculty", "department") }

func (c chaseView) tabs(ctx context.Context) []part.Tab {
	return []part.Tab{
		{Text: part.T(ctx, "chase.tab.filed"), Href: chasePath, Count: c.Tabs[chase.Application], Here: !c.Never, Mild: true},
		{Text: part.T(ctx, "chase.tab.never"), Href: chasePath + "?tab=never", Count: c.Tabs[chase.Certificate], Here: c.Never, Mild: true},
	}
}

func (c chaseView) counts(ctx context.Context) (tabs []part.Tab) {
	for _, st := range chase.States {
		if n := c.Counts[st]; n > 0 {
			tabs = append(tabs, part.Tab{Text: part.T(ctx, "chase.state."+string(st)), Count: n, Href: c.href("state", string(st))})
		}
	}
	return tabs
}

func (c chaseView) head(ctx context.Context, column, name, class string) part.SortHead {
	h := part.SortHead{Text: part.T(ctx, "chase.head."+name), Class: class, Href: c.href("sort", column)}
	switch c.Query.Get("sort") {
	case column:
		h.Dir, h.Href = "asc", c.href("sort", "-"+column)
	case "-" + column:
		h.Dir = "desc"
	}
	return h
}

func (c chaseView) filters(ctx context.Context) part.FiltersView {
	f := part.FiltersView{Action: chasePath, Query: c.Query.Get("q"), Label: part.T(ctx, "chase.search"),
		Hidden: hiddenOf(c.Query, "tab", "state", "faculty", "department", "sort")}
	choice := func(name, key, value, words string, choices []part.Option) {
		x := part.FilterView{Name: part.T(ctx, key), Clear: c.href(name, "")}
		if value != "" {
			x.Value = words
		}
		for _, o := range choices {
			x.Choices = append(x.Choices, part.Tab{Text: o.Text, Href: c.href(name, o.Value)})
		}
		f.Filters = append(f.Filters, x)
	}
	var states, faculties, departments []part.Option
	for _, st := range chase.States {
		states = append(states, part.Option{Value: string(st), Text: part.T(ctx, "chase.state."+string(st))})
	}
	for name, list := range c.Units {
		faculties = append(faculties, part.Option{Value: name, Text: name})
		if name == c.Faculty {
			for _, d := range list {
				if d != "" {
					departments = append(departments, part.Option{Value: d, Text: d})
				}
			}
		}
	}
	for _, list := range [][]part.Option{faculties, departments} {
		slices.SortFunc(list, func(a, b part.Option) int { return compare(a.Text, b.Text) })
	}
	choice("state", "web.state", string(c.State), part.T(ctx, "chase.state."+string(c.State)), states)
	if len(faculties) > 1 || c.Faculty != "" {
		choice("faculty", "desk.filter.faculty", c.Faculty, c.Faculty, faculties)
	}
	if len(departments) > 0 || c.Dept != "" {
		choice("department", "desk.filter.department", c.Dept, c.Dept, departments)
	}
	if c.narrowed() {
		f.Reset = part.HrefWith(chasePath, url.Values{"tab": c.Query["tab"], "sort": c.Query["sort"]})
	}
	return f
}

func (c chaseView) note(ctx context.Context) string {
	if c.Unit != "" {
		return part.T(ctx, "chase.unit_note", "Unit", c.Unit)
	}
	return part.T(ctx, "chase.note", "After", part.Num(c.After))
}

// askable are the found ones that a reminder to all of them would ask for.
func (c chaseView) askable() (n int) {
	for _, x := range c.Found {
		switch x.State {
		case chase.StateNew, chase.StateReminded, chase.StateEscalated, chase.StateByHand:
			n++
		}
	}
	return n
}

var chaseChips = map[chase.State]string{chase.StateNew: "none", chase.StateReminded: "waiting", chase.StateEscalated: "review",
	chase.StateUnreachable: "rejected", chase.StateOnDesk: "review", chase.StateByHand: "paused", chase.StateSnoozed: "paused", chase.StateNotExpected: "none"}

// missingItems remembers for a moment what is missing, for pages that only mention it.
type missingItems struct {
	mu    sync.Mutex
	until time.Time
	items []chase.Item
}

const chasedLife = 30 * time.Second

func (c *missingItems) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = time.Time{}
}

// missing is what is missing and expected, a moment ago at most.
func (s *Server) missing(ctx context.Context) ([]chase.Item, error) {
	s.chased.mu.Lock()
	defer s.chased.mu.Unlock()
	now := s.Clock.Now()
	if now.Before(s.chased.until) {
		return s.chased.items, nil
	}
	all, err := s.Chase.All(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(x chase.Item) bool { return x.State == chase.StateNotExpected })
	s.chased.items, s.chased.until = all, now.Add(chasedLife)
	return all, nil
}

// missingCounts is how much is missing of each kind.
func (s *Server) missingCounts(ctx context.Context) (map[chase.Kind]int, error) {
	all, err := s.missing(ctx)
	counts := map[chase.Kind]int{}
	for _, x := range all {
		counts[x.Kind]++
	}
	return counts, err
}

// missingOf is what is missing of one member of staff.
func (s *Server) missingOf(ctx context.Context, staff uuid.UUID) (list []chase.Item, err error) {
	if s.Chase == nil {
		return nil, nil
	}
	all, err := s.missing(ctx)
	for _, x := range all {
		if slices.ContainsFunc(x.Authors, func(a chase.Author) bool { return a.Person != nil && a.Person.Staff == staff }) {
			list = append(list, x)
		}
	}
	return list, err
}

// exportChase sends what the list shows, all its pages.
func (s *Server) exportChase(v *Visit) error {
	format := v.Query("format")
	if format != reports.CSV && format != reports.XLSX {
		return errNoPage
	}
	view, err := s.newChase(v)
	if err != nil {
		return err
	}
	var headings []string
	for _, c := range []string{"kind", "number", "certificate", "title", "authors", "units", "since", "waits", "status", "state", "letters", "last", "next", "note"} {
		headings = append(headings, v.T("chase.column."+c))
	}
	v.Set(fiber.HeaderContentType, exportTypes[format])
	v.Set(fiber.HeaderContentDisposition, attachment("missing-"+string(v.Today())+"."+format))
	ctx, log := v.Context(), s.Log
	v.Ctx.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		if err := reports.Table(w, format, "missing", headings, view.export(ctx)); err != nil {
			log.Error("export broke off", "format", format, "error", err)
		}
		if err := w.Flush(); err != nil {
			log.Info("export was not taken", "error", err)
		}
	})
	return nil
}

func (c chaseView) export(ctx context.Context) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, x := range c.Found {
			var names, units []string
			for _, a := range x.Authors {
				names = append(names, a.Name)
				if p := a.Person; p != nil && p.Department != "" && !slices.Contains(units, p.Department) {
					units = append(units, p.Department)
				}
			}
			row := []any{part.T(ctx, "chase.kind."+string(x.Kind)), x.Ref, x.Number, x.Title, strings.Join(names, "; "), strings.Join(units, "; "), x.Since,
				c.Workdays(x.Since, c.Today), x.Status, part.T(ctx, "chase.state."+string(x.State)), x.Reminders, x.LastOn, x.NextOn, markWords(ctx, x)}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// markWords is what a person said of it, or why nothing goes by itself.
func markWords(ctx context.Context, x chase.Item) string {
	switch {
	case x.State == chase.StateNotExpected:
		return joinNonEmpty(": ", part.T(ctx, "chase.reason."+x.Mark.Reason), x.Mark.Note)
	case x.State == chase.StateSnoozed:
		return part.T(ctx, "chase.until", "Day", part.Day(ctx, x.Mark.Until))
	case x.Quiet != "":
		return part.T(ctx, "chase.quiet."+x.Quiet)
	}
	return ""
}
