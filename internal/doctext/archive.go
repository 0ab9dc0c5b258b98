package doctext

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const (
	maxFiles    = 200       // in all archives of one file together
	maxUnpacked = 256 << 20 // bytes, likewise
	maxDepth    = 4         // an archive in an archive …
	maxRatio    = 200       // unpacked to packed, beyond the first MiB
)

var errBudget = errors.New("the archive unpacks to too much")

// budget is what one reading may cost, all archives together.
type budget struct {
	bytes int64
	files int
	room  int  // what the pages may weigh
	book  bool // whose words are not told one by one
}

func newBudget() *budget { return &budget{bytes: maxUnpacked, files: maxFiles, room: maxResult} }

// unpack reads one member, counting what really comes out and not what the header promises.
func unpack(f *zip.File, b *budget) ([]byte, error) {
	limit := min(b.bytes, max(1<<20, int64(f.CompressedSize64)*maxRatio))
	if f.UncompressedSize64 > uint64(limit) {
		return nil, errBudget // it says so itself
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var out bytes.Buffer
	out.Grow(int(f.UncompressedSize64) + bytes.MinRead)
	n, err := out.ReadFrom(io.LimitReader(in, limit+1))
	if n > limit {
		return nil, errBudget
	}
	b.bytes -= n
	return out.Bytes(), err
}

const flagEncrypted, flagUTF8 = 1, 1 << 11

// archive reads every file in an archive. What is wrong with one member is the reason of that member.
func (x *reading) archive(f File, data []byte, depth int) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	switch {
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		f.Reason = Damaged
	case depth >= maxDepth:
		f.Reason = Limit
	default:
		return x.members(f, r.File, depth)
	}
	x.add(f)
	return nil
}

func (x *reading) members(archive File, members []*zip.File, depth int) error {
	found := false
	for _, m := range members {
		name := memberName(m)
		if strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") || strings.HasSuffix(name, ".DS_Store") {
			continue
		}
		if archive.Name != "" {
			name = archive.Name + "/" + name
		}
		found = true
		if x.budget.files--; x.budget.files < 0 {
			x.add(File{Name: name, Type: typeUnknown, Reason: Limit})
			return nil
		}
		if m.Flags&flagEncrypted != 0 {
			x.add(File{Name: name, Type: typeUnknown, Reason: Password})
			continue
		}
		content, err := unpack(m, x.budget)
		switch {
		case errors.Is(err, errBudget):
			x.add(File{Name: name, Type: typeUnknown, Reason: Limit})
		case errors.Is(err, zip.ErrAlgorithm):
			x.add(File{Name: name, Type: typeUnknown, Reason: Unsupported})
		case err != nil:
			x.add(File{Name: name, Type: typeUnknown, Reason: Damaged})
		default:
			if err := x.file(name, content, depth+1); err != nil {
				return err
			}
		}
	}
	if !found {
		archive.Reason = Empty
		x.add(archive)
	}
	return nil
}

// memberName decodes the name of a member: UTF-8, or code page 866 as Windows and DOS archivers write
// Russian names.
func memberName(m *zip.File) string {
	if m.Flags&flagUTF8 != 0 || utf8.ValidString(m.Name) {
		return m.Name
	}
	if s, err := charmap.CodePage866.NewDecoder().String(m.Name); err == nil {
		return s
	}
	return strings.ToValidUTF8(m.Name, "?")
}
