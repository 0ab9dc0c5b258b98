package paper

import (
	"bytes"
	"fmt"
	"image"
	"time"

	"github.com/phpdave11/gofpdf"
)

// made is the instant that every PDF says it was made at: the same page gives the same bytes.
var made = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// PDF writes pages as a document with a text layer.
func PDF(pages ...*Page) ([]byte, error) {
	f := newPDF()
	fill(f, pages...)
	return finish(f)
}

// fill sets a page into a document.
func fill(f *gofpdf.Fpdf, pages ...*Page) {
	used := [faces]bool{}
	for _, p := range pages {
		for _, r := range p.runs {
			used[r.font] = true
		}
	}
	for font := range faces {
		if used[font] {
			addFont(f, font)
		}
	}
	for _, p := range pages {
		if p.wide {
			f.AddPageFormat("P", gofpdf.SizeType{Wd: p.width(), Ht: p.height()})
		} else {
			f.AddPage()
		}
		for _, r := range p.runs {
			f.SetFont(fontName(r.font), "", r.size)
			f.Text(r.x, r.y, r.text)
		}
		for _, b := range p.boxes {
			f.SetFillColor(int(b.grey), int(b.grey), int(b.grey))
			f.Rect(b.x, b.y, b.w, b.h, "F")
		}
	}
}

// Locked writes pages as a document that asks for a password.
func Locked(password string, pages ...*Page) ([]byte, error) {
	f := newPDF()
	f.SetProtection(0, password, password+"-owner")
	addFont(f, serif)
	addFont(f, serifBold)
	for _, p := range pages {
		f.AddPage()
		for _, r := range p.runs {
			f.SetFont(fontName(r.font), "", r.size)
			f.Text(r.x, r.y, r.text)
		}
	}
	return finish(f)
}

// fromImage writes a document whose page is one picture, as a scanner does.
func fromImage(jpeg []byte) ([]byte, error) {
	return fromPicture(jpeg, image.Rectangle{}, false)
}

// fromPicture does so on A4 or, as programs of telephones do, on a page of as many points as the picture has.
func fromPicture(jpeg []byte, size image.Rectangle, pointed bool) ([]byte, error) {
	f := newPDF()
	w, h := pageWidth, pageHeight
	if size.Dx() > size.Dy() {
		w, h = h, w
	}
	if pointed {
		w, h = float64(size.Dx())*25.4/72, float64(size.Dy())*25.4/72
	}
	f.AddPageFormat("P", gofpdf.SizeType{Wd: w, Ht: h})
	o := gofpdf.ImageOptions{ImageType: "JPG"}
	f.RegisterImageOptionsReader("scan", o, bytes.NewReader(jpeg))
	f.ImageOptions("scan", 0, 0, w, h, false, o, 0, "")
	return finish(f)
}

func newPDF() *gofpdf.Fpdf {
	f := gofpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.SetAutoPageBreak(false, 0)
	return f
}

// addFont gives the library a copy: it writes into the bytes that it is given.
func addFont(f *gofpdf.Fpdf, font face) {
	f.AddUTF8FontFromBytes(fontName(font), "", bytes.Clone(open[font]().data))
}

func fontName(f face) string { return fmt.Sprint("f", int(f)) }

func finish(f *gofpdf.Fpdf) ([]byte, error) {
	var b bytes.Buffer
	if err := f.Output(&b); err != nil {
		return nil, fmt.Errorf("write a PDF: %w", err)
	}
	return b.Bytes(), nil
}
