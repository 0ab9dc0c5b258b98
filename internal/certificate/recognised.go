package certificate

import (
	"slices"
	"strings"
	"unicode"

	"kualik/internal/clock"
	"kualik/internal/doctext"
)

// What was recognised is believed as far as its readings agree: each half of a certificate says the same once
// more, and each word with digits was read twice. The constants were set with development seeds of
// `kualik measure` and are plotted in docs/reading.md.
const (
	unanimous = 0.99 // three readings or more, none against
	agreed    = 0.97 // two, none against
	outvoted  = 0.9  // three or more, one against
	contested = 0.75 // two, one against
	alone     = 0.8  // one reading
	divided   = 0.5  // as many for as against
)

// ballot collects what independent readings say.
type ballot struct {
	order []string
	votes map[string]float64
}

func (v *ballot) add(value string, weight float64) {
	if value == "" {
		return
	}
	if v.votes == nil {
		v.votes = map[string]float64{}
	}
	if _, ok := v.votes[value]; !ok {
		v.order = append(v.order, value)
	}
	v.votes[value] += weight
}

// result is what most readings say and how far that can be believed.
func (v *ballot) result() (string, float64) {
	best, others := "", 0.0
	for _, o := range v.order {
		if best == "" || v.votes[o] > v.votes[best] {
			best = o
		}
	}
	for _, o := range v.order {
		if o != best {
			others += v.votes[o]
		}
	}
	switch n := v.votes[best]; {
	case best == "":
		return "", 0
	case n <= others+0.2:
		return best, divided
	case others > 0.5 && n < 2.5:
		return best, contested
	case others > 0.5:
		return best, outvoted
	case n >= 2.5:
		return best, unanimous
	case n >= 1.7:
		return best, agreed
	}
	return best, alone
}

// recognised gives the fields of a recognised page by the agreement of their readings.
func (b *readingBuilder) recognised() {
	halves := []*half{b.main}
	if b.other != nil {
		halves = append(halves, b.other)
	}
	var numbers, days, created ballot
	for _, h := range halves {
		if at, ok := h.at[Number]; ok {
			b.votes(&numbers, at, func(text string) string { return digitsOf(text) })
		}
		if at, ok := h.at[RegisteredOn]; ok {
			b.votes(&days, at, firstDay)
		}
		if at, ok := h.at[CreatedOn]; ok {
			b.votes(&created, at, firstDay)
		}
	}
	b.r.Number, b.r.Confidence[Number] = numbers.result()
	day, c := days.result()
	b.r.RegisteredOn, b.r.Confidence[RegisteredOn] = clock.Day(day), c
	day, c = created.result()
	if !b.main.old {
		b.r.CreatedOn, b.r.Confidence[CreatedOn] = clock.Day(day), c
	}
	if b.r.RegisteredOn != "" && b.r.CreatedOn > b.r.RegisteredOn {
		b.r.Confidence[CreatedOn] = min(b.r.Confidence[CreatedOn], contested)
	}
	b.recognisedKind()
	b.recognisedTitle()
	b.recognisedAuthors()
}

// votes adds what stands in a place by both readings of its digits.
func (b *readingBuilder) votes(v *ballot, at span, read func(string) string) {
	first, second := b.s.of(at), ""
	weight, twice := 1.0, doctext.Once
	for _, w := range b.s.wordsIn(at) {
		if w.Twice == doctext.Once {
			continue
		}
		weight = min(weight, 0.5+0.5*w.Confidence)
		if w.Twice != doctext.Same || twice == doctext.Once {
			twice = w.Twice
			if w.Twice == doctext.Differs {
				second = strings.Replace(orElse(second, first), w.text, w.Second, 1)
			}
		}
	}
	switch twice {
	case doctext.Same:
		v.add(read(first), weight+1)
	case doctext.Differs:
		if fives(first, second) {
			v.add(read(second), 1.4)
			break
		}
		v.add(read(first), weight)
		v.add(read(second), 1)
	default:
		v.add(read(first), weight)
	}
}

// fives tells whether two readings differ only in that the first has a 5 where the second has another digit. The
// Kazakh model takes many a 3 for a 5 and hardly ever errs otherwise; the English one does not.
func fives(first, second string) bool {
	if len(first) != len(second) {
		return false
	}
	for i := range len(first) {
		if first[i] != second[i] && first[i] != '5' {
			return false
		}
	}
	return first != second
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// firstDay is the first day in a text.
func firstDay(text string) string {
	s := &source{text: text}
	if days := s.days(span{0, len(text)}); len(days) > 0 {
		return string(days[0].day)
	}
	return ""
}

func (b *readingBuilder) recognisedKind() {
	c := b.r.Confidence[Kind]
	switch {
	case b.r.Kind == "":
		c = min(c, divided)
	case c >= bothHalves:
		c = agreed
	case c >= oneHalf-0.02:
		c = 0.95 // a word of thirty: one letter wrong does not make it another
	}
	b.r.Confidence[Kind] = c
}

// recognisedTitle takes, word by word, the better reading of the two halves where they carry one title.
func (b *readingBuilder) recognisedTitle() {
	h := b.from(Title)
	at, ok := h.at[Title]
	if !ok || b.r.Title == "" {
		b.r.Confidence[Title] = 0
		return
	}
	mine := b.s.wordsIn(at)
	b.r.Title, b.r.TitleKK = closed(b.r.Title), closed(b.r.TitleKK)
	if b.other != nil && b.main.title != "" && b.other.title != "" {
		theirs := b.s.wordsIn(b.other.at[Title])
		if joined, c, same := merge(mine, theirs); same {
			b.r.Title, b.r.TitleKK = closed(b.s.joinTitle(joined)), ""
			b.r.Confidence[Title] = min(c, b.r.Confidence[Title]+0.4)
			b.unnote(NoteHalvesDifferTitle)
			return
		}
	}
	b.r.Confidence[Title] = min(b.r.Confidence[Title], byWords(mine))
}

func (b *readingBuilder) recognisedAuthors() {
	h := b.from(Authors)
	at, ok := h.at[Authors]
	if !ok || len(b.r.Authors) == 0 {
		b.r.Confidence[Authors] = 0
		return
	}
	mine := b.s.wordsIn(at)
	c := min(b.r.Confidence[Authors], byWords(mine))
	if b.other != nil && len(b.main.authors) > 0 && len(b.other.authors) > 0 {
		if joined, agreed, same := merge(mine, b.s.wordsIn(b.other.at[Authors])); same {
			if names := splitAuthors(joined); len(names) > 0 {
				b.r.Authors = names
				c = min(agreed, b.r.Confidence[Authors]+0.4)
				if len(b.main.authors) != len(names) || len(b.other.authors) != len(names) {
					c = min(c, contested)
				}
				b.unnote(NoteHalvesDifferAuthors)
			}
		}
	}
	for _, n := range b.r.Authors {
		if !looksLikeName(n) || strings.ContainsFunc(n, unicode.IsDigit) {
			c = min(c, divided)
		}
	}
	b.r.Confidence[Authors] = c
}

func (b *readingBuilder) unnote(n string) {
	for i, x := range b.r.Notes {
		if x == n {
			b.r.Notes = append(b.r.Notes[:i], b.r.Notes[i+1:]...)
			return
		}
	}
}

// byWords is how far a text can be believed that was read once: never so far that nobody need look at it, for
// recognition is sure of a lost mark too.
func byWords(words []recognisedWord) float64 {
	least, sum := 1.0, 0.0
	for _, w := range words {
		least = min(least, w.Confidence)
		sum += w.Confidence
	}
	if len(words) == 0 {
		return 0
	}
	mean := sum / float64(len(words))
	if slices.ContainsFunc(words, isUnread) {
		mean = min(mean, contested)
	}
	return min(0.88, mean*(0.6+0.4*least))
}

// merge lays two readings of one text over each other. Where their words differ it takes the one that was
// recognised with more confidence. same is false when they are not readings of one text.
func merge(a, b []recognisedWord) (text string, confidence float64, same bool) {
	pairs := align(a, b)
	unread := slices.ContainsFunc(a, isUnread) || slices.ContainsFunc(b, isUnread)
	var out strings.Builder
	equal, different := 0, 0
	confidence = unanimous - 0.005
	for _, p := range pairs {
		w := p[0]
		switch {
		case p[0] != nil && p[1] != nil:
			x, y := p[0].text, p[1].text
			if x == y || plainWord(x) == plainWord(y) {
				equal++
				break
			}
			if marked, ok := withMarks(x, y); ok {
				equal++
				confidence = min(confidence, agreed-0.01)
				if marked == y {
					w = p[1]
				}
				break
			}
			if !near(compact(x), compact(y), max(1, len([]rune(x))/3)) {
				different++
			}
			confidence = min(confidence, contested)
			gap := p[0].Confidence - p[1].Confidence
			if gap < 0 {
				w, gap = p[1], -gap
			}
			if gap > 0.15 {
				confidence = min(max(confidence, 0.85), 0.85)
			}
			equal++
		case p[1] != nil:
			w = p[1]
			different++
			confidence = min(confidence, divided)
		default:
			different++
			confidence = min(confidence, divided)
		}
		if w == nil || (p[0] == nil || p[1] == nil) && w.Confidence < 0.8 && len([]rune(w.text)) < 4 {
			continue // a spot that one of the readings took for letters
		}
		if out.Len() > 0 {
			if w.newLine {
				out.WriteByte('\n')
			} else {
				out.WriteByte(' ')
			}
		}
		out.WriteString(w.text)
	}
	if equal == 0 || different*3 > equal {
		return "", 0, false
	}
	if unread {
		confidence = min(confidence, contested)
	}
	return out.String(), confidence, true
}

func isUnread(w recognisedWord) bool { return w.Unread }

// withMarks gives that of two words which has the marks of letters, if they differ only in those: recognition loses
// the tail of щ and the dots of ё, and takes a Kazakh letter for its Russian base, hardly ever the other way round.
func withMarks(x, y string) (string, bool) {
	a, b := []rune(plainWord(x)), []rune(plainWord(y))
	if len(a) != len(b) {
		return "", false
	}
	balance := 0
	for i := range a {
		p, q := unicode.ToLower(a[i]), unicode.ToLower(b[i])
		switch {
		case p == q:
		case bare[p] == q:
			balance++
		case bare[q] == p:
			balance--
		default:
			return "", false
		}
	}
	if balance >= 0 {
		return x, true
	}
	return y, true
}

// bare are the letters without the marks that recognition loses.
var bare = map[rune]rune{'щ': 'ш', 'ъ': 'ь', 'ё': 'е', 'й': 'и', 'қ': 'к', 'ғ': 'г', 'ң': 'н', 'ұ': 'у', 'ү': 'у', 'ө': 'о', 'ә': 'э', 'һ': 'н'}

// plainWord is a word without what recognition of a printed sign leaves to chance: sorts of quotation marks.
func plainWord(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"«»“”„‟'‘’`.,", r) {
			return -1
		}
		return r
	}, s)
}

// align pairs the words of two texts in order, leaving single ones where they have no partner.
func align(a, b []recognisedWord) [][2]*recognisedWord {
	const gap = 0.7
	n, m := len(a), len(b)
	cost := make([][]float64, n+1)
	for i := range cost {
		cost[i] = make([]float64, m+1)
		for j := range cost[i] {
			switch {
			case i == 0:
				cost[i][j] = float64(j) * gap
			case j == 0:
				cost[i][j] = float64(i) * gap
			default:
				cost[i][j] = min(cost[i-1][j-1]+unlike(a[i-1].text, b[j-1].text), cost[i-1][j]+gap, cost[i][j-1]+gap)
			}
		}
	}
	var out [][2]*recognisedWord
	for i, j := n, m; i > 0 || j > 0; {
		switch {
		case i > 0 && j > 0 && cost[i][j] == cost[i-1][j-1]+unlike(a[i-1].text, b[j-1].text):
			i, j = i-1, j-1
			out = append(out, [2]*recognisedWord{&a[i], &b[j]})
		case i > 0 && cost[i][j] == cost[i-1][j]+gap:
			i--
			out = append(out, [2]*recognisedWord{&a[i], nil})
		default:
			j--
			out = append(out, [2]*recognisedWord{nil, &b[j]})
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// unlike is 0 for equal words, and up to 2 for such as have nothing in common.
func unlike(x, y string) float64 {
	if x == y {
		return 0
	}
	a, b := compact(x), compact(y)
	if a == b {
		return 0.1
	}
	n := max(len([]rune(a)), len([]rune(b)), 1)
	for d := 1; d <= n/2; d++ {
		if near(a, b, d) {
			return 0.2 + float64(d)/float64(n)
		}
	}
	return 2
}
