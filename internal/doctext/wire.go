package doctext

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
)

// What the parent and a child say to each other over the child's standard input and output: values in gob,
// and after a value that announces bytes the bytes themselves, so that no file and no picture is copied
// through an encoder.

// setup is the first thing that a child is told; it answers that it is ready.
type setup struct {
	CacheDir  string
	Tesseract string
}

// request is one document to read or one page to draw. Size bytes follow: the document.
type request struct {
	Read      ReadOptions
	Skip      int // so many files have been answered before
	Room      int // what the result may still weigh
	Draw      bool
	Page, DPI int
	Size      int
}

// reply is what a child does or has found.
type reply struct {
	Step step
	File File   // stepBegun, stepFile: without its pages, which come one by one before
	Page Page   // stepPage
	Size int    // stepPicture: so many bytes follow
	Err  string // stepFailed

	picture []byte // those bytes
}

type step int

// The steps. Those between stepBegun and stepRead tell the parent that a document is being worked at.
const (
	stepReady      step = iota + 1
	stepBegun           // a file is looked into; should the child die, it is this file's fault
	stepLeaf            // a further page of a book is read
	stepRecognises      // text recognition begins
	stepRecognised
	stepPage    // a page of the file
	stepFile    // the file is read
	stepRead    // the document is read
	stepPicture // a page is drawn; it is empty when there is nothing to draw
	stepFailed  // trouble of ours
)

const (
	maxResult  = 16 << 20 // what all pages of one reading may weigh
	maxPicture = 48 << 20 // bytes of a drawn page
	wordWeight = 56       // a Word in memory
	pageWeight = 1 << 10  // a page besides
)

// weight is about what a page takes in memory.
func (p *Page) weight() int {
	n := pageWeight + len(p.Text) + wordWeight*len(p.Words)
	for _, c := range p.Codes {
		n += len(c.Text) + wordWeight
	}
	return n
}

var errTooMuch = errors.New("the other side says too much")

// wire is one end of the conversation.
type wire struct {
	in  *bufio.Reader
	dec *gob.Decoder
	lim *io.LimitedReader
	out io.Writer
	enc *gob.Encoder
}

func newWire(in io.Reader, out io.Writer) *wire {
	w := &wire{lim: &io.LimitedReader{R: in, N: 1 << 20}, out: out, enc: gob.NewEncoder(out)}
	w.in = bufio.NewReaderSize(w.lim, 64<<10)
	w.dec = gob.NewDecoder(w.in) // reads no further than a value's end, for its source reads single bytes
	return w
}

// allow says how much may come in from now on.
func (w *wire) allow(n int) { w.lim.N = int64(n) }

func (w *wire) say(v any) error { return w.enc.Encode(v) }

func (w *wire) hear(v any) error {
	err := w.dec.Decode(v)
	if err != nil && w.lim.N <= 0 {
		return fmt.Errorf("%w: %w", errTooMuch, err)
	}
	return err
}

func (w *wire) bytes(n int) ([]byte, error) {
	out := make([]byte, n)
	if _, err := io.ReadFull(w.in, out); err != nil {
		return nil, err
	}
	return out, nil
}
