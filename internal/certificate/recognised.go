package certificate

import (
	"cmp"
	"regexp"
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
				second = strings.Replace(cmp.Or(second, first), w.text, w.Second, 1)
			}
		}
	}
	switch twice {
	case doctext.Same:
		v.add(read(first), weight+1)
	case doctext.Differs:
		if fives(second, first) { // its text has the second reading, see betterDigits
			v.add(read(first), 1.4)
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

// betterDigits puts the second reading of digits in the place of the first where the first is known to err.
func betterDigits(p doctext.Page) doctext.Page {
	cloned := false
	for i, w := range p.Words {
		first := p.Text[w.Start:w.End]
		if w.Twice != doctext.Differs || !fives(first, w.Second) {
			continue
		}
		if !cloned {
			p.Words, cloned = slices.Clone(p.Words), true
		}
		p.Text = p.Text[:w.Start] + w.Second + p.Text[w.End:]
		p.Words[i].Second = first
	}
	return p
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

// recognisedTitle reads the title, and leaves to a person one that is hard to recognise.
func (b *readingBuilder) recognisedTitle() {
	b.bestTitle()
	if strange(b.r.Title) {
		b.r.Confidence[Title] = min(b.r.Confidence[Title], newWording)
	}
}

var (
	reTradeName = regexp.MustCompile(`[«"“][^\s«»"“”]{2,}(?:\s\d{1,2})?[»"”]`)
	reCamel     = regexp.MustCompile(`\p{Ll}\p{Lu}|\pL[!|/\\@#$%^*=+<>]\pL`)
)

// strange tells whether a recognised title has what no model of a language helps to read: a name of one word in
// quotation marks, capitals within a word, a word with Kazakh letters among Russian ones. Both halves may have it
// wrong alike.
func strange(title string) bool {
	if reTradeName.MatchString(title) || reCamel.MatchString(title) {
		return true
	}
	kazakh, words := 0, strings.Fields(title)
	for _, w := range words {
		if kazakhLetters(w) {
			kazakh++
		}
	}
	return kazakh > 0 && 5*kazakh <= len(words)
}

// bestTitle takes, word by word, the better reading of the two halves where they carry one title.
func (b *readingBuilder) bestTitle() {
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
		switch words := strings.Fields(n); {
		case !looksLikeName(n) || strings.ContainsFunc(n, unicode.IsDigit), rePatronymic.MatchString(words[0]):
			c = min(c, divided)
		case reBareSuffix.MatchString(n): // its Kazakh letters may be lost in both halves
			c = min(c, newWording)
		}
	}
	b.r.Confidence[Authors] = c
}

// reBareSuffix is a Kazakh patronymic in Russian letters.
var reBareSuffix = regexp.MustCompile(`(?i)\pL(?:кызы|улы)$`)

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
