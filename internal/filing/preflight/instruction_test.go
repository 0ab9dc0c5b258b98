package preflight

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/demo/paper"
	"kualik/internal/doctext"
	"kualik/internal/document"
	"kualik/internal/i18n"
)

// What the instruction forbids in capital letters is an error, each by its own code, when it stands where
// a book has it: I-005 to I-008.
func TestInstructionForbids(t *testing.T) {
	for _, x := range []struct{ code, text string }{
		{CodeISBN, "ISBN 978-601-04-1234-7"},
		{CodeISBN, "ISBN-13: 978 601 04 1234 7"},
		{CodeISBN, "ISBN 9965-12-345-4"},
		{CodeCouncil, "Решение РИС № 3"},
		{CodeCouncil, "Утверждено РУМС"},
		{CodeCouncil, "Рекомендовано учебно-методическим советом университета"},
		{CodeCouncil, "РЕКОМЕНДОВАНО К ИЗДАНИЮ РЕДАКЦИОННО-ИЗДАТЕЛЬСКИМ СОВЕТОМ"},
		{CodeCouncil, "Оқу-әдістемелік кеңестің № 4 хаттамасымен ұсынылған"},
		{CodeCouncil, "Баспаға ұсынылды"},
		{CodeCouncil, "Рассмотрено и одобрено на заседании кафедры математики, протокол № 1 от 28.08.2026"},
		{CodeFilingDate, "Дата подачи: 02.09.2026"},
		{CodeFilingDate, "Дата печати 2 сентября 2026 г."},
		{CodeFilingDate, "Подписано в печать «___» ______ 2026"},
		{CodeFilingDate, "Басуға қол қойылды 02.09.2026 ж."},
		{CodeStamp, "Вх. № 15/2 от 02.09.2026"},
		{CodeStamp, "Кіріс № 15"},
	} {
		in := Input{Type: typePDF, Pages: []doctext.Page{{Number: 1, Text: "Практикум\n" + x.text + "\nКаратал, 2026"}}}
		_, findings := Inspect(in, About{})
		var got []string
		for _, f := range findings {
			if f.Severity == Error {
				got = append(got, f.Code)
				require.Equal(t, 1, f.Page)
				require.NotEmpty(t, f.Hit)
			}
		}
		require.Contains(t, got, x.code, "%s: %+v", x.text, findings)
	}
}

func TestKeysStayAndTellPlacesApart(t *testing.T) {
	pages := []doctext.Page{{Number: 1, Text: "Сдано 02.09.2026\nСдано 02.09.2026\nСдано 03.09.2026"}, {Number: 2, Text: "Сдано 02.09.2026"}}
	in := Input{Type: typePDF, Pages: pages}
	seen := func(a About) (keys []string, title string) {
		_, findings := Inspect(in, a)
		for _, f := range findings {
			if f.Severity == Warning && f.Code == CodeTitle {
				title = f.Key
			} else if f.Severity == Warning {
				keys = append(keys, f.Key)
			}
		}
		return keys, title
	}
	first, none := seen(About{Title: "Практикум"})
	require.Len(t, first, 4)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(first))), 4, "four places, four keys")
	second, other := seen(About{Title: "Задачник"})
	require.Equal(t, first, second, "an answer stays with its place")
	require.NotEqual(t, none, other, "an answer about a title is void with another title")
}

func TestManyAlikeAreCounted(t *testing.T) {
	in := Input{Type: typePDF, Pages: []doctext.Page{{Number: 1, Text: strings.Repeat("Сдано 02.09.2026\n", 30)}}}
	_, findings := Inspect(in, About{})
	findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.Severity == OK })
	require.Len(t, findings, most)
	require.Equal(t, "preflight.more", findings[most-1].Message)
	require.Equal(t, []any{"Count", "11"}, findings[most-1].Args)
}

// A report is kept as JSON; what it says must not change by that.
func TestReportSurvivesJSON(t *testing.T) {
	in := Input{Type: typePDF, Pages: []doctext.Page{{Number: 1, Text: "Практикум"}}}
	_, findings := Inspect(in, About{Sheets: 7})
	data, err := json.Marshal(findings)
	require.NoError(t, err)
	var again []Finding
	require.NoError(t, json.Unmarshal(data, &again))
	for i := range findings {
		for _, l := range i18n.All {
			require.Equal(t, i18n.T(l, findings[i].Message, findings[i].Args...), i18n.T(l, again[i].Message, again[i].Args...))
		}
	}
	require.Equal(t, "Прочитана 1 страница.", i18n.T(i18n.RU, again[0].Message, again[0].Args...))
}

func TestSnippetShowsThePlace(t *testing.T) {
	in := Input{Type: typePDF, Pages: []doctext.Page{{Number: 2, Text: "Каратал университеті, математика кафедрасы\nУДК 547\nISBN 978–601–04–1234–7 ББК 22"}}}
	_, findings := Inspect(in, About{})
	i := slices.IndexFunc(findings, func(f Finding) bool { return f.Code == CodeISBN })
	f := findings[i]
	require.Equal(t, []string{"…университеті, математика кафедрасы УДК 547", "ISBN 978-601-04-1234-7", "ББК 22"}, []string{f.Before, f.Hit, f.After})
}

func TestISBN(t *testing.T) {
	for s, want := range map[string]bool{"9786010412347": true, "9786010412348": false, "9965123454": true, "9965123455": false, "080442957X": true, "X804429570": false,
		"4006381333931": false, "978601041234": false, "": false, "97860104123X7": false} {
		require.Equal(t, want, ValidISBN(s), s)
	}
}

func newReader(t *testing.T) *doctext.Reader {
	r, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(os.TempDir()), Workers: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// Real files, read by the real reader.
func TestCheckReadsFiles(t *testing.T) {
	r := newReader(t)
	pdf, err := document.Statement(document.StatementData{Service: document.CopyrightWork, FilerRole: document.Author, Work: document.Work{Title: "Практикум", Description: "ISBN 978-601-04-1234-7"}}, i18n.RU)
	require.NoError(t, err)
	locked, err := paper.Locked("тайна", &paper.Page{})
	require.NoError(t, err)
	xml := `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>Практикум</w:t></w:r></w:p><w:p><w:r><w:t>Рекомендовано к изданию</w:t></w:r></w:p></w:body></w:document>`
	types := `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	word, err := paper.Zip(paper.File{Name: "[Content_Types].xml", Data: []byte(types)}, paper.File{Name: "word/document.xml", Data: []byte(xml)},
		paper.File{Name: "docProps/app.xml", Data: []byte(`<Properties xmlns="p"><Template>Normal</Template><Pages>195</Pages></Properties>`)})
	require.NoError(t, err)
	packed, err := paper.Zip(paper.File{Name: "работа.pdf", Data: pdf})
	require.NoError(t, err)
	for name, x := range map[string]struct {
		data  []byte
		want  []string // messages of errors and doubts
		pages int
	}{
		"work.pdf":    {pdf, []string{"preflight.isbn.found"}, 2},
		"locked.pdf":  {locked, []string{"preflight.readable.password"}, 0},
		"damaged.pdf": {pdf[:len(pdf)/3], []string{"preflight.readable.damaged"}, 0},
		"work.docx":   {word, []string{"preflight.council.found", "preflight.sheets.recorded"}, 195},
		"work.zip":    {packed, []string{"preflight.readable.format"}, 0},
		"work.txt":    {[]byte("Практикум"), []string{"preflight.readable.format"}, 0},
		"work.doc":    {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), []string{"preflight.readable.old_word"}, 0},
		"empty.pdf":   {nil, []string{"preflight.readable.format"}, 0},
	} {
		sheets := 2
		report, err := Check(context.Background(), r, name, x.data, About{Part: WorkCopy, Title: "Практикум", Sheets: sheets})
		require.NoError(t, err, name)
		require.Len(t, report.SHA256, 64)
		require.Equal(t, x.pages, report.Pages, name)
		var got []string
		for _, f := range report.Findings {
			if f.Severity == Error || f.Severity == Warning {
				got = append(got, f.Message)
			}
			requireWords(t, f)
		}
		require.Equal(t, x.want, got, name)
	}
}

// The last leaf of a book of more than a hundred pages is read, and its pages are counted.
func TestCheckReadsABookToItsEnd(t *testing.T) {
	text := strings.Repeat("Задача и её решение.\n", 5600) + "ISBN 978-601-04-1234-7"
	book, err := document.Statement(document.StatementData{Service: document.CopyrightWork, FilerRole: document.Author, Work: document.Work{Title: "Практикум", Description: text}}, i18n.RU)
	require.NoError(t, err)
	report, err := Check(context.Background(), newReader(t), "book.pdf", book, About{Title: "Практикум", Sheets: 3})
	require.NoError(t, err)
	require.Greater(t, report.Pages, 100)
	i := slices.IndexFunc(report.Findings, func(f Finding) bool { return f.Code == CodeISBN })
	require.Equal(t, "preflight.isbn.found", report.Findings[i].Message)
	require.Greater(t, report.Findings[i].Page, report.Pages-2)
	require.Equal(t, OK, report.Findings[0].Severity, "all of it was read")
}

type broken struct{}

func (broken) Read(context.Context, string, []byte, doctext.ReadOptions) (doctext.Result, error) {
	return doctext.Result{}, errors.New("no engine")
}

func TestTroubleOfOursIsNoFinding(t *testing.T) {
	_, err := Check(context.Background(), broken{}, "x.pdf", []byte("%PDF-"), About{})
	require.ErrorContains(t, err, "no engine")
}

func TestWorst(t *testing.T) {
	require.Equal(t, OK, Report{}.Worst())
	require.Equal(t, OK, Report{Findings: []Finding{{Severity: Unknown}}}.Worst())
	require.Equal(t, Warning, Report{Findings: []Finding{{Severity: Warning}, {Severity: OK}}}.Worst())
	require.Equal(t, Error, Report{Findings: []Finding{{Severity: Warning}, {Severity: Error}}}.Worst())
}

// The worst case: a book of two megabytes with something to look at in every line.
func BenchmarkInspect(b *testing.B) {
	in := Input{Type: typeDOCX, Pages: []doctext.Page{{Number: 1, Text: strings.Repeat("Рассмотрим решение задачи, в которой протокол передачи данных описан в 2019 году; совет: проверьте ответ. РИС 5. ISBN.\n", 8000)}}}
	a := About{Title: strings.Repeat("Практикум по решению нестандартных задач и упражнений ", 15), Sheets: 400}
	for b.Loop() {
		Inspect(in, a)
	}
}
