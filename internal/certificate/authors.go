package certificate

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	reNumbering = regexp.MustCompile(`^\s*\d{1,2}(?:\s*[.)]\s*|\s+)`)
	// A patronymic, in both languages and with what a poor font makes of them.
	rePatronymic = regexp.MustCompile(`(?i)(?:ович|евич|ьич|овна|евна|ична|[ұуү?]лы|[қк?]ызы|к[ыі]з[ыі]|оглы|кызы)$`)
	reOfChild    = regexp.MustCompile(`(?i)^(?:[ұу?]лы|[қк?]ызы|оглы)$`)
	reInitials   = regexp.MustCompile(`^(?:\p{L}\.\s*){1,2}$|^\p{L}\.-?\p{L}\.$`)
)

// splitAuthors parts the block of names. A semicolon parts if there is one, else a comma, else a line;
// a line that ends within a name is carried on.
func splitAuthors(block string) []string {
	block = strings.TrimSpace(block)
	if block == "" {
		return nil
	}
	var parts []string
	switch {
	case strings.Contains(block, ";"):
		parts = strings.Split(block, ";")
	case strings.Contains(block, ","):
		parts = strings.Split(block, ",")
	default:
		return cleanNames(joinNameLines(strings.Split(block, "\n")))
	}
	var names []string
	for _, p := range parts {
		// Two names in one part: somebody forgot the separator at the end of a line.
		if lines := strings.Split(strings.TrimSpace(p), "\n"); len(lines) > 1 && len(strings.Fields(p)) > 4 {
			names = append(names, joinNameLines(lines)...)
			continue
		}
		names = append(names, joinWords(p))
	}
	return cleanNames(names)
}

// joinNameLines decides for each line whether it begins a new name or carries on the one before.
func joinNameLines(lines []string) []string {
	var names []string
	for _, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if n := len(names); n > 0 && carriesOn(strings.Fields(names[n-1]), words) {
			names[n-1] = joinWords(names[n-1] + "\n" + line)
			continue
		}
		names = append(names, strings.Join(words, " "))
	}
	return names
}

func carriesOn(name, line []string) bool {
	last := name[len(name)-1]
	switch {
	case strings.HasSuffix(last, "-"):
		return true
	case len(name) == 1:
		return true
	case len(line) > 2:
		return false
	case len(line) == 2:
		return reOfChild.MatchString(line[1]) && len(name) == 2 && !rePatronymic.MatchString(last)
	case reOfChild.MatchString(line[0]):
		return true
	case rePatronymic.MatchString(line[0]):
		return len(name) == 2
	case len(name) >= 3 || rePatronymic.MatchString(last):
		return false
	}
	// A single word after two: the patronymic of an unusual shape, seldom a lonely surname.
	return len(name) == 2
}

// joinWords puts the words of a name on one line; a hyphen at the end of a line joins.
func joinWords(s string) string {
	var out strings.Builder
	for _, w := range strings.Fields(s) {
		if out.Len() > 0 && !strings.HasSuffix(out.String(), "-") {
			out.WriteByte(' ')
		}
		out.WriteString(w)
	}
	return out.String()
}

func cleanNames(names []string) []string {
	var out []string
	for _, n := range names {
		n = reNumbering.ReplaceAllString(n, "")
		n = strings.TrimSpace(strings.Trim(n, " ,;:"))
		if i := strings.LastIndexByte(n, ' '); strings.HasSuffix(n, ".") && !reInitials.MatchString(n[i+1:]) {
			n = strings.TrimRight(n, ".")
		}
		if strings.ContainsFunc(n, unicode.IsLetter) {
			out = append(out, n)
		}
	}
	return out
}

// looksLikeName: two to five words of letters, capitals first. A person may have one name only.
func looksLikeName(name string) bool {
	if i := strings.IndexByte(name, '('); i > 0 {
		name = name[:i] // an organisation in brackets
	}
	words := strings.Fields(name)
	if len(words) < 1 || len(words) > 5 {
		return false
	}
	for i, w := range words {
		for j, r := range w {
			if !unicode.IsLetter(r) && !strings.ContainsRune("-–.'’ʼ`", r) {
				return false
			}
			if j == 0 && !unicode.IsUpper(r) && i == 0 {
				return false
			}
		}
	}
	return true
}
