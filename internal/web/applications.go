package web

import (
	"io"
	"time"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/kind"
	"kualik/internal/sheet"
	"kualik/internal/web/part"
)

func (s *Server) mountApplications() {
	if s.Applications == nil {
		return
	}
	s.get("/applications", account.SeeAll, s.applicationList)
	s.get("/applications/import", account.ImportData, s.applicationImportPage)
	s.postFile("/applications/import", account.ImportData, s.applicationImport)
	s.get("/applications/:id", account.SeeAll, s.applicationPage)
	s.addNav(navEntry{group: 0, order: 40, key: "web.nav.applications", path: "/applications", icon: "document", action: account.SeeAll,
		count: func(f Facts) int { return f.Applications }})
	if s.search == "" {
		s.search = "/applications"
	}
}

// applicationListView is the list of applications.
type applicationListView struct {
	Note    string
	Filters part.FiltersView
	Counts  []part.Tab
	Heads   []part.SortHead
	Rows    []applicationRow
	Pages   part.PagesView
	Import  bool
	Any     bool
}

type applicationRow struct {
	Href, Ref, RegistryNo, Title, Kind, Authors, More, Filed, Status string
	Certificate, CertificateHref, Registered                         string
	Waits                                                            string // how long without a certificate
	Late                                                             bool
}

// longWait is how long the register may take before an application without a certificate calls for a person.
const longWait = 30

func applicationFilter(v *Visit) application.Filter {
	f := application.Filter{Query: v.Query("q"), Kind: v.Query("kind"), Status: v.Query("status"),
		WithoutCertificate: v.Query("state") == "waiting", Absent: v.Query("state") == "absent"}
	if year, err := time.Parse("2006", v.Query("year")); err == nil {
		f.FiledFrom = clock.Day(year.Format(time.DateOnly))
		f.FiledTo = clock.Day(year.AddDate(1, 0, -1).Format(time.DateOnly))
	}
	return f
}

func (s *Server) applicationList(v *Visit) error {
	ctx, q, page := v.UserContext(), v.Values(), v.PageNo()
	sort := sortOf(q.Get("sort"), "-filed_on", "filed_on", "ref", "title", "created_on")
	found, total, err := s.Applications.Search(ctx, applicationFilter(v), application.Page{Limit: rowsPerPage, Offset: (page - 1) * rowsPerPage, Sort: sort})
	if err != nil {
		return err
	}
	waiting, err := s.Applications.WithoutCertificate(ctx)
	if err != nil {
		return err
	}
	facts, err := s.shellFacts(ctx)
	if err != nil {
		return err
	}
	filters, err := s.applicationFilters(v)
	if err != nil {
		return err
	}
	l := applicationListView{Filters: filters, Any: filters.Reset != "", Import: v.Who.Can(account.ImportData),
		Note:  v.T("web.apps.note", "Total", part.Num(facts.Applications), "Shown", part.Num(total)),
		Pages: part.PagesOf("/applications", q, page, rowsPerPage, total),
		Counts: []part.Tab{
			{Text: v.T("web.apps.waiting"), Count: waiting, Href: part.HrefWith("/applications", q, "state", "waiting")},
		},
		Heads: []part.SortHead{
			sortHead(v, "/applications", "ref", "web.apps.ref", sort, ""), sortHead(v, "/applications", "filed_on", "web.apps.filed", sort, ""),
			sortHead(v, "/applications", "title", "web.apps.title", sort, ""), {Text: v.T("web.apps.authors")}, {Text: v.T("web.apps.status")},
			{Text: v.T("web.apps.certificate")},
		}}
	for _, a := range found {
		l.Rows = append(l.Rows, applicationRowOf(v, a))
	}
	return v.Show(Page{Title: v.T("web.nav.applications"), Here: "/applications", Query: q.Get("q")}, applicationListPage(l))
}

func applicationRowOf(v *Visit, a application.Listed) applicationRow {
	r := applicationRow{Href: "/applications/" + a.ID.String(), Ref: a.Ref, RegistryNo: a.RegistryNo, Title: orDash(a.Title),
		Kind: kindWords(v, a.Kind, a.KindText), Filed: dayOr(v, a.FiledOn), Status: a.Status}
	for i, author := range a.Authors {
		if i == 2 && len(a.Authors) > 2 {
			r.More = v.T("web.and_more", "Count", len(a.Authors)-2)
			break
		}
		r.Authors = joinNonEmpty(", ", r.Authors, part.ShortName(author.Name))
	}
	switch {
	case a.CertificateID != nil:
		r.Certificate, r.CertificateHref = orDash(a.CertificateNumber), "/certificates/"+a.CertificateID.String()
		r.Registered = dayOr(v, a.RegisteredOn)
	case a.FiledOn != "":
		days := clock.DaysBetween(a.FiledOn, v.Today())
		r.Waits, r.Late = v.T("web.apps.waits", "Count", days), days > longWait
	}
	return r
}

func (s *Server) applicationFilters(v *Visit) (part.FiltersView, error) {
	q := v.Values()
	f := part.FiltersView{Action: "/applications", Query: q.Get("q"), Label: v.T("web.apps.search"), Hidden: hiddenOf(q, "kind", "status", "state", "year", "sort")}
	with := func(pairs ...string) string { return part.HrefWith("/applications", q, pairs...) }
	state := part.FilterView{Name: v.T("web.state"), Clear: with("state", "")}
	for _, st := range []string{"waiting", "absent"} {
		state.Choices = append(state.Choices, part.Tab{Text: v.T("web.apps.state." + st), Href: with("state", st)})
		if q.Get("state") == st {
			state.Value = v.T("web.apps.state." + st)
		}
	}
	years := part.FilterView{Name: v.T("web.year"), Value: q.Get("year"), Clear: with("year", "")}
	for i := range 8 {
		y := v.env.Now.In(s.Zone).AddDate(-i, 0, 0).Format("2006")
		years.Choices = append(years.Choices, part.Tab{Text: y, Href: with("year", y)})
	}
	kinds := part.FilterView{Name: v.T("web.kind"), Clear: with("kind", "")}
	for _, k := range kind.Codes {
		kinds.Choices = append(kinds.Choices, part.Tab{Text: kindWords(v, k, k), Href: with("kind", k)})
	}
	if k := q.Get("kind"); k != "" {
		kinds.Value = kindWords(v, k, k)
	}
	f.Filters = []part.FilterView{state, years, kinds}
	statuses, err := s.Applications.Statuses(v.UserContext())
	if err != nil {
		return f, err
	}
	if len(statuses) > 1 || q.Get("status") != "" {
		st := part.FilterView{Name: v.T("web.apps.status"), Value: q.Get("status"), Clear: with("status", "")}
		for _, x := range statuses {
			st.Choices = append(st.Choices, part.Tab{Text: x, Href: with("status", x)})
		}
		f.Filters = append(f.Filters, st)
	}
	if anySet(q, "q", "kind", "status", "state", "year") {
		f.Reset = "/applications"
	}
	return f, nil
}

// applicationView is one application.
type applicationView struct {
	Title, Note, Ref string
	Facts            []part.Fact
	Authors          []string
	Row              applicationRow
	Absent           bool
	History          []part.Event
}

func (s *Server) applicationPage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	a, err := s.Applications.Get(v.UserContext(), id)
	if err != nil {
		return err
	}
	// The list knows the certificate; its search finds the number among others.
	listed := application.Listed{Application: a}
	found, _, err := s.Applications.Search(v.UserContext(), application.Filter{Query: a.Ref, Origin: a.Origin}, application.Page{Limit: 100})
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.ID == a.ID {
			listed = f
			listed.Authors = a.Authors
		}
	}
	view := applicationView{Title: orDash(a.Title), Ref: a.Ref, Row: applicationRowOf(v, listed), Absent: a.Absent,
		Note: joinNonEmpty(" · ", v.T("web.apps.no", "Ref", a.Ref), kindWords(v, a.Kind, a.KindText), a.Status)}
	for _, author := range a.Authors {
		view.Authors = append(view.Authors, author.Name)
	}
	view.Facts = []part.Fact{
		{Name: v.T("web.apps.ref"), Text: a.Ref}, {Name: v.T("web.apps.registry_no"), Text: orDash(a.RegistryNo)},
		{Name: v.T("web.kind"), Text: orDash(joinNonEmpty(" · ", kindWords(v, a.Kind, a.KindText), when(a.Kind == "" && a.KindText != "", v.T("web.apps.kind_unknown"))))},
		{Name: v.T("web.apps.created"), Text: dayOr(v, a.CreatedOn)}, {Name: v.T("web.apps.filed"), Text: dayOr(v, a.FiledOn)},
		{Name: v.T("web.apps.status"), Text: orDash(a.Status)}, {Name: v.T("web.apps.origin"), Text: v.T("web.apps.origin." + a.Origin)},
	}
	if view.History, err = s.history(v, "application", id.String()); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.apps.no", "Ref", a.Ref), Here: "/applications"}, applicationOnePage(view))
}

// history is what the audit trail says about a thing, newest first.
func (s *Server) history(v *Visit, kind, id string) ([]part.Event, error) {
	lines, err := audit.Of(v.UserContext(), s.Pool, kind, id, 50)
	if err != nil {
		return nil, err
	}
	var out []part.Event
	for _, l := range lines {
		out = append(out, part.Event{When: part.ShortMoment(v.Context(), l.At), Person: l.ActorName != "",
			Text: joinNonEmpty(": ", l.ActorName, actionWords(v.Lang(), l.Action))})
	}
	return out, nil
}

func (s *Server) applicationImportPage(v *Visit) error {
	return v.Show(Page{Title: v.T("web.import.applications"), Here: "/applications"}, importPage(newImportView("applications", "/applications")))
}

func (s *Server) applicationImport(v *Visit) error {
	return s.importFile(v, newImportView("applications", "/applications"), func(file io.Reader, o sheet.Options) (*sheet.Report, error) {
		return s.Applications.Import(v.UserContext(), file, o)
	})
}
