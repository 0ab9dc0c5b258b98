package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Look is what a scanner or a telephone makes of a page. The same look gives the same bytes.
type Look struct {
	DPI     int     // 150 when zero
	Skew    float64 // degrees
	Noise   int     // greatest change of a pixel
	Shade   int     // how much darker the right lower corner is, as on a photo
	Quality int     // of JPEG, 60 when zero
	Seed    uint64
}

// Scan gives the page as a PDF without a text layer.
func Scan(p *Page, look Look) ([]byte, error) {
	picture, err := Photo(p, look)
	if err != nil {
		return nil, err
	}
	return fromImage(picture)
}

// Photo gives the page as a JPEG.
func Photo(p *Page, look Look) ([]byte, error) {
	if look.DPI == 0 {
		look.DPI = 150
	}
	if look.Quality == 0 {
		look.Quality = 60
	}
	flat, err := raster(p, float64(look.DPI))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, look.spoil(flat), &jpeg.Options{Quality: look.Quality}); err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	return b.Bytes(), nil
}

// raster paints the page in grey.
func raster(p *Page, dpi float64) (*image.Gray, error) {
	px := dpi / 25.4
	img := image.NewGray(image.Rect(0, 0, int(p.width()*px), int(p.height()*px)))
	for i := range img.Pix {
		img.Pix[i] = 250
	}
	set := map[sizedFace]font.Face{}
	for _, r := range p.runs {
		k := sizedFace{r.font, r.size * dpi / 72}
		if set[k] == nil {
			f, err := faceOf(k.font, k.pixels)
			if err != nil {
				return nil, err
			}
			set[k] = f
		}
		d := font.Drawer{Dst: img, Src: image.Black, Face: set[k], Dot: fixed.Point26_6{X: fixed.Int26_6(r.x * px * 64), Y: fixed.Int26_6(r.y * px * 64)}}
		d.DrawString(r.text)
	}
	for _, b := range p.boxes {
		for y := int(b.y * px); y < int((b.y+b.h)*px+0.5); y++ {
			for x := int(b.x * px); x < int((b.x+b.w)*px+0.5); x++ {
				img.Pix[y*img.Stride+x] = b.grey
			}
		}
	}
	return img, nil
}

type sizedFace struct {
	font   face
	pixels float64
}

// faceOf is a font at a size in points of the picture.
func faceOf(f face, pixels float64) (font.Face, error) {
	made, err := opentype.NewFace(open[f]().font, &opentype.FaceOptions{Size: pixels, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("open a font of %v points: %w", pixels, err)
	}
	return made, nil
}

// spoil turns the page about its middle, shades it and strews noise.
func (l Look) spoil(in *image.Gray) *image.Gray {
	w, h := in.Rect.Dx(), in.Rect.Dy()
	out := image.NewGray(in.Rect)
	sin, cos := math.Sincos(l.Skew * math.Pi / 180)
	rng := rand.New(rand.NewPCG(l.Seed, 0x7363616e))
	cx, cy := float64(w)/2, float64(h)/2
	bits, left := uint64(0), 0
	for y := range h {
		for x := range w {
			dx, dy := float64(x)-cx, float64(y)-cy
			v := sample(in, cx+dx*cos+dy*sin, cy-dx*sin+dy*cos)
			if l.Shade > 0 {
				v -= l.Shade * (x + y) / (w + h)
			}
			if l.Noise > 0 {
				if left == 0 {
					bits, left = rng.Uint64(), 8
				}
				v += int(bits&0xff)*(2*l.Noise+1)/256 - l.Noise
				bits, left = bits>>8, left-1
			}
			out.Pix[y*out.Stride+x] = uint8(min(255, max(0, v)))
		}
	}
	return out
}

// sample is the grey between four pixels; paper outside the page.
func sample(in *image.Gray, x, y float64) int {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= in.Rect.Dx() || y0+1 >= in.Rect.Dy() {
		return 235
	}
	fx, fy := int((x-float64(x0))*256), int((y-float64(y0))*256)
	i := y0*in.Stride + x0
	top := int(in.Pix[i])*(256-fx) + int(in.Pix[i+1])*fx
	low := int(in.Pix[i+in.Stride])*(256-fx) + int(in.Pix[i+in.Stride+1])*fx
	return (top*(256-fy) + low*fy) >> 16
}
