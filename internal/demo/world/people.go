package world

import (
	"fmt"
	"strings"

	"kualik/internal/clock"
)

var positions = []string{"ассистент", "преподаватель-лектор", "старший преподаватель", "ассоциированный профессор (доцент)", "профессор"}

// The private mail services of the demo's people.
var privateDomains = []string{"pochta.example", "mail.example", "inbox.example"}

// staff makes n members of staff, dealt out to the departments, with a dean a faculty and a head a department,
// and with the troubles of a real directory: both spellings, maiden names, namesakes, leavers, missing numbers.
func (g *generator) staff(n int) {
	all := places()
	deans, heads := map[string]bool{}, map[string]bool{}
	for i := range n {
		p := g.person(55, 98)
		p.department = i % len(all)
		at := all[p.department]
		p.StaffID = fmt.Sprintf("K%05d", 10007+7*i)
		p.Faculty, p.Department, p.Programme = at.faculty, at.Name, pick(g, at.Programmes)
		p.IINListed = !g.chance(8)
		p.Position = positions[g.weighted(8, 25, 32, 27, 8)]
		g.employment(&p)
		switch {
		case p.EmployedTo != "":
		case !deans[p.Faculty]:
			deans[p.Faculty], p.Position = true, "декан"
		case !heads[p.Department]:
			heads[p.Department], p.Position = true, "заведующий кафедрой"
		}
		g.People = append(g.People, p)
	}
	g.namesakes()
	for i := range g.People {
		g.spell(&g.People[i])
	}
}

// person makes somebody born between two years of the last century (98 and beyond means 1998).
func (g *generator) person(from, to int) Person {
	p := Person{Female: g.chance(62)}
	p.RU, p.KK = g.name(p.Female)
	p.IIN = g.iin(p.Female, 1900+from, 1900+to)
	return p
}

func (g *generator) employment(p *Person) {
	year := g.Today.Year()
	first, _ := clock.NewDay(year-1-g.rng.IntN(24), 9, 1)
	p.EmployedFrom = first.AddDays(g.rng.IntN(60) - 30)
	if g.chance(6) {
		left := clock.Day(fmt.Sprintf("%d-06-30", year-g.rng.IntN(3)))
		if left > p.EmployedFrom && left < g.Today {
			p.EmployedTo = left
		}
	}
}

// namesakes makes three pairs: the same full name in two departments, and twice the same surname and given
// name with another patronymic. The pairs stand far apart so that they work in different departments.
func (g *generator) namesakes() {
	n := len(g.People)
	for k := range 3 {
		a, b := 20+31*k, n/2+17+31*k
		if b >= n {
			return
		}
		p, q := &g.People[a], &g.People[b]
		p.RU, p.KK = g.kazakhName(p.Female)
		q.Female = p.Female
		q.RU, q.KK = p.RU, p.KK
		if k > 0 {
			for q.RU.Patronymic == p.RU.Patronymic {
				ru, kk := g.kazakhName(p.Female)
				q.RU.Patronymic, q.KK.Patronymic = ru.Patronymic, kk.Patronymic
			}
		}
		delete(g.iins, q.IIN)
		q.IIN = g.iin(q.Female, 1960, 1995)
	}
}

// spell decides how the directory writes a person, which other names it knows, and their addresses.
func (g *generator) spell(p *Person) {
	p.Directory = p.RU
	other := p.KK
	if g.chance(18) {
		p.Directory, other = p.KK, p.RU
	}
	if g.chance(4) {
		p.Directory.Patronymic = ""
	}
	if other != p.Directory && other.Surname != p.Directory.Surname && g.chance(45) {
		p.OtherNames = append(p.OtherNames, other.Full())
	}
	if p.Female && p.RU != p.KK && g.chance(9) {
		maiden, maidenKK := pick(g, surnames), ""
		maidenKK = maiden.kk + "а"
		p.Maiden = p.RU
		p.Maiden.Surname = maiden.ru + "а"
		p.MarriedOn = clock.Day(fmt.Sprintf("%d-08-15", g.Today.Year()-1-g.rng.IntN(4)))
		p.OtherNames = append(p.OtherNames, p.Maiden.Surname)
		if maidenKK != p.Maiden.Surname {
			p.OtherNames = append(p.OtherNames, maidenKK)
		}
	}
	p.Emails = append(p.Emails, g.address(p.RU, Domain))
	if g.chance(55) {
		p.Emails = append(p.Emails, g.address(p.RU, pick(g, privateDomains)))
	}
}

// address makes an address that nobody else has.
func (g *generator) address(n Name, domain string) string {
	base := latin(n.Surname) + "." + latin(n.Given)[:1]
	if domain != Domain {
		base = latin(n.Given) + "_" + latin(n.Surname)
	}
	a := base + "@" + domain
	for i := 2; g.emails[a]; i++ {
		a = fmt.Sprintf("%s%d@%s", base, i, domain)
	}
	g.emails[a] = true
	return a
}

// outsiders makes students and authors of other places.
func (g *generator) outsiders(n int) {
	for len(g.People) < g.Staff+n {
		p := g.person(75, 105)
		if g.known(p) {
			continue
		}
		p.Directory = p.RU
		p.Emails = []string{g.address(p.RU, pick(g, privateDomains))}
		g.People = append(g.People, p)
	}
}

// known tells whether a member of staff has that surname and given name: an outsider must not be one by chance.
func (g *generator) known(p Person) bool {
	for _, s := range g.StaffMembers() {
		if s.RU.Surname == p.RU.Surname && s.RU.Given == p.RU.Given || s.Maiden.Surname == p.RU.Surname && s.RU.Given == p.RU.Given {
			return true
		}
	}
	return false
}

// printed writes a person's name as the register or a cabinet would: capitals from the state database, or as
// the author typed it, in either spelling, seldom without a patronymic.
func (g *generator) printed(p Person, on clock.Day) string {
	n := p.RU
	if p.Maiden.Surname != "" && on < p.MarriedOn {
		n = p.Maiden
	} else if g.chance(16) {
		n = p.KK
	}
	if g.chance(5) {
		n.Patronymic = ""
	}
	if g.chance(58) {
		return strings.ToUpper(n.Full())
	}
	return n.Full()
}

// candidates are the members of staff whom a printed name could mean.
func (g *generator) candidates(printed string) []string {
	var ids []string
	words := strings.Fields(strings.ToLower(printed))
	for _, p := range g.StaffMembers() {
		for _, n := range []Name{p.RU, p.KK, p.Maiden} {
			if n.Surname != "" && fits(words, n) {
				ids = append(ids, p.StaffID)
				break
			}
		}
	}
	return ids
}

func fits(words []string, n Name) bool {
	if len(words) < 2 || words[0] != strings.ToLower(n.Surname) || words[1] != strings.ToLower(n.Given) {
		return false
	}
	return len(words) == 2 || words[2] == strings.ToLower(n.Patronymic)
}
