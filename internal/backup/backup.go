// Package backup writes a whole installation into one file and makes one from it: database, files, key.
//
// The file is a tar archive under gzip, so that it can be looked into with the system's means: the dump
// first, then the files, which never change once they are stored; a backup is therefore consistent while
// the service runs. A manifest at the end holds the hash of everything. The backup holds the key of the
// installation: keep it as one keeps a key. The package knows tables only as far as they name files.
package backup

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"kualik/internal/blob"
	"kualik/internal/postgres"
)

// format is the version of the archive's layout.
const format = 1

// The archive's entries; a file is files/HASH.
const (
	dumpName     = "database.dump"
	keyName      = "secret.key"
	filesPrefix  = "files/"
	manifestName = "manifest.json"
)

// Options say what is backed up, or where it is restored to.
type Options struct {
	DatabaseURL string
	Blobs       blob.Store
	Key         []byte                  // the installation's; restoring: the one that the settings give, or nil
	DataDir     string                  // restoring: where the key goes when Key is nil
	TempDir     string                  // for the dump; empty: the system's
	Now         time.Time               // stands in the manifest
	Audit       string                  // head of the audit's chain, noted in the manifest
	Progress    func(done, total int64) // bytes of files so far; may be nil
}

// Manifest is the last entry of the archive.
type Manifest struct {
	Format     int               `json:"format"`
	MadeAt     time.Time         `json:"made_at"`
	Schema     int64             `json:"schema"`     // version of the migrations
	Audit      string            `json:"audit"`      // head of the audit's chain when the backup began; the dump has it
	PostgreSQL int               `json:"postgresql"` // major version of the dump's programs
	Entries    map[string]string `json:"entries"`    // name -> SHA-256
	Files      int               `json:"files"`
	Bytes      int64             `json:"bytes"`   // of the files
	Missing    []string          `json:"missing"` // hashes that the database names and the store does not have
}

// File writes a backup to a path, which gets its name when the backup is whole. Only its owner can read it.
func File(ctx context.Context, o Options, path string) (_ Manifest, err error) {
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return Manifest{}, fmt.Errorf("making the backup file: %w", err)
	}
	defer func() {
		if err != nil {
			draft.Close()
			os.Remove(draft.Name())
		}
	}()
	if o.TempDir == "" {
		o.TempDir = filepath.Dir(path) // where there is room for the backup
	}
	m, err := Backup(ctx, o, draft)
	if err != nil {
		return m, err
	}
	if err := errors.Join(draft.Sync(), draft.Close()); err != nil {
		return m, fmt.Errorf("writing the backup file out: %w", err)
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return m, fmt.Errorf("naming the backup file: %w", err)
	}
	return m, nil
}

// Backup writes a backup to w.
func Backup(ctx context.Context, o Options, w io.Writer) (Manifest, error) {
	m := Manifest{Format: format, MadeAt: o.Now.UTC(), Audit: o.Audit, Entries: map[string]string{}, Missing: []string{}}
	var err error
	if m.Schema, err = postgres.Version(ctx, o.DatabaseURL); err != nil {
		return m, err
	}
	dump, err := os.CreateTemp(o.TempDir, ".kualik-dump-")
	if err != nil {
		return m, fmt.Errorf("making a temporary file for the dump: %w", err)
	}
	defer func() { dump.Close(); os.Remove(dump.Name()) }()
	if m.PostgreSQL, err = dumpTo(ctx, o.DatabaseURL, dump); err != nil {
		return m, err
	}
	buffer := bufio.NewWriterSize(w, 1<<20)
	zip, err := gzip.NewWriterLevel(buffer, gzip.BestSpeed)
	if err != nil {
		return m, err
	}
	a := &archive{tar: tar.NewWriter(zip), manifest: &m}
	if err := a.addAll(ctx, o, dump); err != nil {
		return m, err
	}
	if err := errors.Join(a.tar.Close(), zip.Close(), buffer.Flush()); err != nil {
		return m, fmt.Errorf("ending the backup: %w", err)
	}
	return m, nil
}

type archive struct {
	tar      *tar.Writer
	manifest *Manifest
}

func (a *archive) addAll(ctx context.Context, o Options, dump *os.File) error {
	size, err := dump.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("reading the dump: %w", err)
	}
	if _, err := dump.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading the dump: %w", err)
	}
	if err := a.add(dumpName, size, dump); err != nil {
		return err
	}
	key := []byte(base64.StdEncoding.EncodeToString(o.Key) + "\n")
	if err := a.addBytes(keyName, key); err != nil {
		return err
	}
	if err := a.addFiles(ctx, o); err != nil {
		return err
	}
	text, err := json.MarshalIndent(a.manifest, "", " ")
	if err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return a.addBytes(manifestName, text)
}

// addFiles adds what is in the store now. What the dump names is among it: a file is stored before the
// row that names it is committed.
func (a *archive) addFiles(ctx context.Context, o Options) error {
	missing, err := named(ctx, o.DatabaseURL)
	if err != nil {
		return err
	}
	files := map[string]int64{}
	var total, done int64
	err = o.Blobs.Each(ctx, func(sha string, size int64, _ time.Time) error {
		files[sha] = size
		total += size
		delete(missing, sha)
		return nil
	})
	if err != nil {
		return fmt.Errorf("listing the files: %w", err)
	}
	for sha := range missing {
		a.manifest.Missing = append(a.manifest.Missing, sha)
	}
	for sha, size := range files {
		content, _, err := o.Blobs.Open(ctx, sha)
		if err != nil {
			return fmt.Errorf("reading stored file %s: %w", sha, err)
		}
		err = a.add(filesPrefix+sha, size, content)
		content.Close()
		if err != nil {
			return err
		}
		if a.manifest.Entries[filesPrefix+sha] != sha {
			return fmt.Errorf("stored file %s has another content than its name says: the disk may be failing", sha)
		}
		a.manifest.Files++
		a.manifest.Bytes += size
		if done += size; o.Progress != nil {
			o.Progress(done, total)
		}
	}
	return nil
}

func (a *archive) addBytes(name string, content []byte) error {
	if err := a.header(name, int64(len(content))); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	a.manifest.Entries[name] = hex.EncodeToString(sum[:])
	if _, err := a.tar.Write(content); err != nil {
		return fmt.Errorf("writing %s into the backup: %w", name, err)
	}
	return nil
}

func (a *archive) add(name string, size int64, content io.Reader) error {
	if err := a.header(name, size); err != nil {
		return err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(a.tar, hash), content)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("writing %s into the backup: %w", name, err)
	}
	a.manifest.Entries[name] = hex.EncodeToString(hash.Sum(nil))
	return nil
}

func (a *archive) header(name string, size int64) error {
	err := a.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: a.manifest.MadeAt, Format: tar.FormatPAX})
	if err != nil {
		return fmt.Errorf("writing %s into the backup: %w", name, err)
	}
	return nil
}

// named gives the hashes of the files without which evidence would be lost: raw messages, workbooks, what was
// filed and signed. All else can be made again from them.
func named(ctx context.Context, url string) (map[string]bool, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("asking for the files' names: %w", err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT sha256 FROM message WHERE sha256 <> '' UNION SELECT sha256 FROM report
		UNION SELECT sha256 FROM signing_file UNION SELECT sha256 FROM filing_file WHERE sha256 <> ''`)
	if err != nil {
		return nil, fmt.Errorf("asking for the files' names: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("asking for the files' names: %w", err)
	}
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set, nil
}
