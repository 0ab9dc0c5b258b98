package world

import (
	"fmt"
	"math"
	"strconv"

	"kualik/internal/clock"
	"kualik/internal/kind"
)

// certificates issues one for nearly every application that got so far, and adds those of which the list
// of applications knows nothing: old forms, outsiders' works, applications that nobody wrote down.
func (g *generator) certificates() {
	used := map[string]bool{}
	for i := range g.Applications {
		a := &g.Applications[i]
		if a.Status != issued {
			continue
		}
		if a.Indistinguishable && i > 0 && g.Applications[i-1].Ref == a.Twin {
			continue // of the work filed twice there is one certificate
		}
		c := g.certificateOf(*a)
		c.ApplicationRef, c.Ambiguous = a.Ref, a.Indistinguishable
		g.issue(c, used)
	}
	g.unlisted(used)
	g.old()
}

// certificateOf makes the certificate that an application would get.
func (g *generator) certificateOf(a Application) Certificate {
	c := Certificate{CreatedOn: a.CreatedOn, Kind: a.Kind, KindText: kind.Name("ru", a.Kind), KindTextKK: kind.Name("kk", a.Kind), Title: g.dress(a.Title), TitleKK: a.TitleKK}
	c.RegisteredOn = workday(a.FiledOn.AddDays(1 + g.rng.IntN(2)))
	for i, author := range a.Authors {
		if i > 0 && len(a.Authors) > 2 && g.chance(2) {
			continue // asked not to be named when the work is published
		}
		p := g.People[author.Person]
		printed := Author{Name: g.printed(p, c.RegisteredOn), Person: author.Person, StaffID: p.StaffID}
		if ids := g.candidates(printed.Name); len(ids) > 1 {
			printed.Candidates = ids
		}
		c.Authors = append(c.Authors, printed)
	}
	return c
}

// issue gives a certificate of the present register its number, link and key.
func (g *generator) issue(c Certificate, used map[string]bool) {
	for i := g.rng.IntN(38); c.Number == "" || used[c.Number]; i++ {
		c.Number = strconv.Itoa(numberOn(c.RegisteredOn) + i)
	}
	used[c.Number] = true
	if !g.chance(10) {
		c.VerificationURL = "https://copyright.kazpatent.kz/?!.iD=" + g.linkID()
	}
	g.add(c)
}

func (g *generator) add(c Certificate) {
	c.Key = fmt.Sprintf("c%04d", len(g.Certificates)+1)
	g.Certificates = append(g.Certificates, c)
}

// linkID looks like the register's ids, but begins with a zero, which they do not: the link leads nowhere.
func (g *generator) linkID() string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := []byte("0")
	for range 4 {
		b = append(b, digits[g.rng.IntN(len(digits))])
	}
	return string(b)
}

// unlisted makes certificates without an application in the list: two of them by outsiders only, one with
// dates that contradict each other, as the register's own data sometimes do.
func (g *generator) unlisted(used map[string]bool) {
	all := places()
	for i := range 16 {
		at := g.rng.IntN(len(all))
		a := g.application(at, all[at].Department)
		switch i {
		case 0, 1:
			a.Authors = []ApplicationAuthor{{Person: g.Staff + g.rng.IntN(len(g.People)-g.Staff)}}
		case 2:
			a.CreatedOn = a.FiledOn.AddDays(30)
		}
		g.issue(g.certificateOf(a), used)
	}
}

// old makes certificates of the form used until October 2018, when numbers began anew every year. The
// first of them has the number that the present register gave again in 2019.
func (g *generator) old() {
	all := places()
	days := []clock.Day{"2017-12-12", "2016-11-28", "2016-12-20", "2017-10-31", "2017-11-24", "2018-08-02", "2018-09-14", "2018-10-18", "2012-05-23", "2013-09-24"}
	numbers := []string{"", "2541", "2702", "2540", "2871", "2548", "2860", "3111", "0008530", "0010732"}
	for i, day := range days {
		at := g.rng.IntN(len(all))
		a := g.application(at, all[at].Department)
		a.FiledOn, a.CreatedOn = day.AddDays(-17), day.AddDays(-70)
		a.Authors = g.team(at, day)
		c := g.certificateOf(a)
		c.Title, c.TitleKK = a.Title, "" // the form has quotation marks of its own
		c.RegisteredOn, c.Number, c.OldForm = day, numbers[i], true
		if c.Number == "" {
			c.Number = g.collision()
		}
		g.add(c)
	}
}

// collision is a number of the present register that the old one had given too.
func (g *generator) collision() string {
	for _, c := range g.Certificates {
		if n, _ := strconv.Atoi(c.Number); n > 1000 && n < 3294 {
			return c.Number
		}
	}
	return "2642"
}

// Numbers of the present register: known points, between them a straight line, after them the last rate.
var anchors = []struct {
	day    clock.Day
	number float64
}{
	{"2018-10-01", 1}, {"2019-01-01", 700}, {"2020-01-01", 7600}, {"2021-01-01", 14000}, {"2022-01-01", 22500}, {"2023-01-01", 31500},
	{"2024-01-01", 41500}, {"2025-01-01", 53000}, {"2025-03-18", 55942}, {"2026-01-01", 67000}, {"2026-09-14", 78433},
}

// numberOn is the first number that the register gave on a day.
func numberOn(d clock.Day) int {
	k := len(anchors) - 2
	for i := range anchors[1:] {
		if d < anchors[i+1].day {
			k = i
			break
		}
	}
	a, b := anchors[k], anchors[k+1]
	rate := (b.number - a.number) / float64(clock.DaysBetween(a.day, b.day))
	return int(math.Max(1, a.number+rate*float64(clock.DaysBetween(a.day, d))))
}
