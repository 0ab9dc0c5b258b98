package doctext

import (
	"image"
	"math"
)

// lean is how the lines of a page lean after it was turned as a whole: of a photo taken askew the upper ones lean
// otherwise than the lower ones. The slope of a line is top at the page's upper edge and bottom at its lower one.
type lean struct{ top, bottom float64 }

// at is the slope at a height, as a fraction of the page.
func (l lean) at(v float64) float64 { return l.top + (l.bottom-l.top)*v }

// leanOf measures the slopes of the lines in stripes of the page and lays a line through them.
func leanOf(g *image.Gray) lean {
	const stripes, least = 7, 0.004 // a quarter of a degree
	page := dotsOf(g)
	h := float64(page.h)
	var n, sv, ss, svv, svs float64
	for i := range stripes {
		from, to := i*page.h/(stripes+1), (i+2)*page.h/(stripes+1)
		part := dots{w: page.w, h: page.h}
		for _, p := range page.at {
			if p[1] >= from && p[1] < to {
				part.at = append(part.at, p)
			}
		}
		angle, weight := part.steepest()
		if weight == 0 {
			continue
		}
		v, s := float64(from+to)/2/h, math.Tan(angle*math.Pi/180)
		n, sv, ss, svv, svs = n+weight, sv+weight*v, ss+weight*s, svv+weight*v*v, svs+weight*v*s
	}
	if d := n*svv - sv*sv; n > 0 && d > 1e-9 {
		b := (n*svs - sv*ss) / d
		a := (ss - b*sv) / n
		// Sharpness takes dots downwards by the slope: lines lean the other way.
		l := lean{-a, -(a + b)}
		if max(abs(l.top), abs(l.bottom)) > least && max(abs(l.top), abs(l.bottom)) < 0.12 {
			return l
		}
	}
	return lean{}
}

// steepest is the angle in degrees at which the dots gather in lines, and how much it can be believed.
func (d dots) steepest() (angle, weight float64) {
	if len(d.at) < 400 {
		return 0, 0
	}
	best, sum, n := 0.0, 0.0, 0.0
	for deg := -5.0; deg <= 5; deg += 0.25 {
		s := d.sharpness(deg)
		sum, n = sum+s, n+1
		if s > best {
			best, angle = s, deg
		}
	}
	mean := sum / n
	if best < 1.3*mean {
		return 0, 0
	}
	return angle, (best/mean - 1) * math.Sqrt(float64(len(d.at)))
}

// levelled draws the page with its lines level.
func levelled(g *image.Gray, l lean) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	dst := image.NewGray(g.Rect)
	for y := range h {
		slope := l.at(float64(y) / float64(h))
		for x := range w {
			at := float64(y) + slope*(float64(x)-float64(w)/2)
			y0 := int(math.Floor(at))
			v := 255
			if y0 >= 0 && y0+1 < h {
				f := int((at - float64(y0)) * 256)
				v = (int(g.Pix[y0*g.Stride+x])*(256-f) + int(g.Pix[(y0+1)*g.Stride+x])*f) >> 8
			}
			dst.Pix[y*dst.Stride+x] = uint8(v)
		}
	}
	return dst
}
