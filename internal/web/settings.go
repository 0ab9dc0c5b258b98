package web

import (
	"strings"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/web/part"
)

func (s *Server) mountSettings() {
	s.get("/settings", account.SeeOutbox, func(v *Visit) error {
		if v.Who.Can(account.ChangeAccounts) {
			return s.generalPage(v)
		}
		return v.Go("/settings/outbox")
	})
	s.post("/settings", account.ChangeAccounts, s.saveGeneral)
	s.addNav(navEntry{group: 2, order: 20, key: "web.nav.settings", path: "/settings", icon: "settings", action: account.SeeOutbox})
}

// settingsTabs are the pages of the settings that the reader may open.
func (s *Server) settingsTabs(v *Visit, here string) []part.Tab {
	var tabs []part.Tab
	add := func(key, path string, may account.Action, there bool) {
		if there && v.Who.Can(may) {
			tabs = append(tabs, part.Tab{Text: v.T(key), Href: path, Here: path == here})
		}
	}
	add("web.settings.general", "/settings", account.ChangeAccounts, true)
	add("web.settings.mailboxes", "/settings/mailboxes", account.ChangeMailboxes, s.Mailboxes != nil)
	add("web.settings.outbox", "/settings/outbox", account.SeeOutbox, s.Outbox != nil)
	add("notify.templates.title", templatesPath, account.ChangeLetters, s.Outbox != nil && len(s.LetterTemplates) > 0)
	add("notify.paused.title", pausedPath, account.ChangeLetters, s.Outbox != nil)
	add("web.settings.accounts", "/settings/accounts", account.ChangeAccounts, true)
	add("audit.page.title", auditPath, account.SeeAudit, s.Audit != nil)
	add("web.settings.me", "/settings/me", account.SeeOwn, true)
	return tabs
}

// generalView is the university's name and what the installation is.
type generalView struct {
	Tabs             []part.Tab
	University, Note string
	Problem          string
	Facts            []part.Fact
	Unfinished       bool // steps of the first run
}

func (s *Server) generalPage(v *Visit) error { return s.showGeneral(v, "", "", 200) }

func (s *Server) showGeneral(v *Visit, typed, problem string, status int) error {
	f, err := s.shellFacts(v.UserContext())
	if err != nil {
		return err
	}
	g := generalView{Tabs: s.settingsTabs(v, "/settings"), University: f.University, Problem: problem, Facts: []part.Fact{
		{Name: v.T("web.settings.address"), Text: s.PublicURL}, {Name: v.T("web.settings.zone"), Text: s.Zone.String()},
		{Name: v.T("web.settings.lang"), Text: v.T("web.lang." + string(s.Lang))},
	}}
	if problem != "" {
		g.University = typed
	}
	done, _, err := s.firstDone(v)
	if err != nil {
		return err
	}
	for _, d := range done[stepAdministrator:] {
		g.Unfinished = g.Unfinished || !d
	}
	return v.Show(Page{Title: v.T("web.nav.settings"), Here: "/settings", Status: status}, generalPage(g))
}

func (s *Server) saveGeneral(v *Visit) error {
	name := strings.Join(strings.Fields(v.Text("university")), " ")
	if name == "" || len(name) > 300 {
		return s.showGeneral(v, name, v.T("web.settings.university_missing"), 422)
	}
	if err := s.setUniversity(v.UserContext(), name); err != nil {
		return err
	}
	err := audit.Record(v.UserContext(), s.Pool, audit.Entry{At: s.Clock.Now(), Actor: v.Who.Actor(), Action: "setting.university",
		SubjectKind: "setting", SubjectID: "university", After: map[string]string{"name": name}})
	if err != nil {
		return err
	}
	v.Notice("web.saved")
	return v.Go("/settings")
}
