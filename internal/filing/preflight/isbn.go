package preflight

import (
	"regexp"
	"strings"
)

var (
	// The word, also with Cyrillic letters of the same look, and what follows it on its line or the next.
	reISBN = expression(`(?i)([IІ][SЅ][BВ][NΝ](?:-?1[03])?(?:[ \n:№.(]|-[ \n])*(?:[0-9][0-9 \n-]{4,22}[0-9XХ]|[0-9]{3,}[0-9-]*(?:\.{3}|…)?)?)`, "sb", "sв", "ѕb", "ѕв")
	// Thirteen digits of a book without the word: under its bar code, or in a line of their own.
	reEAN    = expression(`97[89](?:[ -]?[0-9]){10}`, "978", "979")
	reDigits = regexp.MustCompile(`[0-9XХ]`)
)

// isbn: "в содержании документа не должны быть указаны ISBN номер". A number whose check digit is right is
// sure, in the imprint; in the list of literature, or amid the book, it may be another book's.
func (c *check) isbn() {
	var places []place
	for _, h := range c.text.find(reISBN) {
		number := h.text()
		digits := isbnDigits(number)
		p := place{hit: h, severity: Warning, message: "preflight.isbn.word"}
		switch {
		case digits == "" && (lower(number) || !c.text.imprint(h)):
			continue // the word in a program or in running text
		case digits == "":
		case c.text.listed(h) || !c.text.imprint(h):
			p.message = "preflight.isbn.other"
		case ValidISBN(digits):
			p.severity, p.message = Error, "preflight.isbn.found"
		default:
			p.message = "preflight.isbn.broken"
		}
		places = append(places, p)
	}
	for _, h := range c.text.find(reEAN) {
		if !ValidISBN(isbnDigits(h.text())) {
			continue
		}
		p := place{hit: h, severity: Warning, message: "preflight.isbn.other"}
		if !c.text.listed(h) && c.text.imprint(h) {
			p.message = "preflight.isbn.digits"
			if strings.Count(h.text(), "-") == 4 {
				p.severity, p.message = Error, "preflight.isbn.found"
			}
		}
		places = append(places, p)
	}
	c.report(CodeISBN, "preflight.isbn.ok", places)
}

// lower: no letter of the word is a capital.
func lower(s string) bool { return strings.ToLower(s) == s }

// isbnDigits are the digits of a number behind the word, without the 10 or 13 of "ISBN-13".
func isbnDigits(s string) string {
	if i := strings.LastIndexAny(s, "NnΝ"); i >= 0 {
		s = s[i+1:]
	}
	if rest, ok := strings.CutPrefix(s, "-13"); ok {
		s = rest
	} else if rest, ok := strings.CutPrefix(s, "-10"); ok {
		s = rest
	}
	return strings.ReplaceAll(strings.Join(reDigits.FindAllString(s, -1), ""), "Х", "X")
}

// ValidISBN tells whether the last digit of an ISBN of 10 or 13 digits, without hyphens, fits the others
// (ISO 2108).
func ValidISBN(s string) bool {
	sum := 0
	switch len(s) {
	case 10:
		for i := range 10 {
			d := int(s[i] - '0')
			if s[i] == 'X' && i == 9 {
				d = 10
			}
			if d < 0 || d > 10 || d > 9 && i < 9 {
				return false
			}
			sum += (10 - i) * d
		}
		return sum%11 == 0
	case 13:
		for i := range 13 {
			d := int(s[i] - '0')
			if d < 0 || d > 9 {
				return false
			}
			sum += d * (1 + i%2*2)
		}
		return sum%10 == 0 && (strings.HasPrefix(s, "978") || strings.HasPrefix(s, "979"))
	}
	return false
}
