package web

import (
	"context"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/notify"
	"kualik/internal/web/part"
)

// Correspondence: what the program wrote to the reader. An address counts as theirs when a link that was
// sent there opened the account, when an administrator gave it, or when it stands in the EDS. To an address
// that is only typed into the profile they see letters about their own applications.

const lettersPath = "/letters"

func (s *Server) mountLetters() {
	if s.Outbox == nil || s.Filings == nil {
		return
	}
	s.get(lettersPath, account.File, s.lettersPage)
	s.get(lettersPath+"/:id", account.File, s.letterPage)
	s.counting = append(s.counting, s.countLetters)
	s.addNav(navEntry{group: 0, order: 3, key: "info.nav.letters", path: lettersPath, icon: "mail", action: account.File, cabinet: true,
		mine: func(c cabinetCounts) int { return c.Letters }})
}

// reader is who reads letters again.
func (s *Server) reader(ctx context.Context, v *Visit) (notify.Reader, error) {
	r := notify.Reader{Proven: []string{v.Who.Email}, Never: []string{"account"}, Keys: []string{"filing_invitation"}}
	p, err := s.Accounts.Profile(ctx, v.Who.ID)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid): // never came by EDS
		return r, nil
	case err != nil:
		return r, err
	}
	r.Proven = append(r.Proven, p.EmailEDS)
	r.Said = []string{p.Email}
	own, _, err := s.Filings.List(ctx, v.me(), filing.Filter{Limit: 500})
	for _, f := range own {
		r.Things = append(r.Things, f.ID.String())
	}
	return r, err
}

func (s *Server) countLetters(ctx context.Context, v *Visit, c *cabinetCounts) error {
	r, err := s.reader(ctx, v)
	if err != nil {
		return err
	}
	c.Letters, err = s.Outbox.CountInbox(ctx, r)
	return err
}

// lettersView is the list, below the queries that wait for the reader's answer.
type lettersView struct {
	Queries []filing.Listed
	Rows    []receivedRow
	Older   string
	Paused  []pauseRow
}

type receivedRow struct{ Href, Subject, To, When, State, Chip string }

func (s *Server) lettersPage(v *Visit) error {
	r, err := s.reader(v.UserContext(), v)
	if err != nil {
		return err
	}
	before, _ := uuid.Parse(v.Query("before")) // anything else begins at the newest
	list, err := s.Outbox.Inbox(v.UserContext(), r, before, lettersShown)
	if err != nil {
		return err
	}
	var view lettersView
	if view.Paused, err = s.ownPauses(v.UserContext(), v); err != nil {
		return err
	}
	if view.Queries, err = s.openQueries(v); err != nil {
		return err
	}
	for _, l := range list {
		view.Rows = append(view.Rows, receivedRow{Href: lettersPath + "/" + l.ID.String(), Subject: l.Subject, To: l.Recipient, When: part.ShortMoment(v.Context(), l.CreatedAt),
			State: v.T("notify.state." + string(l.State)), Chip: letterChips[l.State]})
	}
	if len(list) == lettersShown {
		view.Older = part.HrefWith(lettersPath, v.Values(), "before", list[len(list)-1].ID.String())
	}
	return v.Show(Page{Title: v.T("info.nav.letters"), Here: lettersPath}, lettersPage(view))
}

// receivedView is one letter.
type receivedView struct {
	Subject, Text string
	Answer        string // where it is answered, empty when nothing is asked
	Facts         []part.Fact
}

func (s *Server) letterPage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	r, err := s.reader(v.UserContext(), v)
	if err != nil {
		return err
	}
	l, err := s.Outbox.Received(v.UserContext(), r, id)
	if err != nil {
		return err
	}
	sent := v.T("notify.state." + string(l.State))
	if l.SentAt != nil {
		sent += ", " + part.Moment(v.Context(), *l.SentAt)
	}
	view := receivedView{Subject: l.Subject, Text: l.BodyText, Answer: s.queryOf(v, l.Topic, l.About), Facts: []part.Fact{{Name: v.T("info.letters.to"), Text: l.Recipient},
		{Name: v.T("info.letters.written"), Text: part.Moment(v.Context(), l.CreatedAt)}, {Name: v.T("info.letters.state"), Text: sent}}}
	return v.Show(Page{Title: v.T("info.nav.letters"), Here: lettersPath}, letterPage(view))
}
