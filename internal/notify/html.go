package notify

import (
	_ "embed"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"kualik/internal/i18n"
)

// The HTML of a letter is made of its text, so that the two say the same and every letter has both. What a
// text means by its form:
//
//	a blank line         parts paragraphs
//	Label: value         two or more such lines in a row are facts
//	- one                lines that begin with a dash are a list
//	Label: https://…     a link into this installation at the end of a line, or alone on the line below, is a
//	                     button; without a label, or with a long one, the button says "open". Other links stay
//	                     text: whoever can put words into a letter must not get a button of ours for them.
//	"-- "                what follows is the foot (RFC 3676 section 4.3)
//
// Styles stand in each element, because that is what mail programs keep; the few that know a dark theme are
// told its colours by a style sheet. Nothing is fetched.

//go:embed letter.html
var letterHTML string

var letterPage = template.Must(template.New("letter").Parse(letterHTML))

// page is what the template shows.
type page struct {
	Lang, House, Subject string
	Blocks               []block
	Foot                 []string
}

// block is one thing in a letter: lines of a paragraph, facts, a list, or a button.
type block struct {
	Lines   []string
	Facts   []fact
	List    []string
	Label   string
	Link    string
	Primary bool
}

type fact struct{ Name, Value string }

const (
	labelLimit   = 48 // characters of a button
	factLimit    = 40 // characters of a fact's name
	footLine     = "-- "
	buttonsFirst = 1
)

var (
	linkAtEnd = regexp.MustCompile(`^(.*?)(https?://\S+)$`)
	factLine  = regexp.MustCompile(`^([^:/]{1,60}): (\S.*)$`)
	listLine  = regexp.MustCompile(`^[-–—•] +(\S.*)$`)
	sentence  = regexp.MustCompile(`^(.*[.!?…]) +(\S.*)$`)
)

// asHTML makes the HTML of a letter. base is how links into the installation begin.
func asHTML(l Letter, house, base string) (string, error) {
	body, foot, _ := strings.Cut("\n"+l.Text, "\n"+footLine+"\n")
	p := page{Lang: l.Lang, House: house, Subject: l.Subject, Blocks: blocks(body, base, lang(l.Lang))}
	for _, line := range strings.Split(strings.TrimSpace(foot), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			p.Foot = append(p.Foot, line)
		}
	}
	var out strings.Builder
	if err := letterPage.Execute(&out, p); err != nil {
		return "", fmt.Errorf("writing a letter as HTML: %w", err)
	}
	return strings.ReplaceAll(out.String(), "№ ", "№\u00a0"), nil
}

func lang(s string) i18n.Lang {
	if l, ok := i18n.Parse(s); ok {
		return l
	}
	return i18n.RU
}

// blocks reads a text.
func blocks(text, base string, l i18n.Lang) []block {
	var out []block
	buttons := 0
	for _, paragraph := range regexp.MustCompile(`\n[ \t]*\n`).Split(strings.TrimSpace(text), -1) {
		lines := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		if facts := allFacts(lines); facts != nil {
			out = append(out, block{Facts: facts})
			continue
		}
		var prose []string
		flush := func() {
			if len(prose) > 0 {
				out, prose = append(out, block{Lines: prose}), nil
			}
		}
		for _, line := range lines {
			line = strings.TrimRight(line, " \t")
			if found := listLine.FindStringSubmatch(line); found != nil {
				flush()
				if n := len(out); n > 0 && out[n-1].List != nil {
					out[n-1].List = append(out[n-1].List, found[1])
				} else {
					out = append(out, block{List: []string{found[1]}})
				}
				continue
			}
			if n := len(prose); n > 0 && strings.HasSuffix(prose[n-1], ":") && within(line, base) {
				line, prose = prose[n-1]+" "+line, prose[:n-1]
			}
			words, label, link := button(line, base, l)
			if words != "" {
				prose = append(prose, words)
			}
			if link != "" {
				flush()
				buttons++
				out = append(out, block{Label: label, Link: link, Primary: buttons == buttonsFirst})
			}
		}
		flush()
	}
	return out
}

// allFacts reads a paragraph of nothing but facts; nil when it is none.
func allFacts(lines []string) []fact {
	var facts []fact
	for _, line := range lines {
		found := factLine.FindStringSubmatch(strings.TrimSpace(line))
		if found == nil || len([]rune(found[1])) > factLimit || strings.Contains(found[2], "://") || listLine.MatchString(line) {
			return nil
		}
		facts = append(facts, fact{found[1], found[2]})
	}
	if len(facts) < 2 {
		return nil
	}
	return facts
}

// button parts a line from the link at its end. The last words before it are the label of its button, if
// they are short and a colon says that they belong to it.
func button(line, base string, l i18n.Lang) (words, label, link string) {
	found := linkAtEnd.FindStringSubmatch(line)
	if found == nil || !within(found[2], base) {
		return line, "", ""
	}
	words, link = strings.TrimSpace(found[1]), found[2]
	label = i18n.T(l, "notify.open")
	before, isLabel := strings.CutSuffix(words, ":")
	if !isLabel {
		return words, label, link
	}
	rest, last := "", before
	if parts := sentence.FindStringSubmatch(before); parts != nil {
		rest, last = parts[1], parts[2]
	}
	if len([]rune(last)) <= labelLimit {
		return rest, last, link
	}
	return words, label, link
}

// within tells whether a link leads into this installation: to its very host, not to one whose name begins
// like it.
func within(link, base string) bool {
	base = strings.TrimRight(base, "/")
	return base != "" && (link == base || strings.HasPrefix(link, base+"/"))
}
