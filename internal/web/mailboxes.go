package web

import (
	"context"
	"strconv"
	"strings"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/mailbox"
	"kualik/internal/web/part"
)

func (s *Server) mountMailboxes() {
	if s.Mailboxes == nil {
		return
	}
	a := account.ChangeMailboxes
	s.get("/settings/mailboxes", a, s.mailboxesPage)
	s.post("/settings/mailboxes", a, s.saveMailbox)
	s.post("/settings/mailboxes/pause", a, s.pauseMailbox)
	s.post("/settings/mailboxes/resume", a, s.resumeMailbox)
	if s.PollNow != nil {
		s.post("/settings/mailboxes/poll", account.PollNow, s.pollMailbox)
	}
}

// mailboxForm is what was typed about a mailbox. Folders are parted by commas.
type mailboxForm struct {
	Host, Port, Security, User, Password, Folders, Since string
	Problem                                              string
	ProblemField                                         string
	Tried                                                []tryResult
	Took                                                 string
}

// tryResult is how trying one folder went: the meaning, and the server's own words.
type tryResult struct {
	OK            bool
	Folder        string
	Words, Answer string
}

func newMailboxForm() mailboxForm {
	return mailboxForm{Port: "993", Security: string(mailbox.TLS), Folders: "INBOX"}
}

func readMailboxForm(v *Visit) mailboxForm {
	return mailboxForm{Host: v.Text("host"), Port: v.Text("port"), Security: v.Text("security"), User: v.Text("user"),
		Password: v.FormValue("password"), Folders: v.Text("folders"), Since: v.Text("since")}
}

// errField is a fault of one field of the form.
func (f *mailboxForm) wrong(v *Visit, field, key string) bool {
	f.Problem, f.ProblemField = v.T(key), field
	return false
}

// configs reads the form; ok is false when a field is wrong, which the form then says.
func (f *mailboxForm) configs(v *Visit) (list []mailbox.Config, ok bool) {
	port, err := strconv.Atoi(f.Port)
	since, sinceErr := clock.ParseDay(f.Since)
	switch {
	case f.Host == "" || strings.ContainsAny(f.Host, " /@"):
		return nil, f.wrong(v, "host", "web.mailboxes.host_wrong")
	case err != nil || port < 1 || port > 65535:
		return nil, f.wrong(v, "port", "web.mailboxes.port_wrong")
	case f.User == "":
		return nil, f.wrong(v, "user", "web.mailboxes.user_missing")
	case f.Password == "":
		return nil, f.wrong(v, "password", "web.mailboxes.password_missing")
	case sinceErr != nil:
		return nil, f.wrong(v, "since", "web.mailboxes.since_wrong")
	}
	for _, folder := range strings.Split(f.Folders, ",") {
		if folder = strings.TrimSpace(folder); folder != "" {
			list = append(list, mailbox.Config{Host: f.Host, Port: f.Port, User: f.User, Password: f.Password, Security: mailbox.Security(f.Security),
				Auth: mailbox.Password, Folder: folder, Since: since})
		}
	}
	if len(list) == 0 {
		return nil, f.wrong(v, "folders", "web.mailboxes.folder_missing")
	}
	return list, true
}

// try tries every folder of the form out; the first refusal ends it, the others would say the same.
func (f *mailboxForm) try(ctx context.Context, v *Visit, list []mailbox.Config) bool {
	good, seconds := true, 0.0
	for _, c := range list {
		r := mailbox.Try(ctx, c, mailbox.DefaultLimits)
		seconds += r.Took.Seconds()
		f.Tried = append(f.Tried, tryResult{OK: r.OK, Folder: c.Folder, Answer: r.Words,
			Words: i18n.Error(v.Lang(), &fault.Error{Kind: fault.Invalid, Key: r.Key, Args: r.Args})})
		good = good && r.OK
		if r.Key == "mailbox.login_refused" {
			f.Problem, f.ProblemField = v.T("web.mailboxes.refused"), "password"
		}
		if !r.OK && r.Key != "mailbox.folder_missing" {
			break
		}
	}
	f.Took = part.Dec(v.Context(), seconds, 1)
	return good
}

// keepMailbox tries the folders and, if all are good, or the person wants them anyway, keeps them.
func (s *Server) keepMailbox(v *Visit, f *mailboxForm) (kept bool, err error) {
	list, ok := f.configs(v)
	if !ok {
		return false, nil
	}
	good := f.try(v.UserContext(), v, list)
	do := v.Text("do")
	if do == "try" || (!good && do != "anyway") {
		return false, nil
	}
	for _, c := range list {
		if err := s.Mailboxes.Save(v.UserContext(), c); err != nil {
			return false, err
		}
		if err := s.noteDeed(v, "mailbox.save", "mailbox", c.Name(), nil); err != nil {
			return false, err
		}
	}
	s.stale()
	return true, nil
}

// mailboxesView is the list of mailboxes and the form.
type mailboxesView struct {
	Tabs []part.Tab
	Rows []mailboxRow
	Form mailboxForm
	Poll bool
}

type mailboxRow struct {
	Name, Kind, Evidence, Answer string
	Enabled, FromSettings        bool
}

func (s *Server) mailboxRows(v *Visit) ([]mailboxRow, error) {
	states, err := s.Mailboxes.States(v.UserContext())
	if err != nil {
		return nil, err
	}
	var rows []mailboxRow
	for _, st := range states {
		r := mailboxRow{Name: st.Name, Enabled: st.Enabled, FromSettings: st.Origin == mailbox.FromSettings, Answer: st.LastError}
		switch {
		case !st.Enabled:
			r.Kind, r.Evidence, r.Answer = "unknown", v.T("web.mailboxes.paused"), ""
		case st.LastGoodAt == nil && st.Failures == 0:
			r.Kind, r.Evidence = "unknown", v.T("web.mailboxes.not_yet")
		case st.Failures > 0 && st.LastGoodAt == nil:
			r.Kind, r.Evidence = "bad", v.T("web.mailboxes.never_good", "Count", st.Failures)
		case st.Failures > 0:
			r.Kind, r.Evidence = "warn", v.T("web.mailboxes.failing", "At", part.ShortMoment(v.Context(), *st.LastGoodAt))
		default:
			r.Kind, r.Evidence = "ok", v.T("web.mailboxes.polled", "At", part.ShortMoment(v.Context(), *st.LastGoodAt), "New", st.LastNew)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (s *Server) mailboxesPage(v *Visit) error { return s.showMailboxes(v, newMailboxForm(), 200) }

func (s *Server) showMailboxes(v *Visit, f mailboxForm, status int) error {
	rows, err := s.mailboxRows(v)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.settings"), Here: "/settings", Status: status},
		mailboxesPage(mailboxesView{Tabs: s.settingsTabs(v, "/settings/mailboxes"), Rows: rows, Form: f, Poll: s.PollNow != nil}))
}

func (s *Server) saveMailbox(v *Visit) error {
	f := readMailboxForm(v)
	kept, err := s.keepMailbox(v, &f)
	if err != nil {
		return err
	}
	if kept {
		v.Notice("web.mailboxes.saved")
		return v.Go("/settings/mailboxes")
	}
	status := 200
	if f.Problem != "" {
		status = 422
	}
	return s.showMailboxes(v, f, status)
}

func (s *Server) pauseMailbox(v *Visit) error {
	name := v.FormValue("id")
	if err := s.Mailboxes.Disable(v.UserContext(), name); err != nil {
		return err
	}
	if err := s.noteDeed(v, "mailbox.pause", "mailbox", name, nil); err != nil {
		return err
	}
	v.NoticeUndo("/settings/mailboxes/resume", name, "web.mailboxes.paused_now", "Name", name)
	return v.Go("/settings/mailboxes")
}

func (s *Server) resumeMailbox(v *Visit) error {
	name := v.FormValue("id")
	c, err := s.Mailboxes.Config(v.UserContext(), name)
	if err != nil {
		return err
	}
	if err := s.Mailboxes.Save(v.UserContext(), c); err != nil {
		return err
	}
	if err := s.noteDeed(v, "mailbox.resume", "mailbox", name, nil); err != nil {
		return err
	}
	v.Notice("web.mailboxes.resumed", "Name", name)
	return v.Go("/settings/mailboxes")
}

func (s *Server) pollMailbox(v *Visit) error {
	n, err := s.PollNow(v.UserContext(), v.FormValue("id"))
	s.stale()
	if err != nil {
		s.Log.Warn("polling by hand", "error", err)
		v.Notice("web.mailboxes.poll_failed") // the row of the mailbox says why
	} else {
		v.Notice("web.mailboxes.poll_done", "Count", n)
	}
	return v.Go(safeBack(v.FormValue("back", "/settings/mailboxes")))
}
