package doctext

import (
	"bytes"
	"context"
	"image"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"kualik/internal/demo/mails/form"
)

// Whatever comes, a reader answers with text or a reason, within its bounds. Seeds that are more than a line
// stand in testdata/fuzz.

// sound checks what a reader has answered.
func sound(t *testing.T, pages []Page, reason Reason) {
	t.Helper()
	require.True(t, reason != "" || len(pages) > 0, "neither text nor reason")
	weight := 0
	for _, p := range pages {
		weight += p.weight()
		require.Positive(t, p.Number)
		end := 0
		for _, w := range p.Words {
			require.True(t, w.Start >= end && w.Start < w.End && w.End <= len(p.Text) && utf8.RuneStart(p.Text[w.Start]))
			end = w.End
		}
	}
	require.LessOrEqual(t, weight, maxResult)
}

// FuzzRead feeds anything but PDF to all readers together.
func FuzzRead(f *testing.F) {
	f.Add(zipOf(f, member{name: "a.txt", content: "text"}))
	f.Add(zipOf(f, member{name: "word/document.xml", content: "<w:p/>"}, member{name: "word/media/1.gif", content: "GIF89a\xe8\x03\xe8\x03\x80\x00\x00"}))
	f.Add(form.RAR(form.File{Name: "a.txt", Data: []byte("text")}, form.File{Name: "b", Data: []byte("more")}))
	f.Add([]byte("Rar!\x1a\x07\x00\xcf\x90\x73\x00\x00\x0d\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(form.RTF("Құ a\\b", []byte("\xff\xd8\xff\xe0")))
	f.Add([]byte("{\\rtf1{\\pict\\bin5 abc}\\u-10179?\\'zz\\uc9\\u1?"))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00\x43\xbe\xb7\xe8\x01\x00\x00\x00"))
	f.Add([]byte("RIFF\x30\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00ANMF\x20\x00\x00\x00"))
	f.Add([]byte("<html><body>a<script>"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00"))
	r := newReader(f, Options{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("%PDF-")) {
			return
		}
		webpFrame(data)
		got := read(t, r, data, false)
		require.NotEmpty(t, got.Files)
		for _, file := range got.Files {
			sound(t, file.Pages, file.Reason)
		}
	})
}

// FuzzPDF reads and draws PDFs. It finds faults of ours around the engine, whose own code is not instrumented.
func FuzzPDF(f *testing.F) {
	f.Add(goodPDF(goodLine))
	f.Add(pageWith("", "/Rotate 90 /CropBox [9 9 99 99]", flated(1, []byte(words(60, 700, goodLine)))))
	r := newReader(f, Options{Workers: 1})
	require.NoError(f, r.Warm())
	f.Fuzz(func(t *testing.T, data []byte) {
		defer time.AfterFunc(time.Minute, func() { panic("a PDF took a minute") }).Stop()
		pages, total, reason, err := r.readPDF(context.Background(), data, maxTextPages, func() {})
		require.NoError(t, err)
		require.GreaterOrEqual(t, total, len(pages))
		for _, p := range pages {
			if p.page.Text != "" {
				sound(t, []Page{p.page}, "")
			}
			for _, w := range p.page.Words {
				require.NotEmpty(t, strings.TrimSpace(p.page.Text[w.Start:w.End]))
			}
		}
		img, drawn, err := r.renderPDF(context.Background(), data, 1, 30)
		require.NoError(t, err)
		require.True(t, img != nil || drawn != "" || reason != "")
		if img != nil {
			require.LessOrEqual(t, img.Bounds().Dx()*img.Bounds().Dy(), maxPixels+maxPixels/10)
		}
	})
}

// FuzzArchive takes archives apart.
func FuzzArchive(f *testing.F) {
	f.Add(zipOf(f, member{name: "a.txt", content: "text"}, member{name: "b", content: "x", flags: flagEncrypted}))
	f.Add(zipOf(f, member{name: "\x8a\x93\x80\x8b", content: "a"}, member{name: "c.zip", content: string(zipOf(f, member{name: "d", content: "deep"}))}))
	r := newReader(f, Options{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("%PDF-")) {
			return
		}
		x := r.reading(context.Background(), ReadOptions{})
		n := 0
		x.done = func(file File) {
			n++
			require.True(t, utf8.ValidString(file.Name) && !strings.Contains(file.Name, "\x00"), "%q", file.Name)
			sound(t, file.Pages, file.Reason)
		}
		require.NoError(t, x.archive(File{Type: typeZip}, data, 0))
		require.Positive(t, n)
		require.LessOrEqual(t, n, 2*maxFiles)
	})
}

// FuzzOffice reads the XML of office documents, and packages that pretend to be such.
func FuzzOffice(f *testing.F) {
	f.Add([]byte(`<w:p><w:r><w:t>a</w:t><w:tab/><w:br w:type="page"/></w:r></w:p><w:del><w:t>b</w:t></w:del>`))
	f.Add([]byte(`<text:p>a<text:s text:c="9"/><text:tab/>b<text:line-break/></text:p><text:soft-page-break/>`))
	f.Add(zipOf(f, member{name: "word/document.xml", content: "<w:p><w:t>a</w:t></w:p>"}))
	f.Add(zipOf(f, member{name: "mimetype", content: typeODT}, member{name: "content.xml", content: "<p>a<s c='9'/></p>"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []string{typeDOCX, typeODT} {
			text, _ := officeText(kind, data)
			if pages, reason := pagesOf(text, newBudget()); strings.TrimSpace(text) != "" {
				sound(t, pages, reason)
			}
			pages, reason := readOffice(kind, data, newBudget())
			sound(t, pages, reason)
		}
	})
}

// FuzzPlain reads text of any encoding, and HTML.
func FuzzPlain(f *testing.F) {
	f.Add([]byte("<html><head>x</head><body>a &amp; b<script>no</script><td>c"))
	f.Add([]byte("\xfe\xff\x04\x1a\x00a\x00\x0c"))
	f.Add([]byte("\xd1\xe2\xe8\xe4\xe5\xf2\xe5\xeb\xfc\xf1\xf2\xe2\xee"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []string{typeText, typeHTML} {
			pages, reason := readPlain(kind, data, newBudget())
			sound(t, pages, reason)
			for _, p := range pages {
				require.True(t, utf8.ValidString(p.Text))
			}
		}
	})
}

// FuzzSniff tells what files are.
func FuzzSniff(f *testing.F) {
	for _, s := range signatures {
		f.Add([]byte(s.prefix))
	}
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBP"))
	f.Add([]byte("\x00\x00\x00\x18ftypheic"))
	f.Add(zipOf(f, member{name: "mimetype", content: typeODT}))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind := sniff(data)
		require.Equal(t, kind == "", len(bytes.Trim(data, " \t\r\n\x00\ufeff")) == 0)
		require.Equal(t, kind, sniff(bytes.Clone(data)))
	})
}

// FuzzImage decodes pictures of every format, with what their Exif says, as far as text recognition gets them.
func FuzzImage(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x20Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01"))
	f.Add(tiffOf(8, 8, 64))
	f.Add(pngOf(9, 7))
	f.Fuzz(func(t *testing.T, data []byte) {
		require.Contains(t, []int{1, 2, 3, 4, 5, 6, 7, 8}, max(1, min(8, exifOrientation(data))))
		frames := tiffFrames(data)
		require.LessOrEqual(t, len(frames), maxOCRPages)
		for _, frame := range append(frames, data) {
			if checkImage(frame) != "" {
				continue
			}
			if c, _, err := image.DecodeConfig(bytes.NewReader(frame)); err != nil || c.Width*c.Height > 1<<18 {
				continue // large ones only take longer
			}
			img, reason := decodeImage(typeJPEG, frame)
			if reason != "" {
				continue
			}
			s := straighten(img)
			require.Len(t, s.img.Pix, s.img.Stride*s.img.Rect.Dy())
			decodeQR(s.img)
		}
	})
}

// FuzzTable reads what Tesseract might print.
func FuzzTable(f *testing.F) {
	f.Add("5\t1\t1\t1\t1\t1\t10\t20\t30\t12\t96.5\tслово\n5\t1\t1\t1\t1\t2\t50\t20\t30\t12\t91\t40311\n4\t1\n")
	f.Fuzz(func(t *testing.T, table string) {
		found := parseTSV(table)
		text, placed := arrange(found, 600, 800, 12)
		require.Len(t, placed, len(found))
		for _, p := range placed {
			require.NotEmpty(t, text[p.Start:p.End])
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
