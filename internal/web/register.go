package web

import (
	"context"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/issuing"
	"kualik/internal/kind"
	"kualik/internal/person"
	"kualik/internal/pki"
	"kualik/internal/web/part"
)

// The institution's own register as everybody sees it: the list, a record behind the code that is printed on its
// certificate, and the check of a file. What is shown is what is printed, and search engines are kept away.

// Register is what the pages of the register need.
type Register struct {
	Issuing *issuing.Service // nil: no such pages
	Trust   *pki.Trust       // by whom the signature in a file is judged
	Keeps   bool             // the institution keeps the register itself
}

const registerPath = "/register"

func (s *Server) mountRegister() {
	if s.Issuing == nil {
		return
	}
	s.checks = newCheckLimit(s.Clock.Now)
	s.get(registerPath, anybody, s.registerPage)
	s.get("/register/check", anybody, func(v *Visit) error { return s.showCheck(v, checkView{}, fiber.StatusOK) })
	s.postFile("/register/check", anybody, s.check)
	s.get("/r/:token", anybody, func(v *Visit) error { return s.showEntry(v, checkView{}, fiber.StatusOK) })
	s.postFile("/r/:token", anybody, s.checkRecord)
	if s.Filings != nil {
		s.get("/filings/:id/certificate.pdf", account.File, s.filingCertificate)
	}
	if s.Keeps {
		s.addNav(navEntry{group: 0, order: 47, key: "issuing.nav", path: registerPath, icon: "certificate", action: account.SeeOwn})
	}
}

// outside answers with a page for everybody: in the frame for who is logged in, else by itself.
func (s *Server) outside(v *Visit, title string, status int, body templ.Component) error {
	v.Set("X-Robots-Tag", "noindex, nofollow")
	if v.Known() {
		return v.Show(Page{Title: title, Here: registerPath, Status: status}, body)
	}
	return v.write(status, registerOutside(title, body))
}

// registerView is the list.
type registerView struct {
	Note    string
	Filters part.FiltersView
	Rows    []registerRow
	Pages   part.PagesView
	Any     bool // something was asked for
	Keeps   bool
}

type registerRow struct{ Href, Number, Day, Title, Kind, Authors, More, State, Chip string }

func (s *Server) registerPage(v *Visit) error {
	ctx, q, page := v.UserContext(), v.Values(), v.PageNo()
	f := issuing.Filter{Query: q.Get("q"), Limit: rowsPerPage, Offset: (page - 1) * rowsPerPage}
	f.Year, _ = strconv.Atoi(q.Get("year"))
	list, total, err := s.Issuing.Public(ctx, f)
	if err != nil {
		return err
	}
	years, err := s.Issuing.Years(ctx)
	if err != nil {
		return err
	}
	filters := part.FiltersView{Action: registerPath, Query: f.Query, Label: v.T("issuing.search"), Hidden: hiddenOf(q, "year")}
	byYear := part.FilterView{Name: v.T("issuing.year"), Clear: part.HrefWith(registerPath, q, "year", "")}
	all := 0
	for _, y := range years {
		all += y.Count
		text := strconv.Itoa(y.Year)
		byYear.Choices = append(byYear.Choices, part.Tab{Text: text, Count: y.Count, Href: part.HrefWith(registerPath, q, "year", text)})
		if y.Year == f.Year {
			byYear.Value = text
		}
	}
	filters.Filters = append(filters.Filters, byYear)
	view := registerView{Filters: filters, Pages: part.PagesOf(registerPath, q, page, rowsPerPage, total), Keeps: s.Keeps,
		Any: f.Query != "" || f.Year != 0, Note: v.T("issuing.note", "Total", part.Num(all), "Shown", part.Num(total))}
	for _, e := range list {
		view.Rows = append(view.Rows, rowOfRegister(v, e))
	}
	return s.outside(v, v.T("issuing.title"), fiber.StatusOK, registerPage(view))
}

var registerChips = map[issuing.State]string{issuing.Valid: "good", issuing.Replaced: "review", issuing.Annulled: "rejected"}

func rowOfRegister(v *Visit, e issuing.Entry) registerRow {
	r := registerRow{Href: "/r/" + e.Token, Number: part.Num(int(e.Number)), Day: dayOr(v, e.RegisteredOn), Title: e.Title, Kind: kind.Name(string(v.Lang()), e.Kind),
		State: v.T("issuing.state." + string(e.State)), Chip: registerChips[e.State]}
	for i, name := range e.Mentioned() {
		if i == 2 {
			r.More = v.T("web.and_more", "Count", len(e.Mentioned())-2)
			break
		}
		r.Authors = joinNonEmpty(", ", r.Authors, part.ShortName(name))
	}
	return r
}

// recordOfRegister is one record, behind the address of one of its versions or of an extract.
type recordOfRegister struct {
	Title, Note, Chip, State string
	Facts                    []part.Fact
	Authors                  []string
	Message, Text            string // what must be known first, and what follows from it
	Kind                     string // of the message
	Newer                    string // address of the version that holds
	History                  []part.Event
	Check                    checkView
}

// showEntry is a record with the check of a file beside it.
func (s *Server) showEntry(v *Visit, c checkView, status int) error {
	ctx, token := v.UserContext(), v.Params("token")
	e, err := s.Issuing.ByToken(ctx, token)
	var x *issuing.Extract
	if fault.Is(err, fault.NotFound) {
		var found issuing.Extract
		if found, err = s.Issuing.ExtractByToken(ctx, token); err == nil {
			x = &found
			e, err = s.Issuing.Get(ctx, s.Pool, found.EntryID)
		}
	}
	if err != nil {
		return err
	}
	versions, err := s.Issuing.Versions(ctx, e.Number)
	if err != nil {
		return err
	}
	c.Action = "/r/" + token
	view := recordOfRegister{Title: e.Title, Chip: registerChips[e.State], State: v.T("issuing.state." + string(e.State)), Authors: stillMentioned(e, versions), Check: c,
		Note: v.T("issuing.record.note", "Number", part.Num(int(e.Number)), "Day", dayOr(v, e.RegisteredOn), "Kind", kind.Name(string(v.Lang()), e.Kind))}
	view.Facts = []part.Fact{{Name: v.T("issuing.fact.number"), Text: part.Num(int(e.Number))}, {Name: v.T("issuing.fact.registered_on"), Text: dayOr(v, e.RegisteredOn)},
		{Name: v.T("issuing.fact.kind"), Text: kind.Name(string(v.Lang()), e.Kind)}, {Name: v.T("issuing.fact.created_on"), Text: dayOr(v, e.CreatedOn)},
		{Name: v.T("issuing.fact.office"), Text: orDash(e.Office)}, {Name: v.T("issuing.fact.version"), Text: strconv.Itoa(e.Version)}, {Name: "SHA-256", Text: e.SHA256}}
	s.recordMessage(v, &view, e, x, versions)
	view.History = recordHistory(v, versions)
	return s.outside(v, v.T("issuing.record.title", "Number", part.Num(int(e.Number))), status, recordPageOfRegister(view))
}

// stillMentioned are the authors of a version whom no later one hides: a later wish holds for what was printed
// before, as far as our page can keep it.
func stillMentioned(e issuing.Entry, versions []issuing.Entry) []string {
	names := e.Mentioned()
	for _, later := range versions {
		if later.Version <= e.Version || later.SHA256 == "" {
			continue
		}
		for _, a := range later.Authors {
			if a.Hidden {
				names = slices.DeleteFunc(names, func(n string) bool { return person.Ordinary(n) == person.Ordinary(a.Name) })
			}
		}
	}
	return names
}

// recordMessage says what must be known before anything else is read.
func (s *Server) recordMessage(v *Visit, view *recordOfRegister, e issuing.Entry, x *issuing.Extract, versions []issuing.Entry) {
	for _, other := range versions {
		if other.State == issuing.Valid && other.ID != e.ID {
			view.Newer = "/r/" + other.Token
		}
	}
	ended := clock.Day("")
	if e.EndedAt != nil {
		ended = clock.DayOf(*e.EndedAt, s.Zone)
	}
	switch {
	case e.State == issuing.Annulled:
		view.Kind, view.Message, view.Text = "bad", v.T("issuing.record.annulled", "Day", dayOr(v, ended)), e.EndReason
	case e.State == issuing.Replaced:
		view.Kind, view.Message, view.Text = "warn", v.T("issuing.record.replaced", "Version", e.Version, "Day", dayOr(v, ended)), v.T("issuing.record.replaced_note")
	case x != nil:
		view.Kind, view.Message, view.Text = "info", v.T("issuing.record.extract", "Name", x.Name(), "Day", dayOr(v, x.IssuedOn)), v.T("issuing.record.extract_note")
	}
}

// recordHistory are the versions, the newest first; one that was never sealed is nobody's business.
func recordHistory(v *Visit, versions []issuing.Entry) (list []part.Event) {
	for _, e := range versions {
		if e.SHA256 == "" {
			continue
		}
		if e.State == issuing.Annulled {
			list = append(list, part.Event{When: dayOr(v, clock.DayOf(*e.EndedAt, v.s.Zone)), Text: v.T("issuing.history.annulled", "Reason", e.EndReason), Person: true})
		}
		text := v.T("issuing.history.first")
		if e.Cause != "" {
			text = v.T("issuing.history."+string(e.Cause), "Version", e.Version, "Reason", e.Reason)
		}
		list = append(list, part.Event{When: dayOr(v, e.IssuedOn), Text: text, Person: true, More: recordVersion("/r/"+e.Token, v.T("issuing.history.version", "Version", e.Version))})
	}
	return list
}

// filingCertificate is the certificate or the extract of an application, for those who see the application.
func (s *Server) filingCertificate(v *Visit) error {
	ctx := v.UserContext()
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if _, err := s.Filings.View(ctx, v.me(), id); err != nil {
		return err
	}
	e, err := s.sealed(ctx, id)
	if err != nil {
		return err
	}
	if e != nil {
		name, pdf, err := s.Issuing.PDF(ctx, e.ID)
		if err != nil {
			return err
		}
		return v.pdf(name, pdf)
	}
	x, err := s.Issuing.ExtractOf(ctx, s.Pool, id)
	if err != nil {
		return err
	}
	name, pdf, err := s.Issuing.ExtractPDF(ctx, x.ID)
	if err != nil {
		return err
	}
	return v.pdf(name, pdf)
}

// sealed is the newest sealed certificate of an application, nil when the register has none.
func (s *Server) sealed(ctx context.Context, filing uuid.UUID) (*issuing.Entry, error) {
	list, err := s.Issuing.OfFiling(ctx, s.Pool, filing)
	for _, e := range list {
		if e.State == issuing.Valid || e.State == issuing.Annulled {
			return &e, err
		}
	}
	return nil, err
}

// paper is what our register gave for an application; empty when the certificate is the institute's.
type paper struct {
	File, Record string // addresses of the file and of its public page
	Annulled     string // why it holds no longer
}

func (s *Server) paper(ctx context.Context, filing uuid.UUID) (p paper, err error) {
	e, err := s.sealed(ctx, filing)
	if err != nil {
		return p, err
	}
	token := ""
	if e != nil {
		token, p.Annulled = e.Token, e.EndReason
	} else if x, err := s.Issuing.ExtractOf(ctx, s.Pool, filing); err == nil {
		token = x.Token
	} else if !fault.Is(err, fault.NotFound) {
		return p, err
	}
	if token != "" {
		p.File, p.Record = filingPath(filing, "/certificate.pdf"), "/r/"+token
	}
	return p, nil
}
