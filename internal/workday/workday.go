// Package workday knows which days are worked in Kazakhstan, and counts terms in them.
//
// It stands near the bottom, beside package person: terms of signatures and of registration are counted
// with it. It knows the five-day week, the holidays of the law and the days that the government moved; it
// knows no application and does not ask for the time.
//
// The rules and their sources:
//   - holidays are days off: law "On holidays in the Republic of Kazakhstan" of 13.12.2001 No 267-II,
//     articles 2, 3 and 5;
//   - a holiday on a Saturday or Sunday gives the next working day off: the same law, article 5;
//   - 7 January and the first day of Kurban-ait are days off that move nowhere: Labour Code, article 84
//     paragraph 5;
//   - the government may change a day off and a working day for each other: Labour Code, article 85
//     paragraph 3. Such days and the day of Kurban-ait are dated data, in days.csv; an office adds its own
//     in a file of the same form (see Read).
package workday

import (
	"time"

	"kualik/internal/clock"
)

// holiday is a day of the year that is a day off between two years, both included.
type holiday struct {
	month       time.Month
	day         int
	from, until int
	moves       bool // gives the next working day off when it falls on a weekend
}

const (
	firstYear, lastYear = 2010, 2100
	always              = lastYear
)

// holidays as the law had them since it took its present form.
var holidays = []holiday{
	{time.January, 1, firstYear, always, true},
	{time.January, 2, firstYear, always, true},
	{time.January, 7, firstYear, always, false}, // Orthodox Christmas
	{time.March, 8, firstYear, always, true},
	// Day of the Constitution: the one of 2026 was adopted on 15 March, the earlier one on 30 August 1995.
	{time.March, 15, 2027, always, true},
	{time.March, 21, firstYear, always, true},
	{time.March, 22, firstYear, always, true},
	{time.March, 23, firstYear, always, true},
	{time.May, 1, firstYear, always, true},
	{time.May, 7, 2013, always, true},
	{time.May, 9, firstYear, always, true},
	{time.July, 6, firstYear, always, true},
	{time.August, 30, firstYear, 2025, true},
	{time.October, 25, 2022, always, true},
	{time.December, 1, 2012, 2021, true},
	{time.December, 16, firstYear, always, true},
	{time.December, 17, firstYear, 2021, true},
}

// Calendar tells working days from days off. It does not change and may be used by many goroutines.
type Calendar struct {
	off   map[clock.Day]bool // days off that are no weekend, or would be by the law
	work  map[clock.Day]bool // days made working ones
	known int
}

// New makes the calendar of the law with the days of days.csv; extra days of the office win over both.
func New(extra ...Day) *Calendar {
	c := &Calendar{off: map[clock.Day]bool{}, work: map[clock.Day]bool{}}
	var late []clock.Day // holidays on weekends, in order
	for year := firstYear; year <= lastYear; year++ {
		for _, h := range holidays {
			if year < h.from || year > h.until {
				continue
			}
			d := clock.DayOf(time.Date(year, h.month, h.day, 0, 0, 0, 0, time.UTC), time.UTC)
			c.off[d] = true
			if h.moves && weekend(d) {
				late = append(late, d)
			}
		}
	}
	for _, d := range append(embedded(), extra...) {
		delete(c.off, d.Day)
		delete(c.work, d.Day)
		if d.Working {
			c.work[d.Day] = true
		} else {
			c.off[d.Day] = true
		}
		c.known = max(c.known, d.Day.Year())
	}
	for _, d := range late {
		if c.off[d] { // not abolished by the office
			c.off[c.next(d)] = true
		}
	}
	return c
}

// Known is the last year for which the moving days are known. Beyond it the calendar has the holidays of
// the law only.
func (c *Calendar) Known() int { return c.known }

// IsWorking tells whether a day is a working day. The empty day is none.
func (c *Calendar) IsWorking(d clock.Day) bool {
	if d == "" || c.off[d] {
		return false
	}
	return c.work[d] || !weekend(d)
}

// next is the first working day after d.
func (c *Calendar) next(d clock.Day) clock.Day {
	for d = d.AddDays(1); !c.IsWorking(d); d = d.AddDays(1) {
	}
	return d
}

// AddWorkingDays is the nth working day after d; d itself does not count. With n of 0 or less it is d.
func (c *Calendar) AddWorkingDays(d clock.Day, n int) clock.Day {
	if d == "" {
		return ""
	}
	for ; n > 0; n-- {
		d = c.next(d)
	}
	return d
}

// Between counts the working days after a up to and with b; 0 when b is not after a.
func (c *Calendar) Between(a, b clock.Day) int {
	if a == "" {
		return 0
	}
	n := 0
	for d := a.AddDays(1); d <= b; d = d.AddDays(1) {
		if c.IsWorking(d) {
			n++
		}
	}
	return n
}

// Deadline is the end of a term of n working days that begins at from: the nth working day after it, at
// the same time of day, so that everybody has the same number of hours whatever hour it was. A term that
// begins on a day off runs to the last minute of the nth working day. The answer is in the zone.
func (c *Calendar) Deadline(from time.Time, n int, zone *time.Location) time.Time {
	local := from.In(zone)
	if n <= 0 {
		return local
	}
	begun := clock.DayOf(from, zone)
	end := c.AddWorkingDays(begun, n).Time()
	if !c.IsWorking(begun) {
		return time.Date(end.Year(), end.Month(), end.Day(), 23, 59, 0, 0, zone)
	}
	return time.Date(end.Year(), end.Month(), end.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), zone)
}

func weekend(d clock.Day) bool {
	w := d.Time().Weekday()
	return w == time.Saturday || w == time.Sunday
}
