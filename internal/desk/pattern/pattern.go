// Package pattern finds in the text of a mail what the institute's notification says: which application, which
// step, which certificate.
//
// What those mails look like is not known, and may change any day: a pattern is data, written and tried on a
// page. The text is a stranger's: expressions are RE2, which takes no more time than length times size, and
// both are bounded. The package is pure. It knows no filing and trusts nothing that it finds; package desk
// holds the findings against what is known.
package pattern

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

// Kind is what a notification brings.
type Kind string

// The kinds. A query and a refusal are never taken by themselves: their words are for a person.
const (
	Step        Kind = "step"        // another step, or the register's number of the application
	Certificate Kind = "certificate" // the certificate is there
	Query       Kind = "query"       // the institute asks
	Refusal     Kind = "refusal"
)

// Kinds are all kinds.
var Kinds = []Kind{Step, Certificate, Query, Refusal}

// The named groups of expressions.
const (
	Ref             = "ref"              // the application's number at the institute's cabinet: 2026-17, 110321
	RegistryNo      = "registry_no"      // the register's own number of the application: never the same thing
	StepWords       = "step"             // the step as the cabinet names it
	Date            = "date"             // when the step was taken
	CertificateNo   = "certificate_no"   //
	CertificateDate = "certificate_date" //
	Until           = "until"            // the term of a query
	Title           = "title"            // of the work
	Author          = "author"           // a full name
)

// Groups are all groups, in the order in which they are shown.
var Groups = []string{Ref, RegistryNo, StepWords, Date, CertificateNo, CertificateDate, Until, Title, Author}

// Bounds of a pattern and of the text.
const (
	MaxLines = 16
	maxLine  = 1000     // bytes of one expression
	maxSize  = 4000     // instructions of one expression
	maxText  = 16 << 10 // bytes of a mail that are searched: nobody says it so late
	maxFinds = 20       // places of one expression
	maxValue = 600      // bytes of one finding
)

// Pattern is how one sort of mail is known. The first line of Body is what makes it one; every further line
// looks for facts, and need not be there. Subject, when set, must fit too; a mail that was forwarded under
// another subject may have it in its text. Case does not matter.
type Pattern struct {
	Kind    Kind     `json:"kind"`
	Subject string   `json:"subject"`
	Body    []string `json:"body"`
}

// Compiled is a pattern ready for use; it may be used by many goroutines.
type Compiled struct {
	Kind    Kind
	subject *regexp.Regexp
	body    []*regexp.Regexp
}

// Lines are the lines of a pattern as they were typed into a field.
func Lines(typed string) (lines []string) {
	for l := range strings.SplitSeq(typed, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// Compile checks a pattern. fault.Invalid says which line is wrong, and how.
func Compile(p Pattern) (Compiled, error) {
	c := Compiled{Kind: p.Kind}
	if !slices.Contains(Kinds, p.Kind) {
		return c, fault.New(fault.Invalid, "office.pattern.error.kind")
	}
	if len(p.Body) == 0 || len(p.Body) > MaxLines {
		return c, fault.New(fault.Invalid, "office.pattern.error.lines", "Most", MaxLines)
	}
	numbered := false
	add := func(line int, expression string) (*regexp.Regexp, error) {
		re, err := compile(line, expression)
		if err == nil {
			numbered = numbered || slices.Contains(re.SubexpNames(), Ref) || slices.Contains(re.SubexpNames(), RegistryNo)
		}
		return re, err
	}
	var err error
	if p.Subject != "" {
		if c.subject, err = add(0, p.Subject); err != nil {
			return c, err
		}
	}
	for i, line := range p.Body {
		re, err := add(i+1, line)
		if err != nil {
			return c, err
		}
		c.body = append(c.body, re)
	}
	if !numbered {
		return c, fault.New(fault.Invalid, "office.pattern.error.no_number")
	}
	return c, nil
}

// short are the words for what comes again and again in expressions: a number sign or the word for it, a
// number of an application at the cabinet, a day, a few words.
var short = strings.NewReplacer(
	"{no}", `(?:№|N[o°º]?\.?|#|номер\pL*|нөмір\pL*)\s?:?\s?№?\s?`,
	"{ref}", `(?:20\d\d ?[-‐‑–—−] ?\d{1,7}|\d{5,7})`,
	"{day}", `(?:\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}-\d\d-\d\d|[«"“„]?\d{1,2}[»"”]? \pL{3,9} \d{4}|\d{4} ?ж(?:ылғы|ылы|\.)? ?[«"“„]?\d{1,2}[»"”]? \pL{3,9})`,
	"{words}", `[^»"”\n.;,(]{3,60}`,
)

// Words are the names of these.
var Words = []string{"no", "ref", "day", "words"}

// compile is one expression, with its size bounded: a small one can be unrolled to a huge one by its counts.
func compile(line int, expression string) (*regexp.Regexp, error) {
	wrong := func(err error) error {
		return fault.Wrap(err, fault.Invalid, "office.pattern.error.wrong", "Line", line, "Words", err.Error())
	}
	if len(expression) > maxLine {
		return nil, fault.New(fault.Invalid, "office.pattern.error.long", "Line", line, "Most", maxLine)
	}
	expression = "(?im:" + short.Replace(expression) + ")"
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, wrong(err)
	}
	for _, name := range tree.CapNames() {
		if name != "" && !slices.Contains(Groups, name) {
			return nil, fault.New(fault.Invalid, "office.pattern.error.group", "Line", line, "Name", name)
		}
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, wrong(err)
	}
	if len(prog.Inst) > maxSize {
		return nil, fault.New(fault.Invalid, "office.pattern.error.long", "Line", line, "Most", maxLine)
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, wrong(err)
	}
	return re, nil
}

// Found is what a pattern found: for each group the different values in the order of the text.
type Found map[string][]string

// One is the only value of a group; ok is false when there are several, and the empty value is none.
func (f Found) One(group string) (value string, ok bool) {
	switch len(f[group]) {
	case 0:
		return "", true
	case 1:
		return f[group][0], true
	}
	return "", false
}

// Day is the only day of a group; ok is false when there are several or it is none that can be.
func (f Found) Day(group string) (day clock.Day, ok bool) {
	text, ok := f.One(group)
	if !ok || text == "" {
		return "", ok
	}
	return ParseDay(text)
}

// Find looks at a mail. ok is false when it is no such mail, or names no application by a number.
func (c Compiled) Find(subject, text string) (found Found, ok bool) {
	subject, text = Clean(subject), Clean(text)
	found = Found{}
	if c.subject != nil && !found.take(c.subject, subject) && !found.take(c.subject, text) {
		return nil, false
	}
	if !found.take(c.body[0], text) {
		return nil, false
	}
	for _, re := range c.body[1:] {
		found.take(re, text)
		found.take(re, subject)
	}
	// "Рег. номер заявки: 89027" is an application's number to a looser expression too.
	found[Ref] = slices.DeleteFunc(found[Ref], func(n string) bool { return slices.Contains(found[RegistryNo], n) })
	return found, len(found[Ref])+len(found[RegistryNo]) > 0
}

// take adds what one expression finds in a text, and tells whether it fits at all.
func (f Found) take(re *regexp.Regexp, text string) bool {
	all := re.FindAllStringSubmatch(text, maxFinds)
	for _, m := range all {
		for i, name := range re.SubexpNames() {
			if name != "" {
				f.add(name, m[i])
			}
		}
	}
	return len(all) > 0
}

func (f Found) add(group, value string) {
	value = strings.Trim(strings.Join(strings.Fields(value), " "), " \t.,;:")
	if group == Ref || group == RegistryNo || group == CertificateNo {
		value = number(value)
	}
	if value == "" || len(value) > maxValue || slices.Contains(f[group], value) {
		return
	}
	f[group] = append(f[group], value)
}

// number is a number as it is compared: no spaces, one sort of hyphen.
func number(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r == '-':
			return r
		case r == '‐' || r == '‑' || r == '–' || r == '—' || r == '−':
			return '-'
		case r == ' ':
			return -1
		}
		return r
	}, s)
}

var spaces = strings.NewReplacer("\u00a0", " ", "\u2007", " ", "\u2009", " ", "\u202f", " ", "\u200b", "", "\u00ad", "", "\ufeff", "", "\t", " ", "\r", "")

// Clean is a text as expressions see it: composed letters, plain spaces, one after the other, and no marks of
// quoting at the beginning of lines. It is cut where nobody looks any more.
func Clean(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	text = spaces.Replace(norm.NFC.String(strings.ToValidUTF8(text, "")))
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimLeft(line, " >|")
		space := false
		for _, r := range line {
			if r == ' ' {
				space = b.Len() > 0
				continue
			}
			if space {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n")
}
