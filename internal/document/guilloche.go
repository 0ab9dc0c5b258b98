package document

import (
	"math"

	"github.com/phpdave11/gofpdf"
)

// weave is the colour of the woven lines: the accent, thinned for paper.
var weave = colour{0x6f, 0xa6, 0xb7}

// frame is a woven border: a band of four waves along each edge of the page between two thin rules, with a rosette on
// each corner. at is the distance of the band's outer rule from the edge of the sheet, thick the band's width.
func (s *sheet) frame(at, thick float64) {
	const width, height = 210.0, 297.0
	s.mark(func(f *gofpdf.Fpdf) {
		f.SetDrawColor(weave[0], weave[1], weave[2])
		f.SetLineWidth(0.12)
		inner := at + thick
		for i := range 4 {
			phase := 2 * math.Pi * float64(i) / 4
			along := func(length float64, point func(along, across float64) (x, y float64)) {
				wave(f, length, thick/2-0.35, phase, point)
			}
			along(width-2*inner, func(a, c float64) (x, y float64) { return inner + a, at + thick/2 + c })
			along(width-2*inner, func(a, c float64) (x, y float64) { return inner + a, height - at - thick/2 - c })
			along(height-2*inner, func(a, c float64) (x, y float64) { return at + thick/2 + c, inner + a })
			along(height-2*inner, func(a, c float64) (x, y float64) { return width - at - thick/2 - c, inner + a })
		}
		f.SetLineWidth(0.25)
		f.Rect(at, at, width-2*at, height-2*at, "D")
		f.Rect(inner, inner, width-2*inner, height-2*inner, "D")
		f.SetLineWidth(0.12)
		for _, x := range []float64{at + thick/2, width - at - thick/2} {
			for _, y := range []float64{at + thick/2, height - at - thick/2} {
				rosette(f, x, y, thick*0.75)
			}
		}
	})
}

// wave draws a line that swings about its way, a period about every 5 mm and a whole number of them. Its arches are
// parabolas, which a cubic curve follows exactly, cut where the band ends.
func wave(f *gofpdf.Fpdf, length, swing, phase float64, point func(along, across float64) (x, y float64)) {
	periods := math.Round(length / 5)
	half := length / periods / 2
	steep := 4 * swing / half
	from := -half * phase / math.Pi
	began := false
	for i := range int(2*periods) + 3 {
		begin := from + float64(i)*half
		a, b := max(begin, 0), min(begin+half, length)
		if b-a < 1e-6 {
			continue
		}
		side := float64(1 - 2*(i%2))
		at := func(x float64) (value, rise float64) {
			u := x - begin
			return side * steep * u * (1 - u/half), side * steep * (1 - 2*u/half)
		}
		va, ra := at(a)
		vb, rb := at(b)
		third := (b - a) / 3
		if x, y := point(a, va); !began {
			f.MoveTo(x, y)
			began = true
		}
		x1, y1 := point(a+third, va+ra*third)
		x2, y2 := point(b-third, vb-rb*third)
		x3, y3 := point(b, vb)
		f.CurveBezierCubicTo(x1, y1, x2, y2, x3, y3)
	}
	f.DrawPath("D")
}

// rosette draws the mark's three rings of eight petals about a centre, on white.
func rosette(f *gofpdf.Fpdf, cx, cy, radius float64) {
	f.SetFillColor(255, 255, 255)
	f.Circle(cx, cy, radius, "F")
	for i := range 3 {
		petals(f, cx, cy, radius*0.8, radius*0.19, 8, 2*math.Pi*float64(i)/3)
	}
	f.Circle(cx, cy, radius*0.45, "D")
}

// petals is one closed line whose radius swings.
func petals(f *gofpdf.Fpdf, cx, cy, r, swing float64, count int, phase float64) {
	steps := count * 8
	h := 2 * math.Pi / float64(steps)
	at := func(i int) (x, y, dx, dy float64) {
		a := h * float64(i)
		p := float64(count)*a + phase
		rr, dr := r+swing*math.Sin(p), swing*float64(count)*math.Cos(p)
		return cx + rr*math.Cos(a), cy + rr*math.Sin(a), dr*math.Cos(a) - rr*math.Sin(a), dr*math.Sin(a) + rr*math.Cos(a)
	}
	x0, y0, dx0, dy0 := at(0)
	f.MoveTo(x0, y0)
	for i := 1; i <= steps; i++ {
		x, y, dx, dy := at(i)
		f.CurveBezierCubicTo(x0+dx0*h/3, y0+dy0*h/3, x-dx*h/3, y-dy*h/3, x, y)
		x0, y0, dx0, dy0 = x, y, dx, dy
	}
	f.DrawPath("D")
}
