package rating

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// Period is a span of days, both borders included.
type Period struct {
	From clock.Day `json:"from"`
	To   clock.Day `json:"to"`
}

// Contains tells whether the day lies in the period; an unknown day does not.
func (p Period) Contains(d clock.Day) bool { return d != "" && p.From <= d && d <= p.To }

// The first day of an academic year is 1 September, the last 31 August.
const academicMonth = time.September

// CalendarYear is 1 January to 31 December.
func CalendarYear(year int) Period {
	return Period{clock.Day(fmt.Sprintf("%04d-01-01", year)), clock.Day(fmt.Sprintf("%04d-12-31", year))}
}

// AcademicYear is 1 September of the year to 31 August of the next.
func AcademicYear(year int) Period {
	return Period{clock.Day(fmt.Sprintf("%04d-09-01", year)), clock.Day(fmt.Sprintf("%04d-08-31", year+1))}
}

var (
	yearForm     = regexp.MustCompile(`^[0-9]{4}$`)
	academicForm = regexp.MustCompile(`^([0-9]{4})[-–]([0-9]{4})$`)
)

// ParsePeriod reads "2025", "2025-2026" (an academic year) or "FROM..TO".
func ParsePeriod(s string) (Period, error) {
	s = strings.TrimSpace(s)
	bad := fault.New(fault.Invalid, "rating.error.period", "Value", s)
	if yearForm.MatchString(s) {
		year, _ := strconv.Atoi(s)
		if year < 1 {
			return Period{}, bad
		}
		return CalendarYear(year), nil
	}
	if m := academicForm.FindStringSubmatch(s); m != nil {
		first, _ := strconv.Atoi(m[1])
		second, _ := strconv.Atoi(m[2])
		if first < 1 || second != first+1 {
			return Period{}, bad
		}
		return AcademicYear(first), nil
	}
	from, to, ok := strings.Cut(s, "..")
	if !ok {
		return Period{}, bad
	}
	p := Period{}
	var err error
	if p.From, err = clock.ParseDay(strings.TrimSpace(from)); err != nil {
		return Period{}, fault.Wrap(err, fault.Invalid, "rating.error.period", "Value", s)
	}
	if p.To, err = clock.ParseDay(strings.TrimSpace(to)); err != nil {
		return Period{}, fault.Wrap(err, fault.Invalid, "rating.error.period", "Value", s)
	}
	if p.From == "" || p.To == "" || p.From > p.To {
		return Period{}, bad
	}
	return p, nil
}

// Expressions are the codes of periods relative to the day on which a report is made.
var Expressions = []string{
	"this_month", "last_month", "last_week", "this_year", "last_year",
	"this_academic_year", "last_academic_year",
}

// ParseExpression reads a code of Expressions ("last_month", or "last month") as seen from an instant in
// a zone, or whatever ParsePeriod reads.
func ParseExpression(s string, now time.Time, zone *time.Location) (Period, error) {
	code := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "_")
	if !slices.Contains(Expressions, code) {
		return ParsePeriod(s)
	}
	today := clock.DayOf(now, zone)
	t := today.Time()
	academic := t.Year()
	if t.Month() < academicMonth {
		academic--
	}
	switch code {
	case "this_month":
		return month(t), nil
	case "last_month":
		return month(time.Date(t.Year(), t.Month()-1, 1, 0, 0, 0, 0, time.UTC)), nil
	case "last_week":
		monday := today.AddDays(-(int(t.Weekday())+6)%7 - 7)
		return Period{monday, monday.AddDays(6)}, nil
	case "this_year":
		return CalendarYear(t.Year()), nil
	case "last_year":
		return CalendarYear(t.Year() - 1), nil
	case "this_academic_year":
		return AcademicYear(academic), nil
	default:
		return AcademicYear(academic - 1), nil
	}
}

func month(t time.Time) Period {
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	return Period{
		clock.Day(first.Format(time.DateOnly)),
		clock.Day(first.AddDate(0, 1, -1).Format(time.DateOnly)),
	}
}

// String is the shortest form that ParsePeriod reads back.
func (p Period) String() string {
	y := p.From.Year()
	switch p {
	case CalendarYear(y):
		return fmt.Sprintf("%04d", y)
	case AcademicYear(y):
		return fmt.Sprintf("%04d-%04d", y, y+1)
	}
	return string(p.From) + ".." + string(p.To)
}

// Name is the period as people of the language call it: "2025 год", "учебный год 2025–2026", or its days.
func (p Period) Name(l i18n.Lang) string {
	y := p.From.Year()
	switch p {
	case CalendarYear(y):
		return i18n.T(l, "rating.period.year", "Year", y)
	case AcademicYear(y):
		return i18n.T(l, "rating.period.academic", "Year", y, "Next", y+1)
	}
	return p.Days(l)
}

// Days are the period's first and last day.
func (p Period) Days(l i18n.Lang) string {
	return i18n.Day(l, p.From) + " – " + i18n.Day(l, p.To)
}
