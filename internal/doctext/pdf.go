package doctext

import (
	"context"
	"image"
	"image/draw"
	"math"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

const (
	maxTextPages = 100 // of a longer document, a book, the rest is left unread: certificates stand at the front
	maxBookPages = 2_000
	maxGlyphs    = 60_000
	maxObjects   = 1_500
	maxPixels    = 40_000_000
)

// pdfPage is what a PDF page turned out to be. scan tells that it shows something and has no text worth
// reading; doubtful that it has some, which recognition would read better.
type pdfPage struct {
	page           Page
	scan, doubtful bool
}

// readPDF reads the text layer of every page up to a number of them, and counts all. It tells of each leaf
// beyond those that every document may have.
func (r *Reader) readPDF(ctx context.Context, data []byte, most int, leaf func()) (pages []pdfPage, total int, reason Reason, err error) {
	reason, err = r.engines.with(ctx, data, func(pdf pdfium.Pdfium, doc references.FPDF_DOCUMENT) error {
		count, err := pdf.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc})
		if err != nil {
			return err
		}
		total = count.PageCount
		for i := range min(total, most) {
			p, err := readPDFPage(pdf, requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: i}})
			if err != nil {
				if len(pages) > 0 {
					break // a truncated file: what could be read is kept
				}
				return err
			}
			p.page.Number = i + 1
			pages = append(pages, p)
			if i >= maxTextPages {
				leaf()
			}
		}
		return nil
	})
	return pages, total, reason, err
}

func readPDFPage(pdf pdfium.Pdfium, page requests.Page) (pdfPage, error) {
	view, err := viewOf(pdf, page)
	if err != nil {
		return pdfPage{}, err
	}
	text, err := pdf.GetPageTextStructured(&requests.GetPageTextStructured{Page: page, Mode: requests.GetPageTextStructuredModeChars})
	if err != nil {
		return pdfPage{}, err
	}
	glyphs := make([]glyph, 0, len(text.Chars))
	for _, c := range text.Chars[:min(len(text.Chars), maxGlyphs)] {
		for _, r := range c.Text {
			g := view.box(c.PointPosition.Left, c.PointPosition.Top, c.PointPosition.Right, c.PointPosition.Bottom)
			g.r = r
			g.turn = (view.turn + int(math.Round(c.Angle/(math.Pi/2)))) % 4 // pdfium counts clockwise
			glyphs = append(glyphs, g)
		}
	}
	words, em, w, h := tokens(glyphs, view.width, view.height)
	p := pdfPage{page: Page{Source: TextLayer}}
	shown, scanned, squares, err := pictures(pdf, page, view)
	if err != nil {
		return pdfPage{}, err
	}
	worth := judge(words)
	if page.ByIndex.Index < codePages {
		p.page.Codes = readCodes(pdf, page, view, squares)
	}
	if worth == lies {
		p.scan = shown
		return p, nil
	}
	p.doubtful = worth == doubtful || scanned
	p.page.Text, p.page.Words = arrange(words, w, h, em)
	if scanned { // the invisible layer of somebody's text recognition
		p.page.Source = OCR
		for i := range p.page.Words {
			p.page.Words[i].Confidence = 0.8
		}
	}
	return p, nil
}

// view maps points of a page to the page as it is shown: cropped, turned, y downwards.
type view struct {
	width, height    float64
	a, b, c, d, e, f float64
	turn             int
}

func viewOf(pdf pdfium.Pdfium, page requests.Page) (view, error) {
	size, err := pdf.GetPageSize(&requests.GetPageSize{Page: page})
	if err != nil {
		return view{}, err
	}
	v := view{width: max(size.Width, 1), height: max(size.Height, 1)}
	rotation, err := pdf.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: page})
	if err != nil {
		return view{}, err
	}
	v.turn = int(rotation.PageRotation)
	const device = 1_000_000
	at := func(x, y float64) (float64, float64, error) {
		p, err := pdf.FPDF_PageToDevice(&requests.FPDF_PageToDevice{Page: page, SizeX: device, SizeY: device, PageX: x, PageY: y})
		if err != nil {
			return 0, 0, err
		}
		return float64(p.DeviceX) / device * v.width, float64(p.DeviceY) / device * v.height, nil
	}
	const step = 1000
	x0, y0, err := at(0, 0)
	if err != nil {
		return view{}, err
	}
	x1, y1, err := at(step, 0)
	if err != nil {
		return view{}, err
	}
	x2, y2, err := at(0, step)
	if err != nil {
		return view{}, err
	}
	v.a, v.b, v.c, v.d, v.e, v.f = (x1-x0)/step, (y1-y0)/step, (x2-x0)/step, (y2-y0)/step, x0, y0
	return v, nil
}

// box maps a box of the page's points.
func (v view) box(left, top, right, bottom float64) glyph {
	x0, y0 := v.a*left+v.c*top+v.e, v.b*left+v.d*top+v.f
	x1, y1 := v.a*right+v.c*bottom+v.e, v.b*right+v.d*bottom+v.f
	return glyph{x0: min(x0, x1), x1: max(x0, x1), y0: min(y0, y1), y1: max(y0, y1)}
}

// pictures tells whether the page shows anything, whether it is a scan with a text layer that is invisible or lies
// below the picture, and where its small square pictures are.
func pictures(pdf pdfium.Pdfium, page requests.Page, v view) (shown, scanned bool, squares []glyph, err error) {
	count, err := pdf.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return false, false, nil, err
	}
	shown = count.Count > 0
	full, hidden := false, 0
	var texts []references.FPDF_PAGEOBJECT
	for i := range min(count.Count, maxObjects) {
		object, err := pdf.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			continue
		}
		kind, err := pdf.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object.PageObject})
		if err != nil {
			continue
		}
		switch kind.Type {
		case enums.FPDF_PAGEOBJ_TEXT:
			texts = append(texts, object.PageObject)
		case enums.FPDF_PAGEOBJ_IMAGE:
			b, err := pdf.FPDFPageObj_GetBounds(&requests.FPDFPageObj_GetBounds{PageObject: object.PageObject})
			if err == nil {
				g := v.box(float64(b.Left), float64(b.Top), float64(b.Right), float64(b.Bottom))
				if couldBeCode(g) {
					squares = append(squares, g)
				}
				if (g.x1-g.x0)*(g.y1-g.y0) > 0.6*v.width*v.height {
					full, hidden = true, len(texts) // objects come in the order in which they are drawn
				}
			}
		}
	}
	if !full {
		return shown, false, squares, nil
	}
	invisible := hidden
	for _, t := range texts[hidden:] {
		mode, err := pdf.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: t})
		if err == nil && mode.TextRenderMode == enums.FPDF_TEXTRENDERMODE_INVISIBLE {
			invisible++
		}
	}
	return shown, len(texts) > 0 && 2*invisible > len(texts), squares, nil
}

// renderPDF draws a page.
func (r *Reader) renderPDF(ctx context.Context, data []byte, page, dpi int) (image.Image, Reason, error) {
	var out image.Image
	reason, err := r.engines.with(ctx, data, func(pdf pdfium.Pdfium, doc references.FPDF_DOCUMENT) error {
		p := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: page - 1}}
		size, err := pdf.GetPageSize(&requests.GetPageSize{Page: p})
		if err != nil {
			return err
		}
		inches := size.Width * size.Height / (72 * 72)
		if most := math.Sqrt(maxPixels / max(inches, 1e-6)); float64(dpi) > most {
			dpi = max(int(most), 1)
		}
		drawn, err := pdf.RenderPageInDPI(&requests.RenderPageInDPI{Page: p, DPI: dpi})
		if err != nil {
			return err
		}
		defer drawn.Cleanup() // the pixels are the engine's own
		src := drawn.Result.RenderedImage
		dst := image.NewRGBA(src.Bounds())
		draw.Draw(dst, src.Bounds(), src, src.Bounds().Min, draw.Src)
		out = dst
		return nil
	})
	return out, reason, err
}
