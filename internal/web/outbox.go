package web

import (
	"slices"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/notify"
	"kualik/internal/web/part"
)

const outboxPath = "/settings/outbox"

func (s *Server) mountOutbox() {
	if s.Outbox == nil {
		return
	}
	s.get(outboxPath, account.SeeOutbox, func(v *Visit) error { return s.showOutbox(v, nil, 200) })
	s.post("/settings/outbox/try", account.ChangeMailboxes, s.tryOutgoing)
	s.post("/settings/outbox/retry", account.ChangeLetters, s.retryLetter)
	s.get("/settings/outbox/:id", account.SeeOutbox, s.outboxLetterPage)
	s.get("/settings/outbox/:id/html", account.SeeOutbox, s.outboxLetterHTML)
	s.mountPaused()
	s.mountTemplates()
}

// outboxView is the outgoing mail: is there a server, and what became of the letters.
type outboxView struct {
	Tabs       []part.Tab
	Configured bool
	Try, May   bool
	Tried      *tryResult
	Paused     int
	Filters    part.FiltersView
	Counts     []part.Tab
	Rows       []letterRow
	Older      string
}

type letterRow struct {
	ID, Href, To, Subject, Topic, State, Chip, When, Reason string
	Retry, Uncertain                                        bool
}

const (
	lettersShown   = 50
	uncertainState = "uncertain" // of the list: no state of a letter
)

var letterChips = map[notify.State]string{notify.Waiting: "waiting", notify.Sent: "good", notify.Failed: "rejected", notify.Held: "paused", notify.Bounced: "rejected"}

func outboxFilter(v *Visit) notify.Filter {
	f := notify.Filter{State: notify.State(v.Query("state")), Topic: v.Query("topic"), Recipient: v.Query("q")}
	f.Before, _ = uuid.Parse(v.Query("before")) // anything else begins at the newest
	if f.State == uncertainState {
		f.State, f.Uncertain = "", true
	}
	return f
}

func (s *Server) showOutbox(v *Visit, tried *tryResult, status int) error {
	ctx, q := v.UserContext(), v.Values()
	list, err := s.Outbox.Outbox(ctx, outboxFilter(v), lettersShown)
	if err != nil {
		return err
	}
	counts, err := s.Outbox.Counts(ctx)
	if err != nil {
		return err
	}
	view := outboxView{Tabs: s.settingsTabs(v, outboxPath), Configured: s.Outbox.Configured(), Try: v.Who.Can(account.ChangeMailboxes),
		May: v.Who.Can(account.ChangeLetters), Tried: tried}
	if view.Paused, err = s.Outbox.CountPaused(ctx); err != nil {
		return err
	}
	if view.Filters, err = s.outboxFilters(v); err != nil {
		return err
	}
	for _, st := range []notify.State{notify.Waiting, notify.Held, notify.Failed, notify.Bounced, notify.Sent} {
		view.Counts = append(view.Counts, part.Tab{Text: v.T("notify.state." + string(st)), Count: counts.States[st], Href: part.HrefWith(outboxPath, q, "state", string(st), "before", "")})
	}
	view.Counts = append(view.Counts, part.Tab{Text: v.T("notify.page.uncertain"), Count: counts.Uncertain, Href: part.HrefWith(outboxPath, q, "state", uncertainState, "before", "")})
	for _, l := range list {
		view.Rows = append(view.Rows, letterRowOf(v, l))
	}
	if len(list) == lettersShown {
		view.Older = part.HrefWith(outboxPath, q, "before", list[len(list)-1].ID.String())
	}
	return v.Show(Page{Title: v.T("web.nav.settings"), Here: "/settings", Status: status}, outboxPage(view))
}

func (s *Server) outboxFilters(v *Visit) (f part.FiltersView, err error) {
	q := v.Values()
	topics, err := s.Outbox.Topics(v.UserContext())
	if err != nil {
		return f, err
	}
	state := part.FilterView{Name: v.T("web.state"), Clear: part.HrefWith(outboxPath, q, "state", "", "before", "")}
	switch at := notify.State(q.Get("state")); {
	case at == uncertainState:
		state.Value = v.T("notify.page.uncertain")
	case letterChips[at] != "":
		state.Value = v.T("notify.state." + string(at))
	}
	topic := part.FilterView{Name: v.T("notify.page.topic"), Clear: part.HrefWith(outboxPath, q, "topic", "", "before", "")}
	if slices.Contains(topics, q.Get("topic")) {
		topic.Value = q.Get("topic")
	}
	for _, t := range topics {
		topic.Choices = append(topic.Choices, part.Tab{Text: t, Href: part.HrefWith(outboxPath, q, "topic", t, "before", "")})
	}
	f = part.FiltersView{Action: outboxPath, Query: q.Get("q"), Label: v.T("notify.page.search"), Filters: []part.FilterView{state, topic}}
	for _, name := range []string{"state", "topic"} {
		if q.Get(name) != "" {
			f.Hidden = append(f.Hidden, part.Link{Text: name, Href: q.Get(name)})
		}
	}
	if len(f.Hidden) > 0 || f.Query != "" {
		f.Reset = outboxPath
	}
	return f, nil
}

func letterRowOf(v *Visit, l notify.Entry) letterRow {
	return letterRow{ID: l.ID.String(), Href: outboxPath + "/" + l.ID.String(), To: l.Recipient, Subject: l.Subject, Topic: l.Topic,
		State: v.T("notify.state." + string(l.State)), Chip: letterChips[l.State], When: part.ShortMoment(v.Context(), l.CreatedAt),
		Reason: heldWords(v, l.Reason), Retry: resendable(l.State), Uncertain: l.Uncertain}
}

func resendable(st notify.State) bool {
	return st == notify.Failed || st == notify.Held || st == notify.Bounced
}

// heldWords says a reason that is a code of ours; a server's words stay as they are.
func heldWords(v *Visit, reason string) string {
	if key := "notify.reason." + reason; reason != "" && v.T(key) != key {
		return v.T(key)
	}
	return reason
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
	if err := s.noteDeed(v, "letter.resend", "letter", id.String(), nil); err != nil {
		return err
	}
	v.Notice("web.outbox.retried")
	return v.Go(safeBack(v.FormValue("next", outboxPath)))
}
