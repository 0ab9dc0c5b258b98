package filing

import (
	"context"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

// AddParticipant names somebody. Problems when the entry is wrong; nothing is stored then.
func (s *Service) AddParticipant(ctx context.Context, who Who, id uuid.UUID, e Entry) (uuid.UUID, error) {
	if err := s.complete(ctx, who, &e); err != nil {
		return uuid.Nil, err
	}
	if p := e.check(true); len(p) > 0 {
		return uuid.Nil, p
	}
	row := participantRow{ID: clock.NewID(), FilingID: id, CreatedAt: s.o.Clock.Now()}
	row.take(e)
	s.seal(&row, e.Number)
	return row.ID, s.change(ctx, who, id, AddParticipant, func(d *deed) error {
		err := insertParticipant(ctx, d.tx, row)
		if postgres.Constraint(err) == "filing_participant_once" {
			return Problems{entryProblem("number", "twice")}
		}
		if err != nil {
			return err
		}
		if err := s.keepContact(ctx, d.tx, who, row); err != nil {
			return err
		}
		s.touched(d)
		return audit.Record(ctx, d.tx, audit.Entry{At: d.ChangedAt, Actor: actorOf(who), Action: "filing.participant_add", SubjectKind: SubjectKind,
			SubjectID: d.ID.String(), After: map[string]any{"participant": row.ID, "role": row.Role}, Persons: []audit.Person{row.person()}})
	})
}

// ChangeParticipant changes an entry; an empty Number leaves the number as it is. Of the filer only "not to
// be mentioned" is changed here: the rest stands on the tab "Данные" and comes from EDS.
func (s *Service) ChangeParticipant(ctx context.Context, who Who, id, participantID uuid.UUID, e Entry) error {
	return s.change(ctx, who, id, AddParticipant, func(d *deed) error {
		row, err := participant(ctx, d.tx, id, participantID)
		if err != nil {
			return err
		}
		if row.Filer {
			row.Unmentioned = e.Unmentioned && row.Role == Author
		} else {
			e.tidy()
			if p := e.check(e.Number != ""); len(p) > 0 {
				return p
			}
			row.take(e)
			if e.Number != "" {
				s.seal(&row, e.Number)
			}
		}
		err = updateParticipant(ctx, d.tx, row)
		if postgres.Constraint(err) == "filing_participant_once" {
			return Problems{entryProblem("number", "twice")}
		}
		if err != nil {
			return err
		}
		if !row.Filer {
			if err := s.keepContact(ctx, d.tx, who, row); err != nil {
				return err
			}
		}
		s.touched(d)
		return s.record(ctx, d.tx, who, d.Filing, "participant_change", map[string]any{"participant": row.ID, "role": row.Role}, "")
	})
}

// RemoveParticipant takes somebody out, with the copy of their identity document; never the filer.
func (s *Service) RemoveParticipant(ctx context.Context, who Who, id, participantID uuid.UUID) error {
	return s.change(ctx, who, id, AddParticipant, func(d *deed) error {
		row, err := participant(ctx, d.tx, id, participantID)
		if err != nil {
			return err
		}
		if row.Filer {
			return errFiler
		}
		now := s.o.Clock.Now()
		for _, sql := range []string{
			`UPDATE filing_participant SET removed_at = @now WHERE id = @id`,
			`UPDATE filing_invitation SET revoked_at = @now WHERE participant_id = @id AND revoked_at IS NULL`,
			`UPDATE filing_document SET replaced_at = @now WHERE participant_id = @id AND replaced_at IS NULL`,
		} {
			if err := exec(ctx, d.tx, "taking a participant out", sql, args{"now": now, "id": row.ID}); err != nil {
				return err
			}
		}
		s.touched(d)
		return s.record(ctx, d.tx, who, d.Filing, "participant_remove", map[string]any{"participant": row.ID, "role": row.Role}, "")
	})
}

// RevealNumber gives a participant's whole IIN or BIN and records who saw it. Who files has typed them all;
// the office may see them; everybody else sees their own.
func (s *Service) RevealNumber(ctx context.Context, who Who, id, participantID uuid.UUID) (string, error) {
	f, rel, err := s.look(ctx, who, id, Look)
	if err != nil {
		return "", err
	}
	row, err := participant(ctx, s.o.Pool, id, participantID)
	if err != nil {
		return "", err
	}
	if rel != RelFiler && !(rel == RelOffice && account.Can(who.Role, account.RevealIIN)) {
		own, err := s.isOwn(ctx, s.o.Pool, who, row)
		if err != nil {
			return "", err
		}
		if !own {
			return "", errParticipant
		}
	}
	number, err := s.number(row)
	if err != nil {
		return "", err
	}
	return number, s.recordLook(ctx, who, f, "reveal_number", map[string]any{"participant": row.ID}, []audit.Person{row.person()})
}

var (
	postcodeKZ = regexp.MustCompile(`^[0-9]{6}$`)
	phone      = regexp.MustCompile(`^\+?[0-9 ()-]{6,25}$`)
)

func (e *Entry) tidy() {
	for _, field := range []*string{&e.Name, &e.Country, &e.City, &e.Address, &e.Postcode, &e.Phone, &e.Email} {
		*field = strings.Join(strings.Fields(*field), " ")
	}
	e.Number = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, e.Number)
	if e.Country == "" {
		e.Country = account.Kazakhstan
	}
	if e.Type != Organisation {
		e.Type = Individual
	}
	e.Unmentioned = e.Unmentioned && e.Role == Author
}

func entryProblem(field, code string, a ...any) Problem {
	return Problem{Tab: TabParticipants, Field: field, Key: "filing.problem.participant_" + code, Args: a}
}

// check says what keeps an entry from being stored. Missing addresses do not: they are problems of the
// statement, so that nothing typed is lost.
func (e Entry) check(number bool) (list Problems) {
	add := func(bad bool, field, code string) {
		if bad {
			list = append(list, entryProblem(field, code))
		}
	}
	add(!slices.Contains(Roles, e.Role), "role", "role")
	add(e.Role == Author && e.Type == Organisation, "type", "author_body")
	if number {
		switch {
		case e.Number == "":
			add(true, "number", "number_empty")
		case e.Type == Organisation:
			add(person.CheckBIN(e.Number) != "", "number", "bin_"+string(person.CheckBIN(e.Number)))
		default:
			add(person.CheckIIN(e.Number) != "", "number", "iin_"+string(person.CheckIIN(e.Number)))
		}
	}
	add(e.Name == "", "name", "name")
	for field, value := range map[string]string{"name": e.Name, "country": e.Country, "city": e.City, "address": e.Address} {
		add(utf8.RuneCountInString(value) > 500, field, "long")
	}
	add(e.Email != "" && !isEmail(e.Email), "email", "email")
	add(e.Phone != "" && !phone.MatchString(e.Phone), "phone", "phone")
	add(e.Postcode != "" && e.Country == account.Kazakhstan && !postcodeKZ.MatchString(e.Postcode), "postcode", "postcode")
	slices.SortStableFunc(list, func(a, b Problem) int { return entryOrder[a.Field] - entryOrder[b.Field] })
	return list
}

var entryOrder = map[string]int{"role": 0, "type": 1, "number": 2, "name": 3, "country": 4, "city": 5, "address": 6, "postcode": 7, "phone": 8, "email": 9}

func isEmail(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text && len(text) <= 254
}

// take fills the row with what was typed.
func (p *participantRow) take(e Entry) {
	p.Role, p.Type, p.Name, p.Unmentioned = e.Role, e.Type, e.Name, e.Unmentioned
	p.Country, p.City, p.Address, p.Postcode, p.Phone, p.Email = e.Country, e.City, e.Address, e.Postcode, e.Phone, e.Email
}
