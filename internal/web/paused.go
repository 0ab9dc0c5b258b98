package web

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/notify"
	"kualik/internal/web/part"
)

// Addresses to which nothing is sent, because letters came back: all of them for the office, the own ones for
// everybody, in the profile and beside the letters.

const pausedPath = "/settings/addresses"

func (s *Server) mountPaused() {
	s.get(pausedPath, account.ChangeLetters, s.pausedPage)
	s.post(pausedPath+"/lift", account.ChangeLetters, s.liftPause)
	s.post("/profile/addresses/lift", account.SeeOwn, s.liftOwnPause)
}

// pausedShown is how many pauses the page lists, with those that were lifted.
const pausedShown = 300

type pausedView struct {
	Tabs []part.Tab
	Now  []pauseRow
	Past []pauseRow
}

type pauseRow struct{ Address, When, Words, Letter, Waiting, Lifted string }

func pauseRowOf(v *Visit, p notify.Pause) pauseRow {
	r := pauseRow{Address: p.Address, When: part.ShortMoment(v.Context(), p.PausedAt), Words: notify.Said(p.Status, p.Diagnostic)}
	if p.LetterID != nil {
		r.Letter = outboxPath + "/" + p.LetterID.String()
	}
	if p.Waiting > 0 {
		r.Waiting = v.T("notify.paused.waiting", "N", part.Num(p.Waiting), "Count", p.Waiting)
	}
	if p.LiftedAt != nil {
		r.Lifted = v.T("notify.paused.lifted", "When", part.ShortMoment(v.Context(), *p.LiftedAt), "By", p.LiftedBy)
	}
	return r
}

func (s *Server) pausedPage(v *Visit) error {
	list, err := s.Outbox.Pauses(v.UserContext(), pausedShown)
	if err != nil {
		return err
	}
	view := pausedView{Tabs: s.settingsTabs(v, pausedPath)}
	for _, p := range list {
		if p.LiftedAt == nil {
			view.Now = append(view.Now, pauseRowOf(v, p))
		} else {
			view.Past = append(view.Past, pauseRowOf(v, p))
		}
	}
	return v.Show(Page{Title: v.T("notify.paused.title"), Here: "/settings"}, pausedPage(view))
}

func (s *Server) liftPause(v *Visit) error {
	if err := s.lift(v, v.Text("address")); err != nil {
		return err
	}
	return v.Go(pausedPath)
}

// lift ends a pause and writes down who did it. One that somebody else has lifted meanwhile is lifted.
func (s *Server) lift(v *Visit, address string) error {
	err := pgx.BeginFunc(v.UserContext(), s.Pool, func(tx pgx.Tx) error {
		if err := s.Outbox.Lift(v.UserContext(), tx, address, v.Who.Name); err != nil {
			return err
		}
		return audit.Record(v.UserContext(), tx, audit.Entry{At: s.Clock.Now(), Actor: v.Who.Actor(), Action: "address.lift", SubjectKind: "address", SubjectID: address})
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	v.Notice("notify.paused.done", "Address", address)
	return nil
}

// ownPauses are the reader's addresses that are paused.
func (s *Server) ownPauses(ctx context.Context, v *Visit) ([]pauseRow, error) {
	if s.Outbox == nil {
		return nil, nil
	}
	addresses, err := s.ownAddresses(ctx, v)
	if err != nil {
		return nil, err
	}
	list, err := s.Outbox.PausesOf(ctx, addresses...)
	var rows []pauseRow
	for _, p := range list {
		rows = append(rows, pauseRowOf(v, p))
	}
	return rows, err
}

// ownAddresses are those to which letters for the reader go.
func (s *Server) ownAddresses(ctx context.Context, v *Visit) ([]string, error) {
	list := []string{v.Who.Email}
	if s.Signing == nil {
		return list, nil
	}
	p, err := s.Accounts.Profile(ctx, v.Who.ID)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid): // never came by EDS
		return list, nil
	case err != nil:
		return nil, err
	}
	return append(list, p.Email, p.EmailEDS), nil
}

// liftOwnPause lets somebody have letters again, at an address of their own.
func (s *Server) liftOwnPause(v *Visit) error {
	own, err := s.ownPauses(v.UserContext(), v)
	if err != nil {
		return err
	}
	for _, p := range own {
		if p.Address == v.Text("address") {
			if err := s.lift(v, p.Address); err != nil {
				return err
			}
		}
	}
	return v.Go(safeBack(v.FormValue("next", "/")))
}
