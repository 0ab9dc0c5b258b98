package web

import (
	"io"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/fault"
	"kualik/internal/rating"
	"kualik/internal/secret"
	"kualik/internal/sheet"
	"kualik/internal/web/part"
)

const rowsPerPage = 50

func (s *Server) mountStaff() {
	if s.Staff == nil {
		return
	}
	s.get("/staff", account.SeeUnit, s.staffList)
	s.get("/staff/import", account.ImportData, s.staffImportPage)
	s.postFile("/staff/import", account.ImportData, s.staffImport)
	s.get("/staff/of", account.SeeUnit, s.staffOf)
	s.get("/staff/:id", account.SeeUnit, s.staffPerson)
	s.post("/staff/:id/iin", account.RevealIIN, s.staffIIN)
	s.addNav(navEntry{group: 2, order: 10, key: "web.nav.staff", path: "/staff", icon: "people", action: account.SeeUnit,
		count: func(f Facts) int { return f.Staff }})
}

// staffListView is the list of staff.
type staffListView struct {
	Note    string
	Filters part.FiltersView
	Heads   []part.SortHead
	Rows    []staffRow
	Pages   part.PagesView
	Import  bool
	Any     bool // some filter is set
}

type staffRow struct {
	Href, StaffID, Name, Position, Department, Faculty, Emails, Since string
	Gone                                                              string // why they are not counted now, if so
}

// staffOf leads from the university's own id of a person, which tables of the rating know, to their page.
func (s *Server) staffOf(v *Visit) error {
	p, err := s.Staff.ByStaffID(v.UserContext(), v.Query("staff"))
	if err != nil {
		return err
	}
	return v.Go("/staff/" + p.ID.String())
}

func staffOf(staffID string) string { return "/staff/of?staff=" + url.QueryEscape(staffID) }

// staffFilter reads the filter from the address; a head of a unit sees that unit only.
func staffFilter(v *Visit) directory.Filter {
	f := directory.Filter{Query: v.Query("q"), Faculty: v.Query("faculty"), Department: v.Query("department"),
		Absent: v.Query("state") == "absent", WithoutIIN: v.Query("state") == "no_iin"}
	if !v.Who.Can(account.SeeAll) {
		f.Faculty = v.Who.Faculty
		if v.Who.Department != "" {
			f.Department = v.Who.Department
		}
	}
	return f
}

func (s *Server) staffList(v *Visit) error {
	f := staffFilter(v)
	q := v.Values()
	sort := sortOf(q.Get("sort"), "name", "staff_id", "department", "employed_from")
	page := v.PageNo()
	people, total, err := s.Staff.Search(v.UserContext(), f, directory.Page{Limit: rowsPerPage, Offset: (page - 1) * rowsPerPage, Sort: sort})
	if err != nil {
		return err
	}
	filters, err := s.staffFilters(v)
	if err != nil {
		return err
	}
	l := staffListView{Filters: filters, Import: v.Who.Can(account.ImportData), Any: filters.Reset != "", Note: v.T("web.staff.note", "Count", total),
		Pages: part.PagesOf("/staff", q, page, rowsPerPage, total),
		Heads: []part.SortHead{
			sortHead(v, "/staff", "staff_id", "web.staff.id", sort, ""), sortHead(v, "/staff", "name", "web.staff.name", sort, ""),
			{Text: v.T("web.staff.position")}, sortHead(v, "/staff", "department", "web.staff.unit", sort, ""),
			{Text: v.T("web.email")}, sortHead(v, "/staff", "employed_from", "web.staff.since", sort, ""),
		}}
	for _, p := range people {
		l.Rows = append(l.Rows, staffRow{Href: "/staff/" + p.ID.String(), StaffID: p.StaffID, Name: p.FullName(), Position: p.Position,
			Department: p.Department, Faculty: p.Faculty, Emails: strings.Join(p.Emails, ", "), Since: dayOr(v, p.EmployedFrom), Gone: goneWords(v, p)})
	}
	return v.Show(Page{Title: v.T("web.nav.staff"), Here: "/staff", Query: f.Query}, staffListPage(l))
}

func dayOr(v *Visit, d clock.Day) string { return part.Day(v.Context(), d) }

func goneWords(v *Visit, p directory.Staff) string {
	switch {
	case p.Absent:
		return v.T("web.staff.absent")
	case p.EmployedTo != "" && p.EmployedTo < v.Today():
		return v.T("web.staff.left", "Day", dayOr(v, p.EmployedTo))
	}
	return ""
}

func (s *Server) staffFilters(v *Visit) (part.FiltersView, error) {
	q := v.Values()
	f := part.FiltersView{Action: "/staff", Query: q.Get("q"), Label: v.T("web.staff.search"), Hidden: hiddenOf(q, "faculty", "department", "state", "sort")}
	units, err := s.Staff.Units(v.UserContext())
	if err != nil {
		return f, err
	}
	var faculties, departments []part.Tab
	people := map[string]int{}
	for _, u := range units {
		if u.Faculty != "" && people[u.Faculty] == 0 {
			faculties = append(faculties, part.Tab{Text: u.Faculty, Href: part.HrefWith("/staff", q, "faculty", u.Faculty, "department", "")})
		}
		people[u.Faculty] += u.People
		if u.Department != "" && (q.Get("faculty") == "" || q.Get("faculty") == u.Faculty) && v.Who.SeesUnit(u.Faculty, u.Department) {
			departments = append(departments, part.Tab{Text: u.Department, Count: u.People,
				Href: part.HrefWith("/staff", q, "faculty", u.Faculty, "department", u.Department)})
		}
	}
	for i := range faculties {
		faculties[i].Count = people[faculties[i].Text]
	}
	if v.Who.Can(account.SeeAll) {
		f.Filters = append(f.Filters, part.FilterView{Name: v.T("web.staff.faculty"), Value: q.Get("faculty"),
			Clear: part.HrefWith("/staff", q, "faculty", "", "department", ""), Choices: faculties})
	}
	f.Filters = append(f.Filters, part.FilterView{Name: v.T("web.staff.department"), Value: q.Get("department"),
		Clear: part.HrefWith("/staff", q, "department", ""), Choices: departments})
	states := []part.Tab{}
	value := ""
	for _, st := range []string{"absent", "no_iin"} {
		states = append(states, part.Tab{Text: v.T("web.staff.state." + st), Href: part.HrefWith("/staff", q, "state", st)})
		if q.Get("state") == st {
			value = v.T("web.staff.state." + st)
		}
	}
	f.Filters = append(f.Filters, part.FilterView{Name: v.T("web.state"), Value: value, Clear: part.HrefWith("/staff", q, "state", ""), Choices: states})
	if anySet(q, "q", "faculty", "department", "state") {
		f.Reset = "/staff"
	}
	return f, nil
}

// personView is a member of staff.
type personView struct {
	Name, Note, Gone string
	Facts            []part.Fact
	IIN              string // masked or revealed; empty: not known
	Reveal           string // path of the POST that reveals it
	Shown            bool
	Period           string
	Points, Place    string
	Items            []pointRow
	Explained        bool
}

func (s *Server) staffPerson(v *Visit) error { return s.showPerson(v, false) }

// staffIIN shows the whole personal number, once, and records that.
func (s *Server) staffIIN(v *Visit) error { return s.showPerson(v, true) }

func (s *Server) showPerson(v *Visit, reveal bool) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	p, err := s.Staff.Get(v.UserContext(), id)
	if err != nil {
		return err
	}
	if !v.Who.SeesUnit(p.Faculty, p.Department) {
		return errNoPage // as if there were no such person
	}
	view := personView{Name: p.FullName(), Gone: goneWords(v, p), Note: joinNonEmpty(" · ", p.Position, p.Department, p.Faculty), Shown: reveal}
	if view.IIN, err = s.iinOf(v, id, reveal); err != nil {
		return err
	}
	if view.IIN != "" && !reveal && v.Who.Can(account.RevealIIN) {
		view.Reveal = "/staff/" + id.String() + "/iin"
	}
	to := v.T("web.staff.open_end")
	if p.EmployedTo != "" {
		to = dayOr(v, p.EmployedTo)
	}
	view.Facts = []part.Fact{
		{Name: v.T("web.staff.id"), Text: p.StaffID}, {Name: v.T("web.staff.position"), Text: orDash(p.Position)},
		{Name: v.T("web.staff.department"), Text: orDash(p.Department)}, {Name: v.T("web.staff.faculty"), Text: orDash(p.Faculty)},
		{Name: v.T("web.staff.programme"), Text: orDash(p.Programme)}, {Name: v.T("web.email"), Text: orDash(strings.Join(p.Emails, "\n"))},
		{Name: v.T("web.staff.other_names"), Text: orDash(strings.Join(p.OtherNames, "\n"))},
		{Name: v.T("web.staff.employed"), Text: dayOr(v, p.EmployedFrom) + " – " + to},
	}
	if err := s.personPoints(v, p.StaffID, &view); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.staff.person"), Here: "/staff"}, personPage(view))
}

// iinOf is the personal number, masked, or whole: then it is recorded who looked.
func (s *Server) iinOf(v *Visit, id uuid.UUID, reveal bool) (string, error) {
	if reveal {
		return s.Staff.RevealIIN(v.UserContext(), v.Who.Actor(), id)
	}
	iin, err := s.Staff.IIN(v.UserContext(), id)
	return secret.Mask(iin), err
}

// personPoints adds this academic year's points and how they come about.
func (s *Server) personPoints(v *Visit, staffID string, view *personView) error {
	if s.Rating == nil {
		return nil
	}
	period, err := s.Rating.Period("this_academic_year")
	if err != nil {
		return err
	}
	snap, err := s.Rating.Current(v.UserContext(), period)
	if err != nil {
		return err
	}
	view.Period = sentence(period.Name(v.Lang()))
	e, ok := rating.Compute(snap).ForAuthor(staffID)
	if !ok {
		return nil
	}
	view.Explained, view.Points = true, rating.Show(v.Lang(), e.Person.Points, 2)
	if e.Person.Rank > 0 {
		view.Place = v.T("web.points.place", "Department", e.Person.RankInDepartment, "InDepartment", e.InDepartment,
			"Faculty", e.Person.RankInFaculty, "InFaculty", e.InFaculty)
	}
	view.Items = pointRows(v, e)
	return nil
}

// pointRow is one certificate in somebody's points.
type pointRow struct {
	Href, Number, Day, Title, Kind, Product, Points, Reason string
}

func pointRows(v *Visit, e rating.Explanation) []pointRow {
	var rows []pointRow
	for _, i := range e.Items {
		r := pointRow{Href: "/certificates/" + i.ID, Number: orDash(i.Number), Day: dayOr(v, i.Day), Title: i.Title, Kind: kindWords(v, i.Kind, i.KindText)}
		if i.Reason != rating.Counts {
			r.Reason = i.Reason.Words(v.Lang())
		} else {
			r.Product = rating.Show(v.Lang(), i.Full, 0) + " × " + rating.Fraction(i.Share) + " ="
			r.Points = rating.Show(v.Lang(), i.Points, 2)
		}
		rows = append(rows, r)
	}
	return rows
}

func (s *Server) staffImportPage(v *Visit) error {
	return v.Show(Page{Title: v.T("web.import.staff"), Here: "/staff"}, importPage(newImportView("staff", "/staff")))
}

func (s *Server) staffImport(v *Visit) error {
	return s.importFile(v, newImportView("staff", "/staff"), func(file io.Reader, o sheet.Options) (*sheet.Report, error) {
		return s.Staff.Import(v.UserContext(), file, o)
	})
}

// refusedToRead tells whether an import failed because of the file.
func refusedToRead(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge)
}
