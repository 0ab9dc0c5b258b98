package paper

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"

	"golang.org/x/image/bmp"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/tiff"
)

// Camera is what a copier, a scanner or a telephone does to a sheet. The same camera gives the same picture.
// Lengths are in millimetres of the sheet.
type Camera struct {
	DPI      int
	Skew     float64       // degrees clockwise
	Quarters int           // turned on the glass by so many quarters clockwise
	Corners  [4][2]float64 // where the corners lie beside where they should (perspective), from the left upper one clockwise
	Wave     float64       // how high the lines bend where the sheet does not lie flat
	Table    int           // width of what is seen around the sheet; its grey is TableGrey
	Ground   uint8
	Paper    uint8 // grey of the paper
	Ink      uint8 // grey of the letters
	Blur     float64
	Noise    int
	Shade    int     // how much darker the darkest edge is
	ShadeAt  float64 // where it is, radians
	Flash    int     // how much brighter a spot is
	Fold     bool
	Specks   int
	Bleed    int // how much of the other side shines through
	Stamp    bool
	Signed   bool
	Black    bool // black and white only, as a fax
	Colour   bool
	Quality  int // of JPEG
	Seed     uint64
}

// Cameras are the sorts of devices that DrawCamera knows.
var Cameras = []string{"office300", "office200", "fax", "stamped", "skewed", "turned", "upside_down", "copy_of_copy", "low150", "phone", "phone_perspective", "phone_shadow", "phone_curved", "messenger"}

// Photo tells whether a sort of device is a telephone.
func IsPhoto(sort string) bool { return sort[0] == 'p' || sort == "messenger" }

// DrawCamera draws a device of a sort by chance.
func DrawCamera(rng *rand.Rand, sort string) Camera {
	within := func(a, b float64) float64 { return a + (b-a)*rng.Float64() }
	c := Camera{DPI: 200, Skew: within(-0.6, 0.6), Paper: uint8(within(238, 253)), Ink: uint8(within(5, 45)), Blur: within(0.2, 0.7), Noise: rng.IntN(10),
		Specks: rng.IntN(30), Stamp: rng.IntN(3) == 0, Signed: rng.IntN(3) == 0, Colour: rng.IntN(2) == 0, Quality: 55 + rng.IntN(40), Seed: rng.Uint64()}
	corners := func(by float64) {
		for i := range c.Corners {
			c.Corners[i] = [2]float64{within(-by, by), within(-by, by)}
		}
	}
	switch sort {
	case "office300":
		c.DPI = 300
	case "fax":
		c.DPI, c.Black, c.Colour = 300, true, false
	case "stamped":
		c.Stamp, c.Signed, c.Colour = true, true, rng.IntN(4) > 0
	case "skewed":
		c.Skew = within(1.5, 6) * float64(2*rng.IntN(2)-1)
	case "turned":
		c.Quarters = 1 + 2*rng.IntN(2)
	case "upside_down":
		c.Quarters = 2
	case "copy_of_copy":
		c.Blur, c.Noise, c.Specks, c.Ink, c.Bleed = within(0.7, 1.1), 10+rng.IntN(15), 60+rng.IntN(200), uint8(within(60, 100)), rng.IntN(25)
	case "low150":
		c.DPI, c.Quality = 150, 40+rng.IntN(40)
	}
	if IsPhoto(sort) {
		c.DPI = 180 + rng.IntN(70)
		c.Table, c.Ground = 4+rng.IntN(16), uint8(40+rng.IntN(130))
		c.Paper, c.Noise, c.Blur = uint8(within(190, 235)), 4+rng.IntN(12), within(0.4, 1)
		c.Shade, c.ShadeAt, c.Skew = 20+rng.IntN(50), within(0, 2*math.Pi), within(-3, 3)
		c.Fold, c.Colour, c.Quality = rng.IntN(3) == 0, true, 50+rng.IntN(40)
		corners(3)
		switch sort {
		case "phone_perspective":
			corners(12)
		case "phone_shadow":
			c.Shade, c.Flash = 70+rng.IntN(50), rng.IntN(30)
		case "phone_curved":
			c.Wave = within(1, 3)
		case "messenger": // small and squeezed by the way
			c.DPI, c.Quality = 140+rng.IntN(25), 35+rng.IntN(25)
		}
	}
	return c
}

// planes are the picture while it is made: letters in grey, and how much blue ink lies on each point.
type planes struct {
	w, h int
	grey []float32
	blue []float32
}

// Take gives the picture of a page.
func (c Camera) Take(p *Page) (image.Image, error) {
	flat, err := raster(p, float64(c.DPI))
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(c.Seed, 0x63616d))
	px := float64(c.DPI) / 25.4
	sheet, err := c.ink(flat, rng, px)
	if err != nil {
		return nil, err
	}
	seen := c.seen(sheet, px)
	if c.Blur > 0 {
		blur(seen.grey, seen.w, seen.h, c.Blur*px/7.9) // as much as at 200 dpi
		blur(seen.blue, seen.w, seen.h, c.Blur*px/7.9)
	}
	var img image.Image = c.develop(seen, rng)
	for range c.Quarters {
		img = quarter(img)
	}
	return img, nil
}

// ink lays paper, letters, stamps and dirt on the sheet.
func (c Camera) ink(flat *image.Gray, rng *rand.Rand, px float64) (planes, error) {
	w, h := flat.Rect.Dx(), flat.Rect.Dy()
	s := planes{w, h, make([]float32, w*h), make([]float32, w*h)}
	for i, v := range flat.Pix {
		level := float32(c.Ink) + float32(c.Paper-c.Ink)*float32(min(v, 250))/250
		if c.Bleed > 0 {
			mirrored := flat.Pix[i/w*w+w-1-i%w]
			level -= float32(c.Bleed) * float32(250-min(mirrored, 250)) / 250
		}
		s.grey[i] = level
	}
	for range c.Specks {
		x, y, r := rng.IntN(w), rng.IntN(h), 1+rng.IntN(2)
		for dy := range r {
			for dx := range r {
				if x+dx < w && y+dy < h {
					s.grey[(y+dy)*w+x+dx] = 60
				}
			}
		}
	}
	if c.Fold {
		for y := range 2 {
			for x := range w {
				s.grey[(h/2+y)*w+x] -= 35
			}
		}
	}
	if c.Stamp {
		if err := s.stamp((60+90*rng.Float64())*px, (200+45*rng.Float64())*px, 19*px, px); err != nil {
			return planes{}, err
		}
	}
	if c.Signed {
		s.scribble(rng, (110+40*rng.Float64())*px, (215+30*rng.Float64())*px, px)
	}
	return s, nil
}

// stamp presses a round stamp with a few words.
func (s planes) stamp(cx, cy, r, px float64) error {
	ring := func(radius, thick float64) {
		for a := 0.0; a < 2*math.Pi; a += 0.3 / radius {
			for t := 0.0; t < thick; t++ {
				s.dot(cx+(radius+t)*math.Cos(a), cy+(radius+t)*math.Sin(a), 0.75)
			}
		}
	}
	ring(r, 0.6*px)
	ring(r*0.94, 0.25*px)
	ring(r*0.6, 0.25*px)
	words := image.NewAlpha(image.Rect(0, 0, int(1.3*r), int(0.9*r)))
	f, err := faceOf(serif, 2.4*px)
	if err != nil {
		return err
	}
	for i, line := range []string{"КӨЧІРМЕ", "ДҰРЫС · КОПИЯ", "ВЕРНА № 2"} {
		d := font.Drawer{Dst: words, Src: image.Opaque, Face: f, Dot: fixed.P(int(0.1*r), int(float64(i+1)*3.4*px))}
		d.DrawString(line)
	}
	sin, cos := math.Sincos(-0.25)
	for y := range words.Rect.Dy() {
		for x := range words.Rect.Dx() {
			if a := words.AlphaAt(x, y).A; a > 0 {
				u, v := float64(x)-0.65*r, float64(y)-0.45*r
				s.dot(cx+u*cos-v*sin, cy+u*sin+v*cos, 0.75*float32(a)/255)
			}
		}
	}
	return nil
}

// scribble signs in blue.
func (s planes) scribble(rng *rand.Rand, x, y, px float64) {
	for t := 0.0; t < 1; t += 0.0005 {
		u := x + 30*px*t + 3*px*math.Sin(19*t)
		v := y + 5*px*math.Sin(23*t+x)*(1-t) + 2*px*math.Sin(61*t)
		for d := 0.0; d < 0.4*px; d++ {
			s.dot(u, v+d, 0.85)
		}
	}
}

func (s planes) dot(x, y float64, ink float32) {
	if i, j := int(x), int(y); i >= 0 && j >= 0 && i < s.w && j < s.h {
		s.blue[j*s.w+i] = max(s.blue[j*s.w+i], ink)
	}
}

// seen is the sheet as the device sees it: turned, in perspective, bent, with what lies around it.
func (c Camera) seen(s planes, px float64) planes {
	edge := float64(c.Table) * px
	out := planes{w: s.w + int(2*edge), h: s.h + int(2*edge)}
	out.grey, out.blue = make([]float32, out.w*out.h), make([]float32, out.w*out.h)
	sin, cos := math.Sincos(c.Skew * math.Pi / 180)
	var quad [4][2]float64
	cx, cy := float64(s.w)/2, float64(s.h)/2
	for i, at := range [4][2]float64{{0, 0}, {float64(s.w), 0}, {float64(s.w), float64(s.h)}, {0, float64(s.h)}} {
		dx, dy := at[0]+c.Corners[i][0]*px-cx, at[1]+c.Corners[i][1]*px-cy
		quad[i] = [2]float64{cx + edge + dx*cos - dy*sin, cy + edge + dx*sin + dy*cos}
	}
	m := homography(quad, float64(s.w), float64(s.h))
	around := float32(c.Ground)
	if c.Table == 0 {
		around = float32(c.Paper)
	}
	for y := range out.h {
		for x := range out.w {
			fx, fy := float64(x), float64(y)
			k := m[6]*fx + m[7]*fy + 1
			u, v := (m[0]*fx+m[1]*fy+m[2])/k, (m[3]*fx+m[4]*fy+m[5])/k
			if c.Wave > 0 {
				v += c.Wave * px * math.Sin(u/float64(s.w)*math.Pi)
			}
			i := y*out.w + x
			x0, y0 := int(math.Floor(u)), int(math.Floor(v))
			if x0 < 0 || y0 < 0 || x0+1 >= s.w || y0+1 >= s.h {
				out.grey[i] = around
				continue
			}
			a, b := float32(u-float64(x0)), float32(v-float64(y0))
			j := y0*s.w + x0
			mix := func(p []float32) float32 {
				return (p[j]*(1-a)+p[j+1]*a)*(1-b) + (p[j+s.w]*(1-a)+p[j+s.w+1]*a)*b
			}
			out.grey[i], out.blue[i] = mix(s.grey), mix(s.blue)
		}
	}
	return out
}

// homography maps the quadrangle to the sheet of w × h.
func homography(q [4][2]float64, w, h float64) [8]float64 {
	to := [4][2]float64{{0, 0}, {w, 0}, {w, h}, {0, h}}
	var a [8][9]float64
	for i := range 4 {
		x, y, u, v := q[i][0], q[i][1], to[i][0], to[i][1]
		a[2*i] = [9]float64{x, y, 1, 0, 0, 0, -u * x, -u * y, u}
		a[2*i+1] = [9]float64{0, 0, 0, x, y, 1, -v * x, -v * y, v}
	}
	for i := range 8 {
		p := i
		for j := i; j < 8; j++ {
			if math.Abs(a[j][i]) > math.Abs(a[p][i]) {
				p = j
			}
		}
		a[i], a[p] = a[p], a[i]
		for j := range 8 {
			if j == i {
				continue
			}
			f := a[j][i] / a[i][i]
			for k := i; k < 9; k++ {
				a[j][k] -= f * a[i][k]
			}
		}
	}
	var m [8]float64
	for i := range m {
		m[i] = a[i][8] / a[i][i]
	}
	return m
}

// blur spreads a plane by three boxes, which is nearly a Gaussian of that deviation in points.
func blur(p []float32, w, h int, sigma float64) {
	r := int(sigma + 0.5)
	if r < 1 {
		if sigma < 0.25 {
			return
		}
		// Less than a point: a part of the neighbours.
		k := float32(sigma) * 0.25
		soften(p, w, h, k)
		return
	}
	line := make([]float32, max(w, h))
	pass := func(at, step, n int) {
		sum, width := float32(0), float32(2*r+1)
		for i := -r; i <= r; i++ {
			sum += p[at+step*min(max(i, 0), n-1)]
		}
		for i := range n {
			line[i] = sum / width
			sum += p[at+step*min(i+r+1, n-1)] - p[at+step*max(i-r, 0)]
		}
		for i := range n {
			p[at+step*i] = line[i]
		}
	}
	for y := range h {
		pass(y*w, 1, w)
	}
	for x := range w {
		pass(x, w, h)
	}
}

func soften(p []float32, w, h int, k float32) {
	for y := range h {
		last := p[y*w]
		for x := 1; x < w-1; x++ {
			i := y*w + x
			v := p[i]
			p[i] = v*(1-2*k) + k*(last+p[i+1])
			last = v
		}
	}
	for x := range w {
		last := p[x]
		for y := 1; y < h-1; y++ {
			i := y*w + x
			v := p[i]
			p[i] = v*(1-2*k) + k*(last+p[i+w])
			last = v
		}
	}
}

// develop lights the picture and makes points of it.
func (c Camera) develop(s planes, rng *rand.Rand) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, s.w, s.h))
	sx, sy := math.Cos(c.ShadeAt), math.Sin(c.ShadeAt)
	fx, fy := float64(s.w)*(0.3+0.4*rng.Float64()), float64(s.h)*(0.3+0.4*rng.Float64())
	reach := float64(s.w) / 4
	bits, left := uint64(0), 0
	for y := range s.h {
		for x := range s.w {
			i := y*s.w + x
			v := s.grey[i]
			if c.Shade > 0 {
				t := 0.5 + 0.5*((float64(x)/float64(s.w)-0.5)*sx+(float64(y)/float64(s.h)-0.5)*sy)*1.4
				v *= 1 - float32(c.Shade)/255*float32(min(max(t, 0), 1))
			}
			if c.Flash > 0 {
				d := ((float64(x)-fx)*(float64(x)-fx) + (float64(y)-fy)*(float64(y)-fy)) / (reach * reach)
				v += float32(c.Flash) * float32(math.Exp(-d))
			}
			if c.Noise > 0 {
				if left == 0 {
					bits, left = rng.Uint64(), 8
				}
				v += float32(int(bits&0xff)*(2*c.Noise+1)/256 - c.Noise)
				bits, left = bits>>8, left-1
			}
			a := s.blue[i]
			r, g, b := v*(1-a)+45*a, v*(1-a)+60*a, v*(1-a)+165*a
			if !c.Colour {
				l := 0.3*r + 0.59*g + 0.11*b
				if c.Black {
					if l > 140 {
						l = 255
					} else {
						l = 0
					}
				}
				r, g, b = l, l, l
			}
			out.SetRGBA(x, y, color.RGBA{clip(r), clip(g), clip(b), 255})
		}
	}
	return out
}

func clip(v float32) uint8 { return uint8(min(max(v, 0), 255)) }

func quarter(img image.Image) image.Image {
	src := img.(*image.RGBA)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			copy(dst.Pix[x*dst.Stride+4*(h-1-y):][:4], src.Pix[y*src.Stride+4*x:][:4])
		}
	}
	return dst
}

// PictureFormats are how a picture may come.
var PictureFormats = []string{"pdf", "jpg", "png", "tiff", "exif", "bmp", "pdf_small"}

// File writes the picture in a format: pdf and pdf_small are documents of one page whose box is A4 or that of a
// picture at 72 dots an inch; exif is a JPEG that lies on its side and says so.
func (c Camera) File(img image.Image, format string) ([]byte, error) {
	var b bytes.Buffer
	quality := &jpeg.Options{Quality: max(c.Quality, 30)}
	if !c.Colour && format != "exif" {
		g := image.NewGray(img.Bounds())
		for y := range g.Rect.Dy() {
			for x := range g.Rect.Dx() {
				g.Pix[y*g.Stride+x] = img.(*image.RGBA).Pix[y*img.(*image.RGBA).Stride+4*x]
			}
		}
		img = g
	}
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, img)
	case "bmp":
		err = bmp.Encode(&b, img)
	case "tiff":
		err = tiff.Encode(&b, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	case "exif":
		for range 3 {
			img = quarter(img)
		}
		if err = jpeg.Encode(&b, img, quality); err == nil {
			return withOrientation(b.Bytes(), 6), nil
		}
	default:
		if err = jpeg.Encode(&b, img, quality); err == nil && format != "jpg" {
			return fromPicture(b.Bytes(), img.Bounds(), format == "pdf_small")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	return b.Bytes(), nil
}

// withOrientation puts an Exif block behind the JPEG's first mark.
func withOrientation(data []byte, orientation uint16) []byte {
	block := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	block = binary.LittleEndian.AppendUint32(block, uint32(orientation))
	block = append(block, 0, 0, 0, 0)
	out := append([]byte{}, data[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(block)+2))
	return append(append(out, block...), data[2:]...)
}
