package certificate

import (
	"slices"
	"sort"
	"strings"

	"kualik/internal/clock"
)

// half is one language's part of a certificate, or the whole where both languages share their labels.
type half struct {
	lang    language
	whole   span // from its heading to the next one
	number  string
	day     clock.Day
	created clock.Day
	kind    string
	title   string
	authors []string
	at      map[Field]span
	labels  int    // how many of the four labels were found
	old     bool   // the form of 2010–2018
	url     string // the link to the register
	notes   []string
	// labelInTitle: a line of the title begins like another label; where the title ends is then a guess.
	labelInTitle bool
}

// halves parts the text at its headings and reads what follows each.
func (s *source) halves() []half {
	heads := s.headings()
	var out []half
	for i, h := range heads {
		end := len(s.text)
		if i+1 < len(heads) {
			end = s.headStart(heads[i+1], h.to)
		}
		out = append(out, s.half(h, span{s.headStart(h, previousEnd(heads, i)), end}))
	}
	return out
}

func previousEnd(heads []heading, i int) int {
	if i == 0 {
		return 0
	}
	return heads[i-1].to
}

// headStart goes up from a heading over the lines in capitals above it: the register's name, which in
// Kazakh stands before the word.
func (s *source) headStart(h heading, floor int) int {
	at := h.from
	for at > floor {
		from := strings.LastIndexByte(s.text[floor:at-1], '\n') + 1 + floor
		line := strings.TrimSpace(s.text[from : at-1])
		if line != "" && (line != strings.ToUpper(line) || !hasLetters(line) || reNumberLine.MatchString(line)) {
			break
		}
		at = from
		if at == floor {
			break
		}
	}
	return at
}

func hasLetters(s string) bool { return len([]rune(compact(s))) > 3 }

// code is the link in the QR code of the page on which the half ends, if the page has one such code: of
// several it could not be said which belongs to which certificate.
func (s *source) code(x span) string {
	var links []string
	for _, c := range s.pages[s.pageOf(x.from)].Codes {
		if link := reURL.FindString(c.Text); link != "" && !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	if len(links) != 1 {
		return ""
	}
	return links[0]
}

// label is a label that was found; its value runs from value on.
type label struct {
	field Field
	span
	lang language
}

func (s *source) labels(x span) []label {
	text := s.of(x)
	var out []label
	for _, p := range labelPatterns {
		for _, m := range p.line.FindAllStringSubmatchIndex(text, -1) {
			l := label{field: p.field, span: span{x.from + m[0], x.from + m[1]}}
			if m[2] >= 0 || m[8] >= 0 {
				l.lang |= kazakh
			}
			if m[4] >= 0 || m[6] >= 0 {
				l.lang |= russian
			}
			out = append(out, l)
		}
	}
	if s.ocr {
		out = append(out, s.nearLabels(x, out)...)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].from < out[j].from })
	return out
}

// half reads the part of the text that belongs to one heading.
func (s *source) half(h heading, x span) half {
	out := half{lang: h.lang, whole: x, at: map[Field]span{}}
	body := span{h.to, x.to}
	if m := reURL.FindStringIndex(s.of(body)); m != nil {
		out.url = strings.Join(strings.Fields(s.text[body.from+m[0]:body.from+m[1]]), "")
		out.at[VerificationURL] = span{body.from + m[0], body.from + m[1]}
	} else {
		out.url = s.code(body)
	}
	if reOldRegister.MatchString(s.of(x)) && reOldTitle.MatchString(s.of(body)) {
		s.oldForm(&out, body)
		return out
	}
	labels := s.labels(body)
	chosen := s.choose(labels, body.to, h.lang)
	head := body
	if len(chosen) > 0 {
		head.to = chosen[0].from
	}
	s.numberAndDay(&out, head)
	out.labels = len(chosen)
	for i, l := range chosen {
		x := s.cut(span{l.to, body.to}) // the last value ends where the signature begins
		if i+1 < len(chosen) {
			x = s.trim(span{l.to, chosen[i+1].from})
		}
		s.value(&out, l, x)
	}
	if t, ok := out.at[Title]; ok {
		out.labelInTitle = slices.ContainsFunc(labels, func(l label) bool { return l.from >= t.from && l.to <= t.to })
	}
	return out
}

// choose picks one label for each field. A title may contain the words of a label at the beginning of
// one of its lines: the first label of a field counts, only for the date of creation the last that a
// date follows, in the language of the half if there is one.
func (s *source) choose(labels []label, end int, lang language) []label {
	first := map[Field]label{}
	rank := -1
	for i, l := range labels {
		if l.field != CreatedOn {
			if _, ok := first[l.field]; !ok {
				first[l.field] = l
			}
			continue
		}
		to := end
		if i+1 < len(labels) {
			to = labels[i+1].from
		}
		r := 0
		if s.dayAlone(span{l.to, to}) {
			r = 1
			if l.lang&lang != 0 {
				r = 2
			}
		}
		if r >= rank && (r > 0 || rank < 0) {
			first[CreatedOn], rank = l, r
		}
	}
	// Where the title comes before the date of creation, a label between them is part of the title.
	if t, ok := first[Title]; ok {
		if c, ok := first[CreatedOn]; ok && t.from < c.from {
			for _, f := range []Field{Authors, Kind} {
				if l, ok := first[f]; ok && l.from > t.from && l.from < c.from && !s.formed(f, span{l.to, c.from}) {
					delete(first, f)
				}
			}
		}
	}
	out := make([]label, 0, len(first))
	for _, l := range first {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b label) int { return a.from - b.from })
	return out
}

// formed tells whether a value looks like one of its field.
func (s *source) formed(f Field, x span) bool {
	text := strings.TrimSpace(s.of(x))
	switch f {
	case Kind:
		return kindCode(joinLines(text)) != ""
	case Authors:
		names := splitAuthors(text)
		for _, n := range names {
			if !looksLikeName(n) {
				return false
			}
		}
		return len(names) > 0
	}
	return text != ""
}

// dayAlone tells whether the first line of a value is a date and nothing else.
func (s *source) dayAlone(x span) bool {
	x = s.trim(x)
	line := span{x.from, x.from + strings.IndexByte(s.of(x)+"\n", '\n')}
	for _, d := range s.days(line) {
		if strings.Trim(s.text[line.from:d.at.from]+s.text[d.at.to:line.to], " .,;«»\"“”г") == "" {
			return true
		}
	}
	return false
}

// cut ends a value where the signature or the note on checking begins.
func (s *source) cut(x span) span {
	if m := reEnd.FindStringIndex(s.of(x)); m != nil {
		x.to = x.from + m[0]
	}
	return s.trim(x)
}

func (s *source) value(out *half, l label, x span) {
	text := s.of(x)
	switch l.field {
	case Authors:
		out.authors = splitAuthors(text)
	case Kind:
		out.kind, x = s.kindValue(text, x, l.lang)
	case Title:
		out.title = s.joinTitle(text)
	case CreatedOn:
		x = s.firstLine(x)
		if days := s.days(x); len(days) > 0 {
			out.created = days[0].day
			x = days[0].at
		}
	}
	if !x.empty() {
		out.at[l.field] = x
	}
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
	return strings.Trim(joinLines(text), " .;,"), x
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
