package part

import (
	"fmt"
	"math"
	"strconv"
)

func ratio(a, b float64) float64 {
	if b <= 0 || math.IsNaN(a) {
		return 0
	}
	return math.Max(0, math.Min(1, a/b))
}

func percent(f float64) string {
	return strconv.FormatFloat(100*math.Max(0, math.Min(1, f)), 'f', 2, 64) + "%"
}

func px(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// shareWidths lays parts of a whole side by side, in percent; a part that is not nothing is at least half
// a percent wide, so that one letter of two thousand is seen.
type shareBox struct{ x, w, class string }

func shareBoxes(shares []Share) []shareBox {
	var sum float64
	for _, s := range shares {
		if s.N > 0 {
			sum += math.Max(float64(s.N), 0)
		}
	}
	var out []shareBox
	at := 0.0
	for _, s := range shares {
		if s.N <= 0 {
			continue
		}
		w := math.Max(0.5, 100*float64(s.N)/sum)
		out = append(out, shareBox{x: px(at) + "%", w: px(math.Max(0.3, w-0.3)) + "%", class: s.Class})
		at += w
	}
	return out
}

// column is one drawn column: its place in the drawing.
type column struct {
	x, w, y1, h1, y2, h2, top, mid float64
	bar                            Column
}

// columnsDrawing is a chart of columns, laid out for a width; all in units of the drawing.
type columnsDrawing struct {
	w, h, left, base float64
	grid             []gridLine
	columns          []column
}

type gridLine struct {
	y    float64
	text string
}

// layColumns places the columns of a chart in a drawing of w by h; the scale begins at zero and has
// lines at round numbers.
func layColumns(bars []Column, w, h float64) columnsDrawing {
	const left, top, foot = 26, 18, 34
	d := columnsDrawing{w: w, h: h, left: left, base: h - foot}
	most := 0.0
	for _, b := range bars {
		most = math.Max(most, float64(b.First+b.Second))
	}
	step := roundStep(most / 4)
	room := d.base - top
	scale := room / math.Max(most, step)
	for v := 0.0; v <= most+0.001 && len(d.grid) < 5; v += step {
		d.grid = append(d.grid, gridLine{y: d.base - v*scale, text: Num(int(v))})
	}
	slot := (w - left) / math.Max(1, float64(len(bars)))
	for i, b := range bars {
		c := column{bar: b, w: math.Min(slot*0.64, 56)}
		c.mid = left + slot*(float64(i)+0.5)
		c.x = c.mid - c.w/2
		c.h1, c.h2 = float64(b.First)*scale, float64(b.Second)*scale
		c.y1 = d.base - c.h1
		c.y2 = c.y1 - c.h2
		c.top = c.y2 - 5
		d.columns = append(d.columns, c)
	}
	return d
}

// roundStep is the least of 1, 2, 5, 10, 20, … that is not below x.
func roundStep(x float64) float64 {
	if x <= 1 {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*p >= x {
			return m * p
		}
	}
	return 10 * p
}

func hatchURL(id string) string { return "url(#" + id + ")" }

func viewBox(w, h float64) string { return fmt.Sprintf("0 0 %g %g", w, h) }

// barRoom gives the width of a bar of a list chart and where its value stands.
func barRoom(v, most, room float64) float64 { return math.Max(1, room*ratio(v, most)) }

func mostOf(bars []Bar) float64 {
	most := 0.0
	for _, b := range bars {
		most = math.Max(most, b.Value)
	}
	return most
}

func lastOf(c []Column, n int) []Column {
	if len(c) > n {
		return c[len(c)-n:]
	}
	return c
}

func nameRoom(w float64) float64 {
	if w <= 0 {
		return 276
	}
	return w
}

func rankRoom(rank string) float64 {
	if rank == "" {
		return 0
	}
	return 26
}
