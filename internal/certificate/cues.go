package certificate

import (
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
	{"назван", Title, 3, false}, {"наименов", Title, 3, false}, {"заглав", Title, 3, false}, {"заголов", Title, 3, false}, {"атау", Title, 3, false}, {"титул", Title, 2, false}, {"тема", Title, 2, true},
	{"вид", Kind, 3, true}, {"види", Kind, 3, true}, {"тип", Kind, 3, true}, {"жанр", Kind, 3, false}, {"категор", Kind, 3, false}, {"тури", Kind, 3, false}, {"разновид", Kind, 3, false}, {"саласи", Kind, 2, false},
	{"создан", CreatedOn, 3, false}, {"завершен", CreatedOn, 2, false}, {"написан", CreatedOn, 2, false}, {"жаса", CreatedOn, 3, false}, {"курилган", CreatedOn, 3, false},
	{"автор", Authors, 3, false}, {"соавтор", Authors, 3, false}, {"создател", Authors, 3, false}, {"фио", Authors, 3, true}, {"фамили", Authors, 2, false}, {"отчеств", Authors, 1, false},
	{"теги", Authors, 2, false}, {"жони", Authors, 2, false}, {"акесинин", Authors, 1, false}, {"правообладател", Authors, 1, false},
	{"регистрац", RegisteredOn, 3, false}, {"зарегистрир", RegisteredOn, 3, false}, {"тирке", RegisteredOn, 3, false}, {"видач", RegisteredOn, 3, false}, {"видан", RegisteredOn, 3, false},
	{"берилген", RegisteredOn, 3, false}, {"енгизилген", RegisteredOn, 3, false}, {"внесен", RegisteredOn, 2, false},
	{"номер", Number, 3, false}, {"номир", Number, 3, false},
}

// asides are words of labels that say nothing of the field: they fill the lines of a long one.
var asides = []string{"имя", "отчеств", "акесинин", "ати", "жони", "документ", "удостоверя", "личност", "кужат", "куаландир", "болса", "болган", "жагдайда", "корсетилс", "указан", "наличии", "егер", "объект", "произведен", "авторск", "туинди", "шигарма", "дата", "куни"}

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

// speaksOf tells which field a text would be the label of, and how strongly its words say so; 0 for none.
func speaksOf(text string, ocr bool) (Field, int) {
	words := cueWords(text)
	if len(words) == 0 || len(words) > 45 {
		return "", 0
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
		case w == "дата" || begins(w, "куни", false, false) || w == "кун" || w == "мерзими" || w == "уакити":
			date = true
		case w == "ати":
			ati = true
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
	if score[RegisteredOn] > 0 {
		switch {
		case score[Number] > 0:
			score[RegisteredOn] = 0
		case !date:
			score[RegisteredOn] = 1
		}
	}
	if score[Authors] == 3 && score[CreatedOn] > 0 && !date {
		score[CreatedOn] = 0 // who created it
	}
	best, at := Field(""), 0
	for _, f := range []Field{Title, CreatedOn, RegisteredOn, Number, Authors, Kind} {
		if score[f] > at {
			best, at = f, score[f]
		}
	}
	if at == 0 && object && len(words) <= 6 {
		return Kind, 1 // «Объект авторского права»
	}
	return best, at
}

// isAside tells whether a line can be part of a long label: each second word of it is one of those.
func isAside(line string, ocr bool) bool {
	words := cueWords(line)
	n := 0
	for _, w := range words {
		known := false
		for _, a := range asides {
			known = known || begins(w, a, false, ocr)
		}
		for _, c := range cues {
			known = known || begins(w, c.stem, c.whole, ocr)
		}
		if known {
			n++
		}
	}
	return n > 0 && 2*n >= len(words)
}

// cueLabels finds labels by what their words speak of, for the fields that have none in the register's words:
// what stands before a colon, or a line that is nothing but a label. Its value must look like one.
func (s *source) cueLabels(x span, found []label) []label {
	have := map[Field]bool{}
	for _, l := range found {
		have[l.field] = true
	}
	if have[Authors] && have[Kind] && have[Title] && have[CreatedOn] {
		return nil
	}
	var out []label
	floor := x.from
	for from := x.from; from < x.to; {
		to := min(from+strings.IndexByte(s.text[from:]+"\n", '\n'), x.to)
		line := span{from, to}
		from = to + 1
		l, ok := s.cueLabel(line, floor)
		if !ok || have[l.field] || overlaps(l.span, found) {
			if ok {
				floor = line.to
			}
			continue
		}
		if s.wellFollowed(l.field, span{l.to, x.to}) {
			out = append(out, l)
			floor = l.to
		}
	}
	return out
}

func overlaps(x span, list []label) bool {
	for _, l := range list {
		if l.from < x.to && x.from < l.to {
			return true
		}
	}
	return false
}

// cueLabel takes a line for the end of a label, with the lines of it above, down to a floor.
func (s *source) cueLabel(line span, floor int) (label, bool) {
	text := s.of(line)
	head, _, colon := strings.Cut(text, ":")
	if strings.Contains(head, "№") || strings.HasSuffix(strings.ToLower(strings.TrimSpace(head)), "http") || strings.HasSuffix(strings.ToLower(strings.TrimSpace(head)), "https") {
		return label{}, false
	}
	if !colon && !isAside(head, s.ocr) {
		return label{}, false
	}
	x := span{line.from, line.from + len(head)}
	for range 5 { // the lines of a long label
		above := span{strings.LastIndexByte(s.text[floor:max(x.from-1, floor)], '\n') + 1 + floor, x.from - 1}
		if above.from >= above.to || above.from < floor || strings.Contains(s.of(above), ":") || !isAside(s.of(above), s.ocr) {
			break
		}
		x.from = above.from
	}
	field, weight := speaksOf(s.of(x), s.ocr)
	if x.from < line.from {
		if f, w := speaksOf(head, s.ocr); w >= 3 && f != field { // the lines above are another label
			x.from, field, weight = line.from, f, w
		}
	}
	if weight == 0 || weight < 3 && (!isAside(s.of(x), s.ocr) || !colon) {
		return label{}, false // the lines of a heading speak of objects and rights, too
	}
	if colon {
		x.to++
	}
	return label{field: field, span: x, lang: kazakh | russian, cue: true}, true
}

// wellFollowed tells whether what follows a label looks like a value of its field.
func (s *source) wellFollowed(f Field, x span) bool {
	x = s.trim(x)
	line := s.firstLine(x)
	text := s.of(line)
	switch f {
	case CreatedOn, RegisteredOn:
		return len(s.days(line)) > 0
	case Number:
		return reBareNumber.MatchString(text)
	case Kind:
		return kindCode(text) != "" || len([]rune(text)) < 100 && !strings.ContainsAny(text, "0123456789")
	case Authors:
		first := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' })
		return len(first) > 0 && looksLikeName(strings.TrimSpace(reNumbering.ReplaceAllString(first[0], "")))
	}
	return text != ""
}
