package certificate

import (
	"slices"
	"strings"
	"unicode"
)

// merge lays two readings of one text over each other. Where their words differ it takes the one that was
// recognised with more confidence. same is false when they are not readings of one text.
func merge(a, b []recognisedWord) (text string, confidence float64, same bool) {
	var out strings.Builder
	together, different := 0, 0
	confidence = unanimous - 0.005
	for _, p := range align(a, b) {
		w, c, alike := better(p[0], p[1])
		confidence = min(confidence, c)
		if !alike {
			different++
		}
		if p[0] != nil && p[1] != nil {
			together++
		} else if w.Confidence < 0.8 && len([]rune(w.text)) < 4 {
			continue // a spot that one of the readings took for letters
		}
		switch {
		case out.Len() == 0:
		case w.newLine:
			out.WriteByte('\n')
		default:
			out.WriteByte(' ')
		}
		out.WriteString(w.text)
	}
	if together == 0 || different*3 > together {
		return "", 0, false
	}
	if slices.ContainsFunc(a, isUnread) || slices.ContainsFunc(b, isUnread) {
		confidence = min(confidence, contested)
	}
	return out.String(), confidence, true
}

// better is that of two readings of a word which is to be believed, how far, and whether they are readings of one
// word at all. One of them may be missing.
func better(a, b *recognisedWord) (*recognisedWord, float64, bool) {
	switch {
	case a == nil:
		return b, divided, false
	case b == nil:
		return a, divided, false
	case plainWord(a.text) == plainWord(b.text):
		return a, unanimous, true
	}
	if marked, ok := withMarks(a.text, b.text); ok {
		if marked == b.text {
			a = b
		}
		return a, agreed - 0.01, true
	}
	alike := near(compact(a.text), compact(b.text), max(1, len([]rune(a.text))/3))
	gap := a.Confidence - b.Confidence
	if gap < 0 {
		a, gap = b, -gap
	}
	if gap > 0.15 {
		return a, 0.85, alike
	}
	return a, contested, alike
}

func isUnread(w recognisedWord) bool { return w.Unread }

// withMarks gives that of two words which has the marks of letters, if they differ only in those: recognition loses
// the tail of щ and the dots of ё, and takes a Kazakh letter for its Russian base, hardly ever the other way round.
func withMarks(x, y string) (string, bool) {
	a, b := []rune(plainWord(x)), []rune(plainWord(y))
	if len(a) != len(b) {
		return "", false
	}
	balance := 0
	for i := range a {
		p, q := unicode.ToLower(a[i]), unicode.ToLower(b[i])
		switch {
		case p == q:
		case bare[p] == q:
			balance++
		case bare[q] == p:
			balance--
		default:
			return "", false
		}
	}
	if balance >= 0 {
		return x, true
	}
	return y, true
}

// bare are the letters without the marks that recognition loses.
var bare = map[rune]rune{'щ': 'ш', 'ъ': 'ь', 'ё': 'е', 'й': 'и', 'қ': 'к', 'ғ': 'г', 'ң': 'н', 'ұ': 'у', 'ү': 'у', 'ө': 'о', 'ә': 'э', 'һ': 'н'}

// plainWord is a word without what recognition of a printed sign leaves to chance: sorts of quotation marks.
func plainWord(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"«»“”„‟'‘’`.,", r) {
			return -1
		}
		return r
	}, s)
}

// align pairs the words of two texts in order, leaving single ones where they have no partner.
func align(a, b []recognisedWord) [][2]*recognisedWord {
	const gap = 0.7
	n, m := len(a), len(b)
	cost := make([][]float64, n+1)
	for i := range cost {
		cost[i] = make([]float64, m+1)
		for j := range cost[i] {
			switch {
			case i == 0:
				cost[i][j] = float64(j) * gap
			case j == 0:
				cost[i][j] = float64(i) * gap
			default:
				cost[i][j] = min(cost[i-1][j-1]+unlike(a[i-1].text, b[j-1].text), cost[i-1][j]+gap, cost[i][j-1]+gap)
			}
		}
	}
	var out [][2]*recognisedWord
	for i, j := n, m; i > 0 || j > 0; {
		switch {
		case i > 0 && j > 0 && cost[i][j] == cost[i-1][j-1]+unlike(a[i-1].text, b[j-1].text):
			i, j = i-1, j-1
			out = append(out, [2]*recognisedWord{&a[i], &b[j]})
		case j == 0 || i > 0 && cost[i][j] == cost[i-1][j]+gap:
			i--
			out = append(out, [2]*recognisedWord{&a[i], nil})
		default:
			j--
			out = append(out, [2]*recognisedWord{nil, &b[j]})
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// unlike is 0 for equal words, and up to 2 for such as have nothing in common.
func unlike(x, y string) float64 {
	if x == y {
		return 0
	}
	a, b := compact(x), compact(y)
	if a == b {
		return 0.1
	}
	n := max(len([]rune(a)), len([]rune(b)), 1)
	for d := 1; d <= n/2; d++ {
		if near(a, b, d) {
			return 0.2 + float64(d)/float64(n)
		}
	}
	return 2
}
