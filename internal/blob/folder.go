package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// folder is a store in the file system: aa/aabbcc…, and half-written files in tmp.
type folder struct {
	root   string
	stands [256]atomic.Bool // subfolders that are known to be there and synced
}

// staleAfter is when a half-written file is nobody's any more.
const staleAfter = 24 * time.Hour

// syncers is how many files of a PutAll are synced at once: the file system then writes its journal once
// for many of them.
const syncers = 16

func newFolder(root string) (*folder, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("finding the folder of files: %w", err)
	}
	f := &folder{root: root}
	if err := os.MkdirAll(f.temporary(), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of files: %w", err)
	}
	f.removeStale()
	return f, syncFolder(root)
}

// stand makes the subfolder of a file. Its name is synced once in this process's life, also when another
// process has made it and may not have come so far.
func (f *folder) stand(sha string) error {
	number, err := hex.DecodeString(sha[:2])
	if err != nil {
		return fmt.Errorf("making the folder of a file: %w", err)
	}
	known := &f.stands[number[0]]
	if known.Load() {
		return nil
	}
	if err := os.Mkdir(filepath.Join(f.root, sha[:2]), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the folder of a file: %w", err)
	}
	if err := syncFolder(f.root); err != nil {
		return err
	}
	known.Store(true)
	return nil
}

func (f *folder) temporary() string      { return filepath.Join(f.root, "tmp") }
func (f *folder) path(sha string) string { return filepath.Join(f.root, sha[:2], sha) }

// removeStale removes what a killed process left half-written.
func (f *folder) removeStale() {
	entries, _ := os.ReadDir(f.temporary())
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > staleAfter {
			os.Remove(filepath.Join(f.temporary(), entry.Name())) //nolint:errcheck // the next start tries again
		}
	}
}

func (f *folder) Put(ctx context.Context, content io.Reader) (Ref, error) {
	draft, ref, err := f.write(ctx, content)
	if err != nil {
		return Ref{}, err
	}
	defer draft.discard()
	if err := draft.file.Sync(); err != nil {
		return Ref{}, fmt.Errorf("writing a file out: %w", err)
	}
	if err := f.name(draft, ref); err != nil {
		return Ref{}, err
	}
	return ref, syncFolder(filepath.Dir(f.path(ref.SHA256)))
}

// PutAll writes and syncs the files side by side, names them, and then syncs each subfolder once.
func (f *folder) PutAll(ctx context.Context, contents [][]byte) ([]Ref, error) {
	refs := make([]Ref, len(contents))
	drafts := make([]*draft, len(contents))
	defer func() {
		for _, d := range drafts {
			d.discard()
		}
	}()
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(syncers)
	for i, content := range contents {
		work.Go(func() (err error) {
			if drafts[i], refs[i], err = f.write(ctx, bytes.NewReader(content)); err != nil {
				return err
			}
			if err = drafts[i].file.Sync(); err != nil {
				return fmt.Errorf("writing a file out: %w", err)
			}
			return drafts[i].close() // thousands of open files are too many
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	touched := map[string]bool{}
	for i, ref := range refs {
		if err := f.name(drafts[i], ref); err != nil {
			return nil, err
		}
		touched[filepath.Dir(f.path(ref.SHA256))] = true
	}
	for folder := range touched {
		if err := syncFolder(folder); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

// draft is a file that has no name yet.
type draft struct {
	file   *os.File
	closed bool
	named  bool
}

func (d *draft) close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	if err := d.file.Close(); err != nil {
		return fmt.Errorf("closing a file: %w", err)
	}
	return nil
}

// discard closes the draft, and removes it when it did not become a file of the store.
func (d *draft) discard() {
	if d == nil {
		return
	}
	d.close() //nolint:errcheck // what matters has been synced
	if !d.named {
		os.Remove(d.file.Name()) //nolint:errcheck // removeStale gets it
	}
}

func (f *folder) write(ctx context.Context, content io.Reader) (*draft, Ref, error) {
	file, err := os.CreateTemp(f.temporary(), "")
	if err != nil {
		return nil, Ref{}, fmt.Errorf("making a file: %w", err)
	}
	d := &draft{file: file}
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, hash), withContext(ctx, content))
	if err != nil {
		d.discard()
		return nil, Ref{}, fmt.Errorf("writing a file: %w", err)
	}
	return d, Ref{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size}, nil
}

// name gives a synced draft its name. A file that is there already has the same content; it is made
// young, so that it is not swept while somebody is about to refer to it.
func (f *folder) name(d *draft, ref Ref) error {
	path := f.path(ref.SHA256)
	if info, err := os.Stat(path); err == nil && info.Size() == ref.Size {
		now := time.Now()
		if err := os.Chtimes(path, now, now); err == nil {
			return nil
		}
	}
	if err := f.stand(ref.SHA256); err != nil {
		return err
	}
	if err := os.Rename(d.file.Name(), path); err != nil {
		return fmt.Errorf("naming a file: %w", err)
	}
	d.named = true
	return nil
}

func (f *folder) Open(_ context.Context, sha string) (io.ReadCloser, int64, error) {
	if !valid(sha) {
		return nil, 0, notFound(sha, nil)
	}
	file, err := os.Open(f.path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, notFound(sha, err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("opening stored file: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, 0, fmt.Errorf("opening stored file: %w", err)
	}
	return file, info.Size(), nil
}

func (f *folder) Each(ctx context.Context, visit func(sha string, size int64, modified time.Time) error) error {
	return filepath.WalkDir(f.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("listing files: %w", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if entry.IsDir() || !valid(entry.Name()) {
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return fmt.Errorf("listing files: %w", err)
		}
		return visit(entry.Name(), info.Size(), info.ModTime())
	})
}

func (f *folder) Remove(_ context.Context, sha string) error {
	if !valid(sha) {
		return nil
	}
	if err := os.Remove(f.path(sha)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing stored file: %w", err)
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening a folder to write it out: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("writing a folder out: %w", err)
	}
	return nil
}

// withContext makes a long copy stop when ctx ends.
func withContext(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
