package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kualik/internal/fault"
)

// readCSV reads separated text. The separator is the one under which most headings are known.
func readCSV(data []byte, columns []Column, limits Limits) (*Table, error) {
	text, ok := decode(data)
	if !ok {
		return nil, fault.New(fault.Invalid, "import.format")
	}
	best, separator, bestRow := map[string]int{}, ',', 0
	for _, sep := range ",;\t" {
		for _, row := range peekCSV(text, sep) {
			if index, _ := headings(row.cells, columns); len(index) > len(best) {
				best, separator, bestRow = index, sep, row.Number
			}
		}
	}
	if len(missing(best, columns)) > 0 {
		return nil, noHeadings(columns, best)
	}
	t := &Table{}
	for row, err := range csvRows(text, separator) {
		switch {
		case row.Number < bestRow:
		case row.Number == bestRow:
			t.index, t.Ignored = headings(row.cells, columns)
			t.width = len(row.cells)
		case len(t.Rows)+len(t.Bad) >= limits.Rows:
			return nil, fault.New(fault.TooLarge, "import.too_many_rows", "Rows", limits.Rows)
		case err != nil:
			t.Bad = append(t.Bad, BadRow{row.Number, ReasonQuotes})
		default:
			t.add(row, true)
		}
	}
	return t, nil
}

func peekCSV(text string, sep rune) (rows []Row) {
	for row, err := range csvRows(text, sep) {
		if err == nil {
			rows = append(rows, row)
		}
		if row.Number >= headingsWithin {
			break
		}
	}
	return rows
}

// csvRows goes through the records. A record's number is the row at which a spreadsheet shows it: empty
// lines count, lines inside a quoted cell do not.
func csvRows(text string, sep rune) func(yield func(Row, error) bool) {
	return func(yield func(Row, error) bool) {
		r := csv.NewReader(strings.NewReader(text))
		r.Comma, r.FieldsPerRecord = sep, -1
		number, nextLine := 0, 1
		for {
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *csv.ParseError
			var start, end int
			if errors.As(err, &bad) {
				start, end = bad.StartLine, bad.Line
			} else {
				start, _ = r.FieldPos(0)
				end = start
				for _, c := range cells {
					end += strings.Count(c, "\n")
				}
			}
			number += 1 + max(0, start-nextLine)
			nextLine = end + 1
			if !yield(Row{Number: number, cells: cells}, err) {
				return
			}
		}
	}
}

// add takes a row, unless it is blank. In separated text a cell beyond the headings means that the
// cells have slipped; in a workbook it is somebody's note.
func (t *Table) add(row Row, strict bool) {
	if blank(row.cells) {
		return
	}
	for i, cell := range row.cells {
		if len(cell) > longestCell {
			t.Bad = append(t.Bad, BadRow{row.Number, ReasonTooLong})
			return
		}
		row.cells[i] = clean(cell)
	}
	if strict && len(row.cells) > t.width && !blank(row.cells[t.width:]) {
		t.Bad = append(t.Bad, BadRow{row.Number, ReasonCells})
		return
	}
	row.table = t
	t.Rows = append(t.Rows, row)
}

// decode brings bytes to UTF-8: by byte order mark, else as UTF-8 where that is valid, else as the
// one-byte set of Kazakhstan, which is windows-1251 but for the Kazakh letters.
func decode(data []byte) (string, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		wide, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		return string(wide), err == nil
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", false
	}
	if utf8.Valid(data) {
		return string(data), true
	}
	var b strings.Builder
	b.Grow(len(data) * 2)
	for _, c := range data {
		if r, ok := kz1048[c]; ok {
			b.WriteRune(r)
		} else {
			b.WriteRune(charmap.Windows1251.DecodeByte(c))
		}
	}
	return b.String(), true
}

// kz1048 are the bytes at which KZ-1048 (STRK1048-2002) differs from windows-1251.
var kz1048 = map[byte]rune{
	0x8d: 'Қ', 0x8e: 'Һ', 0x9d: 'қ', 0x9e: 'һ', 0xa1: 'Ұ', 0xa2: 'ұ', 0xa3: 'Ә', 0xa5: 'Ө', 0xaa: 'Ғ',
	0xaf: 'Ү', 0xb4: 'ө', 0xba: 'ғ', 0xbc: 'ә', 0xbd: 'Ң', 0xbe: 'ң', 0xbf: 'ү',
}
