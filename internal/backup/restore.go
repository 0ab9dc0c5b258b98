package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/postgres"
	"kualik/internal/secret"
)

// manifestLimit bounds what is read into memory: about 100 bytes a file.
const manifestLimit = 1 << 30

// FromFile restores the backup at a path.
func FromFile(ctx context.Context, o Options, path string) (Manifest, error) {
	file, err := os.Open(path)
	if err != nil {
		return Manifest{}, fmt.Errorf("opening the backup file: %w", err)
	}
	defer file.Close()
	return Restore(ctx, o, file)
}

// Restore makes the installation from a backup. The whole file is checked first: nothing is changed when
// it is damaged (fault.Invalid), or when the database holds something or another key is there
// (fault.Conflict). The database comes last and at once, so that a restore that was cut off can be
// repeated. Afterwards the schema is brought up to date.
func Restore(ctx context.Context, o Options, backup io.ReadSeeker) (Manifest, error) {
	m, key, err := check(ctx, backup)
	if err != nil {
		return m, err
	}
	if err := suits(ctx, o, m, key); err != nil {
		return m, err
	}
	if o.Key == nil {
		if err := secret.SaveKey(key, o.DataDir); err != nil {
			return m, err
		}
	}
	dump, err := os.CreateTemp(o.TempDir, ".kualik-dump-")
	if err != nil {
		return m, fmt.Errorf("making a temporary file for the dump: %w", err)
	}
	defer func() { dump.Close(); os.Remove(dump.Name()) }()
	if err := unpack(ctx, o, m, backup, dump); err != nil {
		return m, err
	}
	if _, err := dump.Seek(0, io.SeekStart); err != nil {
		return m, fmt.Errorf("reading the dump: %w", err)
	}
	if err := restoreFrom(ctx, o.DatabaseURL, m.PostgreSQL, dump); err != nil {
		return m, err
	}
	return m, postgres.Migrate(ctx, o.DatabaseURL, slog.New(slog.DiscardHandler))
}

// suits tells whether the backup fits here: schema, empty database, the same key or none.
func suits(ctx context.Context, o Options, m Manifest, key []byte) error {
	conn, err := pgx.Connect(ctx, o.DatabaseURL)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "postgres.unavailable")
	}
	defer conn.Close(ctx)
	var tables int
	err = conn.QueryRow(ctx, `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'`).Scan(&tables)
	if err != nil {
		return fmt.Errorf("looking whether the database is empty: %w", err)
	}
	if tables > 0 {
		return fault.New(fault.Conflict, "backup.not_empty", "what", fmt.Sprintf("PostgreSQL, %d", tables))
	}
	newest, err := postgres.Newest()
	if err != nil {
		return err
	}
	if m.Schema > newest {
		return fault.New(fault.Invalid, "backup.newer", "what", fmt.Sprintf("%d > %d", m.Schema, newest))
	}
	if o.Key != nil && !bytes.Equal(o.Key, key) {
		return fault.New(fault.Conflict, "secret.key_differs")
	}
	return nil
}

// check reads the whole archive and compares it with its manifest.
func check(ctx context.Context, backup io.ReadSeeker) (m Manifest, key []byte, err error) {
	found := map[string]string{}
	var manifest []byte
	err = each(ctx, backup, func(name string, content io.Reader) error {
		hash := sha256.New()
		switch name {
		case manifestName:
			manifest, err = io.ReadAll(io.LimitReader(content, manifestLimit))
			return err
		case keyName:
			text, err := io.ReadAll(io.LimitReader(io.TeeReader(content, hash), 1000))
			if err != nil {
				return err
			}
			if key, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(text))); err != nil {
				return damaged(keyName, nil)
			}
		default:
			if _, err := io.Copy(hash, content); err != nil {
				return err
			}
		}
		found[name] = hex.EncodeToString(hash.Sum(nil))
		return nil
	})
	if err != nil {
		return m, nil, err
	}
	if err := json.Unmarshal(manifest, &m); err != nil {
		return m, nil, damaged(manifestName, err)
	}
	if m.Format > format {
		return m, nil, fault.New(fault.Invalid, "backup.newer", "what", m.Format)
	}
	for name, sum := range m.Entries {
		if found[name] != sum {
			return m, nil, damaged(name, nil)
		}
	}
	for name := range found {
		if m.Entries[name] == "" {
			return m, nil, damaged(name, nil)
		}
	}
	if len(key) != secret.KeySize || found[dumpName] == "" {
		return m, nil, damaged(keyName+", "+dumpName, nil)
	}
	return m, key, nil
}

// unpack puts the files into the store and the dump into its temporary file.
func unpack(ctx context.Context, o Options, m Manifest, backup io.ReadSeeker, dump io.Writer) error {
	var done int64
	return each(ctx, backup, func(name string, content io.Reader) error {
		if name == dumpName {
			_, err := io.Copy(dump, content)
			return err
		}
		sha, isFile := strings.CutPrefix(name, filesPrefix)
		if !isFile {
			return nil
		}
		ref, err := o.Blobs.Put(ctx, content)
		if err != nil {
			return fmt.Errorf("storing file %s: %w", sha, err)
		}
		if ref.SHA256 != sha {
			return damaged(name, nil)
		}
		if done += ref.Size; o.Progress != nil {
			o.Progress(done, m.Bytes)
		}
		return nil
	})
}

// each visits the archive's entries from its beginning.
func each(ctx context.Context, backup io.ReadSeeker, visit func(name string, content io.Reader) error) error {
	if _, err := backup.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	zip, err := gzip.NewReader(bufio.NewReaderSize(backup, 1<<20))
	if err != nil {
		return damaged("gzip", err)
	}
	archive := tar.NewReader(zip)
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			if _, err := io.Copy(io.Discard, zip); err != nil { // the rest, so that gzip checks its sum
				return damaged("gzip", err)
			}
			return nil
		}
		if err != nil {
			return damaged("tar", err)
		}
		err = visit(header.Name, archive)
		if corrupt(err) {
			return damaged(header.Name, err)
		}
		if err != nil {
			return err
		}
	}
}

// corrupt tells whether reading failed because of the archive, and not because of the store or the disk.
func corrupt(err error) bool {
	var broken flate.CorruptInputError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) ||
		errors.Is(err, tar.ErrHeader) || errors.As(err, &broken)
}

func damaged(what string, err error) error {
	return fault.Wrap(err, fault.Invalid, "backup.damaged", "what", what)
}
