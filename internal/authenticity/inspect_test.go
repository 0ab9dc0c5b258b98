package authenticity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"image/png"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/document"
	"kualik/internal/pki"
	"kualik/internal/postgres/pgtest"
)

const link = "https://kualik.karatal.example/r/7f3kmq2zx8ac"

func newReader(t *testing.T) *doctext.Reader {
	t.Helper()
	r, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(os.TempDir()), Workers: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// ours is a sealed certificate of our own register, with its code drawn of lines.
func ours(t *testing.T) []byte {
	t.Helper()
	pdf, err := document.Certificate(document.CertificateData{Number: 78498, RegisteredOn: "2026-09-16", Authors: []string{"Сагитова Меруерт Талгатовна"}, Kind: "scientific_work",
		Title: "Органикалық химия", CreatedOn: "2026-09-02", Office: "Қаратал университеті", URL: link, Token: "7f3kmq2zx8ac", MadeAt: now, Version: 1, IssuedOn: "2026-09-16"})
	require.NoError(t, err)
	return signed(t, home().seal, pdf)
}

func TestCodesAreReadFromTheDrawnPage(t *testing.T) {
	reader := newReader(t)
	pdf := ours(t)
	inspect := func(data []byte, pages ...int) Facts {
		t.Helper()
		list, err := Inspect(t.Context(), reader, data, map[string][]int{"": pages}, home().options())
		require.NoError(t, err)
		require.Len(t, list, 1)
		return list[0]
	}
	f := inspect(pdf, 1)
	require.Equal(t, []Code{{Page: 1, Text: link}}, f.Codes)
	require.Equal(t, Good, f.Signatures[0].Worth)
	require.Empty(t, inspect(pdf).Codes, "no certificate stands there")
	require.Empty(t, inspect(pdf, 7, -1).Codes, "no such page")

	drawn, err := reader.Render(t.Context(), pdf, 1, 200)
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(drawn))
	require.NoError(t, err)
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, img, &jpeg.Options{Quality: 60}))
	f = inspect(photo.Bytes(), 1)
	require.Equal(t, []Code{{Page: 1, Text: link}}, f.Codes)
	require.Equal(t, NotPDF, f.Problem)
}

func TestFactsAreKeptUntilTheyAreFoundAgain(t *testing.T) {
	ctx := context.Background()
	pool := pgtest.New(t)
	time1 := clock.At(now)
	store := NewStore(pool, home().options().Trust, time1)
	for i, verdict := range []string{"certificate", "not_certificate", "certificate"} {
		readings, err := json.Marshal([]any{map[string]any{"file_name": "a.pdf", "places": map[string]any{"number": []any{map[string]int{"page": 3}}, "title": []any{map[string]int{"page": 3}, map[string]int{"page": 4}}}}})
		require.NoError(t, err)
		_, err = pool.Exec(ctx, `INSERT INTO document (sha256, reader_version, verdict, readings, read_at) VALUES ($1, 2, $2, $3, $4)`, fmt.Sprint("file", i), verdict, readings, now.Add(time.Duration(i)*time.Hour))
		require.NoError(t, err)
	}
	due := func() []string {
		t.Helper()
		list, err := store.Due(ctx, 10)
		require.NoError(t, err)
		return list
	}
	require.Equal(t, []string{"file2", "file0"}, due())
	pages, err := store.Pages(ctx, "file0")
	require.NoError(t, err)
	require.ElementsMatch(t, []int{3, 4}, pages["a.pdf"])

	_, found, err := Find(ctx, pool, "file0")
	require.NoError(t, err)
	require.False(t, found)
	facts := []Facts{home().check(t, signed(t, home().seal, plain(t)))}
	require.NoError(t, store.Keep(ctx, "file0", now.Add(-time.Hour), facts))
	require.NoError(t, store.Keep(ctx, "file2", now, nil))
	require.Empty(t, due())
	time1.Advance(time.Hour)
	require.NoError(t, store.Keep(ctx, "file0", now.Add(-time.Hour), facts))
	c, found, err := Find(ctx, pool, "file0")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, Version, c.Version)
	require.Equal(t, now.Add(time.Hour), c.At.UTC())
	require.Equal(t, now.Add(-time.Hour), c.AsOf.UTC())
	require.Equal(t, facts, c.Files)

	// Other anchors make what is signed due again, and nothing else.
	require.NoError(t, store.Distrust(ctx))
	require.Empty(t, due())
	other := NewStore(pool, pki.NewTrust(), time1)
	require.NoError(t, other.Distrust(ctx))
	require.Equal(t, []string{"file0"}, due())
}

// A signature is judged as of the moment when the file first came.
func TestTheMomentIsWhenTheFileCame(t *testing.T) {
	ctx := context.Background()
	pool := pgtest.New(t)
	store := NewStore(pool, nil, clock.At(now))
	o, err := store.Options(ctx, "file")
	require.NoError(t, err)
	require.Equal(t, now, o.At.UTC())
	for i, ago := range []time.Duration{time.Hour, 48 * time.Hour} {
		id := clock.NewID()
		_, err := pool.Exec(ctx, `INSERT INTO message (id, mailbox, received_at, stored_at, sha256, outcome) VALUES ($1, 'file:x', $2, $2, $3, 'certificates')`, id, now.Add(-ago), fmt.Sprintf("%064d", i))
		require.NoError(t, err)
		_, err = pool.Exec(ctx, `INSERT INTO attachment (id, message_id, position, path, filename, content_type, sha256, size) VALUES ($1, $2, 1, '2', 'a.pdf', 'application/pdf', 'file', 1)`, clock.NewID(), id)
		require.NoError(t, err)
	}
	o, err = store.Options(ctx, "file")
	require.NoError(t, err)
	require.Equal(t, now.Add(-48*time.Hour), o.At.UTC())
}
