package chase

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// Draft is a letter that would go: to whom, about what.
type Draft struct {
	Person *Person
	Items  []Item
	LastOn clock.Day // of the person's last reminder

	sort string
	day  clock.Day // under which it is kept
}

// Head is that the letter is a list for the head of a unit.
func (d Draft) Head() bool { return d.sort == escalation }

// reminders are the letters to authors that are due on a day. Each lists everything that is missing of the
// person, also what is not due itself, so that nobody has two letters where one will do.
func (s *Service) reminders(b *board, today clock.Day) (list []Draft) {
	for _, p := range everybody(b.items) {
		d := Draft{Person: p.Person, LastOn: b.history.last[reminder+" "+p.Key], sort: reminder, day: today}
		due := false
		for _, x := range p.items {
			if x.asks() && x.Quiet == "" {
				on := s.due(x, p.Person, b.history)
				due = due || on != "" && on <= today
				d.Items = append(d.Items, x)
			}
		}
		if due {
			list = append(list, d)
		}
	}
	return list
}

// personal is a person with everything of theirs that is missing.
type personal struct {
	*Person
	items []Item
}

// everybody are the people who can be written to, in the order in which they come.
func everybody(items []Item) (list []personal) {
	at := map[*Person]int{}
	for _, x := range items {
		for _, p := range x.Reachable() {
			i, ok := at[p]
			if !ok {
				i, at[p] = len(list), len(list)
				list = append(list, personal{Person: p})
			}
			list[i].items = append(list[i].items, x)
		}
	}
	return list
}

// spent tells whether the authors were asked as often as they may be, or cannot be asked at all, and the head
// of the unit is next.
func (s *Service) spent(x Item, h history, today clock.Day) bool {
	if x.Quiet != "" || x.State != StateUnreachable && !x.asks() {
		return false
	}
	for _, p := range x.Reachable() {
		if h.reminders[x.Subject][p.Key].Times < s.o.Times {
			return false
		}
	}
	if x.LastOn == "" {
		return s.o.Workdays.AddWorkingDays(x.From, s.o.After) <= today
	}
	return s.o.Workdays.AddWorkingDays(x.LastOn, s.o.Every) <= today
}

// week is how many working days lie between two lists for a head.
const week = 5

// early tells whether a last letter of a sort is too near for another one.
func (s *Service) early(sort string, last, today clock.Day) bool {
	term := s.o.Every
	if sort == escalation {
		term = week
	}
	return last != "" && s.o.Workdays.AddWorkingDays(last, term) > today
}

// lists are the lists for the heads of units, one a week and head. A head's list holds everything of the unit
// for which the authors did not answer; it goes while something on it was named less often than authors are
// asked.
func (s *Service) lists(ctx context.Context, b *board, today clock.Day) ([]Draft, error) {
	heads, err := s.heads(ctx)
	if err != nil {
		return nil, err
	}
	var list []Draft
	for _, h := range heads {
		d := Draft{Person: h.person(s.o.Lang), sort: escalation, day: monday(today)}
		if d.LastOn = b.history.last[escalation+" "+d.Person.Key]; s.early(d.sort, d.LastOn, today) {
			continue
		}
		news := false
		for _, x := range b.items {
			if s.spent(x, b.history, today) && heads.of(x, h) {
				news = news || x.Escalation < s.o.Times
				d.Items = append(d.Items, x)
			}
		}
		if news {
			list = append(list, d)
		}
	}
	return list, nil
}

func monday(d clock.Day) clock.Day { return d.AddDays(-((int(d.Time().Weekday()) + 6) % 7)) }

// head is a head of a unit.
type head struct {
	ID         uuid.UUID `db:"id"`
	Email      string    `db:"email"`
	Name       string    `db:"name"`
	Lang       i18n.Lang `db:"lang"`
	Faculty    string    `db:"faculty"`
	Department string    `db:"department"`
}

type heads []head

func (s *Service) heads(ctx context.Context) (heads, error) {
	rows, err := s.o.Pool.Query(ctx, `SELECT id, email, name, lang, faculty, department FROM account
		WHERE role = 'head_of_unit' AND NOT disabled AND email <> '' AND faculty <> '' ORDER BY faculty, department, email`)
	if err != nil {
		return nil, fmt.Errorf("reading the heads of units: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[head])
	if err != nil {
		return nil, fmt.Errorf("reading the heads of units: %w", err)
	}
	return list, nil
}

func (h head) person(l i18n.Lang) *Person {
	return &Person{Key: "account:" + h.ID.String(), Name: h.Name, Address: h.Email, Lang: cmp.Or(h.Lang, l), Faculty: h.Faculty, Department: h.Department}
}

// of tells whether a head answers for a subject: the head of an author's department, or of the faculty where
// the department has none.
func (list heads) of(x Item, h head) bool {
	return slices.ContainsFunc(x.Authors, func(a Author) bool {
		p := a.Person
		if p == nil || p.Staff == uuid.Nil || p.Faculty != h.Faculty {
			return false
		}
		if h.Department != "" {
			return p.Department == h.Department
		}
		return !slices.ContainsFunc(list, func(o head) bool { return o.Faculty == p.Faculty && o.Department != "" && o.Department == p.Department })
	})
}
