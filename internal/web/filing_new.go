package web

import (
	"slices"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/payment"
)

// The beginning of an application: what is filed, in which role, and what one must have for it.

func (s *Server) mountFilingNew() {
	s.get("/filings/new", account.File, s.newFilingPage)
	s.post("/filings/new", account.File, s.change(s.createFiling))
}

// gridEntry is a button of the instruction's grid.
type gridEntry struct {
	Service filing.ServiceCode // of those that are filed here
	Record  string             // of those that are kept on record
}

// grid are the ten kinds, in the instruction's order.
var grid = []gridEntry{{Record: "trademark"}, {Record: "invention"}, {Record: "selection_achievement"}, {Record: "appellation_of_origin"},
	{Record: "industrial_design"}, {Record: "utility_model"}, {Service: filing.CopyrightWork}, {Record: "integrated_circuit"},
	{Record: "commercialisation_contract"}, {Service: filing.RegisterExtract}}

// recordPath is where a record of a kind is begun.
func recordPath(kind string) string { return "/records/new?kind=" + kind }

func (e gridEntry) href() string {
	if e.Service != "" {
		return "/filings/new?service=" + string(e.Service)
	}
	return recordPath(e.Record)
}

func (e gridEntry) key() string {
	if e.Service != "" {
		return "cabinet.service." + string(e.Service)
	}
	return "cabinet.record." + e.Record
}

// newFilingView is the question of the role, with what one must have.
type newFilingView struct {
	Service filing.ServiceCode
	Role    filing.Role
	Reduced bool
	Fee     *payment.Fee
	Problem string
	Look    bool
}

func serviceOf(code string) filing.ServiceCode {
	if c := filing.ServiceCode(code); slices.Contains(filing.Services, c) {
		return c
	}
	return ""
}

func (s *Server) newFilingPage(v *Visit) error {
	view := newFilingView{Service: serviceOf(v.Query("service")), Role: filing.Author, Look: !v.Who.MayFile()}
	if view.Service == "" {
		return v.Show(Page{Title: v.T("cabinet.new.title"), Here: filingsPath}, filingGrid(view))
	}
	return s.showNewFiling(v, view, 0)
}

func (s *Server) showNewFiling(v *Visit, view newFilingView, status int) error {
	if fee, err := s.Payments.Quote(v.UserContext(), string(view.Service), "", v.Today()); err == nil {
		view.Fee = &fee
	} else if !mendable(err) {
		return err
	}
	return v.Show(Page{Title: v.T("cabinet.new.title"), Here: filingsPath, Status: status}, filingRole(view))
}

func (s *Server) createFiling(v *Visit) error {
	view := newFilingView{Service: serviceOf(v.Text("service")), Role: filing.Role(v.Text("role")), Reduced: v.Text("reduced") != ""}
	if view.Service == "" {
		return v.Go("/filings/new")
	}
	id, err := s.Filings.Create(v.UserContext(), v.me(), view.Service, view.Role, view.Reduced)
	if err != nil && mendable(err) {
		view.Problem = v.Error(err)
		return s.showNewFiling(v, view, statusOf[fault.KindOf(err)])
	}
	if err != nil {
		return err
	}
	return v.Go(filingPath(id, ""))
}
