package certificate

import (
	"regexp"
	"slices"
	"strings"
)

// Where the register's own words are missing, a half is read by its structure: it is parted into units, and each
// unit is taken for a label, a value or neither, so that the whole makes the most sense. What a unit may be is
// weighed by what its words speak of and by how values of a field look; the weights were set with development
// seeds of `kualik measure --words rare`.

// unit is a stretch that is wholly label, value or neither.
type unit struct {
	span
	first bool // it begins a line
	apart bool // an empty line is above it
	bound bool // a colon, a dash or a bracket ends it, as it may end a label
}

// The roles of a unit. A label of field i is 1+2i, its value 2+2i.
const outside = 0

var structured = []Field{Authors, Kind, Title, CreatedOn, Number, RegisteredOn}

const never = -1e9

var titleRole = 2 + 2*slices.Index(structured, Title)

var (
	reUnitEnd   = regexp.MustCompile(`\)(?:\s*:|\s*[–—-](?:\s|$))?|\.{4,}|…{2,}|_{4,}|:(?:[^/\d]|$)|\s[–—-](?:\s|$)`)
	reLeaders   = regexp.MustCompile(`(?:\.{4}|…{2}|_{4})$`) // dots from a label to its value
	rePageCount = regexp.MustCompile(`^[\s–—-]*\d{1,3}(?:\s*(?:/|из|of)\s*\d{1,3})?[\s–—-]*$`)
	reAround    = compile(`реестр|тізілім|охраняемые авторским|қорғалатын объектілер|объектілерге құқықтар|республик|министерств|министрліг|институт|әділет министрл|телнұсқа|дубликат|растайды|удостоверя`)
	reFoot      = compile(`(?:^|[^\p{L}])(?:(?:электронн[а-я]+ )?(?:документ )?подписан|подписал|подпись|қол қой|эцқ|эцп|(?:зам|первый|и\.? ?о)?[а-я. ]{0,16}директор|руководител|басшы|уәкілетті|уполномоченн|(?:құжат[а-яәіңғүұқөһ]* )?(?:түпнұсқа|тексеру)|(?:подлинность|для) проверк|проверит|отсканир|сканер|по ссылке|сілтеме|https?:|бланк|серия|заявк[аи] №|өтінім|м\. ?п\.|qr-|сертификат|серийн|сериял|время подпис|уақыты|уникальн|бірегей|алу күні|получени|сверить|салыстыр|по состоянию|жағдай бойынша|портал|председател|төраға|(?:данный|настоящий) документ|осы құжат|тармағына сәйкес|равнозначен|қағаз тасығыш|бумажном носителе)`)
)

// chain is the best reading of the units so far that ends in a role with some fields read.
type chain struct {
	from int     // index of the chain before, in the column before
	odd  float64 // what its last step and its last unit cost, from 0 down
}

// sense is a reading of units: its labels with their values, how much sense it makes, and how much of that is odd,
// from 0 down.
type sense struct {
	labels     []label
	score, odd float64
}

// structure takes the units for labels and values in the way that makes the most sense. below tells whether labels
// stand after their values.
func (s *source) structure(x span, anchors []label, below bool) sense {
	units := s.units(x)
	if len(units) == 0 || len(units) > 400 {
		return sense{}
	}
	colons := s.endsLabels(units)
	roles, masks := 1+2*len(structured), 1<<len(structured)
	at := func(role, mask int) int { return role*masks + mask }
	columns := make([][]chain, len(units)+1)
	before := make([]float64, roles*masks)
	for i := range before {
		before[i] = never
	}
	before[at(outside, 0)] = 0
	weighed := make([]weighed, len(units))
	for n := range units {
		weighed[n] = s.weights(units, n, colons)
	}
	if s.cells {
		leadIn(units, weighed)
	}
	for n, u := range units {
		weights, carried := weighed[n].role, weighed[n].carried
		for _, a := range anchors {
			if i := slices.Index(structured, a.field); i >= 0 && u.from < a.to && a.from < u.to {
				weights[1+2*i] = 6
			}
		}
		now := make([]float64, len(before))
		column := make([]chain, len(before))
		for i := range now {
			now[i] = never
		}
		for from := range before {
			if before[from] <= never {
				continue
			}
			role, mask := from/masks, from%masks
			for next := range roles {
				step, after := pass(role, next, mask, u.first, below)
				if step <= never {
					continue
				}
				if next == role && role != outside && role%2 == 0 && u.apart {
					step -= 1.2 // a value stands in one block
				}
				if next == titleRole && role != next && s.goesOn(u, colons) {
					step -= 1.5 // it is rather a part of the label
				}
				weight := weights[next]
				if next == role && role%2 == 1 && !u.apart && !closes(s.of(units[n-1].span)) {
					weight = max(weight, carried) // the second line of a label may speak of something else
				}
				if s.cells && !u.apart && next != outside && (next-1)/2 != (role-1)/2 && role != outside {
					step -= 1.5 // a cell holds one field
				}
				if score := before[from] + step + weight; score > now[at(next, after)] {
					now[at(next, after)] = score
					column[at(next, after)] = chain{from, min(0, step) + min(0, weight)}
				}
			}
		}
		columns[n+1], before = column, now
	}
	best := 0
	for i := range before {
		if last := i / masks; last%2 == 1 && !below { // a label without a value
			continue
		}
		if before[i] > before[best] {
			best = i
		}
	}
	path, odd := make([]int, len(units)), 0.0
	for n, i := len(units), best; n > 0; n-- {
		path[n-1] = i / masks
		odd += columns[n][i].odd
		i = columns[n][i].from
	}
	labels := labelsOf(units, path, below)
	for i := range labels {
		l := &labels[i]
		l.doubt = s.unexplained(units, path, *l)
		l.guessed = !slices.ContainsFunc(units, func(u unit) bool {
			return u.from >= l.from && u.to <= l.to && cueScores(s.of(u.span), s.ocr)[l.field] >= 2
		})
		l.cue = !slices.ContainsFunc(anchors, func(a label) bool { return a.field == l.field && a.from < l.to && l.from < a.to })
	}
	return sense{labels, before[best], odd}
}

// unexplained tells whether beside a value there is something that is neither label nor value nor what else stands
// on a certificate: it may be a part of the value.
func (s *source) unexplained(units []unit, path []int, l label) bool {
	last := len(path) - 1
	for last > 0 && path[last] == outside {
		last--
	}
	for i, u := range units {
		if path[i] != outside {
			continue
		}
		w := s.outsideWeight(u, s.of(u.span))
		if i > 0 && units[i-1].to == l.value.to && (w < 1 || w < 3 && i < last) || i+1 < len(units) && units[i+1].from == l.value.from && w < 1 {
			return true
		}
	}
	return false
}

// endsLabels tells whether a colon ends any label among the units.
func (s *source) endsLabels(units []unit) bool {
	return slices.ContainsFunc(units, func(u unit) bool {
		_, w := speaksOf(s.of(u.span), s.ocr)
		return w >= 3 && s.text[u.to-1] == ':'
	})
}

// goesOn tells whether a unit cannot well begin a title: it begins with a small letter, or a colon ends it as others
// end labels.
func (s *source) goesOn(u unit, colons bool) bool {
	text := s.of(u.span)
	return startsSmall(strings.TrimLeft(text, "(")) || colons && strings.HasSuffix(text, ":") && strings.IndexAny(text, `"«“`) != 0
}

// pass is what it costs that one role follows another, and which fields are read then.
func pass(from, to, mask int, lineStart, below bool) (float64, int) {
	if to == outside {
		switch { // a label without its value, a value without its label
		case from == outside:
		case below && from%2 == 0, !below && from%2 == 1 && mask&(1<<((from-1)/2)) == 0:
			return -4, mask
		}
		return 0, mask
	}
	field := (to - 1) / 2
	bit := 1 << field
	seen := mask&bit != 0
	same := from != outside && (from-1)/2 == field
	label := to%2 == 1
	begins := 0.0
	if !lineStart {
		begins = -2.5
	}
	const found = 2.5
	switch {
	case !label && from == to && structured[field] == Number:
		return never, 0
	case from == to:
		return 0, mask
	case label && same: // the label after its value, or the other language's
		if below {
			return 0, mask
		}
		return begins - 0.8, mask
	case label && seen:
		return never, 0
	case label && below:
		return never, 0
	case label && from%2 == 1:
		return begins - 5, mask
	case label:
		return begins, mask
	case seen:
		return never, 0
	case !below && same: // the value after its label
		return found, mask | bit
	case below && structured[field] == Number, below && structured[field] == RegisteredOn:
		return never, 0
	case below && (from == outside || from%2 == 1):
		return found + begins, mask | bit
	}
	lost := -2.5 // its label
	switch f := structured[field]; {
	case f == Number || f == RegisteredOn:
		return never, 0
	case f == Title || below:
		lost = -6
	}
	if from%2 == 1 {
		lost -= 5
	}
	return found + lost + begins, mask | bit
}

// labelsOf makes labels with their values of the roles of units.
func labelsOf(units []unit, path []int, below bool) []label {
	found := map[int]*label{}
	var order []int
	for i, role := range path {
		if role == outside {
			continue
		}
		field := (role - 1) / 2
		l := found[field]
		if l == nil {
			l = &label{field: structured[field], lang: kazakh | russian, cue: true}
			found[field] = l
			order = append(order, field)
		}
		x := &l.span
		if role%2 == 0 {
			x = &l.value
		}
		if x.empty() {
			*x = units[i].span
		} else if role%2 == 0 || l.value.empty() || below {
			x.to = units[i].to
		}
	}
	out := make([]label, 0, len(order))
	for _, f := range order {
		if l := found[f]; !l.value.empty() {
			if l.span.empty() {
				l.span = span{l.value.from, l.value.from}
			}
			out = append(out, *l)
		}
	}
	return out
}
