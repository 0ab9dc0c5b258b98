package sheet

import (
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"kualik/internal/clock"
)

// ParseDay reads a day as people and programs write it: 2024-03-18, 18.03.2024, 18/03/2024, each with
// or without a time of day behind it. A year has four digits and lies between 1900 and 2100.
func ParseDay(s string) (clock.Day, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), " г.")
	if i := strings.IndexAny(s, " T"); i > 0 && strings.Contains(s[i:], ":") {
		s = s[:i]
	}
	for _, layout := range []string{"2006-01-02", "2.1.2006", "2/1/2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return sensible(t)
		}
	}
	return "", false
}

// serialDay reads a date cell of a workbook: the days since its epoch.
func serialDay(cell string, epoch1904 bool) (clock.Day, bool) {
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || n < 1 || n > 100_000 {
		return "", false
	}
	t, err := excelize.ExcelDateToTime(n, epoch1904)
	if err != nil {
		return "", false
	}
	return sensible(t)
}

func sensible(t time.Time) (clock.Day, bool) {
	if t.Year() < 1900 || t.Year() > 2100 {
		return "", false
	}
	return clock.DayOf(t, time.UTC), true
}
