// Package sheet reads the tables that offices keep: CSV in its dialects and character sets, and XLSX.
//
// It finds the row of headings, matches headings to columns by their names in three languages, and
// gives rows of text with their numbers, so that whoever imports can say what is wrong where. Beside
// excelize's other room, package reports, nobody touches workbooks. It knows neither staff nor
// applications: what the columns are it is told.
package sheet

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/person"
)

// Column is a column that a table may have. Headings are compared without regard to case, spaces,
// punctuation, and the spelling of Kazakh letters.
type Column struct {
	Name     string   // as the interchange format names it
	Also     []string // other headings
	Required bool     // a table without this column is not such a table
}

// Limits bound what a file may cost. Zero values mean the defaults.
type Limits struct {
	Bytes    int64 // of the file
	Unpacked int64 // of a workbook's parts
	Rows     int
}

// The defaults, well above a university's lists.
const (
	DefaultBytes    = 64 << 20
	DefaultUnpacked = 512 << 20
	DefaultRows     = 200_000
	longestCell     = 20_000 // bytes
	headingsWithin  = 20     // rows in which the headings are looked for
)

// Table is what was read. Ignored are headings that no column has; Bad are rows that could not be
// taken apart.
type Table struct {
	Ignored []string
	Rows    []Row
	Bad     []BadRow

	index map[string]int // column -> position
	width int            // of the row of headings
}

// BadRow is a row that is not a row; Code is one of the reasons of a Refusal.
type BadRow struct {
	Number int
	Code   string
}

// Row is one row of a table. Number is that of the row in the file, where the headings mostly are 1.
type Row struct {
	Number int

	table  *Table
	cells  []string
	serial func(string) (clock.Day, bool) // reads a date cell of a workbook
}

// Has tells whether the table has the column.
func (t *Table) Has(column string) bool { _, ok := t.index[column]; return ok }

// Text is the cell of a column, trimmed; empty when there is none.
func (r Row) Text(column string) string {
	if i, ok := r.table.index[column]; ok && i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// List is a cell taken apart at semicolons. Empty places are kept, because lists may be parallel; an
// empty cell is no list.
func (r Row) List(column string) []string {
	cell := r.Text(column)
	if cell == "" {
		return nil
	}
	list := strings.Split(cell, ";")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// Day is a cell read as a day: YYYY-MM-DD, dd.mm.yyyy or a date cell. ok is false for anything else;
// an empty cell is the empty day.
func (r Row) Day(column string) (day clock.Day, ok bool) {
	cell := r.Text(column)
	if cell == "" {
		return "", true
	}
	if r.serial != nil {
		if day, ok = r.serial(cell); ok {
			return day, true
		}
	}
	return ParseDay(cell)
}

// Read reads a table that has the columns. The format is told by content, not by the file's name.
// A file that is no such table is fault.Invalid or fault.TooLarge, with messages of the area "import".
func Read(r io.Reader, columns []Column, limits Limits) (*Table, error) {
	limits = limits.orDefaults()
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading a table: %w", err)
	case int64(len(data)) > limits.Bytes:
		return nil, fault.New(fault.TooLarge, "import.too_large", "Megabytes", limits.Bytes>>20)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fault.New(fault.Invalid, "import.empty")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readWorkbook(data, columns, limits)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, fault.New(fault.Invalid, "import.old_workbook") // .xls, or a workbook with a password
	}
	return readCSV(data, columns, limits)
}

func (l Limits) orDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Unpacked <= 0 {
		l.Unpacked = DefaultUnpacked
	}
	if l.Rows <= 0 {
		l.Rows = DefaultRows
	}
	return l
}

// headings looks at a row as headings: which columns it names, and which of its cells name none.
func headings(cells []string, columns []Column) (index map[string]int, ignored []string) {
	names := map[string]string{}
	for _, c := range columns {
		for _, n := range append([]string{c.Name}, c.Also...) {
			names[headingKey(n)] = c.Name
		}
	}
	index = map[string]int{}
	for i, cell := range cells {
		name, known := names[headingKey(cell)]
		if _, twice := index[name]; known && !twice {
			index[name] = i
		} else if strings.TrimSpace(cell) != "" {
			ignored = append(ignored, strings.TrimSpace(cell))
		}
	}
	return index, ignored
}

func headingKey(s string) string { return strings.ReplaceAll(person.FoldText(s), " ", "") }

// missing lists the required columns that an index lacks.
func missing(index map[string]int, columns []Column) (names []string) {
	for _, c := range columns {
		if _, ok := index[c.Name]; c.Required && !ok {
			names = append(names, c.Name)
		}
	}
	return names
}

func noHeadings(columns []Column, best map[string]int) error {
	return fault.New(fault.Invalid, "import.no_headings", "Columns", strings.Join(missing(best, columns), ", "))
}

// clean brings a cell to NFC without the characters that a database or a page cannot take.
func clean(cell string) string {
	cell = strings.Map(func(r rune) rune {
		switch {
		case r == '\u00a0':
			return ' '
		case r == '\ufeff' || r < ' ' && r != '\n' && r != '\t' || r == 0x7f:
			return -1
		}
		return r
	}, strings.ToValidUTF8(cell, "\ufffd"))
	return strings.TrimSpace(norm.NFC.String(cell))
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// PadNumber gives a personal or business number the leading zeros back that a spreadsheet took: digits
// are padded to 12. A number begins with a date, so more than three of them cannot be lost; everything
// else stays as it is.
func PadNumber(cell string) string {
	cell = strings.TrimPrefix(cell, "'")
	if len(cell) < 9 || len(cell) >= 12 || strings.Trim(cell, "0123456789") != "" {
		return cell
	}
	return strings.Repeat("0", 12-len(cell)) + cell
}
