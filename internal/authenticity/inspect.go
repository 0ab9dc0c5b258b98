package authenticity

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"slices"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"

	"kualik/internal/doctext"
	"kualik/internal/pki"
	"kualik/internal/unpack"
)

// Source reads and draws documents; *doctext.Reader is one.
type Source interface {
	Read(ctx context.Context, name string, data []byte, o doctext.ReadOptions) (doctext.Result, error)
	Render(ctx context.Context, data []byte, page, dpi int) ([]byte, error)
}

// Bounds of drawing: pages of one document, and the resolution at which codes are looked for.
const (
	maxDrawn = 10
	dots     = 150
)

// Inspect reads a document anew and tells what each file in it shows. On the pages named, by the file's name within
// an archive, codes are looked for in the drawn page too: many are drawn of lines, or stand on a scan. The error is
// trouble of ours.
func Inspect(ctx context.Context, source Source, data []byte, pages map[string][]int, o pki.Options) ([]Facts, error) {
	read, err := source.Read(ctx, "", data, doctext.ReadOptions{})
	if err != nil {
		return nil, fmt.Errorf("inspect a document: %w", err)
	}
	files := Check(data, read, o)
	drawn := 0
	for i := range files {
		f := &files[i]
		content, _ := unpack.Find(data, f.Name)
		wanted := slices.Sorted(slices.Values(pages[f.Name]))
		for _, n := range wanted {
			has := slices.ContainsFunc(f.Codes, func(c Code) bool { return c.Page == n })
			if has || n < 1 || drawn == maxDrawn {
				continue
			}
			drawn++
			picture, err := source.Render(ctx, content, n, dots)
			if err != nil {
				return nil, fmt.Errorf("draw page %d of a document: %w", n, err)
			}
			for _, text := range codesOn(picture) {
				if len(f.Codes) < maxCodes {
					f.Codes = append(f.Codes, Code{Page: n, Text: clean(text, maxText)})
				}
			}
		}
	}
	return files, nil
}

// codesOn reads the QR codes in a picture; none of one that cannot be read.
func codesOn(picture []byte) (list []string) {
	defer func() {
		if recover() != nil { // a foreign decoder over untrusted pixels
			list = nil
		}
	}()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return nil
	}
	found, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return nil
	}
	for _, r := range found {
		if text := r.GetText(); text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}
