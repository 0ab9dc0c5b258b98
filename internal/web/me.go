package web

import (
	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/web/part"
)

func (s *Server) mountMe() {
	s.get("/settings/me", account.SeeOwn, func(v *Visit) error { return s.showMe(v, "", "", 200) })
	s.post("/settings/me/password", account.SeeOwn, s.changeOwnPassword)
	s.post("/settings/me/language", account.SeeOwn, s.changeOwnLanguage)
}

// meView is the reader's own account.
type meView struct {
	Tabs                []part.Tab
	Facts               []part.Fact
	HasPassword         bool
	Problem, OldProblem string
	Lang                string
	Paused              []pauseRow
}

func (s *Server) showMe(v *Visit, old, problem string, status int) error {
	view := meView{Tabs: s.settingsTabs(v, "/settings/me"), HasPassword: v.Who.HasPassword, OldProblem: old, Problem: problem, Lang: string(v.Lang()), Facts: []part.Fact{
		{Name: v.T("web.staff.name"), Text: v.Who.Name}, {Name: v.T("web.email"), Text: v.Who.Email}, {Name: v.T("web.accounts.role"), Text: v.T("account.role." + string(v.Who.Role))},
	}}
	if v.Who.Faculty != "" {
		view.Facts = append(view.Facts, part.Fact{Name: v.T("web.accounts.unit"), Text: joinNonEmpty(", ", v.Who.Department, v.Who.Faculty)})
	}
	var err error
	if view.Paused, err = s.ownPauses(v.UserContext(), v); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.my_account"), Here: "/settings", Status: status}, mePage(view))
}

func (s *Server) changeOwnPassword(v *Visit) error {
	err := s.Accounts.ChangePassword(v.UserContext(), v.Who.Account, v.FormValue("old"), v.FormValue("password"), v.secret)
	if err == nil {
		v.Notice("web.me.password_saved")
		return v.Go("/settings/me")
	}
	if !mendable(err) {
		return err
	}
	old, problem := "", v.Error(err)
	if account.WrongOldPassword(err) {
		old, problem = problem, ""
	}
	return s.showMe(v, old, problem, statusOf[fault.KindOf(err)])
}

func (s *Server) changeOwnLanguage(v *Visit) error {
	l, ok := i18n.Parse(v.Text("lang"))
	if !ok {
		return errNoPage
	}
	if err := s.Accounts.SetLang(v.UserContext(), v.Who.ID, l); err != nil {
		return err
	}
	s.dropCookie(v.Ctx, "lang")
	v.Notice("web.saved")
	return v.Go("/settings/me")
}
