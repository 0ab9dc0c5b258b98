package certificate

import (
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
	for d := 1; d <= len([]rune(fold))/8; d++ {
		found := ""
		for name, code := range kindNames {
			if code != found && near(fold, name, d) {
				if found != "" {
					return "" // two kinds are as near
				}
				found = code
			}
		}
		if found != "" {
			return found
		}
	}
	return ""
}

// isKazakh tells the Kazakh words of a kind from the Russian ones.
func isKazakh(words string) bool {
	if kazakhLetters(words) {
		return true
	}
	code := kindCode(words)
	return code != "" && near(compact(words), compact(kind.Name("kk", code)), 4) && compact(words) != compact(kind.Name("ru", code))
}
