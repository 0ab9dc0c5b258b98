package web

import (
	"context"
	"fmt"

	"kualik/internal/account"
	"kualik/internal/filing"
	"kualik/internal/registry"
	"kualik/internal/web/part"
)

// The author's copyright certificates: those that are here, and the applications that wait for theirs. What
// each is worth stands on the page of the reader's points.

const ownCertificatesPath = "/my/certificates"

func (s *Server) mountOwnCertificates() {
	if s.Filings == nil {
		return
	}
	s.get(ownCertificatesPath, account.File, s.ownCertificatesPage)
	s.counting = append(s.counting, s.countOwnCertificates)
	s.addNav(navEntry{group: 0, order: 5, key: "info.nav.certificates", path: ownCertificatesPath, icon: "certificate", action: account.File, cabinet: true,
		mine: func(c cabinetCounts) int { return c.Certificates }})
}

// ownCertificates are the certificates of a member of staff; of others nothing is known to be theirs.
func (s *Server) ownCertificates(ctx context.Context, v *Visit) ([]registry.ListRow, error) {
	if v.Who.StaffID == nil {
		return nil, nil
	}
	list, err := registry.List(ctx, s.Pool, registry.Filter{Scope: registry.Scope{Person: *v.Who.StaffID}}, registry.Page{Limit: 2000})
	if err != nil {
		return nil, fmt.Errorf("listing somebody's certificates: %w", err)
	}
	return list, nil
}

func (s *Server) countOwnCertificates(ctx context.Context, v *Visit, c *cabinetCounts) error {
	list, err := s.ownCertificates(ctx, v)
	c.Certificates = len(list)
	return err
}

// ownView is the page.
type ownView struct {
	Rows    []ownRow
	Waiting []ownWaiting
	Points  bool // the reader has a page of points
	Upload  bool
	Address string
}

// ownWaiting is an application whose certificate has not come back. Paper is the certificate, where our
// register gave it.
type ownWaiting struct {
	filing.Listed
	Paper paper
}

type ownRow struct{ Number, Day, Title, Kind, Ref, People string }

func (s *Server) ownCertificatesPage(v *Visit) error {
	list, err := s.ownCertificates(v.UserContext(), v)
	if err != nil {
		return err
	}
	view := ownView{Points: v.Who.StaffID != nil && s.Desk != nil, Upload: s.Upload != nil && v.Who.Can(account.Upload)}
	if view.Address, err = s.sendTo(v); err != nil {
		return err
	}
	came := map[string]bool{}
	for _, r := range list {
		came[r.ApplicationRef] = true
		first, more := twoNames(r.Names)
		people := joinNonEmpty(", ", first...)
		if more > 0 {
			people += " " + v.T("web.and_more", "Count", more)
		}
		view.Rows = append(view.Rows, ownRow{Number: r.Number, Day: dayOr(v, r.RegisteredOn), Title: r.Title, Kind: kindWords(v, r.Kind, r.KindText), Ref: r.ApplicationRef, People: people})
	}
	filed, _, err := s.Filings.List(v.UserContext(), v.me(), filing.Filter{Limit: 500})
	if err != nil {
		return err
	}
	for _, f := range filed {
		if f.IncomingNo != "" && f.State != filing.Withdrawn && f.State != filing.Refused && !came[f.IncomingNo] && f.Service == filing.CopyrightWork {
			w := ownWaiting{Listed: f}
			if f.State == filing.Issued {
				if w.Paper, err = s.paper(v.UserContext(), f.ID); err != nil {
					return err
				}
			}
			if w.Paper.Annulled == "" {
				view.Waiting = append(view.Waiting, w)
			}
		}
	}
	return v.Show(Page{Title: v.T("info.nav.certificates"), Here: ownCertificatesPath}, ownCertificatesPage(view))
}

func filingHref(f filing.Listed) string { return filingsPath + "/" + f.ID.String() }

func filingSub(ctx context.Context, f filing.Listed) string {
	if f.SubmittedAt == nil {
		return ""
	}
	return part.Moment(ctx, *f.SubmittedAt)
}
