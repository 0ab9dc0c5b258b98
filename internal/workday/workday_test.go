package workday

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/clock"
)

// Whole months against the labour ministry's calendar of the five-day week.
func TestDaysOffOfAMonth(t *testing.T) {
	c := New()
	for month, want := range map[string]string{
		"2024-05": "1 5 7 8 9 11 12 18 19 25 26", // 4 worked for 8
		"2024-06": "1 2 8 9 15 16 22 23 29 30",   // Kurban-ait on a Sunday moves nowhere
		"2025-01": "1 2 3 4 7 11 12 18 19 25 26", // 5, a Sunday, worked for 3
		"2025-03": "1 2 8 9 10 15 16 21 22 23 24 25 29 30",
		"2025-08": "2 3 9 10 16 17 23 24 30 31",
		"2025-09": "1 6 7 13 14 20 21 27 28", // 30 August was a Saturday
		"2025-10": "4 5 11 12 18 19 25 26 27",
		"2026-01": "1 2 3 4 7 10 11 17 18 24 25 31",
		"2026-03": "1 7 8 9 14 15 21 22 23 24 25 28 29",
		"2026-05": "1 2 3 7 9 10 11 16 17 23 24 27 30 31",
		"2026-08": "1 2 8 9 15 16 22 23 29 30", // the 31st is worked: the day of the Constitution has moved
		"2026-10": "3 4 10 11 17 18 24 25 26 31",
		"2026-12": "5 6 12 13 16 19 20 26 27",
		"2027-01": "1 2 3 4 7 9 10 16 17 23 24 30 31",
		"2027-03": "6 7 8 13 14 15 20 21 22 23 24 27 28",
		"2027-05": "1 2 3 7 8 9 10 15 16 22 23 29 30",
	} {
		first, err := clock.ParseDay(month + "-01")
		require.NoError(t, err)
		var off []string
		for d := first; strings.HasPrefix(string(d), month); d = d.AddDays(1) {
			if !c.IsWorking(d) {
				off = append(off, strings.TrimPrefix(string(d)[8:], "0"))
			}
		}
		require.Equal(t, want, strings.Join(off, " "), month)
	}
}

// Working days of each month, the week of five days. 2024: the ministry's balance of working time (248 days),
// and one more in June, because Kurban-ait came on a Sunday. 2025: 246 days, as published. 2026: the balance of
// 05.12.2025 (246 days), and one more in August, because the day of the Constitution has moved. 2027: by the law.
func TestWorkingDaysOfEachMonth(t *testing.T) {
	c := New()
	for year, want := range map[string][12]int{
		"2024": {21, 21, 17, 22, 20, 20, 22, 21, 21, 22, 21, 21},
		"2025": {20, 20, 17, 22, 19, 20, 22, 21, 21, 22, 20, 22},
		"2026": {19, 20, 18, 22, 17, 22, 22, 21, 22, 21, 21, 22},
		"2027": {18, 20, 18, 22, 18, 22, 21, 22, 22, 20, 22, 22},
	} {
		var have [12]int
		first, err := clock.ParseDay(year + "-01-01")
		require.NoError(t, err)
		for d := first; strings.HasPrefix(string(d), year); d = d.AddDays(1) {
			if c.IsWorking(d) {
				have[d.Time().Month()-1]++
			}
		}
		require.Equal(t, want, have, year)
	}
}

// The days of which people ask.
func TestSpecialDays(t *testing.T) {
	c := New()
	for day, working := range map[clock.Day]bool{
		"2024-05-04": true, "2024-05-08": false, // changed for each other
		"2024-06-17": true,                                          // Kurban-ait was the day before, a Sunday
		"2024-07-08": false,                                         // for the Day of the Capital, a Saturday
		"2024-12-17": true,                                          // a holiday until 2021
		"2025-01-03": false, "2025-01-05": true, "2025-01-06": true, // a Sunday worked for a Friday
		"2025-03-10": false, // for 8 March, a Saturday
		"2025-05-08": true,  // between two holidays, and not moved
		"2025-09-01": false, // for 30 August, a Saturday
		"2025-10-27": false, // for 25 October, a Saturday
		"2026-01-07": false, "2026-03-24": false, "2026-03-25": false,
		"2026-03-16": true, // 15 March is kept from 2027 on
		"2026-05-08": true, "2026-05-11": false, "2026-05-27": false,
		"2026-08-31": true,                       // the old day of the Constitution was a Sunday, and is a holiday no more
		"2026-10-26": false,                      // for 25 October, a Sunday
		"2027-01-04": false,                      // for 2 January, a Saturday
		"2027-03-15": false,                      // the day of the Constitution
		"2027-03-24": false,                      // for 21 March, a Sunday
		"2027-05-03": false, "2027-05-10": false, // for 1 and 9 May
		"2027-05-17": true, // Kurban-ait is on the Sunday before, and moves nowhere
		"2027-08-30": true,
	} {
		require.Equal(t, working, c.IsWorking(day), day)
	}
}

func TestWorkingDaysAreAddedAndCounted(t *testing.T) {
	c := New()
	for _, x := range []struct {
		from clock.Day
		n    int
		to   clock.Day
	}{
		{"2026-09-16", 2, "2026-09-18"},
		{"2026-09-18", 1, "2026-09-21"}, // over the week's end
		{"2026-09-19", 1, "2026-09-21"}, // from a day off
		{"2026-03-20", 2, "2026-03-27"}, // over Nauryz
		{"2026-12-31", 2, "2027-01-06"}, // over the year
		{"2026-09-16", 0, "2026-09-16"},
		{"", 3, ""},
	} {
		require.Equal(t, x.to, c.AddWorkingDays(x.from, x.n), "%s + %d", x.from, x.n)
		require.Equal(t, x.n*len(x.from)/max(1, len(x.from)), c.Between(x.from, x.to), "%s to %s", x.from, x.to)
	}
	require.Zero(t, c.Between("2026-09-18", "2026-09-16"))
	require.Equal(t, 1, c.Between("2026-09-17", "2026-09-20"))
}

func TestTermEndsAtTheSameHour(t *testing.T) {
	c := New()
	zone, err := time.LoadLocation("Asia/Almaty")
	require.NoError(t, err)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("02.01.2006 15:04", s, zone)
		require.NoError(t, err)
		return v
	}
	for from, want := range map[string]string{
		"16.09.2026 18:41": "18.09.2026 18:41",
		"17.09.2026 18:41": "21.09.2026 18:41",
		"18.09.2026 23:30": "22.09.2026 23:30",
		"19.09.2026 12:00": "22.09.2026 23:59", // begun on a Saturday: two whole working days
		"16.09.2026 00:10": "18.09.2026 00:10", // still the day before in UTC
		"28.02.2024 10:00": "01.03.2024 10:00", // on 1 March 2024 the country's clocks went back an hour
	} {
		require.Equal(t, want, c.Deadline(at(from).UTC(), 2, zone).Format("02.01.2006 15:04"), from)
	}
	require.True(t, at("16.09.2026 18:41").Equal(c.Deadline(at("16.09.2026 18:41"), 0, zone)))
}

func TestOfficeAddsDaysOfItsOwn(t *testing.T) {
	days, err := Read(strings.NewReader("\ufeffday,what,why\n# moved by order\n2026-12-12,work,changed for 14.12\n2026-12-14, off ,\"changed for 12.12, a Saturday\"\n2027-03-15,work,abolished\n2027-05-17,off,Kurban-ait after all\n2027-05-16,off,\n"))
	require.NoError(t, err)
	require.Equal(t, "changed for 12.12, a Saturday", days[1].Why)
	c := New(days...)
	require.True(t, c.IsWorking("2026-12-12"))
	require.False(t, c.IsWorking("2026-12-14"))
	require.True(t, c.IsWorking("2027-03-15"))
	require.False(t, c.IsWorking("2027-05-17"))
	require.Equal(t, clock.Day("2026-12-15"), c.AddWorkingDays("2026-12-12", 1))
	require.Equal(t, 2028, c.Known())

	// A holiday on a Sunday that the office has made a working day gives nothing away any more.
	c = New(Day{Day: "2026-10-25", Working: true})
	require.True(t, c.IsWorking("2026-10-25"))
	require.True(t, c.IsWorking("2026-10-26"))
}

func TestFileWithAMistakeIsRefusedByLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "head",
		"date,what,why\n":                  "want day,what,why",
		"day,what,why\n2026-02-30,off,x\n": "line 2",
		"day,what,why\n2026-02-03,off,x\n2026-02-04,free,x\n": "line 3",
		"day,what,why\n2026-02-03,off\n":                      "wrong number of fields",
	} {
		_, err := Read(strings.NewReader(text))
		require.ErrorContains(t, err, want)
	}
}
