package certificate

import (
	"regexp"
	"sort"
	"strings"
	"unicode"

	"kualik/internal/doctext"
)

// source is the text of some pages in a row, made easy to read: white space is a space or \n, soft
// hyphens and marks without width are gone, letters are composed. It knows where each byte came from.
type source struct {
	text   string
	origin []int // for each byte of text, its offset in the raw text
	starts []int // where each page begins in the raw text
	pages  []doctext.Page
	ocr    bool
	cells  bool    // the pages are written cell by cell, an empty line above each
	odd    float64 // how much is odd about the structure of its halves, from 0 down
}

func newSource(pages []doctext.Page) *source {
	s := &source{}
	var raw strings.Builder
	for _, p := range pages {
		p = betterDigits(p)
		s.pages = append(s.pages, p)
		s.starts = append(s.starts, raw.Len())
		raw.WriteString(unnumbered(p.Text))
		raw.WriteByte('\n')
		s.ocr = s.ocr || p.Source == doctext.OCR
	}
	s.clean(raw.String())
	return s
}

// unnumbered blanks out the number of the page in its first and its last line: a value may go on over it.
func unnumbered(text string) string {
	for _, re := range []*regexp.Regexp{rePageTop, rePageBottom} {
		if m := re.FindStringSubmatchIndex(text); m != nil {
			text = text[:m[2]] + strings.Repeat(" ", m[3]-m[2]) + text[m[3]:]
		}
	}
	return text
}

var (
	rePageTop    = regexp.MustCompile(`^\s*([–—-]\s?\d{1,2}\s?[–—-]|\d\s?(?:/|из|of)\s?\d)\s*\n`)
	rePageBottom = regexp.MustCompile(`\n\s*([–—-]\s?\d{1,2}\s?[–—-]|\d\s?(?:/|из|of)\s?\d)\s*$`)
)

func (s *source) clean(raw string) {
	var out strings.Builder
	runes := []rune(raw)
	offset := 0
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		at := offset
		offset += runeBytes(raw, offset)
		switch {
		case r == '\u00ad':
			// A soft hyphen at the end of a line joins the word.
			for j := i + 1; j < len(runes) && (runes[j] == ' ' || runes[j] == '\n' || runes[j] == '\r'); j++ {
				if runes[j] == '\n' {
					for ; i < j; i++ {
						offset += runeBytes(raw, offset)
					}
					break
				}
			}
			continue
		case r == '\r' || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\ufeff' || r == '\u2060':
			continue
		case r == '\f' || r == '\v' || r == '\u2028' || r == '\u2029':
			r = '\n'
		case r != '\n' && unicode.IsSpace(r):
			r = ' '
		case i+1 < len(runes) && composed[[2]rune{r, runes[i+1]}] != 0:
			r = composed[[2]rune{r, runes[i+1]}]
			i++
			offset += runeBytes(raw, offset)
		}
		n := out.Len()
		out.WriteRune(r)
		for ; n < out.Len(); n++ {
			s.origin = append(s.origin, at)
		}
	}
	s.text = out.String()
	s.origin = append(s.origin, offset)
}

// The letters of Russian and Kazakh that may come in two parts.
var composed = map[[2]rune]rune{
	{'и', '\u0306'}: 'й', {'И', '\u0306'}: 'Й', {'е', '\u0308'}: 'ё', {'Е', '\u0308'}: 'Ё',
}

func runeBytes(s string, at int) int {
	for n := 1; ; n++ {
		if at+n >= len(s) || s[at+n]&0xc0 != 0x80 {
			return n
		}
	}
}

// span is a stretch of source.text.
type span struct{ from, to int }

func (s span) empty() bool { return s.to <= s.from }

func (s *source) of(x span) string { return s.text[x.from:x.to] }

// trim takes white space off both ends.
func (s *source) trim(x span) span {
	for x.from < x.to && (s.text[x.from] == ' ' || s.text[x.from] == '\n') {
		x.from++
	}
	for x.to > x.from && (s.text[x.to-1] == ' ' || s.text[x.to-1] == '\n') {
		x.to--
	}
	return x
}

// pageOf is the index of the page on which an offset of text stands.
func (s *source) pageOf(at int) int {
	at = s.origin[max(at, 0)]
	return sort.Search(len(s.starts), func(i int) bool { return s.starts[i] > at }) - 1
}

// places tells where a stretch stands on its page or pages, one box a line.
func (s *source) places(x span) []Place {
	if x.empty() {
		return nil
	}
	from, to := s.origin[x.from], s.origin[x.to]
	var out []Place
	for i, p := range s.pages {
		start, end := max(from-s.starts[i], 0), min(to-s.starts[i], len(p.Text))
		if start >= end || end <= 0 {
			continue
		}
		out = append(out, Place{Page: p.Number, Start: start, End: end, Boxes: boxes(p, start, end)})
	}
	return out
}

func boxes(p doctext.Page, start, end int) []doctext.Rect {
	var out []doctext.Rect
	last := -1
	first := sort.Search(len(p.Words), func(i int) bool { return p.Words[i].End > start })
	for _, w := range p.Words[first:] {
		if w.Start >= end {
			break
		}
		if w.Box == (doctext.Rect{}) {
			continue
		}
		if last >= 0 && !strings.Contains(p.Text[last:w.Start], "\n") {
			out[len(out)-1] = union(out[len(out)-1], w.Box)
		} else {
			out = append(out, w.Box)
		}
		last = w.End
	}
	return out
}

func union(a, b doctext.Rect) doctext.Rect {
	x, y := min(a.X, b.X), min(a.Y, b.Y)
	return doctext.Rect{X: x, Y: y, W: max(a.X+a.W, b.X+b.W) - x, H: max(a.Y+a.H, b.Y+b.H) - y}
}

// recognisedWord is a word of a stretch with its text.
type recognisedWord struct {
	doctext.Word
	text    string
	newLine bool // a line ends before it
}

// wordsIn are the words that stand in a stretch.
func (s *source) wordsIn(x span) []recognisedWord {
	var out []recognisedWord
	for _, p := range s.places(x) {
		for _, page := range s.pages {
			if page.Number != p.Page {
				continue
			}
			for i, w := range page.Words {
				if w.End > p.Start && w.Start < p.End {
					r := recognisedWord{Word: w, text: page.Text[max(w.Start, p.Start):min(w.End, p.End)]}
					r.newLine = i > 0 && strings.Contains(page.Text[page.Words[i-1].End:w.Start], "\n")
					out = append(out, r)
				}
			}
		}
	}
	return out
}
