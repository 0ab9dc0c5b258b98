package certificate

import (
	"slices"
	"strings"
	"unicode"
)

// weighed is what a unit may be, by role, and how well it would go on with a label, whatever that speaks of.
type weighed struct {
	role    []float64
	carried float64
}

// leadIn lets the first lines of a cell be the label of which its next lines speak.
func leadIn(units []unit, all []weighed) {
	for n := len(units) - 2; n >= 0; n-- {
		if units[n+1].apart || !units[n+1].first {
			continue
		}
		for i := range structured {
			if lead := min(all[n+1].role[1+2*i], all[n+1].role[1+2*i]+all[n].carried); lead > 1 {
				all[n].role[1+2*i] = max(all[n].role[1+2*i], lead)
			}
		}
	}
}

// weights weighs the unit with an index.
func (s *source) weights(units []unit, n int, colons bool) weighed {
	u := units[n]
	u.bound = u.bound && (colons || s.text[u.to-1] != ':')
	text := s.of(u.span)
	w := make([]float64, 1+2*len(structured))
	w[outside] = s.outsideWeight(u, text)
	speaks := cueScores(text, s.ocr)
	loudest := 0
	for _, n := range speaks {
		loudest = max(loudest, n)
	}
	names := namesIn(text)
	code := kindIn(text)
	day := s.dayAlone(u.span)
	number := reBareNumber.MatchString(text)
	patronymic := rePatronymic.MatchString(strings.Trim(text, " ,;."))
	valueLike := day || number || code != "" || names >= 2 && patronymic
	labelled := slices.ContainsFunc(strings.Fields(text), func(w string) bool { return isLabelWord(w, s.ocr) })
	closed := n > 0 && s.text[units[n-1].to-1] == ':' // a label has ended
	for i, f := range structured {
		w[1+2*i] = labelWeight(speaks[f], loudest, u, text, valueLike, labelled)
		if closed && speaks[f] == 0 {
			w[1+2*i] -= 3
		}
		if (f == Number || f == RegisteredOn) && speaks[f] < 2 {
			w[1+2*i] = -10
		}
	}
	carried := labelWeight(0, 0, u, text, valueLike, labelled) + 0.3
	const unlike = -6
	value := func(f Field, n float64) { w[2+2*slices.Index(structured, f)] = n }
	value(Authors, unlike)
	switch {
	case w[outside] >= 2 && !patronymic:
	case names >= 2:
		value(Authors, 3)
	case names == 1:
		value(Authors, 0)
	}
	value(Kind, -2.5)
	switch {
	case code != "":
		value(Kind, 4)
	case s.partOfKind(units, n):
		value(Kind, 2)
	case strings.ContainsAny(text, "0123456789") || len(text) > 160:
		value(Kind, unlike)
	}
	for _, f := range []Field{CreatedOn, RegisteredOn} {
		value(f, unlike)
		if day {
			value(f, 4)
		}
	}
	value(Number, unlike)
	if number {
		value(Number, 3)
	}
	title := 0.3
	switch {
	case reLeaders.MatchString(text):
		title = -4
	case number:
		title = -1 // a title may break before it
	case day:
		title = -4
	case w[outside] >= 2:
		title = -4
	case code != "":
		title = -2
	case names >= 2 && patronymic:
		title = -3
	case loudest >= 3 && u.first && u.bound:
		title = -2
	case strings.HasSuffix(text, ":"):
		title = -0.2
	case loudest >= 3 && u.first:
		title = -0.7
	}
	value(Title, title)
	return weighed{w, carried}
}

func labelWeight(mine, loudest int, u unit, text string, valueLike, labelled bool) float64 {
	words := len(strings.Fields(text))
	w := -1.5
	switch {
	case mine >= 3:
		w = 3
	case mine > 0:
		w = 1
	case loudest >= 3:
		w = -3
	case u.bound:
		w = -0.5
	case labelled:
		w = -0.8
	}
	if mine < loudest && mine > 0 {
		w -= 1
	}
	if valueLike {
		w -= 4
	}
	if reLeaders.MatchString(text) {
		w += 1.5
	}
	if strings.ContainsAny(strings.TrimLeft(text, "0123456789.) "), "0123456789") {
		w -= 2
	}
	if strings.ContainsAny(text, "«»\"“”") {
		w -= 4
	}
	switch {
	case words > 24 || latinIn(text):
		w -= 4
	case words > 7:
		known := 0
		for _, one := range cueWords(text) {
			if inLabels(one, false) {
				known++
			}
		}
		if 3*known < words { // a long label is made of the words of labels
			w -= 2.5
		}
	}
	if !valueLike && words > 1 && slices.ContainsFunc(strings.Fields(text), func(w string) bool { return rePatronymic.MatchString(strings.Trim(w, ",;.")) }) {
		w -= 3 // somebody's name
	}
	return w
}

// latinIn tells whether a text has a Latin word; labels have none.
func latinIn(text string) bool {
	n := 0
	for _, r := range text {
		if n++; !unicode.Is(unicode.Latin, r) {
			n = 0
		}
		if n == 3 {
			return true
		}
	}
	return false
}

// outsideWeight says how much a unit looks like what is neither label nor value.
func (s *source) outsideWeight(u unit, text string) float64 {
	switch {
	case headingLine(text, s.ocr) != 0, rePageCount.MatchString(text) && !reBareNumber.MatchString(text):
		return 3
	case len([]rune(text)) < 120 && len(s.days(u.span)) > 0 && (len(s.numbers(u.span)) > 0 || reNumberWords.MatchString(text)):
		return 4
	case len([]rune(text)) < 60 && len(s.numbers(u.span)) > 0:
		return 2
	case reFoot.MatchString(text):
		return 2.5
	case reAround.MatchString(text):
		return 2
	case !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return 2
	case u.first && looksSigned(text):
		return 1
	}
	return -1
}

// looksSigned tells whether a line is the name of an official: an initial and a surname.
func looksSigned(text string) bool {
	words := strings.Fields(text)
	return len(words) == 2 && (reInitials.MatchString(words[0]) || reInitials.MatchString(words[1]))
}

// namesIn is how far a text is names of people and nothing else: 0 not at all, 1 it may be a part of one, 2 it is.
func namesIn(text string) int {
	parts := strings.FieldsFunc(reNumbering.ReplaceAllString(text, ""), func(r rune) bool { return r == ',' || r == ';' })
	whole := 0
	for _, p := range parts {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		words := strings.Fields(p)
		if !looksLikeName(p) || !capitals(p) || strings.Contains(p, ":") || isLabelWord(strings.SplitN(words[0], "(", 2)[0], false) {
			return 0
		}
		if !rePatronymic.MatchString(p) && slices.ContainsFunc(words, func(w string) bool { return isLabelWord(w, false) }) {
			return 0
		}
		if len(strings.Fields(p)) >= 2 {
			whole++
		}
	}
	if whole == 0 {
		return min(1, len(parts))
	}
	return 2
}

// capitals tells whether each word of a name begins with one.
func capitals(name string) bool {
	for _, w := range strings.Fields(name) {
		if r := []rune(w)[0]; unicode.IsLetter(r) && !unicode.IsUpper(r) && !reOfChild.MatchString(w) {
			return false
		}
	}
	return true
}

func trimKind(text string) string { return strings.Trim(joinLines(text), " .;,()\"«»") }

// partOfKind tells whether a unit and its neighbours are the name of a kind.
func (s *source) partOfKind(units []unit, n int) bool {
	for from := max(0, n-2); from <= n; from++ {
		for to := n; to < min(len(units), from+3); to++ {
			if from < to && kindIn(s.text[units[from].from:units[to].to]) != "" {
				return true
			}
		}
	}
	return false
}
