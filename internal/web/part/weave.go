package part

import (
	"fmt"
	"math"
	"strings"
)

// The guilloche, the woven line of certificates, is drawn by rings whose radius swings as a sine. It is
// the only ornament: side bar, mark, log-in, empty places; never behind text or figures.

// ring is one closed line: radius r swings by swing, petals times around, turned by phase (radians).
func ring(cx, cy, r, swing float64, petals int, phase float64) string {
	steps := petals * 12
	if steps < 96 {
		steps = 96
	}
	var b strings.Builder
	for i := 0; i <= steps; i++ {
		a := 2 * math.Pi * float64(i) / float64(steps)
		rr := r + swing*math.Sin(float64(petals)*a+phase)
		b.WriteByte("ML"[min(i, 1)])
		fmt.Fprintf(&b, "%.1f %.1f", cx+rr*math.Cos(a), cy+rr*math.Sin(a))
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
	emptyRings = band(50, 21, 46, 12, 7)
	coverRings = append(append(band(400, 290, 396, 18, 7), band(400, 136, 284, 16, 7)...), band(400, 46, 130, 12, 6)...)
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
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="#0C2C37"/>`)
	for _, d := range markRings {
		b.WriteString(`<path d="` + d + `" fill="none" stroke="#7FD3EA" stroke-width="1"/>`)
	}
	b.WriteString(`<path d="M14.5 20.5l4 4 7.5-8.5" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`)
	return b.String()
}
