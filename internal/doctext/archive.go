package doctext

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nwaples/rardecode/v2"
	"golang.org/x/text/encoding/charmap"
)

const (
	maxFiles    = 200       // in all archives of one file together
	maxUnpacked = 256 << 20 // bytes, likewise
	maxDepth    = 4         // an archive in an archive …
	maxRatio    = 200       // unpacked to packed, beyond the first MiB
	maxWindow   = 64 << 20  // bytes that a RAR needs in memory to unpack
)

var (
	errBudget   = errors.New("the archive unpacks to too much")
	errPassword = errors.New("the archive asks for a password")
)

// budget is what one reading may cost, all archives together.
type budget struct {
	bytes int64
	files int
	room  int  // what the pages may weigh
	book  bool // whose words are not told one by one
}

func newBudget() *budget { return &budget{bytes: maxUnpacked, files: maxFiles, room: maxResult} }

// limit is what so many packed bytes may unpack to.
func (b *budget) limit(packed int64) int64 { return min(b.bytes, max(1<<20, packed*maxRatio)) }

// read reads what so many packed bytes unpack to, counting what really comes out and not what a header promises.
func (b *budget) read(in io.Reader, packed int64) ([]byte, error) {
	limit := b.limit(packed)
	var out bytes.Buffer
	n, err := out.ReadFrom(io.LimitReader(in, limit+1))
	if n > limit {
		return nil, errBudget
	}
	b.bytes -= n
	return out.Bytes(), err
}

// unpack reads one member of a ZIP.
func unpack(f *zip.File, b *budget) ([]byte, error) {
	if f.Flags&flagEncrypted != 0 {
		return nil, errPassword
	}
	if f.UncompressedSize64 > uint64(b.limit(int64(f.CompressedSize64))) {
		return nil, errBudget // it says so itself
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return b.read(in, int64(f.CompressedSize64))
}

const flagEncrypted, flagUTF8 = 1, 1 << 11

// archive reads every file in an archive. What is wrong with one member is the reason of that member.
func (x *reading) archive(f File, data []byte, depth int) error {
	if depth >= maxDepth {
		f.Reason = Limit
		x.add(f)
		return nil
	}
	before := x.added
	open := map[string]func(File, []byte, int) error{typeZip: x.zip, typeRAR: x.rar, typeTar: x.tar, typeGzip: x.gzip}
	err := open[f.Type](f, data, depth)
	if err != nil && x.ctx.Err() != nil {
		return err
	}
	switch f.Reason = reasonOf(err); {
	case err != nil:
		x.add(f)
	case x.added == before:
		f.Reason = Empty
		x.add(f)
	}
	return nil
}

// reasonOf says what an error of unpacking means.
func reasonOf(err error) Reason {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errBudget), errors.Is(err, rardecode.ErrDictionaryTooLarge):
		return Limit
	case errors.Is(err, errPassword), errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		return Password
	case errors.Is(err, zip.ErrAlgorithm), errors.Is(err, rardecode.ErrUnsupportedDecoder), errors.Is(err, rardecode.ErrUnknownDecoder), errors.Is(err, rardecode.ErrMultiVolume):
		return Unsupported
	}
	return Damaged
}

// member reads one member, whose bytes open gives; what cannot stand in a name becomes a question mark. An error
// ends the archive.
func (x *reading) member(archive File, name string, depth int, open func() ([]byte, error)) error {
	if strings.HasPrefix(name, "__MACOSX/") || strings.HasSuffix(name, ".DS_Store") {
		return nil
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, name)
	if archive.Name != "" && name != "" {
		name = archive.Name + "/" + name
	}
	if x.budget.files--; x.budget.files < 0 {
		return errBudget
	}
	content, err := open()
	if err != nil {
		x.add(File{Name: name, Type: typeUnknown, Reason: reasonOf(err)})
		return x.ctx.Err()
	}
	return x.file(name, content, depth+1)
}

func (x *reading) zip(f File, data []byte, depth int) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return err
	}
	for _, m := range r.File {
		if strings.HasSuffix(m.Name, "/") {
			continue
		}
		if err := x.member(f, memberName(m), depth, func() ([]byte, error) { return unpack(m, x.budget) }); err != nil {
			return err
		}
	}
	return nil
}

func (x *reading) tar(f File, data []byte, depth int) error {
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		open := func() ([]byte, error) { return x.budget.read(r, int64(len(data))) }
		if err := x.member(f, h.Name, depth, open); err != nil {
			return err
		}
	}
}

func (x *reading) gzip(f File, data []byte, depth int) error {
	in := bytes.NewReader(data)
	r, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	name := ""
	if r.Name != "" {
		name = path.Base(r.Name)
	}
	return x.member(f, name, depth, func() ([]byte, error) {
		var out []byte
		for { // the pieces one by one: what stands behind the last may be no piece
			r.Multistream(false)
			piece, err := x.budget.read(r, int64(len(data)))
			out = append(out, piece...)
			if err != nil || r.Reset(in) != nil {
				return out, err
			}
		}
	})
}

func (x *reading) rar(f File, data []byte, depth int) (err error) {
	defer func() {
		if recover() != nil { // a foreign decoder over untrusted bytes
			err = errors.New("the RAR is broken")
		}
	}()
	r, err := rardecode.NewReader(bytes.NewReader(data), rardecode.MaxDictionarySize(maxWindow))
	if err != nil {
		return err
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.IsDir || h.LinkType != 0 {
			continue
		}
		open := func() ([]byte, error) {
			if h.Encrypted {
				return nil, errPassword
			}
			return x.budget.read(r, h.PackedSize)
		}
		if err := x.member(f, h.Name, depth, open); err != nil {
			return err
		}
	}
}

// memberName decodes the name of a member: UTF-8, or the code page of Windows or of DOS, in which archivers
// write Russian names.
func memberName(m *zip.File) string {
	if m.Flags&flagUTF8 != 0 || utf8.ValidString(m.Name) {
		return m.Name
	}
	dos, windows := 0, 0 // letters that the other page has no letter for
	for i := range len(m.Name) {
		switch c := m.Name[i]; {
		case c >= 0x80 && c <= 0xaf:
			dos++
		case c >= 0xc0 && c <= 0xdf, c >= 0xf2:
			windows++
		}
	}
	page := charmap.CodePage866
	if windows > dos {
		page = charmap.Windows1251
	}
	s, err := page.NewDecoder().String(m.Name)
	if err != nil {
		return m.Name
	}
	return s
}
