package doctext

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
)

// ChildArgument is the only argument of a program that is to be a child of a Reader; see Options.Child.
const ChildArgument = "read-documents"

// IsChild tells whether this process was started to read documents for another.
func IsChild() bool { return len(os.Args) == 2 && os.Args[1] == ChildArgument }

// ServeChild reads documents for the parent, one at a time, until the parent closes the standard input. It
// returns the exit status.
func ServeChild() int {
	debug.SetMemoryLimit(childMemory / 2)                           // collects rather than grows
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) // when memory is short, this process first
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serve(in io.Reader, out io.Writer) error {
	w := newWire(in, out)
	w.allow(math.MaxInt) // the parent is trusted
	var s setup
	if err := w.hear(&s); err != nil {
		return fmt.Errorf("hearing what to do: %w", err)
	}
	r, err := NewReader(Options{CacheDir: s.CacheDir, Workers: 1, OCR: s.Tesseract != "", Tesseract: s.Tesseract,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Warm(); err != nil {
		return err
	}
	if err := w.say(reply{Step: stepReady}); err != nil {
		return err
	}
	for {
		var q request
		if err := w.hear(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("hearing of a document: %w", err)
		}
		data, err := w.bytes(q.Size)
		if err != nil {
			return fmt.Errorf("taking a document: %w", err)
		}
		if err := r.answer(w, q, data); err != nil {
			return fmt.Errorf("answering: %w", err)
		}
	}
}

// answer does one request. The error is the wire's: what else goes wrong is an answer.
func (r *Reader) answer(w *wire, q request, data []byte) error {
	if q.Draw {
		picture, err := r.Render(context.Background(), data, q.Page, q.DPI)
		if err != nil {
			return w.say(reply{Step: stepFailed, Err: err.Error()})
		}
		if len(picture) > maxPicture {
			picture = nil
		}
		if err := w.say(reply{Step: stepPicture, Size: len(picture)}); err != nil {
			return err
		}
		_, err = w.out.Write(picture)
		return err
	}
	var broken error
	tell := func(p reply) {
		if broken == nil {
			broken = w.say(p)
		}
	}
	x := r.reading(context.Background(), q.Read)
	x.skip, x.budget.room = q.Skip, q.Room
	x.tell = func(s step, f File) { tell(reply{Step: s, File: f}) }
	x.done = func(f File) {
		pages := f.Pages
		f.Pages = nil
		for _, p := range pages {
			tell(reply{Step: stepPage, Page: p})
		}
		tell(reply{Step: stepFile, File: f})
	}
	if err := x.file("", data, 0); err != nil {
		tell(reply{Step: stepFailed, Err: err.Error()})
	} else {
		tell(reply{Step: stepRead})
	}
	return broken
}
