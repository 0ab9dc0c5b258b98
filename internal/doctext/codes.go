package doctext

import (
	"image"
	"image/draw"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/requests"
)

// maxCodes bounds how many pictures of a page are looked at for a QR code, codePages on how many pages.
const (
	maxCodes  = 4
	codePages = 20
)

// Code is a QR code on a page and what it says.
type Code struct {
	Text string
	Box  Rect
}

// decodeQR reads the QR code in a picture; empty when there is none.
func decodeQR(img image.Image) (text string) {
	defer func() {
		if recover() != nil { // a foreign decoder over untrusted pixels
			text = ""
		}
	}()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return ""
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return ""
	}
	return result.GetText()
}

// readCodes draws the small square pictures of a page and reads those that are QR codes.
func readCodes(pdf pdfium.Pdfium, page requests.Page, v view, pictures []glyph) []Code {
	var out []Code
	for i, b := range pictures {
		if i == maxCodes {
			break
		}
		const margin = 6
		crop := requests.RenderPageCrop{X: b.x0 - margin, Y: b.y0 - margin, Width: b.x1 - b.x0 + 2*margin, Height: b.y1 - b.y0 + 2*margin}
		drawn, err := pdf.RenderPageInDPI(&requests.RenderPageInDPI{Page: page, DPI: 200, Crop: &crop, ImageFormat: requests.RenderImageFormatGrayscale})
		if err != nil {
			continue
		}
		src := drawn.Result.RenderedImage
		img := image.NewGray(src.Bounds())
		draw.Draw(img, img.Bounds(), src, src.Bounds().Min, draw.Src)
		drawn.Cleanup()
		if text := decodeQR(img); text != "" {
			out = append(out, Code{Text: text, Box: Rect{X: b.x0 / v.width, Y: b.y0 / v.height, W: (b.x1 - b.x0) / v.width, H: (b.y1 - b.y0) / v.height}})
		}
	}
	return out
}

// couldBeCode tells whether a picture on a page has the shape and size of a QR code.
func couldBeCode(b glyph) bool {
	w, h := b.x1-b.x0, b.y1-b.y0
	return w > 25 && w < 220 && h > 0.85*w && h < 1.18*w
}
