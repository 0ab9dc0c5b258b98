package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

const docxTypes = `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
	`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`

const docxRels = `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
	`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`

// DOCX writes the lines of pages as the paragraphs of a word processor's file: what somebody gets who copies a
// certificate into one.
func DOCX(pages ...*Page) ([]byte, error) {
	var doc strings.Builder
	doc.WriteString(`<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
	for _, p := range pages {
		for _, r := range p.runs {
			doc.WriteString(`<w:p><w:r><w:t xml:space="preserve">`)
			if err := xml.EscapeText(&doc, []byte(r.text)); err != nil {
				return nil, fmt.Errorf("write a DOCX: %w", err)
			}
			doc.WriteString(`</w:t></w:r></w:p>`)
		}
	}
	doc.WriteString(`</w:body></w:document>`)
	return Zip(File{"[Content_Types].xml", []byte(docxTypes)}, File{"_rels/.rels", []byte(docxRels)}, File{"word/document.xml", []byte(doc.String())})
}

// File is a name with its bytes.
type File struct {
	Name string
	Data []byte
}

// Zip packs files.
func Zip(files ...File) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: made})
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.Name, err)
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("close the archive: %w", err)
	}
	return b.Bytes(), nil
}
