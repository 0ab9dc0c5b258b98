package filing

import (
	"kualik/internal/payment"
	"kualik/internal/person"
)

// readiness is the list of the instruction's first page, "Необходимо иметь ВСЕМ АВТОРАМ": the EDS, a copy
// of the identity document, address and e-mail of each author, the work, and the sum on the card.
func (m matter) readiness(hasEDS map[string]bool, invited map[string]bool, fee *payment.Fee) []Ready {
	var list []Ready
	add := func(code, state, key string, a ...any) {
		list = append(list, Ready{Code: code, State: state, Key: "filing.ready." + key, Args: a})
	}
	must := m.mustHave()
	noEDS, noCopy, noAddress := m.lacking(must, hasEDS)
	if len(must) == 0 { // nobody is named whose things could be complete
		for _, code := range []string{"eds", "identity", "address"} {
			list = append(list, Ready{Code: code, State: "unknown", Key: "filing.problem.participant_no_author"})
		}
	} else {
		m.peopleReady(must, invited, lack{noEDS, noCopy, noAddress}, add)
	}
	if m.Service == CopyrightWork {
		list = append(list, m.workReady())
	}
	switch {
	case m.PaidAt != nil:
		add("card", "ok", "paid")
	case fee == nil:
		add("card", "unknown", "card_unknown")
	default:
		add("card", "ok", "card", "Total", fee.Total, "Price", fee.WithoutCommission(), "Commission", fee.Commission)
	}
	return list
}

// lack are those who have not yet what the instruction asks of them.
type lack struct{ eds, copies, address []participantRow }

// peopleReady are the lines about each author.
func (m matter) peopleReady(must []participantRow, invited map[string]bool, l lack, add func(code, state, key string, a ...any)) {
	ready := len(must) - len(l.eds)
	switch {
	case len(l.eds) == 0:
		add("eds", "ok", "eds_all", "Count", len(must))
	case allInvited(l.eds, invited):
		add("eds", "warn", "eds_invited", "Ready", ready, "Count", len(must), "Name", l.eds[0].short())
	default:
		add("eds", "warn", "eds_missing", "Ready", ready, "Count", len(must), "Name", l.eds[0].short())
	}
	if m.Service == CopyrightWork {
		if len(l.copies) == 0 {
			add("identity", "ok", "identity_all", "Count", len(must))
		} else {
			add("identity", "bad", "identity_missing", "Ready", len(must)-len(l.copies), "Count", len(must), "Name", l.copies[0].short())
		}
	}
	if len(l.address) == 0 {
		add("address", "ok", "address_all")
	} else {
		add("address", "bad", "address_missing", "Name", l.address[0].short())
	}
}

// mustHave are those of whom the instruction asks everything: the authors, and who files.
func (m matter) mustHave() (list []participantRow) {
	for _, p := range m.people {
		if p.Role == Author || m.Service == RegisterExtract && p.Filer {
			list = append(list, p)
		}
	}
	return list
}

func (m matter) lacking(must []participantRow, hasEDS map[string]bool) (eds, copies, address []participantRow) {
	for _, p := range must {
		if !hasEDS[p.ID.String()] {
			eds = append(eds, p)
		}
		if m.identityOf(p) == nil {
			copies = append(copies, p)
		}
		if blank(p.Country) || blank(p.City) || blank(p.Address) || blank(p.Postcode) || !isEmail(p.Email) {
			address = append(address, p)
		}
	}
	return eds, copies, address
}

func allInvited(list []participantRow, invited map[string]bool) bool {
	for _, p := range list {
		if !invited[p.ID.String()] {
			return false
		}
	}
	return true
}

// workReady is the line about the copy of the work.
func (m matter) workReady() Ready {
	works := m.of(WorkCopy)
	if len(works) == 0 {
		return Ready{Code: "work", State: "bad", Key: "filing.ready.work_missing"}
	}
	w := works[0]
	switch {
	case w.Check == nil || w.Check.Pending:
		return Ready{Code: "work", State: "unknown", Key: "filing.ready.work_pending", Args: []any{"File", w.Filename}}
	case len(w.problems()) > 0:
		p := w.problems()[0]
		return Ready{Code: "work", State: "bad", Key: p.Key, Args: p.Args}
	}
	for _, f := range w.Check.Findings {
		if f.Severity == SeverityWarning && f.Answer == "" {
			return Ready{Code: "work", State: "warn", Key: f.Message, Args: f.Args}
		}
	}
	return Ready{Code: "work", State: "ok", Key: "filing.ready.work", Args: []any{"File", w.Filename}}
}

// ordinary is the name as people write it: keys print it in capitals.
func (p participantRow) ordinary() string {
	if p.Type == Organisation {
		return p.Name
	}
	return person.Ordinary(p.Name)
}

// short is the name as it stands in sentences: surname and initials.
func (p participantRow) short() string {
	if p.Type == Organisation {
		return p.Name
	}
	return person.ParseName(p.Name).Short()
}
