package preflight

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"kualik/internal/doctext"
)

// The types of files as package doctext names them.
const (
	typeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeODT  = "application/vnd.oasis.opendocument.text"
	typeOLE  = "application/x-ole-storage"
	archive  = "application/zip"
)

// readPages is how many pages package doctext reads of a PDF when it is not told to read a book.
const readPages = 100

// readable says whether the file is Word or PDF ("Документы необходимо прикладывать в формате word, pdf")
// and whether all of it could be read. What has no text cannot be checked, and that is said.
func (c *check) readable() {
	say := func(s Severity, message string, args ...any) {
		c.add(Finding{Code: CodeReadable, Severity: s, Message: "preflight.readable." + message, Args: args})
	}
	in := c.in
	switch {
	case in.Reason == doctext.Password:
		say(Error, "password")
	case in.Reason == doctext.Damaged && len(in.Pages) == 0:
		say(Error, "damaged")
	case in.Type == typeOLE:
		say(Warning, "old_word")
	case in.Type != typePDF && in.Type != typeDOCX && in.Type != typeODT:
		say(Error, "format")
	case len(in.Pages) == 0 && in.Reason == doctext.Limit:
		say(Warning, "limit")
	case len(in.Pages) == 0 && in.Reason == doctext.NeedsOCR:
		say(Warning, "scan")
	case len(in.Pages) == 0:
		say(Error, "empty")
	default:
		c.unread(say)
	}
}

// unread names the pages of a document that is read otherwise, but for them.
func (c *check) unread(say func(s Severity, message string, args ...any)) {
	if c.in.Type != typePDF {
		say(OK, "ok_word")
		return
	}
	last := c.text.pages[len(c.text.pages)-1].number
	partly := c.in.Count == 0 && last >= readPages || c.in.Reason == doctext.Limit || c.in.Reason == doctext.Damaged
	fine := !partly
	if c.in.Reason == doctext.NeedsOCR {
		fine = false
		end := last
		if !partly {
			end = max(last, c.in.Count)
		}
		if blank := gaps(c.text.pages, end); blank != "" {
			say(Warning, "pages", "Pages", blank)
		} else {
			say(Warning, "tail", "Page", last)
		}
	}
	if partly {
		say(Warning, "partly", "Page", last)
	}
	if fine {
		say(OK, "ok", "Count", len(c.text.pages))
	}
}

// gaps are the numbers of pages without text, up to a last one: "3–5, 9".
func gaps(pages []page, end int) string {
	var list []string
	next := 1
	upTo := func(number int) {
		switch n := number - next; {
		case n == 1:
			list = append(list, strconv.Itoa(next))
		case n > 1:
			list = append(list, fmt.Sprintf("%d–%d", next, number-1))
		}
		next = number + 1
	}
	for _, p := range pages {
		upTo(p.number)
	}
	upTo(end + 1)
	return strings.Join(list, ", ")
}

// pageCount is the number of pages, 0 when it is not known.
func (c *check) pageCount() int {
	switch {
	case c.in.Type != typePDF:
		return c.in.Recorded
	case c.in.Count > 0 || len(c.text.pages) == 0:
		return c.in.Count
	}
	if last := c.text.pages[len(c.text.pages)-1].number; last < readPages {
		return last
	}
	return 0
}

// sheets holds "Кол-во листов" against the pages of the file. Sheets may be printed on both sides; where the
// pages were not counted, a blank one at the end is not seen.
func (c *check) sheets(pages int) {
	n := c.about.Sheets
	switch {
	case n <= 0:
	case pages == 0:
		c.add(Finding{Code: CodeSheets, Severity: Unknown, Message: "preflight.sheets.unknown", Args: []any{"Sheets", n}})
	case n == pages || n == (pages+1)/2 || n == pages+1 && c.in.Count == 0:
		c.ok(CodeSheets, "preflight.sheets.ok", "Sheets", n, "Pages", pages)
	default:
		message := "preflight.sheets.differ"
		if c.in.Type != typePDF {
			message = "preflight.sheets.recorded"
		}
		c.add(Finding{Code: CodeSheets, Severity: Warning, Message: message, Args: []any{"Sheets", n, "Pages", pages}}, strconv.Itoa(n))
	}
}

// maxProperties bounds the part of a Word file that holds its properties.
const maxProperties = 64 << 10

// recordedPages is the number of pages that a word processor wrote into its file when it was saved last
// (ECMA-376, part 1, 22.2.2.20; ODF 1.3, 4.3.2.18.2); 0 when it did not.
func recordedPages(kind string, data []byte) int {
	name, element := "docProps/app.xml", "Pages"
	switch kind {
	case typeDOCX:
	case typeODT:
		name, element = "meta.xml", "document-statistic"
	default:
		return 0
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return 0
	}
	f, err := z.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	d := xml.NewDecoder(io.LimitReader(f, maxProperties))
	for {
		t, err := d.Token()
		if err != nil {
			return 0
		}
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != element {
			continue
		}
		text := ""
		for _, a := range e.Attr {
			if a.Name.Local == "page-count" {
				text = a.Value
			}
		}
		if kind == typeDOCX && d.DecodeElement(&text, &e) != nil {
			return 0
		}
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 || n > 100_000 {
			return 0
		}
		return n
	}
}
