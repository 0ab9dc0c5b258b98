package filing

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"kualik/internal/blob"
)

// contentType tells Word and PDF, and pictures (of identity documents and certificates), by content; empty for anything else.
func contentType(data []byte) string {
	switch kind := http.DetectContentType(data); {
	case kind == typePDF || bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		return typePDF
	case kind == "image/jpeg" || kind == "image/png":
		return kind
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return typeDOC
	case kind == "application/zip":
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err == nil && slices.ContainsFunc(r.File, func(f *zip.File) bool { return f.Name == "word/document.xml" }) {
			return typeDOCX
		}
	}
	return ""
}

// filename is the last part of a name as a browser sent it, without what no file system wants.
func filename(s string) string {
	s = clean(path.Base(strings.ReplaceAll(s, `\`, "/")), 1000)
	if s == "" || s == "." || s == "/" {
		return "document"
	}
	letters := []rune(s)
	if len(letters) > 200 {
		letters = letters[len(letters)-200:] // with its extension
	}
	return string(letters)
}

func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if letters := []rune(s); len(letters) > limit {
		s = string(letters[:limit])
	}
	return s
}

func (s *Service) openFile(ctx context.Context, row documentRow) (io.ReadCloser, error) {
	if !row.Sealed {
		content, _, err := s.o.Blobs.Open(ctx, row.File)
		return content, err
	}
	data, err := s.openSealed(ctx, row.File, documentLabel(row.ID))
	return io.NopCloser(bytes.NewReader(data)), err
}

func documentLabel(id uuid.UUID) string { return "filing document:" + id.String() }

// store puts the document's bytes into the store, sealed when its kind is.
func (s *Service) store(ctx context.Context, row *documentRow, data []byte) (err error) {
	if row.Sealed {
		row.File, err = s.putSealed(ctx, data, documentLabel(row.ID))
		return err
	}
	ref, err := s.o.Blobs.Put(ctx, bytes.NewReader(data))
	row.File = ref.SHA256
	return err
}

// putSealed stores bytes encrypted and gives the name of the file.
func (s *Service) putSealed(ctx context.Context, data []byte, label string) (string, error) {
	ref, err := s.o.Blobs.Put(ctx, bytes.NewReader(s.o.Keeper.Seal(data, label)))
	if err != nil {
		return "", fmt.Errorf("storing a sealed file: %w", err)
	}
	return ref.SHA256, nil
}

func (s *Service) openSealed(ctx context.Context, file, label string) ([]byte, error) {
	sealed, err := blob.ReadAll(ctx, s.o.Blobs, file, MaxDocument+1<<10)
	if err != nil {
		return nil, fmt.Errorf("reading a sealed file: %w", err)
	}
	data, err := s.o.Keeper.Open(sealed, label)
	if err != nil {
		return nil, fmt.Errorf("opening a sealed file: %w", err)
	}
	return data, nil
}
