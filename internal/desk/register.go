package desk

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/filing/scheme"
	"kualik/internal/postgres"
)

var errOwn = fault.New(fault.Conflict, "office.error.own_matter")

// scheme is that of a case.
func (s *Service) scheme(ctx context.Context, db postgres.DB, c Case) (scheme.Scheme, error) {
	return scheme.Get(ctx, db, c.Scheme)
}

// notOwn refuses who is named in the application: nobody decides their own.
func notOwn(ctx context.Context, d *deed) error {
	named, err := isNamed(ctx, d.tx, d.FilingID, d.who.ID)
	if err == nil && named {
		return errOwn
	}
	return err
}

// isNamed tells whether an account is named in a filing: it filed it, or its proven number stands there.
func isNamed(ctx context.Context, db postgres.DB, filing, account uuid.UUID) (named bool, err error) {
	err = db.QueryRow(ctx, `SELECT `+namedSQL, args{"filing": filing, "account": account}).Scan(&named)
	if err != nil {
		return false, fmt.Errorf("looking who is named in a filing: %w", err)
	}
	return named, nil
}

const namedSQL = `EXISTS (SELECT FROM filing n WHERE n.id = @filing AND n.owner = @account) OR EXISTS (SELECT FROM filing_participant p
	JOIN account n ON n.iin_hash = p.number_hash WHERE p.filing_id = @filing AND p.removed_at IS NULL AND n.id = @account)`

// Register says that the application is complete: the list is gone through. The next step of the scheme begins,
// unless that is the expert's, who is not appointed yet.
func (s *Service) Register(ctx context.Context, who filing.Who, ref Ref, said map[string]Said) error {
	return s.change(ctx, who, ref, Register, func(d *deed) error {
		if err := notOwn(ctx, d); err != nil {
			return err
		}
		if err := s.answer(ctx, d, Registration, said); err != nil {
			return err
		}
		m, err := s.o.Filings.Matter(ctx, d.tx, d.FilingID)
		if err != nil {
			return err
		}
		list, err := s.Items(ctx, d.tx, d.Case, m, Registration)
		if err != nil {
			return err
		}
		if err := gone(list); err != nil {
			return err
		}
		now := s.o.Clock.Now()
		d.RegisteredAt, d.RegisteredBy = &now, who.Name
		sc, err := s.scheme(ctx, d.tx, d.Case)
		if err != nil {
			return err
		}
		if next, ok := sc.Next(d.Step); ok && next.Turn == scheme.Registrar && next.Code != sc.Last().Code {
			if err := s.step(ctx, d, next.Code, ""); err != nil {
				return err
			}
		}
		return s.record(ctx, d, "register", said, "")
	})
}

// step takes the filing to a step and notes it here.
func (s *Service) step(ctx context.Context, d *deed, code, note string) error {
	if err := s.o.Filings.Proceed(ctx, d.tx, d.who, d.FilingID, code, note); err != nil {
		return err
	}
	d.Step = code
	return nil
}

// Appoint gives a case to an expert, or to another one. The step of the experts begins with the first.
func (s *Service) Appoint(ctx context.Context, who filing.Who, ref Ref, expert uuid.UUID) error {
	return s.change(ctx, who, ref, Appoint, func(d *deed) error { return s.appoint(ctx, d, expert) })
}

func (s *Service) appoint(ctx context.Context, d *deed, expert uuid.UUID) error {
	x, err := s.expert(ctx, d.tx, d.FilingID, expert)
	if err != nil {
		return err
	}
	if d.Expert != nil && *d.Expert == expert && !d.ExpertGone {
		return fault.New(fault.Conflict, "office.error.same_expert")
	}
	if err := s.o.Filings.Appoint(ctx, d.tx, d.who, d.FilingID, expert); err != nil {
		return err
	}
	now := s.o.Clock.Now()
	d.AppointedAt, d.Expert = &now, &expert
	sc, err := s.scheme(ctx, d.tx, d.Case)
	if err != nil {
		return err
	}
	if at, ok := sc.Step(d.Step); !ok || at.Turn != scheme.Expert {
		if first, ok := after(sc, d.Step, scheme.Expert); ok {
			if err := s.step(ctx, d, first.Code, ""); err != nil {
				return err
			}
		}
	}
	if err := s.tellExpert(ctx, d, x); err != nil {
		return err
	}
	return s.record(ctx, d, "appoint", map[string]any{"expert": expert}, "")
}

// after is the first step behind a step that is somebody's turn.
func after(sc scheme.Scheme, code, turn string) (scheme.Step, bool) {
	for _, st := range sc.Steps[sc.Index(code)+1:] {
		if st.Turn == turn {
			return st, true
		}
	}
	return scheme.Step{}, false
}

// before is the last step up to a step that is somebody's turn.
func before(sc scheme.Scheme, code, turn string) (scheme.Step, bool) {
	for i := sc.Index(code); i >= 0; i-- {
		if sc.Steps[i].Turn == turn {
			return sc.Steps[i], true
		}
	}
	return scheme.Step{}, false
}

// Examine stores the expert's answers and remarks as far as they are.
func (s *Service) Examine(ctx context.Context, who filing.Who, ref Ref, said map[string]Said, remarks string) error {
	return s.change(ctx, who, ref, Examine, func(d *deed) error {
		if err := notOwn(ctx, d); err != nil {
			return err
		}
		if err := s.examined(ctx, d, said, remarks); err != nil {
			return err
		}
		return s.record(ctx, d, "examine", said, "")
	})
}

func (s *Service) examined(ctx context.Context, d *deed, said map[string]Said, remarks string) error {
	if remarks = strings.TrimSpace(remarks); len(remarks) > longestNote {
		return errNote
	}
	d.Remarks = remarks
	return s.answer(ctx, d, Examination, said)
}

// Concluded is what an expert concludes; Ground belongs to a refusal that is proposed.
type Concluded struct {
	Said       map[string]Said
	Remarks    string
	Conclusion string
	Ground     string
}

// Conclude ends an examination. The registrar issues or refuses; with another step of the experts before that,
// the case goes on to it.
func (s *Service) Conclude(ctx context.Context, who filing.Who, ref Ref, x Concluded) error {
	return s.change(ctx, who, ref, Conclude, func(d *deed) error {
		if err := notOwn(ctx, d); err != nil {
			return err
		}
		if err := s.examined(ctx, d, x.Said, x.Remarks); err != nil {
			return err
		}
		if err := s.mayConclude(ctx, d, x); err != nil {
			return err
		}
		sc, err := s.scheme(ctx, d.tx, d.Case)
		if err != nil {
			return err
		}
		next, ok := sc.Next(d.Step)
		if ok && x.Conclusion == ConcludeIssue {
			if err := s.step(ctx, d, next.Code, ""); err != nil {
				return err
			}
			if next.Turn == scheme.Expert {
				return s.record(ctx, d, "examined_step", map[string]any{"to": next.Code}, d.Remarks)
			}
		}
		now := s.o.Clock.Now()
		d.Conclusion, d.Ground, d.ConcludedAt, d.ConcludedBy = x.Conclusion, x.Ground, &now, who.Name
		return s.record(ctx, d, "conclude", map[string]any{"conclusion": x.Conclusion, "ground": x.Ground}, d.Remarks)
	})
}

// mayConclude: to issue, every item is gone through; to refuse, there is a ground and a word about it.
func (s *Service) mayConclude(ctx context.Context, d *deed, x Concluded) error {
	switch x.Conclusion {
	case ConcludeIssue:
		m, err := s.o.Filings.Matter(ctx, d.tx, d.FilingID)
		if err != nil {
			return err
		}
		list, err := s.Items(ctx, d.tx, d.Case, m, Examination)
		if err != nil {
			return err
		}
		return gone(list)
	case ConcludeRefuse:
		if len([]rune(strings.TrimSpace(x.Remarks))) < 3 {
			return fault.New(fault.Invalid, "office.error.remarks")
		}
		for _, g := range filing.Grounds {
			if g.Code == x.Ground {
				return nil
			}
		}
		return fault.New(fault.Invalid, "office.error.ground")
	}
	return errList
}

// Return gives a concluded case back to its expert, with a word why.
func (s *Service) Return(ctx context.Context, who filing.Who, ref Ref, note string) error {
	if note = strings.TrimSpace(note); note == "" || len(note) > longestNote {
		return errNote
	}
	return s.change(ctx, who, ref, Return, func(d *deed) error {
		d.Conclusion, d.Ground, d.ConcludedAt, d.ConcludedBy = "", "", nil, ""
		sc, err := s.scheme(ctx, d.tx, d.Case)
		if err != nil {
			return err
		}
		if st, ok := before(sc, d.Step, scheme.Expert); ok && st.Code != d.Step {
			if err := s.step(ctx, d, st.Code, note); err != nil {
				return err
			}
		}
		return s.record(ctx, d, "return", nil, note)
	})
}
