package matching

import (
	"math"
	"slices"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// margin is how many bits the best candidate must be ahead of the runner-up. It is what a shared date or
// one more author is worth: with less, siblings would be guessed between.
const margin = 5

// priorBits is what speaks against any candidate before something speaks for it: about one in a thousand.
const priorBits = 10

// scoreOf turns bits into a probability.
func scoreOf(bits float64) float64 {
	return math.Round(1e4/(1+math.Exp2(priorBits-bits))) / 1e4
}

// candidate gathers evidence.
type candidate struct {
	Candidate
	conflicts []string // why it may not be taken without a person although nothing forbids it
}

func (c *candidate) say(field, code, value string, agreement, weight float64) {
	c.Evidence = append(c.Evidence, Evidence{Field: field, Code: code, Value: value, Agreement: agreement, Weight: weight})
	c.Bits += weight
}

func (c *candidate) veto(code string) { c.Vetoes = append(c.Vetoes, code) }

func (c *candidate) conflict(code string) { c.conflicts = append(c.conflicts, code) }

// order puts candidates without vetoes first, then those with more bits; equal ones by their names, so
// that the same values give the same answer.
func order(list []candidate) {
	for i := range list {
		list[i].Score = scoreOf(list[i].Bits)
		if len(list[i].Vetoes) > 0 {
			list[i].Score = 0
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case (len(a.Vetoes) > 0) != (len(b.Vetoes) > 0):
			if len(a.Vetoes) > 0 {
				return 1
			}
			return -1
		case a.Bits != b.Bits:
			if a.Bits > b.Bits {
				return -1
			}
			return 1
		case a.Ref < b.Ref:
			return -1
		case a.Ref > b.Ref:
			return 1
		}
		return 0
	})
}

// lead is how far the first is ahead of the second that is not vetoed. Alone it is ahead by all it has.
func lead(list []candidate) float64 {
	if len(list) == 0 {
		return 0
	}
	if len(list) > 1 && len(list[1].Vetoes) == 0 {
		return list[0].Bits - list[1].Bits
	}
	return max(list[0].Bits, 0)
}

// result makes a Match of the first few candidates.
func result(list []candidate, decision Decision, reason string) Match {
	m := Match{Decision: decision, Reason: reason, Version: Version, Candidates: []Candidate{}}
	for i, c := range list {
		if i == 8 {
			break
		}
		m.Candidates = append(m.Candidates, c.Candidate)
	}
	if len(list) > 0 && len(list[0].Vetoes) == 0 {
		m.Score, m.Margin = list[0].Score, math.Round(lead(list)*100)/100
		if decision == Auto {
			m.ID = list[0].ID
		}
	}
	return m
}
