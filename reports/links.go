package reports

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxLinks is how many hyperlinks Excel allows on a sheet; what is beyond stays plain text.
var maxLinks = 65529 // a test has less

// links makes the cells of the link column real hyperlinks. excelize compares each new link with all
// earlier ones, so it gets only the first; the archive adds the others.
func (b *book) links(s sheet, path string) error {
	col := 0
	for i, c := range s.columns {
		if c.as == link {
			col = i + 1
		}
	}
	n := min(s.count, maxLinks)
	if col == 0 || s.url == nil || n == 0 || s.url(0) == "" {
		return nil
	}
	letter, err := excelize.ColumnNumberToName(col)
	if err != nil {
		return err
	}
	if err := b.file.SetCellHyperLink(s.name, letter+"2", s.url(0), "External"); err != nil {
		return err
	}
	b.amend[path] = amendment{"</hyperlinks>", func(w io.Writer) error {
		return each(w, n, func(w *bufio.Writer, i int) {
			fmt.Fprintf(w, `<hyperlink ref="%s%d" r:id="rId%d"></hyperlink>`, letter, i+2, i+1)
		})
	}}
	rels := strings.Replace(path, "worksheets/", "worksheets/_rels/", 1) + ".rels"
	b.amend[rels] = amendment{"</Relationships>", func(w io.Writer) error {
		return each(w, n, func(w *bufio.Writer, i int) {
			fmt.Fprintf(w, `<Relationship Id="rId%d" Type="%s" TargetMode="External" Target="`, i+1, excelize.SourceRelationshipHyperLink)
			xml.EscapeText(w, []byte(s.url(i)))
			w.WriteString(`"></Relationship>`)
		})
	}}
	return nil
}

// each writes the links after the first, which excelize has numbered rId1.
func each(w io.Writer, n int, write func(*bufio.Writer, int)) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	for i := 1; i < n; i++ {
		write(bw, i)
	}
	return bw.Flush()
}
