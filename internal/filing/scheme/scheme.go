// Package scheme is the steps that an application goes, as versioned data: the numbered row above it.
//
// It stands below package filing, which moves an application along a scheme, and package desk, whose people
// write schemes. A scheme never changes; another is put in force, and what was submitted before keeps its
// own. The package must not know what a step means: who may take one, and what follows, is the table of
// package filing.
package scheme

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// Who acts in a step.
const (
	Filer     = "filer"
	Authors   = "authors"
	Registrar = "registrar"
	Expert    = "expert"
	Institute = "institute"
)

// Turns are all who may act in a step.
var Turns = []string{Filer, Authors, Registrar, Expert, Institute}

// Step is one of the numbered steps. The first is the applicant's preparation, the second begins with the
// submission, the last is the certificate.
type Step struct {
	Code  string               `json:"code"`
	Name  map[i18n.Lang]string `json:"name"`
	Note  map[i18n.Lang]string `json:"note,omitempty"` // the line beneath
	Days  int                  `json:"days"`           // its term in working days; 0: none
	Said  map[i18n.Lang]string `json:"said,omitempty"` // the instruction's own words about the term, which bind nobody
	Turn  string               `json:"turn"`           // who acts
	Words []string             `json:"words,omitempty"`
}

// In gives the name in a language.
func (s Step) In(l i18n.Lang) string { return in(s.Name, l) }

// NoteIn gives the line beneath in a language, empty when there is none.
func (s Step) NoteIn(l i18n.Lang) string { return in(s.Note, l) }

// SaidIn gives the instruction's words in a language, empty when there are none.
func (s Step) SaidIn(l i18n.Lang) string { return in(s.Said, l) }

func in(m map[i18n.Lang]string, l i18n.Lang) string {
	if t := m[l]; t != "" {
		return t
	}
	return m[i18n.RU]
}

// Scheme is a row of steps. Author is empty for those that came with the program.
type Scheme struct {
	Version   int
	Name      string
	Steps     []Step
	CreatedAt time.Time
	Author    string
	InForce   bool
}

// Index is the place of a step, -1 when the scheme does not have it.
func (s Scheme) Index(code string) int {
	return slices.IndexFunc(s.Steps, func(st Step) bool { return st.Code == code })
}

// Step is the step of a code.
func (s Scheme) Step(code string) (Step, bool) {
	if i := s.Index(code); i >= 0 {
		return s.Steps[i], true
	}
	return Step{}, false
}

// Next is the step after the one of a code.
func (s Scheme) Next(code string) (Step, bool) {
	if i := s.Index(code); i >= 0 && i+1 < len(s.Steps) {
		return s.Steps[i+1], true
	}
	return Step{}, false
}

// Begin is the step that the submission begins.
func (s Scheme) Begin() Step { return s.Steps[1] }

// Last is the step of the certificate.
func (s Scheme) Last() Step { return s.Steps[len(s.Steps)-1] }

// ByWords finds the step that somebody else's words name: one of its words, its code or its name in any
// language. The set of words is open; what is not found is kept by whoever asked, as it was written.
func (s Scheme) ByWords(text string) (Step, bool) {
	want := fold(text)
	if want == "" {
		return Step{}, false
	}
	for _, st := range s.Steps {
		for _, w := range append(slices.Concat(st.Words, []string{st.Code}), st.Name[i18n.KK], st.Name[i18n.RU], st.Name[i18n.EN]) {
			if fold(w) == want {
				return st, true
			}
		}
	}
	return Step{}, false
}

var (
	spaces = regexp.MustCompile(`[\s\p{Zs}]+`)
	ends   = " .,:;!\"'«»“”()№0123456789-–—"
)

// fold makes words comparable: case, spaces, signs and numbers at the ends say nothing.
func fold(s string) string {
	s = spaces.ReplaceAllString(strings.ToLower(norm.NFKC.String(s)), " ")
	return strings.ReplaceAll(strings.Trim(s, ends), "ё", "е")
}

const (
	mostSteps  = 12
	mostDays   = 365
	mostWords  = 40
	longestOne = 300 // letters of a name or a note
)

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Check finds what is wrong with a scheme; the fault says where.
func (s Scheme) Check() error {
	bad := func(what string, n int) error {
		return fault.New(fault.Invalid, "filing.scheme.error."+what, "Step", n)
	}
	if strings.TrimSpace(s.Name) == "" || len([]rune(s.Name)) > longestOne {
		return bad("name", 0)
	}
	if len(s.Steps) < 3 || len(s.Steps) > mostSteps {
		return fault.New(fault.Invalid, "filing.scheme.error.steps", "Max", mostSteps)
	}
	seen, words := map[string]bool{}, map[string]bool{}
	for i, st := range s.Steps {
		n := i + 1
		switch {
		case !codeForm.MatchString(st.Code) || seen[st.Code]:
			return bad("code", n)
		case !slices.Contains(Turns, st.Turn) || (i == 0) != (st.Turn == Filer):
			return bad("turn", n)
		case st.Days < 0 || st.Days > mostDays:
			return bad("days", n)
		case len(st.Words) > mostWords:
			return bad("words", n)
		}
		seen[st.Code] = true
		for _, l := range i18n.All {
			if strings.TrimSpace(st.Name[l]) == "" || len([]rune(st.Name[l])) > longestOne {
				return bad("step_name", n)
			}
			if len([]rune(st.Note[l])) > longestOne || len([]rune(st.Said[l])) > longestOne {
				return bad("note", n)
			}
		}
		for _, w := range st.Words {
			if fold(w) == "" || words[fold(w)] || len([]rune(w)) > longestOne {
				return bad("words", n) // the same words of two steps would name neither
			}
		}
		for _, w := range st.Words {
			words[fold(w)] = true
		}
	}
	return nil
}
