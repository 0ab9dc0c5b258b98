package web

import (
	"context"
	"net/url"

	"kualik/internal/account"
	"kualik/internal/document"
	"kualik/internal/filing"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// The author's cabinet: what stands around its pages, and the page that welcomes.

// Filing is what the pages of applications and payments need. Without it they are left out.
type Filing struct {
	Filings  *filing.Service
	Payments *payment.Service

	// Payee is who is paid by bank transfer; an empty name is the institute's.
	Payee document.Payee

	// Support is whom to ask when a number was not assigned, or a fee is wrong.
	SupportEmail, SupportPhone string

	// SignExpiry is what happens when the authors do not sign in time: filing.ExpiryWait or ExpiryWithdraw.
	SignExpiry string

	// counting fills the counts of the reader's own things in the side bar; each group of pages adds its own.
	counting []func(ctx context.Context, v *Visit, c *cabinetCounts) error
}

// cabinetCounts are the reader's own things, as the side bar counts them.
type cabinetCounts struct {
	Filings, Payments, Letters, Records, Certificates int
}

// inCabinet tells whether the reader files applications; who looks after everything works elsewhere.
func (s *Server) inCabinet(v *Visit) bool {
	return v.Who.Can(account.File) && !v.Who.Can(account.SeeAll)
}

// cabinetFrame puts into the frame what an author has on every page.
func (s *Server) cabinetFrame(v *Visit, view *part.ShellView) (c cabinetCounts, err error) {
	if len(s.counting) == 0 || !s.inCabinet(v) {
		return c, nil
	}
	for _, count := range s.counting {
		if err := count(v.UserContext(), v, &c); err != nil {
			return c, err
		}
	}
	view.Call = part.Link{Text: v.T("cabinet.call"), Href: "/filings/new"}
	view.Search = filingsPath
	// Without a price today there is no commission to speak of; the pages that need the price say so.
	if fee, err := s.Payments.Quote(v.UserContext(), payment.CopyrightWork, "", v.Today()); err == nil && fee.Commission > 0 {
		view.Word = v.T("cabinet.commission", "Sum", tengeOnly(int64(fee.Commission), v.Lang()))
	}
	return c, nil
}

// edsLoginPath leads to the log-in with EDS and back to a page of ours.
func edsLoginPath(next string) string {
	return "/login?" + url.Values{"eds": {"1"}, "next": {next}}.Encode()
}

// cabinetView is the page that welcomes.
type cabinetView struct {
	Name         string
	Kinds        []string // objects of industrial property, in the instruction's order
	Waits        []filing.Listed
	Support      string
	Certificates string // address for certificates that were received
	Look         bool
}

func (s *Server) cabinetPage(v *Visit) error {
	rows, _, err := s.Filings.List(v.UserContext(), v.me(), filing.Filter{Limit: 200})
	if err != nil {
		return err
	}
	address, err := s.sendTo(v)
	if err != nil {
		return err
	}
	view := cabinetView{Name: titleCase(v.Who.Name), Support: s.SupportEmail, Certificates: address, Look: !v.Who.MayFile(),
		Kinds: []string{"invention", "utility_model", "industrial_design", "selection_achievement", "trademark", "appellation_of_origin"}}
	for _, r := range rows {
		if r.MineToDo && len(view.Waits) < 10 {
			view.Waits = append(view.Waits, r)
		}
	}
	return v.Show(Page{Title: v.T("cabinet.welcome.title"), Here: "/cabinet"}, cabinetWelcome(view))
}
