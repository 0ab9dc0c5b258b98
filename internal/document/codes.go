package document

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// quietBar is the blank that a reader needs beside the bars, in modules (ISO/IEC 15417).
const quietBar = 10

// quietQR is the blank around a QR code, in modules (ISO/IEC 18004).
const quietQR = 4

func barcodeOf(text string) (barcode.Barcode, error) {
	code, err := code128.Encode(text)
	if err != nil {
		return nil, fmt.Errorf("make a bar code: %w", err)
	}
	return code, nil
}

func qrOf(text string) (barcode.Barcode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	return code, nil
}

// runs are the dark stretches of a row of a code: begin and length in modules.
func runs(code barcode.Barcode, row int) (list [][2]int) {
	dark := func(x int) bool {
		r, _, _, _ := code.At(x, row).RGBA()
		return r == 0
	}
	width := code.Bounds().Dx()
	for x := 0; x < width; x++ {
		if !dark(x) {
			continue
		}
		from := x
		for x < width && dark(x) {
			x++
		}
		list = append(list, [2]int{from, x - from})
	}
	return list
}

// BarcodeSVG draws text as Code 128 for a page: black on white, with its quiet zone, 2 px a module and 44 px
// high. It is an error when the text has letters that Code 128 has not.
func BarcodeSVG(text string) (string, error) {
	code, err := barcodeOf(text)
	if err != nil {
		return "", err
	}
	return svg(code, quietBar, 0, 22, 2), nil
}

// QRSVG draws text as a QR code for a page: black on white, with its quiet zone, 4 px a module.
func QRSVG(text string) (string, error) {
	code, err := qrOf(text)
	if err != nil {
		return "", err
	}
	return svg(code, quietQR, quietQR, code.Bounds().Dy(), 4), nil
}

// svg draws the modules of a code, of which a bar code has one row that is height modules high.
func svg(code barcode.Barcode, left, top, height, scale int) string {
	rows := code.Bounds().Dy()
	each := height / rows
	width, total := code.Bounds().Dx()+2*left, height+2*top
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" shape-rendering="crispEdges">`,
		width*scale, total*scale, width, total)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, width, total)
	for y := range rows {
		for _, r := range runs(code, y) {
			fmt.Fprintf(&b, "M%d %dh%dv%dh-%dz", left+r[0], top+y*each, r[1], each, r[1])
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}
