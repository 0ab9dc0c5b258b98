package doctext

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed" // the decoder
	"errors"
	"fmt"
	"image"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// heifPacked is the decoder of HEIC pictures in WebAssembly; heif/README.md says where it comes from.
//
//go:embed heif/heif.wasm.gz
var heifPacked []byte

var heifModule = sync.OnceValues(func() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(heifPacked))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
})

// heifTurn lets one picture be decoded at a time: each may take half a gigabyte.
var heifTurn sync.Mutex

var (
	errHEIF      = errors.New("the picture cannot be decoded")
	errHEIFLarge = errors.New("the picture has too many pixels")
)

// decodeHEIF decodes a picture in memory of its own; whoever takes too long is killed with this process. An
// error is trouble of ours.
func (x *reading) decodeHEIF(data []byte) (image.Image, Reason, error) {
	heifTurn.Lock()
	defer heifTurn.Unlock()
	img, err := x.reader.engines.heif(x.ctx, data)
	switch {
	case err == nil:
		return img, "", nil
	case x.ctx.Err() != nil:
		return nil, "", x.ctx.Err()
	case errors.Is(err, errHEIFLarge):
		return nil, Limit, nil
	}
	x.reader.log.Debug("a HEIC could not be read", "error", err)
	return nil, Damaged, nil
}

// heif runs the decoder in a runtime that lives for one picture.
func (e *engines) heif(ctx context.Context, data []byte) (image.Image, error) {
	code, err := heifModule()
	if err != nil {
		return nil, err
	}
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(e.cache).WithMemoryLimitPages(engineMemoryPages))
	defer rt.Close(context.WithoutCancel(ctx))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, rt); err != nil {
		return nil, fmt.Errorf("start the HEIC decoder: %w", err)
	}
	module, err := rt.Instantiate(ctx, code) // no files, no output
	if err != nil {
		return nil, fmt.Errorf("start the HEIC decoder: %w", err)
	}
	return (&heifCall{ctx: ctx, module: module}).decode(data)
}

// heifCall is one call of decode(in, size, onlySize, *width, *height, *colours, *chroma, *premultiplied, out).
type heifCall struct {
	ctx    context.Context
	module api.Module
}

// Colours and chroma as libheif numbers them.
const (
	heifYCbCr, heifRGB, heifGrey = 0, 1, 2
	heif420, heif422, heif444    = 1, 2, 3
)

func (h *heifCall) decode(data []byte) (image.Image, error) {
	in, err := h.alloc(len(data))
	if err != nil {
		return nil, err
	}
	answer, err := h.alloc(20)
	if err != nil {
		return nil, err
	}
	if !h.module.Memory().Write(uint32(in), data) {
		return nil, errHEIF
	}
	call := func(onlySize, out uint64) error {
		got, err := h.module.ExportedFunction("decode").Call(h.ctx, in, uint64(len(data)), onlySize, answer, answer+4, answer+8, answer+12, answer+16, out)
		if err == nil && got[0] == 0 {
			err = errHEIF
		}
		return err
	}
	if err := call(1, 0); err != nil {
		return nil, err
	}
	var said [4]uint32 // width, height, colours, chroma
	for i := range said {
		v, ok := h.module.Memory().ReadUint32Le(uint32(answer) + 4*uint32(i))
		if !ok {
			return nil, errHEIF
		}
		said[i] = v
	}
	width, height := int(said[0]), int(said[1])
	switch {
	case width <= 0 || height <= 0:
		return nil, errHEIF
	case int64(width)*int64(height) > maxPixels || width > 30_000 || height > 30_000:
		return nil, errHEIFLarge
	}
	// A plane's rows are whole multiples of 16 bytes.
	row := func(n int) int { return (n + 15) &^ 15 }
	w, rows, size := row(width), height, 0
	cw, ch, ratio := row((width+1)/2), (height+1)/2, image.YCbCrSubsampleRatio420
	switch {
	case said[2] == heifYCbCr && said[3] == heif422:
		ch, ratio = height, image.YCbCrSubsampleRatio422
	case said[2] == heifYCbCr && said[3] == heif444:
		cw, ch, ratio = w, height, image.YCbCrSubsampleRatio444
	case said[2] == heifYCbCr && said[3] == heif420:
	case said[2] == heifGrey:
		cw, ch = 0, 0
	case said[2] == heifRGB:
		w, cw, ch = row(4*width), 0, 0
	default:
		return nil, errHEIF
	}
	size = w*rows + 2*cw*ch
	out, err := h.alloc(size + 1<<16)
	if err != nil {
		return nil, err
	}
	if err := call(0, out); err != nil {
		return nil, err
	}
	view, ok := h.module.Memory().Read(uint32(out), uint32(size))
	if !ok {
		return nil, errHEIF
	}
	pix, rect := bytes.Clone(view), image.Rect(0, 0, width, height)
	y, c := w*rows, cw*ch
	switch said[2] {
	case heifGrey:
		return &image.Gray{Pix: pix, Stride: w, Rect: rect}, nil
	case heifRGB:
		return &image.NRGBA{Pix: pix, Stride: w, Rect: rect}, nil
	}
	return &image.YCbCr{Y: pix[:y:y], Cb: pix[y : y+c : y+c], Cr: pix[y+c : y+2*c : y+2*c], SubsampleRatio: ratio, YStride: w, CStride: cw, Rect: rect}, nil
}

func (h *heifCall) alloc(n int) (uint64, error) {
	at, err := h.module.ExportedFunction("malloc").Call(h.ctx, uint64(n))
	if err == nil && at[0] == 0 {
		err = errHEIFLarge // its memory is used up
	}
	if err != nil {
		return 0, err
	}
	return at[0], nil
}
