package web

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// Applications: their list, and what all their pages share.

const filingsPath = "/filings"

// mountFiling registers the pages of applications and payments.
func (s *Server) mountFiling() {
	if s.Filings == nil {
		return
	}
	s.counting = append(s.counting, s.countFilings)
	s.get("/cabinet", account.File, s.cabinetPage)
	s.get(filingsPath, account.File, s.filingsPage)
	s.mountFilingNew()
	s.mountFilingOne()
	s.mountFilingPeople()
	s.mountFilingDocuments()
	s.mountFilingSign()
	s.mountFilingEnd()
	s.mountPayments()
	s.addNav(navEntry{group: 0, order: 1, key: "cabinet.nav.filings", path: filingsPath, icon: "document", action: account.File, cabinet: true,
		mine: func(c cabinetCounts) int { return c.Filings }})
	s.addNav(navEntry{group: 0, order: 42, key: "cabinet.nav.office", path: filingsPath, icon: "pencil", action: account.SeeFilings})
	s.addNav(navEntry{group: 0, order: 2, key: "cabinet.nav.payments", path: paymentsPath, icon: "card", action: account.File, cabinet: true,
		mine: func(c cabinetCounts) int { return c.Payments }})
	s.addNav(navEntry{group: 0, order: 44, key: "cabinet.nav.payments", path: paymentsPath, icon: "card", action: account.SeePayments})
}

// me is the reader, as the filing knows people.
func (v *Visit) me() filing.Who {
	return filing.Who{ID: v.Who.ID, Name: v.Who.Name, Role: v.Who.Role, Means: v.Who.Means, Lang: v.Lang()}
}

// change is a page that changes an application: it needs a session by EDS. The filing itself decides the rest.
func (s *Server) change(h handler) handler {
	return func(v *Visit) error {
		if !v.Who.MayFile() {
			return errNeedEDS
		}
		return h(v)
	}
}

func (s *Server) countFilings(ctx context.Context, v *Visit, c *cabinetCounts) error {
	counts, err := s.Filings.Counts(ctx, v.me(), false)
	c.Filings = counts.Total
	return err
}

// filingsView is the list: the reader's own, or everybody's for who looks after them.
type filingsView struct {
	Rows   []filing.Listed
	Counts filing.Counts
	Total  int
	Query  string
	State  filing.State
	All    bool
	Office bool // shows whose it is
	Pages  part.PagesView
	Look   bool // the reader cannot change anything now
}

const filingsPerPage = 50

func (s *Server) filingsPage(v *Visit) error {
	all := v.Who.Can(account.SeeFilings) && v.Query("own") == ""
	f := filing.Filter{Query: v.Query("q"), All: all, Limit: filingsPerPage, Offset: (v.PageNo() - 1) * filingsPerPage}
	for _, st := range filing.States {
		if v.Query("state") == string(st) {
			f.State = st
		}
	}
	rows, total, err := s.Filings.List(v.UserContext(), v.me(), f)
	if err != nil {
		return err
	}
	counts, err := s.Filings.Counts(v.UserContext(), v.me(), all)
	if err != nil {
		return err
	}
	view := filingsView{Rows: rows, Counts: counts, Total: total, Query: f.Query, State: f.State, All: all, Office: v.Who.Can(account.SeeFilings),
		Pages: part.PagesOf(filingsPath, v.Values(), v.PageNo(), filingsPerPage, total), Look: !v.Who.MayFile()}
	return v.Show(Page{Title: v.T(filingsTitle(view)), Here: filingsPath, Query: f.Query}, filingsPage(view))
}

func filingsTitle(l filingsView) string {
	if l.Office {
		return "cabinet.nav.office"
	}
	return "cabinet.nav.filings"
}

// stateTabs are the counts by state, each an address.
func (l filingsView) stateTabs(ctx context.Context) []part.Tab {
	var tabs []part.Tab
	for _, st := range filing.States {
		if n := l.Counts.ByState[st]; n > 0 {
			tabs = append(tabs, part.Tab{Text: part.T(ctx, "cabinet.state."+string(st)), Count: n, Href: l.href(st)})
		}
	}
	return tabs
}

func (l filingsView) href(st filing.State) string {
	own := ""
	if l.Office && !l.All {
		own = "&own=1"
	}
	if st == l.State {
		return filingsPath + "?" + own
	}
	return filingsPath + "?state=" + string(st) + own
}

// filingChip is the shape of a filing's state.
func filingChip(st filing.State) string {
	switch st {
	case filing.Draft, filing.Amending:
		return "draft"
	case filing.Formed, filing.Paid, filing.Submitted, filing.Amended:
		return "waiting"
	case filing.Signed:
		return "good"
	case filing.Queried:
		return "review"
	case filing.Issued:
		return "confirmed"
	case filing.Expired, filing.Refused:
		return "rejected"
	}
	return "none"
}

// number is how people call a filing: its incoming number, else that of the draft.
func number(f filing.Filing) string {
	if f.IncomingNo != "" {
		return f.IncomingNo
	}
	return draftNo(f)
}

func draftNo(f filing.Filing) string { return i18n.Number(int(f.DraftNo)) }

func filingPath(id uuid.UUID, more string) string { return filingsPath + "/" + id.String() + more }

// money writes an amount in tiyn; whole tenge stand without decimals when short.
func money(ctx context.Context, tiyn int64) string {
	return payment.Tiyn(tiyn).Text(part.From(ctx).Lang)
}

// tenge writes an amount that is a whole number of tenge without its decimals: 200 ₸.
func tenge(ctx context.Context, tiyn int64) string {
	if tiyn%100 == 0 {
		return i18n.Number(int(tiyn/100)) + "\u00a0₸"
	}
	return money(ctx, tiyn)
}

// left says how long it is until an instant: 1 д 4 ч; empty when it has passed.
func left(ctx context.Context, until *time.Time) string {
	if until == nil {
		return ""
	}
	d := until.Sub(part.From(ctx).Now)
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case d <= 0:
		return ""
	case days > 0:
		return part.T(ctx, "cabinet.left.days", "D", days, "H", hours)
	case hours > 0:
		return part.T(ctx, "cabinet.left.hours", "H", hours, "M", minutes)
	}
	return part.T(ctx, "cabinet.left.minutes", "M", minutes)
}

func shortAt(ctx context.Context, at *time.Time) string {
	if at == nil {
		return ""
	}
	return part.ShortMoment(ctx, *at)
}

// say is a message of another package: its key and its arguments, times and money written for the reader.
func say(ctx context.Context, key string, args []any) string {
	if key == "" {
		return ""
	}
	shown := slices.Clone(args)
	for i, a := range shown {
		switch a := a.(type) {
		case time.Time:
			shown[i] = part.ShortMoment(ctx, a)
		case *time.Time:
			shown[i] = shortAt(ctx, a)
		case clock.Day:
			shown[i] = part.Day(ctx, a)
		case filing.Words:
			shown[i] = a.In(part.From(ctx).Lang)
		case payment.Tiyn:
			shown[i] = tenge(ctx, int64(a))
		}
	}
	return part.T(ctx, key, shown...)
}

// contact is whom to ask, as the instruction names it.
func (s *Server) contact(v *Visit) string {
	switch {
	case s.SupportPhone == "":
		return s.SupportEmail
	case s.SupportEmail == "":
		return s.SupportPhone
	}
	return v.T("cabinet.contact_or", "Email", s.SupportEmail, "Phone", s.SupportPhone)
}

func fileSize(ctx context.Context, bytes int64) string { return part.Size(ctx, bytes) }

// sha is a hash short enough for a panel: 9c41…e07b.
func sha(sum string) string {
	if len(sum) < 12 {
		return sum
	}
	return fmt.Sprintf("%s…%s", sum[:4], sum[len(sum)-4:])
}

// tengeOnly is an amount in tenge without its sign: 200, or 200,50.
func tengeOnly(tiyn int64, l i18n.Lang) string {
	if tiyn%100 == 0 {
		return i18n.Number(int(tiyn / 100))
	}
	return i18n.Decimal(l, float64(tiyn)/100, 2)
}

// filingsHidden keeps the rest of the list's address in its search form.
func filingsHidden(l filingsView) []part.Link {
	var out []part.Link
	if l.State != "" {
		out = append(out, part.Link{Text: "state", Href: string(l.State)})
	}
	if l.Office && !l.All {
		out = append(out, part.Link{Text: "own", Href: "1"})
	}
	return out
}
