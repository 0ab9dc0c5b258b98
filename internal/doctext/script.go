package doctext

import (
	_ "embed" // the sample of the languages
	"strings"
	"sync"
	"unicode"
)

// sample.txt is a page of Kazakh, Russian and English of our own: what pairs of letters the languages have.
//
//go:embed sample.txt
var sample string

// pairs are the pairs of neighbouring letters within the words of the sample.
var pairs = sync.OnceValue(func() map[[2]rune]bool {
	list := map[[2]rune]bool{}
	for _, word := range strings.Fields(sample) {
		eachPair(word, func(p [2]rune) { list[p] = true })
	}
	return list
})

func eachPair(word string, f func([2]rune)) {
	last := rune(0)
	for _, r := range word {
		r = unicode.ToLower(r)
		if !unicode.IsLetter(r) {
			r = 0
		}
		if last != 0 && r != 0 {
			f([2]rune{last, r})
		}
		last = r
	}
}

// quality is what a text layer is worth.
type quality int

// A layer that lies says nothing of the page; a doubtful one has lost letters. Both are better recognised.
const (
	lies quality = iota
	doubtful
	fine
)

// judge tells what a text layer is worth by its words: whether they could be words of our languages (one script,
// a vowel, usual pairs of letters), and whether signs stand within them that take a lost letter's place.
func judge(words []token) quality {
	letters, good, bad, pierced := 0, 0, 0, 0
	seen, all := 0, 0
	known := pairs()
	for _, w := range words {
		n, vowels, latin, cyrillic, odd := 0, 0, 0, 0, 0
		for _, r := range w.text {
			switch {
			case unicode.Is(unicode.Cyrillic, r):
				cyrillic++
			case unicode.Is(unicode.Latin, r):
				latin++
			case r == unicode.ReplacementChar || unicode.Is(unicode.Co, r):
				odd++
			}
			if unicode.IsLetter(r) {
				n++
			}
			if strings.ContainsRune("аеёиоуыэюяәөұүіaeiouy", unicode.ToLower(r)) {
				vowels++
			}
		}
		letters += n
		if odd > n {
			bad++
			continue
		}
		eachPair(w.text, func(p [2]rune) {
			all++
			if known[p] {
				seen++
			}
		})
		if n < 3 {
			continue
		}
		if hole(w.text) {
			pierced++
		}
		if n < 4 {
			continue
		}
		if vowels == 0 || odd*3 > n || min(latin, cyrillic)*3 > n {
			bad++
		} else {
			good++
		}
	}
	switch {
	case letters < 20 || good < 2*bad:
		return lies
	case all >= 60 && 2*seen < all:
		return lies
	case pierced >= 3 && 25*pierced > good:
		return doubtful
	}
	return fine
}

// hole tells whether a sign stands between the letters of a word, or for one of them at its end, that no word has.
func hole(word string) bool {
	if strings.Contains(word, "://") || strings.Contains(word, "@") {
		return false
	}
	runes := []rune(word)
	for i, r := range runes {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(`-–—.,:;'’ʼ"«»“”„()/&+*#№_%!`, r) {
			continue
		}
		inside := i > 0 && i+1 < len(runes) && unicode.IsLetter(runes[i-1]) && unicode.IsLetter(runes[i+1])
		if inside || r != '?' && (i > 0 && unicode.IsLetter(runes[i-1]) || i+1 < len(runes) && unicode.IsLetter(runes[i+1])) {
			return true
		}
	}
	return false
}
