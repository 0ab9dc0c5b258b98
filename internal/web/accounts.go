package web

import (
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/web/part"
)

func (s *Server) mountAccounts() {
	a := account.ChangeAccounts
	s.get("/settings/accounts", a, s.accountsPage)
	s.post("/settings/accounts", a, s.createAccount)
	s.get("/settings/accounts/:id", a, s.accountPage)
	s.post("/settings/accounts/:id", a, s.changeAccount)
}

// accountForm is what was typed about an account.
type accountForm struct {
	ID, Email, Name, Role, Faculty, Department, Password string
	Disabled                                             bool
	Problem                                              string
	Roles                                                []part.Option
	Units                                                []part.Option // "faculty" and "faculty|department"
	Unit                                                 string
}

// accountsView is the list of accounts and the form.
type accountsView struct {
	Tabs []part.Tab
	Rows []accountRow
	Form accountForm
}

type accountRow struct {
	Href, Name, Email, Role, Unit, Last string
	Disabled, Password                  bool
}

func (s *Server) accountsPage(v *Visit) error {
	return s.showAccounts(v, accountForm{Role: string(account.ResearchOffice)}, 200)
}

func (s *Server) showAccounts(v *Visit, f accountForm, status int) error {
	list, err := s.Accounts.List(v.UserContext())
	if err != nil {
		return err
	}
	view := accountsView{Tabs: s.settingsTabs(v, "/settings/accounts")}
	for _, a := range list {
		r := accountRow{Href: "/settings/accounts/" + a.ID.String(), Name: a.Name, Email: a.Email, Role: v.T("account.role." + string(a.Role)),
			Unit: joinNonEmpty(", ", a.Department, a.Faculty), Disabled: a.Disabled, Password: a.HasPassword, Last: v.T("web.accounts.never")}
		if a.LastLoginAt != nil {
			r.Last = part.ShortMoment(v.Context(), *a.LastLoginAt)
		}
		view.Rows = append(view.Rows, r)
	}
	if view.Form, err = s.fillAccountForm(v, f); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.settings"), Here: "/settings", Status: status}, accountsPage(view))
}

func (s *Server) fillAccountForm(v *Visit, f accountForm) (accountForm, error) {
	for _, r := range account.Roles {
		f.Roles = append(f.Roles, part.Option{Value: string(r), Text: v.T("account.role." + string(r))})
	}
	f.Unit = joinNonEmpty("|", f.Faculty, f.Department)
	f.Units = []part.Option{{Value: "", Text: "—"}}
	known := f.Unit == ""
	add := func(value, text string) {
		f.Units = append(f.Units, part.Option{Value: value, Text: text})
		known = known || value == f.Unit
	}
	if s.Staff != nil {
		units, err := s.Staff.Units(v.UserContext())
		if err != nil {
			return f, err
		}
		last := ""
		for _, u := range units {
			if u.Faculty != "" && u.Faculty != last {
				add(u.Faculty, u.Faculty)
				last = u.Faculty
			}
			if u.Faculty != "" && u.Department != "" {
				add(u.Faculty+"|"+u.Department, u.Faculty+" · "+u.Department)
			}
		}
	}
	if !known {
		add(f.Unit, joinNonEmpty(" · ", f.Faculty, f.Department))
	}
	return f, nil
}

func readAccountForm(v *Visit) accountForm {
	f := accountForm{Email: v.Text("email"), Name: v.Text("name"), Role: v.Text("role"), Password: v.FormValue("password"), Disabled: v.Text("disabled") != ""}
	f.Faculty, f.Department = cutUnit(v.Text("unit"))
	return f
}

func (s *Server) createAccount(v *Visit) error {
	f := readAccountForm(v)
	_, err := s.Accounts.Create(v.UserContext(), v.Who.Account, account.NewAccount{Email: f.Email, Name: f.Name, Password: f.Password,
		Role: account.Role(f.Role), Faculty: f.Faculty, Department: f.Department})
	if err == nil {
		v.Notice("web.accounts.added", "Email", f.Email)
		return v.Go("/settings/accounts")
	}
	if !mendable(err) {
		return err
	}
	f.Problem = v.Error(err)
	return s.showAccounts(v, f, statusOf[fault.KindOf(err)])
}

// accountView is one account.
type accountView struct {
	Form    accountForm
	Facts   []part.Fact
	History []part.Event
}

func (s *Server) accountPage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	a, err := s.Accounts.Get(v.UserContext(), id)
	if err != nil {
		return err
	}
	return s.showAccount(v, id, accountForm{Name: a.Name, Role: string(a.Role), Faculty: a.Faculty, Department: a.Department, Disabled: a.Disabled}, 200)
}

func (s *Server) showAccount(v *Visit, id uuid.UUID, f accountForm, status int) error {
	a, err := s.Accounts.Get(v.UserContext(), id)
	if err != nil {
		return err
	}
	f.ID, f.Email = id.String(), a.Email
	view := accountView{Facts: []part.Fact{
		{Name: v.T("web.email"), Text: a.Email}, {Name: v.T("web.accounts.since"), Text: part.Moment(v.Context(), a.CreatedAt)},
		{Name: v.T("web.accounts.enters"), Text: v.T("web.accounts.enters." + map[bool]string{true: "password", false: "link"}[a.HasPassword])},
	}}
	if a.LastLoginAt != nil {
		view.Facts = append(view.Facts, part.Fact{Name: v.T("web.accounts.last"), Text: part.Moment(v.Context(), *a.LastLoginAt)})
	}
	if view.Form, err = s.fillAccountForm(v, f); err != nil {
		return err
	}
	if view.History, err = s.history(v, "account", id.String()); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.accounts.one"), Here: "/settings", Status: status}, accountPage(view))
}

func (s *Server) changeAccount(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	f := readAccountForm(v)
	err = s.Accounts.Update(v.UserContext(), v.Who.Account, id, account.Change{Name: f.Name, Role: account.Role(f.Role),
		Faculty: f.Faculty, Department: f.Department, Disabled: f.Disabled})
	if err == nil {
		v.Notice("web.saved")
		return v.Go("/settings/accounts")
	}
	if !mendable(err) {
		return err
	}
	f.Problem = v.Error(err)
	return s.showAccount(v, id, f, statusOf[fault.KindOf(err)])
}
