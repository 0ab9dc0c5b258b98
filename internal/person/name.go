package person

import (
	"strings"
	"unicode"
)

// Name is a person's name in its parts, as written but for letters of a wrong alphabet, which are
// mended. Given and Patronymic may be initials.
type Name struct {
	Surname    string
	Given      string
	Patronymic string
}

// ParseName takes a full name apart. The register writes surname, given name, patronymic; the other
// order is recognised by the patronymic in the middle. Two parts are surname and given name. What
// stands in parentheses (an organisation) and final stops are left out.
func ParseName(s string) Name {
	parts := nameParts(s)
	switch len(parts) {
	case 0:
		return Name{}
	case 1:
		return Name{Surname: parts[0]}
	}
	// А. Б. Ахметова: initials first.
	if isInitial(parts[0]) && !isInitial(parts[len(parts)-1]) {
		parts = append(parts[len(parts)-1:], parts[:len(parts)-1]...)
	}
	n := Name{Surname: parts[0], Given: parts[1]}
	if len(parts) == 2 {
		return n
	}
	last := parts[len(parts)-1]
	switch {
	case len(parts) == 3 && !isInitial(last) && !looksPatronymic(last) && looksPatronymic(parts[1]):
		return Name{Surname: last, Given: parts[0], Patronymic: parts[1]} // Айгүл Серікқызы Ахметова
	case len(parts) > 3 && looksPatronymic(last):
		n.Given = strings.Join(parts[1:len(parts)-1], " ")
		n.Patronymic = last
	default:
		n.Patronymic = strings.Join(parts[2:], " ")
	}
	return n
}

// longestName in bytes: whatever is longer is not a name, and is cut.
const longestName = 400

// nameParts parts a name into words: initials apart, suffixes written apart joined to their word.
func nameParts(s string) []string {
	if len(s) > longestName {
		s = s[:longestName]
	}
	s = cutParentheses(unmix(strings.ToValidUTF8(s, " ")))
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		if r == ',' || r == ';' || unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.ReplaceAll(s, ".", ". ")
	var parts []string
	for _, word := range strings.Fields(s) {
		if isInitial(word) {
			parts = append(parts, word)
			continue
		}
		word = strings.Trim(word, ".-–—«»\"“”*0123456789:/\\")
		switch {
		case word == "":
		case isSuffixWord(word) && len(parts) > 1:
			parts[len(parts)-1] += " " + word
		default:
			parts = append(parts, word)
		}
	}
	return parts
}

func cutParentheses(s string) string {
	for {
		i := strings.IndexAny(s, "([")
		if i < 0 {
			return s
		}
		j := strings.IndexAny(s[i:], ")]")
		if j < 0 {
			return s[:i]
		}
		s = s[:i] + " " + s[i+j+1:]
	}
}

// isInitial tells whether a word is one letter, with or without a stop. "Дж." is one too.
func isInitial(word string) bool {
	w := []rune(strings.TrimSuffix(word, "."))
	return len(w) == 1 && unicode.IsLetter(w[0]) || len(w) == 2 && strings.HasSuffix(word, ".") && unicode.IsLetter(w[0]) && unicode.IsLetter(w[1])
}

// Full is the name in one line.
func (n Name) Full() string {
	return strings.Join(strings.Fields(n.Surname+" "+n.Given+" "+n.Patronymic), " ")
}

// Short is the surname with initials: Ахметова А. Б.
func (n Name) Short() string {
	s := capitalised(n.Surname)
	for _, part := range []string{n.Given, n.Patronymic} {
		for _, r := range part {
			if unicode.IsLetter(r) {
				s += " " + string(unicode.ToUpper(r)) + "."
				break
			}
		}
	}
	return strings.TrimSpace(s)
}

// Ordinary writes a name that is printed in capitals as it is written otherwise; another one stays.
func Ordinary(name string) string {
	if name != strings.ToUpper(name) {
		return name
	}
	words := strings.Fields(name)
	for i, w := range words {
		words[i] = capitalised(w)
	}
	return strings.Join(words, " ")
}

// capitalised writes a word that is all in capitals with one capital, after hyphens too.
func capitalised(word string) string {
	if word != strings.ToUpper(word) {
		return word
	}
	start := true
	return strings.Map(func(r rune) rune {
		if !start {
			r = unicode.ToLower(r)
		}
		start = !unicode.IsLetter(r)
		return r
	}, word)
}

// Keys are the keys under which a surname is indexed and looked up: the folded one and, after "~", a
// weak one without ending, so that a near spelling is found too.
func Keys(surname string) []string {
	key := Fold(surname)
	if key == "" {
		return nil
	}
	stem, _ := surnameStem(key)
	return []string{key, "~" + loosen(stem)}
}
