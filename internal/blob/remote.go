package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"time"

	gocloud "gocloud.dev/blob"
	"gocloud.dev/gcerrors"
	"golang.org/x/sync/errgroup"

	"kualik/internal/fault"
)

// remote is a store in a bucket, for a cluster: aa/aabbcc….
type remote struct{ bucket *gocloud.Bucket }

func key(sha string) string { return sha[:2] + "/" + sha }

// Put reads the content into a temporary file first, because its name is known only at its end.
func (r *remote) Put(ctx context.Context, content io.Reader) (Ref, error) {
	file, err := os.CreateTemp("", "kualik-blob-")
	if err != nil {
		return Ref{}, fmt.Errorf("making a temporary file: %w", err)
	}
	defer func() { file.Close(); os.Remove(file.Name()) }()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, hash), withContext(ctx, content))
	if err != nil {
		return Ref{}, fmt.Errorf("writing a temporary file: %w", err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Ref{}, fmt.Errorf("reading a temporary file: %w", err)
	}
	ref := Ref{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size}
	return ref, r.upload(ctx, ref, file)
}

func (r *remote) PutAll(ctx context.Context, contents [][]byte) ([]Ref, error) {
	refs := make([]Ref, len(contents))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(syncers)
	for i, content := range contents {
		refs[i] = Ref{SHA256: Sum(content), Size: int64(len(content))}
		work.Go(func() error { return r.upload(ctx, refs[i], bytes.NewReader(content)) })
	}
	return refs, work.Wait()
}

// upload writes the file even when it is there already: that makes it young, see name.
func (r *remote) upload(ctx context.Context, ref Ref, content io.Reader) error {
	err := r.bucket.Upload(ctx, key(ref.SHA256), content, &gocloud.WriterOptions{ContentType: "application/octet-stream"})
	return away(err, "storing a file")
}

func (r *remote) Open(ctx context.Context, sha string) (io.ReadCloser, int64, error) {
	if !valid(sha) {
		return nil, 0, notFound(sha, nil)
	}
	content, err := r.bucket.NewReader(ctx, key(sha), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, 0, notFound(sha, err)
	}
	if err != nil {
		return nil, 0, away(err, "opening a stored file")
	}
	return content, content.Size(), nil
}

func (r *remote) Each(ctx context.Context, visit func(sha string, size int64, modified time.Time) error) error {
	list := r.bucket.List(nil)
	for {
		object, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return away(err, "listing files")
		}
		sha := path.Base(object.Key)
		if !valid(sha) || object.Key != key(sha) {
			continue // somebody else's
		}
		if err := visit(sha, object.Size, object.ModTime); err != nil {
			return err
		}
	}
}

func (r *remote) Remove(ctx context.Context, sha string) error {
	if !valid(sha) {
		return nil
	}
	err := r.bucket.Delete(ctx, key(sha))
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return away(err, "removing a stored file")
}

// away makes a failure of the bucket one that is worth another try.
func away(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fmt.Errorf("%s: %w", doing, err), fault.Unavailable, "blob.unavailable")
}
