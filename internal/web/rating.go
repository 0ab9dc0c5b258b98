package web

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"kualik/internal/account"
	"kualik/internal/rating"
	"kualik/internal/web/part"
)

func (s *Server) mountRating() {
	if s.Rating == nil {
		return
	}
	s.get("/rating", account.SeeRating, s.ratingPage)
	s.addNav(navEntry{group: 1, order: 10, key: "web.nav.rating", path: "/rating", icon: "chart", action: account.SeeRating})
}

// ratingView is the rating of a period under one of its tabs.
type ratingView struct {
	Note    string
	Periods part.SelectView
	From    string
	To      string
	Tab     string
	Tabs    []part.Tab
	Tree    []treeRow
	Total   *treeRow
	Why     string // why the units do not add up to the university
	Table   ratingTable
	Top     []part.Bar
	Own     string // a head of a unit is told that they see only theirs

	// Beside the table, for those who make reports.
	Make  *makeView
	Rules []rating.Line
	Title string // of the rules
	Plans []scheduleRow
	Empty bool
}

// treeRow is a faculty, a department or a person in the tree.
type treeRow struct {
	Level                              int
	Rank, Name, Href, Note             string
	Toggle                             string // address that opens or closes it
	Open, More, Plain                  bool   // Plain: neither a link nor to be opened
	Certificates, Shares, Points, Bars string
	Bar                                float64
}

// ratingTable is any other tab.
type ratingTable struct {
	Heads []part.SortHead
	Rows  [][]ratingCell
}

type ratingCell struct {
	Text, Href, Note, Class string
	Quoted                  bool
}

var ratingTabs = []string{"units", "authors", "kinds", "years", "excluded"}

// periodOf is the period that the address asks for; this academic year when it asks for none.
func (s *Server) periodOf(v *Visit) (rating.Period, error) {
	text := v.Query("period", "this_academic_year")
	if text == "range" {
		text = v.Query("from") + ".." + v.Query("to")
	}
	return s.Rating.Period(text)
}

func (s *Server) ratingPage(v *Visit) error {
	period, err := s.periodOf(v)
	if err != nil {
		return err
	}
	snap, err := s.Rating.Current(v.UserContext(), period)
	if err != nil {
		return err
	}
	result := rating.Compute(snap)
	all := v.Who.Can(account.SeeAll)
	view := ratingView{Tab: v.Query("tab", "units"), Periods: s.periodSelect(v, period), From: string(period.From), To: string(period.To),
		Empty: result.Total.Certificates == 0 && len(result.NotCounted) == 0, Note: snapshotNote(v, snap)}
	if !slices.Contains(ratingTabs, view.Tab) || (!all && view.Tab != "authors") {
		view.Tab = "units"
	}
	view.Tabs = ratingTabLinks(v, view.Tab, len(result.NotCounted), all)
	switch view.Tab {
	case "units":
		view.Tree = treeOf(v, result)
		if all {
			view.Total = totalRow(v, result)
			view.Why = v.T("web.rating.why", "Sum", part.Num(result.FacultySum()), "Total", part.Num(result.Total.Certificates))
			view.Top = topAuthors(v, result)
		} else {
			view.Own = v.T("web.rating.own")
		}
	default:
		view.Table = ratingTableOf(v, view.Tab, result)
	}
	if err := s.besideRating(v, period, snap, &view); err != nil {
		return err
	}
	facts, err := s.shellFacts(v.UserContext())
	if err != nil {
		return err
	}
	print := joinNonEmpty(" · ", facts.University, "Kualik", v.T("web.nav.rating"), view.Note, v.T("web.rules.version", "Version", snap.RuleVersion))
	return v.Show(Page{Title: v.T("web.nav.rating"), Here: "/rating", PrintLine: print}, ratingPage(view))
}

func snapshotNote(v *Visit, snap *rating.Snapshot) string {
	state := v.T("web.rating.unsealed")
	if snap.Sealed() {
		state = v.T("web.rating.sealed", "At", part.Moment(v.Context(), snap.SealedAt))
	}
	name, days := sentence(snap.Period.Name(v.Lang())), snap.Period.Days(v.Lang())
	if name == days {
		days = ""
	}
	return joinNonEmpty(" · ", joinNonEmpty(", ", name, days), state)
}

// periodSelect offers the last academic and calendar years, and the present choice if it is another.
func (s *Server) periodSelect(v *Visit, now rating.Period) part.SelectView {
	sel := part.SelectView{Name: "period", Label: v.T("web.rating.period"), Value: now.String(), Auto: true}
	day := v.Today()
	first := day.Year()
	if day < rating.AcademicYear(first).From {
		first--
	}
	add := func(p rating.Period) {
		sel.Options = append(sel.Options, part.Option{Value: p.String(), Text: sentence(p.Name(v.Lang()))})
	}
	for i := range 6 {
		add(rating.AcademicYear(first - i))
	}
	for i := range 6 {
		add(rating.CalendarYear(day.Year() - i))
	}
	if !slices.ContainsFunc(sel.Options, func(o part.Option) bool { return o.Value == sel.Value }) {
		add(now)
	}
	return sel
}

func ratingTabLinks(v *Visit, now string, excluded int, all bool) []part.Tab {
	var tabs []part.Tab
	for _, t := range ratingTabs {
		if !all && t != "units" && t != "authors" {
			continue
		}
		tab := part.Tab{Text: v.T("web.rating.tab." + t), Href: part.HrefWith("/rating", v.Values(), "tab", t), Here: t == now}
		if t == "excluded" {
			tab.Count = excluded
		}
		tabs = append(tabs, tab)
	}
	return tabs
}

func sumCells(v *Visit, r *treeRow, s rating.Sum) {
	r.Certificates = part.Num(s.Certificates)
	r.Shares = rating.Show(v.Lang(), s.Shares, 2)
	r.Points = rating.Show(v.Lang(), s.Points, 1)
}

func totalRow(v *Visit, r *rating.Result) *treeRow {
	row := &treeRow{Name: v.T("web.rating.university")}
	sumCells(v, row, r.Total)
	return row
}

// firstPeople are shown of a department before "and so many more".
const firstPeople = 5

// treeOf lays the tree out in rows. What is open stands in the address: the faculty's name, or faculty and
// department with a line between them, or those two with a star for all people. Without any the first
// faculty is open.
func treeOf(v *Visit, r *rating.Result) []treeRow {
	branches := slices.DeleteFunc(r.Tree(), func(b rating.Branch) bool { return !seesBranch(v, b) })
	open := v.Ctx.Context().QueryArgs().PeekMulti("open")
	isOpen := map[string]bool{}
	for _, o := range open {
		isOpen[string(o)] = true
	}
	if len(open) == 0 && len(branches) > 0 {
		isOpen[branches[0].Faculty] = true
	}
	most := new(big.Rat)
	for _, b := range branches {
		if b.Points.Cmp(most) > 0 {
			most = b.Points
		}
	}
	t := tree{v: v, open: isOpen, most: rating.Float(most)}
	for _, b := range branches {
		if !v.Who.SeesUnit(b.Faculty, "") {
			t.ownDepartments(b)
			continue
		}
		t.faculty(b)
	}
	return t.rows
}

func seesBranch(v *Visit, b rating.Branch) bool {
	return v.Who.Can(account.SeeAll) || v.Who.Faculty == b.Faculty
}

type tree struct {
	v    *Visit
	open map[string]bool
	most float64
	rows []treeRow
}

// toggle is the address with one thing opened or closed.
func (t *tree) toggle(key string) string {
	q := t.v.Values()
	q.Del("open")
	keys := []string{}
	for k := range t.open {
		if k != key {
			keys = append(keys, k)
		}
	}
	if !t.open[key] {
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		keys = []string{"-"} // nothing is open, which is not the same as nothing said
	}
	slices.Sort(keys)
	q["open"] = keys
	return "/rating?" + q.Encode()
}

func (t *tree) add(r treeRow, s rating.Sum, points float64) {
	sumCells(t.v, &r, s)
	if t.most > 0 {
		r.Bar = points / t.most
	}
	t.rows = append(t.rows, r)
}

func (t *tree) faculty(b rating.Branch) {
	open := t.open[b.Faculty]
	t.add(treeRow{Rank: strconv.Itoa(b.Rank), Name: orDash(b.Faculty), Toggle: t.toggle(b.Faculty), Open: open, Bars: "thick"}, b.Sum, rating.Float(b.Points))
	if !open {
		return
	}
	for _, d := range b.Departments {
		if !t.v.Who.SeesUnit(b.Faculty, d.Department) {
			continue
		}
		key := b.Faculty + "|" + d.Department
		open := t.open[key]
		t.add(treeRow{Level: 1, Rank: strconv.Itoa(b.Rank) + "." + strconv.Itoa(d.RankInFaculty), Name: orDash(d.Department),
			Toggle: t.toggle(key), Open: open, Bars: "mid"}, d.Sum, rating.Float(d.Points))
		if open {
			t.people(key, d.People)
		}
	}
}

// ownDepartments is all that a head of a department sees: neither the faculty's sum nor the neighbours'.
func (t *tree) ownDepartments(b rating.Branch) {
	for _, d := range b.Departments {
		if t.v.Who.SeesUnit(b.Faculty, d.Department) {
			t.most = rating.Float(d.Points)
			t.add(treeRow{Rank: strconv.Itoa(b.Rank) + "." + strconv.Itoa(d.RankInFaculty), Name: orDash(d.Department), Bars: "thick", Plain: true},
				d.Sum, rating.Float(d.Points))
			t.open[b.Faculty+"|"+d.Department+"|*"] = true
			t.people(b.Faculty+"|"+d.Department, d.People)
		}
	}
}

func (t *tree) people(key string, people []rating.Person) {
	shown := len(people)
	if !t.open[key+"|*"] && shown > firstPeople {
		shown = firstPeople
	}
	for _, p := range people[:shown] {
		t.add(treeRow{Level: 2, Name: p.Name, Note: p.Position, Href: staffOf(p.StaffID), Bars: "soft"}, p.Sum, rating.Float(p.Points))
	}
	if shown == len(people) {
		return
	}
	rest := rating.Sum{Shares: new(big.Rat), Points: new(big.Rat)}
	for _, p := range people[shown:] {
		rest.Shares.Add(rest.Shares, p.Shares)
		rest.Points.Add(rest.Points, p.Points)
	}
	row := treeRow{Level: 2, Name: t.v.T("web.rating.more_people", "Count", len(people)-shown), Href: t.toggle(key + "|*"), More: true}
	sumCells(t.v, &row, rest)
	row.Certificates = ""
	t.rows = append(t.rows, row)
}

func topAuthors(v *Visit, r *rating.Result) []part.Bar {
	var bars []part.Bar
	for i, p := range r.Authors {
		if i == 10 {
			break
		}
		bars = append(bars, part.Bar{Rank: strconv.Itoa(p.Rank), Name: p.Name, Text: rating.Show(v.Lang(), p.Points, 2), Value: rating.Float(p.Points)})
	}
	return bars
}

// ratingTableOf is the table of one of the other tabs.
func ratingTableOf(v *Visit, tab string, r *rating.Result) ratingTable {
	head := func(keys ...string) (out []part.SortHead) {
		for _, k := range keys {
			class := ""
			if strings.HasPrefix(k, "#") {
				k, class = k[1:], "num"
			}
			out = append(out, part.SortHead{Text: v.T("web.rating.head." + k), Class: class})
		}
		return out
	}
	sums := func(s rating.Sum, fraction bool) []ratingCell {
		shares := rating.Show(v.Lang(), s.Shares, 2)
		if fraction {
			shares = rating.Fraction(s.Shares)
		}
		return []ratingCell{{Text: part.Num(s.Certificates), Class: "num"}, {Text: shares, Class: "num"},
			{Text: rating.Show(v.Lang(), s.Points, 2), Class: "num c-state"}}
	}
	var t ratingTable
	switch tab {
	case "authors":
		t.Heads = head("#rank", "author", "unit", "#certificates", "#shares", "#points")
		for _, p := range r.Authors {
			if !v.Who.SeesUnit(p.Faculty, p.Department) {
				continue
			}
			t.Rows = append(t.Rows, append([]ratingCell{{Text: strconv.Itoa(p.Rank), Class: "num c-mid"},
				{Text: p.Name, Note: p.Position, Href: staffOf(p.StaffID), Class: "key c-key"},
				{Text: p.Department, Note: p.Faculty, Class: "c-note"}}, sums(p.Sum, true)...))
		}
	case "kinds":
		t.Heads = head("kind", "#certificates", "#shares", "#points")
		for _, k := range r.Kinds {
			name := kindWords(v, k.Kind, v.T("web.rating.kind_unknown"))
			t.Rows = append(t.Rows, append([]ratingCell{{Text: name, Class: "c-key"}}, sums(k.Sum, false)...))
		}
	case "years":
		t.Heads = head("year", "#certificates", "#shares", "#points")
		for _, y := range r.Years {
			t.Rows = append(t.Rows, append([]ratingCell{{Text: strconv.Itoa(y.Year), Class: "c-key"}}, sums(y.Sum, false)...))
		}
	case "excluded":
		t.Heads = head("number", "registered", "work", "reason")
		for _, n := range r.NotCounted {
			t.Rows = append(t.Rows, []ratingCell{{Text: orDash(n.Number), Href: "/certificates/" + n.ID, Class: "key c-key"},
				{Text: dayOr(v, n.RegisteredOn), Class: "nowrap c-mid muted"}, {Text: orDash(n.Title), Note: kindWords(v, n.Kind, n.KindText), Quoted: true, Class: "c-title"},
				{Text: n.Reason.Words(v.Lang()), Class: "c-note"}})
		}
	}
	return t
}

// besideRating adds what stands at the right of the table.
func (s *Server) besideRating(v *Visit, p rating.Period, snap *rating.Snapshot, view *ratingView) error {
	view.Rules, view.Title = snap.Rules.Words(v.Lang()), v.T("web.rules.version", "Version", snap.RuleVersion)
	if !v.Who.Can(account.MakeReports) {
		return nil
	}
	if s.Reports != nil {
		m, err := s.makeForm(v, p)
		if err != nil {
			return err
		}
		view.Make = &m
	}
	if s.Schedules != nil {
		plans, err := s.scheduleRows(v)
		if err != nil {
			return err
		}
		view.Plans = plans
	}
	return nil
}
