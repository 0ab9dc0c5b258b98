package reports

import (
	"fmt"
	"io"
	"iter"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/rating"
)

// column is a heading with the type and width of what stands beneath it.
type column struct {
	heading string
	width   float64
	as      cellType
}

// sheet is one table. Rows yields count rows; a value is a string, int, float64, clock.Day, *big.Rat or
// nil. total is the last row, nil for none. url gives a row's link for the column of type link.
type sheet struct {
	name    string
	columns []column
	count   int
	rows    iter.Seq2[[]any, error]
	total   []any
	url     func(row int) string
}

// book is a workbook being written.
type book struct {
	file   *excelize.File
	lang   i18n.Lang
	sheets int            // written so far
	head   [cellTypes]int // styles of headings
	cell   [cellTypes]int
	sum    [cellTypes]int // styles of the row of totals
	amend  map[string]amendment
}

func newBook(l i18n.Lang) (*book, error) {
	b := &book{file: excelize.NewFile(), lang: l, amend: map[string]amendment{}}
	var err error
	for t := range cellTypes {
		if b.head[t], err = b.file.NewStyle(heading(t)); err != nil {
			return nil, fmt.Errorf("style of headings: %w", err)
		}
		if b.cell[t], err = b.file.NewStyle(style(l, t, false)); err == nil {
			b.sum[t], err = b.file.NewStyle(style(l, t, true))
		}
		if err != nil {
			return nil, fmt.Errorf("style of cells: %w", err)
		}
	}
	return b, nil
}

// add makes the next sheet of the book and gives its path in the file.
func (b *book) add(name string) (path string, err error) {
	b.sheets++
	if b.sheets == 1 {
		err = b.file.SetSheetName("Sheet1", name)
	} else {
		_, err = b.file.NewSheet(name)
	}
	if err != nil {
		return "", fmt.Errorf("sheet %q: %w", name, err)
	}
	return fmt.Sprintf("xl/worksheets/sheet%d.xml", b.sheets), nil
}

// table writes a sheet. Everything but rows must be told to excelize before the stream is flushed: what
// comes later is silently not written.
func (b *book) table(s sheet) error {
	path, err := b.add(s.name)
	if err != nil {
		return err
	}
	// "Fit to width" stands in front of the rows and is written when the stream begins.
	if err := b.print(s.name, "landscape", 0); err != nil {
		return fmt.Errorf("print of %q: %w", s.name, err)
	}
	sw, err := b.file.NewStreamWriter(s.name)
	if err != nil {
		return fmt.Errorf("sheet %q: %w", s.name, err)
	}
	for i, c := range s.columns {
		if err := sw.SetColWidth(i+1, i+1, c.width); err != nil {
			return fmt.Errorf("width of %q: %w", c.heading, err)
		}
	}
	err = sw.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}},
	})
	if err != nil {
		return fmt.Errorf("freeze %q: %w", s.name, err)
	}
	if err := b.rows(sw, s); err != nil {
		return fmt.Errorf("rows of %q: %w", s.name, err)
	}
	if err := b.finish(s, path); err != nil {
		return fmt.Errorf("finish %q: %w", s.name, err)
	}
	return sw.Flush()
}

func (b *book) rows(sw *excelize.StreamWriter, s sheet) error {
	cells := make([]any, len(s.columns))
	lines := 1
	for i, c := range s.columns {
		cells[i] = excelize.Cell{StyleID: b.head[c.as], Value: c.heading}
		lines = max(lines, wraps(c.heading, int(c.width)-3))
	}
	if err := sw.SetRow("A1", cells, excelize.RowOpts{Height: float64(lines)*lineHeight + 6}); err != nil {
		return err
	}
	row := 1
	for values, err := range s.rows {
		if err != nil {
			return err
		}
		row++
		if err := b.row(sw, row, values, s.columns, &b.cell, cells); err != nil {
			return err
		}
	}
	if row != s.count+1 {
		return fmt.Errorf("%d rows were announced, %d came", s.count, row-1)
	}
	if s.total == nil {
		return nil
	}
	return b.row(sw, row+1, s.total, s.columns, &b.sum, cells)
}

// row writes one row; cells is scratch space. Strings are always text, whatever they begin with.
func (b *book) row(sw *excelize.StreamWriter, row int, values []any, columns []column, styles *[cellTypes]int, cells []any) error {
	lines := 1
	for i := range columns {
		var v any
		if i < len(values) {
			v = values[i]
		}
		c := excelize.Cell{StyleID: styles[columns[i].as]}
		switch v := v.(type) {
		case clock.Day:
			if v != "" {
				c.Value = v.Time()
			}
		case *big.Rat:
			c.Value = rating.Float(v)
		case string:
			if v != "" {
				c.Value = clean(v)
			}
			if columns[i].as == wrapped {
				lines = max(lines, wraps(v, int(columns[i].width)-2))
			}
		default:
			c.Value = v
		}
		cells[i] = c
	}
	at, err := excelize.CoordinatesToCellName(1, row)
	if err != nil {
		return err
	}
	if lines == 1 {
		return sw.SetRow(at, cells)
	}
	return sw.SetRow(at, cells, excelize.RowOpts{Height: min(float64(lines)*lineHeight, tallest)})
}

// Row heights in points: rows do not grow by themselves in every program, and 409 is Excel's limit.
const lineHeight, tallest = 15.0, 405.0

// wraps is how many lines a text takes in a column of so many characters, roughly.
func wraps(s string, width int) int {
	lines, used := 1, 0
	for word := range strings.FieldsSeq(s) {
		n := utf8.RuneCountInString(word)
		switch {
		case used == 0:
			used = n
		case used+1+n <= width:
			used += 1 + n
		default:
			lines, used = lines+1, n
		}
		for used > width {
			lines, used = lines+1, used-width
		}
	}
	return lines
}

// clean takes out what a cell cannot hold; a tab or the end of a line becomes a space.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r == 0xFFFE || r == 0xFFFF:
			return -1
		}
		return r
	}, s)
}

// finish sets filter, print and links.
func (b *book) finish(s sheet, path string) error {
	last, err := excelize.CoordinatesToCellName(len(s.columns), s.count+1)
	if err != nil {
		return err
	}
	if err := b.file.AutoFilter(s.name, "A1:"+last, nil); err != nil {
		return err
	}
	bottom, err := excelize.CoordinatesToCellName(len(s.columns), s.count+2)
	if err != nil {
		return err
	}
	if err := b.file.AddIgnoredErrors(s.name, "A1:"+bottom, excelize.IgnoredErrorsNumberStoredAsText); err != nil {
		return err
	}
	err = b.file.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", RefersTo: quote(s.name) + "!$1:$1", Scope: s.name,
	})
	if err != nil {
		return err
	}
	return b.links(s, path)
}

// print lays the sheet out on A4, one page wide, with its name and the page's number. high is how many
// pages it may be long, 0 for as many as it needs.
func (b *book) print(name, orientation string, high int) error {
	yes, a4, one := true, 9, 1
	if err := b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return err
	}
	if err := b.file.SetPageLayout(name, &excelize.PageLayoutOptions{
		Size: &a4, Orientation: &orientation, FitToWidth: &one, FitToHeight: &high,
	}); err != nil {
		return err
	}
	return b.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L&A&R&P / &N"})
}

// quote writes a sheet's name as references want it.
func quote(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

// save writes the finished book and frees its temporary files.
func (b *book) save(w io.Writer) error {
	defer b.file.Close()
	b.file.SetZipWriter(func(w io.Writer) excelize.ZipWriter { return &archive{w: w, amend: b.amend} })
	if err := b.file.Write(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}
