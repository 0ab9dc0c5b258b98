package clock

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// Day is a day of the calendar without a zone, written YYYY-MM-DD; the empty Day is "not known".
// Days compare as strings. In the database it is a date, and "not known" is NULL.
type Day string

// DayOf is the calendar day of an instant in a zone.
func DayOf(t time.Time, zone *time.Location) Day { return Day(t.In(zone).Format(time.DateOnly)) }

// NewDay makes a Day; it is an error when the calendar has no such day.
func NewDay(year, month, day int) (Day, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1 || year > 9999 || t.Year() != year || int(t.Month()) != month || t.Day() != day {
		return "", fmt.Errorf("no such day: %04d-%02d-%02d", year, month, day)
	}
	return Day(t.Format(time.DateOnly)), nil
}

// ParseDay reads YYYY-MM-DD; the empty string is the empty Day.
func ParseDay(s string) (Day, error) {
	if s == "" {
		return "", nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", fmt.Errorf("no such day: %q", s)
	}
	return Day(t.Format(time.DateOnly)), nil
}

// Time is midnight UTC of the day; the zero time for the empty Day.
func (d Day) Time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

// AddDays moves the day by n days; the empty Day stays empty.
func (d Day) AddDays(n int) Day {
	if d == "" {
		return ""
	}
	return Day(d.Time().AddDate(0, 0, n).Format(time.DateOnly))
}

// Year is the year of the day, 0 for the empty Day.
func (d Day) Year() int {
	if d == "" {
		return 0
	}
	return d.Time().Year()
}

// DaysBetween counts the days from a to b; 0 when either is empty.
func DaysBetween(a, b Day) int {
	if a == "" || b == "" {
		return 0
	}
	return int(b.Time().Sub(a.Time()).Hours() / 24)
}

// ScanDate reads a date column (pgtype.DateScanner).
func (d *Day) ScanDate(v pgtype.Date) error {
	if !v.Valid {
		*d = ""
		return nil
	}
	*d = Day(v.Time.Format(time.DateOnly))
	return nil
}

// DateValue writes a date column (pgtype.DateValuer).
func (d Day) DateValue() (pgtype.Date, error) {
	if d == "" {
		return pgtype.Date{}, nil
	}
	t, err := time.Parse(time.DateOnly, string(d))
	return pgtype.Date{Time: t, Valid: true}, err
}
