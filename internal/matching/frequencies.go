package matching

import (
	"math"

	"kualik/internal/person"
)

// Frequencies say how common names are: an agreement in a rare one says more. Keys are folded
// (person.Fold); Total is the number of people counted. The zero value means that nothing is known.
type Frequencies struct {
	Surnames map[string]int
	Given    map[string]int
	Total    int
}

// What an equal surname, given name and patronymic say where no frequencies are given, in bits.
const (
	surnameBits    = 7
	givenBits      = 5
	patronymicBits = 6
)

func (f Frequencies) surname(name string) float64 { return f.bits(f.Surnames, name, surnameBits) }
func (f Frequencies) given(name string) float64   { return f.bits(f.Given, name, givenBits) }

// bits is log2 of one over the frequency, never far from the usual value: lists are short.
func (f Frequencies) bits(table map[string]int, name string, usual float64) float64 {
	if f.Total < 100 {
		return usual
	}
	n := max(table[person.Fold(name)], 1)
	return min(max(math.Log2(float64(f.Total)/float64(n)), usual-2), usual+2)
}
