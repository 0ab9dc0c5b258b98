package certificate

import (
	"cmp"
	"slices"
	"strings"

	"kualik/internal/doctext"
)

// placed is a word of a page with its text; lengths are in fractions of the page.
type placed struct {
	doctext.Word
	text string
	at   doctext.Rect
}

func (w placed) right() float64  { return w.at.X + w.at.W }
func (w placed) middle() float64 { return w.at.Y + w.at.H/2 }

// row is words on one line over the whole width of the page, from left to right.
type row []placed

func (r row) top() float64 {
	y := r[0].at.Y
	for _, w := range r {
		y = min(y, w.at.Y)
	}
	return y
}

func (r row) bottom() float64 {
	y := 0.0
	for _, w := range r {
		y = max(y, w.at.Y+w.at.H)
	}
	return y
}

func (r row) text() string {
	words := make([]string, len(r))
	for i, w := range r {
		words[i] = w.text
	}
	return strings.Join(words, " ")
}

// tabled gives a page anew when its labels stand in a column of their own: each label and then its value. Read
// column by column such a page would have all labels first. It is a table when at least three labels of different
// fields have something beside them that is no label.
func tabled(p doctext.Page) (doctext.Page, bool) {
	rows := rowsOf(p)
	if len(rows) < 4 {
		return p, false
	}
	edge, letter, ok := secondColumn(rows)
	if !ok {
		return p, false
	}
	ocr := p.Source == doctext.OCR
	b := tableBuilder{page: doctext.Page{Number: p.Number, Source: p.Source, Codes: p.Codes}}
	fields := map[Field]bool{}
	for from := 0; from < len(rows); {
		to := from
		for to < len(rows) && !crosses(rows[to], edge, letter) {
			to++
		}
		if to == from {
			b.line(rows[from])
			from++
			continue
		}
		for _, c := range cells(rows[from:to], edge, ocr) {
			left, right := c.texts()
			f, weight := speaksOf(left, ocr)
			if weight == 0 || right == "" || strings.Contains(strings.TrimSuffix(left, ":"), ":") {
				for _, r := range c.rows {
					b.line(r)
				}
				continue
			}
			if c.labelledRight(ocr) {
				return p, false // the other language stands beside: two columns of text
			}
			if c.level() {
				fields[f] = true
			}
			b.cell(c, edge)
		}
		from = to
	}
	return b.page, len(fields) >= 3
}

// rowsOf puts the words of a page into lines.
func rowsOf(p doctext.Page) []row {
	var words []placed
	for _, w := range p.Words {
		if at := w.Place(); at.W > 0 && at.H > 0 {
			words = append(words, placed{w, p.Text[w.Start:w.End], at})
		}
	}
	if len(words) < 8 {
		return nil
	}
	heights := make([]float64, len(words))
	for i, w := range words {
		heights[i] = w.at.H
	}
	slices.Sort(heights)
	slack := 0.6 * heights[len(heights)/2]
	slices.SortStableFunc(words, func(a, b placed) int { return cmp.Compare(a.middle(), b.middle()) })
	var rows []row
	at := 0.0
	for _, w := range words {
		if n := len(rows); n > 0 && w.middle()-at < slack {
			rows[n-1] = append(rows[n-1], w)
			at = (at*float64(len(rows[n-1])-1) + w.middle()) / float64(len(rows[n-1]))
			continue
		}
		rows = append(rows, row{w})
		at = w.middle()
	}
	for _, r := range rows {
		slices.SortStableFunc(r, func(a, b placed) int { return cmp.Compare(a.at.X, b.at.X) })
	}
	return rows
}

// secondColumn is where the column of values begins, and how wide a letter is: most lines that have white before
// a word have it there.
func secondColumn(rows []row) (edge, letter float64, ok bool) {
	letters, wide := 0, 0.0
	for _, r := range rows {
		for _, w := range r {
			letters += len([]rune(w.text))
			wide += w.at.W
		}
	}
	letter = wide / float64(max(letters, 1))
	var starts []float64
	for _, r := range rows {
		for i := 1; i < len(r); i++ {
			if r[i].at.X-r[i-1].right() > 1.6*letter {
				starts = append(starts, r[i].at.X)
			}
		}
		if r[0].at.X > 0.25 {
			starts = append(starts, r[0].at.X)
		}
	}
	slices.Sort(starts)
	best, from, at := 0, 0, 0.0
	for to := range starts {
		for starts[to]-starts[from] > 1.2*letter {
			from++
		}
		if n := to - from + 1; n > best {
			best, at = n, starts[from]
		}
	}
	return at - 0.4*letter, letter, best >= 3
}

// crosses tells that a line does not keep to the columns: a word lies over the edge, or the words at its two sides
// are neighbours.
func crosses(r row, edge, letter float64) bool {
	for i, w := range r {
		if w.at.X < edge && w.right() > edge {
			return true
		}
		if i > 0 && r[i-1].right() <= edge && w.at.X >= edge && (w.at.X-r[i-1].right() < 1.5*letter || w.at.X-edge > 2*letter) {
			return true
		}
	}
	return false
}

// cellRow is the lines of one row of a table.
type cellRow struct {
	rows []row
	edge float64
}

func (c cellRow) texts() (left, right string) {
	var l, r []string
	for _, row := range c.rows {
		a, b := split(row, c.edge)
		l, r = append(l, a.text()), append(r, b.text())
	}
	return strings.TrimSpace(strings.Join(l, " ")), strings.TrimSpace(strings.Join(r, " "))
}

// level tells whether label and value have a line in common.
func (c cellRow) level() bool {
	for _, r := range c.rows {
		if a, b := split(r, c.edge); len(a) > 0 && len(b) > 0 {
			return true
		}
	}
	return false
}

// labelledRight tells whether a label stands where the value should.
func (c cellRow) labelledRight(ocr bool) bool {
	for _, r := range c.rows {
		_, right := split(r, c.edge)
		head, _, colon := strings.Cut(right.text(), ":")
		if _, w := speaksOf(head, ocr); colon && (w >= 3 || w > 0 && isAside(head, ocr)) {
			return true
		}
	}
	return false
}

func split(r row, edge float64) (left, right row) {
	i := slices.IndexFunc(r, func(w placed) bool { return w.at.X >= edge })
	if i < 0 {
		i = len(r)
	}
	return r[:i], r[i:]
}

// cells parts lines into the rows of a table: where more white lies between two lines than between those of one
// cell, or where the left side is a whole label and begins another.
func cells(rows []row, edge float64, ocr bool) []cellRow {
	var steps []float64
	for i := 1; i < len(rows); i++ {
		steps = append(steps, rows[i].top()-rows[i-1].bottom())
	}
	usual := 0.0
	if len(steps) > 0 {
		sorted := slices.Clone(steps)
		slices.Sort(sorted)
		usual = sorted[len(sorted)/4]
	}
	height := 0.0
	for _, r := range rows {
		height += (r.bottom() - r.top()) / float64(len(rows))
	}
	out := []cellRow{{rows[:1:1], edge}}
	for i := 1; i < len(rows); i++ {
		last := &out[len(out)-1]
		apart := steps[i-1] > usual+0.35*height
		if !apart {
			label, _ := last.texts()
			next, _ := split(rows[i], edge)
			f, w := speaksOf(label, ocr)
			g, v := speaksOf(next.text(), ocr)
			apart = w >= 3 && v >= 3 && f != g
		}
		if apart {
			out = append(out, cellRow{rows[i : i+1 : i+1], edge})
			continue
		}
		last.rows = append(last.rows, rows[i])
	}
	return wholeLabels(out, ocr)
}

// wholeLabels joins what was parted within a label: a bracket is open, or what follows beside nothing fills it up.
func wholeLabels(in []cellRow, ocr bool) []cellRow {
	out := in[:1]
	for _, c := range in[1:] {
		last := &out[len(out)-1]
		before, _ := last.texts()
		left, right := c.texts()
		open := strings.Count(before, "(") > strings.Count(before, ")")
		f, _ := speaksOf(before, ocr)
		g, _ := speaksOf(left, ocr)
		if left != "" && (open || (right == "" || f == g) && isAside(left, ocr)) && !strings.Contains(left, ":") && len(last.rows) < 8 {
			last.rows = append(slices.Clip(last.rows), c.rows...)
			continue
		}
		out = append(out, c)
	}
	return out
}

// tableBuilder writes the new text of a page and where its words are.
type tableBuilder struct{ page doctext.Page }

func (b *tableBuilder) words(r row) {
	for i, w := range r {
		if i > 0 {
			b.page.Text += " "
		}
		start := len(b.page.Text)
		b.page.Text += w.text
		w.Word.Start, w.Word.End = start, len(b.page.Text)
		b.page.Words = append(b.page.Words, w.Word)
	}
}

func (b *tableBuilder) line(r row) {
	b.words(r)
	b.page.Text += "\n"
}

// cell writes a label in one line, with a colon, and its value in as many as it has.
func (b *tableBuilder) cell(c cellRow, edge float64) {
	for i, r := range c.rows {
		if left, _ := split(r, edge); len(left) > 0 {
			if i > 0 && b.page.Text != "" && !strings.HasSuffix(b.page.Text, "\n") {
				b.page.Text += " "
			}
			b.words(left)
		}
	}
	if !strings.HasSuffix(b.page.Text, ":") {
		b.page.Text += ":"
	}
	b.page.Text += "\n"
	for _, r := range c.rows {
		if _, right := split(r, edge); len(right) > 0 {
			b.line(right)
		}
	}
}
