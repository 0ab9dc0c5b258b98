package person

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FoldText folds a text for search: lower case, one key for the Kazakh, Russian and Latin spelling of
// a word, words and numbers parted by single spaces. Every search box and every title uses it.
func FoldText(s string) string {
	var b strings.Builder
	for _, word := range words(s) {
		if f := collapse(letters(word)); f != "" {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(f)
		}
	}
	return b.String()
}

// Fold is the key of one name or a part of one: FoldText without spaces, and with the spellings that
// letters alone do not bring together.
func Fold(s string) string {
	return alias(strings.ReplaceAll(FoldText(unmix(s)), " ", ""))
}

// words parts a text into runs of letters, marks and digits. Invisible characters (soft hyphens,
// zero-width joiners) and apostrophes, which some Latin spellings have for a soft sign, part nothing.
func words(s string) []string {
	s = strings.Map(func(r rune) rune {
		switch {
		case isCyrillic(r) || r == ' ':
		case r == '\'' || r == '’' || r == 'ʹ' || r == 'ʼ' || r == '`' || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, composed(strings.ReplaceAll(strings.ToValidUTF8(s, " "), "№", " ")))
	return strings.FieldsFunc(s, func(r rune) bool {
		return !isCyrillic(r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// composed is NFKC. Plain Cyrillic and ASCII, which is nearly everything, is that already.
func composed(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 && !(r >= 0x400 && r < 0x482 || r >= 0x48a && r < 0x530) }) {
		return norm.NFKC.String(s)
	}
	return s
}

// letters brings a word to base letters of Cyrillic, without collapsing double ones.
func letters(word string) string {
	word = strings.ToLower(lookAlike(word))
	if hasLatin(word) {
		word = latin.Replace(word)
	}
	var b strings.Builder
	b.Grow(len(word))
	for _, r := range word {
		if to, ok := base[r]; ok {
			b.WriteString(to)
		} else {
			b.WriteRune(r)
		}
	}
	return strings.ReplaceAll(b.String(), "дж", "ж")
}

// base reduces a Cyrillic letter to the one that all spellings share.
var base = map[rune]string{
	'ә': "а", 'ə': "а", 'ғ': "г", 'қ': "к", 'ҡ': "к", 'ң': "н", 'ө': "о", 'ɵ': "о", 'ұ': "у", 'ү': "у", 'ў': "у", 'һ': "х",
	'і': "и", 'ы': "и", 'й': "и", 'ї': "и", 'ё': "е", 'э': "е", 'є': "е", 'ь': "", 'ъ': "",
	'щ': "ш", 'ц': "тс", 'я': "иа", 'ю': "иу",
}

// digraphs come first: strings.Replacer prefers the earlier of two that fit at one place. The letters
// are those of passports, of the Kazakh Latin alphabets (ä ö ü ğ ş ñ ý, q, w) and of loose habits.
var latin = strings.NewReplacer(
	"shch", "ш", "dzh", "ж", "zh", "ж", "kh", "х", "ch", "ч", "sh", "ш", "gh", "г", "ts", "тс",
	"ya", "я", "yu", "ю", "yo", "е", "ye", "е",
	"a", "а", "á", "а", "ä", "а", "b", "б", "c", "к", "ç", "ч", "d", "д", "e", "е", "é", "е", "f", "ф", "g", "г", "ğ", "г", "ǵ", "г",
	"h", "х", "i", "и", "ı", "и", "í", "и", "j", "ж", "k", "к", "l", "л", "m", "м", "n", "н", "ñ", "н", "ń", "н", "ŋ", "н",
	"o", "о", "ó", "о", "ö", "о", "p", "п", "q", "к", "r", "р", "s", "с", "ş", "ш", "š", "ш", "t", "т",
	"u", "у", "ú", "у", "ü", "у", "ū", "у", "v", "в", "w", "у", "x", "кс", "y", "и", "ý", "у", "z", "з", "ž", "ж")

// drawn are Latin letters that are drawn as Cyrillic ones. Upper and lower case differ: H is Н, h is һ.
var drawn = map[rune]rune{
	'A': 'А', 'B': 'В', 'C': 'С', 'E': 'Е', 'H': 'Н', 'I': 'І', 'K': 'К', 'M': 'М', 'O': 'О', 'P': 'Р', 'T': 'Т', 'X': 'Х', 'Y': 'У',
	'a': 'а', 'c': 'с', 'e': 'е', 'h': 'һ', 'i': 'і', 'k': 'к', 'm': 'м', 'o': 'о', 'p': 'р', 't': 'т', 'x': 'х', 'y': 'у',
}

// lookAlike makes Cyrillic letters of Latin ones of the same look in a word that is Cyrillic otherwise.
func lookAlike(word string) string {
	if !hasLatin(word) || !hasCyrillic(word) {
		return word
	}
	return redraw(word)
}

func redraw(word string) string {
	return strings.Map(func(r rune) rune {
		if to, ok := drawn[r]; ok {
			return to
		}
		return r
	}, word)
}

// unmix mends a name that is written in Cyrillic with letters or digits of another sort in it: stray
// Latin letters, whole words made of look-alikes only, 3 for З and 0 for О.
func unmix(s string) string {
	s = composed(s)
	if !hasLatin(s) && !strings.ContainsAny(s, "30") || !hasCyrillic(s) {
		return s
	}
	var b strings.Builder
	for _, word := range strings.SplitAfter(s, " ") {
		switch {
		case hasCyrillic(word):
			word = digitLetters.Replace(lookAlike(word))
		case !hasLatin(redraw(word)):
			word = redraw(word)
		}
		b.WriteString(word)
	}
	return b.String()
}

var digitLetters = strings.NewReplacer("3", "з", "0", "о")

func hasCyrillic(s string) bool { return strings.ContainsFunc(s, isCyrillic) }

// The schwa and the barred o of other alphabets are met in place of ә and ө.
func isCyrillic(r rune) bool { return r >= 0x400 && r < 0x530 || r == 'ə' || r == 'ɵ' }

func hasLatin(s string) bool { return strings.ContainsFunc(s, isLatin) }

func isLatin(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return (r < 0x400 || r > 0x1d00) && unicode.Is(unicode.Latin, r)
}

// collapse makes one of a doubled letter; digits stay as they are.
func collapse(s string) string {
	var last rune
	return strings.Map(func(r rune) rune {
		if r == last && !unicode.IsDigit(r) {
			return -1
		}
		last = r
		return r
	}, s)
}
