// Package unpack takes one file out of an archive, by the name that the reader of documents gave it.
//
// It serves whoever needs the bytes that a certificate was read from when they came in a ZIP: to draw its pages, to
// check its signatures. It knows nothing of what the files are. Archives come from strangers: it unpacks what was
// asked for and nothing else, counts what really comes out, and gives nothing where anything is wrong.
package unpack

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Bounds of what is unpacked, the reader's own.
const (
	maxBytes = 64 << 20
	maxDepth = 4   // an archive in an archive …
	maxRatio = 200 // unpacked to packed, beyond the first MiB
	maxFiles = 2000
)

// Find gives the file of a name, as package doctext names what it reads: "folder/a.pdf", or "inner.zip/a.pdf" for a
// file of an archive within. The empty name is the file itself. ok is false when it is not there or cannot be had.
func Find(data []byte, name string) (file []byte, ok bool) {
	return find(data, name, 0)
}

func find(data []byte, name string, depth int) ([]byte, bool) {
	if name == "" {
		return data, true
	}
	if depth == maxDepth {
		return nil, false
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, false
	}
	for i, f := range r.File {
		if i == maxFiles {
			break
		}
		rest, within := strings.CutPrefix(name, nameOf(f))
		if !within || rest != "" && rest[0] != '/' {
			continue
		}
		content, ok := read(f)
		if !ok {
			continue
		}
		if content, ok = find(content, strings.TrimPrefix(rest, "/"), depth+1); ok {
			return content, true
		}
	}
	return nil, false
}

// read unpacks one file within the bounds.
func read(f *zip.File) ([]byte, bool) {
	limit := min(maxBytes, max(1<<20, int64(min(f.CompressedSize64, maxBytes))*maxRatio))
	in, err := f.Open()
	if err != nil {
		return nil, false
	}
	defer in.Close()
	out, err := io.ReadAll(io.LimitReader(in, limit+1))
	return out, err == nil && int64(len(out)) <= limit
}

// nameOf is a member's name: UTF-8, or code page 866 as archivers of Windows and DOS write Russian names.
func nameOf(f *zip.File) string {
	const utf8Flag = 1 << 11
	if f.Flags&utf8Flag != 0 || utf8.ValidString(f.Name) {
		return f.Name
	}
	if s, err := charmap.CodePage866.NewDecoder().String(f.Name); err == nil {
		return s
	}
	return strings.ToValidUTF8(f.Name, "?")
}
