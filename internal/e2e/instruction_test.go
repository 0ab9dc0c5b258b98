package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/instruction.md holds a row for each step, label, button, rule and warning of the applicants'
// instruction, and names the test that goes that way. Here the table is held against the tests.

var (
	traceLine = regexp.MustCompile(`^\| I-`)
	traceRow  = regexp.MustCompile("^\\| (I-\\d{3}) \\| (\\S.*?) \\| (\\S.*?) \\| `([a-z]\\w*)\\.(Test\\w+)` \\|$")
	rowID     = regexp.MustCompile(`\bI-(\d{3})\b(?: to I-(\d{3})\b)?`)
)

// traced is a row of the table.
type traced struct{ id, pkg, test string }

func readTrace(t *testing.T) (rows []traced) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "instruction.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		if !traceLine.MatchString(line) {
			continue
		}
		m := traceRow.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("a row lacks its words, its place or its test: %s", line)
			continue
		}
		rows = append(rows, traced{m[1], m[4], m[5]})
	}
	return rows
}

// testFunc is a function of a package's tests: the rows that its source names, and what it may call.
type testFunc struct {
	rows  map[string]bool
	calls map[string]bool
}

// testPackage are the functions of a folder's tests by name; methods of the same name are one.
type testPackage map[string]*testFunc

// reaches tells whether a test, or a function that it calls, names a row.
func (p testPackage) reaches(name, row string, seen map[string]bool) bool {
	f := p[name]
	if f == nil || seen[name] {
		return false
	}
	seen[name] = true
	if f.rows[row] {
		return true
	}
	for called := range f.calls {
		if p.reaches(called, row, seen) {
			return true
		}
	}
	return false
}

// rowsIn are the rows that a text names, one by one or as "I-031 to I-035".
func rowsIn(text string) map[string]bool {
	found := map[string]bool{}
	for _, m := range rowID.FindAllStringSubmatch(text, -1) {
		last := m[2]
		if last == "" {
			last = m[1]
		}
		for n := m[1]; n <= last; n = next(n) {
			found["I-"+n] = true
		}
	}
	return found
}

// next is the number after one of three digits.
func next(n string) string {
	b := []byte(n)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i]++; b[i] <= '9' {
			break
		}
		b[i] = '0'
	}
	return string(b)
}

// readTests reads all tests of the repository, by the name of their folder.
func readTests(t *testing.T) map[string]testPackage {
	t.Helper()
	all := map[string]testPackage{}
	root := filepath.Join("..", "..", "internal")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "instruction_test.go" && filepath.Base(filepath.Dir(path)) == "e2e" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.Base(filepath.Dir(path))
		if all[name] == nil {
			all[name] = testPackage{}
		}
		return all[name].read(path, data)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (p testPackage) read(path string, data []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		from := f.Pos()
		if f.Doc != nil {
			from = f.Doc.Pos()
		}
		one := p[f.Name.Name]
		if one == nil {
			one = &testFunc{rows: map[string]bool{}, calls: map[string]bool{}}
			p[f.Name.Name] = one
		}
		for row := range rowsIn(string(data[set.Position(from).Offset:set.Position(f.End()).Offset])) {
			one.rows[row] = true
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				one.calls[id.Name] = true
			}
			return true
		})
	}
	return nil
}

// Every row has its test, every test knows its rows, and no test speaks of a row that is not there.
func TestInstructionIsTraced(t *testing.T) {
	rows := readTrace(t)
	if len(rows) < 150 {
		t.Fatalf("only %d rows", len(rows))
	}
	tests := readTests(t)
	known := map[string]bool{}
	number := "000"
	for _, r := range rows {
		if number = next(number); r.id != "I-"+number {
			t.Fatalf("%s stands where I-%s should", r.id, number)
		}
		known[r.id] = true
		switch p := tests[r.pkg]; {
		case p[r.test] == nil:
			t.Errorf("%s: there is no test %s.%s", r.id, r.pkg, r.test)
		case !p.reaches(r.test, r.id, map[string]bool{}):
			t.Errorf("%s: %s.%s does not name it", r.id, r.pkg, r.test)
		}
	}
	for name, p := range tests {
		for function, f := range p {
			for row := range f.rows {
				if !known[row] {
					t.Errorf("%s.%s names %s, of which there is no row", name, function, row)
				}
			}
		}
	}
}

// The checker itself: ranges, calls, and what is missing.
func TestTraceIsRead(t *testing.T) {
	got := []string{}
	for row := range rowsIn("I-009 to I-011, I-100; not I-12 nor XI-200x") {
		got = append(got, row)
	}
	slices.Sort(got)
	if want := []string{"I-009", "I-010", "I-011", "I-100"}; !slices.Equal(got, want) {
		t.Errorf("%v, wanted %v", got, want)
	}
	p := testPackage{}
	source := "package x\n\nfunc TestWalk(t *testing.T) { w.one(); step(\"I-001\") }\n\n// I-002\nfunc (w *walk) one() { w.two() }\n\nfunc (w *walk) two() { w.one() /* I-003 */ }\n\n// I-004\nfunc other() {}\n"
	if err := p.read("x_test.go", []byte(source)); err != nil {
		t.Fatal(err)
	}
	for row, want := range map[string]bool{"I-001": true, "I-002": true, "I-003": true, "I-004": false} {
		if p.reaches("TestWalk", row, map[string]bool{}) != want {
			t.Errorf("%s: wanted %v", row, want)
		}
	}
}
