package doctext

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What people have made to break readers, made anew by the tests; bombs_lab_test.go reads it.

// bomb is a file made to break a reader.
type bomb struct {
	name string
	data []byte
	ocr  bool
	want []Reason // any of them
	scan bool     // within all limits: its text is recognised, which may take longer
}

func bombs(t testing.TB) []bomb {
	return append(append(archiveBombs(t), pdfBombs(t)...), pictureBombs(t)...)
}

const fill = 512 << 20 // what a deflate bomb unpacks to

// filled is a member that unpacks to very much of what fill repeats, between head and foot.
type filled struct {
	name, head, fill, foot string
	size                   int
	says                   uint64 // how large it pretends to be; 0: the truth
}

func zipFilled(t testing.TB, members ...filled) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		packed, sum, size := deflated(m)
		f, err := w.CreateRaw(&zip.FileHeader{Name: m.name, Method: zip.Deflate, CRC32: sum, CompressedSize64: uint64(len(packed)), UncompressedSize64: cmp.Or(m.says, uint64(size))})
		require.NoError(t, err)
		_, err = f.Write(packed)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// deflated packs a member, the filling once: what was packed apart can stand again and again.
func deflated(m filled) (packed []byte, sum uint32, size int) {
	add := func(content string, times int) {
		if content == "" {
			return
		}
		var part bytes.Buffer
		w, _ := flate.NewWriter(&part, flate.BestCompression)
		_, _ = io.WriteString(w, content)
		_ = w.Flush()
		for range times {
			packed = append(packed, part.Bytes()...)
			sum = crc32.Update(sum, crc32.IEEETable, []byte(content))
			size += len(content)
		}
	}
	add(m.head, 1)
	if m.fill != "" {
		block := strings.Repeat(m.fill, 1+(64<<10)/len(m.fill))
		add(block, m.size/len(block))
	}
	add(m.foot, 1)
	return append(packed, 3, 0), sum, size // the last, empty block
}

// noisy is text of which deflate leaves about a hundred and fiftieth: just within what is unpacked.
func noisy(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var out strings.Builder
	for out.Len() < n {
		fmt.Fprintf(&out, "%x%s", r.Uint64()&0xffff, strings.Repeat("ab ", 220))
	}
	return out.String()
}

func laughs(root, open, end string) string {
	var out strings.Builder
	out.WriteString("<?xml version=\"1.0\"?>\n<!DOCTYPE " + root + " [<!ENTITY l0 \"lol\">")
	for i := range 9 {
		fmt.Fprintf(&out, "<!ENTITY l%d \"%s\">", i+1, strings.Repeat(fmt.Sprintf("&l%d;", i), 10))
	}
	return out.String() + "]>\n" + open + "&l9;" + end
}

func archiveBombs(t testing.TB) []bomb {
	const wordHead, wordFoot = `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>`, `</w:t></w:r></w:p></w:body></w:document>`
	deep := []byte("the innermost text")
	for range 100 {
		deep = zipOf(t, member{name: "a.zip", content: string(deep)})
	}
	many := make([]filled, 200)
	for i := range many {
		many[i] = filled{name: fmt.Sprintf("%d.txt", i), fill: "a b c d ", size: 1 << 20}
	}
	odt := func(content string) []byte {
		return zipOf(t, member{name: "mimetype", content: typeODT}, member{name: "content.xml", content: content})
	}
	return []bomb{
		{"xlsx, 512 MB", zipFilled(t, filled{name: "xl/workbook.xml", head: "<workbook/>"}, filled{name: "xl/worksheets/sheet1.xml", head: "<worksheet><row>", fill: "<c><v>1</v></c>", foot: "</row></worksheet>", size: fill}), false, []Reason{Unsupported}, false},
		{"docx, 512 MB", zipFilled(t, filled{name: "word/document.xml", head: wordHead, fill: "a", foot: wordFoot, size: fill}), false, []Reason{Limit}, false},
		{"docx of tags, 512 MB", zipFilled(t, filled{name: "word/document.xml", head: wordHead, fill: "<w:p/>", foot: wordFoot, size: fill}), false, []Reason{Limit}, false},
		{"docx of text, just within the ratio", zipFilled(t, filled{name: "word/document.xml", head: wordHead, fill: noisy(1 << 20), foot: wordFoot, size: 200 << 20}), false, []Reason{Limit}, false},
		{"docx of one-letter words", zipOf(t, member{name: "word/document.xml", content: wordHead + strings.Repeat("a ", 500_000) + wordFoot}), false, []Reason{Limit}, false},
		{"odt, 512 MB", zipFilled(t, filled{name: "mimetype", head: typeODT}, filled{name: "content.xml", head: "<d><p>", fill: "a", foot: "</p></d>", size: fill}), false, []Reason{Limit}, false},
		{"zip, 512 MB", zipFilled(t, filled{name: "a.txt", fill: "a", size: fill}), false, []Reason{Limit}, false},
		{"zip, 512 MB said to be 10 bytes", zipFilled(t, filled{name: "a.txt", fill: "a", size: fill, says: 10}), false, []Reason{Limit, Damaged}, false},
		{"zip, 10 bytes said to be 2^62", zipFilled(t, filled{name: "a.txt", head: "0123456789", says: 1 << 62}), false, []Reason{Limit, Damaged}, false},
		{"zip of 200 texts of 1 MB", zipFilled(t, many...), false, []Reason{Limit}, false},
		{"zip of 100,000 members", crowdedZip(t), false, []Reason{Limit, Empty}, false},
		{"zip whose members overlap", overlapping(t), false, []Reason{Limit, "", Damaged}, false},
		{"zip in a zip, 100 levels", deep, false, []Reason{Limit}, false},
		{"zip slip", zipOf(t, member{name: "../../../../tmp/kualik-slip.txt", content: "out"}, member{name: "/tmp/kualik-slip.txt", content: "out"}, member{name: `..\..\kualik-slip.txt`, content: "out"}), false, []Reason{""}, false},
		{"symbolic link in a zip", linkZip(t), false, []Reason{""}, false},
		{"docx, entities in entities", zipOf(t, member{name: "word/document.xml", content: laughs("w:document", wordHead, wordFoot)}), false, []Reason{Damaged, Empty}, false},
		{"odt, entities in entities", odt(laughs("d", "<d><p>", "</p></d>")), false, []Reason{Damaged, Empty}, false},
		{"docx, a million nested tags", zipOf(t, member{name: "word/document.xml", content: strings.Repeat("<w:p>", 1_000_000)}), false, []Reason{Damaged, Limit, Empty}, false},
		{"HTML, a million nested tags", []byte("<html><body>" + strings.Repeat("<div>", 800_000) + "text"), false, []Reason{""}, false},
		{"text of one-letter words, 4 MB", []byte(strings.Repeat("a ", 2<<20)), false, []Reason{Limit}, false},
		{"text of form feeds, 4 MB", []byte(strings.Repeat("a\f", 2<<20)), false, []Reason{""}, false},
	}
}

// overlapping is a zip whose directory names one member a hundred times under other names.
func overlapping(t testing.TB) []byte {
	one := zipFilled(t, filled{name: "a.txt", fill: "ab", size: 100 << 20})
	end := len(one) - 22
	at := int(binary.LittleEndian.Uint32(one[end+16:]))
	entry, out := one[at:end], bytes.Clone(one[:at])
	const n = 100
	for range n {
		out = append(out, entry...)
	}
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint16(tail[8:], n)
	binary.LittleEndian.PutUint16(tail[10:], n)
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(entry)))
	return append(out, tail...)
}

func crowdedZip(t testing.TB) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := range 100_000 {
		_, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("%d.txt", i)})
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func linkZip(t testing.TB) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	h := &zip.FileHeader{Name: "link.txt"}
	h.SetMode(0o777 | fs.ModeSymlink)
	f, err := w.CreateHeader(h)
	require.NoError(t, err)
	_, err = io.WriteString(f, "/etc/passwd")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// flated is a stream's dictionary and bytes, packed so many times over.
func flated(levels int, content []byte) string {
	return flatedOf("", levels, filled{head: string(content)})
}

func flatedOf(dict string, levels int, m filled) string {
	var content []byte
	for range levels {
		packed, _, _ := deflated(m)
		sum := adler32.New()
		_, _ = io.WriteString(sum, m.head)
		if m.fill != "" {
			for block, n := []byte(strings.Repeat(m.fill, 1+(64<<10)/len(m.fill))), 0; n < m.size/len(block); n++ {
				_, _ = sum.Write(block)
			}
		}
		content = sum.Sum(append([]byte("\x78\xda"), packed...))
		m = filled{head: string(content)}
	}
	return stream(dict+" /Filter ["+strings.Repeat("/FlateDecode ", levels)+"]", string(content))
}

func onePage(content string, more ...string) []byte { return pageWith("", "", content, more...) }

// pageWith is a PDF of one page with a resource besides the font; objects from 6 on may follow.
func pageWith(resources, page, content string, more ...string) []byte {
	return pdfOf(append([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> " + resources + " >> " + page + " >>",
		content, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}, more...)...)
}

func pdfBombs(t testing.TB) []bomb {
	blank := filled{fill: " ", size: 200 << 20}
	picture := func(w, h, bits int) []byte {
		dict := fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent %d ", w, h, bits)
		return pageWith("/XObject << /I 6 0 R >>", "", stream("", "595 0 0 842 0 0 cm /I Do"), flatedOf(dict, 1, filled{fill: "\x00", size: w * h * bits / 8}))
	}
	chain := []string{"<< /Type /Catalog /Pages 2 0 R >>"}
	for i := range 20_000 {
		chain = append(chain, fmt.Sprintf("<< /Type /Pages /Kids [%d 0 R] /Count 1 >>", i+3))
	}
	kids := func(n int, kid string) string {
		return fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Repeat(kid+" ", n), n)
	}
	page := "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>"
	content, font := stream("", words(60, 700, goodLine)), "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
	catalogue := "<< /Type /Catalog /Pages 2 0 R >>"
	encrypted := bytes.Replace(goodPDF(goodLine), []byte("/Root 1 0 R"), []byte("/Root 1 0 R /ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"+strings.Repeat("41", 32)+"> /U <"+strings.Repeat("42", 32)+"> >>"), 1)
	xmp := `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>` + laughs("x", `<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>`, `</a></x:xmpmeta>`)
	xref := "%PDF-1.5\n1 0 obj\n" + stream("/Type /XRef /Size 2147483647 /W [1 4 2] /Index [0 2147483647] /Root 1 0 R", "\x00\x00\x00\x00\x00\x00\x00") + "\nendobj\nstartxref\n9\n%%EOF\n"
	whatever := []Reason{"", Limit, Damaged, Empty, NeedsOCR}
	return []bomb{
		{"pdf, Flate in Flate in Flate", onePage(flatedOf("", 3, blank)), false, whatever, false},
		{"pdf, Flate eight times over", onePage(flatedOf("", 8, blank)), false, whatever, false},
		{"pdf, stream of length 2^31", bytes.Replace(goodPDF(goodLine), []byte("/Length "), []byte("/Length 2147483648 /Was "), 1), false, whatever, false},
		{"pdf, xref index 2^31", []byte(xref), false, whatever, false},
		{"pdf, entities in its XMP", pdfOf(strings.Replace(catalogue, ">>", "/Metadata 6 0 R >>", 1), kids(1, "3 0 R"), page, content, font, stream("/Type /Metadata /Subtype /XML", xmp)), false, []Reason{""}, false},
		{"pdf, encrypted", encrypted, false, []Reason{Password}, false},
		{"pdf, a form in a form, 10^9 times", endlessPDF(), false, []Reason{Limit}, false},
		{"pdf, 3 million letters on a page", hugeTextPDF(), false, whatever, false},
		{"pdf, page of 10^9 points", pageWith("", "/MediaBox [0 0 1000000000 1000000000] /Was ["+"]", content), true, whatever, true},
		{"pdf, a million pages", pdfOf(catalogue, kids(1_000_000, "3 0 R"), page, content, font), false, whatever, false},
		{"pdf, 2^31 pages promised", pdfOf(catalogue, "<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>", page, content, font), false, whatever, false},
		{"pdf, pages 20,000 levels deep", pdfOf(chain...), false, whatever, false},
		{"pdf, pages in a circle", pdfOf(catalogue, "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"), false, whatever, false},
		{"pdf, picture of 30,000 x 30,000", picture(30000, 30000, 1), true, whatever, false},
		{"pdf, picture of 20,000 x 20,000 grey", picture(20000, 20000, 8), true, whatever, true},
	}
}

func pictureBombs(t testing.TB) []bomb {
	gif := []byte("GIF89a\x30\x75\x30\x75\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x30\x75\x30\x75\x00\x02\x02\x44\x01\x00;")
	bmp := make([]byte, 54)
	copy(bmp, "BM")
	for at, v := range map[int]uint32{2: 54, 10: 54, 14: 40, 18: 30000, 22: 30000, 26: 1 | 24<<16} {
		binary.LittleEndian.PutUint32(bmp[at:], v)
	}
	jpeg := []byte("\xff\xd8\xff\xc0\x00\x0b\x08\xea\x60\xea\x60\x01\x01\x11\x00\xff\xd9")
	size := uint32(16383 | 16383<<14)
	webp := binary.LittleEndian.AppendUint32([]byte("RIFF\x16\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f"), size)
	webp = append(webp, 0, 0, 0, 0, 0)
	loop := tiffOf(8, 8, 64)
	binary.LittleEndian.PutUint32(loop[len(loop)-4:], 8) // the next directory is the first
	strips := tiffOf(100, 100, 0x7fffffff)
	return []bomb{
		{"png, 30,000 x 30,000", pngOf(30000, 30000), true, []Reason{Limit}, false},
		{"png, 30,000 x 1,333", pngOf(30000, 1333), true, []Reason{"", Empty, Damaged, Limit}, true},
		{"gif, 30,000 x 30,000", gif, true, []Reason{Limit}, false},
		{"bmp, 30,000 x 30,000", bmp, true, []Reason{Limit}, false},
		{"jpeg, 60,000 x 60,000", jpeg, true, []Reason{Limit, Damaged}, false},
		{"webp, 16,384 x 16,384", webp, true, []Reason{Limit}, false},
		{"tiff, 60,000 x 60,000", tiffOf(60000, 60000, 64), true, []Reason{Limit}, false},
		{"tiff, directories in a circle", loop, true, []Reason{"", Empty, Damaged}, true},
		{"tiff, strips of 2^31 bytes", strips, true, []Reason{Damaged, Limit}, false},
	}
}

// pngOf is a whole black picture of one bit a pixel.
func pngOf(w, h int) []byte {
	var out bytes.Buffer
	chunk := func(kind string, data []byte) {
		_ = binary.Write(&out, binary.BigEndian, uint32(len(data)))
		body := append([]byte(kind), data...)
		out.Write(body)
		_ = binary.Write(&out, binary.BigEndian, crc32.ChecksumIEEE(body))
	}
	out.WriteString("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	chunk("IHDR", append(head, 1, 0, 0, 0, 0))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	row := make([]byte, 1+(w+7)/8)
	for range h {
		_, _ = z.Write(row)
	}
	_ = z.Close()
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return out.Bytes()
}

// tiffOf is a grey picture of one strip, whose length is given.
func tiffOf(w, h, length uint32) []byte {
	out := binary.LittleEndian.AppendUint32([]byte("II*\x00"), 8)
	tags := [][4]uint32{{256, 4, 1, w}, {257, 4, 1, h}, {258, 3, 1, 8}, {259, 3, 1, 1}, {262, 3, 1, 1}, {273, 4, 1, 8}, {277, 3, 1, 1}, {278, 4, 1, h}, {279, 4, 1, length}}
	out = binary.LittleEndian.AppendUint16(out, uint16(len(tags)))
	for _, tag := range tags {
		out = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(out, uint16(tag[0])), uint16(tag[1]))
		out = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(out, tag[2]), tag[3])
	}
	return binary.LittleEndian.AppendUint32(out, 0)
}
