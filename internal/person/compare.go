package person

import (
	"strings"

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

// Compare holds two names against each other. A missing part is neutral; a part that differs is a veto.
func Compare(a, b Name) (Agreement, []string) {
	g := Agreement{
		Surname:    compareSurname(a.Surname, b.Surname),
		Given:      compareGiven(a.Given, b.Given),
		Patronymic: comparePatronymic(a.Patronymic, b.Patronymic),
	}
	var vetoes []string
	if g.Surname == Differs {
		vetoes = append(vetoes, VetoSurname)
	}
	if g.Given == Differs {
		vetoes = append(vetoes, VetoGiven)
	}
	if g.Patronymic == Differs {
		vetoes = append(vetoes, VetoPatronymic)
	}
	return g, vetoes
}

func compareSurname(a, b string) Level {
	ka, kb := Fold(a), Fold(b)
	if ka == "" || kb == "" {
		return Missing
	}
	if ka == kb {
		return Same
	}
	sa, ea := surnameStem(ka)
	sb, eb := surnameStem(kb)
	// Ахметов and Ахметова are two people, however near they are written.
	if ea != "" && eb != "" && strings.HasSuffix(ea, "а") != strings.HasSuffix(eb, "а") {
		return Differs
	}
	if similar(sa, sb) {
		return Similar
	}
	return Differs
}

func compareGiven(a, b string) Level {
	ka, kb := Fold(a), Fold(b)
	switch {
	case ka == "" || kb == "":
		return Missing
	case isInitial(strings.TrimSpace(a)) || isInitial(strings.TrimSpace(b)):
		return compareInitial(ka, kb)
	case ka == kb:
		return Same
	case similar(ka, kb):
		return Similar
	}
	return Differs
}

func comparePatronymic(a, b string) Level {
	if Fold(a) == "" || Fold(b) == "" {
		return Missing
	}
	if isInitial(strings.TrimSpace(a)) || isInitial(strings.TrimSpace(b)) {
		return compareInitial(Fold(a), Fold(b))
	}
	ka, kb := patronymicStem(a), patronymicStem(b)
	switch {
	case ka == kb:
		return Same
	case similar(ka, kb):
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

// similar tells whether two keys may be spellings of one name: one weak key, or one slip of the pen.
func similar(a, b string) bool {
	if loosen(a) == loosen(b) {
		return true
	}
	if len(a) > longestName || len(b) > longestName {
		return false
	}
	n := min(len([]rune(a)), len([]rune(b)))
	return n >= 4 && matchr.DamerauLevenshtein(a, b) <= 1 || n >= 9 && matchr.DamerauLevenshtein(a, b) <= 2
}
