package web

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/kind"
	"kualik/internal/rating"
	"kualik/internal/registry"
	"kualik/internal/web/part"
)

const certificatesPath = "/certificates"

func (s *Server) mountCertificates() {
	s.get(certificatesPath, account.SeeUnit, s.certificatesPage)
	s.get(certificatesPath+"/export", account.SeeUnit, s.exportCertificates)
	s.get(certificatesPath+"/:id", account.SeeOwn, s.certificatePage)
	s.addNav(navEntry{group: 0, order: 30, key: "web.nav.certificates", path: certificatesPath, icon: "certificate", action: account.SeeUnit,
		count: func(f Facts) int { return f.Certificates }})
}

// certificatesView is the list with what its address says.
type certificatesView struct {
	Query   url.Values
	Filter  registry.Filter
	Rows    []registry.ListRow
	Counts  map[registry.State]int
	Choices registry.Choices
	Person  string // name of the person whose certificates these are
	Page    part.PagesView
	Per     int
	Sort    string
	Dense   bool
	Period  string // in words
	Exports bool
	Unit    string // of a head of a unit
	Today   clock.Day
}

// perPage are the sizes of a page that the reader may choose.
var perPage = []int{25, 50, 100}

func perOf(v *Visit) int {
	n, _ := strconv.Atoi(v.Query("per"))
	if slices.Contains(perPage, n) {
		return n
	}
	return perPage[0]
}

// filterOf reads the address of the list; what it does not understand it leaves out.
func (s *Server) filterOf(v *Visit) (registry.Filter, error) {
	scope, ok := scopeOf(v)
	if !ok {
		return registry.Filter{}, errNotYours
	}
	q := v.Values()
	f := registry.Filter{Scope: scope, Query: q.Get("q"), Kind: q.Get("kind"), Faculty: q.Get("faculty"), Department: q.Get("department")}
	if st := registry.State(q.Get("state")); slices.Contains(registry.States, st) {
		f.State = st
	}
	if r := registry.Reading(q.Get("reading")); slices.Contains(readings, r) {
		f.Reading = r
	}
	if d := registry.Decision(q.Get("application")); slices.Contains(applicationDecisions, d) {
		f.Application = d
	}
	if id, err := uuid.Parse(q.Get("person")); err == nil {
		f.Staff = id
	}
	if p, err := periodOf(v, q.Get("period")); err == nil {
		f.From, f.To = p.From, p.To
	}
	if days, ok := receivedDays[q.Get("received")]; ok {
		from := v.Today().AddDays(1 - days).Time()
		f.ReceivedFrom = time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, s.Zone)
	}
	return f, nil
}

var (
	readings             = []registry.Reading{registry.Sure, registry.Review, registry.Confirmed, registry.Rejected}
	applicationDecisions = []registry.Decision{registry.Auto, registry.DecisionReview, registry.DecisionConfirmed, registry.DecisionNone}
	receivedChoices      = []string{"today", "week", "month"}
	receivedDays         = map[string]int{"today": 1, "week": 7, "month": 31}
)

func periodOf(v *Visit, text string) (rating.Period, error) {
	if text == "" {
		return rating.Period{}, errNoPage
	}
	return rating.ParseExpression(text, v.env.Now, v.s.Zone)
}

func (s *Server) certificatesPage(v *Visit) error {
	view, err := s.newCertificates(v)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.certificates"), Here: certificatesPath, Query: view.Filter.Query,
		PrintLine: v.T("desk.certificates.print", "N", part.Num(view.Page.Total), "At", part.Moment(v.Context(), v.env.Now))}, certificatesPage(view))
}

func (s *Server) newCertificates(v *Visit) (certificatesView, error) {
	ctx := v.UserContext()
	f, err := s.filterOf(v)
	if err != nil {
		return certificatesView{}, err
	}
	q := v.Values()
	view := certificatesView{Query: q, Filter: f, Per: perOf(v), Sort: q.Get("sort"), Dense: q.Get("dense") == "1",
		Exports: s.ExportCertificates != nil, Today: v.Today()}
	if !registry.Sorts(view.Sort) {
		view.Sort = "-registered"
	}
	if f.Scope.Faculty != "" {
		view.Unit = f.Scope.Faculty
		if f.Scope.Department != "" {
			view.Unit = f.Scope.Department
		}
	}
	if view.Counts, err = registry.Counts(ctx, s.Pool, f); err != nil {
		return view, err
	}
	if view.Choices, err = registry.FilterChoices(ctx, s.Pool, f.Scope, f.Faculty); err != nil {
		return view, err
	}
	if f.Staff != uuid.Nil {
		people, err := registry.People(ctx, s.Pool, []uuid.UUID{f.Staff})
		if err != nil {
			return view, err
		}
		view.Person = people[f.Staff].Name
	}
	if p, err := periodOf(v, q.Get("period")); err == nil {
		view.Period = p.Name(v.Lang())
	}
	total := 0
	for state, n := range view.Counts {
		if f.State == "" || f.State == state {
			total += n
		}
	}
	view.Page = part.PagesOf(certificatesPath, q, v.PageNo(), view.Per, total)
	view.Rows, err = registry.List(ctx, s.Pool, f, registry.Page{Limit: view.Per, Offset: (view.Page.Page - 1) * view.Per, Sort: view.Sort})
	return view, err
}

// href is the list with some of its address changed.
func (c certificatesView) href(pairs ...string) string {
	return part.HrefWith(certificatesPath, c.Query, pairs...)
}

// narrowed tells whether anything but the order is asked for.
func (c certificatesView) narrowed() bool {
	for _, name := range []string{"q", "state", "reading", "application", "kind", "faculty", "department", "period", "person", "received"} {
		if c.Query.Get(name) != "" {
			return true
		}
	}
	return false
}

func (c certificatesView) head(ctx context.Context, column, class string) part.SortHead {
	h := part.SortHead{Text: part.T(ctx, "desk.certificates."+column), Class: class, Href: c.href("sort", column)}
	switch c.Sort {
	case column:
		h.Dir, h.Href = "asc", c.href("sort", "-"+column)
	case "-" + column:
		h.Dir = "desc"
	}
	return h
}

// choice is a filter with its choices: pairs of value and words.
func (c certificatesView) choice(ctx context.Context, name, value, words string, choices []part.Option) part.FilterView {
	f := part.FilterView{Name: part.T(ctx, "desk.filter."+name), Clear: c.href(name, "")}
	if value != "" {
		f.Value = words
		return f
	}
	for _, o := range choices {
		f.Choices = append(f.Choices, part.Tab{Text: o.Text, Href: c.href(name, o.Value)})
	}
	return f
}

func (c certificatesView) filters(ctx context.Context) part.FiltersView {
	lang := part.From(ctx).Lang
	view := part.FiltersView{Action: certificatesPath, Query: c.Filter.Query, Label: part.T(ctx, "desk.certificates.search")}
	for name := range c.Query {
		if name != "q" && name != "page" && name != "lang" {
			view.Hidden = append(view.Hidden, part.Link{Text: name, Href: c.Query.Get(name)})
		}
	}
	slices.SortFunc(view.Hidden, func(a, b part.Link) int { return compare(a.Text, b.Text) })
	var periods, states, readingList, applications, kinds, faculties, departments, received []part.Option
	for _, p := range []string{"this_month", "last_month", "this_academic_year", "last_academic_year"} {
		periods = append(periods, part.Option{Value: p, Text: part.T(ctx, "rating.expression."+p)})
	}
	for _, y := range c.Choices.Years {
		periods = append(periods, part.Option{Value: strconv.Itoa(y), Text: part.T(ctx, "rating.period.year", "Year", y)})
	}
	for _, st := range registry.States {
		states = append(states, part.Option{Value: string(st), Text: part.T(ctx, "desk.state."+string(st))})
	}
	for _, r := range readings {
		readingList = append(readingList, part.Option{Value: string(r), Text: part.T(ctx, "desk.reading."+string(r))})
	}
	for _, d := range applicationDecisions {
		applications = append(applications, part.Option{Value: string(d), Text: part.T(ctx, "desk.application."+string(d))})
	}
	for _, k := range c.Choices.Kinds {
		kinds = append(kinds, part.Option{Value: k, Text: kind.Name(string(lang), k)})
	}
	for _, f := range c.Choices.Faculties {
		faculties = append(faculties, part.Option{Value: f, Text: f})
	}
	for _, d := range c.Choices.Departments {
		departments = append(departments, part.Option{Value: d, Text: d})
	}
	for _, r := range receivedChoices {
		received = append(received, part.Option{Value: r, Text: part.T(ctx, "desk.received."+r)})
	}
	period := ""
	if c.Filter.From != "" {
		period = c.Period
	}
	view.Filters = []part.FilterView{
		c.choice(ctx, "period", period, period, periods),
		c.choice(ctx, "state", string(c.Filter.State), part.T(ctx, "desk.state."+string(c.Filter.State)), states),
		c.choice(ctx, "reading", string(c.Filter.Reading), part.T(ctx, "desk.reading."+string(c.Filter.Reading)), readingList),
		c.choice(ctx, "application", string(c.Filter.Application), part.T(ctx, "desk.application."+string(c.Filter.Application)), applications),
		c.choice(ctx, "kind", c.Filter.Kind, kind.Name(string(lang), c.Filter.Kind), kinds),
		c.choice(ctx, "faculty", c.Filter.Faculty, c.Filter.Faculty, faculties),
		c.choice(ctx, "department", c.Filter.Department, c.Filter.Department, departments),
		c.choice(ctx, "received", c.Query.Get("received"), part.T(ctx, "desk.received."+c.Query.Get("received")), received),
	}
	if c.Filter.Staff != uuid.Nil {
		view.Filters = append(view.Filters, c.choice(ctx, "person", "set", c.Person, nil))
	}
	if c.narrowed() {
		view.Reset = part.HrefWith(certificatesPath, url.Values{"sort": c.Query["sort"], "per": c.Query["per"], "dense": c.Query["dense"]})
	}
	return view
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// counts are the numbers by state above the rows; each is an address.
func (c certificatesView) counts(ctx context.Context) (tabs []part.Tab) {
	for _, st := range registry.States {
		if n := c.Counts[st]; n > 0 {
			tabs = append(tabs, part.Tab{Text: part.T(ctx, "desk.state_count."+string(st)), Count: n, Href: c.href("state", string(st))})
		}
	}
	return tabs
}

// share is an author's part of a certificate of so many authors, by the usual rule.
func share(authors int) string {
	switch authors {
	case 0:
		return "—"
	case 1:
		return "1"
	}
	return fmt.Sprintf("1/%d", authors)
}

var exportTypes = map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

// exportCertificates sends just what the list shows, all its pages.
func (s *Server) exportCertificates(v *Visit) error {
	format := v.Query("format")
	kind, ok := exportTypes[format]
	if !ok || s.ExportCertificates == nil {
		return errNoPage
	}
	f, err := s.filterOf(v)
	if err != nil {
		return err
	}
	ids, err := registry.IDs(v.UserContext(), s.Pool, f)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, kind)
	v.Set(fiber.HeaderContentDisposition, attachment("certificates-"+string(v.Today())+"."+format))
	ctx := context.WithoutCancel(v.UserContext())
	log := s.Log
	v.Ctx.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, uploadDeadline)
		defer cancel()
		if err := s.ExportCertificates(ctx, w, format, ids); err != nil {
			log.Error("export broke off", "format", format, "error", err)
		}
		if err := w.Flush(); err != nil {
			log.Info("export was not taken", "error", err)
		}
	})
	return nil
}

// note says how many there are and how many of them are shown.
func (c certificatesView) note(ctx context.Context) string {
	text := part.T(ctx, "desk.certificates.total", "Count", c.Choices.Total, "N", part.Num(c.Choices.Total))
	if c.Unit != "" {
		text = c.Unit + " · " + text
	}
	if !c.narrowed() {
		return text
	}
	shown := part.T(ctx, "desk.certificates.shown", "N", part.Num(c.Page.Total))
	if c.Period != "" {
		shown = part.T(ctx, "desk.certificates.shown_period", "N", part.Num(c.Page.Total), "Period", c.Period)
	}
	return text + " · " + shown
}

// phoneNote is the one line under a title on the phone: kind and first author.
func phoneNote(ctx context.Context, r registry.ListRow) string {
	text := kindName(ctx, r.Kind, r.KindText)
	if len(r.Names) == 0 {
		return text
	}
	if text != "" {
		text += " · "
	}
	text += part.ShortName(titleCase(r.Names[0]))
	if len(r.Names) > 1 {
		text += " " + part.T(ctx, "desk.and_more", "N", part.Num(len(r.Names)-1))
	}
	return text
}
