package workday

import (
	"bytes"
	_ "embed" // the days that moved are part of the program
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"kualik/internal/clock"
)

//go:embed days.csv
var daysCSV []byte

// Day is one day of which an order or another calendar has decided.
type Day struct {
	Day     clock.Day
	Working bool
	Why     string
}

// embedded are the days of days.csv; the file is part of the program, so a failure is a broken build.
func embedded() []Day {
	days, err := Read(bytes.NewReader(daysCSV))
	if err != nil {
		panic("workday: " + err.Error())
	}
	return days
}

var columns = []string{"day", "what", "why"}

// Read reads days from CSV: the head "day,what,why", then a day a line as YYYY-MM-DD, "off" or "work", and
// the reason in any words. Lines that begin with # say nothing. An error names the line.
func Read(r io.Reader) ([]Day, error) {
	rows := csv.NewReader(r)
	rows.Comment = '#'
	rows.FieldsPerRecord = len(columns)
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read the calendar's head: %w", err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	if !slices.Equal(head, columns) {
		return nil, fmt.Errorf("read the calendar's head: want %s, have %s", strings.Join(columns, ","), strings.Join(head, ","))
	}
	var days []Day
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return days, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the calendar: %w", err)
		}
		line, _ := rows.FieldPos(0)
		day, err := clock.ParseDay(strings.TrimSpace(row[0]))
		if err != nil || day == "" {
			return nil, fmt.Errorf("read the calendar, line %d: no such day: %q", line, row[0])
		}
		what := strings.TrimSpace(row[1])
		if what != "off" && what != "work" {
			return nil, fmt.Errorf("read the calendar, line %d: want off or work, have %q", line, row[1])
		}
		days = append(days, Day{Day: day, Working: what == "work", Why: strings.TrimSpace(row[2])})
	}
}
