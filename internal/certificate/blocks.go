package certificate

import (
	"cmp"
	"slices"
	"strings"

	"kualik/internal/doctext"
)

// block is a paragraph or the cell of a table: lines that stand close below each other. Lengths are in fractions of
// the page.
type block struct {
	lines                    []row
	left, right, top, bottom float64
}

func newBlock(piece row) *block {
	b := &block{left: piece[0].at.X, right: piece[len(piece)-1].right(), top: piece.top(), bottom: piece.bottom()}
	b.lines = []row{piece}
	return b
}

func (b *block) add(piece row) {
	b.lines = append(b.lines, piece)
	b.left, b.right = min(b.left, piece[0].at.X), max(b.right, piece[len(piece)-1].right())
	b.bottom = max(b.bottom, piece.bottom())
}

func (b *block) text() string {
	lines := make([]string, len(b.lines))
	for i, l := range b.lines {
		lines[i] = l.text()
	}
	return strings.Join(lines, " ")
}

// inBlocks gives a page anew, cell by cell: each row of a table from left to right, and a row of labels over a row
// of values pair by pair.
func inBlocks(p doctext.Page) doctext.Page {
	rows := rowsOf(p)
	if len(rows) < 4 {
		return p
	}
	b := tableBuilder{page: doctext.Page{Number: p.Number, Source: p.Source, Codes: p.Codes}}
	bands := blockBands(blocksOf(rows))
	ocr := p.Source == doctext.OCR
	for i := 0; i < len(bands); i++ {
		if i+1 < len(bands) && headsColumns(bands[i], bands[i+1], ocr) {
			for k, label := range bands[i] {
				b.block(label)
				b.block(bands[i+1][k])
			}
			i++
			continue
		}
		if between, ok := labelBetween(bands[i], ocr); ok {
			for _, one := range between {
				b.block(one)
			}
			continue
		}
		for _, one := range bands[i] {
			b.block(one)
		}
	}
	return b.page
}

// block writes the lines of a block, an empty line above them.
func (b *tableBuilder) block(x *block) {
	b.page.Text += "\n"
	for _, l := range x.lines {
		b.line(l)
	}
}

// blocksOf joins the pieces of lines that stand close below each other and share an edge or their middle.
func blocksOf(rows []row) []*block {
	letters, wide, high := 0, 0.0, 0.0
	for _, r := range rows {
		for _, w := range r {
			letters += len([]rune(w.text))
			wide += w.at.W
		}
		high += (r.bottom() - r.top()) / float64(len(rows))
	}
	letter := wide / float64(max(letters, 1))
	step := usualStep(rows)
	edges := columnEdges(rows, letter)
	var list []row
	for i, r := range rows {
		var beside []row // the lines close above and below
		for _, k := range []int{i - 1, i + 1} {
			if k >= 0 && k < len(rows) && max(rows[k].top()-r.bottom(), r.top()-rows[k].bottom()) < step+0.35*high {
				beside = append(beside, rows[k])
			}
		}
		list = append(list, pieces(r, beside, letter, edges)...)
	}
	var done, open []*block
	for _, piece := range list {
		near := max(step, min(stepOver(list, piece), 0.5*high)) + 0.35*high
		var joined *block
		rest := open[:0]
		for _, b := range open { // what stands right above the piece takes it in or ends
			last := b.lines[len(b.lines)-1]
			switch {
			case !overlap(last, piece):
				rest = append(rest, b)
			case joined == nil && piece.top()-last.bottom() <= near && aligned(last, piece, 1.2*letter):
				joined = b
			default:
				done = append(done, b)
			}
		}
		if joined == nil {
			joined = newBlock(piece)
		} else {
			joined.add(piece)
		}
		open = append(rest, joined)
	}
	done = append(done, open...)
	slices.SortStableFunc(done, func(a, b *block) int { return cmp.Compare(a.top, b.top) })
	return done
}

// stepOver is the usual white between two lines of the column in which a piece of a line stands; 0 where that is
// too short to say.
func stepOver(list []row, piece row) float64 {
	var steps []float64
	bottom := -1.0
	for _, r := range list {
		if !overlap(r, piece) {
			continue
		}
		if white := r.top() - bottom; bottom >= 0 && white > 0 {
			steps = append(steps, white)
		}
		bottom = r.bottom()
	}
	if len(steps) < 4 {
		return 0
	}
	slices.Sort(steps)
	return steps[len(steps)/4]
}

// usualStep is the white between two lines of one paragraph: that between a line and the next one below it, mostly.
func usualStep(rows []row) float64 {
	var steps []float64
	for i, r := range rows {
		for _, above := range slices.Backward(rows[max(0, i-3):i]) {
			if above[0].at.X < r[len(r)-1].right() && r[0].at.X < above[len(above)-1].right() {
				if white := r.top() - above.bottom(); white > 0 {
					steps = append(steps, white)
				}
				break
			}
		}
	}
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	return steps[len(steps)/4]
}

// white is how many letters wide the white between two cells is at least.
const white = 1.8

// columnEdges are the places at which at least three lines begin, two of them after white: left edges of columns.
func columnEdges(rows []row, letter float64) []float64 {
	type start struct {
		at    float64
		after bool // white
	}
	var starts []start
	for _, r := range rows {
		for i, w := range r {
			if after := i > 0 && w.at.X-r[i-1].right() > white*letter; after || i == 0 {
				starts = append(starts, start{w.at.X, after})
			}
		}
	}
	slices.SortFunc(starts, func(a, b start) int { return cmp.Compare(a.at, b.at) })
	var out []float64
	for from := 0; from < len(starts); {
		to, after := from, 0
		for ; to < len(starts) && starts[to].at-starts[from].at < 0.5*letter; to++ {
			if starts[to].after {
				after++
			}
		}
		if to-from >= 3 && after >= 2 {
			out = append(out, starts[from].at)
		}
		from = to
	}
	return out
}

// pieces parts a line where there is more white than between words, and at the edge of a column. White that
// a line beside it covers is none between columns: the line was set from edge to edge.
func pieces(r row, beside []row, letter float64, edges []float64) []row {
	var out []row
	from := 0
	justified := stretched(r, letter)
	for i := 1; i <= len(r); i++ {
		end := i == len(r)
		if !end {
			l, x := r[i-1].right(), r[i].at.X
			if x-l < 1.15*justified {
				continue
			}
			atEdge := slices.ContainsFunc(edges, func(e float64) bool { return e-0.1*letter <= x && x < e+0.5*letter })
			end = (x-l > white*letter || atEdge && x-l > 0.6*letter) && !covered(l, x, letter, beside)
		}
		if end {
			out = append(out, r[from:i])
			from = i
		}
	}
	return out
}

// stretched is the width of the white between the words of a line that was set from edge to edge: three times or
// more in a row about the same, and wider than usual. It is 0 for another line.
func stretched(r row, letter float64) float64 {
	widest, run, least, most := 0.0, 0, 0.0, 0.0
	for i := 1; i < len(r); i++ {
		g := r[i].at.X - r[i-1].right()
		if run == 0 || min(least, g) <= 0.87*max(most, g) {
			run, least, most = 0, g, g
		}
		run, least, most = run+1, min(least, g), max(most, g)
		if run >= 3 && least > 0.8*letter {
			widest = max(widest, most)
		}
	}
	return widest
}

// covered tells whether a line leaves no white of a letter's width between two places.
func covered(from, to, letter float64, rows []row) bool {
	return slices.ContainsFunc(rows, func(r row) bool {
		x := from
		for _, w := range r {
			if w.right() <= x {
				continue
			}
			if min(w.at.X, to)-x >= letter {
				return false
			}
			if x = w.right(); x >= to {
				return true
			}
		}
		return to-x < letter
	})
}

// overlap tells whether two lines share a part of the width.
func overlap(a, b row) bool {
	return a[0].at.X < b[len(b)-1].right() && b[0].at.X < a[len(a)-1].right()
}

// aligned tells whether two lines share an edge or their middle.
func aligned(a, b row, slack float64) bool {
	l, r := a[0].at.X-b[0].at.X, a[len(a)-1].right()-b[len(b)-1].right()
	near := func(x float64) bool { return -slack < x && x < slack }
	return near(l) || near(r) || near((l+r)/2)
}

// blockBands puts blocks that stand beside each other into one band, from left to right; those of a band that lie
// over each other keep their order.
func blockBands(blocks []*block) [][]*block {
	var out [][]*block
	bottom := 0.0
	for _, b := range blocks {
		if n := len(out); n > 0 && b.top < bottom-0.3*(b.lines[0].bottom()-b.lines[0].top()) {
			out[n-1] = append(out[n-1], b)
			bottom = max(bottom, b.bottom)
			continue
		}
		out = append(out, []*block{b})
		bottom = b.bottom
	}
	for _, band := range out {
		slices.SortStableFunc(band, func(a, b *block) int {
			if a.right <= b.left || b.right <= a.left {
				return cmp.Compare(a.left, b.left)
			}
			return cmp.Compare(a.top, b.top)
		})
	}
	return out
}

// labelBetween puts the blocks of a band in order when a label stands between its values in two languages: the label,
// the value on its left, and the one on its right if that says something else.
func labelBetween(band []*block, ocr bool) ([]*block, bool) {
	var columns [][]*block
	for _, b := range band {
		n := len(columns)
		if n > 0 && b.left < columns[n-1][0].right {
			columns[n-1] = append(columns[n-1], b)
		} else {
			columns = append(columns, []*block{b})
		}
	}
	if len(columns) != 3 || len(columns[0]) > 1 || len(columns[2]) > 1 {
		return nil, false
	}
	left, right := columns[0][0], columns[2][0]
	label := ""
	for _, b := range columns[1] {
		label += b.text() + " "
	}
	field, loud := speaksOf(label, ocr)
	f, l := speaksOf(left.text(), ocr)
	g, r := speaksOf(right.text(), ocr)
	if loud < 2 || l >= 3 && f != field || r >= 3 && g != field {
		return nil, false
	}
	value := newBlock(left.lines[0])
	value.lines = slices.Clone(left.lines)
	if compact(left.text()) != compact(right.text()) || compact(left.text()) == "" && left.text() != right.text() {
		value.lines = append(value.lines, right.lines...)
	}
	return append(columns[1], value), true
}

// headsColumns tells whether the blocks of a band are labels of the blocks below them: none of those speaks of a
// field, and most of these do.
func headsColumns(labels, values []*block, ocr bool) bool {
	if len(labels) < 2 || len(labels) != len(values) {
		return false
	}
	speak := 0
	for i, l := range labels {
		v := values[i]
		if l.left >= v.right || v.left >= l.right {
			return false
		}
		if _, w := speaksOf(l.text(), ocr); w >= 2 {
			speak++
		}
		if _, w := speaksOf(v.text(), ocr); w >= 3 {
			return false
		}
	}
	return 3*speak >= 2*len(labels)
}
