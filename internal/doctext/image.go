package doctext

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // formats that people send
	_ "image/jpeg"
	"image/png"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// image recognises the text of a picture, page by page where a TIFF has several.
func (x *reading) image(f *File, data []byte) error {
	frames := [][]byte{data}
	switch f.Type {
	case typeTIFF:
		frames = tiffFrames(data)
	case typeWebP:
		frames[0] = webpFrame(data)
	case typeHEIC:
		return x.heicPicture(f, data)
	}
	for i, frame := range frames {
		if reason := checkImage(frame); reason != "" {
			f.Reason = reason
			break
		}
		if !x.ocr {
			f.Reason = NeedsOCR
			return nil
		}
		picture, reason := decodeImage(f.Type, frame)
		if reason != "" {
			f.Reason = reason
			break
		}
		page, reason, err := x.recognise(picture)
		if err != nil {
			return err
		}
		if reason != "" {
			f.Reason = reason
			continue
		}
		page.Number = i + 1
		f.Pages = append(f.Pages, page)
	}
	return nil
}

// heicPicture recognises the text of a HEIC picture, which a program of its own decodes.
func (x *reading) heicPicture(f *File, data []byte) error {
	if !x.ocr {
		f.Reason = NeedsOCR
		return nil
	}
	picture, reason, err := x.reader.decodeHEIC(x.ctx, data)
	if err != nil || reason != "" {
		f.Reason = reason
		return err
	}
	page, reason, err := x.recognise(picture)
	if err != nil || reason != "" {
		f.Reason = reason
		return err
	}
	f.Pages = []Page{page}
	return nil
}

// webpFrame is the first frame of an animation as a picture of its own; any other WebP as it is.
func webpFrame(data []byte) []byte {
	if len(data) < 30 || string(data[12:16]) != "VP8X" || data[20]&2 == 0 {
		return data
	}
	for at := 12; at+8 <= len(data); {
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		begin, end := at+8, at+8+size
		if size < 0 || end > len(data) {
			break
		}
		if string(data[at:at+4]) == "ANMF" && size > 24 {
			frame := data[begin+16 : end]
			rest := frame
			if string(frame[:4]) == "ALPH" { // shown without its transparency
				skip := 8 + int(binary.LittleEndian.Uint32(frame[4:]))
				skip += skip & 1
				if skip < 8 || skip > len(frame) {
					break
				}
				rest = frame[skip:]
			}
			out := append([]byte("RIFF\x00\x00\x00\x00WEBP"), rest...)
			binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
			return out
		}
		at = end + size&1
	}
	return data
}

// checkImage bounds the pixels before anything is decoded.
func checkImage(data []byte) Reason {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case err != nil || c.Width <= 0 || c.Height <= 0:
		return Damaged
	case int64(c.Width)*int64(c.Height) > maxPixels || c.Width > 30_000 || c.Height > 30_000:
		return Limit
	}
	return ""
}

// decodeImage gives the picture upright as the camera says it was held.
func decodeImage(kind string, data []byte) (img image.Image, reason Reason) {
	defer func() {
		if recover() != nil { // decoders of rare formats over untrusted bytes
			img, reason = nil, Damaged
		}
	}()
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, Damaged
	}
	if kind == typeJPEG {
		img = upright(img, exifOrientation(data))
	}
	return img, ""
}

// tiffFrames gives a copy of the file for each of its pages, whose header points to that page.
func tiffFrames(data []byte) [][]byte {
	if len(data) < 8 {
		return [][]byte{data}
	}
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	var out [][]byte
	seen := map[uint32]bool{}
	for at := order.Uint32(data[4:]); at != 0 && !seen[at] && len(out) < maxOCRPages; {
		seen[at] = true
		if uint64(at)+2 > uint64(len(data)) {
			break
		}
		next := uint64(at) + 2 + 12*uint64(order.Uint16(data[at:]))
		if next+4 > uint64(len(data)) {
			break
		}
		frame := data
		if len(out) > 0 {
			frame = bytes.Clone(data)
			order.PutUint32(frame[4:], at)
		}
		if _, err := tiff.DecodeConfig(bytes.NewReader(frame)); err == nil || len(out) == 0 {
			out = append(out, frame)
		}
		at = order.Uint32(data[next:])
	}
	if len(out) == 0 {
		return [][]byte{data}
	}
	return out
}

// exifOrientation reads tag 0x0112 of a JPEG's Exif block; 1 when there is none.
func exifOrientation(data []byte) int {
	for at := 2; at+4 < len(data) && data[at] == 0xff; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		end := at + 2 + size
		if marker == 0xda || size < 2 || end > len(data) {
			return 1
		}
		if block := data[at+4 : end]; marker == 0xe1 && bytes.HasPrefix(block, []byte("Exif\x00\x00")) {
			return tiffOrientation(block[6:])
		}
		at = end
	}
	return 1
}

func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	for i := range uint64(order.Uint16(b[at:])) {
		entry := at + 2 + 12*i
		if entry+12 > uint64(len(b)) {
			break
		}
		if order.Uint16(b[entry:]) == 0x0112 {
			return int(order.Uint16(b[entry+8:]))
		}
	}
	return 1
}

// upright turns a picture by its Exif orientation; mirrored ones are only turned.
func upright(img image.Image, orientation int) image.Image {
	switch orientation {
	case 3, 4:
		return turned(img, 2)
	case 5, 6:
		return turned(img, 1)
	case 7, 8:
		return turned(img, 3)
	}
	return img
}

// turned turns a picture clockwise by quarter turns; the result is grey.
func turned(img image.Image, quarters int) *image.Gray {
	src := grey(img)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	if quarters%4 == 0 {
		return src
	}
	if quarters%2 == 1 {
		w, h = h, w
	}
	dst := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var sx, sy int
			switch quarters % 4 {
			case 1:
				sx, sy = y, src.Rect.Dy()-1-x
			case 2:
				sx, sy = src.Rect.Dx()-1-x, src.Rect.Dy()-1-y
			case 3:
				sx, sy = src.Rect.Dx()-1-y, x
			}
			dst.Pix[y*dst.Stride+x] = src.Pix[sy*src.Stride+sx]
		}
	}
	return dst
}

// grey is the picture in grey on white paper, its corner at the origin. Coloured ink, of stamps and signatures,
// becomes pale: the letters below it are black.
func grey(img image.Image) *image.Gray {
	if g, ok := img.(*image.Gray); ok && g.Rect.Min == (image.Point{}) {
		return g
	}
	b := img.Bounds()
	colour := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(colour, colour.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(colour, colour.Rect, img, b.Min, draw.Over)
	dst := image.NewGray(colour.Rect)
	for i := range dst.Pix {
		r, g, b := int(colour.Pix[4*i]), int(colour.Pix[4*i+1]), int(colour.Pix[4*i+2])
		light := (77*r + 150*g + 29*b) >> 8
		most := max(r, g, b)
		if chroma := most - min(r, g, b); chroma > 40 {
			light += (most - light) * min(chroma-40, 40) / 40
		}
		dst.Pix[i] = uint8(light)
	}
	return dst
}

// Render draws a page of a PDF or a picture as PNG, for the viewer. It is nil for what has no pages to
// draw; a page that does not exist is nil too.
func (r *Reader) Render(ctx context.Context, data []byte, page, dpi int) ([]byte, error) {
	if r.engines == nil {
		return r.quick.draw(ctx, data, page, dpi)
	}
	var img image.Image
	switch kind := sniff(data); kind {
	case typePDF:
		drawn, reason, err := r.renderPDF(ctx, data, page, dpi)
		if err != nil {
			return nil, err
		}
		if reason == "" {
			img = drawn
		}
	case typeHEIC:
		drawn, _, err := r.decodeHEIC(ctx, data)
		if err != nil {
			return nil, err
		}
		if drawn != nil && page == 1 {
			img = drawn
		}
	case typePNG, typeJPEG, typeGIF, typeBMP, typeTIFF, typeWebP:
		if kind == typeWebP {
			data = webpFrame(data)
		}
		if kind == typeTIFF {
			if frames := tiffFrames(data); page >= 1 && page <= len(frames) {
				data = frames[page-1]
			}
		}
		if checkImage(data) == "" {
			img, _ = decodeImage(kind, data)
		}
	}
	if img == nil {
		return nil, nil
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
