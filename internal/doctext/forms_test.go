package doctext

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"

	"kualik/internal/demo/mails/form"
	"kualik/internal/need"
)

func tarOf(t *testing.T, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, m := range members {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.content)), Mode: 0o600, Typeflag: tar.TypeReg}))
		_, err := w.Write([]byte(m.content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func gzipOf(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Name = name
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// scanOf is a picture large enough to be a scan.
func scanOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, w, h)), nil))
	return out.Bytes()
}

// held tells what was found: each file's name, and its text or why there is none.
func held(r Result) string {
	var out []string
	for _, f := range r.Files {
		what := string(f.Reason)
		for _, p := range f.Pages {
			what += strings.TrimSpace(p.Text)
		}
		out = append(out, strings.TrimSpace(f.Name+" "+what))
	}
	return strings.Join(out, ", ")
}

func TestForms(t *testing.T) {
	r := newReader(t, Options{})
	old, err := charmap.Windows1251.NewEncoder().String("Свидетельство.txt")
	require.NoError(t, err)
	dos, err := charmap.CodePage866.NewEncoder().String("Свидетельство.txt")
	require.NoError(t, err)
	text := []byte("внутри")
	packed := tarOf(t, member{name: "a/б.txt", content: "внутри"})
	scan, logo := string(scanOf(t, 900, 1200)), string(scanOf(t, 300, 200))
	ole := func(stream string) []byte {
		wide := ""
		for _, c := range stream {
			wide += string(c) + "\x00"
		}
		return []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + wide)
	}
	docx := func(body string, pictures ...string) []byte {
		list := []member{{name: "word/document.xml", content: `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>` + body + `</w:t></w:r></w:p></w:body></w:document>`}}
		for _, p := range pictures {
			list = append(list, member{name: "word/media/image.jpeg", content: p})
		}
		return zipOf(t, list...)
	}
	rtf := form.RTF("Свидетельство № 5\nтуралы куәлік {}", []byte(scan), []byte(logo))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"rar":                 {form.RAR(form.File{Name: "а.txt", Data: text}, form.File{Name: "б/в.txt", Data: text}), "а.txt внутри, б/в.txt внутри"},
		"half a rar":          {form.RAR(form.File{Name: "а.txt", Data: bytes.Repeat(text, 50)})[:200], "а.txt damaged, damaged"},
		"zip in a rar":        {form.RAR(form.File{Name: "z", Data: zipOf(t, member{name: "a", content: "внутри"})}), "z/a внутри"},
		"empty rar":           {form.RAR(), "empty"},
		"tar":                 {packed, "a/б.txt внутри"},
		"tar.gz":              {gzipOf(t, "", packed), "a/б.txt внутри"},
		"gz":                  {gzipOf(t, "a.txt", text), "a.txt внутри"},
		"gz and words behind": {append(gzipOf(t, "a.txt", text), "checked by a scanner"...), "a.txt внутри"},
		"gz in pieces":        {append(gzipOf(t, "a.txt", text[:6]), gzipOf(t, "", text[6:])...), "a.txt внутри"},
		"half a gz":           {gzipOf(t, "", []byte(scan))[:100], "damaged"},
		"gz of a bomb":        {gzipOf(t, "", make([]byte, 8<<20)), "limit"},
		"names of Windows":    {zipOf(t, member{name: old, content: "внутри"}), "Свидетельство.txt внутри"},
		"names of DOS":        {zipOf(t, member{name: dos, content: "внутри"}), "Свидетельство.txt внутри"},
		"names without flag":  {zipOf(t, member{name: "Куәлік.txt", content: "внутри"}), "Куәлік.txt внутри"},
		"zip in zip":          {zipOf(t, member{name: "z", content: string(zipOf(t, member{name: "z", content: string(zipOf(t, member{name: "a", content: "внутри"}))}))}), "z/z/a внутри"},
		"docx with a scan":    {docx("words", logo, scan), "words, picture 2 needs_ocr"},
		"docx of a scan":      {docx("", scan), "empty, picture 1 needs_ocr"},
		"docx with a logo":    {docx("words", logo), "words"},
		"odt of a scan":       {zipOf(t, member{name: "mimetype", content: typeODT}, member{name: "content.xml", content: "<a/>"}, member{name: "Pictures/1.jpg", content: scan}), "empty, picture 1 needs_ocr"},
		"rtf":                 {rtf, "Свидетельство № 5\nтуралы куәлік {}, picture 1 needs_ocr"},
		"rtf with raw bytes":  {[]byte("{\\rtf1\\ansi{\\*\\x no}{\\pict\\jpegblip\\bin" + "4 abcd}{\\info no}yes\\par\\u1179?\\'e0}"), "yes\nқа"},
		"rtf without text":    {[]byte("{\\rtf1{\\fonttbl x}}"), "empty"},
		"half an rtf":         {[]byte("{\\rtf1{\\fonttbl x"), "damaged"},
		"old Word file":       {ole("WordDocument"), "unsupported"},
		"old table":           {ole("Workbook"), "unsupported"},
		"locked Office file":  {ole("EncryptedPackage"), "password"},
		"picture of AVIF":     {[]byte("\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00avifmif1"), "unsupported"},
		"telephone's picture": {form.HEIC, "needs_ocr"},
		"7z":                  {[]byte("7z\xbc\xaf\x27\x1cabc"), "unsupported"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, held(read(t, r, c.data, false))) })
	}
	for name, want := range map[string]Reason{"a.pdf": Damaged, "a.7z": Damaged, "a.txt": "", "a.doc": "", "": ""} {
		got, err := r.Read(t.Context(), name, []byte("<html>Please log in first"), ReadOptions{})
		require.NoError(t, err)
		require.Equal(t, want, got.Files[0].Reason, name)
		require.Len(t, got.Files[0].Pages, 1)
	}
	require.Equal(t, typeDOC, sniff(ole("WordDocument")))
}

// A RAR says how much memory its unpacking takes; nobody has to believe that it is worth it.
func TestMemoryOfArchivesIsBounded(t *testing.T) {
	r := newReader(t, Options{})
	fields := append([]byte{2, 2, 4, 4}, binary.AppendUvarint(nil, 1<<33)...) // a file of four bytes that is to be 8 GiB
	fields = append(fields, 0x20, 0, 0, 0, 0, 0x80, 0x79, 1, 1, 'a')          // compressed, in a window of 4 GiB
	block := append(binary.AppendUvarint(nil, uint64(len(fields))), fields...)
	bomb := bytes.Clone(form.RAR()[:16])
	bomb = binary.LittleEndian.AppendUint32(bomb, crc32.ChecksumIEEE(block))
	bomb = append(append(bomb, block...), "text"...)
	require.Equal(t, "limit", held(read(t, r, bomb, false)))
}

// Pictures of every make come out as pictures, the first frame of those that move.
func TestPicturesOfEveryMake(t *testing.T) {
	for _, name := range []string{"cmyk.jpg", "anim.webp", "anim.gif", "png16.png"} {
		data, err := os.ReadFile("testdata/" + name)
		require.NoError(t, err)
		kind := sniff(data)
		if kind == typeWebP {
			data = webpFrame(data)
		}
		require.Empty(t, checkImage(data), name)
		img, reason := decodeImage(kind, data)
		require.Empty(t, reason, name)
		g := grey(img)
		dark, light := g.GrayAt(12, 12).Y, g.GrayAt(g.Rect.Dx()-2, 2).Y
		if strings.HasPrefix(name, "anim") {
			require.Less(t, dark, uint8(40), name)
		}
		require.Greater(t, light, uint8(190), name)
	}
}

// A photograph of an iPhone is read; a broken one, one that is too large, and one that takes too long are not.
func TestHEIC(t *testing.T) {
	need.Program(t, "tesseract")
	need.Program(t, "heif-convert", "heif-dec")
	r := newReader(t, Options{OCR: true})
	got := read(t, r, form.HEIC, true)
	require.Empty(t, got.Reason)
	require.Contains(t, got.Files[0].Pages[0].Text, "Тлеубаев Ринат Олегович")
	require.Contains(t, got.Files[0].Pages[0].Text, "40311")
	drawn, err := r.Render(t.Context(), form.HEIC, 1, 100)
	require.NoError(t, err)
	require.Equal(t, typePNG, sniff(drawn))

	require.Equal(t, Damaged, read(t, r, form.HEIC[:len(form.HEIC)/2], true).Reason)
	huge := bytes.Clone(form.HEIC)
	for at := 0; ; { // the sizes of the picture, its tiles and its preview
		i := bytes.Index(huge[at:], []byte("ispe"))
		if i < 0 {
			break
		}
		at += i + 8
		binary.BigEndian.PutUint32(huge[at:], 16_000)
		binary.BigEndian.PutUint32(huge[at+4:], 16_000)
	}
	start := time.Now()
	require.Equal(t, Limit, read(t, r, huge, true).Reason)
	require.Less(t, time.Since(start), 10*time.Second)
}
