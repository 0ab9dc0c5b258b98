package chase

import (
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/notify"
)

// Templates are the letters of this package with invented people and works, to be looked at before there is
// one.
func (s *Service) Templates() []notify.Template {
	return []notify.Template{
		{Name: "chase.letter.reminder", Sample: func(l i18n.Lang) notify.Letter { return s.sample(l, reminder) }},
		{Name: "chase.letter.escalation", Sample: func(l i18n.Lang) notify.Letter { return s.sample(l, escalation) }},
	}
}

func (s *Service) sample(l i18n.Lang, sort string) notify.Letter {
	one := &Person{Name: "Сагитова Меруерт Талгатовна", Lang: l, Department: "Кафедра химии"}
	two := &Person{Name: "Ким Елена Викторовна", Lang: l, Department: "Кафедра химии"}
	d := Draft{Person: one, sort: sort, Items: []Item{
		{Subject: Subject{Kind: Application}, Ref: "110588", Title: "Органикалық химия: зертханалық практикум", Since: "2026-08-17",
			Authors: []Author{{Name: one.Name, Person: one}, {Name: two.Name, Person: two}}, Reminders: s.o.Times, LastOn: clock.Day("2026-09-29")},
		{Subject: Subject{Kind: Application}, Ref: "2026-118", Number: "78512", Title: "Цифровая модель водного баланса малых рек Жетысу", Since: "2026-08-28",
			Authors: []Author{{Name: two.Name, Person: two}}},
		{Subject: Subject{Kind: Certificate}, Ref: "78433", Number: "78433", Title: "Мобильное приложение «Жол» для учебных практик", Since: "2026-08-14",
			Authors: []Author{{Name: one.Name, Person: one}}, Reminders: 1, LastOn: clock.Day("2026-09-29")},
	}}
	w := s.words(d.Person, "certificates@karatal.example")
	letter := notify.Letter{Lang: string(l)}
	if letter.Subject, letter.Text = w.reminder(d); d.Head() {
		letter.Subject, letter.Text = w.escalation(d, unitOf(one))
	}
	return letter
}
