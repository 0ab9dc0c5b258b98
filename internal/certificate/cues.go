package certificate

import (
	"slices"
	"strings"
	"unicode"
)

// A label may be worded as nobody has seen it before. What it speaks of is then taken from its words: each cue
// is the beginning of a word, folded as compact folds, and speaks for a field with its weight.
type cue struct {
	stem   string
	field  Field
	weight int
	whole  bool // the word and nothing after it
}

var cues = []cue{
	{"назван", Title, 3, false}, {"наименов", Title, 3, false}, {"заглав", Title, 3, false}, {"озаглав", Title, 3, false}, {"заголов", Title, 3, false}, {"називае", Title, 3, false}, {"имену", Title, 3, false},
	{"атау", Title, 3, false}, {"атал", Title, 3, false}, {"такирип", Title, 3, false}, {"такириб", Title, 3, false}, {"титул", Title, 2, false}, {"тема", Title, 2, true},
	{"вид", Kind, 3, true}, {"види", Kind, 3, true}, {"вида", Kind, 3, true}, {"виду", Kind, 3, true}, {"тип", Kind, 3, true}, {"типи", Kind, 3, true}, {"жанр", Kind, 3, false}, {"категор", Kind, 3, false}, {"санат", Kind, 3, false},
	{"тури", Kind, 3, false}, {"турге", Kind, 3, true}, {"разновид", Kind, 3, false}, {"классиф", Kind, 2, false}, {"жиктеме", Kind, 2, false}, {"жиктел", Kind, 2, false}, {"саласи", Kind, 2, false},
	{"жасауш", Authors, 3, false}, {"курастируш", Authors, 3, false}, {"азирлеуш", Authors, 3, false}, {"создател", Authors, 3, false}, {"составител", Authors, 3, false}, {"разработчик", Authors, 3, false},
	{"создан", CreatedOn, 3, false}, {"завершен", CreatedOn, 2, false}, {"окончан", CreatedOn, 2, false}, {"написан", CreatedOn, 2, false}, {"жаса", CreatedOn, 3, false}, {"курилган", CreatedOn, 3, false}, {"аякта", CreatedOn, 2, false}, {"жазилган", CreatedOn, 2, false},
	{"автор", Authors, 3, false}, {"соавтор", Authors, 3, false}, {"фио", Authors, 3, true}, {"таа", Authors, 3, true}, {"фамили", Authors, 2, false}, {"отчеств", Authors, 1, false},
	{"теги", Authors, 2, false}, {"жони", Authors, 2, false}, {"акесинин", Authors, 1, false}, {"правообладател", Authors, 1, false}, {"иеси", Authors, 1, false}, {"иелер", Authors, 1, false},
	{"регистрац", RegisteredOn, 3, false}, {"зарегистрир", RegisteredOn, 3, false}, {"тирке", RegisteredOn, 3, false}, {"видач", RegisteredOn, 3, false}, {"видан", RegisteredOn, 3, false},
	{"берилген", RegisteredOn, 3, false}, {"енгизилген", RegisteredOn, 3, false}, {"внесен", RegisteredOn, 2, false}, {"занесен", RegisteredOn, 2, false},
	{"номер", Number, 3, false}, {"номир", Number, 3, false}, {"жазба", Number, 2, false}, {"запис", Number, 2, false},
}

// asides are words of labels that say nothing of the field: they fill the lines of a long one.
var asides = []string{"имя", "отчеств", "акесинин", "ати", "жони", "документ", "удостоверя", "личност", "кужат", "куаландир", "болса", "болган", "жагдайда", "корсет", "указан", "наличии", "егер", "объект", "произведен", "авторск", "охраняем", "коргалатин", "результат", "деятельност", "творческ", "кизмет", "натиже", "туинди", "шигарма", "дата", "куни"}

// cueWords are the words of a label, folded.
func cueWords(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != unicode.ReplacementChar }) {
		if c := compact(w); c != "" {
			out = append(out, c)
		}
	}
	if len(out) >= 3 && out[0] == "ф" && out[1] == "и" && out[2] == "о" {
		out = append(out, "фио")
	}
	for i := range len(out) - 2 {
		if out[i] == "т" && out[i+1] == "а" && out[i+2] == "а" { // тегі, аты, әкесінің аты
			out = append(out, "таа")
		}
	}
	return out
}

// begins tells whether a word begins with a stem; recognised text may have one letter of it wrong.
func begins(word, stem string, whole, ocr bool) bool {
	if whole {
		return word == stem
	}
	if strings.HasPrefix(word, stem) {
		return true
	}
	w, n := []rune(word), len([]rune(stem))
	return ocr && n >= 5 && len(w) >= n-1 && near(string(w[:min(n, len(w))]), stem, 1)
}

// cueScores tells how strongly the words of a text speak of each field.
func cueScores(text string, ocr bool) map[Field]int {
	words := cueWords(text)
	if len(words) > 45 {
		return nil
	}
	score := map[Field]int{}
	object, date := false, false
	ati := false
	for _, w := range words {
		switch {
		case begins(w, "авторск", false, ocr), begins(w, "авторлик", false, ocr), begins(w, "кукик", false, ocr):
			object = true // copyright, not an author
			continue
		case begins(w, "объект", false, ocr), begins(w, "туинди", false, ocr), begins(w, "шигарма", false, ocr), begins(w, "произведен", false, ocr):
			object = true
		case w == "дата" || begins(w, "куни", false, false) || w == "кун" || w == "мерзими" || w == "уакити" || w == "день" || w == "время":
			date = true
		case w == "ати":
			ati = true
		case w == "автором" || w == "авторами": // by whom something was done
			score[Authors] = max(score[Authors], 1)
			continue
		}
		for _, c := range cues {
			if begins(w, c.stem, c.whole, ocr) {
				score[c.field] = max(score[c.field], c.weight)
				break
			}
		}
	}
	if ati && score[Authors] == 0 && object {
		score[Title] = max(score[Title], 3) // the name of a work, not of a person
	}
	if score[CreatedOn] > 0 && date {
		score[CreatedOn] += 2
	}
	if date && score[Number] == 2 {
		delete(score, Number) // the day of the entry
	}
	if score[RegisteredOn] > 0 {
		switch {
		case score[Number] > 0:
			score[RegisteredOn] = 0
		case !date:
			score[RegisteredOn] = 1
		}
	}
	if score[Authors] == 3 && score[CreatedOn] > 0 && !date {
		score[CreatedOn] = 1 // who created it
	}
	if strings.Contains(text, "п/п") || strings.Contains(text, "р/с") { // the numbers of a table's rows
		delete(score, Number)
	}
	if strings.HasSuffix(strings.TrimRight(text, " :."), "№") {
		score = map[Field]int{Number: 3}
	}
	if len(score) == 0 && date && !object {
		score[RegisteredOn] = 2 // the date, of no other thing
	}
	if len(score) == 0 && object && len(words) <= 6 {
		score[Kind] = 1 // «Объект авторского права»
	}
	return score
}

// speaksOf tells which field a text would be the label of, and how strongly its words say so; 0 for none.
func speaksOf(text string, ocr bool) (Field, int) {
	score := cueScores(text, ocr)
	best, at := Field(""), 0
	for _, f := range []Field{Title, CreatedOn, RegisteredOn, Number, Authors, Kind} {
		if score[f] > at {
			best, at = f, score[f]
		}
	}
	return best, at
}

// isLabelWord tells whether a word is one of those that labels are made of.
func isLabelWord(word string, ocr bool) bool {
	words := cueWords(word)
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !inLabels(w, ocr) })
}

// inLabels tells whether a folded word begins as a word of labels does.
func inLabels(word string, ocr bool) bool {
	return slices.ContainsFunc(asides, func(a string) bool { return begins(word, a, false, ocr) }) ||
		slices.ContainsFunc(cues, func(c cue) bool { return begins(word, c.stem, c.whole, ocr) })
}

// isAside tells whether a line can be part of a long label: each second word of it is one of those.
func isAside(line string, ocr bool) bool {
	words := cueWords(line)
	n := 0
	for _, w := range words {
		if inLabels(w, ocr) {
			n++
		}
	}
	return n > 0 && 2*n >= len(words)
}
