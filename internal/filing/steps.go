package filing

// next says who acts next and until when. waiting are the authors beside the filer who have not signed.
func (s *Service) next(f Filing, waiting int) Next {
	n := Next{Turn: rowOf(f.State).turn, Key: "filing.next." + string(f.State)}
	switch f.State {
	case Draft:
		if f.PaidAt != nil {
			n.Key = "filing.next.draft_paid"
		}
	case Paid:
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
	case Signed:
		// "entered within one working day following the day of receipt" (art. 9-1 p. 1 of the law); what was
		// received complete counts, that is from the last signature.
		if f.SignedAt != nil {
			until := s.o.Workdays.Deadline(*f.SignedAt, 1, s.o.Zone)
			n.Until = &until
		}
	}
	return n
}

// names of the instruction's five steps; what comes after the second belongs to the institute's desk.
var stepNames = []string{"preparation", "registration", "appointment", "examination", "certificate"}

func (s *Service) steps(f Filing, n Next) []Step {
	current := rowOf(f.State).step
	list := make([]Step, len(stepNames))
	for i, name := range stepNames {
		step := Step{Number: i + 1, Key: "filing.step." + name, State: "to_come", Note: "filing.step." + name + ".note"}
		switch {
		case current == 0:
			step.Note = ""
		case i+1 < current:
			step.State = "done"
			if i == 0 && f.SubmittedAt != nil {
				step.Note, step.Args = "filing.step.preparation.done", []any{"At", *f.SubmittedAt}
			}
		case i+1 == current:
			step.State, step.Note, step.Args = "current", n.Key, n.Args
		}
		list[i] = step
	}
	return list
}
