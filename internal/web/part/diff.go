package part

import (
	"slices"
	"strings"
	"unicode"
)

// What is compared is always one value, as it stands in the document, with others that may be the same.
// A piece that is missing in one of the others is marked in the value ("same": the reader sees what to look
// for), in those that have it ("same"), and what the others have instead is marked in them ("differs").

// DiffWords compares by words. equal tells whether two words are one.
func DiffWords(value string, others []string, equal func(a, b string) bool) (base []Span, rest [][]Span) {
	words := strings.Fields(value)
	missing := make([]bool, len(words))
	type match struct {
		words []string
		of    []int // the index in words, -1 for none
	}
	matches := make([]match, len(others))
	for i, o := range others {
		m := match{words: strings.Fields(o)}
		m.of = align(words, m.words, equal)
		found := make([]bool, len(words))
		for _, j := range m.of {
			if j >= 0 {
				found[j] = true
			}
		}
		for j := range words {
			missing[j] = missing[j] || (!found[j] && o != "")
		}
		matches[i] = m
	}
	for j, w := range words {
		base = appendSpan(base, w, Same(missing[j]), " ")
	}
	for _, m := range matches {
		var spans []Span
		for i, w := range m.words {
			mark := "differs"
			if j := m.of[i]; j >= 0 {
				mark = Same(missing[j])
			}
			spans = appendSpan(spans, w, mark, " ")
		}
		rest = append(rest, spans)
	}
	return base, rest
}

// Same is the mark of a piece that agrees, when it is worth a mark.
func Same(on bool) string { return when(on, "same") }

// align gives for each word of b the word of a that it stands for in a longest common run of words.
func align(a, b []string, equal func(a, b string) bool) []int {
	n, m := len(a), len(b)
	length := make([][]int, n+1)
	for i := range length {
		length[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if equal(a[i], b[j]) {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	of := slices.Repeat([]int{-1}, m)
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case equal(a[i], b[j]):
			of[j] = i
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return of
}

// appendSpan puts a piece behind the others, joined to the last one when it is marked alike.
func appendSpan(spans []Span, text, mark, between string) []Span {
	if len(spans) == 0 {
		return []Span{{text, mark}}
	}
	last := &spans[len(spans)-1]
	if last.Mark == mark {
		last.Text += between + text
		return spans
	}
	if between != "" {
		if last.Mark == "" {
			last.Text += between
		} else if mark == "" {
			text = between + text
		} else {
			spans = append(spans, Span{between, ""})
		}
	}
	return append(spans, Span{text, mark})
}

// DiffLetters compares by letters, word by word: in each word the middle that differs is marked.
func DiffLetters(value string, others []string) (base []Span, rest [][]Span) {
	words := strings.Fields(value)
	marked := make([][]bool, len(words))
	for i, w := range words {
		marked[i] = make([]bool, len([]rune(w)))
	}
	for _, o := range others {
		var spans []Span
		for i, w := range strings.Fields(o) {
			if i > 0 {
				spans = appendSpan(spans, " ", "", "")
			}
			if i >= len(words) {
				spans = appendSpan(spans, w, "differs", "")
				continue
			}
			from, toA, toB := middle(words[i], w)
			for j := from; j < toA; j++ {
				marked[i][j] = true
			}
			r := []rune(w)
			spans = appendSpan(appendSpan(appendSpan(spans, string(r[:from]), "", ""), string(r[from:toB]), "differs", ""), string(r[toB:]), "", "")
		}
		rest = append(rest, tidy(spans))
	}
	for i, w := range words {
		if i > 0 {
			base = appendSpan(base, " ", "", "")
		}
		for j, r := range []rune(w) {
			base = appendSpan(base, string(r), Same(marked[i][j]), "")
		}
	}
	// In an other that agrees where the value is marked, the same letters are marked as the same.
	for k, o := range others {
		if strings.EqualFold(strings.Join(strings.Fields(o), " "), strings.Join(words, " ")) {
			rest[k] = base
		}
	}
	return tidy(base), rest
}

// middle is the part of two words between what they begin and end with alike: runes from..toA of a and
// from..toB of b.
func middle(a, b string) (from, toA, toB int) {
	ra, rb := []rune(a), []rune(b)
	for from < len(ra) && from < len(rb) && alike(ra[from], rb[from]) {
		from++
	}
	toA, toB = len(ra), len(rb)
	for toA > from && toB > from && alike(ra[toA-1], rb[toB-1]) {
		toA, toB = toA-1, toB-1
	}
	return from, toA, toB
}

func alike(a, b rune) bool { return unicode.ToLower(a) == unicode.ToLower(b) }

// tidy leaves out empty pieces.
func tidy(spans []Span) []Span {
	return slices.DeleteFunc(spans, func(s Span) bool { return s.Text == "" })
}
