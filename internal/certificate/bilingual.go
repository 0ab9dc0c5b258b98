package certificate

import (
	"strings"
	"unicode"
)

// A cell may hold a value in both languages, one under the other.

// kazakhLetters tells whether a text has letters that Russian has not.
func kazakhLetters(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return strings.ContainsRune("әғқңөұүһі", unicode.ToLower(r)) })
}

// inTwoLanguages parts a value at the end of a line into a Kazakh and a Russian one. Both are about as long, the
// Russian one begins anew and has no Kazakh letter.
func inTwoLanguages(text string) (kk, ru string, ok bool) {
	lines := strings.Split(text, "\n")
	best := 0.0
	for i := 1; i < len(lines); i++ {
		a, b := strings.TrimSpace(strings.Join(lines[:i], "\n")), strings.TrimSpace(strings.Join(lines[i:], "\n"))
		kazakhFirst := kazakhLetters(a) && !kazakhLetters(b)
		if kazakhFirst == (kazakhLetters(b) && !kazakhLetters(a)) || a == "" || b == "" || strings.Count(a, "(") != strings.Count(a, ")") {
			continue
		}
		if first := []rune(strings.TrimLeft(b, "\"«“„(")); len(first) == 0 || !unicode.IsUpper(first[0]) && !unicode.IsDigit(first[0]) {
			continue
		}
		likeness := float64(min(len(a), len(b))) / float64(max(len(a), len(b)))
		if likeness < 0.4 || likeness <= best {
			continue
		}
		best, ok = likeness, true
		if kk, ru = a, b; !kazakhFirst {
			kk, ru = b, a
		}
	}
	return kk, ru, ok
}

// kindInTwoLanguages parts the words of a kind where each language has its own line.
func kindInTwoLanguages(text string) (ru string, ok bool) {
	lines := strings.Split(text, "\n")
	for i := 1; i < len(lines); i++ {
		a, b := trimKind(strings.Join(lines[:i], "\n")), trimKind(strings.Join(lines[i:], "\n"))
		if code := kindCode(a); code == "" || code != kindCode(b) {
			continue
		}
		if isKazakh(b) && !isKazakh(a) {
			return a, true
		}
		return b, true
	}
	return "", false
}
