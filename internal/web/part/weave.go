package part

import (
	"fmt"
	"math"
	"strings"
)

// The guilloche, the woven line of certificates, is drawn by rings whose radius swings as a sine. It is
// the only ornament: side bar, mark, log-in, empty places; never behind text or figures.

// ring is one closed line: radius r swings by swing, petals times around, turned by phase (radians). It is
// drawn by cubic curves through eight points a petal, with the true tangents there.
func ring(cx, cy, r, swing float64, petals int, phase float64) string {
	steps := petals * 8
	h := 2 * math.Pi / float64(steps)
	at := func(i int) (x, y, dx, dy float64) {
		a := h * float64(i)
		p := float64(petals)*a + phase
		rr, dr := r+swing*math.Sin(p), swing*float64(petals)*math.Cos(p)
		return cx + rr*math.Cos(a), cy + rr*math.Sin(a), dr*math.Cos(a) - rr*math.Sin(a), dr*math.Sin(a) + rr*math.Cos(a)
	}
	var b strings.Builder
	x0, y0, dx0, dy0 := at(0)
	fmt.Fprintf(&b, "M%.1f %.1f", x0, y0)
	for i := 1; i <= steps; i++ {
		x, y, dx, dy := at(i)
		fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", x0+dx0*h/3, y0+dy0*h/3, x-dx*h/3, y-dy*h/3, x, y)
		x0, y0, dx0, dy0 = x, y, dx, dy
	}
	b.WriteByte('Z')
	return b.String()
}

// band is a woven ring between two radii: n lines of the same sine, each turned a little further.
func band(c, inner, outer float64, petals, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = ring(c, c, (inner+outer)/2, (outer-inner)/2, petals, 2*math.Pi*float64(i)/float64(n))
	}
	return out
}

// Drawings that never change are computed once.
var (
	markRings = []string{
		ring(20, 20, 15, 3.4, 8, 0), ring(20, 20, 15, 3.4, 8, 2*math.Pi/3), ring(20, 20, 15, 3.4, 8, 4*math.Pi/3),
	}
	emptyRings = band(50, 20, 47, 13, 3)
	weaveDown  = wave(96, 12, true)
	weaveAlong = wave(96, 6, false)
)

// wave is one tile of the woven edge: four sines, each a quarter of a turn further. strip is its width,
// length that of a tile along it.
func wave(length, strip float64, down bool) []string {
	out := make([]string, 4)
	for i := range out {
		var b strings.Builder
		for s := 0; s <= 32; s++ {
			along := length * float64(s) / 32
			across := strip/2 + (strip/2-1)*math.Sin(2*math.Pi*along/length*2+float64(i)*math.Pi/2)
			b.WriteByte("ML"[min(s, 1)])
			if down {
				fmt.Fprintf(&b, "%.1f %.1f", across, along)
			} else {
				fmt.Fprintf(&b, "%.1f %.1f", along, across)
			}
		}
		out[i] = b.String()
	}
	return out
}

// MarkFile is the mark as a file of its own, for the browser's tab.
func MarkFile() string {
	return markFile(`<rect width="40" height="40" rx="9" fill="#0C2C37"/>`)
}

// RingFile is the mark without a ground, for bars that have the spine's colour.
func RingFile() string { return markFile("") }

func markFile(ground string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">` + ground + `<g fill="none" stroke="#7FD3EA">` + paths(markRings) +
		`<path d="M14.5 20.5l4 4 7.5-8.5" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></g></svg>`
}

// RosetteFile is the large ornament of the log-in page as a file of its own.
func RosetteFile() string {
	rings := append(append(band(400, 290, 396, 21, 6), band(400, 136, 284, 17, 6)...), band(400, 46, 130, 13, 5)...)
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800"><g fill="none" stroke="#7FD3EA" stroke-opacity=".42" stroke-width=".9">` +
		paths(rings) + `</g></svg>`
}

func paths(lines []string) string {
	var b strings.Builder
	for _, d := range lines {
		b.WriteString(`<path d="` + d + `"/>`)
	}
	return b.String()
}
