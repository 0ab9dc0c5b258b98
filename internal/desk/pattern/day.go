package pattern

import (
	"regexp"
	"strconv"
	"strings"

	"kualik/internal/clock"
	"kualik/internal/person"
	"kualik/internal/sheet"
)

var (
	dayRU = regexp.MustCompile(`(?i)^[«"“„]?(\d{1,2})[»"”]?\s+(\pL+)\s+(\d{4})`)
	dayKK = regexp.MustCompile(`(?i)^(\d{4})\s*ж(?:ылғы|ылы|\.)?\s*[«"“„]?(\d{1,2})[»"”]?\s+(\pL+)`)
)

var months = [12][]string{{"января", "қаңтар"}, {"февраля", "ақпан"}, {"марта", "наурыз"}, {"апреля", "сәуір"}, {"мая", "мамыр"}, {"июня", "маусым"},
	{"июля", "шілде"}, {"августа", "тамыз"}, {"сентября", "қыркүйек"}, {"октября", "қазан"}, {"ноября", "қараша"}, {"декабря", "желтоқсан"}}

// ParseDay reads a day as the institute writes it: 18.09.2026, 2026-09-18, «18» сентября 2026 года,
// 2026 жылғы 18 қыркүйек.
func ParseDay(text string) (clock.Day, bool) {
	text = strings.TrimSpace(text)
	if d, ok := sheet.ParseDay(text); ok {
		return d, true
	}
	if m := dayRU.FindStringSubmatch(text); m != nil {
		return dayOf(m[3], m[2], m[1])
	}
	if m := dayKK.FindStringSubmatch(text); m != nil {
		return dayOf(m[1], m[3], m[2])
	}
	return "", false
}

// dayOf knows a month by its first letters: the ending differs by the case.
func dayOf(year, month, day string) (clock.Day, bool) {
	y, errY := strconv.Atoi(year)
	d, errD := strconv.Atoi(day)
	if errY != nil || errD != nil || y < 1990 || y > 2100 {
		return "", false
	}
	word := person.FoldText(month)
	for i, names := range months {
		for _, n := range names {
			stem := []rune(person.FoldText(n))
			if strings.HasPrefix(word, string(stem[:min(3, len(stem))])) {
				out, err := clock.NewDay(y, i+1, d)
				return out, err == nil
			}
		}
	}
	return "", false
}
