package certificate

import (
	"slices"
	"strings"
	"unicode"

	"kualik/internal/doctext"
)

// How sure a field is that was read from a text layer.
const (
	bothHalves = 0.99 // both languages say the same
	oneHalf    = 0.97
	doubtful   = 0.6
	contrary   = 0.4  // the halves contradict each other
	newWording = 0.85 // a label was found only by what its words speak of: a person looks
)

// fitted is a reading with how well what it says fits together, and whether nothing is missing, in new words or cut.
type fitted struct {
	Reading
	fit   float64
	whole bool
}

// reading makes one certificate of its halves. The Russian half leads.
func (s *source) reading(p pair) fitted {
	main, other := p.ru, p.kk
	if main == nil {
		main, other = p.kk, nil
	}
	r := Reading{Source: doctext.TextLayer, Confidence: map[Field]float64{}, Places: map[Field][]Place{}}
	if s.ocr {
		r.Source = doctext.OCR
	}
	b := readingBuilder{s: s, r: &r, main: main, other: other}
	b.numberAndDay()
	b.created()
	b.kind()
	b.title()
	b.authors()
	b.url()
	if r.RegisteredOn != "" && r.CreatedOn > r.RegisteredOn {
		b.note(NoteRegisteredFirst)
	}
	if main.old {
		b.note(NoteOldForm)
	}
	if s.ocr {
		b.recognised()
	}
	out := fitted{whole: true}
	for _, h := range []*half{main, other} {
		if h != nil {
			out.whole = out.whole && !h.cued && len(h.doubts) == 0
			for _, f := range h.doubts {
				r.Confidence[f] = min(r.Confidence[f], doubtful)
			}
		}
	}
	for f, c := range r.Confidence {
		if f != VerificationURL {
			out.fit += c
			out.whole = out.whole && c > 0
		}
	}
	if main.cued || other != nil && other.cued {
		alike := s.cells || main.told || other != nil && other.told // both halves may be taken wrongly in the same way
		for f, c := range r.Confidence {
			if c < bothHalves || s.ocr || alike {
				r.Confidence[f] = min(c, newWording)
			}
		}
	}
	out.Reading = r
	return out
}

type readingBuilder struct {
	s           *source
	r           *Reading
	main, other *half
}

func (b *readingBuilder) note(n string) {
	if !slices.Contains(b.r.Notes, n) {
		b.r.Notes = append(b.r.Notes, n)
	}
}

// from picks the half that has the field: the main one, else the other.
func (b *readingBuilder) from(f Field) *half {
	if _, ok := b.main.at[f]; !ok && b.other != nil {
		if _, ok := b.other.at[f]; ok {
			return b.other
		}
	}
	return b.main
}

func (b *readingBuilder) set(f Field, h *half, confidence float64) {
	b.r.Confidence[f] = confidence
	if at, ok := h.at[f]; ok {
		b.r.Places[f] = b.s.places(at)
	}
}

// agreement is the confidence of a field by what the two halves say.
func (b *readingBuilder) agreement(f Field, same func(a, b *half) bool, note string) float64 {
	if b.other == nil {
		return oneHalf
	}
	_, mine := b.main.at[f]
	_, theirs := b.other.at[f]
	switch {
	case !mine || !theirs:
		return oneHalf - 0.02
	case same(b.main, b.other):
		return bothHalves
	}
	b.note(note)
	return contrary
}

func (b *readingBuilder) numberAndDay() {
	h := b.from(Number)
	b.r.Number = h.number
	c := b.agreement(Number, func(x, y *half) bool { return plain(x.number) == plain(y.number) }, NoteHalvesDifferNumber)
	if digits := len(plain(h.number)); h.number == "" {
		c = 0
	} else if digits == 0 || digits > 6 {
		c = min(c, doubtful)
	}
	b.set(Number, h, c)

	h = b.from(RegisteredOn)
	b.r.RegisteredOn = h.day
	d := b.agreement(RegisteredOn, func(x, y *half) bool { return x.day == y.day }, NoteHalvesDifferDay)
	if h.day == "" {
		d = 0
	} else if h.day < "1996-01-01" {
		d = min(d, doubtful)
	}
	b.set(RegisteredOn, h, d)
	for _, x := range []*half{b.main, b.other} {
		if x == nil {
			continue
		}
		for _, n := range x.notes {
			b.note(n)
			if n == NoteHalvesDifferNumber {
				b.r.Confidence[Number] = contrary
			} else {
				b.r.Confidence[RegisteredOn] = contrary
			}
		}
	}
}

func (b *readingBuilder) created() {
	h := b.from(CreatedOn)
	b.r.CreatedOn = h.created
	c := b.agreement(CreatedOn, func(x, y *half) bool { return x.created == y.created }, NoteHalvesDifferCreated)
	switch {
	case h.old:
		c = oneHalf // the form has no such field
	case h.created == "" && b.other != nil && b.other.created != "":
		b.r.CreatedOn, c = b.other.created, min(c, oneHalf-0.02)
	case h.created == "":
		c = 0
	}
	b.set(CreatedOn, h, c)
}

func (b *readingBuilder) kind() {
	h := b.from(Kind)
	b.r.KindText, b.r.Kind = h.kind, kindCode(h.kind)
	c := b.agreement(Kind, func(x, y *half) bool {
		a, z := kindCode(x.kind), kindCode(y.kind)
		return a == z || a == "" || z == ""
	}, NoteHalvesDifferKind)
	switch {
	case h.kind == "":
		c = 0
	case b.r.Kind == "":
		// Words that are not in the table may be read well, or may be another field's: a person looks.
		b.note(NoteKindUnknown)
		c = min(c, 0.85)
		if n := len([]rune(h.kind)); n < 4 || n > 120 || broken(h.kind) {
			c = doubtful
		}
		if b.other != nil {
			b.r.Kind = kindCode(b.other.kind)
		}
	}
	b.set(Kind, h, c)
}

func (b *readingBuilder) title() {
	h := b.from(Title)
	b.r.Title, b.r.TitleKK = h.title, h.titleKK
	c := oneHalf
	if b.other != nil && b.other.title != "" && b.main.title != "" {
		if compact(b.main.title) == compact(b.other.title) {
			c = bothHalves
			if broken(h.title) && !broken(b.other.title) {
				b.r.Title = b.other.title
			}
		} else {
			b.r.TitleKK = b.other.title // the Kazakh half may carry a title of its own
			if beginsAlike(compact(b.main.title), compact(b.other.title)) {
				b.note(NoteHalvesDifferTitle) // but not the same one, cut off or run on
				c = doubtful
			}
		}
	}
	switch {
	case h.title == "":
		c = 0
	case broken(b.r.Title):
		b.note(NoteBrokenLetters)
		c = min(c, 0.7)
	case c < bothHalves && h.labelInTitle:
		c = 0.85
	case len([]rune(h.title)) > 1200:
		c = doubtful
	}
	b.set(Title, h, c)
}

// beginsAlike tells whether the shorter of two texts, or most of it, begins the longer one.
func beginsAlike(a, b string) bool {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return same >= 20 && 10*same >= 7*min(len(a), len(b))
}

func (b *readingBuilder) authors() {
	h := b.from(Authors)
	b.r.Authors = h.authors
	c := b.agreement(Authors, func(x, y *half) bool { return len(x.authors) == len(y.authors) }, NoteHalvesDifferAuthors)
	if len(h.authors) == 0 {
		c = 0
	}
	for _, name := range h.authors {
		switch words := strings.Fields(name); {
		case broken(name):
			b.note(NoteBrokenLetters)
			c = min(c, 0.7)
		case !looksLikeName(name) || len(words) > 4:
			c = min(c, doubtful)
		case len(words) == 1:
			c = min(c, 0.8)
		}
	}
	if b.r.Authors == nil {
		b.r.Authors = []string{}
	}
	b.set(Authors, h, c)
}

func (b *readingBuilder) url() {
	for _, h := range []*half{b.main, b.other} {
		if h != nil && h.url != "" {
			b.r.VerificationURL = h.url
			b.set(VerificationURL, h, oneHalf)
			return
		}
	}
}

// broken tells whether letters were lost from a text: a question mark within a word, the mark of an
// unknown letter.
func broken(s string) bool {
	if strings.ContainsRune(s, unicode.ReplacementChar) || strings.ContainsAny(s, "□■") {
		return true
	}
	runes := []rune(s)
	for i, r := range runes {
		if r == '?' && i+1 < len(runes) && unicode.IsLetter(runes[i+1]) {
			return true
		}
		if unicode.Is(unicode.Co, r) {
			return true
		}
	}
	return false
}
