package world

import (
	"fmt"
	"strings"
	"time"

	"kualik/internal/clock"
	"kualik/internal/kind"
)

// Status words of the cabinet. Issued is the last: the certificate exists.
const issued = "Охранный документ"

var statuses = []string{issued, "Подготовка", "Регистрация", "Назначение эксперта", "Экспертиза", "Отказано"}

// applications makes n of them, in the order of filing years as chance has it, with the twins that make
// matching hard: two parts of one work, one title of two groups of authors, one work filed twice.
func (g *generator) applications(n int) {
	all := places()
	for len(g.Applications) < n {
		at := g.rng.IntN(len(all))
		a := g.application(at, all[at].Department)
		g.Applications = append(g.Applications, a)
		if k := len(g.Applications); k%18 == 0 && k < n && a.Status == issued {
			g.twin(k-1, k/18)
		}
	}
}

func (g *generator) application(at int, d Department) Application {
	a := Application{Ref: g.ref(), Status: issued, department: at}
	a.Title, a.TitleKK, a.Kind = g.title(d)
	a.KindText = kind.Name("ru", a.Kind)
	if g.chance(20) {
		a.KindText = kind.Name("kk", a.Kind)
	}
	a.FiledOn = g.filingDay()
	a.CreatedOn = a.FiledOn.AddDays(-3 - g.rng.IntN(150))
	if g.chance(8) {
		a.CreatedOn = a.FiledOn.AddDays(-400 - g.rng.IntN(2500))
	}
	if !g.chance(80) {
		a.Status = statuses[1+g.rng.IntN(len(statuses)-1)]
	}
	if a.Status == issued && g.chance(20) {
		a.RegistryNo = fmt.Sprint(21000 + clock.DaysBetween("2019-01-01", a.FiledOn)*30 + g.rng.IntN(30))
	}
	a.Authors = g.team(at, a.FiledOn)
	return a
}

// ref is the cabinet's number; it rises with time only roughly and is never near the register's numbers.
func (g *generator) ref() string { return fmt.Sprint(110321 + 37*len(g.Applications) + g.rng.IntN(30)) }

// filingDay is a working day, mostly in the last year, never before the present register began.
func (g *generator) filingDay() clock.Day {
	back := 6 + g.rng.IntN(320)
	switch g.weighted(52, 25, 23) {
	case 1:
		back = 330 + g.rng.IntN(450)
	case 2:
		back = 780 + g.rng.IntN(2000)
	}
	d := g.Today.AddDays(-back)
	if d < "2018-11-01" {
		d = clock.Day("2018-11-01").AddDays(g.rng.IntN(700))
	}
	return workday(d)
}

// workday is the day itself or the Monday after it.
func workday(d clock.Day) clock.Day {
	switch d.Time().Weekday() {
	case time.Saturday:
		return d.AddDays(2)
	case time.Sunday:
		return d.AddDays(1)
	}
	return d
}

// team makes the authors: the first is of the department, the others mostly colleagues, some of other
// departments, some outsiders. The share of sizes is the register's.
func (g *generator) team(at int, on clock.Day) []ApplicationAuthor {
	size := 1 + g.weighted(49, 17, 13, 9, 6, 3, 2)
	if g.chance(1) {
		size = 14
	}
	knowsIIN := g.weighted(60, 20, 20) // all, some, none
	var team []ApplicationAuthor
	seen := map[int]bool{}
	for len(team) < size {
		i := g.author(at, on, len(team) == 0)
		if seen[i] {
			continue
		}
		seen[i] = true
		a := ApplicationAuthor{Name: g.printed(g.People[i], on), Person: i}
		if knowsIIN == 0 || knowsIIN == 1 && g.chance(50) {
			a.IIN = g.People[i].IIN
		}
		team = append(team, a)
	}
	return team
}

func (g *generator) author(at int, on clock.Day, first bool) int {
	where := g.weighted(74, 14, 12)
	for {
		i := g.rng.IntN(g.Staff)
		if where == 2 && !first {
			return g.Staff + g.rng.IntN(len(g.People)-g.Staff)
		}
		p := g.People[i]
		if (first || where == 0) && p.department != at {
			continue
		}
		if p.EmployedTo != "" && p.EmployedTo < on {
			continue
		}
		if p.EmployedFrom <= on || g.chance(5) { // a few certificates are older than the author's employment
			return i
		}
	}
}

// twin adds an application that is easily mistaken for the one at index i.
func (g *generator) twin(i, turn int) {
	a := &g.Applications[i]
	b := *a
	b.Ref, b.RegistryNo = g.ref(), ""
	b.Authors = append([]ApplicationAuthor(nil), a.Authors...)
	switch turn % 4 {
	case 0, 2: // two parts of one work, filed on one day or in one week
		base := strings.TrimSuffix(strings.TrimSuffix(a.Title, ". 2 часть"), ". 2-бөлім")
		a.Title, b.Title = base+". Часть 1", base+". Часть 2"
		if strings.ContainsAny(base, "әғқңөұүі") {
			a.Title, b.Title = base+". 1-бөлім", base+". 2-бөлім"
		}
		a.TitleKK, b.TitleKK = "", ""
		b.FiledOn = workday(b.FiledOn.AddDays(g.rng.IntN(3)))
	case 1: // one title, other authors
		b.Authors = g.team(a.department, b.FiledOn)
		b.FiledOn = workday(b.FiledOn.AddDays(-20))
		b.CreatedOn = b.FiledOn.AddDays(-9)
	case 3: // one work filed twice: nothing on the certificate tells which
		b.FiledOn = a.FiledOn
		a.Indistinguishable, b.Indistinguishable = true, true
	}
	if b.FiledOn > g.Today.AddDays(-4) {
		b.FiledOn = a.FiledOn
	}
	a.Twin, b.Twin = b.Ref, a.Ref
	g.Applications = append(g.Applications, b)
}
