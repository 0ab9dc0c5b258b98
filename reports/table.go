package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// Formats of Table.
const (
	CSV  = "csv"
	XLSX = "xlsx"
)

// Table writes rows under headings, as they come. A value is a string, bool, int, float64, clock.Day or
// time.Time (written in RFC 3339, UTC). CSV holds exactly the values, UTF-8 with commas; in XLSX a day is
// a date, a number a number, and a string is text whatever it begins with. name is the sheet's.
func Table(w io.Writer, format, name string, headings []string, rows iter.Seq2[[]any, error]) error {
	switch format {
	case CSV:
		return writeCSV(w, headings, rows)
	case XLSX:
		return writeXLSX(w, name, headings, rows)
	}
	return fault.New(fault.Invalid, "reports.error.format", "Value", format)
}

func writeCSV(w io.Writer, headings []string, rows iter.Seq2[[]any, error]) error {
	cw := csv.NewWriter(w)
	if err := cw.Write(headings); err != nil {
		return fmt.Errorf("write headings: %w", err)
	}
	record := make([]string, len(headings))
	for values, err := range rows {
		if err != nil {
			return err
		}
		for i := range record {
			record[i] = ""
			if i < len(values) {
				record[i] = plain(values[i])
			}
		}
		if err := cw.Write(record); err != nil {
			return fmt.Errorf("write row: %w", err)
		}
	}
	cw.Flush()
	return cw.Error()
}

// plain is a value as the interchange page writes it.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case clock.Day:
		return string(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// writeXLSX needs to know how many rows there are before it writes the filter, so it keeps them.
func writeXLSX(w io.Writer, name string, headings []string, rows iter.Seq2[[]any, error]) error {
	var kept [][]any
	for values, err := range rows {
		if err != nil {
			return err
		}
		row := make([]any, len(values))
		for i, v := range values {
			if t, ok := v.(time.Time); ok {
				v = plain(t)
			}
			row[i] = v
		}
		kept = append(kept, row)
	}
	b, err := newBook(i18n.EN)
	if err != nil {
		return err
	}
	defer b.file.Close()
	s := sheet{name: name}
	for i, h := range headings {
		as := columnType(kept, i)
		s.columns = append(s.columns, column{h, max(12, min(40, float64(len(h)+4))), as})
	}
	s.count, s.rows = list(kept, func(row *[]any) []any { return *row })
	if err := b.table(s); err != nil {
		return err
	}
	return b.save(w)
}

// columnType is the type of a column's first value.
func columnType(rows [][]any, i int) cellType {
	for _, row := range rows {
		if i >= len(row) || row[i] == nil {
			continue
		}
		switch v := row[i].(type) {
		case clock.Day:
			if v != "" {
				return day
			}
		default:
			return text
		}
	}
	return text
}
