package web

import (
	"io"
	"strconv"
	"strings"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/sheet"
	"kualik/internal/web/part"
	"kualik/reports"
)

// The first run is five steps to the first workbook. What is done is seen in the data, so a step can be
// left out and taken up again at any time; only the first, the administrator, is asked of a stranger, and
// only while there is no account.

func (s *Server) mountFirstRun() {
	s.get("/first-run", anybody, s.firstRunPage)
	s.post("/first-run/administrator", anybody, s.firstAdministrator)
	s.post("/first-run/mailbox", account.ChangeMailboxes, s.firstMailbox)
	s.postFile("/first-run/import", account.ChangeMailboxes, s.firstStaff)
	s.post("/first-run/poll", account.ChangeMailboxes, s.firstPoll)
	s.post("/first-run/report", account.ChangeMailboxes, s.firstReport)
}

const (
	stepAdministrator = iota + 1
	stepMailbox
	stepStaff
	stepPoll
	stepWorkbook
	stepsInAll = stepWorkbook
)

var stepKeys = []string{"", "administrator", "mailbox", "staff", "poll", "workbook"}

// firstView is the page of the first run at one of its steps.
type firstView struct {
	Step  int
	Steps []part.Step
	// of the administrator's step
	University, Name, Email, Problem, Field string
	// of the others
	Mailbox  mailboxForm
	Boxes    []mailboxRow
	Import   importView
	CanPoll  bool
	Fetched  string
	PollFail string
	Make     *makeView
	Report   *reportRow
	Done     bool // all five
}

// firstDone tells which steps are done, by what is there.
func (s *Server) firstDone(v *Visit) (done [stepsInAll + 1]bool, notes [stepsInAll + 1]string, err error) {
	f, err := s.shellFacts(v.UserContext())
	if err != nil {
		return done, notes, err
	}
	if v.Known() {
		done[stepAdministrator], notes[stepAdministrator] = true, v.Who.Email
	}
	if s.Mailboxes != nil {
		boxes, err := s.Mailboxes.States(v.UserContext())
		if err != nil {
			return done, notes, err
		}
		for _, b := range boxes {
			done[stepMailbox], notes[stepMailbox] = true, b.Name
			if b.LastGoodAt != nil {
				done[stepPoll], notes[stepPoll] = true, v.T("web.first.polled", "At", part.ShortMoment(v.Context(), *b.LastGoodAt))
			}
		}
	}
	if f.Staff > 0 {
		done[stepStaff], notes[stepStaff] = true, v.T("web.staff.note", "Count", f.Staff)
	}
	if s.Reports != nil {
		made, err := s.Reports.List(v.UserContext(), 1)
		if err != nil {
			return done, notes, err
		}
		if len(made) > 0 {
			done[stepWorkbook], notes[stepWorkbook] = true, made[0].Filename
		}
	}
	return done, notes, nil
}

// mayFirstRun tells who may see the page: a stranger while there is no account, then administrators.
func (s *Server) mayFirstRun(v *Visit) error {
	if v.Known() {
		if !v.Who.Can(account.ChangeMailboxes) {
			return errNotYours
		}
		return nil
	}
	needs, err := s.Accounts.NeedsFirstRun(v.UserContext())
	if err != nil {
		return err
	}
	if !needs {
		return errLogIn
	}
	return nil
}

func (s *Server) firstRunPage(v *Visit) error {
	return s.showFirst(v, firstView{Mailbox: newMailboxForm()}, 200)
}

// showFirst completes the view; a step of 0 is the one asked for, else the first that is not done.
func (s *Server) showFirst(v *Visit, view firstView, status int) error {
	if err := s.mayFirstRun(v); err != nil {
		return err
	}
	done, notes, err := s.firstDone(v)
	if err != nil {
		return err
	}
	if view.Step == 0 {
		view.Step = firstStep(v, done)
	}
	view.Done = true
	for i := 1; i <= stepsInAll; i++ {
		st := part.Step{Title: v.T("web.first.step." + stepKeys[i]), Note: v.T("web.first.note." + stepKeys[i])}
		if done[i] {
			st.State, st.Note = "done", notes[i]
		}
		if i == view.Step {
			st.State = "now"
		}
		if v.Known() && i > stepAdministrator {
			st.Href = "/first-run?step=" + strconv.Itoa(i)
		}
		view.Done = view.Done && done[i]
		view.Steps = append(view.Steps, st)
	}
	if err := s.fillFirst(v, &view); err != nil {
		return err
	}
	return v.write(status, firstPage(view))
}

func firstStep(v *Visit, done [stepsInAll + 1]bool) int {
	if !v.Known() {
		return stepAdministrator
	}
	if n, err := strconv.Atoi(v.Query("step")); err == nil && n > stepAdministrator && n <= stepsInAll {
		return n
	}
	for i := stepMailbox; i < stepsInAll; i++ {
		if !done[i] {
			return i
		}
	}
	return stepWorkbook
}

func (s *Server) fillFirst(v *Visit, view *firstView) (err error) {
	view.CanPoll = s.PollNow != nil && s.Mailboxes != nil
	if (view.Step == stepMailbox || view.Step == stepPoll) && s.Mailboxes != nil {
		if view.Boxes, err = s.mailboxRows(v); err != nil {
			return err
		}
	}
	if view.Step == stepWorkbook && s.Reports != nil && s.Rating != nil {
		p, err := s.Rating.Period("last_academic_year")
		if err != nil {
			return err
		}
		m, err := s.makeForm(v, p)
		if err != nil {
			return err
		}
		view.Make = &m
		made, err := s.Reports.List(v.UserContext(), 1)
		if err != nil {
			return err
		}
		if len(made) > 0 {
			row := s.reportRow(v, made[0], nil)
			view.Report = &row
		}
	}
	return nil
}

func (s *Server) firstAdministrator(v *Visit) error {
	view := firstView{Step: stepAdministrator, University: strings.Join(strings.Fields(v.Text("university")), " "), Name: v.Text("name"), Email: v.Text("email"),
		Mailbox: newMailboxForm()}
	if view.University == "" {
		view.Problem, view.Field = v.T("web.settings.university_missing"), "university"
		return s.showFirst(v, view, 422)
	}
	secret, _, err := s.Accounts.CreateFirst(v.UserContext(), account.NewAccount{Email: view.Email, Name: view.Name, Password: v.FormValue("password"), Lang: v.Lang()})
	if err != nil {
		if !mendable(err) {
			return err
		}
		view.Problem, view.Field = v.Error(err), account.FieldOf(err)
		return s.showFirst(v, view, statusOf[fault.KindOf(err)])
	}
	if err := s.setUniversity(v.UserContext(), view.University); err != nil {
		return err
	}
	return v.enter(secret, "/first-run?step=2")
}

func (s *Server) firstMailbox(v *Visit) error {
	view := firstView{Step: stepMailbox, Mailbox: readMailboxForm(v)}
	if s.Mailboxes == nil {
		return errNoPage
	}
	kept, err := s.keepMailbox(v, &view.Mailbox)
	if err != nil {
		return err
	}
	if kept {
		return v.Go("/first-run?step=3")
	}
	return s.showFirst(v, view, 200)
}

func (s *Server) firstStaff(v *Visit) error {
	view := firstView{Step: stepStaff, Mailbox: newMailboxForm(), Import: newImportView("staff", "/staff")}
	report, name, try, err := s.readTable(v, func(file io.Reader, o sheet.Options) (*sheet.Report, error) {
		return s.Staff.Import(v.UserContext(), file, o)
	})
	switch {
	case err != nil && !refusedToRead(err):
		return err
	case err != nil:
		view.Import.Problem = v.Error(err)
	case report == nil:
		view.Import.Problem = v.T("web.import.no_file")
	default:
		view.Import.take(report, name, try)
		s.stale()
	}
	return s.showFirst(v, view, 200)
}

func (s *Server) firstPoll(v *Visit) error {
	if s.PollNow == nil {
		return errNoPage
	}
	view := firstView{Step: stepPoll, Mailbox: newMailboxForm()}
	n, err := s.PollNow(v.UserContext(), "")
	s.stale()
	switch {
	case err != nil && mendable(err):
		view.PollFail = v.Error(err)
	case err != nil:
		s.Log.Warn("polling by hand", "error", err)
		view.PollFail = v.T("web.mailboxes.poll_failed")
	default:
		view.Fetched = v.T("web.mailboxes.poll_done", "Count", n)
	}
	return s.showFirst(v, view, 200)
}

func (s *Server) firstReport(v *Visit) error {
	if s.Reports == nil || s.Rating == nil {
		return errNoPage
	}
	view := firstView{Step: stepWorkbook, Mailbox: newMailboxForm()}
	lang, ok := i18n.Parse(v.Text("lang"))
	if !ok {
		lang = v.Lang()
	}
	p, err := s.Rating.Period(v.Text("period"))
	if err == nil {
		_, err = s.Reports.Make(v.UserContext(), reports.Request{Period: p, Lang: lang, MadeBy: v.Who.ID.String()})
	}
	if err != nil && !mendable(err) {
		return err
	}
	if err != nil {
		view.Problem = v.Error(err)
	}
	return s.showFirst(v, view, 200)
}
