package preflight

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// text is a file's text, cleaned, with its pages.
type text struct {
	pages []page
	paged bool // the pages are those that are printed
	size  int  // bytes of all pages together
	books int  // where the list of literature begins, in bytes from the beginning; -1: there is none
}

type page struct {
	number int // 0 in a file without pages
	start  int // bytes before it
	text   string
	lower  string // the same in small letters, byte for byte
}

const typePDF = "application/pdf"

func newText(in Input) *text {
	t := &text{paged: in.Type == typePDF, books: -1}
	for _, p := range in.Pages {
		clean := page{start: t.size, text: cleaned(p.Text)}
		clean.lower = lowered(clean.text)
		if t.paged {
			clean.number = p.Number
		}
		t.size += len(clean.text) + 1
		t.pages = append(t.pages, clean)
	}
	t.size = max(0, t.size-len(t.pages))
	t.findBooks()
	return t
}

// cleaned composes letters, drops what is not seen, and makes all blanks and dashes plain. Lines stay.
func cleaned(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case strings.ContainsRune("‐‑‒–—−", r):
			return '-'
		case unicode.IsSpace(r):
			return ' '
		case r == '\u00ad' || unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, " ")))
}

// lowered makes letters small as long as that takes as many bytes.
func lowered(s string) string {
	return strings.Map(func(r rune) rune {
		if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
			return l
		}
		return r
	}, s)
}

// fold is what two spellings of one hit have in common.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// hit is a place in the text.
type hit struct {
	page     *page
	from, to int // bytes in the page's text
}

func (h hit) text() string { return h.page.text[h.from:h.to] }

// pattern is an expression with the stems of which each of its matches has one. A book is long and stems are
// rare, so the expression is tried near them only. The stems are in small letters, or exact.
type pattern struct {
	re    *regexp.Regexp
	exact bool
	stems []string
}

func expression(re string, stems ...string) pattern {
	return pattern{re: regexp.MustCompile(re), stems: stems}
}

func (p pattern) exactly() pattern {
	p.exact = true
	return p
}

// reach is how many bytes to each side of a stem a match may extend.
const reach = 300

// windows are the parts of a page near the stems, in order and apart.
func (p pattern) windows(in *page) (list [][2]int) {
	text := in.lower
	if p.exact {
		text = in.text
	}
	for _, stem := range p.stems {
		for at := 0; ; {
			i := strings.Index(text[at:], stem)
			if i < 0 {
				break
			}
			at += i
			list = append(list, [2]int{edge(text, at-reach), edge(text, at+len(stem)+reach)})
			at += len(stem)
		}
	}
	slices.SortFunc(list, func(a, b [2]int) int { return a[0] - b[0] })
	var apart [][2]int
	for _, w := range list {
		if n := len(apart); n > 0 && w[0] <= apart[n-1][1] {
			apart[n-1][1] = max(apart[n-1][1], w[1])
		} else {
			apart = append(apart, w)
		}
	}
	return apart
}

// edge is the nearest beginning of a letter at or before a place, within the text.
func edge(s string, at int) int {
	at = min(max(at, 0), len(s))
	for at > 0 && at < len(s) && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}

// find gives the places of an expression that do not begin or end within a word. The first group is the hit
// when the expression has one.
func (t *text) find(what pattern) (hits []hit) {
	for i := range t.pages {
		p := &t.pages[i]
		for _, w := range what.windows(p) {
			for _, m := range what.re.FindAllStringSubmatchIndex(p.text[w[0]:w[1]], -1) {
				from, to := m[0], m[1]
				if len(m) > 2 && m[2] >= 0 {
					from, to = m[2], m[3]
				}
				from, to = from+w[0], to+w[0]
				for to > from && unicode.IsSpace(rune(p.text[to-1])) {
					to--
				}
				if whole(p.text, from, to) {
					hits = append(hits, hit{p, from, to})
				}
			}
		}
	}
	return hits
}

// whole tells whether a part of a text begins and ends at a word's edge.
func whole(s string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	first, _ := utf8.DecodeRuneInString(s[from:])
	last, _ := utf8.DecodeLastRuneInString(s[:to])
	after, _ := utf8.DecodeRuneInString(s[to:])
	return !(from > 0 && wordy(before) && wordy(first)) && !(to < len(s) && wordy(last) && wordy(after))
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// around is the text near a hit on its page, so many bytes to each side.
func (h hit) around(before, after int) string {
	return h.page.text[edge(h.page.text, h.from-before):edge(h.page.text, h.to+after)]
}

// line is the line in which a hit begins.
func (h hit) line() string {
	from := strings.LastIndexByte(h.page.text[:h.from], '\n') + 1
	line, _, _ := strings.Cut(h.page.text[from:], "\n")
	return line
}

// The places where a book says who decided to print it: its first and its last leaves. In a file without
// pages so many bytes; a page of Cyrillic has about four thousand.
const (
	frontPages, backPages = 4, 2
	frontBytes, backBytes = 14_000, 8_000
)

// imprint tells whether a hit stands where the imprint of a book stands. Elsewhere the same words may be
// about something else.
func (t *text) imprint(h hit) bool {
	if t.paged {
		last := t.pages[len(t.pages)-1].number
		return h.page.number <= frontPages || h.page.number > last-backPages
	}
	at := h.page.start + h.from
	return at < frontBytes || at > t.size-backBytes
}

var (
	reBooks = regexp.MustCompile(`(?mi)^ *(?:[0-9IVХ]+[.)]? *)?(?:список (?:использованн\pL+ |рекомендуем\pL+ |основной |дополнительной )?(?:литературы|источников)(?: и литературы)?|(?:использованная |рекомендуемая |основная )?литература|библиографи\pL+(?: список)?|библиографический список|(?:пайдаланылған |пайдаланған |қолданылған |ұсынылатын |негізгі )?әдебиет(?:тер)?(?: тізімі)?|references|bibliography) *:? *$`)
	// Two of these on a page are the imprint of the book itself.
	reImprint = regexp.MustCompile(`(?i)подписано (?:в|к) печат|басуға қол қой|тираж|таралымы|формат 60|пішімі|усл\. ?печ|шартты баспа|уч\.-изд|бумага офсет|офсет қағаз|заказ №|тапсырыс`)
)

// findBooks finds where the list of literature begins, beyond the first fifth of the text: a line of the
// table of contents ends with a number and is none.
func (t *text) findBooks() {
	for _, p := range t.pages {
		for _, m := range reBooks.FindAllStringIndex(p.text, -1) {
			if at := p.start + m[0]; at*5 > t.size {
				t.books = at
				return
			}
		}
	}
}

// listed tells whether a hit stands in the list of literature, and not in the imprint behind it.
func (t *text) listed(h hit) bool {
	if t.books < 0 || h.page.start+h.from < t.books {
		return false
	}
	marks := map[string]bool{}
	for _, m := range reImprint.FindAllString(h.around(1200, 1200), -1) {
		marks[strings.ToLower(m)] = true
	}
	return len(marks) < 2
}
