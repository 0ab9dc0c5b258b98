package certificate

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A heading is where a half of a certificate begins: a line with the one word.
type heading struct {
	span
	lang language
}

// headings finds the lines СВИДЕТЕЛЬСТВО, КУӘЛІК and both together. A heading may be letter-spaced, and
// the rest of the title may follow on the line. A word in the middle of a sentence is none: a letter
// that tells about a certificate is not a certificate.
func (s *source) headings() []heading {
	var out []heading
	for from := 0; from < len(s.text); {
		to := from + strings.IndexByte(s.text[from:]+"\n", '\n')
		if lang := headingLine(s.text[from:to], s.ocr); lang != 0 {
			out = append(out, heading{span{from, to}, lang})
		}
		from = to + 1
	}
	return s.joinHeadings(out)
}

// joinHeadings makes one of two headings in two languages that have nothing between them.
func (s *source) joinHeadings(in []heading) []heading {
	var out []heading
	for _, h := range in {
		if n := len(out); n > 0 && out[n-1].lang != h.lang && strings.TrimSpace(strings.ReplaceAll(s.text[out[n-1].to:h.from], "/", "")) == "" {
			out[n-1].to, out[n-1].lang = h.to, kazakh|russian
			continue
		}
		out = append(out, h)
	}
	return out
}

func headingLine(line string, ocr bool) language {
	if len(line) > 400 || len(line) < 6 {
		return 0
	}
	letters := compact(line)
	if letters == "" || strings.Contains(line, "№") && line != strings.ToUpper(line) { // «Свидетельство №» is a label
		return 0
	}
	if rest, ok := strings.CutPrefix(letters, "свидетельство"); ok {
		if rest == "" || rest == "куалик" {
			if rest != "" {
				return kazakh | russian
			}
			return russian
		}
		upper := !strings.ContainsFunc(strings.TrimSpace(line)[:min(len(strings.TrimSpace(line)), 26)], unicode.IsLower)
		if upper && (strings.HasPrefix(rest, "овнесениисведений") || strings.HasPrefix(rest, "огосударственнойрегистрации")) {
			return russian
		}
	}
	switch letters {
	case "куалик":
		return kazakh
	case "куаликсвидетельство":
		return kazakh | russian
	}
	if ocr && !strings.ContainsFunc(strings.TrimSpace(line), unicode.IsLower) || ocr && len([]rune(letters)) < 30 {
		switch {
		case near(letters, "свидетельство", 3):
			return russian
		case near(letters, "куаликсвидетельство", 4):
			return kazakh | russian
		case len([]rune(letters)) >= 5 && near(letters, "куалик", 1):
			return kazakh
		}
	}
	return 0
}

// compact leaves the letters of a line, in lower case, Kazakh letters and look-alikes folded.
func compact(line string) string {
	var out strings.Builder
	for _, r := range line {
		r = unicode.ToLower(r)
		if f, ok := headingFold[r]; ok {
			r = f
		}
		if unicode.IsLetter(r) {
			out.WriteRune(r)
		}
	}
	return out.String()
}

var headingFold = map[rune]rune{
	'a': 'а', 'b': 'в', 'c': 'с', 'e': 'е', 'ё': 'е', 'h': 'н', 'k': 'к', 'm': 'м', 'o': 'о', 'p': 'р', 't': 'т', 'x': 'х', 'y': 'у',
	'қ': 'к', 'ә': 'а', 'ə': 'а', 'э': 'а', 'і': 'и', 'i': 'и', 'l': 'и', 'ы': 'и', '?': 'а', unicode.ReplacementChar: 'а', 'ң': 'н', 'ғ': 'г', 'ұ': 'у', 'ү': 'у', 'ө': 'о',
}

// near tells whether two words differ by at most n letters changed, lost or added.
func near(a, b string, n int) bool {
	longer := utf8.RuneCountInString(a) - utf8.RuneCountInString(b)
	return -n <= longer && longer <= n && distance(a, b) <= n
}

// distance is how many letters must be changed, dropped or added to make one word of the other.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(y)]
}
