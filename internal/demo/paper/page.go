// Package paper draws the documents that travel by mail: certificates in every form that the register has
// used, papers that are easily taken for one, and scans and photos of both.
//
// It stands in the demo, beside world, and serves tests and measurements that need documents whose truth is
// known. It knows how documents look, not how they are read. The certificates follow the form of the state
// register and are not valid documents.
package paper

import (
	"strings"

	"github.com/boombuler/barcode/qr"
)

// A4, in millimetres.
const (
	pageWidth, pageHeight = 210.0, 297.0
	left, right           = 20.0, 190.0
)

// Page is one sheet with its marks in the order in which a text layer would hold them.
type Page struct {
	runs  []run
	boxes []box
	wide  bool    // on its side
	scale float64 // of the sizes of text, when what is to be said would not fit otherwise; 1 when zero
}

func (p *Page) width() float64 {
	if p.wide {
		return pageHeight
	}
	return pageWidth
}

func (p *Page) height() float64 {
	if p.wide {
		return pageWidth
	}
	return pageHeight
}

// run is text whose base line begins at x, y (mm from the top left).
type run struct {
	x, y float64
	font face
	size float64 // points
	text string
}

// box is a filled rectangle in millimetres; grey from 0 (black) to 255.
type box struct {
	x, y, w, h float64
	grey       uint8
}

// align is where a line stands in its column.
type align int

const (
	atLeft align = iota
	centred
	atRight
)

// style is how text is set.
type style struct {
	font  face
	size  float64
	align align
}

var (
	body    = style{serif, 11, atLeft}
	middle  = style{serif, 11, centred}
	small   = style{serif, 9, atLeft}
	heading = style{serifBold, 13, centred}
	flank   = style{serif, 11, atRight}
)

// column is a part of the page that is filled from the top down.
type column struct {
	page        *Page
	left, right float64
	y           float64
	lead        float64 // height of a line in parts of the usual; 1 when zero
	justified   bool
}

func (p *Page) column(l, r, top float64) *column {
	return &column{page: p, left: l, right: r, y: top}
}

func (p *Page) scaled(s style) style {
	if p.scale > 0 {
		s.size *= p.scale
	}
	return s
}

// bottom is the lowest base line of the page.
func (p *Page) bottom() float64 {
	y := 0.0
	for _, r := range p.runs {
		y = max(y, r.y)
	}
	return y
}

// leading is the height of a line of a size, in millimetres.
func leading(size float64) float64 { return size * 0.3528 * 1.32 }

// text sets a paragraph, broken into lines where it must; "\n" begins a new line.
func (c *column) text(s style, text string) *column {
	s = c.page.scaled(s)
	for _, paragraph := range strings.Split(text, "\n") {
		lines := wrap(paragraph, c.right-c.left, s)
		for i, line := range lines {
			if c.justified && s.align == atLeft && i+1 < len(lines) {
				c.stretched(s, line)
			} else {
				c.line(s, line)
			}
		}
	}
	return c
}

// stretched sets a line from edge to edge.
func (c *column) stretched(s style, line string) {
	words := strings.Split(line, " ")
	c.y += c.leading(s.size)
	space := (c.right - c.left - width(strings.Join(words, ""), s)) / float64(max(len(words)-1, 1))
	x := c.left
	for _, w := range words {
		if w != "" {
			c.page.runs = append(c.page.runs, run{x, c.y, s.font, s.size, w})
		}
		x += width(w, s) + space
	}
}

// flow sets a label and its value one after the other on the same lines, each in its style.
func (c *column) flow(ls style, label string, vs style, value string) *column {
	ls, vs = c.page.scaled(ls), c.page.scaled(vs)
	x := c.left
	c.y += c.leading(max(ls.size, vs.size))
	put := func(s style, text string) {
		line := ""
		for i, word := range strings.Split(text, " ") {
			longer := line + " " + word
			if i == 0 {
				longer = word
			}
			if (line != "" || x > c.left) && x+width(longer, s) > c.right {
				c.page.runs = append(c.page.runs, run{x, c.y, s.font, s.size, strings.TrimRight(line, " ")})
				x, longer = c.left, word
				c.y += c.leading(s.size)
			}
			line = longer
		}
		c.page.runs = append(c.page.runs, run{x, c.y, s.font, s.size, line})
		x += width(line+" ", s)
	}
	put(ls, label)
	for i, paragraph := range strings.Split(value, "\n") {
		if i > 0 {
			x = c.left
			c.y += c.leading(vs.size)
		}
		put(vs, paragraph)
	}
	return c
}

func (c *column) leading(size float64) float64 {
	if c.lead == 0 {
		return leading(size)
	}
	return leading(size) * c.lead
}

func (c *column) line(s style, line string) {
	c.y += c.leading(s.size)
	x := c.left
	switch s.align {
	case centred:
		x = (c.left + c.right - width(line, s)) / 2
	case atRight:
		x = c.right - width(line, s)
	}
	c.page.runs = append(c.page.runs, run{x, c.y, s.font, s.size, line})
}

// both sets two texts on one line, at the two edges.
func (c *column) both(s style, l, r string) *column {
	s = c.page.scaled(s)
	c.line(s, l)
	c.y -= c.leading(s.size)
	s.align = atRight
	c.line(s, r)
	return c
}

// gap leaves room, in millimetres.
func (c *column) gap(mm float64) *column { c.y += mm; return c }

// wrap breaks a paragraph into lines of at most the width. Double spaces inside a line stay: registers have them.
func wrap(text string, limit float64, s style) []string {
	var lines []string
	line := ""
	for i, word := range strings.Split(text, " ") {
		longer := line + " " + word
		if i == 0 {
			longer = word
		}
		if line != "" && width(longer, s) > limit {
			lines, longer = append(lines, strings.TrimRight(line, " ")), word
		}
		line = longer
	}
	return append(lines, line)
}

// frame draws a border of that thickness at a distance from the edge of the sheet, in millimetres.
func (p *Page) frame(at, thick float64, grey uint8) {
	w, h := p.width()-2*at, p.height()-2*at
	p.boxes = append(p.boxes, box{at, at, w, thick, grey}, box{at, at + h - thick, w, thick, grey}, box{at, at, thick, h, grey}, box{at + w - thick, at, thick, h, grey})
}

// code draws a QR code of a text with its corner at x, y.
func (p *Page) code(text string, x, y, size float64) error {
	m, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return err
	}
	n := m.Bounds().Dx()
	unit := size / float64(n)
	for row := range n {
		for from := 0; from < n; from++ {
			to := from
			for ; to < n; to++ {
				if grey, _, _, _ := m.At(to, row).RGBA(); grey > 0x7fff {
					break
				}
			}
			if to > from {
				p.boxes = append(p.boxes, box{x: x + float64(from)*unit, y: y + float64(row)*unit, w: float64(to-from) * unit, h: unit})
				from = to
			}
		}
	}
	return nil
}
