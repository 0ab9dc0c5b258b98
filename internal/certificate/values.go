package certificate

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// cut ends a value where the signature or the note on checking begins.
func (s *source) cut(x span) span {
	if m := reEnd.FindStringIndex(s.of(x)); m != nil {
		x.to = x.from + m[0]
	}
	return s.trim(x)
}

func (s *source) value(out *half, l label, x span) {
	if !l.value.empty() {
		x = s.bare(x)
	}
	text := s.of(x)
	switch l.field {
	case Authors:
		out.authors = splitAuthors(text)
	case Kind:
		if ru, ok := kindInTwoLanguages(text); ok {
			out.kind = ru
			break
		}
		out.kind, x = s.kindValue(text, x, l.lang)
	case Title:
		if last := strings.LastIndexByte(text, '\n'); s.ocr && last > 0 && s.dayAlone(span{x.from + last, x.to}) {
			x.to = x.from + last // the date of creation, whose label was not recognised
			text = s.of(x)
		}
		if kk, ru, ok := inTwoLanguages(text); ok && !l.value.empty() {
			out.title, out.titleKK = s.joinTitle(ru), s.joinTitle(kk)
			break
		}
		out.title = s.joinTitle(text)
	case Number:
		x = s.firstLine(x)
		if m := reBareNumber.FindStringSubmatchIndex(s.of(x)); m != nil && out.number == "" {
			x = span{x.from + m[2], x.from + m[3]}
			out.number, out.at[Number] = s.of(x), x
		}
		return
	case RegisteredOn:
		if !l.told {
			x = s.firstLine(x)
		}
		if days := s.days(x); len(days) > 0 && out.day == "" {
			out.day, out.at[RegisteredOn] = days[0].day, days[0].at
		}
		return
	case CreatedOn:
		if !l.told {
			x = s.firstLine(x)
		}
		if days := s.days(x); len(days) > 0 {
			out.created = days[0].day
			x = days[0].at
		}
	}
	if !x.empty() {
		out.at[l.field] = x
	}
}

// bare takes off a value what bound it to its label.
func (s *source) bare(x span) span {
	for x = s.trim(x); x.from < x.to; x = s.trim(x) {
		r, n := utf8.DecodeRuneInString(s.text[x.from:])
		if !strings.ContainsRune(":–—|_.…", r) {
			break
		}
		x.from += n
	}
	return x
}

// firstLine of a value, with the second where the first is empty.
func (s *source) firstLine(x span) span {
	x = s.trim(x)
	return span{x.from, x.from + strings.IndexByte(s.of(x)+"\n", '\n')}
}

// kindValue takes the Russian words of a value in both languages.
func (s *source) kindValue(text string, x span, lang language) (string, span) {
	if i := strings.LastIndex(text, "/"); lang == kazakh|russian && i > 0 {
		left, right := strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:])
		if !isKazakh(joinLines(left)) && isKazakh(joinLines(right)) {
			return joinLines(left), s.trim(span{x.from, x.from + i})
		}
		return joinLines(right), s.trim(span{x.from + i + 1, x.to})
	}
	if text = strings.Trim(joinLines(text), " .;,«»\"“”"); strings.Count(text, ")") > strings.Count(text, "(") {
		text = strings.TrimRight(text, " )")
	}
	return text, x
}

// numberAndDay reads number and date from between the heading and the first label.
func (s *source) numberAndDay(out *half, head span) {
	re := reNumberLine
	if s.ocr {
		re = reNumberLineO
	}
	zone := head
	for _, m := range re.FindAllStringIndex(s.of(head), -1) {
		line := span{head.from + m[0], head.from + m[1]}
		if len(s.numbers(line)) > 0 && len(s.days(line)) > 0 {
			zone = line
			break
		}
	}
	numbers, days := s.numbers(zone), s.days(zone)
	s.takeNumber(out, numbers)
	s.takeDay(out, days)
}

// numberElsewhere looks for the number of a half that has none below its heading: in words, or after the only number
// sign of the half.
func (s *source) numberElsewhere(out *half, body span) {
	text := s.of(body)
	found := s.numbers(body)
	if m := reNumberWords.FindStringSubmatchIndex(text); m != nil {
		if m[2] < 0 {
			m = m[2:]
		}
		found = []foundNumber{{text[m[2]:m[3]], span{body.from + m[2], body.from + m[3]}}}
	}
	found = slices.DeleteFunc(found, func(n foundNumber) bool { return reOtherNumber.MatchString(s.lineAround(n.at)) })
	for _, n := range found {
		if plain(n.number) != plain(found[0].number) {
			return // which of them it is cannot be said
		}
	}
	if len(found) > 0 {
		s.takeNumber(out, found[:1])
		out.cued = true
	}
	if days := s.days(body); out.day == "" && len(found) > 0 {
		for _, d := range days {
			if d.day != out.created && d.at.from < found[0].at.to+80 && found[0].at.from < d.at.to+80 {
				s.takeDay(out, []foundDay{d})
				break
			}
		}
	}
}

// lineAround is the line on which a stretch begins.
func (s *source) lineAround(x span) string {
	from := strings.LastIndexByte(s.text[:x.from], '\n') + 1
	return s.text[from : x.from+strings.IndexByte(s.text[x.from:]+"\n", '\n')]
}

func (s *source) takeNumber(out *half, numbers []foundNumber) {
	for i, n := range numbers {
		if i == 0 {
			out.number, out.at[Number] = n.number, n.at
		} else if plain(n.number) != plain(out.number) {
			out.notes = append(out.notes, NoteHalvesDifferNumber)
		}
	}
}

func (s *source) takeDay(out *half, days []foundDay) {
	for i, d := range days {
		switch {
		case i == 0:
			out.day, out.at[RegisteredOn] = d.day, d.at
		case d.day != out.day:
			out.notes = append(out.notes, NoteHalvesDifferDay)
		}
		if i > 0 && !d.kk { // the Russian date is the one to show
			out.at[RegisteredOn] = d.at
		}
	}
}
