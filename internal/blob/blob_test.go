package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"kualik/internal/fault"
)

// each runs a test on every kind of store.
func each(t *testing.T, test func(t *testing.T, store Store)) {
	t.Run("folder", func(t *testing.T) {
		store, err := Open(t.Context(), "", filepath.Join(t.TempDir(), "files"))
		if err != nil {
			t.Fatal(err)
		}
		test(t, store)
	})
	t.Run("s3", func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "nobody")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "nothing")
		t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
		backend := s3mem.New()
		if err := backend.CreateBucket("files"); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(gofakes3.New(backend).Server())
		t.Cleanup(server.Close)
		store, err := Open(t.Context(), "s3://files?region=kz&use_path_style=true&disable_https=true&endpoint="+url.QueryEscape(server.URL), "")
		if err != nil {
			t.Fatal(err)
		}
		test(t, store)
	})
}

func list(t *testing.T, store Store) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	err := store.Each(t.Context(), func(sha string, size int64, modified time.Time) error {
		if time.Since(modified) > time.Hour {
			t.Errorf("%s is of %v", sha, modified)
		}
		found[sha] = size
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestStore(t *testing.T) {
	each(t, func(t *testing.T, store Store) {
		ctx := t.Context()
		content := bytes.Repeat([]byte("куәлік "), 100_000)
		ref, err := store.Put(ctx, iotest.OneByteReader(bytes.NewReader(content[:1000])))
		if err != nil || ref != (Ref{Sum(content[:1000]), 1000}) {
			t.Fatalf("%+v (%v)", ref, err)
		}
		for range 2 {
			if ref, err = store.Put(ctx, bytes.NewReader(content)); err != nil || ref != (Ref{Sum(content), int64(len(content))}) {
				t.Fatalf("%+v (%v)", ref, err)
			}
		}
		if data, err := ReadAll(ctx, store, ref.SHA256, ref.Size); err != nil || !bytes.Equal(data, content) {
			t.Errorf("read %d bytes (%v)", len(data), err)
		}
		if _, err := ReadAll(ctx, store, ref.SHA256, ref.Size-1); !fault.Is(err, fault.TooLarge) {
			t.Errorf("over the limit: %v", err)
		}
		refs, err := store.PutAll(ctx, [][]byte{[]byte("a"), content, {}, []byte("a")})
		if err != nil || len(refs) != 4 || refs[0] != refs[3] || refs[1] != ref || refs[2] != (Ref{Sum(nil), 0}) {
			t.Fatalf("%+v (%v)", refs, err)
		}
		if data, err := ReadAll(ctx, store, refs[2].SHA256, 0); err != nil || len(data) != 0 {
			t.Errorf("the empty file: %q %v", data, err)
		}
		if found := list(t, store); len(found) != 4 || found[ref.SHA256] != ref.Size {
			t.Errorf("%v, want 4 files", found)
		}
		for range 2 {
			if err := store.Remove(ctx, ref.SHA256); err != nil {
				t.Error(err)
			}
		}
		for _, sha := range []string{ref.SHA256, "", "../../etc/passwd", strings.Repeat("A", 64)} {
			if _, _, err := store.Open(ctx, sha); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v, want not found", sha, err)
			}
		}
	})
}

func TestBrokenInputLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, store Store) {
		broken := errors.New("the line went dead")
		if _, err := store.Put(t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("%v, want the reader's error", err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := store.Put(ended, strings.NewReader("late")); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want cancelled", err)
		}
		if found := list(t, store); len(found) != 0 {
			t.Errorf("%v is left", found)
		}
	})
}

func TestFolderKeepsNoDrafts(t *testing.T) {
	root := t.TempDir()
	store, err := newFolder(root)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 { // the same files from several at once
		all.Go(func() {
			for i := range 20 {
				if _, err := store.Put(t.Context(), strings.NewReader(strings.Repeat("x", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if found := list(t, store); len(found) != 20 {
		t.Errorf("%d files, want 20", len(found))
	}
	if drafts, _ := os.ReadDir(store.temporary()); len(drafts) != 0 {
		t.Errorf("%d drafts are left", len(drafts))
	}
	old, young := filepath.Join(store.temporary(), "old"), filepath.Join(store.temporary(), "young")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	if _, err := newFolder(root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("a draft of a dead process is kept")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("a draft of a living process is removed")
	}
}

// A file that is stored again must not be swept as an old one.
func TestStoringAgainMakesYoung(t *testing.T) {
	store, err := newFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ref, err := store.Put(t.Context(), strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(store.path(ref.SHA256), past, past); err != nil {
		t.Fatal(err)
	}
	if _, err := store.PutAll(t.Context(), [][]byte{[]byte("x")}); err != nil {
		t.Fatal(err)
	}
	list(t, store)
}

func TestOpenRefusesAddresses(t *testing.T) {
	for _, address := range []string{"file://relative/path", "ftp://host/x", "s3://", "s3://files?nonsense=1", "%"} {
		if _, err := Open(t.Context(), address, t.TempDir()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", address, err)
		}
	}
	root := t.TempDir()
	if _, err := Open(t.Context(), "file://"+root+"/here", ""); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(root + "/here"); err != nil {
		t.Error(err)
	}
}

func BenchmarkFolder(b *testing.B) {
	contents := make([][]byte, 100)
	fill := func() {
		for i := range contents {
			contents[i] = make([]byte, 50_000)
			rand.Read(contents[i])
		}
	}
	store, err := newFolder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, put func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				fill()
				b.StartTimer()
				if err := put(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*len(contents))/b.Elapsed().Seconds(), "files/s")
		})
	}
	run("PutAll", func() error { _, err := store.PutAll(b.Context(), contents); return err })
	run("Put", func() error {
		for _, content := range contents {
			if _, err := store.Put(b.Context(), bytes.NewReader(content)); err != nil {
				return err
			}
		}
		return nil
	})
}
