package certificate

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// joinLines puts a value of several lines on one.
func joinLines(s string) string {
	var out strings.Builder
	for _, line := range strings.Split(s, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if out.Len() > 0 && !endsWithinWord(out.String()) {
			out.WriteByte(' ')
		}
		out.WriteString(line)
	}
	return out.String()
}

// joinTitle joins the lines of a title and leaves the rest as printed, double spaces too. A hyphen at
// the end of a line belongs to the word unless the same word stands without one elsewhere in the
// document: then it only parted syllables.
func (s *source) joinTitle(text string) string {
	var out strings.Builder
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if i > 0 && out.Len() > 0 {
			done := out.String()
			switch {
			case !endsWithinWord(done):
				out.WriteByte(' ')
			case s.syllables(done, line):
				out.Reset()
				out.WriteString(strings.TrimSuffix(done, "-"))
			}
		}
		out.WriteString(line)
	}
	return out.String()
}

// The signs that stand close to a word, which recognition may set apart from it.
var (
	reApart     = regexp.MustCompile(`[ \n]([,.;:!?)»”])`)
	reApartLeft = regexp.MustCompile(`([(«“])[ \n]`)
)

// closed draws the signs of a recognised text to their words.
func closed(s string) string {
	s = reApartLeft.ReplaceAllString(reApart.ReplaceAllString(s, "$1"), "$1")
	if rest, ok := strings.CutPrefix(s, `" `); ok {
		s = `"` + rest
	}
	return strings.TrimRight(s, " |")
}

// endsWithinWord tells whether a line ends with a hyphen that stands at a word.
func endsWithinWord(line string) bool {
	rest, ok := strings.CutSuffix(line, "-")
	if !ok {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(rest)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// syllables tells whether the word broken at the end of a line stands unbroken elsewhere.
func (s *source) syllables(before, after string) bool {
	before = strings.TrimSuffix(before, "-")
	head := before[strings.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) })+1:]
	if i := strings.IndexFunc(after, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		after = after[:i]
	}
	if utf8.RuneCountInString(head) < 2 || utf8.RuneCountInString(after) < 2 {
		return false
	}
	return !strings.Contains(s.text, head+"-"+after) && strings.Contains(s.text, head+after)
}
