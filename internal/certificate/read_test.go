package certificate_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/doctext"
)

var update = flag.Bool("update", false, "write what is read as what is wanted")

// page makes a page of text without places.
func page(number int, text string, source doctext.Source) doctext.Page {
	p := doctext.Page{Number: number, Text: text, Source: source}
	for at, word := 0, ""; ; at += len(word) {
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \n\u00a0"))
		if at >= len(text) {
			return p
		}
		word, _, _ = strings.Cut(strings.ReplaceAll(text[at:], "\n", " "), " ")
		p.Words = append(p.Words, doctext.Word{Start: at, End: at + len(word), Confidence: 0.9})
	}
}

// load reads a folder of testdata: a text file a page, .ocr for recognised ones.
func load(t testing.TB, folder string) doctext.Result {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "[0-9]*"))
	require.NoError(t, err)
	require.NotEmpty(t, names, "a case without pages")
	var f doctext.File
	for i, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		source := doctext.TextLayer
		if strings.HasSuffix(name, ".ocr") {
			source = doctext.OCR
		}
		f.Pages = append(f.Pages, page(i+1, string(text), source))
	}
	return doctext.Result{Files: []doctext.File{f}}
}

func TestRead(t *testing.T) {
	folders, err := filepath.Glob("testdata/*")
	require.NoError(t, err)
	require.Greater(t, len(folders), 20)
	for _, folder := range folders {
		if strings.HasSuffix(folder, "fuzz") {
			continue
		}
		t.Run(filepath.Base(folder), func(t *testing.T) {
			var got bytes.Buffer
			e := json.NewEncoder(&got)
			e.SetEscapeHTML(false)
			e.SetIndent("", "\t")
			require.NoError(t, e.Encode(certificate.Read(load(t, folder))))
			golden := filepath.Join(folder, "want.json")
			if *update {
				require.NoError(t, os.WriteFile(golden, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String())
		})
	}
}
