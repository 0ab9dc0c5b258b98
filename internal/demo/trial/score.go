package trial

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kualik/internal/certificate"
)

// Fields are the fields that are judged, in the order of tables.
var Fields = []certificate.Field{certificate.Number, certificate.RegisteredOn, certificate.CreatedOn, certificate.Kind, certificate.Title, certificate.Authors}

// Judgement is what one reading was worth. Right has the fields that were asked for; Alike tells that the title
// is at least 95 % alike.
type Judgement struct {
	Verdict bool
	Right   map[certificate.Field]bool
	Alike   bool
	Got     *certificate.Reading
	Sure    bool // it would have been decided without a person
}

// Judge holds a reading against the truth.
func (c Case) Judge(x certificate.Extraction) Judgement {
	j := Judgement{Verdict: (x.Verdict == certificate.IsCertificate) == (c.Want != nil)}
	if c.Want == nil {
		return j
	}
	j.Right = map[certificate.Field]bool{}
	got := certificate.Reading{}
	if len(x.Certificates) > 0 {
		got = x.Certificates[0]
		j.Got, j.Sure = &got, got.Sure()
	}
	w := c.Want
	j.Right[certificate.Number] = strings.TrimLeft(got.Number, "0") == strings.TrimLeft(w.Number, "0")
	j.Right[certificate.RegisteredOn] = got.RegisteredOn == w.RegisteredOn
	j.Right[certificate.CreatedOn] = got.CreatedOn == w.CreatedOn
	j.Right[certificate.Kind] = got.Kind == w.Kind
	a, b := plainTitle(got.Title), plainTitle(w.Title)
	j.Right[certificate.Title] = a == b
	j.Alike = likeness(strings.ToLower(a), strings.ToLower(b)) >= 0.95
	j.Right[certificate.Authors] = slices.Equal(plainNames(got.Authors), plainNames(w.Authors))
	return j
}

var (
	reQuotes = regexp.MustCompile("[\"'«»“”„‟‘’‹›`]")
	reDashes = regexp.MustCompile("[‐‑‒–—−]")
)

func flat(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(norm.NFC.String(s), "\u00ad", "")), " ")
}

// plainTitle is a title without what does not count: quotation marks, the last full stop, sorts of dashes.
func plainTitle(s string) string {
	s = reDashes.ReplaceAllString(reQuotes.ReplaceAllString(flat(s), ""), "-")
	return strings.Trim(flat(s), " .,;")
}

var latin = strings.NewReplacer("a", "а", "b", "в", "c", "с", "e", "е", "h", "н", "k", "к", "m", "м", "o", "о", "p", "р", "t", "т", "x", "х", "y", "у", "i", "і", "ё", "е", "ə", "ә", "ɵ", "ө")

func plainNames(list []string) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strings.Trim(latin.Replace(strings.ToLower(flat(n))), " .,;")
	}
	return out
}

// likeness is how alike two texts are, from 0 to 1: what they have in common, in order, of both.
func likeness(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	if len(x)+len(y) == 0 {
		return 1
	}
	row := make([]int, len(y)+1)
	for i := range x {
		diagonal := 0
		for j := range y {
			up := row[j+1]
			if x[i] == y[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			diagonal = up
		}
	}
	return 2 * float64(row[len(y)]) / float64(len(x)+len(y))
}
