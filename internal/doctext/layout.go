package doctext

import (
	"slices"
	"strings"
)

// token is a run of letters without white space and its box, in any unit with y downwards. gap is how
// many spaces stood before it in the content, -1 when it did not follow its predecessor on one line.
// y0 and y1 of line are the extent of the content line that it belongs to: a comma or a dash alone
// would not say where its line is.
type token struct {
	text           string
	x0, y0, x1, y1 float64
	line0, line1   float64
	gap            int
	seq            int
	conf           float64
	twice          Twice
	second         string
	unread         bool
}

// band is a set of tokens that overlap vertically, directly or through others: one line of a page in
// one column, or a stretch of a page in several columns whose lines do not stand level.
type band struct {
	y0, y1 float64
	tokens []token
}

type interval struct{ from, to float64 }

func (i interval) width() float64 { return i.to - i.from }

// arrange puts tokens in reading order and makes the page's text: columns one after the other, lines
// from top to bottom. em is the height of the letters, the unit of all tolerances.
func arrange(tokens []token, width, height, em float64) (string, []Word) {
	w := &pageWriter{width: width, height: height, em: em}
	for _, block := range blocks(tokens, em) {
		for _, line := range lines(block) {
			w.line(line)
		}
	}
	return w.text.String(), w.words
}

// blocks parts the page into pieces that are read one after the other.
func blocks(tokens []token, em float64) [][]token {
	bands := bandsOf(tokens)
	var out [][]token
	for i := 0; i < len(bands); {
		last, gutter := columnsFrom(bands[i:], em)
		if last < 0 {
			out = append(out, bands[i].tokens)
			i++
			continue
		}
		var left, right []token
		for _, b := range bands[i : i+last+1] {
			for _, t := range b.tokens {
				if t.x1 <= gutter.to {
					left = append(left, t)
				} else {
					right = append(right, t)
				}
			}
		}
		out = append(out, left)
		out = append(out, blocks(right, em)...) // a third column
		i += last + 1
	}
	return out
}

// columnsFrom finds how many of the bands, from the first, stand in columns: a strip of white goes
// through all of them, wide enough for the number of lines that it parts. It gives the last such band
// and the strip, or -1.
func columnsFrom(bands []band, em float64) (int, interval) {
	strips := gaps(bands[0].tokens, 0.5*em)
	both, last := 0, -1
	var best interval
	for j, b := range bands {
		if j > 0 {
			if b.y0-bands[j-1].y1 > 4*em {
				break
			}
			strips = intersect(strips, b.tokens, 0.5*em)
		}
		if len(strips) == 0 {
			break
		}
		widest := slices.MaxFunc(strips, func(a, b interval) int { return compare(a.width(), b.width()) })
		n := linesOnBothSides(b, widest)
		both += n
		if n > 0 && (widest.width() >= 1.2*em && both >= 4 || widest.width() >= 0.6*em && both >= 6) && flush(bands[:j+1], widest, em) {
			last, best = j, widest
		}
	}
	if last < 0 {
		return -1, best
	}
	return last + trailing(bands, last, best, em), best
}

// flush tells whether what stands right of the strip begins at one edge, as a column does, or is centred on one
// axis: the gaps of justified lines that happen to lie above each other do not make one.
func flush(bands []band, strip interval, em float64) bool {
	var starts, middles []float64
	for _, b := range bands {
		var right []token
		for _, t := range b.tokens {
			if t.x1 > strip.to {
				right = append(right, t)
			}
		}
		for _, line := range lines(right) {
			starts = append(starts, line[0].x0)
			middles = append(middles, (line[0].x0+line[len(line)-1].x1)/2)
		}
	}
	edge, atEdge := densest(starts, 0.4*em)
	if 2*atEdge >= len(starts) {
		return true
	}
	var rest []float64
	for i, m := range middles {
		if starts[i] < edge || starts[i] > edge+0.4*em {
			rest = append(rest, m)
		}
	}
	_, centred := densest(rest, 0.5*em)
	return centred >= 3 && 4*(atEdge+centred) >= 3*len(starts)
}

// densest finds the stretch of a width that holds the most values; it gives its beginning and their number.
func densest(values []float64, width float64) (from float64, most int) {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	first := 0
	for last := range sorted {
		for sorted[last]-sorted[first] > width {
			first++
		}
		if n := last - first + 1; n > most {
			from, most = sorted[first], n
		}
	}
	return from, most
}

// trailing counts the bands after the last two-sided one that carry on one of the columns: close
// below, on one side of the strip, and flush with the column's edge.
func trailing(bands []band, last int, strip interval, em float64) int {
	edges := [2]float64{bands[last].tokens[0].x0, strip.to}
	for _, b := range bands[:last+1] {
		for _, t := range b.tokens {
			edges[0] = min(edges[0], t.x0)
		}
	}
	n := 0
	for j := last + 1; j < len(bands); j++ {
		b := bands[j]
		if b.y0-bands[j-1].y1 > 2*em || len(intersect([]interval{strip}, b.tokens, 0.5*em)) == 0 {
			break
		}
		x := b.tokens[0].x0
		for _, t := range b.tokens {
			x = min(x, t.x0)
		}
		if abs(x-edges[0]) > em && abs(x-edges[1]) > em {
			break
		}
		n++
	}
	return n
}

// bandsOf groups tokens by vertical overlap of their lines.
func bandsOf(tokens []token) []band {
	byTop := slices.Clone(tokens)
	slices.SortStableFunc(byTop, func(a, b token) int { return compare(a.line0, b.line0) })
	var out []band
	for _, t := range byTop {
		trim := 0.15 * (t.line1 - t.line0)
		top, bottom := t.line0+trim, t.line1-trim
		if n := len(out); n > 0 && top < out[n-1].y1 {
			out[n-1].tokens = append(out[n-1].tokens, t)
			out[n-1].y1 = max(out[n-1].y1, bottom)
			continue
		}
		out = append(out, band{y0: top, y1: bottom, tokens: []token{t}})
	}
	return out
}

// gaps are the white strips between the tokens, seen from above.
func gaps(tokens []token, least float64) []interval {
	spans := make([]interval, len(tokens))
	for i, t := range tokens {
		spans[i] = interval{t.x0, t.x1}
	}
	slices.SortFunc(spans, func(a, b interval) int { return compare(a.from, b.from) })
	var out []interval
	end := spans[0].to
	for _, s := range spans[1:] {
		if s.from-end >= least {
			out = append(out, interval{end, s.from})
		}
		end = max(end, s.to)
	}
	return out
}

// intersect narrows strips to what the tokens leave white.
func intersect(strips []interval, tokens []token, least float64) []interval {
	for _, t := range tokens {
		var next []interval
		for _, s := range strips {
			if t.x1 <= s.from || t.x0 >= s.to {
				next = append(next, s)
				continue
			}
			for _, part := range []interval{{s.from, t.x0}, {t.x1, s.to}} {
				if part.width() >= least {
					next = append(next, part)
				}
			}
		}
		strips = next
	}
	return strips
}

// linesOnBothSides counts the lines of a band that have text on both sides of the strip.
func linesOnBothSides(b band, strip interval) int {
	var left, right []token
	for _, t := range b.tokens {
		if t.x1 <= strip.to {
			left = append(left, t)
		} else {
			right = append(right, t)
		}
	}
	return min(len(lines(left)), len(lines(right)))
}

// lines groups tokens of one column into lines, each from left to right.
func lines(tokens []token) [][]token {
	type row struct {
		y0, y1 float64
		tokens []token
	}
	var rows []*row
	byTop := slices.Clone(tokens)
	slices.SortStableFunc(byTop, func(a, b token) int { return compare(a.line0+a.line1, b.line0+b.line1) })
	for _, t := range byTop {
		if n := len(rows); n > 0 {
			r := rows[n-1]
			overlap := min(r.y1, t.line1) - max(r.y0, t.line0)
			if overlap > 0.5*min(r.y1-r.y0, t.line1-t.line0) {
				r.tokens = append(r.tokens, t)
				continue
			}
		}
		rows = append(rows, &row{t.line0, t.line1, []token{t}})
	}
	out := make([][]token, len(rows))
	for i, r := range rows {
		slices.SortStableFunc(r.tokens, func(a, b token) int { return compare(a.x0, b.x0) })
		out[i] = r.tokens
	}
	return out
}

// pageWriter builds Page.Text and Page.Words.
type pageWriter struct {
	text              strings.Builder
	words             []Word
	width, height, em float64
}

func (w *pageWriter) line(tokens []token) {
	if w.text.Len() > 0 {
		w.text.WriteByte('\n')
	}
	for i, t := range tokens {
		if i > 0 {
			w.text.WriteString(strings.Repeat(" ", w.spaces(tokens[i-1], t)))
		}
		start := w.text.Len()
		w.text.WriteString(t.text)
		w.words = append(w.words, Word{
			Start: start, End: w.text.Len(), Confidence: t.conf, Twice: t.twice, Second: t.second, Unread: t.unread,
			Box: Rect{X: t.x0 / w.width, Y: t.y0 / w.height, W: (t.x1 - t.x0) / w.width, H: (t.y1 - t.y0) / w.height},
		})
	}
}

// spaces tells how many spaces part two neighbours: as many as in the content where they are
// neighbours there too, for a double space in a title is part of it.
func (w *pageWriter) spaces(a, b token) int {
	if b.seq == a.seq+1 && b.gap >= 0 {
		return min(b.gap, 8)
	}
	if abs(b.x0-a.x1) < 0.08*w.em {
		return 0
	}
	return 1
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
