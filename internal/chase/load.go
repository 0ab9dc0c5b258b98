package chase

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"kualik/internal/clock"
)

// Sorts of letters.
const (
	reminder   = "reminder"
	escalation = "escalation"
)

// All is everything that is missing now, the longest first.
func (s *Service) All(ctx context.Context) ([]Item, error) {
	b, err := s.board(ctx)
	if err != nil {
		return nil, err
	}
	return b.items, nil
}

// board is everything that is missing, with what was written about it.
type board struct {
	items   []Item
	history history
}

func (s *Service) board(ctx context.Context) (*board, error) {
	db := s.o.Pool
	ended, err := endedStatuses(ctx, db)
	if err != nil {
		return nil, err
	}
	filed, err := s.applications(ctx, db, ended, s.limit(s.today()))
	if err != nil {
		return nil, err
	}
	unsent, err := s.neverSent(ctx, db)
	if err != nil {
		return nil, err
	}
	b := &board{items: make([]Item, 0, len(filed)+len(unsent))}
	for kind, list := range map[Kind][]found{Application: filed, Certificate: unsent} {
		for _, f := range list {
			b.items = append(b.items, Item{Subject: Subject{kind, f.ID}, Ref: f.Ref, Number: f.Number, Title: f.Title, WorkKind: f.WorkKind,
				KindText: f.KindText, Status: f.Status, Filing: f.Filing, Since: f.Since, From: max(f.Since, clock.DayOf(f.KnownAt, s.o.Zone)), Quiet: f.Quiet})
		}
	}
	slices.SortFunc(b.items, func(x, y Item) int {
		return cmp.Or(cmp.Compare(x.Since, y.Since), cmp.Compare(len(x.Ref), len(y.Ref)), cmp.Compare(x.Ref, y.Ref), cmp.Compare(x.String(), y.String()))
	})
	if err := s.addPeople(ctx, b.items); err != nil {
		return nil, err
	}
	return b, s.addAsking(ctx, b)
}

// limit is the last day whose term of waiting has passed today.
func (s *Service) limit(today clock.Day) clock.Day {
	d := today
	for s.o.Workdays.AddWorkingDays(d, s.o.After) > today {
		d = d.AddDays(-1)
	}
	return d
}

func ids(items []Item, k Kind) []uuid.UUID {
	list := []uuid.UUID{}
	for _, x := range items {
		if x.Kind == k {
			list = append(list, x.ID)
		}
	}
	return list
}

func (s *Service) addPeople(ctx context.Context, items []Item) error {
	people, err := s.people(ctx)
	if err != nil {
		return err
	}
	authors, err := authorsOf(ctx, s.o.Pool, ids(items, Application), ids(items, Certificate))
	if err != nil {
		return err
	}
	for i := range items {
		for _, n := range authors[items[i].ID] {
			a := Author{Name: n.Name}
			switch {
			case n.Staff != nil:
				a.Person = people.ofID(*n.Staff)
			case items[i].Kind == Application:
				a.Person = people.author(n.Name, n.Hash, n.Given)
			}
			items[i].Authors = append(items[i].Authors, a)
		}
	}
	return nil
}

// addAsking says where the asking stands.
func (s *Service) addAsking(ctx context.Context, b *board) (err error) {
	said, err := marks(ctx, s.o.Pool)
	if err != nil {
		return err
	}
	desk, err := waiting(ctx, s.o.Pool)
	if err != nil {
		return err
	}
	if b.history, err = s.letters(ctx, s.o.Pool); err != nil {
		return err
	}
	for i := range b.items {
		x := &b.items[i]
		x.Mark = said[x.Subject]
		if c, ok := desk[x.Subject]; ok {
			x.Waits = &c
		}
		for _, a := range b.history.reminders[x.Subject] {
			x.Reminders, x.LastOn = max(x.Reminders, a.Times), max(x.LastOn, a.Last)
		}
		x.Escalation = b.history.heads[x.Subject].Times
		x.State = s.state(*x)
		x.NextOn = s.next(*x, b.history)
	}
	return nil
}

func (s *Service) state(x Item) State {
	switch {
	case x.Mark != nil && x.Mark.State == StateNotExpected:
		return StateNotExpected
	case x.Mark != nil && x.Mark.Until > s.today():
		return StateSnoozed
	case x.Waits != nil:
		return StateOnDesk
	case x.Escalation > 0:
		return StateEscalated
	case x.Reminders > 0:
		return StateReminded
	case len(x.Reachable()) == 0:
		return StateUnreachable
	case x.Quiet != "":
		return StateByHand
	}
	return StateNew
}

// Reachable are the authors to whom a letter can go.
func (x Item) Reachable() (list []*Person) {
	for _, a := range x.Authors {
		if a.Person != nil && a.Person.Address != "" && !slices.Contains(list, a.Person) {
			list = append(list, a.Person)
		}
	}
	return list
}

// In tells whether an author is of a unit; with no department the whole faculty counts.
func (x Item) In(faculty, department string) bool {
	return slices.ContainsFunc(x.Authors, func(a Author) bool {
		return a.Person != nil && a.Person.Staff != uuid.Nil && a.Person.Faculty == faculty && (department == "" || a.Person.Department == department)
	})
}

// asks tells whether letters may list the subject now.
func (x Item) asks() bool {
	switch x.State {
	case StateNew, StateReminded, StateEscalated, StateByHand:
		return true
	}
	return false
}

// next is the day from which the next letter about it goes by itself; empty when none does.
func (s *Service) next(x Item, h history) clock.Day {
	if !x.asks() || x.Quiet != "" || s.o.Times == 0 {
		return ""
	}
	var day clock.Day
	for _, p := range x.Reachable() {
		if on := s.due(x, p, h); on != "" && (day == "" || on < day) {
			day = on
		}
	}
	return day
}

// due is the day from which a letter to a person is due for the subject; empty when the person was asked often
// enough. Somebody who had a letter lately waits, whatever it was about.
func (s *Service) due(x Item, p *Person, h history) clock.Day {
	if h.reminders[x.Subject][p.Key].Times >= s.o.Times {
		return ""
	}
	on := s.o.Workdays.AddWorkingDays(x.From, s.o.After)
	if x.Mark != nil { // what was snoozed is due on the day that was named
		on = max(on, x.Mark.Until)
	}
	if last := h.last[reminder+" "+p.Key]; last != "" {
		on = max(on, s.o.Workdays.AddWorkingDays(last, s.o.Every))
	}
	return on
}
