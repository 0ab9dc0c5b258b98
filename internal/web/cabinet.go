package web

import (
	"context"
	"net/url"

	"kualik/internal/account"
	"kualik/internal/filing"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// The author's cabinet: what stands around its pages, and the page that welcomes.

// Filing is what the pages of applications and payments need. Without it they are left out.
type Filing struct {
	Filings  *filing.Service
	Payments *payment.Service
	// Support is whom to ask when a number was not assigned, or a fee is wrong.
	SupportEmail, SupportPhone string

	// counting fills the counts of the reader's own things in the side bar; each group of pages adds its own.
	counting []func(ctx context.Context, v *Visit, c *cabinetCounts) error
}

// cabinetCounts are the reader's own things, as the side bar counts them.
type cabinetCounts struct {
	Filings, Payments, Letters, Records, Certificates int
}

// inCabinet tells whether the reader files applications; who looks after everything works elsewhere.
func (s *Server) inCabinet(v *Visit) bool {
	return v.Who.Can(account.SeeOwn) && !v.Who.Can(account.SeeAll)
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
	if s.MailAddress != "" {
		view.Foot = part.FootView{Lead: v.T("cabinet.foot.send"), Strong: s.MailAddress}
	}
	return c, nil
}

// edsLoginPath leads to the log-in with EDS and back to a page of ours.
func edsLoginPath(next string) string {
	return "/login?" + url.Values{"eds": {"1"}, "next": {next}}.Encode()
}
