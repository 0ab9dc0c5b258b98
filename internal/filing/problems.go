package filing

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/kind"
	"kualik/internal/payment"
)

// matter is a filing with all that belongs to it, as one transaction saw it.
type matter struct {
	Filing
	people    []participantRow
	documents []documentRow // present ones, with their checks
	today     clock.Day     // of the submission, today before it
}

// problems are the places to mend before the statement can be formed, in the order of the tabs. Every one
// is named: "Заявление не сформировано: осталось 4 места".
func (m matter) problems() Problems {
	list := m.dataProblems()
	list = append(list, m.participantProblems()...)
	return append(list, m.documentProblems()...)
}

func dataProblem(field, code string, a ...any) Problem {
	return Problem{Tab: TabData, Field: field, Key: "filing.problem." + code, Args: a}
}

func (m matter) dataProblems() (list Problems) {
	add := func(bad bool, field, code string, a ...any) {
		if bad {
			list = append(list, dataProblem(field, code, a...))
		}
	}
	d := m.Data
	if m.Service == CopyrightWork {
		add(blank(d.Title), "title", "title_empty")
		add(blank(d.Kind), "kind", "kind_empty")
		add(!blank(d.Kind) && !slices.Contains(kind.Codes, d.Kind), "kind", "kind_unknown")
		created, err := ParseDay(d.CreatedOn)
		add(blank(d.CreatedOn), "created_on", "created_empty")
		add(err != nil, "created_on", "created_unread")
		late := "created_late"
		if m.SubmittedAt != nil {
			late = "created_late_filed"
		}
		add(created != "" && created >= m.today, "created_on", late, "Today", m.today)
		add(created != "" && created < "1900-01-01", "created_on", "created_unread")
	} else {
		add(blank(d.CertificateNo), "certificate_no", "certificate_no_empty")
		given, err := ParseDay(d.CertificateDate)
		add(blank(d.CertificateDate), "certificate_date", "certificate_date_empty")
		add(err != nil, "certificate_date", "certificate_date_unread")
		add(given > m.today, "certificate_date", "certificate_date_late", "Today", m.today)
		add(blank(d.Purpose), "purpose", "purpose_empty")
		add(!slices.Contains(Deliveries, d.Delivery), "delivery", "delivery_empty")
	}
	add(m.Reduced && !slices.Contains(payment.Grounds, d.Reduction), "reduction", "reduction_empty")
	add(blank(d.Country), "country", "country_empty")
	add(blank(d.Region), "region", "region_empty")
	add(blank(d.Address), "address", "address_empty")
	add(blank(d.Postcode), "postcode", "postcode_empty")
	add(!blank(d.Postcode) && d.Country == account.Kazakhstan && !postcodeKZ.MatchString(strings.TrimSpace(d.Postcode)), "postcode", "postcode")
	add(blank(d.Phone), "phone", "phone_empty")
	add(!blank(d.Phone) && !phone.MatchString(strings.TrimSpace(d.Phone)), "phone", "phone")
	add(blank(d.Email), "email", "email_empty")
	add(!blank(d.Email) && !isEmail(strings.TrimSpace(d.Email)), "email", "email")
	return list
}

func (m matter) participantProblems() (list Problems) {
	authors, mentioned := 0, 0
	for _, p := range m.people {
		if p.Role == Author {
			authors++
			if !p.Unmentioned {
				mentioned++
			}
		}
		if p.Filer {
			continue // their data stand on the first tab
		}
		for _, f := range []struct{ name, value string }{{"country", p.Country}, {"city", p.City}, {"address", p.Address}, {"postcode", p.Postcode}} {
			if blank(f.value) {
				list = append(list, m.personProblem(p, f.name, f.name))
			}
		}
		if p.Role == Author && blank(p.Email) {
			list = append(list, m.personProblem(p, "email", "email"))
		}
	}
	if m.Service == CopyrightWork && authors == 0 {
		list = append(list, entryProblem("role", "no_author"))
	} else if m.Service == CopyrightWork && mentioned == 0 {
		list = append(list, entryProblem("unmentioned", "nobody_mentioned"))
	}
	return list
}

func (m matter) personProblem(p participantRow, field, code string) Problem {
	problem := entryProblem(field, "missing_"+code, "Name", p.short())
	problem.Participant = p.ID.String()
	return problem
}

func (m matter) documentProblems() (list Problems) {
	need := func(wanted bool, k DocumentKind) {
		if wanted && len(m.of(k)) == 0 {
			list = append(list, Problem{Tab: TabDocuments, Field: string(k), Key: "filing.problem.need_" + string(k)})
		}
	}
	need(m.Service == CopyrightWork, WorkCopy)
	for _, p := range m.people {
		if m.Service == CopyrightWork && p.Role == Author && m.identityOf(p) == nil {
			list = append(list, Problem{Tab: TabDocuments, Field: string(IdentityCopy), Key: "filing.problem.need_identity_copy",
				Args: []any{"Name", p.short()}, Participant: p.ID.String()})
		}
	}
	need(m.FilerRole == Representative, PowerOfAttorney)
	need(m.Service == CopyrightWork && m.Data.Religious, ReligiousReport)
	need(m.Reduced, ReductionGround)
	code := m.Service == CopyrightWork && (m.Data.Kind == "computer_program" || m.Data.Kind == "database")
	need(code, Abstract)
	need(code, SourceText)
	for _, d := range m.documents {
		list = append(list, d.problems()...)
	}
	return list
}

// problems of one document: its number of sheets, and what the preflight found for sure.
func (d documentRow) problems() (list Problems) {
	at := func(key string, a ...any) Problem {
		return Problem{Tab: TabDocuments, Field: string(d.Kind), Key: key, Args: a, Document: d.ID.String()}
	}
	sheets, err := strconv.Atoi(d.Sheets)
	switch {
	case d.Sheets == "" && d.Kind == WorkCopy:
		list = append(list, at("filing.problem.sheets_empty", "File", d.Filename))
	case d.Sheets != "" && (err != nil || sheets < 1 || sheets > 100000):
		list = append(list, at("filing.problem.sheets", "File", d.Filename))
	}
	if d.Check == nil {
		return list
	}
	switch {
	case d.Check.Failure != "":
		list = append(list, at(d.Check.Failure, "File", d.Filename))
	case d.Check.Pending:
		list = append(list, at("filing.problem.check_pending", "File", d.Filename))
	}
	for _, f := range d.Check.Findings {
		if f.Severity == SeverityError {
			p := at(f.Message, f.Args...)
			p.Page = f.Page
			list = append(list, p)
		}
	}
	return list
}

// warnings are the doubts of the preflight that nobody has answered.
func (m matter) warnings() (list Problems) {
	for _, d := range m.documents {
		if d.Check == nil {
			continue
		}
		for _, f := range d.Check.Findings {
			if f.Severity == SeverityWarning && f.Answer == "" {
				list = append(list, Problem{Tab: TabDocuments, Field: string(d.Kind), Key: f.Message, Args: f.Args, Document: d.ID.String(), Page: f.Page})
			}
		}
	}
	return list
}

func (m matter) of(k DocumentKind) (list []documentRow) {
	for _, d := range m.documents {
		if d.Kind == k {
			list = append(list, d)
		}
	}
	return list
}

func (m matter) identityOf(p participantRow) *documentRow {
	for i, d := range m.documents {
		if d.Kind == IdentityCopy && d.Participant != nil && *d.Participant == p.ID {
			return &m.documents[i]
		}
	}
	return nil
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// ParseDay reads a day as people type it: 02.09.2026, 2.9.2026 or 2026-09-02. Empty is the empty day.
func ParseDay(s string) (clock.Day, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if d, err := clock.ParseDay(s); err == nil {
		return d, nil
	}
	t, err := time.Parse("2.1.2006", s)
	if err != nil {
		return "", err
	}
	return clock.Day(t.Format(time.DateOnly)), nil
}
