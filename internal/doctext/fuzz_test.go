package doctext

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzRead feeds anything but PDF to the readers: whatever comes, they answer with text or a reason, within
// their bounds. (PDF is read in its own memory, and would make the fuzzing slow.)
func FuzzRead(f *testing.F) {
	f.Add(zipOf(f, member{name: "a.txt", content: "text"}))
	f.Add(zipOf(f, member{name: "word/document.xml", content: "<w:p><w:t>a</w:t></w:p>"}))
	f.Add(zipOf(f, member{name: "mimetype", content: typeODT}, member{name: "content.xml", content: "<p>a<s c='9'/></p>"}))
	f.Add([]byte("<html><body>a<script>"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x20Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01"))
	r := newReader(f, Options{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "%PDF-") {
			return
		}
		exifOrientation(data)
		tiffFrames(data)
		got := read(t, r, data, false)
		if got.Reason == "" {
			require.NotEmpty(t, got.Files)
		}
		for _, file := range got.Files {
			require.True(t, file.Reason != "" || len(file.Pages) > 0, "a file with neither text nor reason")
			for _, p := range file.Pages {
				require.LessOrEqual(t, len(p.Text), 4*maxText)
				for _, w := range p.Words {
					require.True(t, w.Start < w.End && w.End <= len(p.Text) && utf8.RuneStart(p.Text[w.Start]))
				}
			}
		}
	})
}

// FuzzArrange lays out words anywhere on a page: none is lost, and each stands where its word says.
func FuzzArrange(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 200, 100, 50})
	f.Fuzz(func(t *testing.T, data []byte) {
		var glyphs []glyph
		for i := 0; i+3 < len(data) && i < 4000; i += 4 {
			x, y := float64(data[i])*2, float64(data[i+1])*3
			glyphs = append(glyphs, glyph{r: rune('a' + data[i+2]%40), x0: x, x1: x + float64(data[i+3]%20), y0: y, y1: y + 8, turn: int(data[i+3]) % 4})
		}
		found, em, w, h := tokens(glyphs, 600, 800)
		text, placed := arrange(found, w, h, em)
		require.Len(t, placed, len(found))
		for _, p := range placed {
			require.NotEmpty(t, text[p.Start:p.End])
		}
	})
}
