package web

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/desk"
	"kualik/internal/filing/scheme"
	"kualik/internal/i18n"
	"kualik/internal/issuing"
	"kualik/internal/web/part"
)

// The desk: what becomes of submitted applications. Another thing than the review of certificates, whose pages
// are in desk.go.

// Office is what the pages of the desk need. Without Cases they are left out.
type Office struct {
	Cases       *desk.Service
	OwnRegister *issuing.Service // nil: the institution keeps none
}

const officePath = "/desk"

func (s *Server) mountOffice() {
	if s.Cases == nil {
		return
	}
	s.get(officePath, account.SeeDesk, s.officeQueue)
	s.post(officePath+"/reassign", account.Register, s.officeReassign)
	s.mountOfficeTable()
	s.mountOfficeNews()
	s.mountOfficeSchemes()
	s.mountOfficeCase()
	s.addNav(navEntry{group: 0, order: 15, key: "office.nav", path: officePath, icon: "box", action: account.SeeDesk, call: true, asks: s.countOffice})
}

// countOffice counts what waits for the reader.
func (s *Server) countOffice(ctx context.Context, v *Visit) (int, error) {
	c, err := s.Cases.Counts(ctx, v.me())
	return c.Lists[desk.Mine] + c.News, err
}

// officeQueueView is one of the work lists.
type officeQueueView struct {
	Rows    []officeRow
	Total   int
	Counts  desk.Counts
	Filter  desk.Filter
	Lists   []desk.List // the reader's tabs
	Modes   []string    // of the cases that are open: one or both
	Experts []desk.Load // to whom cases can be given; nil when the reader gives none away
	Pages   part.PagesView
	Tools   bool // may record tables and news
	Schemes bool
	Moved   []desk.Moved
}

// officeRow is a case of a list.
type officeRow struct {
	desk.Case
	StepName string
	Days     int // overdue, in working days
	Late     bool
}

const officePerPage = 50

func (s *Server) officeQueue(v *Visit) error { return s.showQueue(v, nil) }

func (s *Server) showQueue(v *Visit, moved []desk.Moved) error {
	ctx := v.UserContext()
	f := desk.Filter{List: desk.ParseList(v.Query("list")), Query: v.Query("q"), Limit: officePerPage, Offset: (v.PageNo() - 1) * officePerPage}
	if v.Query("list") == "" && v.Query("q") == "" && v.Query("state") == "" {
		f.List = desk.Mine
	}
	for _, st := range desk.States {
		if v.Query("state") == string(st) {
			f.State = st
		}
	}
	if m := v.Query("mode"); m == desk.Recording || m == desk.Registering {
		f.Mode = m
	}
	if id, err := uuid.Parse(v.Query("expert")); err == nil {
		f.Expert = id
	}
	view := officeQueueView{Filter: f, Moved: moved, Tools: v.Who.Can(account.RecordSteps), Schemes: v.Who.Can(account.ChangeDesk)}
	cases, total, err := s.Cases.Queue(ctx, v.me(), f)
	if err != nil {
		return err
	}
	if view.Counts, err = s.Cases.Counts(ctx, v.me()); err != nil {
		return err
	}
	if view.Rows, err = s.officeRows(ctx, v, cases); err != nil {
		return err
	}
	if v.Who.Can(account.Register) {
		if view.Experts, err = s.Cases.Experts(ctx, s.Pool, uuid.Nil); err != nil {
			return err
		}
	}
	view.Total, view.Pages = total, part.PagesOf(officePath, v.Values(), v.PageNo(), officePerPage, total)
	for _, l := range desk.Lists {
		if view.Tools || l != desk.Unassigned && l != desk.Requests {
			view.Lists = append(view.Lists, l)
		}
	}
	return v.Show(Page{Title: v.T("office.nav"), Here: officePath, Query: f.Query}, officeQueuePage(view))
}

func (s *Server) officeRows(ctx context.Context, v *Visit, cases []desk.Case) ([]officeRow, error) {
	schemes := map[int]scheme.Scheme{}
	rows := make([]officeRow, 0, len(cases))
	for _, c := range cases {
		sc, known := schemes[c.Scheme]
		if !known && c.Scheme > 0 {
			var err error
			if sc, err = scheme.Get(ctx, s.Pool, c.Scheme); err != nil {
				return nil, err
			}
			schemes[c.Scheme] = sc
		}
		r := officeRow{Case: c, Late: c.Late(v.env.Now), Days: s.Cases.OverdueDays(c, v.env.Now)}
		if st, ok := sc.Step(c.Step); ok {
			r.StepName = st.In(v.Lang())
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// officeReassign gives the ticked cases to an expert, or shares them out.
func (s *Server) officeReassign(v *Visit) error {
	var ids []uuid.UUID
	for _, text := range v.All("case") {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || len(ids) > 200 {
		v.Notice("office.bulk.none")
		return v.Go(safeBack(v.Text("back")))
	}
	expert, err := uuid.Parse(v.Text("expert"))
	if err != nil {
		expert = uuid.Nil
	}
	moved, err := s.Cases.Reassign(v.UserContext(), v.me(), ids, expert)
	if err != nil {
		return err
	}
	done := 0
	for _, m := range moved {
		if m.Err == nil {
			done++
		}
	}
	if done == len(moved) {
		v.Notice("office.bulk.done", "Count", done)
		return v.Go(safeBack(v.Text("back")))
	}
	return s.showQueue(v, moved)
}

// tabs are the work lists with their counts.
func (q officeQueueView) tabs(ctx context.Context) (tabs []part.Tab) {
	for _, l := range q.Lists {
		href := officePath + "?list=" + string(l)
		tabs = append(tabs, part.Tab{Text: part.T(ctx, "office.list."+string(l)), Href: href, Count: q.Counts.Lists[l], Here: q.Filter.List == l && q.Filter.State == ""})
	}
	return tabs
}

// filters are search and state above the rows.
func (q officeQueueView) filters(ctx context.Context) part.FiltersView {
	f := part.FiltersView{Action: officePath, Query: q.Filter.Query, Label: part.T(ctx, "office.search"), Hidden: []part.Link{{Text: "list", Href: string(q.Filter.List)}}}
	list := officePath + "?list=" + string(q.Filter.List)
	state := part.FilterView{Name: part.T(ctx, "office.filter.state"), Clear: list}
	for _, st := range desk.States {
		if n := q.Counts.States[st]; n > 0 {
			state.Choices = append(state.Choices, part.Tab{Text: part.T(ctx, "office.state."+string(st)), Count: n, Href: list + "&state=" + string(st)})
		}
	}
	if q.Filter.State != "" {
		state.Value = part.T(ctx, "office.state."+string(q.Filter.State))
	}
	f.Filters = append(f.Filters, state)
	if len(q.Experts) > 0 {
		expert := part.FilterView{Name: part.T(ctx, "office.expert"), Clear: list}
		for _, x := range q.Experts {
			if x.Cases > 0 {
				expert.Choices = append(expert.Choices, part.Tab{Text: part.ShortName(x.Name), Count: x.Cases, Href: list + "&expert=" + x.ID.String()})
			}
			if x.ID == q.Filter.Expert {
				expert.Value = part.ShortName(x.Name)
			}
		}
		f.Filters = append(f.Filters, expert)
	}
	if q.Filter.Query != "" || q.Filter.State != "" || q.Filter.Expert != uuid.Nil {
		f.Reset = list
	}
	return f
}

// caseChip is the shape of a case's state.
func caseChip(c desk.Case) string {
	switch c.State {
	case desk.Issued:
		return "confirmed"
	case desk.Refused:
		return "rejected"
	case desk.Withdrawn:
		return "none"
	case desk.Asked, desk.Issuing, desk.AtInstitute:
		return "waiting"
	}
	return "review"
}

// turnWords say who acts next.
func turnWords(ctx context.Context, c desk.Case) string {
	if c.State == desk.Examining && c.ExpertName != "" {
		return part.ShortName(titleCase(c.ExpertName))
	}
	return part.T(ctx, "office.turn."+c.Turn())
}

// untilText says until when, and how late it is.
func untilText(ctx context.Context, c desk.Case, days int) string {
	switch {
	case c.Until == nil:
		return ""
	case !c.Late(part.From(ctx).Now):
		return part.T(ctx, "office.until", "At", part.ShortMoment(ctx, *c.Until))
	case days == 0:
		return part.T(ctx, "office.late_today")
	}
	return part.T(ctx, "office.late", "Count", days)
}

func casePath(id uuid.UUID, more string) string { return officePath + "/" + id.String() + more }

// caseTitle is the work's title, of a petition what it asks for.
func caseTitle(ctx context.Context, c desk.Case) string {
	if c.Petition {
		return joinNonEmpty(" ", part.T(ctx, "office.petition"), c.Title)
	}
	return orDash(c.Title)
}

func caseNo(c desk.Case) string { return "№\u00a0" + c.IncomingNo }

// back is the list from which a case was opened.
func (q officeQueueView) back(ctx context.Context) string {
	e := part.From(ctx)
	if e.Query == "" {
		return officePath
	}
	return officePath + "?" + e.Query
}

func newsWords(ctx context.Context, n int) string {
	if n == 0 {
		return part.T(ctx, "office.news.short")
	}
	return part.T(ctx, "office.news.count", "N", part.Num(n))
}

// emptyOf is which words say that a list is empty.
func emptyOf(q officeQueueView) string {
	if q.Filter.Query != "" || q.Filter.State != "" || q.Filter.Expert != uuid.Nil {
		return "search"
	}
	return string(q.Filter.List)
}

// movable tells whether a case can be given to another expert.
func movable(r officeRow) bool { return r.State == desk.Registered || r.State == desk.Examining }

func hasMovable(rows []officeRow) bool { return slices.ContainsFunc(rows, movable) }

// expertWords are an expert with what they have to do.
func expertWords(ctx context.Context, x desk.Load) string {
	words := titleCase(x.Name) + ": " + part.T(ctx, "office.load", "Count", x.Cases)
	if x.Late > 0 {
		words += ", " + part.T(ctx, "office.load_late", "Count", x.Late)
	}
	return words
}

// errorIn is what the reader is told about an error.
func errorIn(ctx context.Context, err error) string { return i18n.Error(part.From(ctx).Lang, err) }
