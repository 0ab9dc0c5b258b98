package unpack

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
)

// pack makes an archive of names and contents, in pairs.
func pack(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		h := &zip.FileHeader{Name: pairs[i], Method: zip.Deflate}
		if !strings.HasPrefix(pairs[i], "u") {
			h.NonUTF8 = true
		}
		f, err := w.CreateHeader(h)
		require.NoError(t, err)
		_, err = f.Write([]byte(pairs[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestAFileIsFoundByItsName(t *testing.T) {
	old, err := charmap.CodePage866.NewEncoder().String("куэлик.pdf")
	require.NoError(t, err)
	inner := pack(t, "a.pdf", "inner", "dir/b.pdf", "deeper")
	data := pack(t, "a.pdf", "first", "dir/a.pdf", "second", "uкуәлік.pdf", "third", old, "fourth", "box.zip", string(inner))
	for name, want := range map[string]string{"a.pdf": "first", "dir/a.pdf": "second", "uкуәлік.pdf": "third", "куэлик.pdf": "fourth",
		"box.zip/a.pdf": "inner", "box.zip/dir/b.pdf": "deeper", "": string(data)} {
		got, ok := Find(data, name)
		require.True(t, ok, name)
		require.Equal(t, want, string(got), name)
	}
	for _, name := range []string{"b.pdf", "a.pdf/x", "dir", "dir/", "box.zip/b.pdf", "a", "/a.pdf"} {
		_, ok := Find(data, name)
		require.False(t, ok, name)
	}
	_, ok := Find([]byte("no archive"), "a.pdf")
	require.False(t, ok)
}

func TestABombIsNotUnpacked(t *testing.T) {
	bomb := pack(t, "a.pdf", strings.Repeat("\x00", 8<<20))
	_, ok := Find(bomb, "a.pdf")
	require.False(t, ok)
	deep := pack(t, "z", "file")
	for range maxDepth {
		deep = pack(t, "z", string(deep))
	}
	_, ok = Find(deep, "z/z/z/z/z")
	require.False(t, ok, "deeper than is reasonable")
	got, ok := Find(deep, "z/z/z")
	require.True(t, ok)
	require.NotEmpty(t, got)
}

func FuzzFind(f *testing.F) {
	inner := pack(f, "a.pdf", "inner")
	f.Add(pack(f, "a.pdf", "first", "box.zip", string(inner)), "box.zip/a.pdf")
	f.Add([]byte("PK\x03\x04"), "a")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		if out, ok := Find(data, name); ok && len(out) > max(maxBytes, len(data)) {
			t.Fatal("more than the bound")
		}
	})
}
