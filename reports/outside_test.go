package reports_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/xuri/excelize/v2"

	"kualik/internal/i18n"
	"kualik/internal/rating"
	"kualik/reports"
)

// parts counts in 1/26771144400: that number can be divided by every count of authors up to 26, so whole
// numbers are exact. It is another way than the rating's fractions on purpose.
type parts int64

const whole parts = 26771144400

func (p parts) float() float64 { return float64(p) / float64(whole) }

// outside recomputes a year's rating from the export and the staff file alone, by the words of the
// interchange page: 10 points a certificate, equally among all authors, counted by registered_on, staff
// employed on that day.
type outside struct {
	shares       map[string]parts           // by staff_id
	certificates map[string]map[string]bool // staff_id -> certificates
	faculties    map[string]map[string]bool
	university   map[string]bool
}

func recompute(lines []map[string]any, staff []map[string]string, year string) outside {
	o := outside{map[string]parts{}, map[string]map[string]bool{}, map[string]map[string]bool{}, map[string]bool{}}
	people := map[string]map[string]string{}
	for _, p := range staff {
		people[p["staff_id"]] = p
	}
	for _, c := range lines {
		day := c["registered_on"].(string)
		if len(day) != 10 || day[:4] != year || (c["reading"] != "sure" && c["reading"] != "confirmed") {
			continue
		}
		authors := c["authors"].([]any)
		for _, a := range authors {
			a := a.(map[string]any)
			if a["decision"] != "auto" && a["decision"] != "confirmed" {
				continue
			}
			p := people[a["staff_id"].(string)]
			if p["employed_from"] > day || (p["employed_to"] != "" && p["employed_to"] < day) {
				continue
			}
			id, certificate := p["staff_id"], c["id"].(string)
			o.shares[id] += whole / parts(len(authors))
			note(o.certificates, id, certificate)
			note(o.faculties, p["faculty"], certificate)
			o.university[certificate] = true
		}
	}
	return o
}

func note(m map[string]map[string]bool, key, certificate string) {
	if m[key] == nil {
		m[key] = map[string]bool{}
	}
	m[key][certificate] = true
}

// open reads a workbook back.
func open(t *testing.T, book []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// rows are a sheet's rows, raw: numbers as they are stored, not as they are shown.
func rows(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	out, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func float(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("%q is not a number", s)
	}
	return v
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(b)) }

func TestOutsideRecomputationAgrees(t *testing.T) {
	for seed := range uint64(3) {
		s := world(100+seed, 60, 250)
		hinder(s)
		pool, service, _ := settled(t, s)
		sealed, err := service.Seal(t.Context(), rating.CalendarYear(2025))
		if err != nil {
			t.Fatal(err)
		}
		var book bytes.Buffer
		if err := reports.Write(t.Context(), &book, rating.Compute(sealed), reports.Options{Lang: i18n.EN}); err != nil {
			t.Fatal(err)
		}
		want := recompute(exported(t, pool), staffFile(t, s), "2025")
		if len(want.shares) < 20 {
			t.Fatalf("seed %d: only %d authors", seed, len(want.shares))
		}
		compare(t, open(t, book.Bytes()), want)
	}
}

// hinder puts in what must not count: other years, no day, not a certificate after all.
func hinder(s *rating.Snapshot) {
	for i := range s.Certificates {
		c := &s.Certificates[i]
		switch i % 9 {
		case 0:
			c.RegisteredOn = []rating.Period{{From: "2024-12-31"}, {From: "2026-01-01"}}[i/9%2].From
		case 1:
			c.RegisteredOn = []rating.Period{{From: "2025-01-01"}, {From: "2025-12-31"}}[i/9%2].From
		case 2:
			if i%2 == 0 {
				c.Reading = "rejected"
			}
		case 3:
			if i%2 == 0 {
				c.RegisteredOn, c.Reading = "", "review"
			}
		}
	}
}

func compare(t *testing.T, f *excelize.File, want outside) {
	t.Helper()
	authors := rows(t, f, "Authors")
	if len(authors) != len(want.shares)+2 {
		t.Errorf("%d authors in the workbook, %d outside", len(authors)-2, len(want.shares))
	}
	var total parts
	for _, r := range authors[1 : len(authors)-1] {
		id := r[1]
		if !near(float(t, r[7]), want.shares[id].float()) || !near(float(t, r[8]), 10*want.shares[id].float()) {
			t.Errorf("%s: %s shares, %s points; outside %v, %v", id, r[7], r[8], want.shares[id].float(), 10*want.shares[id].float())
		}
		if r[6] != fmt.Sprint(len(want.certificates[id])) {
			t.Errorf("%s: %s certificates, outside %d", id, r[6], len(want.certificates[id]))
		}
		total += want.shares[id]
	}
	last := authors[len(authors)-1]
	if last[0] != "Total" || last[6] != fmt.Sprint(len(want.university)) || !near(float(t, last[7]), total.float()) {
		t.Errorf("total %q, outside %d certificates and %v shares", last, len(want.university), total.float())
	}
	faculties := rows(t, f, "Faculties")
	for _, r := range faculties[1 : len(faculties)-1] {
		if r[2] != fmt.Sprint(len(want.faculties[r[1]])) {
			t.Errorf("%s: %s certificates, outside %d", r[1], r[2], len(want.faculties[r[1]]))
		}
	}
	for _, sheet := range []string{"Faculties", "Departments", "Authors", "Shares", "Kinds", "Years"} {
		list := rows(t, f, sheet)
		last := list[len(list)-1]
		points := slices.Index(list[0], "Points")
		if last[0] != "Total" || !near(float(t, last[points]), 10*total.float()) {
			t.Errorf("%s: total %q, outside %v points", sheet, last, 10*total.float())
		}
	}
}
