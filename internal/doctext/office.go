package doctext

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"io"
	"strconv"
	"strings"
)

// maxText bounds the text taken from one document without pages.
const maxText = 4 << 20

// readOffice reads the text of a DOCX or ODT: paragraphs to lines, cells one after the other. The
// document becomes one page; explicit page breaks part it into several.
func readOffice(kind string, data []byte, b *budget) ([]Page, Reason) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, Damaged
	}
	part := "word/document.xml"
	if kind == typeODT {
		part = "content.xml"
	}
	for _, f := range r.File {
		if f.Name != part {
			continue
		}
		content, err := unpack(f, b)
		if err != nil {
			return nil, reasonOf(err)
		}
		text, err := officeText(kind, content)
		if err != nil && strings.TrimSpace(text) == "" {
			return nil, Damaged
		}
		return pagesOf(text, b)
	}
	return nil, Damaged
}

// A picture in a document that is smaller is no scan that anybody could read.
const scanSide, scanArea = 480, 500_000

// officePictures are the pictures of a DOCX or ODT that may be scans.
func officePictures(data []byte, b *budget) (out [][]byte) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil
	}
	for _, f := range r.File {
		if !strings.HasPrefix(f.Name, "word/media/") && !strings.HasPrefix(f.Name, "Pictures/") || len(out) > maxOCRPages {
			continue
		}
		if content, err := unpack(f, b); err == nil {
			out = append(out, content)
		}
	}
	return out
}

// illustrated appends a document and then those of its pictures that may be scans.
func (x *reading) illustrated(f File, pictures [][]byte) error {
	x.add(f)
	for i, p := range pictures {
		c, _, err := image.DecodeConfig(bytes.NewReader(p))
		if err != nil || min(c.Width, c.Height) < scanSide || c.Width*c.Height < scanArea {
			continue
		}
		name := "picture " + strconv.Itoa(i+1)
		if f.Name != "" {
			name = f.Name + "/" + name
		}
		if err := x.file(name, p, maxDepth); err != nil {
			return err
		}
	}
	return nil
}

// officeText walks the XML. What was read before an error is given with it.
func officeText(kind string, content []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(content))
	d.Strict = true
	var out strings.Builder
	w := officeWriter{out: &out, odt: kind == typeODT}
	for out.Len() < maxText {
		t, err := d.Token()
		if err == io.EOF {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		switch t := t.(type) {
		case xml.StartElement:
			w.start(t)
		case xml.EndElement:
			w.end(t.Name.Local)
		case xml.CharData:
			w.data(string(t))
		}
	}
	return out.String(), nil
}

type officeWriter struct {
	out  *strings.Builder
	odt  bool
	text int // depth in elements whose character data is text
	skip int // depth in deleted text, notes, alternative content
}

func (w *officeWriter) start(e xml.StartElement) {
	name := e.Name.Local
	if w.skip > 0 || name == "Fallback" || name == "del" || name == "tracked-changes" || name == "annotation" {
		w.skip++
		return
	}
	if w.odt {
		w.startODT(e)
		return
	}
	switch name {
	case "t":
		w.text++
	case "tab":
		if w.inBody(e) {
			w.out.WriteByte('\t')
		}
	case "br":
		if attribute(e, "type") == "page" {
			w.out.WriteByte('\f')
		} else {
			w.out.WriteByte('\n')
		}
	case "cr":
		w.out.WriteByte('\n')
	case "noBreakHyphen":
		w.out.WriteByte('-')
	case "softHyphen":
		w.out.WriteString("\u00ad")
	case "lastRenderedPageBreak":
	}
}

// inBody: w:tab is also the name of a tab stop's definition, which has a position.
func (w *officeWriter) inBody(e xml.StartElement) bool { return attribute(e, "pos") == "" }

func (w *officeWriter) startODT(e xml.StartElement) {
	switch e.Name.Local {
	case "p", "h":
		w.text++
	case "s":
		n := 1
		if c := attribute(e, "c"); len(c) == 1 && c[0] >= '1' && c[0] <= '9' {
			n = int(c[0] - '0')
		}
		w.out.WriteString(strings.Repeat(" ", n))
	case "tab":
		w.out.WriteByte('\t')
	case "line-break":
		w.out.WriteByte('\n')
	case "soft-page-break":
		w.out.WriteByte('\f')
	}
}

func (w *officeWriter) end(name string) {
	if w.skip > 0 {
		w.skip--
		return
	}
	switch {
	case !w.odt && name == "t":
		w.text = max(w.text-1, 0)
	case w.odt && (name == "p" || name == "h"):
		w.text = max(w.text-1, 0)
		w.out.WriteByte('\n')
	case name == "p":
		w.out.WriteByte('\n')
	}
}

func (w *officeWriter) data(s string) {
	if w.text > 0 && w.skip == 0 {
		w.out.WriteString(s)
	}
}

func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// pagesOf makes pages of plain text, parted by form feeds, with words that have no place.
func pagesOf(text string, b *budget) ([]Page, Reason) {
	var pages []Page
	number, room := 0, b.room
	for part := range strings.SplitSeq(text, "\f") {
		number++
		if strings.TrimSpace(part) == "" {
			continue
		}
		p := Page{Number: number, Text: part, Source: TextLayer}
		if !b.book {
			p.Words = wordsOf(part, 1, room/wordWeight)
		}
		if room -= p.weight(); room < 0 {
			return pages, Limit
		}
		pages = append(pages, p)
	}
	if len(pages) == 0 {
		return nil, Empty
	}
	return pages, ""
}

// wordsOf finds the words of a text; it stops when there are more than so many.
func wordsOf(text string, confidence float64, most int) []Word {
	var out []Word
	start := -1
	for i, r := range text + " " {
		if len(out) > most {
			break
		}
		space := r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\u00a0'
		switch {
		case space && start >= 0:
			out = append(out, Word{Start: start, End: i, Confidence: confidence})
			start = -1
		case !space && start < 0:
			start = i
		}
	}
	return out
}
