package chase

import (
	"strings"

	"kualik/internal/person"
)

// endings are words of an imported application's status after which no certificate comes: the institute's
// cabinet, the office's own list and their translations are an open set, so parts of words are sought, in a
// spelling without the letters that people leave out.
var endings = fold(
	"отказ", "отклон", "отозва", "отзыв", "отзывается", "аннулир", "прекращ", "не подан", "удален", "возвращен", "снята с",
	"бас тарт", "қабылданба", "қайтарып ал", "кері қайтар", "қайтарылды", "жойыл", "тоқтат", "күшін жой",
	"refus", "reject", "withdraw", "cancel", "abandon", "annul", "deleted", "returned",
	// Not filed yet, whatever stands beside it.
	"черновик", "подготовк", "дайындау", "дайындық", "draft",
)

func fold(words ...string) []string {
	for i, w := range words {
		words[i] = person.FoldText(w)
	}
	return words
}

// Ended tells whether an application with the status will have no certificate.
func Ended(status string) bool {
	folded := person.FoldText(status)
	for _, w := range endings {
		if strings.Contains(folded, w) {
			return true
		}
	}
	return false
}
