package world

import (
	"fmt"

	"kualik/internal/clock"
)

// newIIN makes a personal number that is right in form and belongs to nobody: its serial begins with 99,
// which is not given out. ok is false when the control rule forbids the number.
func newIIN(born clock.Day, female bool, serial int) (iin string, ok bool) {
	t := born.Time()
	century := 3 // men born in the 1900s; women one more, the 2000s two more
	if t.Year() >= 2000 {
		century += 2
	}
	if female {
		century++
	}
	s := fmt.Sprintf("%s%d99%02d", t.Format("060102"), century, serial%100)
	sum := func(shift int) int {
		n := 0
		for i := range 11 {
			n += int(s[i]-'0') * ((i+shift)%11 + 1)
		}
		return n % 11
	}
	k := sum(0)
	if k == 10 {
		k = sum(2)
	}
	if k == 10 {
		return "", false
	}
	return s + string(rune('0'+k)), true
}

// iin makes one that nobody else in this world has.
func (g *generator) iin(female bool, fromYear, toYear int) string {
	for {
		born, err := clock.NewDay(fromYear+g.rng.IntN(toYear-fromYear+1), 1+g.rng.IntN(12), 1+g.rng.IntN(28))
		if err != nil {
			continue
		}
		if s, ok := newIIN(born, female, g.rng.IntN(100)); ok && !g.iins[s] {
			g.iins[s] = true
			return s
		}
	}
}
