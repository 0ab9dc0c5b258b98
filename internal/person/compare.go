package person

import (
	"strings"
	"unicode/utf8"

	"github.com/antzucaro/matchr"
)

// Level is how far two parts of names agree.
type Level uint8

// The levels, from nothing known to one key.
const (
	Missing Level = iota // one of them lacks the part: says nothing
	Differs
	Initial // an initial that fits
	Similar // near spellings, or a surname with another ending
	Same    // one key
)

var levelNames = [...]string{"missing", "differs", "initial", "similar", "same"}

// String is the level's code.
func (l Level) String() string { return levelNames[l] }

// Agreement is how far two names agree, part by part.
type Agreement struct{ Surname, Given, Patronymic Level }

// The vetoes of Compare: parts that cannot belong to one person.
const (
	VetoSurname    = "surname"
	VetoGiven      = "given_name"
	VetoPatronymic = "patronymic"
)

// Folded is a name made ready for comparing with many others.
type Folded struct {
	surname, surnameStem, surnameEnding string
	given, patronymic, stem             string
	givenInitial, patronymicInitial     bool
}

// Folded makes the name ready for comparing.
func (n Name) Folded() Folded {
	f := Folded{surname: Fold(n.Surname), given: Fold(n.Given), patronymic: Fold(n.Patronymic)}
	f.surnameStem, f.surnameEnding = surnameStem(f.surname)
	f.givenInitial, f.patronymicInitial = isInitial(strings.TrimSpace(n.Given)), isInitial(strings.TrimSpace(n.Patronymic))
	if f.patronymic != "" && !f.patronymicInitial {
		f.stem = patronymicStem(n.Patronymic)
	}
	return f
}

// Feminine tells whether the patronymic is a woman's.
func (f Folded) Feminine() bool {
	for _, end := range []string{"вна", "ична", "кизи", "гизи"} {
		if strings.HasSuffix(f.patronymic, end) {
			return true
		}
	}
	return false
}

// Compare holds two names against each other. A missing part is neutral; a part that differs is a veto.
func Compare(a, b Name) (Agreement, []string) {
	g := CompareFolded(a.Folded(), b.Folded())
	return g, g.Vetoes()
}

// CompareFolded is Compare for names made ready. Where the surnames differ, near spellings of the other
// parts are not sought: they would help nobody, and most pairs of a list are such.
func CompareFolded(a, b Folded) Agreement {
	g := Agreement{Surname: compareSurname(a, b)}
	near := g.Surname != Differs
	g.Given, g.Patronymic = compareGiven(a, b, near), comparePatronymic(a, b, near)
	return g
}

// Vetoes are the parts that cannot belong to one person.
func (g Agreement) Vetoes() (vetoes []string) {
	if g.Surname == Differs {
		vetoes = append(vetoes, VetoSurname)
	}
	if g.Given == Differs {
		vetoes = append(vetoes, VetoGiven)
	}
	if g.Patronymic == Differs {
		vetoes = append(vetoes, VetoPatronymic)
	}
	return vetoes
}

func compareSurname(a, b Folded) Level {
	switch {
	case a.surname == "" || b.surname == "":
		return Missing
	case a.surname == b.surname:
		return Same
	}
	// Ахметов and Ахметова are two people, however near they are written.
	if ea, eb := a.surnameEnding, b.surnameEnding; ea != "" && eb != "" && strings.HasSuffix(ea, "а") != strings.HasSuffix(eb, "а") {
		return Differs
	}
	if similar(a.surnameStem, b.surnameStem) {
		return Similar
	}
	return Differs
}

func compareGiven(a, b Folded, near bool) Level {
	switch {
	case a.given == "" || b.given == "":
		return Missing
	case a.givenInitial || b.givenInitial:
		return compareInitial(a.given, b.given)
	case a.given == b.given:
		return Same
	case near && similar(a.given, b.given):
		return Similar
	}
	return Differs
}

func comparePatronymic(a, b Folded, near bool) Level {
	switch {
	case a.patronymic == "" || b.patronymic == "":
		return Missing
	case a.patronymicInitial || b.patronymicInitial:
		return compareInitial(a.patronymic, b.patronymic)
	case a.stem == b.stem:
		return Same
	case near && similar(a.stem, b.stem):
		return Similar
	}
	return Differs
}

// compareInitial takes folded letters: К and Қ are one, and so are Ө and О.
func compareInitial(a, b string) Level {
	if len(a) > len(b) {
		a, b = b, a
	}
	if strings.HasPrefix(b, a) || strings.HasPrefix(loosen(b), loosen(a)) {
		return Initial
	}
	return Differs
}

// similar tells whether two keys may be spellings of one name: one weak key, or a slip of the pen, in
// long ones two.
func similar(a, b string) bool {
	la, lb := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	n, apart := min(la, lb), max(la, lb)-min(la, lb)
	slips := 0
	switch {
	case n >= 9:
		slips = 2
	case n >= 4:
		slips = 1
	}
	switch {
	case apart > 2 || n+apart > longestName:
		return false
	case apart <= slips && slips > 0 && matchr.DamerauLevenshtein(a, b) <= slips:
		return true
	}
	return loosen(a) == loosen(b)
}
