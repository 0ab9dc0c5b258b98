package person

import "strings"

// SearchText is the folded text in which a search box looks: FoldText, and behind it each word's other
// key where it has one, so that Утебаев is found as Өтебаев.
func SearchText(s string) string {
	text := FoldText(s)
	seen := map[string]bool{}
	for w := range strings.SplitSeq(text, " ") {
		seen[w] = true
	}
	for w := range strings.SplitSeq(text, " ") {
		if a := alias(w); !seen[a] {
			seen[a] = true
			text += " " + a
		}
	}
	return text
}

// SearchPatterns are the patterns of LIKE for what somebody typed, one list a word: a text is found when,
// for every word, one of its patterns fits SearchText. Nothing typed gives nothing.
func SearchPatterns(typed string) [][]string {
	var list [][]string
	for w := range strings.SplitSeq(FoldText(typed), " ") {
		if w == "" {
			continue
		}
		patterns := []string{"%" + w + "%"}
		if a := alias(w); a != w {
			patterns = append(patterns, "%"+a+"%")
		}
		list = append(list, patterns)
	}
	return list
}
