package backup

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/need"
	"kualik/internal/postgres"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/secret"
)

var (
	key  = []byte("0123456789abcdef0123456789abcdef")
	made = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

type installation struct {
	Options
	pool *pgxpool.Pool
}

func newInstallation(t *testing.T) installation {
	t.Helper()
	files, err := blob.Open(t.Context(), "", filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	i := installation{Options: Options{DatabaseURL: pgtest.URL(t), Blobs: files, Key: key, TempDir: t.TempDir(), Now: made}}
	if i.pool, err = postgres.Open(t.Context(), i.DatabaseURL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.pool.Close)
	return i
}

// receive stores a message as the mailbox does: the file, then the row.
func (i installation) receive(ctx context.Context, content string) error {
	ref, err := i.Blobs.Put(ctx, strings.NewReader(content))
	if err != nil {
		return err
	}
	_, err = i.pool.Exec(ctx, `INSERT INTO message (id, mailbox, received_at, stored_at, sha256, subject, outcome)
		VALUES ($1, 'file:x', $2, $2, $3, $4, 'pending')`, clock.NewID(), made, ref.SHA256, "Куәлік — "+content)
	return err
}

func empty(t *testing.T) Options {
	t.Helper()
	files, err := blob.Open(t.Context(), "", filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	return Options{DatabaseURL: pgtest.Empty(t), Blobs: files, DataDir: filepath.Join(t.TempDir(), "data"), TempDir: t.TempDir()}
}

// content is all that the database holds, as text.
func content(t *testing.T, address string) string {
	t.Helper()
	out, err := exec.Command(need.Program(t, "pg_dump"), "--inserts", "--no-owner", "--restrict-key=x", "--dbname="+address).CombinedOutput()
	if err != nil && strings.Contains(string(out), "restrict-key") { // before the releases of August 2025
		out, err = exec.Command(need.Program(t, "pg_dump"), "--inserts", "--no-owner", "--dbname="+address).CombinedOutput()
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// the tests' way to empty a database leaves its mark on the schema public
	return regexp.MustCompile(`(?m)^(--.*|.*SCHEMA public.*|COMMENT ON EXTENSION.*)?\n`).ReplaceAllString(string(out), "")
}

func count(t *testing.T, files blob.Store) (n int) {
	t.Helper()
	if err := files.Each(t.Context(), func(string, int64, time.Time) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRestoreGivesTheSame(t *testing.T) {
	from := newInstallation(t)
	for n := range 20 {
		if err := from.receive(t.Context(), strings.Repeat(fmt.Sprint("mail ", n), 1000*n)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "kualik.backup")
	m, err := File(t.Context(), from.Options, path)
	if err != nil || m.Files != 20 || len(m.Missing) != 0 {
		t.Fatalf("%d files, missing %v (%v)", m.Files, m.Missing, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the backup: %v (%v)", info.Mode(), err)
	}
	to := empty(t)
	var done, total int64
	to.Progress = func(d, all int64) { done, total = d, all }
	if _, err := FromFile(t.Context(), to, path); err != nil {
		t.Fatal(err)
	}
	if done == 0 || done != total || total != m.Bytes {
		t.Errorf("progress ended at %d of %d, want %d", done, total, m.Bytes)
	}
	if a, b := content(t, from.DatabaseURL), content(t, to.DatabaseURL); a != b {
		t.Errorf("the databases differ:\n%s", firstDifference(a, b))
	}
	if n := count(t, to.Blobs); n != 20 {
		t.Errorf("%d files, want 20", n)
	}
	if k, err := secret.LoadKey("", to.DataDir); err != nil || !bytes.Equal(k, key) {
		t.Errorf("key %x (%v)", k, err)
	}
	to.Progress = nil
	if _, err := FromFile(t.Context(), to, path); !fault.Is(err, fault.Conflict) {
		t.Errorf("over a database that is not empty: %v", err)
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

func TestBackupWhileServing(t *testing.T) {
	from := newInstallation(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var busy sync.WaitGroup
	begun := make(chan struct{}, 1)
	busy.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			if err := from.receive(ctx, fmt.Sprint("mail ", n)); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
			select {
			case begun <- struct{}{}:
			default:
			}
		}
	})
	<-begun
	var file bytes.Buffer
	m, err := Backup(t.Context(), from.Options, &file)
	stop()
	busy.Wait()
	if err != nil || len(m.Missing) != 0 {
		t.Fatalf("missing %v (%v)", m.Missing, err)
	}
	to := empty(t)
	if _, err := Restore(t.Context(), to, bytes.NewReader(file.Bytes())); err != nil {
		t.Fatal(err)
	}
	names, err := named(t.Context(), to.DatabaseURL)
	if err != nil || len(names) == 0 {
		t.Fatalf("%d messages (%v)", len(names), err)
	}
	for sha := range names {
		if _, err := blob.ReadAll(t.Context(), to.Blobs, sha, 1000); err != nil {
			t.Errorf("a message without its file: %v", err)
		}
	}
}

func TestDamagedBackupChangesNothing(t *testing.T) {
	from := newInstallation(t)
	if err := from.receive(t.Context(), strings.Repeat("mail", 10_000)); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := Backup(t.Context(), from.Options, &file); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	to := empty(t)
	try := func(name string, spoilt []byte) {
		if _, err := Restore(t.Context(), to, bytes.NewReader(spoilt)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want that it is damaged", name, err)
		}
	}
	try("empty", nil)
	try("no archive", []byte("hello"))
	for part := range 20 {
		at := len(whole) * part / 20
		try(fmt.Sprintf("cut at byte %d", at), whole[:at])
		spoilt := bytes.Clone(whole)
		spoilt[at+10] ^= 0x55
		try(fmt.Sprintf("byte %d changed", at+10), spoilt)
	}
	try("end missing", whole[:len(whole)-1])
	if n := count(t, to.Blobs); n != 0 {
		t.Errorf("%d files were stored", n)
	}
	if _, err := os.Stat(to.DataDir); err == nil {
		t.Error("a key was stored")
	}
	if version, err := postgres.Version(t.Context(), to.DatabaseURL); err != nil || version != 0 {
		t.Errorf("the database was touched: version %d (%v)", version, err)
	}
	if _, err := Restore(t.Context(), to, bytes.NewReader(whole)); err != nil {
		t.Errorf("the whole one after all: %v", err)
	}
}

func TestOtherKeyIsKept(t *testing.T) {
	from := newInstallation(t)
	var file bytes.Buffer
	if _, err := Backup(t.Context(), from.Options, &file); err != nil {
		t.Fatal(err)
	}
	other := []byte("fedcba9876543210fedcba9876543210")
	to := empty(t)
	if err := secret.SaveKey(other, to.DataDir); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), to, bytes.NewReader(file.Bytes())); !fault.Is(err, fault.Conflict) {
		t.Errorf("over another key: %v", err)
	}
	to.Key = other
	if _, err := Restore(t.Context(), to, bytes.NewReader(file.Bytes())); !fault.Is(err, fault.Conflict) {
		t.Errorf("with another key in the settings: %v", err)
	}
	if version, err := postgres.Version(t.Context(), to.DatabaseURL); err != nil || version != 0 {
		t.Errorf("the database was touched: version %d (%v)", version, err)
	}
}

func TestLostFilesAreNamed(t *testing.T) {
	from := newInstallation(t)
	if err := from.receive(t.Context(), "mail"); err != nil {
		t.Fatal(err)
	}
	sha := blob.Sum([]byte("mail"))
	if err := from.Blobs.Remove(t.Context(), sha); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	m, err := Backup(t.Context(), from.Options, &file)
	if err != nil || len(m.Missing) != 1 || m.Missing[0] != sha {
		t.Errorf("missing %v (%v), want %s", m.Missing, err, sha)
	}
}

// The password must not stand in the arguments of a program: everybody on the machine can read those.
func TestPasswordGoesByTheEnvironment(t *testing.T) {
	folder := t.TempDir()
	fake := filepath.Join(folder, "pg_dump")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\necho \"$@\"; echo \"$PGPASSWORD\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(folder, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	address := "postgres://clerk:" + "p%40ss%20word" + "@127.0.0.1:1/db?pool_max_conns=3&host=%2Fa+b"
	if err := runProgram(t.Context(), address, fake, nil, out, "--x"); err != nil {
		t.Fatal(err)
	}
	said, _ := os.ReadFile(out.Name())
	if want := "--dbname=postgres://clerk@127.0.0.1:1/db?host=%2Fa%20b --x\np@ss word\n"; string(said) != want {
		t.Errorf("%q, want %q", said, want)
	}
}
