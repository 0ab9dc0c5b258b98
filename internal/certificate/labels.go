package certificate

import (
	"slices"
	"strings"
)

// label is a label that was found; its value runs from value on.
type label struct {
	field Field
	span
	lang    language
	value   span // where it is known already
	cue     bool // found by what its words speak of
	guessed bool // no word of it speaks of the field
	doubt   bool // where the value ends is not certain
	told    bool // in a sentence, which has no labels
}

// from is where label or value begins.
func (l label) first() int {
	if !l.value.empty() {
		return min(l.from, l.value.from)
	}
	return l.from
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
	slices.SortStableFunc(out, func(a, b label) int { return a.from - b.from })
	return withoutOverlaps(out)
}

// withoutOverlaps keeps the first of labels that lie over each other: patterns for garbled text may claim the same.
func withoutOverlaps(labels []label) []label {
	out := labels[:0]
	for _, l := range labels {
		if n := len(out); n == 0 || l.from >= out[n-1].to {
			out = append(out, l)
		}
	}
	return out
}

// apart gives the labels of each language where at least two fields have one in each.
func apart(labels []label) (kk, ru []label) {
	seen := map[Field]language{}
	for _, l := range labels {
		seen[l.field] |= l.lang
		switch l.lang {
		case kazakh:
			kk = append(kk, l)
		case russian:
			ru = append(ru, l)
		default:
			return nil, nil
		}
	}
	both := 0
	for _, l := range seen {
		if l == kazakh|russian {
			both++
		}
	}
	if both < 2 {
		return nil, nil
	}
	return kk, ru
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

// dayAlone tells whether the first line of a value is a date and nothing else, or the same one in both languages.
func (s *source) dayAlone(x span) bool {
	x = s.trim(x)
	line := span{x.from, x.from + strings.IndexByte(s.of(x)+"\n", '\n')}
	days := s.days(line)
	rest := []byte(s.of(line))
	for _, d := range days {
		if d.day != days[0].day {
			return false
		}
		for i := d.at.from; i < d.at.to; i++ {
			rest[i-line.from] = ' '
		}
	}
	return len(days) > 0 && strings.Trim(string(rest), " .,;«»\"“”г/") == ""
}
