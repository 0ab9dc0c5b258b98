package reports

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// archive is the zip that excelize writes into. excelize puts the streamed sheets in the order of a map;
// here every entry is compressed as it comes and all are written in one order without times, so the same
// content gives the same bytes. Amendments add what excelize's own calls would take quadratic time for.
type archive struct {
	w       io.Writer
	entries []*entry
	amend   map[string]amendment // by entry name
}

// amendment is text that is put in front of a marker, which stands in the entry exactly once.
type amendment struct {
	before string
	write  func(io.Writer) error
}

type entry struct {
	name   string
	packed bytes.Buffer
	deflat *flate.Writer
	crc    hash.Hash32
	size   uint64
	fix    *amender
	whole  *bytes.Buffer // kept until the end, where the content must be put in order
}

// contentTypes is the list of what is in the file. excelize writes its defaults in the order of a map.
const contentTypes = "[Content_Types].xml"

var defaultType = regexp.MustCompile(`<Default [^>]*></Default>`)

// inOrder sorts the defaults of the list of types.
func inOrder(list []byte) []byte {
	sorted := defaultType.FindAll(list, -1)
	slices.SortFunc(sorted, bytes.Compare)
	i := -1
	return defaultType.ReplaceAllFunc(list, func([]byte) []byte { i++; return sorted[i] })
}

var _ excelize.ZipWriter = (*archive)(nil)

// Create begins an entry; entries are written one after the other.
func (a *archive) Create(name string) (io.Writer, error) {
	if err := a.end(); err != nil {
		return nil, err
	}
	e := &entry{name: name, crc: crc32.NewIEEE()}
	deflat, err := flate.NewWriter(&e.packed, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	e.deflat = deflat
	a.entries = append(a.entries, e)
	if name == contentTypes {
		e.whole = &bytes.Buffer{}
		return e.whole, nil
	}
	if am, ok := a.amend[name]; ok {
		e.fix = &amender{to: e, amendment: am}
		return e.fix, nil
	}
	return e, nil
}

// AddFS belongs to the interface; nothing here copies folders.
func (a *archive) AddFS(fs.FS) error { return errors.ErrUnsupported }

// end finishes the entry that was begun last.
func (a *archive) end() error {
	if len(a.entries) == 0 {
		return nil
	}
	e := a.entries[len(a.entries)-1]
	if e.fix != nil {
		if err := e.fix.end(); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	if e.whole != nil {
		if _, err := e.Write(inOrder(e.whole.Bytes())); err != nil {
			return err
		}
	}
	return e.deflat.Close()
}

// Close writes the zip: the list of types first, as readers like it, the rest by name.
func (a *archive) Close() error {
	if err := a.end(); err != nil {
		return err
	}
	slices.SortFunc(a.entries, func(x, y *entry) int {
		return strings.Compare(place(x.name)+x.name, place(y.name)+y.name)
	})
	zw := zip.NewWriter(a.w)
	for _, e := range a.entries {
		w, err := zw.CreateRaw(&zip.FileHeader{
			Name: e.name, Method: zip.Deflate, CRC32: e.crc.Sum32(),
			CompressedSize64: uint64(e.packed.Len()), UncompressedSize64: e.size,
			//lint:ignore SA1019 a raw entry takes its date from here, Modified is not looked at
			ModifiedDate: firstDay,
		})
		if err != nil {
			return fmt.Errorf("write %s: %w", e.name, err)
		}
		if _, err := e.packed.WriteTo(w); err != nil {
			return fmt.Errorf("write %s: %w", e.name, err)
		}
	}
	return zw.Close()
}

// firstDay is 1 January 1980, the first that the format knows.
const firstDay = 1<<5 | 1

func place(name string) string {
	switch name {
	case contentTypes:
		return "0"
	case "_rels/.rels":
		return "1"
	}
	return "2"
}

// Write compresses.
func (e *entry) Write(p []byte) (int, error) {
	e.crc.Write(p)
	e.size += uint64(len(p))
	return e.deflat.Write(p)
}

// amender passes on what is written and puts the amendment in front of its marker.
type amender struct {
	to io.Writer
	amendment
	kept []byte // an end that may be the beginning of the marker
	done bool
}

func (a *amender) Write(p []byte) (int, error) {
	if a.done {
		return a.to.Write(p)
	}
	a.kept = append(a.kept, p...)
	if at := bytes.Index(a.kept, []byte(a.before)); at >= 0 {
		a.done = true
		if _, err := a.to.Write(a.kept[:at]); err != nil {
			return 0, err
		}
		if err := a.write(a.to); err != nil {
			return 0, err
		}
		_, err := a.to.Write(a.kept[at:])
		a.kept = nil
		return len(p), err
	}
	if pass := len(a.kept) - len(a.before) + 1; pass > 0 {
		if _, err := a.to.Write(a.kept[:pass]); err != nil {
			return 0, err
		}
		a.kept = append(a.kept[:0], a.kept[pass:]...)
	}
	return len(p), nil
}

func (a *amender) end() error {
	if !a.done {
		return fmt.Errorf("%q is not in the file", a.before)
	}
	return nil
}
