package doctext

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/tiff"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func newReader(t testing.TB, o Options) *Reader {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	o.CacheDir = filepath.Join(dir, "kualik")
	r, err := NewReader(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

func read(t testing.TB, r *Reader, data []byte, ocr bool) Result {
	t.Helper()
	result, err := r.Read(context.Background(), "a", data, ReadOptions{OCR: ocr})
	require.NoError(t, err)
	return result
}

type member struct {
	name, content string
	flags         uint16
}

func zipOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		var packed bytes.Buffer
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Flags: m.flags, NonUTF8: m.flags&flagUTF8 == 0}
		if m.flags&flagEncrypted != 0 {
			h.Method = zip.Store
			packed.WriteString(m.content)
			h.CRC32, h.CompressedSize64, h.UncompressedSize64 = crc32.ChecksumIEEE(packed.Bytes()), uint64(packed.Len()), uint64(packed.Len())
			f, err := w.CreateRaw(h)
			require.NoError(t, err)
			_, err = f.Write(packed.Bytes())
			require.NoError(t, err)
			continue
		}
		f, err := w.CreateHeader(h)
		require.NoError(t, err)
		_, err = f.Write([]byte(m.content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// pdfOf writes a PDF of the given objects; the first must be the catalogue.
func pdfOf(objects ...string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, a := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return out.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(content), content)
}

// textPDF is one page with lines of Latin text at given places (points from the lower left corner).
func textPDF(page, content string) []byte {
	return pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> "+page+" >>",
		stream("", content), "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
}

func words(x, y int, lines ...string) string {
	var out strings.Builder
	for i, l := range lines {
		fmt.Fprintf(&out, "BT /F 11 Tf %d %d Td (%s) Tj ET\n", x, y-14*i, l)
	}
	return out.String()
}

func TestTypesAreToldByContent(t *testing.T) {
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 3))))
	cases := map[string]string{
		"":                                 "",
		" \r\n\t\x00":                      "",
		"junk\n%PDF-1.7":                   typePDF,
		picture.String():                   typePNG,
		"\xff\xd8\xff\xe0":                 typeJPEG,
		"BM of text":                       typeText,
		"Rar!\x1a\x07\x00":                 typeRAR,
		"Rar!\x1a\x07\x00 a %PDF-1.7":      typeRAR,
		"7z\xbc\xaf\x27\x1cabc":            type7z,
		"\x00\x00\x00\x18ftypheic":         typeHEIC,
		"RIFF\x00\x00\x00\x00WEBPV":        typeWebP,
		"<!DOCTYPE html><p>a":              typeHTML,
		"Құрметті әріптес":                 typeText,
		"\x00\x01\x02binary":               typeUnknown,
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": typeOLE,
		string(zipOf(t, member{name: "a.txt", content: "a"})):             typeZip,
		string(zipOf(t, member{name: "word/document.xml", content: "a"})): typeDOCX,
		string(zipOf(t, member{name: "mimetype", content: typeODT})):      typeODT,
		string(zipOf(t, member{name: "xl/workbook.xml", content: "a"})):   typePackage,
		strings.Repeat("Қ", 3000):                                         typeText,
	}
	for data, want := range cases {
		require.Equal(t, want, sniff([]byte(data)), "%.20q", data)
	}
}

func TestReasons(t *testing.T) {
	r := newReader(t, Options{})
	good := textPDF("", words(60, 700, "Some words that can be read", "and a second line of them"))
	whole := read(t, r, good, false)
	require.Empty(t, whole.Reason)
	require.Contains(t, whole.Files[0].Pages[0].Text, "Some words that can be read\nand a second line")
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 40, 40))))
	huge := bytes.Clone(picture.Bytes())
	binary.BigEndian.PutUint32(huge[16:], 25_000)
	binary.BigEndian.PutUint32(huge[20:], 25_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	cases := map[string]struct {
		data []byte
		want Reason
	}{
		"nothing":           {nil, Empty},
		"white space":       {[]byte(" \n "), Empty},
		"only the head":     {[]byte("%PDF-1.7\n"), Damaged},
		"half a PDF":        {good[:len(good)/4], Damaged},
		"page without text": {textPDF("", ""), Empty},
		"scan":              {textPDF("", "0 0 400 400 re f"), NeedsOCR},
		"picture":           {picture.Bytes(), NeedsOCR},
		"pixel bomb":        {huge, Limit},
		"broken picture":    {[]byte("\x89PNG\r\n\x1a\nxx"), Damaged},
		"only a rar's head": {[]byte("Rar!\x1a\x07\x01\x00"), Damaged},
		"heic":              {[]byte("\x00\x00\x00\x18ftypheic"), NeedsOCR},
		"7z":                {[]byte("7z\xbc\xaf\x27\x1c"), Unsupported},
		"half a zip":        {zipOf(t, member{name: "a", content: "abc"})[:20], Damaged},
		"empty zip":         {zipOf(t), Empty},
		"locked zip":        {zipOf(t, member{name: "a.pdf", content: "secret", flags: flagEncrypted}), Password},
		"broken docx":       {zipOf(t, member{name: "word/document.xml", content: "<w:t>"}), Damaged},
	}
	for name, c := range cases {
		require.Equal(t, c.want, read(t, r, c.data, false).Reason, name)
	}
}

func TestArchives(t *testing.T) {
	r := newReader(t, Options{})
	name, err := charmap.CodePage866.NewEncoder().String("куалік.txt"[:8] + ".txt")
	require.NoError(t, err)
	inner := zipOf(t, member{name: "inside.txt", content: "внутри"}, member{name: "locked", flags: flagEncrypted, content: "x"})
	got := read(t, r, zipOf(t, member{name: name, content: "снаружи"}, member{name: "в.zip", content: string(inner), flags: flagUTF8},
		member{name: "__MACOSX/._a", content: "x"}, member{name: "folder/"}), false)
	require.Empty(t, got.Reason)
	require.Len(t, got.Files, 3)
	require.Equal(t, "куал.txt", got.Files[0].Name)
	require.Equal(t, "в.zip/inside.txt", got.Files[1].Name)
	require.Equal(t, "внутри", got.Files[1].Pages[0].Text)
	require.Equal(t, Password, got.Files[2].Reason)
	require.Len(t, got.Files[0].SHA256, 64)

	bomb := zipOf(t, member{name: "a", content: strings.Repeat("a", 8<<20)})
	require.Equal(t, Limit, read(t, r, bomb, false).Reason, "unpacks to a thousand times its size")
	deep := []byte("text")
	for range maxDepth + 2 {
		deep = zipOf(t, member{name: "a.zip", content: string(deep)})
	}
	require.Equal(t, Limit, read(t, r, deep, false).Reason)
	var many []member
	for i := range maxFiles + 5 {
		many = append(many, member{name: fmt.Sprint(i), content: "\x00"})
	}
	files := read(t, r, zipOf(t, many...), false).Files
	require.Len(t, files, maxFiles+1)
	require.Equal(t, Limit, files[maxFiles].Reason)
}

func TestOfficeAndPlainText(t *testing.T) {
	r := newReader(t, Options{})
	body := func(s string) []byte {
		return zipOf(t, member{name: "word/document.xml", content: `<w:document xmlns:w="w"><w:body>` + s + `</w:body></w:document>`})
	}
	odt := func(s string) []byte {
		return zipOf(t, member{name: "mimetype", content: typeODT}, member{name: "content.xml", content: `<o:d xmlns:o="o" xmlns:text="t">` + s + `</o:d>`})
	}
	kk := "Құрметті әріптестер"
	cp1251, err := charmap.Windows1251.NewEncoder().String("Уважаемые коллеги, вот свидетельство")
	require.NoError(t, err)
	utf16, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(kk)
	require.NoError(t, err)
	cases := map[string]struct {
		data []byte
		want []string // the text of each page
	}{
		"paragraphs, runs, tabs": {body(`<w:p><w:r><w:t>a</w:t></w:r><w:r><w:tab/><w:t xml:space="preserve">b  c</w:t></w:r></w:p><w:p><w:r><w:t>d</w:t><w:br/><w:t>e</w:t></w:r></w:p>`), []string{"a\tb  c\nd\ne\n"}},
		"table":                  {body(`<w:tbl><w:tr><w:tc><w:p><w:r><w:t>left</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>right</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`), []string{"left\nright\n"}},
		"tab stop":               {body(`<w:p><w:pPr><w:tabs><w:tab w:pos="4"/></w:tabs></w:pPr><w:r><w:t>a</w:t></w:r></w:p>`), []string{"a\n"}},
		"deleted and fallback":   {body(`<w:p><w:del><w:r><w:delText>no</w:delText><w:t>no</w:t></w:r></w:del><w:r><w:t>yes</w:t></w:r></w:p>`), []string{"yes\n"}},
		"pages":                  {body(`<w:p><w:r><w:t>1</w:t><w:br w:type="page"/><w:t>2</w:t></w:r></w:p>`), []string{"1", "2\n"}},
		"odt":                    {odt(`<text:h>a</text:h><text:p>b<text:s text:c="3"/>c<text:span>d<text:line-break/></text:span></text:p>`), []string{"a\nb   cd\n\n"}},
		"windows-1251":           {[]byte(cp1251), []string{"Уважаемые коллеги, вот свидетельство"}},
		"UTF-16":                 {[]byte(utf16), []string{kk}},
		"HTML":                   {[]byte(`<html><head><title>x</title></head><body><p>a &amp; b</p><script>no</script><div>c</div>`), []string{"\na & b\n\nc\n"}},
		"lines of Windows":       {[]byte("a\r\nb"), []string{"a\nb"}},
	}
	for name, c := range cases {
		got := read(t, r, c.data, false)
		var pages []string
		for _, p := range got.Files[0].Pages {
			pages = append(pages, p.Text)
			for _, w := range p.Words {
				require.NotContains(t, p.Text[w.Start:w.End], " ", name)
			}
		}
		require.Equal(t, c.want, pages, name)
	}
}

func TestReadingOrder(t *testing.T) {
	r := newReader(t, Options{})
	left := []string{"Left one is a line", "left two is a line", "left three is here", "left four is here", "left five"}
	right := []string{"Right one is a line", "right two is a line", "right three here", "right four is here", "right five", "right six"}
	var interleaved strings.Builder // the content goes row by row, and the columns do not stand level
	for i := range right {
		if i < len(left) {
			interleaved.WriteString(words(60, 700-14*i, left[i]))
		}
		interleaved.WriteString(words(330, 695-14*i, right[i]))
	}
	columns := strings.Join(left, "\n") + "\n" + strings.Join(right, "\n")
	head, foot := "One heading that goes over the whole width of the page and more", "One last line that goes over the whole width of the page and more"
	wide := words(60, 760, head) + interleaved.String() + words(60, 560, foot)
	cases := map[string]struct {
		data []byte
		want string
	}{
		"columns":     {textPDF("", wide), head + "\n" + columns + "\n" + foot},
		"turned page": {textPDF("/Rotate 180", "-1 0 0 -1 595 842 cm "+wide), head + "\n" + columns + "\n" + foot},
		"turned text": {textPDF("", "0 1 -1 0 595 0 cm "+words(60, 500, "a line that goes upwards", "another one to its right")), "a line that goes upwards\nanother one to its right"},
		"one column, justified": {textPDF("", words(60, 700, "Name", "And", "Or else")+words(125, 700, "of the thing here", "with a wide gap", "as justified text is")),
			"Name of the thing here\nAnd with a wide gap\nOr else as justified text is"},
		"signature": {textPDF("", words(60, 700, "Signed electronically")+words(450, 700, "A. Director")), "Signed electronically A. Director"},
	}
	for name, c := range cases {
		got := read(t, r, c.data, false)
		require.Len(t, got.Files[0].Pages, 1, name)
		p := got.Files[0].Pages[0]
		require.Equal(t, c.want, p.Text, name)
		for _, w := range p.Words {
			require.NotContains(t, p.Text[w.Start:w.End], " ", name)
			require.True(t, w.Box.X >= 0 && w.Box.Y >= 0 && w.Box.X+w.Box.W <= 1 && w.Box.Y+w.Box.H <= 1, "%s: %v", name, w)
		}
	}
}

func TestCancelledReadingIsAnError(t *testing.T) {
	r := newReader(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := r.Read(ctx, "a", textPDF("", ""), ReadOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestRender(t *testing.T) {
	r := newReader(t, Options{})
	ctx := context.Background()
	pdf := textPDF("", "0 0 595 842 re f")
	out, err := r.Render(ctx, pdf, 1, 72)
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(out))
	require.NoError(t, err)
	require.InDelta(t, 595, img.Bounds().Dx(), 1)
	v, _, _, _ := img.At(300, 300).RGBA()
	require.Zero(t, v, "black")
	for name, data := range map[string][]byte{"no such page": pdf, "no picture": []byte("text")} {
		out, err = r.Render(ctx, data, 7, 72)
		require.NoError(t, err, name)
		require.Empty(t, out, name)
	}
	var two bytes.Buffer
	require.NoError(t, tiff.Encode(&two, image.NewGray(image.Rect(0, 0, 30, 20)), nil))
	out, err = r.Render(ctx, two.Bytes(), 1, 72)
	require.NoError(t, err)
	img, err = png.Decode(bytes.NewReader(out))
	require.NoError(t, err)
	require.Equal(t, 30, img.Bounds().Dx())
}

func TestTIFFWithTwoPages(t *testing.T) {
	var a bytes.Buffer
	require.NoError(t, tiff.Encode(&a, image.NewGray(image.Rect(0, 0, 30, 20)), nil))
	data := a.Bytes()
	// A second directory: the first one again, at the end of the file.
	at := binary.LittleEndian.Uint32(data[4:])
	n := uint32(binary.LittleEndian.Uint16(data[at:]))
	directory := bytes.Clone(data[at : at+2+12*n+4])
	binary.LittleEndian.PutUint32(data[at+2+12*n:], uint32(len(data)))
	data = append(data, directory...)
	require.Len(t, tiffFrames(data), 2)
	binary.LittleEndian.PutUint32(data[len(data)-4:], at) // a circle
	require.Len(t, tiffFrames(data), 2)
}

func TestExifOrientation(t *testing.T) {
	var plain bytes.Buffer
	require.NoError(t, jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 20, 10)), nil))
	require.Equal(t, 1, exifOrientation(plain.Bytes()))
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	data := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	data = append(data, plain.Bytes()[2:]...)
	require.Equal(t, 6, exifOrientation(data))
	img, reason := decodeImage(typeJPEG, data)
	require.Empty(t, reason)
	require.Equal(t, image.Rect(0, 0, 10, 20), img.Bounds(), "turned upright")
}

func TestQuarterTurns(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 3, 2))
	g.SetGray(2, 0, color.Gray{Y: 9}) // upper right corner
	for quarters, at := range map[int]image.Point{1: {1, 2}, 2: {0, 1}, 3: {0, 0}} {
		require.Equal(t, uint8(9), turned(g, quarters).GrayAt(at.X, at.Y).Y, "%d quarters", quarters)
	}
	// The way back from a turned sheet to the page as it came.
	for quarters := range 4 {
		s := sheet{img: turned(g, quarters), quarters: quarters}
		s.w, s.h = s.img.Rect.Dx(), s.img.Rect.Dy()
		for y := range s.h {
			for x := range s.w {
				if s.img.GrayAt(x, y).Y == 9 {
					b := s.original(float64(x), float64(y), float64(x+1), float64(y+1))
					require.InDelta(t, 2.0/3, b.X, 1e-9, "%d quarters", quarters)
					require.InDelta(t, 0, b.Y, 1e-9, "%d quarters", quarters)
				}
			}
		}
	}
}
