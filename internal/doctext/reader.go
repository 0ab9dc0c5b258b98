package doctext

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
)

// Options of a Reader.
type Options struct {
	CacheDir  string // where the compiled PDF engine is kept between runs; empty: nowhere
	Workers   int    // documents read at once; 0: 2
	Tesseract string // the program; empty: "tesseract" on the path
	OCR       bool   // whether scans may be recognised at all
	Log       *slog.Logger

	// Child is the command that starts a child: a program that calls ServeChild where IsChild says so. Every
	// document is then read in another process, within time and memory. Empty: in this process, where
	// nothing stops a document that takes for ever; for tests, and for the children themselves.
	Child []string
}

// Itself is the command by which a program that may be a child starts itself, also when its file was replaced.
func Itself() []string { return []string{"/proc/self/exe", ChildArgument} }

// Reader reads documents. It may be used by many goroutines at once.
type Reader struct {
	engines     *engines  // of this process, or
	quick, slow *children // processes for text layers and, apart from them, for text recognition

	log       *slog.Logger
	tesseract string // empty: no OCR
	heic      string // the program that decodes HEIC; empty: none
	ocrSlots  chan struct{}
}

// NewReader makes a Reader. The PDF engine starts with the first document.
func NewReader(o Options) (*Reader, error) {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	r := &Reader{log: o.Log, heic: findHEIC(), ocrSlots: make(chan struct{}, o.Workers)}
	if o.OCR {
		r.tesseract = findTesseract(o.Tesseract)
	}
	if len(o.Child) > 0 {
		s, starting := setup{CacheDir: o.CacheDir, Tesseract: r.tesseract}, &sync.Mutex{}
		r.quick = newChildren(o.Child, s, o.Workers, starting, o.Log)
		r.slow = newChildren(o.Child, s, o.Workers, starting, o.Log)
		return r, nil
	}
	var err error
	r.engines, err = newEngines(o.CacheDir, o.Workers, o.Log)
	return r, err
}

func findTesseract(name string) string {
	if name == "" {
		name = "tesseract"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// Warm starts a PDF engine before the first document needs one; with an empty cache that takes seconds.
func (r *Reader) Warm() error {
	if r.engines == nil {
		return r.quick.warm(context.Background())
	}
	return r.engines.warm()
}

// SharedCache is where all installations and tests of a user keep the compiled PDF engine; otherwise when
// the user has no such folder.
func SharedCache(otherwise string) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return otherwise
	}
	return filepath.Join(dir, "kualik")
}

// HasOCR tells whether scans can be recognised.
func (r *Reader) HasOCR() bool { return r.tesseract != "" }

// Close waits for running documents and frees the PDF engines.
func (r *Reader) Close() error {
	if r.engines == nil {
		r.quick.close()
		r.slow.close()
		return nil
	}
	return r.engines.close()
}

// ReadOptions of one call. With OCR false a scan gives NeedsOCR at once. With Book true a PDF is read to its
// end and not only its first pages, where certificates stand; its words are then not told one by one.
type ReadOptions struct{ OCR, Book bool }

// Read reads a file, whatever it is: the type is taken from its content, name only serves to tell words
// that are called a picture or an archive. The error is trouble of ours (a cancelled context, no memory for the engine); all that is
// wrong with the file is a Reason.
func (r *Reader) Read(ctx context.Context, name string, data []byte, o ReadOptions) (Result, error) {
	files, err := r.files(ctx, data, o)
	if err != nil {
		return Result{}, fmt.Errorf("reading a document: %w", err)
	}
	if len(files) > 0 && (files[0].Type == typeText || files[0].Type == typeHTML) && binaryName.MatchString(name) {
		files[0].Reason = Damaged // the page that was shown instead of the file, or what is left of it
	}
	return Result{Reason: overall(files), Files: files}, nil
}

// files reads a file in a child, or in this process.
func (r *Reader) files(ctx context.Context, data []byte, o ReadOptions) ([]File, error) {
	if r.engines == nil {
		from := r.quick
		if o.OCR && r.HasOCR() {
			from = r.slow
		}
		result, err := from.read(ctx, data, o)
		return result.Files, err
	}
	x := r.reading(ctx, o)
	var files []File
	x.done = func(f File) { files = append(files, f) }
	err := x.file("", data, 0)
	return files, err
}

var binaryName = regexp.MustCompile(`(?i)\.(pdf|jpe?g|png|tiff?|heic|zip|rar|7z|docx|odt)$`)

// overall is the reason for the whole: empty when anything at all could be read, else the reason that
// a person can do most about.
func overall(files []File) Reason {
	order := []Reason{NeedsOCR, Password, Limit, Damaged, Unsupported, Empty}
	found := map[Reason]bool{}
	for _, f := range files {
		if len(f.Pages) > 0 {
			return ""
		}
		found[f.Reason] = true
	}
	for _, reason := range order {
		if found[reason] {
			return reason
		}
	}
	return Empty
}

// reading is one call of Read.
type reading struct {
	reader *Reader
	ctx    context.Context
	ocr    bool
	most   int // pages of a PDF
	budget *budget
	skip   int // so many files are known already and left out
	added  int // so many were handed over or left out

	tell func(step, File) // what is being done
	done func(File)       // takes each file when it is read
}

func (r *Reader) reading(ctx context.Context, o ReadOptions) *reading {
	x := &reading{reader: r, ctx: ctx, ocr: o.OCR && r.HasOCR(), most: maxTextPages, budget: newBudget(), tell: func(step, File) {}}
	if o.Book {
		x.most, x.budget.book = maxBookPages, true
	}
	return x
}

// add hands a file over, with as many of its pages as there is room for.
func (x *reading) add(f File) {
	x.added++
	if x.skip > 0 {
		x.skip--
		return
	}
	for i := range f.Pages {
		if x.budget.book {
			f.Pages[i].Words = nil
		}
		if x.budget.room -= f.Pages[i].weight(); x.budget.room < 0 {
			x.budget.room += f.Pages[i].weight()
			f.Pages, f.Reason = f.Pages[:i], Limit
			break
		}
	}
	x.done(f)
}

// file reads one file and hands over what is in it. An error ends the whole reading.
func (x *reading) file(name string, data []byte, depth int) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	f := File{Name: name, SHA256: hex.EncodeToString(sum[:]), Type: sniff(data)}
	// What holds other files is opened again even when it is known already: its files are counted.
	switch f.Type {
	case typeZip, typeRAR, typeTar, typeGzip:
		return x.archive(f, data, depth)
	case typeDOCX, typeODT:
		x.tell(stepBegun, f)
		f.Pages, f.Reason = readOffice(f.Type, data, x.budget)
		return x.illustrated(f, officePictures(data, x.budget))
	case typeRTF:
		x.tell(stepBegun, f)
		var pictures [][]byte
		f.Pages, pictures, f.Reason = readRTF(data, x.budget)
		return x.illustrated(f, pictures)
	}
	if x.skip > 0 {
		x.add(f)
		return nil
	}
	x.tell(stepBegun, f)
	var err error
	switch f.Type {
	case "":
		f.Reason = Empty
	case typePDF:
		err = x.pdf(&f, data)
	case typePNG, typeJPEG, typeGIF, typeBMP, typeTIFF, typeWebP, typeHEIC:
		err = x.image(&f, data)
	case typeLocked:
		f.Reason = Password
	case typeText, typeHTML:
		f.Pages, f.Reason = readPlain(f.Type, data, x.budget)
	default:
		f.Reason = Unsupported
	}
	if err != nil {
		return err
	}
	x.add(f)
	return nil
}

// pdf reads a PDF; its scanned pages are recognised or, without OCR, named by the reason.
func (x *reading) pdf(f *File, data []byte) error {
	pages, total, reason, err := x.reader.readPDF(x.ctx, data, x.most, func() { x.tell(stepLeaf, File{}) })
	if err != nil {
		return err
	}
	if reason == "" && x.budget.book && total > x.most {
		reason = Limit
	}
	f.Reason, f.PageCount = reason, total
	scans := 0
	for _, p := range pages {
		switch {
		case !p.scan && p.page.Text != "" && (!p.doubtful || !x.ocr || scans >= maxOCRPages):
			f.Pages = append(f.Pages, p.page)
		case (p.scan || p.doubtful) && x.ocr && scans < maxOCRPages:
			scans++
			page, reason, err := x.recognisePDF(data, p.page.Number)
			switch {
			case err != nil:
				return err
			case page.Text != "":
				f.Pages = append(f.Pages, page)
			case p.doubtful:
				f.Pages = append(f.Pages, p.page)
			default:
				f.Reason = reason
			}
		case p.scan:
			f.Reason = NeedsOCR
			if x.ocr {
				f.Reason = Limit
			}
		}
	}
	if len(f.Pages) == 0 && f.Reason == "" {
		f.Reason = Empty
	}
	return nil
}
