package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"kualik/internal/certificate"
	"kualik/internal/doctext"
)

// mark is a field in the text of a page.
type mark struct {
	start, end int
	field      certificate.Field
	confidence float64
	boxes      []doctext.Rect
}

// marks are the fields on a page of a file inside the one that was read.
func marks(x certificate.Extraction, file string, page int) []mark {
	var list []mark
	for _, c := range x.Certificates {
		if c.FileName != file {
			continue
		}
		for f, places := range c.Places {
			for _, p := range places {
				if p.Page == page {
					list = append(list, mark{p.Start, p.End, f, c.Confidence[f], p.Boxes})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b mark) int { return cmp.Or(a.start-b.start, b.end-a.end, cmp.Compare(a.field, b.field)) })
	return list
}

// explain writes the text as it was read, each field in brackets with its name and confidence.
func (w *world) explain(name string, text doctext.Result, x certificate.Extraction) {
	for _, f := range text.Files {
		for _, p := range f.Pages {
			p = certificate.Arranged(p)
			fmt.Fprintf(w.stdout, "--- %s p. %d (%s)\n", filepath.Join(name, f.Name), p.Number, p.Source)
			at := 0
			for _, m := range marks(x, f.Name, p.Number) {
				if m.start < at || m.end > len(p.Text) {
					continue
				}
				fmt.Fprintf(w.stdout, "%s⟦%s %.2f: %s⟧", p.Text[at:m.start], m.field, m.confidence, p.Text[m.start:m.end])
				at = m.end
			}
			fmt.Fprintln(w.stdout, strings.TrimRight(p.Text[at:], "\n"))
		}
	}
	for _, c := range x.Certificates {
		if len(c.Notes) > 0 {
			fmt.Fprintf(w.stdout, "--- № %s: %s\n", c.Number, strings.Join(c.Notes, ", "))
		}
	}
}

// debugPages writes a picture of each page that was read into a folder: thin boxes around the words, the paler the
// less sure, and strong ones around the fields, with their names.
func (w *world) debugPages(dir string, reader *doctext.Reader, name string, data []byte, text doctext.Result, x certificate.Extraction) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	const dpi = 110
	for _, f := range text.Files {
		if f.Name != "" {
			continue // what is inside an archive is not drawn
		}
		for _, p := range f.Pages {
			drawn, err := reader.Render(w.ctx, data, p.Number, dpi)
			if err != nil || drawn == nil {
				return err
			}
			src, err := png.Decode(bytes.NewReader(drawn))
			if err != nil {
				return err
			}
			out := filepath.Join(dir, fmt.Sprintf("%s-%d.png", filepath.Base(name), p.Number))
			if err := writePNG(out, boxed(src, p, marks(x, f.Name, p.Number))); err != nil {
				return err
			}
		}
	}
	return nil
}

func writePNG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, img); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func boxed(src image.Image, p doctext.Page, fields []mark) *image.RGBA {
	img := image.NewRGBA(src.Bounds())
	draw.Draw(img, img.Rect, src, img.Rect.Min, draw.Src)
	frame := func(r doctext.Rect, c color.RGBA, thick int) image.Point {
		w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
		box := image.Rect(int(r.X*w), int(r.Y*h), int((r.X+r.W)*w)+1, int((r.Y+r.H)*h)+1)
		for _, side := range []image.Rectangle{{box.Min, image.Pt(box.Max.X, box.Min.Y+thick)}, {image.Pt(box.Min.X, box.Max.Y-thick), box.Max},
			{box.Min, image.Pt(box.Min.X+thick, box.Max.Y)}, {image.Pt(box.Max.X-thick, box.Min.Y), box.Max}} {
			draw.Draw(img, side, image.NewUniform(c), image.Point{}, draw.Over)
		}
		return box.Min
	}
	for _, word := range p.Words {
		frame(word.Box, color.RGBA{uint8(230 * (1 - word.Confidence)), 120, 140, 255}, 1)
	}
	for _, m := range fields {
		c := color.RGBA{200, 60, 20, 255}
		if m.confidence >= certificate.SureAt {
			c = color.RGBA{20, 110, 60, 255}
		}
		for i, b := range m.boxes {
			at := frame(b, c, 2)
			if i == 0 {
				d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: basicfont.Face7x13, Dot: fixed.P(at.X, at.Y-3)}
				d.DrawString(fmt.Sprintf("%s %.2f", m.field, m.confidence))
			}
		}
	}
	return img
}
