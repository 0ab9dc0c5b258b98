package certificate

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// units parts a stretch at the ends of lines, after what may end a label, and before what may begin a value.
func (s *source) units(x span) []unit {
	var out []unit
	apart := false
	for from := x.from; from < x.to; {
		to := min(from+strings.IndexByte(s.text[from:]+"\n", '\n'), x.to)
		raw := span{from, to}
		line := s.trim(raw)
		from = to + 1
		if line.empty() {
			apart = apart || raw.empty()
			continue
		}
		cuts := []int{line.from}
		if !s.whole(line) {
			bracketed := s.text[line.from] == '('
			inside := 0 // of the bracket around a label
			if bracketed {
				inside = max(0, strings.IndexByte(s.of(line), ')'))
			}
			for _, m := range reUnitEnd.FindAllStringIndex(s.of(line), -1) {
				end := line.from + m[1]
				if m[0] < inside {
					continue
				}
				switch found := s.text[line.from+m[0] : end]; {
				case found[0] == ':':
					end = line.from + m[0] + 1
				case found == ")" && !bracketed:
					continue
				}
				cuts = append(cuts, end)
			}
			if len(cuts) == 1 || s.trim(span{cuts[1], line.to}).empty() && (s.text[line.to-1] != ':' || strings.ContainsAny(s.of(line), `«"“`)) {
				cuts = append(cuts, s.valueStarts(line)...)
			}
		}
		cuts = append(cuts, line.to)
		slices.Sort(cuts)
		for i := 1; i < len(cuts); i++ {
			if u := s.trim(span{cuts[i-1], cuts[i]}); !u.empty() {
				last := s.text[u.to-1]
				out = append(out, unit{u, u.from == line.from, apart, last == ':' || last == ')' || last == '.' && strings.HasSuffix(s.of(u), "....") || strings.HasSuffix(s.of(u), "–") || strings.HasSuffix(s.of(u), "—")})
				apart = false
			}
		}
	}
	return out
}

// whole tells whether a line is one thing: a value of a field, a line with number and day, or nothing of either.
func (s *source) whole(line span) bool {
	text := s.of(line)
	if kindIn(text) != "" || namesIn(text) == 2 || s.dayAlone(line) {
		return true
	}
	if ends := reUnitEnd.FindAllStringIndex(text, -1); len(ends) > 0 { // «Номер в реестре: 123» speaks of the register, too
		value := s.trim(span{line.from + ends[len(ends)-1][1], line.to})
		if reBareNumber.MatchString(s.of(value)) || s.dayAlone(value) {
			return false
		}
	}
	return s.outsideWeight(unit{span: line, first: true}, text) >= 2
}

// valueStarts are the places in a line at which a value may begin though nothing parts it from its label.
func (s *source) valueStarts(line span) []int {
	var out []int
	text := s.of(line)
	words := wordStarts(text)
	label, stop := 0, false // words that a label would have
	for i := 0; i < len(words); i++ {
		w := wordAt(text, words, i)
		if isLabelWord(w, s.ocr) {
			label = i + 1
		} else if len([]rune(w)) > 3 || strings.ContainsAny(w, "«»\"“0123456789") {
			stop = true
			break
		}
	}
	if label == 0 && !stop || strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
		return nil
	}
	if label > 0 && label < len(words) && !startsSmall(text[words[label]:]) {
		out = append(out, line.from+words[label])
	}
	for i := 1; i < len(words); i++ {
		w, before := wordAt(text, words, i), text[:words[i]]
		if reInitials.MatchString(w) {
			continue
		}
		r := []rune(w)[0]
		loud := before == strings.ToUpper(before) && w == strings.ToUpper(w)
		if unicode.IsDigit(r) || strings.ContainsRune(`"«“„`, r) || unicode.IsUpper(r) && !loud {
			if !slices.ContainsFunc(strings.Fields(before), func(w string) bool { return isLabelWord(w, s.ocr) }) {
				return nil
			}
			out = append(out, line.from+words[i])
			break
		}
	}
	for i := 1; label > 0 && i < len(words); i++ {
		if beginsKind(text[words[i]:]) {
			out = append(out, line.from+words[i])
			break
		}
	}
	return out
}

// beginsKind tells whether a text is the name of a kind or begins it, as the end of a line may.
func beginsKind(text string) bool {
	if kindIn(text) != "" {
		return true
	}
	letters := compact(text)
	if len([]rune(letters)) < 9 {
		return false
	}
	for name := range kindNames {
		if strings.HasPrefix(name, letters) {
			return true
		}
	}
	return false
}

func wordStarts(text string) []int {
	var out []int
	before := ' '
	for i, r := range text {
		if r != ' ' && before == ' ' {
			out = append(out, i)
		}
		before = r
	}
	return out
}

func wordAt(text string, starts []int, i int) string {
	if i+1 < len(starts) {
		return strings.TrimSpace(text[starts[i]:starts[i+1]])
	}
	return text[starts[i]:]
}

func startsSmall(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLower(r)
}

// closes tells whether a label ends with a text.
func closes(text string) bool {
	return strings.HasSuffix(text, ":") || strings.HasSuffix(text, ")") || strings.HasSuffix(text, "–")
}
