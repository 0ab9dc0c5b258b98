package jobs

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kualik/internal/i18n"
)

// Words says the expression as people would: "По понедельникам в 09:00". What has no simple wording is
// given as it stands.
func (c Cron) Words(l i18n.Lang) string {
	if c.every > 0 {
		return everyWords(l, c.every)
	}
	if s, ok := fieldWords(l, strings.Fields(expand(c.Expression))); ok {
		return s
	}
	return i18n.T(l, "jobs.cron.other", "Expression", c.Expression)
}

func everyWords(l i18n.Lang, d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return i18n.T(l, "jobs.cron.hours", "Count", int(d/time.Hour))
	case d%time.Minute == 0:
		return i18n.T(l, "jobs.cron.minutes", "Count", int(d/time.Minute))
	}
	return i18n.T(l, "jobs.cron.every", "Duration", d)
}

// expand writes a descriptor as five fields.
func expand(expression string) string {
	switch expression {
	case "@yearly", "@annually":
		return "0 0 1 1 *"
	case "@monthly":
		return "0 0 1 * *"
	case "@weekly":
		return "0 0 * * 0"
	case "@daily", "@midnight":
		return "0 0 * * *"
	case "@hourly":
		return "0 * * * *"
	}
	return expression
}

func fieldWords(l i18n.Lang, f []string) (string, bool) {
	if len(f) != 5 {
		return "", false
	}
	for i := range f {
		if f[i] == "?" {
			f[i] = "*"
		}
	}
	if f[1] == "*" && f[2] == "*" && f[3] == "*" && f[4] == "*" {
		return withinHour(l, f[0])
	}
	minute, err1 := strconv.Atoi(f[0])
	hour, err2 := strconv.Atoi(f[1])
	if err1 != nil || err2 != nil {
		return "", false
	}
	at := fmt.Sprintf("%02d:%02d", hour, minute)
	switch day, month, weekday := f[2], f[3], f[4]; {
	case day == "*" && month == "*" && weekday == "*":
		return i18n.T(l, "jobs.cron.daily", "Time", at), true
	case day == "*" && month == "*":
		return weekly(l, weekday, at)
	case month == "*" && weekday == "*" && number(day):
		return i18n.T(l, "jobs.cron.monthly", "Days", day, "Time", at), true
	case weekday == "*" && number(day):
		m, ok := index(month, monthNames)
		if !ok || m < 1 || m > 12 {
			return "", false
		}
		return i18n.T(l, "jobs.cron.yearly", "Day", day, "Month", i18n.T(l, fmt.Sprint("jobs.month.", m)), "Time", at), true
	}
	return "", false
}

func withinHour(l i18n.Lang, minute string) (string, bool) {
	if minute == "*" {
		return i18n.T(l, "jobs.cron.minutes", "Count", 1), true
	}
	if step, ok := strings.CutPrefix(minute, "*/"); ok {
		n, err := strconv.Atoi(step)
		if err != nil || n < 1 || 60%n != 0 {
			return "", false
		}
		return i18n.T(l, "jobs.cron.minutes", "Count", n), true
	}
	if !number(minute) {
		return "", false
	}
	return i18n.T(l, "jobs.cron.hourly", "Minute", minute), true
}

func weekly(l i18n.Lang, weekdays, at string) (string, bool) {
	if w := strings.ToLower(weekdays); w == "1-5" || w == "mon-fri" {
		return i18n.T(l, "jobs.cron.working", "Time", at), true
	}
	var names []string
	for _, part := range strings.Split(weekdays, ",") {
		d, ok := index(part, weekdayNames)
		if !ok || d > 6 {
			return "", false
		}
		names = append(names, i18n.T(l, fmt.Sprint("jobs.weekday.on.", d)))
	}
	return i18n.T(l, "jobs.cron.weekly", "Days", strings.Join(names, ", "), "Time", at), true
}

var (
	weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	monthNames   = []string{"", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)

// index reads a number or one of the names.
func index(s string, names []string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	for i, name := range names {
		if name != "" && strings.EqualFold(name, s) {
			return i, true
		}
	}
	return 0, false
}

func number(s string) bool { _, err := strconv.Atoi(s); return err == nil }

// When writes an instant on a zone's clock: "Пн 21.09.2026, 09:00".
func When(l i18n.Lang, t time.Time, zone *time.Location) string {
	t = t.In(zone)
	date := t.Format("02.01.2006")
	if l == i18n.EN {
		date = t.Format("2 Jan 2006")
	}
	return i18n.T(l, fmt.Sprint("jobs.weekday.short.", int(t.Weekday()))) + " " + date + ", " + t.Format("15:04")
}
