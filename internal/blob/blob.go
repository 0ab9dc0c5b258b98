// Package blob keeps files by the SHA-256 of their content: messages as they came, documents, workbooks.
//
// What is stored never changes, so a file may be copied, backed up and read while others write. The
// package knows nothing of what the files are; who needs a file keeps its hash in the database. A file
// that no row names is swept by its age, which is why storing it again makes it young again.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"time"

	"kualik/internal/blob/s3"
	"kualik/internal/fault"
)

// Ref names a stored file.
type Ref struct {
	SHA256 string // lower-case hex
	Size   int64  // bytes
}

// Store keeps files. When Put or PutAll has returned, the files survive a loss of power. A file that is
// not there is fault.NotFound.
type Store interface {
	Put(ctx context.Context, content io.Reader) (Ref, error)
	// PutAll stores many small files; it is much faster than as many Puts. All are stored, or it is an error.
	PutAll(ctx context.Context, contents [][]byte) ([]Ref, error)
	// Open gives the content and its size in bytes.
	Open(ctx context.Context, sha string) (io.ReadCloser, int64, error)
	// Each visits all files in no particular order.
	Each(ctx context.Context, visit func(sha string, size int64, modified time.Time) error) error
	// Remove forgets a file; one that is not there already is no error.
	Remove(ctx context.Context, sha string) error
}

// Open opens the store of an address: file:///path, s3://bucket?…, or, when it is empty, the folder.
func Open(ctx context.Context, address, defaultDir string) (Store, error) {
	if address == "" {
		return newFolder(defaultDir)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "blob.url")
	}
	switch {
	case u.Scheme == "file" && (u.Host == "" || u.Host == "localhost") && filepath.IsAbs(u.Path):
		return newFolder(u.Path)
	case u.Scheme == "s3" && u.Host != "":
		bucket, err := s3.OpenBucket(ctx, u)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "blob.s3")
		}
		return &remote{bucket: bucket}, nil
	}
	return nil, fault.New(fault.Invalid, "blob.url")
}

// Sum is the name that a content has in a store.
func Sum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// ReadAll reads a stored file of at most limit bytes; a larger one is fault.TooLarge.
func ReadAll(ctx context.Context, store Store, sha string, limit int64) ([]byte, error) {
	content, size, err := store.Open(ctx, sha)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	if size > limit {
		return nil, fault.New(fault.TooLarge, "blob.too_large")
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(content, data); err != nil {
		return nil, fmt.Errorf("reading stored file %s: %w", sha, err)
	}
	return data, nil
}

// valid tells whether sha may be the name of a file; nothing else ever becomes a path.
func valid(sha string) bool {
	if len(sha) != 2*sha256.Size {
		return false
	}
	for _, c := range []byte(sha) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func notFound(sha string, err error) error {
	return fault.Wrap(err, fault.NotFound, "blob.not_found", "sha256", sha)
}
