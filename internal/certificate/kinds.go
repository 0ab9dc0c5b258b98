package certificate

import (
	"strings"
	"unicode/utf8"

	"kualik/internal/kind"
)

// kindNames are the register's own words, for words that lost some letters on the way.
var kindNames = func() map[string]string {
	out := map[string]string{}
	for _, code := range kind.Codes {
		out[compact(kind.Name("ru", code))] = code
		out[compact(kind.Name("kk", code))] = code
	}
	return out
}()

// kindCode is the code of the words of a kind; empty when they are not known. One letter in eight may be
// wrong: Kazakh letters lost in a font, a misprint, text recognition.
func kindCode(words string) string {
	if code, ok := kind.Parse(words); ok {
		return code
	}
	fold := compact(words)
	letters := utf8.RuneCountInString(fold)
	found, nearest := "", letters/8+1
	for name, code := range kindNames {
		longer := letters - utf8.RuneCountInString(name)
		if max(longer, -longer) > nearest {
			continue
		}
		switch d := distance(fold, name); {
		case d < nearest:
			found, nearest = code, d
		case d == nearest && d <= letters/8 && code != found:
			found = "" // two kinds are as near
		}
	}
	return found
}

// kindIn is the code of the kind that a stretch says and nothing else, in one language or in both with a stroke
// between them.
func kindIn(text string) string {
	code := ""
	for part := range strings.SplitSeq(text, "/") {
		c := kindCode(trimKind(part))
		if c == "" || code != "" && c != code {
			return ""
		}
		code = c
	}
	return code
}

// isKazakh tells the Kazakh words of a kind from the Russian ones.
func isKazakh(words string) bool {
	if kazakhLetters(words) {
		return true
	}
	code := kindCode(words)
	return code != "" && near(compact(words), compact(kind.Name("kk", code)), 4) && compact(words) != compact(kind.Name("ru", code))
}
