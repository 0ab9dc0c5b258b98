package web

import (
	"context"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/rating"
	"kualik/internal/web/part"
	"kualik/reports"
)

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *Server) mountReports() {
	if s.Reports == nil || s.Rating == nil {
		return
	}
	s.get("/reports", account.MakeReports, s.reportsPage)
	s.post("/reports", account.MakeReports, s.makeReport)
	s.get("/reports/:id/file", account.MakeReports, s.reportFile)
	s.post("/reports/:id/send", account.MakeReports, s.sendReport)
	s.addNav(navEntry{group: 1, order: 20, key: "web.nav.reports", path: "/reports", icon: "report", action: account.MakeReports})
}

// makeView is the form that makes a workbook now, and the newest one made of the same period.
type makeView struct {
	Period  part.SelectView
	Lang    part.SelectView
	Problem string
	Latest  *reportRow
	Back    string
}

// reportRow is a workbook that was made.
type reportRow struct {
	Href, Name, Period, Lang, Size, When, By, Sealed string
	Send, Sum                                        string
	Scheduled                                        bool
}

func (s *Server) makeForm(v *Visit, p rating.Period) (makeView, error) {
	m := makeView{Period: s.periodSelect(v, p), Back: "/reports"}
	m.Period.Auto, m.Period.Class = false, "w12"
	m.Lang = part.SelectView{Name: "lang", Class: "w12", Label: v.T("web.reports.lang"), Value: string(v.Lang())}
	for _, l := range i18n.All {
		m.Lang.Options = append(m.Lang.Options, part.Option{Value: string(l), Text: v.T("web.lang." + string(l))})
	}
	list, err := s.Reports.List(v.UserContext(), 200)
	if err != nil {
		return m, err
	}
	for _, r := range list {
		if r.Period() == p {
			row := s.reportRow(v, r, nil)
			m.Latest = &row
			break
		}
	}
	return m, nil
}

func (s *Server) reportRow(v *Visit, r reports.Report, names map[string]string) reportRow {
	by := names[r.MadeBy]
	switch r.MadeBy {
	case "schedule", "cli":
		by = v.T("web.reports.by." + r.MadeBy)
	}
	return reportRow{Href: "/reports/" + r.ID.String() + "/file", Send: "/reports/" + r.ID.String() + "/send", Name: r.Filename, Period: sentence(r.Period().Name(v.Lang())),
		Lang: v.T("web.lang." + string(r.Lang)), Size: part.Size(v.Context(), r.Size), When: part.ShortMoment(v.Context(), r.CreatedAt), By: orDash(by),
		Sealed: part.Moment(v.Context(), r.SealedAt), Sum: r.SHA256[:min(8, len(r.SHA256))], Scheduled: r.ScheduleID != nil}
}

// reportsView is the page of workbooks.
type reportsView struct {
	Make makeView
	Rows []reportRow
}

func (s *Server) reportsPage(v *Visit) error { return s.showReports(v, "", fiber.StatusOK) }

func (s *Server) showReports(v *Visit, problem string, status int) error {
	p, err := s.Rating.Period("this_academic_year")
	if err != nil {
		return err
	}
	if asked, err := s.Rating.Period(v.Text("period")); err == nil {
		p = asked
	}
	view := reportsView{}
	if view.Make, err = s.makeForm(v, p); err != nil {
		return err
	}
	view.Make.Problem = problem
	list, err := s.Reports.List(v.UserContext(), 200)
	if err != nil {
		return err
	}
	names, err := s.accountNames(v)
	if err != nil {
		return err
	}
	for _, r := range list {
		view.Rows = append(view.Rows, s.reportRow(v, r, names))
	}
	return v.Show(Page{Title: v.T("web.nav.reports"), Here: "/reports", Status: status}, reportsPage(view))
}

func (s *Server) accountNames(v *Visit) (map[string]string, error) {
	list, err := s.Accounts.List(v.UserContext())
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, a := range list {
		names[a.ID.String()] = part.ShortName(a.Name)
	}
	return names, nil
}

func (s *Server) makeReport(v *Visit) error {
	p, err := s.Rating.Period(v.Text("period"))
	if err != nil {
		return s.showReports(v, v.Error(err), statusOf[fault.KindOf(err)])
	}
	lang, ok := i18n.Parse(v.Text("lang"))
	if !ok {
		lang = v.Lang()
	}
	r, err := s.Reports.Make(v.UserContext(), reports.Request{Period: p, Lang: lang, MadeBy: v.Who.ID.String()})
	if err != nil {
		if !mendable(err) {
			return err
		}
		return s.showReports(v, v.Error(err), statusOf[fault.KindOf(err)])
	}
	if err := s.noteDeed(v, "report.make", "report", r.ID.String(), map[string]string{"period": p.String(), "lang": string(lang)}); err != nil {
		return err
	}
	v.Notice("web.reports.made", "Name", r.Filename)
	return v.Go("/reports#" + r.ID.String())
}

func (s *Server) reportFile(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	r, err := s.Reports.Get(v.UserContext(), id)
	if err != nil {
		return err
	}
	// The file is read after this function has ended, and with it the request's context.
	file, size, err := s.Reports.Open(context.WithoutCancel(v.UserContext()), r)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, workbookType)
	v.Set(fiber.HeaderContentDisposition, attachment(r.Filename))
	return v.SendStream(file, int(size))
}

// sendReport mails the same snapshot again to the addresses given.
func (s *Server) sendReport(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	r, err := s.Reports.Get(v.UserContext(), id)
	if err != nil {
		return err
	}
	to := recipientsOf(v.Text("to"))
	if len(to) == 0 {
		return s.showReports(v, v.T("web.reports.no_recipient"), fiber.StatusUnprocessableEntity)
	}
	_, err = s.Reports.Make(v.UserContext(), reports.Request{Period: r.Period(), Snapshot: r.SnapshotID, Lang: r.Lang, MadeBy: v.Who.ID.String(),
		Recipients: to, Occasion: "page " + v.GetRespHeader(fiber.HeaderXRequestID)})
	if err != nil {
		if !mendable(err) {
			return err
		}
		return s.showReports(v, v.Error(err), statusOf[fault.KindOf(err)])
	}
	if err := s.noteDeed(v, "report.send", "report", r.ID.String(), map[string]any{"to": len(to)}); err != nil {
		return err
	}
	v.Notice("web.reports.sent", "Name", r.Filename, "To", strings.Join(to, ", "))
	return v.Go("/reports")
}

// recipientsOf are addresses parted by commas, semicolons or white space.
func recipientsOf(s string) []string {
	list := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
	slices.Sort(list)
	return slices.Compact(list)
}
