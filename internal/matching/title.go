package matching

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/antzucaro/matchr"

	"kualik/internal/person"
)

// title is a title made ready for comparison: folded words, roman numerals as digits.
type title struct {
	words   []string
	joined  string
	numbers []string  // in order of size; a number may be part of a word: b1, 3d
	halves  [2]string // joined, of a title in two languages: "… / …"
}

// roman finds numerals that stand alone, also those written with Cyrillic letters of the same look.
// Folding would make one of I, II and III.
var roman = regexp.MustCompile(`(^|[^\pL\pN])([IVXІХ]{1,6})($|[^\pL\pN])`)

var romanLetters = strings.NewReplacer("І", "I", "Х", "X")

// signs that tell titles apart and would be lost with the punctuation.
var signs = strings.NewReplacer("++", " плюсплюс ", "#", " шарп ", "½", " 1/2 ")

func newTitle(s string) title {
	t := newWords(s)
	if parts := strings.Split(s, " / "); len(parts) == 2 {
		t.halves = [2]string{newWords(parts[0]).joined, newWords(parts[1]).joined}
	}
	return t
}

func newWords(s string) title {
	for range 2 { // neighbours share the sign between them
		s = roman.ReplaceAllStringFunc(s, func(m string) string {
			letters := roman.FindStringSubmatch(m)
			if n := romanValue(romanLetters.Replace(letters[2])); n != "" {
				return letters[1] + n + letters[3]
			}
			return m
		})
	}
	words := strings.Fields(person.FoldText(signs.Replace(s)))
	t := title{words: words, joined: strings.Join(words, "")}
	for _, w := range words {
		t.numbers = append(t.numbers, strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsDigit(r) })...)
	}
	slices.Sort(t.numbers)
	return t
}

func romanValue(s string) string {
	values := []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX", "XX", "XXI"}
	for i, v := range values {
		if v == s {
			return itoa(i + 1)
		}
	}
	return ""
}

// How two titles agree; the codes of evidence.
const (
	titleSame    = "same"
	titleNear    = "near"    // a slip of the pen in single words
	titleHalf    = "half"    // one of them has a second half in another language
	titleSimilar = "similar" // many words in common
	titleDiffers = "differs"
	titleMissing = "missing"
	titleDigits  = "digits" // other numbers: parts of one work
)

// compareTitles gives the code and how much of the titles agrees, from 0 to 1.
func compareTitles(certificate []title, application title) (code string, agreement float64) {
	code = titleMissing
	for _, c := range certificate {
		if k, a := comparePair(c, application); rank(k) > rank(code) || k == code && a > agreement {
			code, agreement = k, a
		}
	}
	return code, agreement
}

var ranks = []string{titleMissing, titleDiffers, titleDigits, titleSimilar, titleHalf, titleNear, titleSame}

func rank(code string) int { return slices.Index(ranks, code) }

func comparePair(a, b title) (string, float64) {
	switch {
	case a.joined == "" || b.joined == "":
		return titleMissing, 0
	case a.joined == b.joined:
		return titleSame, 1
	}
	overlap := overlap(a.words, b.words)
	switch {
	case !slices.Equal(a.numbers, b.numbers):
		if overlap >= 0.5 {
			return titleDigits, overlap
		}
		return titleDiffers, overlap
	case near(a.words, b.words):
		return titleNear, 0.95
	case slices.Contains(a.halves[:], b.joined) || slices.Contains(b.halves[:], a.joined):
		return titleHalf, 0.7
	case overlap >= 0.6:
		return titleSimilar, overlap
	}
	return titleDiffers, overlap
}

// near tells whether word stands against word with at most a slip of the pen in each, in few of them.
func near(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	slips := 0
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if n := min(len([]rune(a[i])), len([]rune(b[i]))); n < 5 || n > 60 || matchr.DamerauLevenshtein(a[i], b[i]) > 1 {
			return false
		}
		slips++
	}
	return slips <= 1+len(a)/8
}

// overlap is the share of words in common (Dice), each counted as often as it occurs.
func overlap(a, b []string) float64 {
	count := map[string]int{}
	for _, w := range a {
		count[w]++
	}
	common := 0
	for _, w := range b {
		if count[w] > 0 {
			count[w]--
			common++
		}
	}
	if len(a)+len(b) == 0 {
		return 0
	}
	return 2 * float64(common) / float64(len(a)+len(b))
}
