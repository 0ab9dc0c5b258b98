package web

import (
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/notify"
	"kualik/internal/web/part"
)

func (s *Server) mountOutbox() {
	if s.Outbox == nil {
		return
	}
	s.get("/settings/outbox", account.SeeOutbox, func(v *Visit) error { return s.showOutbox(v, nil, 200) })
	s.post("/settings/outbox/try", account.ChangeMailboxes, s.tryOutgoing)
	s.post("/settings/outbox/retry", account.ChangeMailboxes, s.retryLetter)
}

// outboxView is the outgoing mail: is there a server, and what became of the letters.
type outboxView struct {
	Tabs       []part.Tab
	Configured bool
	May        bool
	Tried      *tryResult
	Counts     []part.Tab
	Rows       []letterRow
	Older      string
}

type letterRow struct {
	ID, To, Subject, State, Chip, When, Reason, Text string
	Retry                                            bool
}

const lettersShown = 50

var letterChips = map[notify.State]string{notify.Waiting: "waiting", notify.Sent: "good", notify.Failed: "rejected", notify.Held: "paused"}

func (s *Server) showOutbox(v *Visit, tried *tryResult, status int) error {
	state := notify.State(v.Query("state"))
	before, _ := uuid.Parse(v.Query("before")) // anything else begins at the newest
	list, err := s.Outbox.Outbox(v.UserContext(), state, before, lettersShown)
	if err != nil {
		return err
	}
	counts, err := s.Outbox.Counts(v.UserContext())
	if err != nil {
		return err
	}
	view := outboxView{Tabs: s.settingsTabs(v, "/settings/outbox"), Configured: s.Outbox.Configured(), May: v.Who.Can(account.ChangeMailboxes), Tried: tried}
	for _, st := range []notify.State{notify.Waiting, notify.Held, notify.Failed, notify.Sent} {
		view.Counts = append(view.Counts, part.Tab{Text: v.T("notify.state." + string(st)), Count: counts[st], Href: part.HrefWith("/settings/outbox", v.Values(), "state", string(st), "before", "")})
	}
	for _, l := range list {
		view.Rows = append(view.Rows, s.letterRow(v, l))
	}
	if len(list) == lettersShown {
		view.Older = part.HrefWith("/settings/outbox", v.Values(), "before", list[len(list)-1].ID.String())
	}
	return v.Show(Page{Title: v.T("web.nav.settings"), Here: "/settings", Status: status}, outboxPage(view))
}

func (s *Server) letterRow(v *Visit, l notify.Entry) letterRow {
	r := letterRow{ID: l.ID.String(), To: l.Recipient, Subject: l.Subject, State: v.T("notify.state." + string(l.State)), Chip: letterChips[l.State],
		When: part.ShortMoment(v.Context(), l.CreatedAt), Reason: l.Reason, Text: l.BodyText, Retry: l.State == notify.Failed || l.State == notify.Held}
	if key := "notify.reason." + l.Reason; l.Reason != "" && v.T(key) != key {
		r.Reason = v.T(key)
	}
	// Whoever reads a one-time link can use it; only the demonstration, whose people are invented, shows it.
	if !s.Demo && (strings.Contains(l.BodyText, "/login/link/") || strings.Contains(l.BodyText, "/reset/")) {
		r.Text = v.T("web.outbox.secret")
	}
	return r
}

func (s *Server) tryOutgoing(v *Visit) error {
	err := s.Outbox.Try(v.UserContext())
	tried := &tryResult{OK: err == nil, Words: v.T("web.outbox.try_ok")}
	if err != nil {
		tried.Words, tried.Answer = v.T("web.outbox.try_failed"), err.Error()
		if mendable(err) {
			tried.Words = v.Error(err)
		}
	}
	return s.showOutbox(v, tried, 200)
}

func (s *Server) retryLetter(v *Visit) error {
	id, err := uuid.Parse(v.FormValue("id"))
	if err != nil {
		return errNoPage
	}
	if err := s.Outbox.Retry(v.UserContext(), id); err != nil && !fault.Is(err, fault.Unavailable) {
		return err
	}
	v.Notice("web.outbox.retried")
	return v.Go("/settings/outbox")
}
