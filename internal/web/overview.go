package web

import (
	"context"
	"slices"
	"time"

	"kualik/internal/account"
	"kualik/internal/chase"
	"kualik/internal/mailbox"
	"kualik/internal/registry"
	"kualik/internal/review"
	"kualik/internal/web/part"
)

// overviewView is the page of who looks after everything: is all mail accounted for, what waits, what comes.
type overviewView struct {
	Mail     mailbox.Ledger
	Boxes    []mailbox.State
	Waiting  []review.Waiting
	Today    int // decided since midnight
	Months   []registry.Month
	Arrivals []registry.Mail
	Upcoming []upcoming
	Missing  map[chase.Kind]int // certificates that have not come; nil when that is not known
	After    int                // working days after which one is missing
	NextPoll func(time.Time) time.Time
	Alarm    time.Duration
}

type upcoming struct {
	At   time.Time
	Name string
	Note string
}

func (s *Server) mountOverview() {
	s.get("/", account.SeeOwn, s.overviewPage)
	s.addNav(navEntry{group: 0, order: 10, key: "web.nav.overview", path: "/", icon: "home", action: account.SeeAll})
}

func (s *Server) overviewPage(v *Visit) error {
	switch {
	case v.Who.Can(account.SeeAll):
	case v.Who.Can(account.SeeUnit) && v.Who.Faculty != "":
		return v.Go("/certificates")
	case s.Filings != nil && v.Who.StaffID == nil:
		return v.Go("/cabinet") // who is no member of staff came to file
	default:
		return v.Go("/my")
	}
	view, err := s.newOverview(v)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.overview"), Here: "/"}, overviewPage(view))
}

func (s *Server) newOverview(v *Visit) (overviewView, error) {
	ctx := v.UserContext()
	view := overviewView{NextPoll: s.NextPoll, Alarm: s.PollAlarm}
	if view.Alarm == 0 {
		view.Alarm = 30 * time.Minute
	}
	midnight := v.Today().Time()
	midnight = time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, 0, 0, 0, s.Zone)
	for _, step := range []func() error{
		func() (err error) { view.Mail, err = mailbox.ReadLedger(ctx, s.Pool); return },
		func() (err error) {
			if s.Mailboxes != nil {
				view.Boxes, err = s.Mailboxes.States(ctx)
			}
			return
		},
		func() (err error) { view.Waiting, err = s.Desk.Summary(ctx); return },
		func() (err error) { view.Today, err = s.Desk.DecidedSince(ctx, midnight); return },
		func() (err error) { view.Months, err = registry.Months(ctx, s.Pool, v.Today(), 13); return },
		func() (err error) {
			view.Arrivals, err = registry.Mails(ctx, s.Pool, registry.MailFilter{}, registry.Page{Limit: 8})
			return
		},
		func() (err error) { view.Upcoming, err = s.upcoming(ctx, v, 3); return },
		func() (err error) {
			if s.Chase != nil {
				view.After = s.Chase.After()
				view.Missing, err = s.missingCounts(ctx)
			}
			return
		},
	} {
		if err := step(); err != nil {
			return view, err
		}
	}
	return view, nil
}

// upcoming are the next runs of all schedules, the soonest first.
func (s *Server) upcoming(ctx context.Context, v *Visit, n int) ([]upcoming, error) {
	if s.Schedules == nil {
		return nil, nil
	}
	list, err := s.Schedules.List(ctx)
	if err != nil {
		return nil, err
	}
	var out []upcoming
	for _, sch := range list {
		if sch.Paused {
			continue
		}
		c, err := sch.Parse()
		if err != nil {
			continue // the schedules page says what is wrong with it
		}
		for _, at := range c.Next(v.env.Now, n) {
			out = append(out, upcoming{At: at, Name: sch.Name, Note: c.Words(v.Lang())})
		}
	}
	slices.SortStableFunc(out, func(a, b upcoming) int { return a.At.Compare(b.At) })
	return out[:min(n, len(out))], nil
}

// accounted is what the ledger has an outcome for; "pending" is none.
func (o overviewView) accounted() int { return o.Mail.Seen - o.Mail.Undecided() }

// working tells that the messages without an outcome came just now: nothing is wrong yet.
func (o overviewView) working(ctx context.Context) bool {
	return o.Mail.Oldest != nil && part.From(ctx).Now.Sub(*o.Mail.Oldest) < 10*time.Minute
}

func (o overviewView) waiting() (n int) {
	for _, w := range o.Waiting {
		n += w.Count
	}
	return n
}

func (o overviewView) mostWaiting() (n int) {
	for _, w := range o.Waiting {
		n = max(n, w.Count)
	}
	return n
}

var outcomeShare = map[string]string{"certificates": "s-accent", "nothing_found": "s-soft", "duplicate": "s-mute",
	"quarantined": "s-warn", "failed": "s-bad", "pending": "s-bad"}

func (o overviewView) shares(ctx context.Context) (list []part.Share) {
	for _, outcome := range registry.MailOutcomes {
		list = append(list, part.Share{Text: part.T(ctx, "desk.outcome_of."+outcome), N: o.Mail.ByOutcome[outcome],
			Class: outcomeShare[outcome], Href: "/mail?outcome=" + outcome})
	}
	return list
}

// lamp judges a mailbox: asked in time, late, failing, paused, not asked yet.
func (o overviewView) lamp(ctx context.Context, b mailbox.State) part.LampRow {
	now := part.From(ctx).Now
	row := part.LampRow{Kind: "ok", Fact: mailboxName(b.Name)}
	switch {
	case !b.Enabled:
		row.Kind, row.Evidence = "unknown", part.T(ctx, "desk.box.paused")
	case b.LastGoodAt == nil && b.LastError == "":
		row.Kind, row.Evidence = "unknown", part.T(ctx, "desk.box.never")
	case b.LastGoodAt == nil:
		row.Kind, row.Evidence = "bad", b.LastError
	case now.Sub(*b.LastGoodAt) > o.Alarm:
		row.Kind, row.Evidence = "warn", part.T(ctx, "desk.box.late", "At", part.ShortMoment(ctx, *b.LastGoodAt))
		if b.LastError != "" {
			row.Evidence += ": " + b.LastError
		}
	default:
		row.Evidence = part.T(ctx, "desk.box.polled", "At", part.ShortMoment(ctx, *b.LastGoodAt), "New", part.Num(b.LastNew))
		if o.NextPoll != nil {
			if next := o.NextPoll(now); !next.IsZero() {
				row.Evidence += " · " + part.T(ctx, "desk.box.next", "At", part.ShortMoment(ctx, next))
			}
		}
	}
	return row
}

func (o overviewView) chart(ctx context.Context) part.ColumnsView {
	view := part.ColumnsView{ID: "months", Title: part.T(ctx, "desk.overview.months"), FirstName: part.T(ctx, "desk.overview.by_machine"),
		SecondName: part.T(ctx, "desk.overview.by_person")}
	total := 0
	for i, m := range o.Months {
		t := m.First.Time()
		c := part.Column{Name: part.T(ctx, "desk.month.short."+months[t.Month()-1]), First: m.Auto, Second: m.Human}
		if i == 0 || t.Month() == time.January {
			c.Note = t.Format("2006")
		}
		if i == len(o.Months)-1 {
			day := part.From(ctx).Now.In(part.From(ctx).Zone).Day()
			c.Note = part.T(ctx, "desk.overview.so_far", "Count", day)
		}
		view.Columns = append(view.Columns, c)
		total += m.Auto + m.Human
	}
	view.Note = part.T(ctx, "desk.overview.in_months", "Count", len(o.Months), "N", part.Num(total))
	return view
}
