package preflight

import (
	"regexp"
	"strings"

	"kualik/internal/person"
)

// section is a part that the abstract of a program or a database must have: article 9-1 paragraph 2 of the
// Law "On Copyright and Related Rights".
type section struct {
	code string
	re   *regexp.Regexp
}

var sections = []section{
	{"authors", regexp.MustCompile(`(?i)фамилия,? имя|автор\pL*(?:\(-?ов\))?[ ,:]|автордың|авторлар\pL*|тегі,? аты`)},
	{"created", regexp.MustCompile(`(?i)дата создания|жасалған күні|жасаған күні|құрылған күні`)},
	{"area", regexp.MustCompile(`(?i)област[ьи] применения|қолдану саласы|қолданылу саласы|қолданылатын сала`)},
	{"purpose", regexp.MustCompile(`(?i)назначение|мақсаты|арналуы|тағайындалуы`)},
	{"functions", regexp.MustCompile(`(?i)функциональн\pL+ (?:возможност|особенност)|функционалдық|функциялық|мүмкіндіктері`)},
	{"technical", regexp.MustCompile(`(?i)техническ\pL+ характеристик|техникалық (?:сипаттама|сипат)`)},
	{"language", regexp.MustCompile(`(?i)язык\pL* программирования|программалау тіл|бағдарламалау тіл`)},
	{"computer", regexp.MustCompile(`(?i)реализующ\pL+ (?:эвм|компьютер)|тип эвм|іске асыр\pL+ (?:эем|компьютер)|эем (?:түрі|типі)|компьютер(?:дің)? түрі`)},
}

// abstract: each part of the law that is not found is a doubt of its own; with fewer than half of them the
// file is no abstract.
func (c *check) abstract() {
	all := c.text.whole()
	missing := lacking(all)
	if len(missing) > len(sections)/2 {
		c.add(Finding{Code: CodeAbstract, Severity: Error, Message: "preflight.abstract.none", Args: []any{"Count", len(sections) - len(missing), "All", len(sections)}})
		return
	}
	for _, code := range missing {
		c.add(Finding{Code: CodeAbstract, Severity: Warning, Message: "preflight.abstract." + code})
	}
	doubts := len(missing)
	folded := " " + person.FoldText(all) + " "
	for _, author := range c.about.Authors {
		names := strings.Fields(person.FoldText(author))
		if len(names) > 0 && !strings.Contains(folded, " "+names[0]+" ") {
			c.add(Finding{Code: CodeAbstract, Severity: Warning, Message: "preflight.abstract.author", Args: []any{"Author", author}}, author)
			doubts++
		}
	}
	if want := keys(wordsOf(cleaned(c.about.Title))); want != "" {
		if _, _, ok := contains(wordsOf(all), want); !ok {
			c.add(Finding{Code: CodeAbstract, Severity: Warning, Message: "preflight.abstract.title", Args: []any{"Title", c.about.Title}}, c.about.Title)
			doubts++
		}
	}
	if doubts == 0 {
		c.ok(CodeAbstract, "preflight.abstract.ok")
	}
}

func lacking(text string) (codes []string) {
	for _, s := range sections {
		if !s.re.MatchString(text) {
			codes = append(codes, s.code)
		}
	}
	return codes
}

// program: the abstract and the source text of a program or a database are files of their own, or stand in
// the copy of the work.
func (c *check) program() {
	all := c.text.whole()
	if !c.about.HasAbstract && len(lacking(all)) > len(sections)/2 {
		c.add(Finding{Code: CodeAbstract, Severity: Error, Message: "preflight.abstract.absent"})
	}
	if !c.about.HasSource && codeLines(all) < fewLines {
		c.add(Finding{Code: CodeSource, Severity: Error, Message: "preflight.source.absent"})
	}
}

// source: the file said to be the source text has lines of a program.
func (c *check) source() {
	if n := codeLines(c.text.whole()); n < fewLines {
		c.add(Finding{Code: CodeSource, Severity: Warning, Message: "preflight.source.doubt", Args: []any{"Count", n}})
		return
	}
	c.ok(CodeSource, "preflight.source.ok")
}

// fewLines is how many lines of a program a source text has at least.
const fewLines = 8

// cyrillic are the letters of prose; comments and words of 1C apart, a line of a program has none.
const cyrillic = `а-яёА-ЯЁәғқңөұүһіӘҒҚҢӨҰҮҺІ`

// reCode is a line that prose has not: the sign of an end of a statement, a call, an assignment, the words
// with which lines of the usual languages, of SQL and of 1C begin.
var reCode = regexp.MustCompile(`(?m)^ *(?:[^` + cyrillic + `\n]*[;{}] *$` +
	`|(?:#include|import|from|def|class|return|if|for|while|var|let|const|func|function|public|private|package|using|namespace|SELECT|CREATE|INSERT|UPDATE|ALTER|procedure) .*[({:;=)<].*$` +
	`|(?:Процедура|Функция|Если|Пока|Возврат|КонецПроцедуры|КонецФункции|КонецЕсли|КонецЦикла)(?:[ (;].*)?$` +
	`|[A-Za-z_$][A-Za-z0-9_.$]*(?:\[[^\]\n]*\])? *(?:=|:=|\+=|==) *\S.*$` +
	`|[^` + cyrillic + `\n]*\w\(.*\) *[;:{]? *$` +
	`|<[/!?a-zA-Z][^>\n]*>.*$)`)

func codeLines(text string) int { return len(reCode.FindAllStringIndex(text, -1)) }

// whole is the text of all pages.
func (t *text) whole() string {
	var b strings.Builder
	for _, p := range t.pages {
		b.WriteString(p.text)
		b.WriteByte('\n')
	}
	return b.String()
}
