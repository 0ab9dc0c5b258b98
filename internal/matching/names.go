package matching

import (
	"math"
	"slices"

	"kualik/internal/person"
)

// named is a name made ready for comparing with many.
type named struct {
	name   person.Name
	folded person.Folded
}

func fold(n person.Name) named { return named{name: n, folded: n.Folded()} }

func foldAll(full []string) []named {
	list := make([]named, len(full))
	for i, s := range full {
		list[i] = fold(person.ParseName(s))
	}
	return list
}

// folder folds each name once; candidates are mostly other works of the same people.
type folder map[string]named

func (f folder) authors(authors []ApplicationAuthor) []named {
	list := make([]named, len(authors))
	for i, a := range authors {
		n, ok := f[a.Name]
		if !ok {
			n = fold(person.ParseName(a.Name))
			f[a.Name] = n
		}
		list[i] = n
	}
	return list
}

// pair gives each printed name the author of the application that fits it best, or -1; none is used
// twice. The surest pairs are made first.
func pair(printed, authors []named) []int {
	type fit struct{ i, j, points int }
	var fits []fit
	for i, n := range printed {
		for j, a := range authors {
			if p := fitPoints(n, a); p > 0 {
				fits = append(fits, fit{i, j, p})
			}
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int { return b.points - a.points })
	pairs := slices.Repeat([]int{-1}, len(printed))
	used := map[int]bool{}
	for _, f := range fits {
		if pairs[f.i] < 0 && !used[f.j] {
			pairs[f.i], used[f.j] = f.j, true
		}
	}
	return pairs
}

// fitPoints orders how two names may be one person's: 0 is not at all.
func fitPoints(a, b named) int {
	g := person.CompareFolded(a.folded, b.folded)
	if g.Surname != person.Differs && g.Given != person.Differs && g.Patronymic != person.Differs {
		return 100*int(g.Surname) + 10*int(g.Given) + int(g.Patronymic)
	}
	if maiden(g, a) {
		return 1
	}
	return 0
}

// maiden tells whether only the surname differs, of a woman with the same given name and patronymic.
func maiden(g person.Agreement, n named) bool {
	return g.Surname == person.Differs && g.Given == person.Same && g.Patronymic == person.Same && n.folded.Feminine()
}

// round2 keeps explanations short.
func round2(f float64) float64 { return math.Round(f*100) / 100 }
