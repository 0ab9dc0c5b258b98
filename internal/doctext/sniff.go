package doctext

import (
	"archive/zip"
	"bytes"
	"strings"
	"unicode/utf8"
)

// The types that a file may have by its content.
const (
	typePDF  = "application/pdf"
	typeZip  = "application/zip"
	typeRAR  = "application/vnd.rar"
	type7z   = "application/x-7z-compressed"
	typeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeODT  = "application/vnd.oasis.opendocument.text"
	typeOLE  = "application/x-ole-storage"
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
	typeGIF  = "image/gif"
	typeBMP  = "image/bmp"
	typeTIFF = "image/tiff"
	typeWebP = "image/webp"
	typeHEIC = "image/heic"
	typeAVIF = "image/avif"
	typeGzip = "application/gzip"
	typeTar  = "application/x-tar"
	typeDOC  = "application/msword"
	typeHTML = "text/html"
	typeText = "text/plain"
	typeRTF  = "application/rtf"
	// An Office file with a password.
	typeLocked = "application/x-ole-encrypted"
	// Other packages of parts: spreadsheets, slides, books.
	typePackage = "application/x-package"
	typeUnknown = "application/octet-stream"
)

var signatures = []struct{ prefix, kind string }{
	{"\x89PNG\r\n\x1a\n", typePNG},
	{"\xff\xd8\xff", typeJPEG},
	{"GIF87a", typeGIF}, {"GIF89a", typeGIF},
	{"BM", typeBMP},
	{"II*\x00", typeTIFF}, {"MM\x00*", typeTIFF},
	{"Rar!\x1a\x07", typeRAR},
	{"7z\xbc\xaf\x27\x1c", type7z},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", typeOLE},
	{`{\rtf`, typeRTF},
	{"\x1f\x8b\x08", typeGzip},
}

// sniff tells what a file is by its content alone; "" is a file with nothing in it.
func sniff(data []byte) string {
	if len(bytes.Trim(data, " \t\r\n\x00\ufeff")) == 0 {
		return ""
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06")) {
		return sniffZip(data)
	}
	for _, s := range signatures {
		if bytes.HasPrefix(data, []byte(s.prefix)) && (s.kind != typeBMP || plausibleBMP(data)) {
			if s.kind == typeOLE {
				return sniffOLE(data)
			}
			return s.kind
		}
	}
	if len(data) >= 12 {
		if string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP" {
			return typeWebP
		}
		if string(data[4:8]) == "ftyp" {
			return sniffHEIF(data)
		}
	}
	if len(data) > 512 && string(data[257:262]) == "ustar" {
		return typeTar
	}
	// Not before: in an archive a PDF may stand near the beginning too.
	if bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
		return typePDF
	}
	return sniffText(data)
}

// sniffHEIF parts the pictures of telephones by the brands that they name.
func sniffHEIF(data []byte) string {
	size := min(int(data[3])|int(data[2])<<8, len(data), 256)
	brands := string(data[8:max(size, 12)])
	switch brand := brands[:4]; {
	case strings.Contains(brands, "avif") || strings.Contains(brands, "avis"):
		return typeAVIF
	case strings.HasPrefix(brand, "hei") || strings.HasPrefix(brand, "hev") || brand == "mif1" || brand == "msf1":
		return typeHEIC
	}
	return typeUnknown
}

// sniffOLE tells old Office files apart by the names of their streams. What a password protects stands in one
// of them, whatever it is.
func sniffOLE(data []byte) string {
	has := func(name string) bool {
		wide := make([]byte, 0, 2*len(name))
		for _, c := range []byte(name) {
			wide = append(wide, c, 0)
		}
		return bytes.Contains(data, wide)
	}
	switch {
	case has("EncryptedPackage"):
		return typeLocked
	case has("WordDocument"):
		return typeDOC
	case has("Workbook"), has("PowerPoint Document"):
		return typePackage
	}
	return typeOLE
}

// A text may begin with "BM"; a bitmap has four reserved zero bytes.
func plausibleBMP(data []byte) bool {
	return len(data) > 26 && bytes.Equal(data[6:10], []byte{0, 0, 0, 0})
}

func sniffZip(data []byte) string {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return typeZip
	}
	for _, f := range r.File {
		switch {
		case f.Name == "word/document.xml":
			return typeDOCX
		case f.Name == "mimetype" && f.UncompressedSize64 < 200:
			kind, _ := unpack(f, newBudget())
			if strings.HasPrefix(string(kind), typeODT) {
				return typeODT
			}
			return typePackage
		case f.Name == "xl/workbook.xml" || f.Name == "ppt/presentation.xml" || f.Name == "META-INF/MANIFEST.MF":
			return typePackage
		}
	}
	return typeZip
}

func sniffText(data []byte) string {
	head := data[:min(len(data), 4096)]
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return typeText
	}
	control := 0
	for _, b := range head {
		if b == 0 || b < 0x20 && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != 0x1b {
			control++
		}
	}
	if control > 0 {
		return typeUnknown
	}
	lower := strings.ToLower(string(head))
	if strings.Contains(lower, "<html") || strings.Contains(lower, "<!doctype html") || strings.Contains(lower, "<body") {
		return typeHTML
	}
	for i := 0; i < utf8.UTFMax && len(head) == 4096 && !utf8.Valid(head); i++ {
		head = head[:len(head)-1]
	}
	if utf8.Valid(head) {
		return typeText
	}
	// Eight-bit Cyrillic: mostly letters.
	letters := 0
	for _, b := range head {
		if b >= 0xc0 || b >= 'A' && b <= 'z' || b == ' ' || b == '\n' || b == '\r' {
			letters++
		}
	}
	if letters*10 > len(head)*7 {
		return typeText
	}
	return typeUnknown
}
