package document

import (
	"fmt"
	"strings"
	"time"

	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// heading begins a section; it stays with the first lines of what follows.
func (s *sheet) heading(text string) {
	s.need(32)
	s.y += 4
	s.put(section, left, wide, s.y, atLeft, text)
	s.y += section.leading() + 0.6
	s.rule(left, wide, s.y, 0.25, line)
	s.y += 1.8
}

// labels is the width of the column of labels.
const labels = 50.0

// field sets a label and its value beside it. An empty value is a dash.
func (s *sheet) field(name, value string, st style) {
	if strings.TrimSpace(value) == "" {
		value = "—"
	}
	names := label.wrap(name, labels-3)
	s.need(max(float64(len(names))*label.leading(), st.leading()) + 1)
	page, y := s.at, s.y
	drop := st.ascent() - label.ascent() // both on one base line
	for i, n := range names {
		s.put(label, left, labels, y+drop+float64(i)*label.leading(), atLeft, n)
	}
	s.text(st, left+labels, wide-labels, atLeft, value)
	if s.at == page {
		s.y = max(s.y, y+float64(len(names))*label.leading())
	}
	s.y += 1.1
}

// pair is a label with its value.
type pair struct{ name, value string }

// pairs sets short fields in two columns, label above value.
func (s *sheet) pairs(list []pair) {
	const gap = 6.0
	w := (wide - gap) / 2
	for i := 0; i < len(list); i += 2 {
		row := list[i:min(i+2, len(list))]
		h := 0.0
		for _, p := range row {
			h = max(h, label.leading()+float64(len(body.wrap(p.value, w)))*body.leading())
		}
		s.need(h)
		for k, p := range row {
			x, y := left+float64(k)*(w+gap), s.y
			s.put(label, x, w, y, atLeft, p.name)
			for n, l := range body.wrap(p.value, w) {
				s.put(body, x, w, y+label.leading()+float64(n)*body.leading(), atLeft, l)
			}
		}
		s.y += h + 1.6
	}
}

// list sets paragraphs with a mark before each.
func (s *sheet) list(items []string) {
	for _, item := range items {
		s.need(note.leading())
		s.put(note, left, 4, s.y, atLeft, "–")
		s.text(note, left+4, wide-4, atLeft, item)
		s.y += 0.8
	}
}

// column of a table.
type column struct {
	title string
	width float64
	align align
}

// para is one text in a cell.
type para struct {
	style style
	text  string
}

// cell is what stands in one column of a row, one below the other.
type cell []para

// table sets rows under a head that is repeated on every page. A row stays on one page unless it is longer
// than one.
func (s *sheet) table(columns []column, rows [][]cell) {
	s.need(tableHead(columns) + 12)
	s.tableHead(columns)
	for i, row := range rows {
		lines := make([][]para, len(columns)) // broken
		h := 0.0
		for c, col := range columns {
			lines[c] = row[c].lines(col.width - cellGap)
			h = max(h, heightOf(lines[c]))
		}
		if s.y+h+2.4 > bottom {
			s.turn()
			s.tableHead(columns)
		}
		s.tableRow(columns, lines)
		if i < len(rows)-1 {
			s.rule(left, wide, s.y, 0.15, line)
		}
	}
	s.rule(left, wide, s.y, 0.25, line)
	s.y += 1.5
}

const cellGap = 3.0

func tableHead(columns []column) float64 {
	n := 1
	for _, c := range columns {
		n = max(n, len(label.wrap(c.title, c.width-cellGap)))
	}
	return float64(n)*label.leading() + 2
}

func (s *sheet) tableHead(columns []column) {
	h := tableHead(columns)
	x := left
	for _, c := range columns {
		lines := label.wrap(c.title, c.width-cellGap)
		for i, l := range lines {
			s.put(label, x, c.width-cellGap, s.y+h-1.2-float64(len(lines)-i)*label.leading(), c.align, l)
		}
		x += c.width
	}
	s.y += h
	s.rule(left, wide, s.y, 0.25, line)
}

// tableRow sets the lines of a row; lines that have no room go on over the next page.
func (s *sheet) tableRow(columns []column, lines [][]para) {
	for {
		s.y += 1.2
		end, rest := s.y, false
		x, base := left, s.y+baseOf(lines)
		for c, col := range columns {
			y := s.y
			if len(lines[c]) > 0 {
				y = base - lines[c][0].style.ascent()
			}
			for len(lines[c]) > 0 && y+lines[c][0].style.leading() <= bottom {
				s.put(lines[c][0].style, x, col.width-cellGap, y, col.align, lines[c][0].text)
				y += lines[c][0].style.leading()
				lines[c] = lines[c][1:]
			}
			rest = rest || len(lines[c]) > 0
			end = max(end, y)
			x += col.width
		}
		s.y = end + 1.2
		if !rest {
			return
		}
		s.turn()
		s.tableHead(columns)
	}
}

// baseOf is how far below the top of a row the first lines of its cells stand.
func baseOf(lines [][]para) (h float64) {
	for _, l := range lines {
		if len(l) > 0 {
			h = max(h, l[0].style.ascent())
		}
	}
	return h
}

// lines breaks the texts of a cell.
func (c cell) lines(w float64) (list []para) {
	for _, p := range c {
		if p.text == "" {
			continue
		}
		for _, l := range p.style.wrap(p.text, w) {
			list = append(list, para{p.style, l})
		}
	}
	return list
}

func heightOf(lines []para) (h float64) {
	for _, l := range lines {
		h += l.style.leading()
	}
	return h
}

// amount writes tiyn with two decimals, without the name of the money.
func amount(lang i18n.Lang, tiyn int64) string {
	sign := ""
	if tiyn < 0 {
		sign, tiyn = "−", -tiyn
	}
	point := ","
	if lang == i18n.EN {
		point = "."
	}
	return sign + printable(i18n.Number(int(tiyn/100))) + fmt.Sprintf("%s%02d", point, tiyn%100)
}

// grouped writes a number of the cabinet as people read it: 110 321.
func grouped(n int) string { return printable(i18n.Number(n)) }

// day writes a day; a dash when it is not known.
func (s *sheet) day(d clock.Day) string { return i18n.Day(s.lang, d) }

// moment writes an instant to the minute, in the zone of the paper.
func (s *sheet) moment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "—"
	}
	if zone == nil {
		zone = time.UTC
	}
	return s.day(clock.DayOf(t, zone)) + t.In(zone).Format("\u00a015:04")
}

// bytesOf writes a size of a file.
func (s *sheet) bytesOf(n int64) string {
	if n < 1<<20 {
		return s.t("kilobytes", "N", i18n.Decimal(s.lang, float64(n)/1024, 1))
	}
	return s.t("megabytes", "N", i18n.Decimal(s.lang, float64(n)/(1<<20), 1))
}

// hash breaks a SHA-256 in two halves, so that it is read easily and has room.
func hash(sum string) string {
	if len(sum) != 64 {
		return sum
	}
	return sum[:32] + " " + sum[32:]
}
