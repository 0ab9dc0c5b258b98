// Package preflight holds a file against what the applicants' instruction asks of it, before it is filed: no
// ISBN, no decision of a council, no filing date or stamp, the title as on the title page, the number of
// sheets; and in the abstract of a program the parts that article 9-1 of the law names.
//
// It stands beside filing and under it: it is given a file and what the application says, and answers with
// findings that show the page and the place. It decides nothing about the application, keeps nothing and
// changes nothing. What is sure is an error; what may be innocent is a doubt, which the author can answer.
package preflight

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"kualik/internal/clock"
	"kualik/internal/doctext"
)

// Reader reads a file to pages of text; package doctext has it.
type Reader interface {
	Read(ctx context.Context, name string, data []byte, o doctext.ReadOptions) (doctext.Result, error)
}

// Part is what a file of the application is said to be.
type Part string

// The parts that are checked; their names are those of the filing.
const (
	WorkCopy   Part = "work_copy"
	Abstract   Part = "abstract"
	SourceText Part = "source_text"
)

// About is what the application says of the file. What is empty is not checked.
type About struct {
	Part      Part
	Title     string
	Kind      string    // code of package kind
	Sheets    int       // "Кол-во листов"
	CreatedOn clock.Day // with FiledOn: must be before it
	FiledOn   clock.Day
	Authors   []string // full names, held against an abstract

	// What is attached besides; for the copy of a program or a database.
	HasAbstract, HasSource bool
}

// Severity says what a finding means for the statement.
type Severity string

// The severities. Unknown is what could not be checked, and is neither good nor bad.
const (
	Error   Severity = "error"   // the statement is not formed
	Warning Severity = "warning" // a doubt, which the author may answer
	OK      Severity = "ok"
	Unknown Severity = "unknown"
)

// The codes of findings: what was looked for.
const (
	CodeReadable   = "readable"
	CodeISBN       = "isbn"
	CodeCouncil    = "council"
	CodeFilingDate = "filing_date"
	CodeStamp      = "stamp"
	CodeTitle      = "title"
	CodeSheets     = "sheets"
	CodeCreated    = "created"
	CodeAbstract   = "abstract"
	CodeSource     = "source"
)

// Finding is one thing that was found, or one check that found nothing (OK). Message is a key of package
// i18n, Args alternate name and value. Page is 0 where the file has no pages. Before, Hit and After are the
// place as it is printed.
type Finding struct {
	Key      string // the same for the same place of the same file, so that an answer sticks to it
	Code     string
	Severity Severity
	Message  string
	Args     []any
	Page     int
	Before   string
	Hit      string
	After    string
}

// Report is all that was found in one file, errors first within the order of the instruction.
type Report struct {
	SHA256   string
	Type     string // MIME type by content
	Pages    int    // 0: not known
	Findings []Finding
}

// Worst is the severity of the gravest finding.
func (r Report) Worst() Severity {
	worst := OK
	for _, f := range r.Findings {
		switch {
		case f.Severity == Error:
			return Error
		case f.Severity == Warning:
			worst = Warning
		}
	}
	return worst
}

// Check reads a file and inspects it. The error is trouble of ours; what is wrong with the file is a finding.
func Check(ctx context.Context, r Reader, name string, data []byte, a About) (Report, error) {
	result, err := r.Read(ctx, name, data, doctext.ReadOptions{Book: true})
	if err != nil {
		return Report{}, fmt.Errorf("preflight of a file: %w", err)
	}
	sum := sha256.Sum256(data)
	report := Report{SHA256: hex.EncodeToString(sum[:])}
	in := Input{Reason: result.Reason}
	if len(result.Files) == 1 && result.Files[0].Name == "" {
		f := result.Files[0]
		in = Input{Type: f.Type, Reason: f.Reason, Pages: f.Pages, Count: f.PageCount}
	} else if len(result.Files) > 0 {
		in = Input{Type: archive, Reason: doctext.Unsupported}
	}
	in.Recorded = recordedPages(in.Type, data)
	report.Type = in.Type
	report.Pages, report.Findings = Inspect(in, a)
	return report, nil
}

// Input is a file that has been read.
type Input struct {
	Type     string
	Reason   doctext.Reason // why it, or a part of it, could not be read
	Pages    []doctext.Page
	Count    int // pages of a PDF, those without text too; 0: not counted
	Recorded int // pages that a word processor's file says it has; 0: it does not say
}

// Inspect is the check itself: pure, the same text and data give the same findings. pages is 0 when the
// file does not tell how many it has.
func Inspect(in Input, a About) (pages int, findings []Finding) {
	c := &check{about: a, in: in, text: newText(in)}
	c.readable()
	c.created()
	if c.text.size > 0 {
		switch a.Part {
		case Abstract:
			c.abstract()
		case SourceText:
			c.source()
		default:
			c.work()
		}
	}
	pages = c.pageCount()
	if a.Part != Abstract && a.Part != SourceText {
		c.sheets(pages)
	}
	return pages, c.findings
}

// check is one inspection.
type check struct {
	about    About
	in       Input
	text     *text
	findings []Finding
	counts   map[string]int // findings of a key, to tell places apart
}

// work are the instruction's rules for the copy of the work.
func (c *check) work() {
	c.isbn()
	c.council()
	c.dates()
	c.title()
	if c.about.Kind == "computer_program" || c.about.Kind == "database" {
		c.program()
	}
}

// created: "дату надо до даты подачи заявления".
func (c *check) created() {
	a := c.about
	if a.CreatedOn == "" || a.FiledOn == "" {
		return
	}
	if a.CreatedOn < a.FiledOn {
		c.ok(CodeCreated, "preflight.created.ok")
		return
	}
	c.add(Finding{Code: CodeCreated, Severity: Error, Message: "preflight.created.late", Args: []any{"Created", string(a.CreatedOn), "Filed", string(a.FiledOn)}})
}

func (c *check) ok(code, message string, args ...any) {
	c.add(Finding{Code: code, Severity: OK, Message: message, Args: args})
}

// add gives a finding its key: code, page and place, which of several alike it is, and what else it hangs on.
func (c *check) add(f Finding, also ...string) {
	sum := sha256.Sum256([]byte(f.Message + "\n" + fold(f.Hit) + "\n" + strings.Join(also, "\n")))
	key := fmt.Sprintf("%s:%d:%s", f.Code, f.Page, hex.EncodeToString(sum[:6]))
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[key]++
	if n := c.counts[key]; n > 1 {
		key = fmt.Sprintf("%s:%d", key, n)
	}
	f.Key = key
	for i, a := range f.Args {
		if n, ok := a.(int); ok {
			f.Args[i] = strconv.Itoa(n) // a report is kept as JSON, which would make a fraction of it
		}
	}
	c.findings = append(c.findings, f)
}
