package web

import (
	"time"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing"
)

// What ends an application before its time: deleting, withdrawing; and what the office decides about its term.

func (s *Server) mountFilingEnd() {
	s.get("/filings/:id/delete", account.File, s.askDelete)
	s.post("/filings/:id/delete", account.File, s.change(s.deleteFiling))
	s.get("/filings/:id/withdraw", account.File, s.askWithdraw)
	s.post("/filings/:id/withdraw", account.File, s.withdrawFiling)
	s.post("/filings/:id/prolong", account.DecideFiling, s.prolongFiling)
}

// endView asks before an application ends.
type endView struct {
	*filingView
	filing.Consequence
	Reason  string
	Refused string
}

func (s *Server) askDelete(v *Visit) error {
	f, err := s.seeFiling(v, filing.TabData)
	if err != nil {
		return err
	}
	if !f.Can(filing.Delete) {
		return v.Go(filingPath(f.ID, ""))
	}
	view := endView{filingView: f}
	if view.Consequence, err = s.Filings.DeleteConsequence(v.UserContext(), v.me(), f.ID); err != nil {
		return s.refused(v, filing.TabData, err)
	}
	return v.Show(Page{Title: v.T("cabinet.delete.title", "No", draftNo(f.Filing)), Here: filingsPath}, filingDelete(view))
}

func (s *Server) deleteFiling(v *Visit) error {
	f, err := s.seeFiling(v, filing.TabData)
	if err != nil {
		return err
	}
	if err := s.Filings.Delete(v.UserContext(), v.me(), f.ID, v.Text("confirm")); err != nil {
		return s.refused(v, filing.TabData, err)
	}
	v.Notice("cabinet.delete.done", "No", draftNo(f.Filing))
	return v.Go(filingsPath)
}

func (s *Server) askWithdraw(v *Visit) error { return s.showWithdraw(v, nil) }

func (s *Server) showWithdraw(v *Visit, cause error) error {
	f, err := s.seeFiling(v, filing.TabParticipants)
	if err != nil {
		return err
	}
	if !f.Can(filing.Withdraw) {
		return v.Go(filingPath(f.ID, ""))
	}
	view, status := endView{filingView: f, Reason: v.Text("reason")}, 0
	if cause != nil {
		view.Refused, status = v.Error(cause), statusOf[fault.KindOf(cause)]
	}
	return v.Show(Page{Title: v.T("cabinet.withdraw.title", "No", number(f.Filing)), Here: filingsPath, Status: status}, filingWithdraw(view))
}

func (s *Server) withdrawFiling(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Filings.Withdraw(v.UserContext(), v.me(), id, v.Text("reason")); err != nil {
		if fault.Is(err, fault.Invalid) {
			return s.showWithdraw(v, err)
		}
		return s.refused(v, filing.TabParticipants, err)
	}
	v.Notice("cabinet.withdraw.done")
	return v.Go(filingPath(id, ""))
}

// prolongFiling gives the authors time to the end of a day.
func (s *Server) prolongFiling(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	day, err := clock.ParseDay(v.Text("until"))
	if err != nil {
		return s.refused(v, filing.TabParticipants, fault.New(fault.Invalid, "cabinet.prolong.bad_day"))
	}
	until := time.Date(day.Year(), day.Time().Month(), day.Time().Day(), 23, 59, 0, 0, s.Zone)
	if err := s.Filings.Prolong(v.UserContext(), v.me(), id, until, v.Text("reason")); err != nil {
		return s.refused(v, filing.TabParticipants, err)
	}
	v.Notice("cabinet.prolong.done", "At", until.Format("02.01.2006 15:04"))
	return v.Go(filingPath(id, "/participants"))
}
