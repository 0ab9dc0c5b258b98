package certificate

import (
	"slices"
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
	titleKK string // where both stand in one cell
	authors []string
	at      map[Field]span
	labels  int    // how many of the four labels were found
	old     bool   // the form of 2010–2018
	url     string // the link to the register
	notes   []string
	cued    bool    // a label was found only by what its words speak of
	told    bool    // in sentences
	doubts  []Field // whose values may be cut off
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
		out = append(out, s.under(h, span{s.headStart(h, previousEnd(heads, i)), end})...)
	}
	return out
}

func previousEnd(heads []heading, i int) int {
	if i == 0 {
		return 0
	}
	return heads[i-1].to
}

// headStart goes up from a heading over the lines in capitals above it that name the register: in Kazakh its name
// stands before the word.
func (s *source) headStart(h heading, floor int) int {
	at, start := h.from, h.from
	for at > floor {
		from := strings.LastIndexByte(s.text[floor:at-1], '\n') + 1 + floor
		line := strings.TrimSpace(s.text[from : at-1])
		if line != "" && (line != strings.ToUpper(line) || !hasLetters(line) || reNumberLine.MatchString(line)) {
			break
		}
		if at = from; s.namesRegister(line) {
			start = at
		}
	}
	return start
}

// namesRegister tells whether a line is a part of the register's name.
func (s *source) namesRegister(line string) bool {
	if reAround.MatchString(line) {
		return true
	}
	return slices.ContainsFunc(cueWords(line), func(w string) bool {
		return begins(w, "авторлик", false, s.ocr) || begins(w, "кукик", false, s.ocr) || begins(w, "авторск", false, s.ocr) || begins(w, "малимет", false, s.ocr) || begins(w, "тизилим", false, s.ocr)
	})
}

func hasLetters(s string) bool { return len([]rune(compact(s))) > 3 }

// under reads the part of the text that belongs to one heading: a half, or both where the languages take
// turns field by field, as in a table that is read row by row.
func (s *source) under(h heading, x span) []half {
	body := span{h.to, x.to}
	first := half{lang: h.lang, whole: x, at: map[Field]span{}}
	s.link(&first, body)
	if reOldRegister.MatchString(s.of(x)) && reOldTitle.MatchString(s.of(body)) {
		s.oldForm(&first, body)
		return []half{first}
	}
	labels := s.labels(body)
	kk, ru := apart(labels)
	if h.lang != kazakh|russian || len(kk) == 0 {
		chosen := s.choose(labels, body.to, h.lang)
		if !s.complete(chosen) {
			if found := s.byStructure(body, chosen); len(found) > 0 {
				return s.structured(first, body, found)
			}
		}
		s.fill(&first, body, labels, chosen, chosen)
		return []half{first}
	}
	second := half{lang: russian, whole: x, at: map[Field]span{}, url: first.url}
	first.lang = kazakh
	kk, ru = s.choose(kk, body.to, kazakh), s.choose(ru, body.to, russian)
	all := slices.Concat(kk, ru)
	slices.SortFunc(all, func(a, b label) int { return a.from - b.from })
	s.fill(&first, body, labels, kk, all)
	s.fill(&second, body, labels, ru, all)
	return []half{first, second}
}

// complete tells whether the four labels were found in the register's words.
func (s *source) complete(chosen []label) bool {
	n := 0
	for _, l := range chosen {
		if slices.Contains([]Field{Authors, Kind, Title, CreatedOn}, l.field) {
			n++
		}
	}
	return n == 4
}

// structured makes halves of what a half's structure says: one, or two where the fields come once more in the other
// language below the same heading.
func (s *source) structured(first half, body span, found []label) []half {
	if kk, ru, ok := s.secondHalf(body); ok {
		second := half{lang: russian, whole: first.whole, at: map[Field]span{}, url: first.url}
		first.lang = kazakh
		s.fill(&first, kk.span, nil, kk.labels, kk.labels)
		s.fill(&second, ru.span, nil, ru.labels, ru.labels)
		return []half{first, second}
	}
	s.fill(&first, body, nil, found, found)
	return []half{first}
}

// part is what stands in one language below a heading of both.
type part struct {
	span
	labels []label
}

// secondHalf finds where the fields of a body begin once more in the other language.
func (s *source) secondHalf(body span) (kk, ru part, ok bool) {
	var lines []span
	for from := body.from; from < body.to; {
		to := min(from+strings.IndexByte(s.text[from:]+"\n", '\n'), body.to)
		if line := s.trim(span{from, to}); !line.empty() {
			lines = append(lines, line)
		}
		from = to + 1
	}
	labelled := func(line span) bool {
		_, w := speaksOf(s.of(line), s.ocr)
		return w >= 3 && len([]rune(s.of(line))) < 160
	}
	tries := 0 // no certificate has its labels change the language so often
	for i := 4; i+4 <= len(lines) && tries < 10; i++ {
		if !labelled(lines[i]) {
			continue
		}
		last := i - 1
		for last > 0 && !labelled(lines[last]) {
			last--
		}
		if kazakhLetters(s.of(lines[i])) == kazakhLetters(s.of(lines[last])) {
			continue
		}
		tries++
		above, below := part{span: span{body.from, lines[i].from}}, part{span: span{lines[i].from, body.to}}
		above.labels, below.labels = s.structure(above.span, nil, false).labels, s.structure(below.span, nil, false).labels
		if !s.complete(above.labels) || !s.complete(below.labels) {
			continue
		}
		if kazakhLetters(s.of(lines[last])) {
			return above, below, true
		}
		return below, above, true
	}
	return kk, ru, false
}

// byStructure reads a half whose labels are not all known, with labels before or after their values.
func (s *source) byStructure(body span, known []label) []label {
	best := s.structure(body, known, false)
	if below := s.structure(body, known, true); below.score > best.score+1 {
		best = below
	}
	if best.odd < -4 || !s.complete(best.labels) {
		if told := s.sentences(body); len(told) > 0 {
			s.odd--
			return told
		}
	}
	s.odd += best.odd
	return best.labels
}

// link takes the link to the register from the text, or from the QR code.
func (s *source) link(out *half, body span) {
	m := reURL.FindStringIndex(s.of(body))
	if m == nil {
		out.url = s.code(body)
		return
	}
	out.at[VerificationURL] = span{body.from + m[0], body.from + m[1]}
	out.url = strings.Join(strings.Fields(s.of(out.at[VerificationURL])), "")
}

// fill reads the value after each of its labels, up to the next of all labels.
func (s *source) fill(out *half, body span, labels, mine, all []label) {
	head := body
	for _, l := range slices.Backward(all) {
		if l.field != Number && l.field != RegisteredOn {
			head.to = l.first()
		}
		if l.told {
			head.to = head.from
		}
	}
	s.numberAndDay(out, head)
	for i, l := range all {
		if !slices.Contains(mine, l) {
			continue
		}
		if l.field != Number && l.field != RegisteredOn && !l.guessed {
			out.labels++
		}
		out.cued, out.told = out.cued || l.cue, out.told || l.told
		if l.doubt {
			out.doubts = append(out.doubts, l.field)
		}
		x := s.cut(span{l.to, body.to}) // the last value ends where the signature begins
		if i+1 < len(all) {
			x = s.trim(span{l.to, all[i+1].from})
		}
		if !l.value.empty() {
			x = l.value
		}
		s.value(out, l, x)
	}
	if out.number == "" && out.labels > 0 && !s.ocr {
		s.numberElsewhere(out, body)
	}
	if t, ok := out.at[Title]; ok {
		out.labelInTitle = slices.ContainsFunc(labels, func(l label) bool { return l.from >= t.from && l.to <= t.to })
	}
}

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
