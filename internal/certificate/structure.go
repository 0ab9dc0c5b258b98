package certificate

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
	rePageCount = regexp.MustCompile(`^[\s–—-]*\d{1,3}(?:\s*(?:/|из|of)\s*\d{1,3})?[\s–—-]*$`)
	reAround    = compile(`реестр|тізілім|охраняемые авторским|қорғалатын объектілер|объектілерге құқықтар|республик|министерств|министрліг|институт|әділет министрл|телнұсқа|дубликат|растайды|удостоверя`)
	reFoot      = compile(`(?:^|[^\p{L}])(?:(?:электронн[а-я]+ )?(?:документ )?подписан|подписал|подпись|қол қой|эцқ|эцп|(?:зам|первый|и\.? ?о)?[а-я. ]{0,16}директор|руководител|басшы|уәкілетті|уполномоченн|(?:құжат[а-яәіңғүұқөһ]* )?(?:түпнұсқа|тексеру)|(?:подлинность|для) проверк|проверит|отсканир|сканер|по ссылке|сілтеме|https?:|бланк|серия|заявк[аи] №|өтінім|м\. ?п\.|qr-|сертификат|серийн|сериял|время подпис|уақыты|уникальн|бірегей|алу күні|получени|сверить|салыстыр|по состоянию|жағдай бойынша|портал)`)
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
	return kindCode(trimKind(text)) != "" || namesIn(text) == 2 || s.dayAlone(line) || s.outsideWeight(unit{span: line, first: true}, text) >= 2
}

// valueStarts are the places in a line at which a value may begin though nothing parts it from its label.
func (s *source) valueStarts(line span) []int {
	var out []int
	text := s.of(line)
	words := wordStarts(text)
	label := 0 // words that a label would have
	for i := 0; i < len(words); i++ {
		w := wordAt(text, words, i)
		if isLabelWord(w, s.ocr) {
			label = i + 1
		} else if len([]rune(w)) > 3 || strings.ContainsAny(w, "«»\"“0123456789") {
			break
		}
	}
	if label == 0 || strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
		return nil
	}
	if label < len(words) && !startsSmall(text[words[label]:]) {
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
			out = append(out, line.from+words[i])
			break
		}
	}
	for i := 1; i < len(words); i++ {
		if beginsKind(text[words[i]:]) {
			out = append(out, line.from+words[i])
			break
		}
	}
	return out
}

// beginsKind tells whether a text is the name of a kind or begins it, as the end of a line may.
func beginsKind(text string) bool {
	if kindCode(trimKind(text)) != "" {
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

// weights says what the unit with an index may be: by role.
func (s *source) weights(units []unit, n int, colons bool) []float64 {
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
	code := kindCode(trimKind(text))
	day := s.dayAlone(u.span)
	number := reBareNumber.MatchString(text)
	valueLike := day || number || code != "" || names >= 2 && rePatronymic.MatchString(strings.Trim(text, " ,;."))
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
	const unlike = -6
	value := func(f Field, n float64) { w[2+2*slices.Index(structured, f)] = n }
	value(Authors, unlike)
	switch {
	case w[outside] >= 2 && !rePatronymic.MatchString(strings.Trim(text, " ,;.")):
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
	case number:
		title = -1 // a title may break before it
	case day:
		title = -4
	case w[outside] >= 2:
		title = -4
	case code != "":
		title = -2
	case names >= 2 && rePatronymic.MatchString(strings.Trim(text, " ,;.")):
		title = -3
	case loudest >= 3 && u.first && u.bound:
		title = -2
	case strings.HasSuffix(text, ":"):
		title = -0.2
	case loudest >= 3 && u.first:
		title = -0.7
	}
	value(Title, title)
	return w
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
	if strings.ContainsAny(strings.TrimLeft(text, "0123456789.) "), "0123456789") {
		w -= 2
	}
	if strings.ContainsAny(text, "«»\"“”") {
		w -= 4
	}
	if words > 24 || latinIn(text) {
		w -= 4
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
		if !looksLikeName(p) || !capitals(p) || strings.Contains(p, ":") || isLabelWord(words[0], false) {
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
			if from < to && kindCode(trimKind(s.text[units[from].from:units[to].to])) != "" {
				return true
			}
		}
	}
	return false
}

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
	for n, u := range units {
		weights := s.weights(units, n, colons)
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
				if next == role && role%2 == 1 && n > 0 && !closes(s.of(units[n-1].span)) && weights[next] == -3 {
					step += 2.5 // the second line of a label may speak of something else
				}
				if score := before[from] + step + weights[next]; score > now[at(next, after)] {
					now[at(next, after)] = score
					column[at(next, after)] = chain{from, min(0, step) + min(0, weights[next])}
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
	if debugStructure != nil {
		debugStructure(s, units, path, below, before[best])
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
	return startsSmall(text) || colons && strings.HasSuffix(text, ":") && !strings.ContainsAny(text[:1], `"`) && !strings.HasPrefix(text, "«") && !strings.HasPrefix(text, "“")
}

func startsSmall(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLower(r)
}

// closes tells whether a label ends with a text.
func closes(text string) bool {
	return strings.HasSuffix(text, ":") || strings.HasSuffix(text, ")") || strings.HasSuffix(text, "–")
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
	case label && from == to:
		return 0, mask
	case !label && from == to:
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

var debugStructure func(s *source, units []unit, path []int, below bool, score float64)
