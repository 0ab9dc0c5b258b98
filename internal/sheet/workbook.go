package sheet

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

// readWorkbook reads the first sheet of a workbook that has the headings. Cells are taken raw: how a
// number is shown (1,5E+11, hidden zeros) says nothing about what it is.
func readWorkbook(data []byte, columns []Column, limits Limits) (*Table, error) {
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: limits.Unpacked, UnzipXMLSizeLimit: min(limits.Unpacked, 64<<20)})
	if err != nil {
		if strings.Contains(err.Error(), "unzip size exceeds") {
			return nil, fault.Wrap(err, fault.TooLarge, "import.too_large", "Megabytes", limits.Unpacked>>20)
		}
		return nil, fault.Wrap(err, fault.Invalid, "import.format")
	}
	defer book.Close()
	epoch1904 := false
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		epoch1904 = *props.Date1904
	}
	serial := func(cell string) (clock.Day, bool) { return serialDay(cell, epoch1904) }
	best := map[string]int{}
	for _, name := range book.GetSheetList() {
		t, index, err := readSheet(book, name, columns, limits, serial)
		if err != nil || t != nil {
			return t, err
		}
		if len(index) > len(best) {
			best = index
		}
	}
	return nil, noHeadings(columns, best)
}

// readSheet gives nil, and the best headings it saw, when the sheet lacks the required ones.
func readSheet(book *excelize.File, name string, columns []Column, limits Limits, serial func(string) (clock.Day, bool)) (*Table, map[string]int, error) {
	rows, err := book.Rows(name)
	if err != nil {
		var sheetKind excelize.ErrSheetNotExist
		if errors.As(err, &sheetKind) {
			return nil, nil, nil // a sheet that is a chart
		}
		return nil, nil, fault.Wrap(err, fault.Invalid, "import.format")
	}
	defer rows.Close()
	var t *Table
	best := map[string]int{}
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, nil, fault.Wrap(err, fault.Invalid, "import.format")
		}
		switch {
		case t == nil:
			index, ignored := headings(cells, columns)
			if len(missing(index, columns)) == 0 {
				t = &Table{index: index, Ignored: ignored}
			} else if number >= headingsWithin {
				return nil, best, nil
			} else if len(index) > len(best) {
				best = index
			}
		case len(t.Rows) >= limits.Rows:
			return nil, nil, fault.New(fault.TooLarge, "import.too_many_rows", "Rows", limits.Rows)
		default:
			for i, c := range cells {
				cells[i] = wholeNumber(c)
			}
			t.add(Row{Number: number, cells: cells, serial: serial}, false)
		}
	}
	if err := rows.Error(); err != nil {
		return nil, nil, fault.Wrap(err, fault.Invalid, "import.format")
	}
	return t, best, nil
}

// wholeNumber writes a whole number that the file has in scientific or decimal form (6.1E+11, 12.0)
// with its digits; every other cell stays.
func wholeNumber(cell string) string {
	if len(cell) > 25 || !strings.ContainsAny(cell, ".E") || strings.Trim(cell, "0123456789.E+") != "" {
		return cell
	}
	f, err := strconv.ParseFloat(cell, 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 {
		return cell
	}
	return strconv.FormatInt(int64(f), 10)
}
