package doctext

import (
	"context"
	"image"
	"regexp"
	"sort"
	"strings"
	"unicode"
)

// What the three models together are known to misread is read once more with one of them alone. Each confuses other
// letters than the three do, and a small picture is read fast.

// readTwice reads the words once more that are easily misread.
func (r *Reader) readTwice(ctx context.Context, s sheet, words []token) error {
	for _, again := range []func(context.Context, sheet, []token) error{r.readEnglishTwice, r.readRussianTwice, r.readKazakhTwice} {
		if err := again(ctx, s, words); err != nil {
			return err
		}
	}
	return nil
}

// reSpeciality is the code of a field of study, whose B looks like an 8.
var reSpeciality = regexp.MustCompile(`^[5678][BDM]\d{3,7}[")»]*$`)

// reBachelor is such a code whose B was taken for an 8 or a Cyrillic letter; no other number of a title looks so.
var reBachelor = regexp.MustCompile(`^(["(«]*6)[8В](0\d{4}\D*)$`)

// readEnglishTwice reads the words with digits and those that may be Latin with the English model, which confuses
// digits otherwise than the Cyrillic ones. Where the digits differ the second reading is kept beside the first.
func (r *Reader) readEnglishTwice(ctx context.Context, s sheet, words []token) error {
	with, second, err := r.readAgain(ctx, s, words, "eng", func(i int) bool {
		return strings.ContainsFunc(words[i].text, unicode.IsDigit) || couldBeLatin(words[i].text)
	})
	if err != nil {
		return err
	}
	for n, i := range with {
		text, again := second[n].text, digits(second[n].text)
		w := &words[i]
		switch first := digits(w.text); {
		case looksAs(w.text, text) && second[n].conf >= 0.8:
			w.text = text
		case first == "":
		case reBachelor.MatchString(w.text):
			w.twice, w.text = Same, reBachelor.ReplaceAllString(w.text, "${1}B$2")
		case reSpeciality.MatchString(text):
			at := strings.IndexFunc(w.text, unicode.IsDigit)
			w.twice, w.text = Same, w.text[:at]+text
		case again == first:
			w.twice = Same
		case len(again) == len(first):
			w.twice, w.second = Differs, withDigits(w.text, again)
		default:
			w.twice = Lost
		}
	}
	return nil
}

// latinFor are the Latin letters that a Cyrillic letter or a digit may be a misreading of.
var latinFor = map[rune]string{'А': "A", 'В': "B", 'Е': "E", 'К': "K", 'М': "MW", 'Н': "H", 'О': "O", 'Р': "P", 'С': "C", 'Т': "T", 'У': "Y", 'Х': "X", 'І': "I",
	'а': "a", 'е': "e", 'о': "o", 'р': "p", 'с': "c", 'у': "y", 'х': "x", 'і': "il", 'к': "k", 'һ': "h", 'ѕ': "s", 'Ѕ': "S",
	'5': "S", '0': "OD", '1': "Il", '8': "B", '2': "Z"}

// couldBeLatin tells whether a word may be Latin though it was taken for Cyrillic: every letter of it looks like a
// Latin one, or it is of both scripts.
func couldBeLatin(word string) bool {
	letters, latin, alike := 0, 0, 0
	for _, r := range word {
		switch {
		case !unicode.IsLetter(r):
			continue
		case unicode.Is(unicode.Latin, r):
			latin++
		case latinFor[r] != "":
			alike++
		}
		letters++
	}
	return letters >= 2 && (latin > 0 && latin < letters || latin == 0 && alike == letters)
}

// looksAs tells whether a Latin word is what another was misread from: letter by letter they look alike, and one of
// them at least is a letter that the other script has not.
func looksAs(word, latin string) bool {
	a, b := []rune(word), []rune(latin)
	if len(a) != len(b) {
		return false
	}
	own, changed := false, false
	for i, r := range b {
		switch {
		case a[i] == r:
		case unicode.Is(unicode.Latin, r) && strings.ContainsRune(latinFor[a[i]], r):
			changed = true
			own = own || strings.ContainsRune("SDFGIJLNQRUVWZdfgijlqrstuvwz", r)
		default:
			return false
		}
		own = own || a[i] == r && unicode.Is(unicode.Latin, r)
	}
	return own && changed
}

// reMarkLost are words that may have lost the dots of a ё or the mark of a й.
var reMarkLost = regexp.MustCompile(`(?i)енн|[её]в[ауы]?$|^фед|^сем[её]н|^арт[её]м|уч[её]т|сч[её]т|[аеоуыэя]и[бвгджзклмнпрстфхцчшщ]`)

// readRussianTwice reads the words with ш and ь, and those that may have lost a mark, with the Russian model alone:
// with the Kazakh one beside it the tail of a щ and the hook of a ъ are often lost.
func (r *Reader) readRussianTwice(ctx context.Context, s sheet, words []token) error {
	with, second, err := r.readAgain(ctx, s, words, "rus", func(i int) bool {
		w := words[i].text
		return len(w) > 4 && !strings.ContainsAny(w, "әғқңөұүһіӘҒҚҢӨҰҮҺІ") && (strings.ContainsAny(w, "шьШЬ") || reMarkLost.MatchString(w))
	})
	if err != nil {
		return err
	}
	lose := strings.NewReplacer("щ", "ш", "Щ", "Ш", "ъ", "ь", "Ъ", "Ь", "ё", "е", "Ё", "Е", "й", "и", "Й", "И")
	for n, i := range with {
		if second[n].text != words[i].text && lose.Replace(second[n].text) == lose.Replace(words[i].text) && moreMarks(second[n].text, words[i].text) {
			words[i].text = second[n].text
		}
	}
	return nil
}

// moreMarks tells whether a word has more letters with a mark than another.
func moreMarks(a, b string) bool {
	count := func(s string) (n int) {
		for _, r := range s {
			if strings.ContainsRune("щъёйЩЪЁЙ", r) {
				n++
			}
		}
		return n
	}
	return count(a) > count(b)
}

// readKazakhTwice reads the words with э with the Kazakh model alone: the Russian one beside it takes many an ә for
// its э.
func (r *Reader) readKazakhTwice(ctx context.Context, s sheet, words []token) error {
	with, second, err := r.readAgain(ctx, s, words, "kaz", func(i int) bool { return strings.ContainsAny(words[i].text, "эЭ") && len(words[i].text) > 4 })
	if err != nil {
		return err
	}
	schwa := strings.NewReplacer("ә", "э", "Ә", "Э")
	for n, i := range with {
		if strings.ContainsAny(second[n].text, "әӘ") && schwa.Replace(second[n].text) == words[i].text {
			words[i].text = second[n].text
		}
	}
	return nil
}

// readAgain reads some of the words once more with a model: they are cut out and set below each other. It tells
// which words, and what was read.
func (r *Reader) readAgain(ctx context.Context, s sheet, words []token, lang string, which func(int) bool) ([]int, []token, error) {
	const margin = 10
	var with []int
	wide, high := 0, margin
	for i, w := range words {
		if w.y1-w.y0 < 200 && which(i) {
			with = append(with, i)
			wide = max(wide, int(w.x1-w.x0))
			high += int(w.y1-w.y0) + 2*margin
		}
	}
	if len(with) == 0 || len(with) > maxTwice {
		return nil, nil, nil
	}
	strip := sheet{img: image.NewGray(image.Rect(0, 0, wide+4*margin, high+margin)), uneven: s.uneven}
	for i := range strip.img.Pix {
		strip.img.Pix[i] = 0xff
	}
	tops := make([]int, len(with)) // where each word lies in the strip
	at := margin
	for n, i := range with {
		w := words[i]
		box := image.Rect(int(w.x0)-4, int(w.y0)-4, int(w.x1)+4, int(w.y1)+4).Intersect(s.img.Rect)
		tops[n] = at
		for y := box.Min.Y; y < box.Max.Y; y++ {
			row := (at + y - box.Min.Y) * strip.img.Stride
			copy(strip.img.Pix[row+2*margin:row+2*margin+box.Dx()], s.img.Pix[y*s.img.Stride+box.Min.X:y*s.img.Stride+box.Max.X])
		}
		at += box.Dy() + margin
	}
	again, err := r.tesseractWords(ctx, strip, lang, "6")
	if err != nil {
		return nil, nil, err
	}
	second := make([]token, len(with))
	for _, a := range again {
		if n := sort.SearchInts(tops, int((a.y0+a.y1)/2)) - 1; n >= 0 {
			if second[n].text == "" || a.conf < second[n].conf {
				second[n].conf = a.conf
			}
			second[n].text += a.text
		}
	}
	return with, second, nil
}

// withDigits is a word with other digits in the places of its own.
func withDigits(word, other string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			r = rune(other[n])
			n++
		}
		return r
	}, word)
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
