package sheet

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

var columns = []Column{
	{Name: "ref", Also: []string{"Заявка №", "Өтінім №"}, Required: true},
	{Name: "title", Also: []string{"Название", "Атауы"}, Required: true},
	{Name: "day", Also: []string{"Дата подачи заявки"}},
}

func mustRead(t *testing.T, data string) *Table {
	t.Helper()
	table, err := Read(strings.NewReader(data), columns, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestCSVDialects(t *testing.T) {
	russian := "Название;НОМЕР;  заявка № ;Дата подачи заявки\r\nОқу құралы;x;0012;18.03.2025\r\n"
	kz := kz1048Bytes(russian)
	wide := []byte{0xff, 0xfe}
	for _, r := range russian {
		wide = append(wide, byte(r), byte(r>>8))
	}
	for name, data := range map[string]string{
		"UTF-8": russian, "byte order mark": "\ufeff" + russian, "KZ-1048": kz, "UTF-16": string(wide),
		"tab":      strings.ReplaceAll(russian, ";", "\t"),
		"comma":    strings.ReplaceAll(russian, ";", ","),
		"preamble": "Список; на 1 сентября\r\n" + russian,
	} {
		table := mustRead(t, data)
		if len(table.Rows) != 1 || len(table.Ignored) != 1 || table.Ignored[0] != "НОМЕР" {
			t.Fatalf("%s: %+v", name, table)
		}
		r := table.Rows[0]
		day, ok := r.Day("day")
		if r.Text("ref") != "0012" || r.Text("title") != "Оқу құралы" || day != "2025-03-18" || !ok {
			t.Errorf("%s: %q", name, r.cells)
		}
	}
	plain, _ := charmap.Windows1251.NewEncoder().String("Заявка №,Название\n1,Ёлка «Ы»\n")
	if got := mustRead(t, plain).Rows[0].Text("title"); got != "Ёлка «Ы»" {
		t.Errorf("windows-1251: %q", got)
	}
}

func kz1048Bytes(s string) string {
	back := map[rune]byte{}
	for b, r := range kz1048 {
		back[r] = b
	}
	var out []byte
	for _, r := range s {
		if b, ok := back[r]; ok {
			out = append(out, b)
		} else if b, ok := charmap.Windows1251.EncodeRune(r); ok {
			out = append(out, b)
		}
	}
	return string(out)
}

// A row's number is the one that a spreadsheet shows.
func TestRowNumbers(t *testing.T) {
	table := mustRead(t, "ref,title\n1,one\n\n3,\"two\nlines\"\n4,four\n5,a,shifted\n6,bad\"quote\n7,seven\n,,\n9,nine")
	var got []int
	for _, r := range table.Rows {
		got = append(got, r.Number)
	}
	want := []int{2, 4, 5, 8, 10}
	if len(got) != len(want) {
		t.Fatalf("rows %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("rows %v, want %v", got, want)
		}
	}
	if len(table.Bad) != 2 || table.Bad[0] != (BadRow{6, ReasonCells}) || table.Bad[1] != (BadRow{7, ReasonQuotes}) {
		t.Errorf("bad rows %v", table.Bad)
	}
}

func workbook(t *testing.T, fill func(f *excelize.File)) *bytes.Buffer {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestWorkbook(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		f.NewSheet("Данные")
		f.SetSheetRow("Sheet1", "A1", &[]any{"о чём это"})
		f.SetSheetRow("Данные", "A2", &[]any{"Өтінім №", "Атауы", "Дата подачи заявки", "лишний"})
		f.SetSheetRow("Данные", "A3", &[]any{10308699577.0, "Кітап", time.Date(2025, 3, 18, 0, 0, 0, 0, time.UTC), "x", "заметка"})
		f.SetSheetRow("Данные", "A6", &[]any{"007", "=1+1", "18.03.2025"})
		f.SetCellFormula("Данные", "B7", "1+1")
		f.SetCellValue("Данные", "A7", 8)
	})
	table, err := Read(data, columns, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 3 || table.Rows[0].Number != 3 || table.Rows[1].Number != 6 {
		t.Fatalf("%+v", table.Rows)
	}
	for i, want := range []string{"10308699577", "007"} {
		day, ok := table.Rows[i].Day("day")
		if got := table.Rows[i].Text("ref"); got != want || day != "2025-03-18" || !ok {
			t.Errorf("row %d: %q %q", i, got, day)
		}
	}
	if got := table.Rows[1].Text("title"); got != "=1+1" {
		t.Errorf("text that looks like a formula became %q", got)
	}
}

func TestRefusedFiles(t *testing.T) {
	book := workbook(t, func(f *excelize.File) {
		f.SetSheetRow("Sheet1", "A1", &[]any{"ref", "title"})
		for i := range 50 {
			f.SetCellValue("Sheet1", "A"+string(rune('2'+i%8)), strings.Repeat("x", 1000))
		}
	}).String()
	for name, c := range map[string]struct {
		data   string
		limits Limits
		key    string
	}{
		"empty":      {" \n", Limits{}, "import.empty"},
		"headings":   {"a,b\n1,2\n", Limits{}, "import.no_headings"},
		"binary":     {"ref\x00,title", Limits{}, "import.format"},
		"old":        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Limits{}, "import.old_workbook"},
		"broken zip": {"PK\x03\x04 what", Limits{}, "import.format"},
		"bytes":      {"ref,title\n1,2\n", Limits{Bytes: 5}, "import.too_large"},
		"rows":       {"ref,title\n1,2\n2,3\n", Limits{Rows: 1}, "import.too_many_rows"},
		"unpacked":   {book, Limits{Unpacked: 2000}, "import.too_large"},
	} {
		_, err := Read(strings.NewReader(c.data), columns, c.limits)
		var f *fault.Error
		if f, _ = err.(*fault.Error); f == nil || f.Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
			continue
		}
		for _, l := range i18n.All {
			if s := i18n.Error(l, err); s == c.key || strings.Contains(s, "<no value>") {
				t.Errorf("%s in %s: %q", name, l, s)
			}
		}
	}
}

func TestParseDay(t *testing.T) {
	for text, want := range map[string]string{
		"2025-03-18": "2025-03-18", "18.03.2025": "2025-03-18", "8.3.2025": "2025-03-08", "18.03.2025 г.": "2025-03-18",
		"2025-03-18 00:00:00": "2025-03-18", "2025-03-18T00:00:00Z": "2025-03-18", "18/03/2025": "2025-03-18",
		"31.02.2025": "", "18.03.25": "", "45000": "", "0018-03-01": "", "вчера": "",
	} {
		if got, ok := ParseDay(text); string(got) != want || ok != (want != "") {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestReportJSON(t *testing.T) {
	out, _ := json.Marshal(NewReport(&Table{Bad: []BadRow{{3, ReasonQuotes}}}, i18n.EN))
	want := `{"added":0,"changed":0,"unchanged":0,"refused":[{"row":3,"column":"","reason":"quotes are not closed, or stand inside a cell","code":"quotes"}],"ignored_columns":[],"absent":0,"taken":false}`
	if string(out) != want {
		t.Errorf("%s", out)
	}
}
