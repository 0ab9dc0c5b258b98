package reports_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"kualik/internal/i18n"
	"kualik/internal/need"
	"kualik/internal/rating"
	"kualik/reports"
)

// The sheets and headings of the interchange page, to the letter.
var interchange = []struct {
	sheet    string
	headings string
}{
	{"Faculties", "Rank, Faculty, Certificates, Shares, Points"},
	{"Departments", "Rank, Department, Faculty, Certificates, Shares, Points"},
	{"Authors", "Rank, Staff ID, Author, Position, Department, Faculty, Certificates, Shares, Points"},
	{"Certificates", "Number, Registered on, Created on, Kind, Title, Authors, Number of authors, Of them staff, Application, Decision, Received on, Evidence"},
	{"Shares", "Number, Registered on, Staff ID, Author, Department, Faculty, Share, Points"},
	{"Kinds", "Kind, Certificates, Shares, Points"},
	{"Years", "Year, Certificates, Shares, Points"},
	{"Not counted", "Number, Registered on, Title, Reason"},
}

const publicURL = "https://kualik.example"

func write(t testing.TB, r *rating.Result, l i18n.Lang) []byte {
	t.Helper()
	var b bytes.Buffer
	o := reports.Options{Lang: l, PublicURL: publicURL, University: "Қаратал университеті"}
	if err := reports.Write(t.Context(), &b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSheetsAndHeadings(t *testing.T) {
	r := rating.Compute(world(3, 40, 90))
	f := open(t, write(t, r, i18n.EN))
	want := []string{"About"}
	for _, s := range interchange {
		want = append(want, s.sheet)
		list := rows(t, f, s.sheet)
		if got := strings.Join(list[0], ", "); got != s.headings {
			t.Errorf("%s: headings %q, want %q", s.sheet, got, s.headings)
		}
		if list[len(list)-1][0] != "Total" {
			t.Errorf("%s: last row %q", s.sheet, list[len(list)-1])
		}
		panes, err := f.GetPanes(s.sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: row 1 is not frozen: %+v, %v", s.sheet, panes, err)
		}
	}
	if got := f.GetSheetList(); !slices.Equal(got, want) {
		t.Errorf("sheets %q", got)
	}
	if f.GetActiveSheetIndex() != 0 {
		t.Error("the book does not open on its first sheet")
	}
	for i, l := range []i18n.Lang{i18n.RU, i18n.KK} {
		f := open(t, write(t, r, l))
		for n, name := range f.GetSheetList()[1:] {
			list := rows(t, f, name)
			if got := list[len(list)-1][0]; got != []string{"Итого", "Барлығы"}[i] {
				t.Errorf("%s: first cell of the totals %q", name, got)
			}
			if len(list[0]) != len(strings.Split(interchange[n].headings, ", ")) || slices.Contains(list[0], "") {
				t.Errorf("%s: headings %q", name, list[0])
			}
		}
	}
}

// parts of the files in a workbook that say something about every cell.
var (
	cellTag    = regexp.MustCompile(`<c [^>]*>`)
	filterTag  = regexp.MustCompile(`<autoFilter ref="\$A\$1:\$[A-Z]+\$[0-9]+"`)
	formulaTag = regexp.MustCompile(`<f[ >]`)
)

func unzip(t *testing.T, book []byte) map[string]string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(data)
	}
	return files
}

func TestCellsAreTypedAndNothingIsAFormula(t *testing.T) {
	s := world(4, 40, 120)
	for i := range s.Staff { // a directory can be wrong, too
		s.Staff[i].Position = titlesThatCalculate[i%len(titlesThatCalculate)]
	}
	r := rating.Compute(s)
	book := write(t, r, i18n.EN)
	for name, content := range unzip(t, book) {
		if !strings.HasPrefix(name, "xl/worksheets/sheet") {
			continue
		}
		if formulaTag.MatchString(content) || strings.Contains(content, `t="str"`) {
			t.Errorf("%s has a formula", name)
		}
		if name != "xl/worksheets/sheet1.xml" && !filterTag.MatchString(content) {
			t.Errorf("%s has no filter", name)
		}
		if len(cellTag.FindAllString(content, -1)) == 0 {
			t.Errorf("%s has no cells", name)
		}
	}
	f := open(t, book)
	texts := map[string]bool{}
	for i, c := range r.Certificates {
		checkCell(t, f, fmt.Sprint("A", i+2), c.Number, excelize.CellTypeInlineString)
		checkCell(t, f, fmt.Sprint("E", i+2), oneLine(c.Title), excelize.CellTypeInlineString)
		texts[c.Title] = true
		// A date is a number of days since 30 December 1899.
		days := int(c.RegisteredOn.Time().Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
		checkCell(t, f, fmt.Sprint("B", i+2), fmt.Sprint(days), excelize.CellTypeUnset)
		checkCell(t, f, fmt.Sprint("G", i+2), fmt.Sprint(len(c.Authors)), excelize.CellTypeUnset)
		if shown, _ := f.GetCellValue("Certificates", fmt.Sprint("B", i+2)); shown != string(c.RegisteredOn) {
			t.Errorf("row %d: the day is shown as %q, want %s", i+2, shown, c.RegisteredOn)
		}
	}
	for _, title := range titlesThatCalculate {
		if !texts[title] {
			t.Fatalf("the world has no %q: the test proves nothing", title)
		}
	}
}

// titlesThatCalculate are those of the world that a spreadsheet might reckon with.
var titlesThatCalculate = titles[:5]

func oneLine(s string) string { return strings.NewReplacer("\n", " ", "\t", " ").Replace(s) }

func checkCell(t *testing.T, f *excelize.File, cell, want string, as excelize.CellType) {
	t.Helper()
	got, err := f.GetCellValue("Certificates", cell, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	kind, err := f.GetCellType("Certificates", cell)
	if err != nil {
		t.Fatal(err)
	}
	if got != want || kind != as {
		t.Errorf("%s: %q of type %d, want %q of type %d", cell, got, kind, want, as)
	}
}

func TestEvidenceIsLinked(t *testing.T) {
	r := rating.Compute(world(5, 40, 90))
	f := open(t, write(t, r, i18n.RU))
	sheet := f.GetSheetList()[4]
	for i, c := range r.Certificates {
		want := publicURL + "/certificates/" + c.ID
		linked, target, err := f.GetCellHyperLink(sheet, fmt.Sprint("L", i+2))
		text, _ := f.GetCellValue(sheet, fmt.Sprint("L", i+2))
		if err != nil || !linked || target != want || text != want {
			t.Fatalf("row %d: %v %q %q %v, want %q", i+2, linked, target, text, err, want)
		}
	}
	if linked, _, _ := f.GetCellHyperLink(sheet, fmt.Sprint("L", len(r.Certificates)+2)); linked {
		t.Error("the row of totals is a link")
	}
}

// The same snapshot gives the same bytes: facts that were written into the database in another order,
// another zone of the machine, another time of sealing do not show.
func TestSameBytes(t *testing.T) {
	r := rating.Compute(world(6, 40, 100))
	for _, l := range i18n.All {
		first := write(t, r, l)
		for range 3 {
			if !bytes.Equal(first, write(t, rating.Compute(world(6, 40, 100)), l)) {
				t.Fatalf("%s: two runs differ", l)
			}
		}
	}
	old := time.Local
	t.Cleanup(func() { time.Local = old })
	time.Local = time.FixedZone("elsewhere", -9*3600)
	if !bytes.Equal(write(t, r, i18n.RU), write(t, rating.Compute(world(6, 40, 100)), i18n.RU)) {
		t.Error("the machine's zone shows in the bytes")
	}
}

func TestEmptyPeriod(t *testing.T) {
	s := world(7, 3, 0)
	f := open(t, write(t, rating.Compute(s), i18n.EN))
	for _, sheet := range interchange {
		if list := rows(t, f, sheet.sheet); len(list) != 2 || list[1][0] != "Total" {
			t.Errorf("%s: %q", sheet.sheet, list)
		}
	}
}

func TestAboutSaysWhatItIs(t *testing.T) {
	s := world(8, 40, 90)
	s.Rules.Cap, s.Rules.PointsByKind = "25", map[string]rating.Decimal{"database": "7.5"}
	r := rating.Compute(s)
	for l, words := range map[i18n.Lang][]string{
		i18n.RU: {"Рейтинг по свидетельствам", "2025 год", "17.09.2026 14:30:00 (Asia/Almaty)", "база данных: 7,5", "25 на человека", "Отдел науки", fmt.Sprintf("факультеты %d", r.FacultySum())},
		i18n.KK: {"Куәліктер бойынша рейтинг", "2025 жыл", "дерекқор", "Университеттің ғылым бөлімі"},
		i18n.EN: {"Rating by certificates", "2025", "Why departments do not add up", "database: 7.5", s.ID.String()},
	} {
		f := open(t, write(t, r, l))
		var all strings.Builder
		for _, row := range rows(t, f, f.GetSheetList()[0]) {
			all.WriteString(strings.Join(row, "\t") + "\n")
		}
		for _, w := range words {
			if !strings.Contains(strings.ToLower(all.String()), strings.ToLower(w)) {
				t.Errorf("%s: %q is not on the first sheet:\n%s", l, w, all.String())
			}
		}
		if n := strings.Count(fmt.Sprint(unzipNames(t, f)), "xl/charts/chart"); n != 2 {
			t.Errorf("%s: %d charts", l, n)
		}
	}
}

func unzipNames(t *testing.T, f *excelize.File) (names []string) {
	t.Helper()
	f.Pkg.Range(func(name, _ any) bool { names = append(names, name.(string)); return true })
	return names
}

// LibreOffice reads the book and writes it anew; its own arithmetic over the rows gives the totals.
func TestLibreOfficeOpensIt(t *testing.T) {
	soffice := need.Program(t, "soffice", "libreoffice")
	r := rating.Compute(world(9, 60, 200))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.xlsx"), write(t, r, i18n.EN), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), soffice, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--headless", "--convert-to", "xlsx", "--outdir", filepath.Join(dir, "back"), filepath.Join(dir, "in.xlsx"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("LibreOffice: %v: %s", err, out)
	}
	book, err := os.ReadFile(filepath.Join(dir, "back", "in.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, book)
	for _, s := range interchange {
		checkSums(t, f, s.sheet)
		list := rows(t, f, s.sheet)
		if got := strings.Join(list[0], ", "); got != s.headings {
			t.Errorf("%s: headings after LibreOffice %q", s.sheet, got)
		}
	}
	for name, content := range unzip(t, book) {
		if strings.HasPrefix(name, "xl/worksheets/sheet") && formulaTag.MatchString(content) {
			t.Errorf("LibreOffice took something in %s for a formula", name)
		}
	}
}

// checkSums adds up what can be added up and compares with the row of totals.
func checkSums(t *testing.T, f *excelize.File, sheet string) {
	t.Helper()
	list := rows(t, f, sheet)
	last := list[len(list)-1]
	for col, heading := range list[0] {
		if !slices.Contains([]string{"Shares", "Share", "Points", "Number of authors", "Of them staff"}, heading) {
			continue
		}
		sum := 0.0
		for _, row := range list[1 : len(list)-1] {
			sum += float(t, row[col])
		}
		if !near(float(t, last[col]), sum) {
			t.Errorf("%s, %s: total %s, the rows give %v", sheet, heading, last[col], sum)
		}
	}
}

func TestMoreLinksThanExcelAllows(t *testing.T) {
	const allowed = 300
	if n := reports.AllowLinks(t, allowed); n != excelize.TotalSheetHyperlinks {
		t.Errorf("%d links are allowed, excelize knows of %d", n, excelize.TotalSheetHyperlinks)
	}
	s := world(10, 50, 0)
	c := rating.Certificate{Number: "1", RegisteredOn: "2025-02-03", Title: "x", Reading: "sure", ApplicationDecision: "none",
		Authors: []rating.Author{{Name: "А", Decision: "auto", StaffID: "T00004"}}}
	s.Staff[3].EmployedFrom, s.Staff[3].EmployedTo = "", ""
	for range allowed + 10 {
		c.ID = uuid.NewString()
		s.Certificates = append(s.Certificates, c)
	}
	files := unzip(t, write(t, rating.Compute(s), i18n.EN))
	if n := strings.Count(files["xl/worksheets/sheet5.xml"], "<hyperlink "); n != allowed {
		t.Errorf("%d links", n)
	}
	if n := strings.Count(files["xl/worksheets/_rels/sheet5.xml.rels"], "<Relationship "); n != allowed {
		t.Errorf("%d targets", n)
	}
	if !strings.Contains(files["xl/worksheets/sheet5.xml"], publicURL+"/certificates/"+c.ID) {
		t.Error("the last certificate has no address in plain text")
	}
}

// BenchmarkWorkbook writes the book of 100,000 certificates and tells the most memory that it held.
func BenchmarkWorkbook(b *testing.B) {
	s := world(11, 2000, 100_000)
	for b.Loop() {
		peak := watch(b)
		r := rating.Compute(s)
		if err := reports.Write(b.Context(), io.Discard, r, reports.Options{Lang: i18n.RU, PublicURL: publicURL}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(peak())/(1<<20), "MiB-peak")
		b.ReportMetric(float64(len(r.Shares)), "shares")
	}
}

// watch looks at the heap until the function that it gives is called; that one tells the most.
func watch(b *testing.B) func() uint64 {
	runtime.GC()
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		var top uint64
		var m runtime.MemStats
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				most <- top
				return
			case <-tick.C:
				runtime.ReadMemStats(&m)
				top = max(top, m.HeapInuse)
			}
		}
	}()
	return func() uint64 { close(done); return <-most }
}
