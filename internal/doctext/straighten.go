package doctext

import (
	"image"
	"math"
	"slices"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// sheet is a page image made ready for recognition, and the way back to the page as it came.
type sheet struct {
	img      *image.Gray
	quarters int     // turned clockwise from the original
	angle    float64 // then turned by this, in radians, clockwise
	lean     lean    // then its lines levelled
	w, h     int     // of the image before the fine turn
	uneven   bool    // lit unevenly: a photo
}

// The long side of an A4 page at 300 dpi: letters are then 30 to 40 pixels high, as Tesseract likes.
const goodSide = 3300

// straighten scales a page image to a good size and turns its lines level.
func straighten(img image.Image) sheet {
	g := scaled(grey(img))
	s := sheet{img: g}
	small := shrunk(g, 900)
	if linesAreVertical(small) {
		s.quarters = 1
		s.img = turned(g, 1)
		small = turned(small, 1)
	}
	s.uneven = unevenLight(small)
	s.w, s.h = s.img.Rect.Dx(), s.img.Rect.Dy()
	if s.angle = slant(small); s.angle != 0 {
		s.img = rotated(s.img, s.angle)
		small = rotated(small, s.angle)
	}
	if s.lean = leanOf(small); s.lean != (lean{}) {
		s.img = levelled(s.img, s.lean)
	}
	return s
}

// upsideDown is the sheet turned by half.
func (s sheet) upsideDown() sheet {
	s.img = turned(s.img, 2)
	s.quarters += 2
	s.lean = lean{s.lean.bottom, s.lean.top} // seen from the other side lines lean the same way
	return s
}

// original maps a box on the sheet to fractions of the page as it came.
func (s sheet) original(x0, y0, x1, y1 float64) Rect {
	w, h := float64(s.w), float64(s.h)
	// The fine turn is about the middle, so a later half turn commutes with it.
	cx, cy := w/2, h/2
	sin, cos := math.Sin(-s.angle), math.Cos(-s.angle)
	minX, minY, maxX, maxY := 1.0, 1.0, 0.0, 0.0
	for _, p := range [4][2]float64{{x0, y0}, {x1, y0}, {x0, y1}, {x1, y1}} {
		dx := p[0] - cx
		dy := p[1] - cy + s.lean.at(p[1]/h)*dx
		u, v := (cx+dx*cos-dy*sin)/w, (cy+dx*sin+dy*cos)/h
		for range s.quarters % 4 {
			u, v = v, 1-u // one quarter back, counter-clockwise
		}
		minX, minY, maxX, maxY = min(minX, u), min(minY, v), max(maxX, u), max(maxY, v)
	}
	minX, minY = max(minX, 0), max(minY, 0)
	return Rect{X: minX, Y: minY, W: min(maxX, 1) - minX, H: min(maxY, 1) - minY}
}

func scaled(g *image.Gray) *image.Gray {
	long := max(g.Rect.Dx(), g.Rect.Dy())
	f := min(float64(goodSide)/float64(long), 2.2)
	if f > 0.85 && f < 1.2 {
		return g
	}
	dst := image.NewGray(image.Rect(0, 0, max(int(float64(g.Rect.Dx())*f), 1), max(int(float64(g.Rect.Dy())*f), 1)))
	draw.CatmullRom.Scale(dst, dst.Rect, g, g.Rect, draw.Src, nil)
	return dst
}

func shrunk(g *image.Gray, side int) *image.Gray {
	long := max(g.Rect.Dx(), g.Rect.Dy())
	if long <= side {
		return g
	}
	f := float64(side) / float64(long)
	dst := image.NewGray(image.Rect(0, 0, max(int(float64(g.Rect.Dx())*f), 1), max(int(float64(g.Rect.Dy())*f), 1)))
	draw.ApproxBiLinear.Scale(dst, dst.Rect, g, g.Rect, draw.Src, nil)
	return dst
}

// ink is how much darker each pixel is than the paper around it, so that shadows do not count.
func ink(g *image.Gray) []float64 {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	paper := tilePaper(g)
	out := make([]float64, w*h)
	for y := range h {
		for x := range w {
			p := paper.at(x, y)
			if d := p - float64(g.Pix[y*g.Stride+x]); d > 40 {
				out[y*w+x] = 1
			}
		}
	}
	return withoutRules(out, w, h)
}

// withoutRules takes away what hangs together and is longer than any word: frames and rules, straight or
// skewed, which would outweigh the lines of text.
func withoutRules(ink []float64, w, h int) []float64 {
	const longest = 150
	seen := make([]bool, len(ink))
	var piece []int
	for start := range ink {
		if ink[start] == 0 || seen[start] {
			continue
		}
		piece = append(piece[:0], start)
		seen[start] = true
		x0, x1, y0, y1 := w, 0, h, 0
		for i := 0; i < len(piece); i++ {
			x, y := piece[i]%w, piece[i]/w
			x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
			for ny := max(y-1, 0); ny <= min(y+1, h-1); ny++ {
				for nx := max(x-1, 0); nx <= min(x+1, w-1); nx++ {
					if n := ny*w + nx; ink[n] != 0 && !seen[n] {
						seen[n] = true
						piece = append(piece, n)
					}
				}
			}
		}
		if x1-x0 > longest || y1-y0 > longest {
			for _, i := range piece {
				ink[i] = 0
			}
		}
	}
	return ink
}

const tile = 32

type paperMap struct {
	w, h  int
	level []float64
}

func (p paperMap) at(x, y int) float64 { return p.level[min(y/tile, p.h-1)*p.w+min(x/tile, p.w-1)] }

// tilePaper is the brightness of the paper in each tile: a high percentile of its pixels.
func tilePaper(g *image.Gray) paperMap {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	p := paperMap{w: (w + tile - 1) / tile, h: (h + tile - 1) / tile}
	p.level = make([]float64, p.w*p.h)
	for ty := range p.h {
		for tx := range p.w {
			var pixels []uint8
			for y := ty * tile; y < min((ty+1)*tile, h); y += 2 {
				for x := tx * tile; x < min((tx+1)*tile, w); x += 2 {
					pixels = append(pixels, g.Pix[y*g.Stride+x])
				}
			}
			slices.Sort(pixels)
			p.level[ty*p.w+tx] = float64(pixels[len(pixels)*9/10])
		}
	}
	return p
}

// unevenLight tells a photo from a scan by the brightness of the paper over the page.
func unevenLight(g *image.Gray) bool {
	levels := slices.Clone(tilePaper(g).level)
	slices.Sort(levels)
	return levels[len(levels)*9/10]-levels[len(levels)/10] > 25
}

// dots are the inked pixels of an image.
type dots struct {
	w, h int
	at   [][2]int
}

func dotsOf(g *image.Gray) dots {
	d := dots{w: g.Rect.Dx(), h: g.Rect.Dy()}
	for i, v := range ink(g) {
		if v != 0 {
			d.at = append(d.at, [2]int{i % d.w, i / d.w})
		}
	}
	return d
}

// sharpness tells how strongly the dots gather in lines when they are taken at an angle (in degrees): the
// sum of squared differences of neighbouring rows.
func (d dots) sharpness(angle float64) float64 {
	rows := make([]float64, d.h+d.w)
	slope := math.Tan(angle * math.Pi / 180)
	for _, p := range d.at {
		if r := p[1] + int(float64(p[0]-d.w/2)*slope) + d.w/2; r >= 0 && r < len(rows) {
			rows[r]++
		}
	}
	sum := 0.0
	for i := 1; i < len(rows); i++ {
		step := rows[i] - rows[i-1]
		sum += step * step
	}
	return sum
}

func linesAreVertical(g *image.Gray) bool {
	level, upright := 0.0, 0.0
	a, b := dotsOf(g), dotsOf(turned(g, 1))
	for deg := -6.0; deg <= 6; deg++ {
		level = max(level, a.sharpness(deg))
		upright = max(upright, b.sharpness(deg))
	}
	return upright > 1.3*level
}

// slant is the angle by which the page must be turned clockwise, in radians; 0 when it is level.
func slant(g *image.Gray) float64 {
	page := dotsOf(g)
	best, at := 0.0, 0.0
	try := func(deg float64) {
		if s := page.sharpness(deg); s > best {
			best, at = s, deg
		}
	}
	for deg := -8.0; deg <= 8; deg += 0.5 {
		try(deg)
	}
	middle := at
	for deg := middle - 0.4; deg <= middle+0.4; deg += 0.1 {
		try(deg)
	}
	if abs(at) < 0.15 {
		return 0
	}
	return at * math.Pi / 180
}

// rotated turns a page clockwise about its middle, white coming in at the corners.
func rotated(g *image.Gray, angle float64) *image.Gray {
	w, h := float64(g.Rect.Dx()), float64(g.Rect.Dy())
	dst := image.NewGray(g.Rect)
	for i := range dst.Pix {
		dst.Pix[i] = 0xff
	}
	sin, cos := math.Sin(angle), math.Cos(angle)
	cx, cy := w/2, h/2
	m := f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy}
	draw.BiLinear.Transform(dst, m, g, g.Rect, draw.Over, nil)
	return dst
}
