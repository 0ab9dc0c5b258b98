package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kualik/internal/certificate"
)

// imported is the object of `import --json`.
type imported struct {
	Added, Changed, Unchanged, Absent int
	Refused                           []struct {
		Row            int
		Column, Reason string
	}
	IgnoredColumns []string `json:"ignored_columns"`
}

func object[T any](t *testing.T, text string) (v T) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	if d.More() {
		t.Fatalf("more than one object: %q", text)
	}
	return v
}

const fewStaff = "staff_id;surname;given_name;patronymic;room\nT1;Серікова;Айгүл;Маратқызы;5\nT2;Ким;Олег;;6\n"

func TestImportSaysWhatItWouldDo(t *testing.T) {
	h := newHouse(t)
	good := file(t, "staff.csv", []byte(fewStaff))
	r := object[imported](t, h.ok("import", "staff", "--dry-run", "--json", good))
	if r.Added != 2 || len(r.IgnoredColumns) != 1 || r.IgnoredColumns[0] != "room" {
		t.Errorf("dry run: %+v", r)
	}
	if r = object[imported](t, h.ok("import", "staff", "--json", good)); r.Added != 2 {
		t.Errorf("after a dry run: %+v, it must not have taken anything", r)
	}
	if r = object[imported](t, h.ok("import", "staff", "--json", good)); r.Added != 0 || r.Unchanged != 2 {
		t.Errorf("the same file twice: %+v", r)
	}
	changed := file(t, "staff.csv", []byte(strings.Replace(fewStaff, "T2;Ким", "T3;Цой", 1)))
	if r = object[imported](t, h.ok("import", "staff", "--json", changed)); r.Added != 1 || r.Unchanged != 1 || r.Absent != 1 {
		t.Errorf("one gone, one new: %+v", r)
	}
}

func TestImportOfABadRow(t *testing.T) {
	bad := file(t, "staff.csv", []byte(fewStaff+"T4;;Имя;;7\n"))
	h := newHouse(t)
	status, out, _ := h.try("import", "staff", "--all-or-nothing", "--json", bad)
	if r := object[imported](t, out); status != exitError || len(r.Refused) != 1 || r.Refused[0].Row != 4 || r.Refused[0].Column != "surname" || r.Refused[0].Reason == "" {
		t.Errorf("all or nothing: status %d, %+v", status, r)
	}
	status, out, _ = h.try("import", "staff", "--json", bad)
	if r := object[imported](t, out); status != exitError || r.Added != 2 || len(r.Refused) != 1 {
		t.Errorf("status %d, %+v; the good rows are taken, and none before", status, r)
	}
	status, out, errs := h.try("import", "staff", bad)
	if status != exitError || out == "" || !strings.Contains(errs, "room") || !strings.Contains(errs, "surname") {
		t.Errorf("for people: status %d\n%s\n%s", status, out, errs)
	}
}

func TestIngestTwiceAndExport(t *testing.T) {
	h := newHouse(t)
	u := someWorld()
	h.ok("import", "staff", staffFile(t, u))
	h.ok("import", "applications", applicationsFile(t, u))
	dir, list := postbag(t, u, 4)
	if out := h.ok("ingest", dir); out != "" {
		t.Errorf("ingest prints results: %q", out)
	}
	type message struct {
		UID          int `json:"uid"`
		Mailbox      string
		SHA256       string
		Outcome      string
		Certificates []string
	}
	count := func() (outcomes map[string]int) {
		outcomes = map[string]int{}
		for _, line := range strings.Split(strings.TrimSpace(h.ok("export", "mail")), "\n") {
			m := object[message](t, line)
			outcomes[m.Outcome]++
			if m.UID != 0 || !strings.HasPrefix(m.Mailbox, "file:") || len(m.SHA256) != 64 || len(m.Certificates) != 1 {
				t.Errorf("%+v", m)
			}
		}
		return outcomes
	}
	if got := count(); got["certificates"] != 4 || len(got) != 1 {
		t.Errorf("outcomes: %v", got)
	}
	certificates := h.ok("export", "certificates", "--format", "jsonl")
	if n := strings.Count(certificates, "\n"); n != 4 {
		t.Fatalf("%d certificates", n)
	}
	h.ok("ingest", dir)
	if got := count(); got["certificates"] != 4 || got["duplicate"] != 4 {
		t.Errorf("the same mails once more: %v", got)
	}
	for _, c := range list {
		found := 0
		for _, line := range strings.Split(strings.TrimSpace(h.ok("export", "certificates")), "\n") {
			row := object[struct {
				Number, Title, Reading string
				RegisteredOn           string `json:"registered_on"`
				Received               []any
			}](t, line)
			if row.Number == c.Number && row.RegisteredOn == string(c.RegisteredOn) {
				found++
				if row.Reading != "sure" || len(row.Received) != 2 {
					t.Errorf("%+v", row)
				}
			}
		}
		if found != 1 {
			t.Errorf("certificate %s: %d times", c.Number, found)
		}
	}
	for _, what := range []string{"certificates", "mail"} {
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(h.ok("export", what, "--format", "csv"), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != map[string]int{"certificates": 5, "mail": 9}[what] {
			t.Errorf("%s as CSV: %d rows, %v", what, len(rows), err)
		}
		book := filepath.Join(t.TempDir(), "a.xlsx")
		if out := h.ok("export", what, "--format", "xlsx", "--out", book); out != "" {
			t.Errorf("with --out it prints %q", out)
		}
		if z, err := zip.OpenReader(book); err != nil {
			t.Errorf("%s as workbook: %v", what, err)
		} else {
			z.Close()
		}
	}
}

func TestExtract(t *testing.T) {
	u := someWorld()
	list, data := pdfs(t, u, 1)
	good := file(t, "scan.pdf", data[0])
	other := file(t, "letter.txt", []byte("no certificate"))
	missing := filepath.Join(t.TempDir(), "missing.pdf")
	h := noHouse(t)
	status, out, errs := h.try("extract", "--json", missing, good, other)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != exitError || len(lines) != 3 || !strings.Contains(errs, "missing.pdf") {
		t.Fatalf("status %d, %d lines, %q", status, len(lines), errs)
	}
	first, second, third := object[extracted](t, lines[0]), object[extracted](t, lines[1]), object[extracted](t, lines[2])
	if first.File != missing || first.Verdict != certificate.Unreadable || first.Reason != "not_opened" || first.Certificates == nil {
		t.Errorf("missing: %s", lines[0])
	}
	if second.File != good || second.Verdict != certificate.IsCertificate || len(second.Certificates) != 1 {
		t.Fatalf("certificate: %s", lines[1])
	}
	if c := second.Certificates[0]; c.Number != list[0].Number || c.RegisteredOn != string(list[0].RegisteredOn) || c.Source != "text-layer" || len(c.Authors) != len(list[0].Authors) {
		t.Errorf("%+v, want %+v", c, list[0])
	}
	if third.File != other || third.Verdict == certificate.IsCertificate {
		t.Errorf("text: %s", lines[2])
	}
	if status, out, _ := h.try("extract", good); status != exitDone || !strings.Contains(out, list[0].Number) {
		t.Errorf("for people: status %d, %q", status, out)
	}
}

func TestBackupRestoredGivesTheSameWorkbook(t *testing.T) {
	from := noHouse(t) // with a private database: that is what a folder is about
	u := someWorld()
	from.ok("import", "staff", staffFile(t, u))
	dir, _ := postbag(t, u, 5)
	from.ok("ingest", dir)
	period := "2000-01-01..2025-12-31"
	book := filepath.Join(t.TempDir(), "before.xlsx")
	id := strings.TrimSpace(from.ok("report", "rating", "--period", period, "--lang", "kk", "--out", book))
	saved := filepath.Join(t.TempDir(), "saved.kualik")
	from.ok("backup", saved)

	to := noHouse(t)
	to.ok("restore", saved)
	again := filepath.Join(t.TempDir(), "after.xlsx")
	if other := strings.TrimSpace(to.ok("report", "rating", "--period", period, "--lang", "kk", "--out", again)); other != id {
		t.Errorf("another snapshot: %s, was %s", other, id)
	}
	if a, b := content(t, book), content(t, again); !bytes.Equal(a, b) || len(a) == 0 {
		t.Errorf("workbooks of %d and %d bytes differ", len(a), len(b))
	}
	if a, b := from.ok("export", "certificates"), to.ok("export", "certificates"); a != b || a == "" {
		t.Error("the exports differ")
	}
	if status, _, errs := to.try("restore", saved); status != exitError || errs == "" {
		t.Errorf("over an installation that is not empty: status %d, %q", status, errs)
	}
	if status, _, errs := noHouse(t).try("restore", file(t, "no.kualik", []byte("not a backup"))); status != exitError || errs == "" {
		t.Errorf("from something else: status %d, %q", status, errs)
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
