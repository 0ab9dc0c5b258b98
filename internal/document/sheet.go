package document

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/boombuler/barcode"
	"github.com/phpdave11/gofpdf"

	"kualik/internal/i18n"
)

// A4 in millimetres, and the part of it that is written on.
const (
	left, right = 20.0, 190.0
	top, bottom = 18.0, 274.0
	wide        = right - left
)

// colour is red, green, blue.
type colour [3]int

// The colours of the interface's light theme, on paper.
var (
	ink    = colour{0x14, 0x20, 0x1f}
	grey   = colour{0x5f, 0x6c, 0x69}
	line   = colour{0xc3, 0xcc, 0xc7}
	accent = colour{0x0b, 0x5a, 0x74}
	sunken = colour{0xea, 0xee, 0xeb}
)

// style is how text is set; size in points.
type style struct {
	face   face
	size   float64
	colour colour
}

var (
	body    = style{sans, 10, ink}
	strong  = style{bold, 10, ink}
	label   = style{sans, 8.5, grey}
	note    = style{sans, 8.5, ink}
	quoted  = style{serif, 10.5, ink}
	large   = style{serif, 13, ink}
	section = style{bold, 11.5, accent}
	title   = style{bold, 19, ink}
)

func (s style) leading() float64 { return s.size * pointMM * 1.3 }

// ascent is how far the base line lies below the top of a line.
func (s style) ascent() float64 { return s.size * pointMM * 1.02 }

type align int

const (
	atLeft align = iota
	centred
	atRight
)

// sheet is a document while it is set: pages of marks, filled from the top down.
type sheet struct {
	lang  i18n.Lang
	pages [][]func(*gofpdf.Fpdf)
	at    int // the page that is written on
	used  [faces]bool
	y     float64
}

func newSheet(lang i18n.Lang) *sheet {
	s := &sheet{lang: lang}
	s.turn()
	return s
}

func (s *sheet) t(key string, args ...any) string { return i18n.T(s.lang, "document."+key, args...) }

// turn begins a new page.
func (s *sheet) turn() {
	s.pages = append(s.pages, nil)
	s.at, s.y = len(s.pages)-1, top
}

// need turns the page when less than h millimetres are left on it.
func (s *sheet) need(h float64) {
	if s.y+h > bottom && s.y > top {
		s.turn()
	}
}

func (s *sheet) mark(f func(*gofpdf.Fpdf)) {
	s.pages[s.at] = append(s.pages[s.at], f)
}

// put sets one line whose top is at y; it turns no page.
func (s *sheet) put(st style, x, w, y float64, a align, text string) {
	switch a {
	case centred:
		x += (w - st.width(text)) / 2
	case atRight:
		x += w - st.width(text)
	}
	for _, p := range spans(st.face, text) {
		at, part := x, style{p.face, st.size, st.colour}
		s.used[p.face] = true
		s.mark(func(f *gofpdf.Fpdf) {
			f.SetFont(faceNames[part.face], "", part.size)
			f.SetTextColor(part.colour[0], part.colour[1], part.colour[2])
			f.Text(at, y+part.ascent(), p.text)
		})
		x += part.width(p.text)
	}
}

// text sets a paragraph in lines that flow over pages.
func (s *sheet) text(st style, x, w float64, a align, text string) {
	for _, l := range st.wrap(text, w) {
		s.need(st.leading())
		s.put(st, x, w, s.y, a, l)
		s.y += st.leading()
	}
}

// rule draws a line from x over w millimetres at y.
func (s *sheet) rule(x, w, y, thick float64, c colour) {
	s.mark(func(f *gofpdf.Fpdf) {
		f.SetDrawColor(c[0], c[1], c[2])
		f.SetLineWidth(thick)
		f.Line(x, y, x+w, y)
	})
}

func (s *sheet) fill(x, y, w, h float64, c colour) {
	s.mark(func(f *gofpdf.Fpdf) {
		f.SetFillColor(c[0], c[1], c[2])
		f.Rect(x, y, w, h, "F")
	})
}

// code draws the modules of a bar code or a QR code into a box.
func (s *sheet) code(c barcode.Barcode, x, y, w, h float64) {
	rows := c.Bounds().Dy()
	module, each := w/float64(c.Bounds().Dx()), h/float64(rows)
	s.mark(func(f *gofpdf.Fpdf) {
		f.SetFillColor(0, 0, 0)
		for row := range rows {
			for _, r := range runs(c, row) {
				f.Rect(x+float64(r[0])*module, y+float64(row)*each, float64(r[1])*module, each, "F")
			}
		}
	})
}

// wrap breaks a text into lines of at most w millimetres: at spaces, within a longer word after a sign that
// parts it, else at the letter. A line break in the text is kept.
func (s style) wrap(text string, w float64) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(printable(text), "\n") {
		now := ""
		for _, word := range strings.FieldsFunc(paragraph, func(r rune) bool { return r == ' ' }) {
			if now != "" && s.width(now+" "+word) <= w {
				now += " " + word
				continue
			}
			if now != "" {
				lines = append(lines, now)
			}
			for s.width(word) > w {
				n := s.fits(word, w)
				lines, word = append(lines, word[:n]), word[n:]
			}
			now = word
		}
		lines = append(lines, now)
	}
	return lines
}

// fits is how many bytes of a word have room in w: at least one letter, and up to a sign when one is near.
func (s style) fits(word string, w float64) int {
	n, sign := 0, 0
	for i, r := range word {
		end := i + utf8.RuneLen(r)
		if s.width(word[:end]) > w && i > 0 {
			break
		}
		n = end
		if strings.ContainsRune("-/._@,;:)\u00a0", r) {
			sign = end
		}
	}
	if sign > n/2 {
		return sign
	}
	return n
}

// finish writes the pages with their feet. made is what the document says of its making, so that the same
// data give the same bytes.
func (s *sheet) finish(name, foot string, made time.Time) ([]byte, error) {
	s.feet(foot)
	return s.write(name, "", made)
}

// feet sets the foot of each page.
func (s *sheet) feet(foot string) {
	small := style{sans, 8, grey}
	foot = strings.TrimSuffix(strings.TrimSpace(foot), " ·")
	for s.at = range s.pages {
		s.rule(left, wide, 280, 0.2, line)
		number := s.t("page", "Page", s.at+1, "Pages", len(s.pages))
		s.put(small, left, wide, 282, atRight, number)
		room := wide - small.width(number) - 8
		s.put(small, left, room, 282, atLeft, small.wrap(foot, room)[0])
	}
}

// write writes the pages. keywords are plain letters, which other programs find in the file.
func (s *sheet) write(name, keywords string, made time.Time) ([]byte, error) {
	f := gofpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(made.UTC())
	f.SetModificationDate(made.UTC())
	f.SetAutoPageBreak(false, 0)
	f.SetTitle(name, true)
	f.SetProducer("Kualik", true)
	if keywords != "" {
		f.SetKeywords(keywords, false)
	}
	for face, used := range s.used {
		if used { // the library writes into the bytes that it is given
			f.AddUTF8FontFromBytes(faceNames[face], "", bytes.Clone(fontData[face]))
		}
	}
	for _, marks := range s.pages {
		f.AddPage()
		for _, m := range marks {
			m(f)
		}
	}
	var b bytes.Buffer
	if err := f.Output(&b); err != nil {
		return nil, fmt.Errorf("write a document: %w", err)
	}
	return b.Bytes(), nil
}
