package filing

import (
	"context"

	"kualik/internal/filing/scheme"
	"kualik/internal/postgres"
)

// next says who acts next and until when. waiting are the authors beside the filer who have not signed; sc is
// the filing's scheme of steps.
func (s *Service) next(f Filing, waiting int, sc scheme.Scheme) Next {
	n := Next{Turn: rowOf(f.State).turn, Key: "filing.next." + string(f.State)}
	switch f.State {
	case Draft:
		if f.PaidAt != nil {
			n.Key = "filing.next.draft_paid"
		}
	case Paid, Amended:
		n.Until = f.QueryUntil
		if s.o.Order == AllFirst && waiting > 0 {
			n.Turn, n.Key, n.Until = TurnAuthors, "filing.next.paid_others", f.Deadline
			n.Args = []any{"Count", waiting}
		}
	case Submitted:
		n.Until = f.Deadline
		n.Args = []any{"Count", waiting}
		if late(f, s.o.Clock.Now()) {
			n.Key = "filing.next.submitted_late"
		}
	case Queried, Amending:
		n.Until = f.QueryUntil
		if f.State == Queried && n.Until != nil && s.o.Clock.Now().After(*n.Until) {
			n.Key = "filing.next.queried_late"
		}
	case Signed:
		n.Turn, n.Until = s.stepTurn(f, sc), f.StepUntil
		if f.Step != sc.Begin().Code {
			n.Key = "filing.next.at_" + string(n.Turn)
		}
	case Issued:
		n.Args = []any{"Certificate", f.CertificateNo, "Day", f.CertificateOn}
		if f.Service == RegisterExtract {
			n.Key = "filing.next.issued_extract"
		}
	}
	return n
}

// stepTurn is who acts in the present step: where the desk only records, the institute.
func (s *Service) stepTurn(f Filing, sc scheme.Scheme) Turn {
	if f.Desk != Registering {
		return TurnInstitute
	}
	step, _ := sc.Step(f.Step)
	switch t := Turn(step.Turn); t {
	case TurnRegistrar, TurnExpert, TurnFiler, TurnAuthors:
		return t
	}
	return TurnInstitute
}

// steps are the numbered steps of the filing's scheme as its page shows them.
func (s *Service) steps(f Filing, n Next, sc scheme.Scheme) []Step {
	at := 0 // the current step
	if f.Step != "" {
		at = max(sc.Index(f.Step), 0)
	}
	list := make([]Step, len(sc.Steps))
	for i, st := range sc.Steps {
		step := Step{Number: i + 1, Code: st.Code, Name: Words(st.Name), About: Words(st.Note), State: "to_come"}
		switch {
		case i < at || f.State == Issued:
			step.State = "done"
			if i == 0 && f.SubmittedAt != nil {
				step.Note, step.Args = "filing.step.submitted", []any{"At", *f.SubmittedAt}
			}
			if i == len(sc.Steps)-1 {
				step.Note, step.Args = n.Key, n.Args
			}
		case f.State.Ended():
			if i == at {
				step.Note = n.Key
			}
		case i == at:
			step.State, step.Note, step.Args = "current", n.Key, n.Args
		case st.SaidIn(f.Lang) != "":
			step.Note, step.Args = "filing.step.said", []any{"Said", Words(st.Said)}
		case st.Days > 0 && i == 1:
			step.Note, step.Args = "filing.step.law", []any{"Count", st.Days}
		case st.Days > 0:
			step.Note, step.Args = "filing.step.days", []any{"Count", st.Days}
		}
		list[i] = step
	}
	return list
}

// schemeOf is the scheme of an application, the one in force before its submission.
func schemeOf(ctx context.Context, db postgres.DB, f Filing) (scheme.Scheme, error) {
	if f.Scheme == nil {
		return scheme.InForce(ctx, db)
	}
	return scheme.Get(ctx, db, *f.Scheme)
}

// schemesOf are all schemes, for a list of applications: read once.
func schemesOf(ctx context.Context, db postgres.DB) (of func(Filing) scheme.Scheme, err error) {
	list, err := scheme.List(ctx, db)
	if err != nil {
		return nil, err
	}
	byVersion, now := map[int]scheme.Scheme{}, scheme.Scheme{}
	for _, sc := range list {
		byVersion[sc.Version] = sc
		if sc.InForce {
			now = sc
		}
	}
	return func(f Filing) scheme.Scheme {
		if f.Scheme == nil {
			return now
		}
		return byVersion[*f.Scheme]
	}, nil
}
