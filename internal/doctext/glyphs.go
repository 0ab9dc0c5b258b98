package doctext

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// glyph is one character of a text layer, with its tight box on the page as it is shown (y downwards).
type glyph struct {
	r              rune
	x0, y0, x1, y1 float64
	turn           int // quarter turns clockwise of the writing, as shown
}

// lineBreakHyphen is what pdfium gives for a hyphen at the end of a line.
const lineBreakHyphen = 0x02

// tokens makes words of the glyphs, in the order of the content, and tells the height of the letters.
// Writing that is not horizontal (stamps, marks at the edge) is left out unless the whole page is so:
// then the page is turned.
func tokens(glyphs []glyph, width, height float64) (out []token, em, w, h float64) {
	var turns [4]int
	for _, g := range glyphs {
		if unicode.IsLetter(g.r) {
			turns[g.turn]++
		}
	}
	main := 0
	for i, n := range turns {
		if n > turns[main] {
			main = i
		}
	}
	kept := glyphs[:0:0]
	for _, g := range glyphs {
		if g.turn == main || unicode.IsSpace(g.r) || unicode.IsControl(g.r) {
			kept = append(kept, g.turned(main, width, height))
		}
	}
	if main%2 == 1 {
		width, height = height, width
	}
	em = letterHeight(kept)
	b := tokenBuilder{em: em}
	for _, g := range kept {
		b.add(g)
	}
	b.flush()
	b.endLine()
	return b.out, em, width, height
}

// turned gives the glyph as it stands when the page is turned back by n quarter turns.
func (g glyph) turned(n int, width, height float64) glyph {
	switch n {
	case 1: // written downwards: turn counter-clockwise
		g.x0, g.y0, g.x1, g.y1 = g.y0, width-g.x1, g.y1, width-g.x0
	case 2:
		g.x0, g.y0, g.x1, g.y1 = width-g.x1, height-g.y1, width-g.x0, height-g.y0
	case 3: // written upwards
		g.x0, g.y0, g.x1, g.y1 = height-g.y1, g.x0, height-g.y0, g.x1
	}
	return g
}

// letterHeight is about the size of the font that most of the page is set in.
func letterHeight(glyphs []glyph) float64 {
	var heights []float64
	for _, g := range glyphs {
		if unicode.IsLetter(g.r) && g.y1 > g.y0 {
			heights = append(heights, g.y1-g.y0)
		}
	}
	if len(heights) == 0 {
		return 10
	}
	slices.Sort(heights)
	return 1.7 * heights[len(heights)/2]
}

type tokenBuilder struct {
	em    float64
	out   []token
	cur   token
	open  bool
	gap   int
	first int // where the line begins in out
}

func (b *tokenBuilder) add(g glyph) {
	switch {
	case g.r == '\r' || g.r == '\n':
		b.flush()
		b.endLine()
		return
	case g.r == 0 || g.r == '\u200b' || g.r == '\ufeff' || g.r == 0xfffe:
		return
	case unicode.IsSpace(g.r):
		b.flush()
		b.gap++
		return
	case g.r == lineBreakHyphen:
		g.r = '-'
	case unicode.IsControl(g.r):
		g.r = unicode.ReplacementChar
	}
	if b.open {
		switch {
		case b.jumps(g):
			b.flush()
			b.endLine()
		case b.parted(g):
			b.flush()
			b.gap = 1
		}
	}
	if !b.open {
		if n := len(b.out); n > b.first && b.offLine(g) {
			b.endLine()
		}
		b.cur = token{x0: g.x0, y0: g.y0, x1: g.x1, y1: g.y1, gap: b.gap, seq: len(b.out), conf: 1}
		if len(b.out) == b.first {
			b.cur.gap = -1
		}
		b.open = true
	}
	b.gap = 0
	b.cur.text += string(g.r)
	b.cur.x0, b.cur.x1 = min(b.cur.x0, g.x0), max(b.cur.x1, g.x1)
	b.cur.y0, b.cur.y1 = min(b.cur.y0, g.y0), max(b.cur.y1, g.y1)
}

// jumps tells that a glyph does not carry on the word: another line, or far off on this one.
func (b *tokenBuilder) jumps(g glyph) bool {
	return g.x0-b.cur.x1 > 0.6*b.em || g.x1 < b.cur.x0 || b.away(g, b.cur.y0, b.cur.y1)
}

// parted tells that white stands between the word and the glyph although the content has no space: kerned
// justified text, or words that were placed one by one.
func (b *tokenBuilder) parted(g glyph) bool {
	last, _ := utf8.DecodeLastRuneInString(b.cur.text)
	if !unicode.IsLetter(g.r) {
		return false // a narrow figure stands far from its neighbours
	}
	least := 0.4
	if strings.ContainsRune(",;:.", last) {
		least = 0.2
	}
	return g.x0-b.cur.x1 > least*b.em
}

// offLine tells that a new word is not on the line of the words before it.
func (b *tokenBuilder) offLine(g glyph) bool {
	prev := b.out[len(b.out)-1]
	return g.x1 < prev.x0 || b.away(g, prev.y0, prev.y1)
}

func (b *tokenBuilder) away(g glyph, y0, y1 float64) bool {
	slack := 0.5 * b.em
	return g.y0 > y1+slack || g.y1 < y0-slack || math.Min(g.y1, y1)-math.Max(g.y0, y0) < 0 && g.y1-g.y0 > 0.5*b.em
}

func (b *tokenBuilder) flush() {
	if b.open {
		b.out = append(b.out, b.cur)
		b.open = false
	}
}

// endLine gives every word of the line the extent of the line.
func (b *tokenBuilder) endLine() {
	y0, y1 := math.Inf(1), math.Inf(-1)
	for _, t := range b.out[b.first:] {
		y0, y1 = min(y0, t.y0), max(y1, t.y1)
	}
	for i := b.first; i < len(b.out); i++ {
		b.out[i].line0, b.out[i].line1 = y0, y1
	}
	b.first, b.gap = len(b.out), 0
}
