package certificate

import (
	"regexp"
	"strconv"
	"strings"

	"kualik/internal/clock"
)

// A found value and where it stands.
type foundDay struct {
	day clock.Day
	at  span
	kk  bool
}

type foundNumber struct {
	number string
	at     span
}

// days finds every date in a stretch, in order.
func (s *source) days(x span) []foundDay {
	var out []foundDay
	text := s.of(x)
	add := func(re *regexp.Regexp, kk bool, read func([]string) (clock.Day, bool)) {
		for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
			groups := make([]string, len(m)/2)
			for i := range groups {
				if m[2*i] >= 0 {
					groups[i] = text[m[2*i]:m[2*i+1]]
				}
			}
			if d, ok := read(groups); ok {
				out = append(out, foundDay{d, s.trim(span{x.from + m[0], x.from + m[1]}), kk})
			}
		}
	}
	add(reDayRU, false, func(g []string) (clock.Day, bool) { return dayOf(g[3], monthRU(g[2]), g[1]) })
	add(reDayKK, true, func(g []string) (clock.Day, bool) { return dayOf(g[1], monthKK(g[3]), g[2]) })
	add(reDayPlain, false, func(g []string) (clock.Day, bool) { return dayOf(g[3], atoi(g[2]), g[1]) })
	add(reDayISO, false, func(g []string) (clock.Day, bool) { return dayOf(g[1], atoi(g[2]), g[3]) })
	return out
}

func dayOf(year string, month int, day string) (clock.Day, bool) {
	y := atoi(year)
	if y < 1900 || y > 2100 {
		return "", false
	}
	d, err := clock.NewDay(y, month, atoi(day))
	return d, err == nil
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// monthRU knows a month by its first letters, whatever the case ending.
func monthRU(word string) int {
	letters := foldLetters(word)
	for i, stem := range []string{"янв", "фев", "мар", "апр", "", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"} {
		if stem != "" && strings.HasPrefix(letters, foldLetters(stem)) {
			return i + 1
		}
	}
	return 5
}

var kazakhMonths = func() map[string]int {
	out := map[string]int{}
	for i, m := range strings.Split(monthsKK, "|") {
		out[foldLetters(m)] = i + 1
	}
	return out
}()

// monthKK knows a month whose Kazakh letters may be broken: the nearest of the twelve.
func monthKK(word string) int {
	letters := foldLetters(word)
	if n := kazakhMonths[letters]; n > 0 {
		return n
	}
	best, month := 4, 0
	for name, n := range kazakhMonths {
		for d := 1; d < best; d++ {
			if near(letters, name, d) {
				best, month = d, n
			}
		}
	}
	return month
}

// foldLetters is a word's letters in one alphabet and case, for comparing only.
func foldLetters(s string) string { return compact(s) }

// reDrawn is a number of six digits to which the second half of its sign was drawn as a 2. The register has not come
// to as many.
var reDrawn = regexp.MustCompile(`(?:^|[^\pL])[NnNМм№]2\d{5}$`)

// numbers finds every number that follows the number sign.
func (s *source) numbers(x span) []foundNumber {
	re := reNumber
	if s.ocr {
		re = reNumberO
	}
	text := s.of(x)
	var out []foundNumber
	for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
		n := span{x.from + m[2], x.from + m[3]}
		if s.ocr && n.to-n.from == 6 && reDrawn.MatchString(text[m[0]:m[3]]) {
			n.from++
		}
		out = append(out, foundNumber{s.of(n), n})
	}
	return out
}

// plain is a number without its leading zeros.
func plain(number string) string { return strings.TrimLeft(number, "0") }
