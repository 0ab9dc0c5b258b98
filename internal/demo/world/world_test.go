package world

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"strings"
	"testing"

	"kualik/internal/clock"
)

const today = clock.Day("2026-11-20")

func TestSameSeedSameWorld(t *testing.T) {
	a, b := Generate(7, Usual(today)), Generate(7, Usual(today))
	if !reflect.DeepEqual(a, b) {
		t.Fatal("one seed made two worlds")
	}
	if reflect.DeepEqual(a.People[0].RU, Generate(8, Usual(today)).People[0].RU) && reflect.DeepEqual(a.Applications[0], Generate(8, Usual(today)).Applications[0]) {
		t.Fatal("another seed made the same world")
	}
}

func TestWorldHoldsWhatWasAsked(t *testing.T) {
	w := Generate(1, Usual(today))
	if w.Staff < 300 || len(w.Applications) < 400 || len(w.Certificates) < 200 {
		t.Fatalf("too small: %d staff, %d applications, %d certificates", w.Staff, len(w.Applications), len(w.Certificates))
	}
	ids, iins, emails := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range w.People {
		if p.StaffID != "" && ids[p.StaffID] || iins[p.IIN] {
			t.Errorf("%s / %s given twice", p.StaffID, p.IIN)
		}
		ids[p.StaffID], iins[p.IIN] = true, true
		checkIIN(t, p)
		for _, e := range p.Emails {
			if emails[e] || !strings.HasSuffix(e, ".example") || strings.ContainsAny(e, " ,;") {
				t.Errorf("address %q", e)
			}
			emails[e] = true
		}
	}
}

// checkIIN recomputes the control digit by the published rule, apart from the generator.
func checkIIN(t *testing.T, p Person) {
	t.Helper()
	if len(p.IIN) != 12 || p.IIN[7:9] != "99" {
		t.Fatalf("%q is not 12 digits with an unused serial", p.IIN)
	}
	for _, weights := range [][]int{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2}} {
		n := 0
		for i, w := range weights {
			n += int(p.IIN[i]-'0') * w
		}
		if n %= 11; n < 10 {
			if n != int(p.IIN[11]-'0') {
				t.Errorf("%s: control digit should be %d", p.IIN, n)
			}
			return
		}
	}
	t.Errorf("%s has no control digit", p.IIN)
}

func TestCertificatesAreOfTheRegister(t *testing.T) {
	w := Generate(1, Usual(today))
	refs := map[string]Application{}
	for _, a := range w.Applications {
		if _, twice := refs[a.Ref]; twice {
			t.Errorf("application %s twice", a.Ref)
		}
		refs[a.Ref] = a
	}
	keys, numbers := map[string]bool{}, map[string]int{}
	var ambiguous, old, unlisted, maiden, namesake int
	for _, c := range w.Certificates {
		key := strings.TrimLeft(c.Number, "0") + " " + string(c.RegisteredOn)
		if keys[key] {
			t.Errorf("%s twice", key)
		}
		keys[key] = true
		numbers[strings.TrimLeft(c.Number, "0")]++
		if c.RegisteredOn > today || len(c.Authors) == 0 || c.Title == "" || c.KindText == "" || c.KindTextKK == "" {
			t.Errorf("not a certificate: %+v", c)
		}
		if a, ok := refs[c.ApplicationRef]; c.ApplicationRef != "" && (!ok || a.FiledOn >= c.RegisteredOn) {
			t.Errorf("%s of application %q filed on %s", key, c.ApplicationRef, a.FiledOn)
		}
		if c.Ambiguous {
			ambiguous++
		}
		if c.OldForm {
			old++
		}
		if c.ApplicationRef == "" {
			unlisted++
		}
		for _, a := range c.Authors {
			if p := w.People[a.Person]; p.Maiden.Surname != "" && c.RegisteredOn < p.MarriedOn {
				maiden++
			}
			if len(a.Candidates) > 1 {
				namesake++
			}
		}
	}
	again := 0
	for _, n := range numbers {
		if n > 1 {
			again++
		}
	}
	t.Logf("%d certificates: %d ambiguous, %d old, %d unlisted, %d maiden, %d namesakes, %d numbers given again", len(w.Certificates), ambiguous, old, unlisted, maiden, namesake, again)
	if ambiguous == 0 || old < 10 || unlisted < 20 || maiden == 0 || namesake == 0 || again == 0 {
		t.Error("the world lacks a trouble that real data have")
	}
}

func TestFilesHaveTheInterchangeHeadings(t *testing.T) {
	w := Generate(1, Usual(today))
	for name, f := range map[string]struct {
		write func(*bytes.Buffer) error
		rows  int
		first string
	}{
		"staff":        {func(b *bytes.Buffer) error { return w.WriteStaff(b) }, w.Staff + 1, "staff_id"},
		"applications": {func(b *bytes.Buffer) error { return w.WriteApplications(b) }, len(w.Applications) + 1, "application_ref"},
	} {
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != f.rows || rows[0][0] != f.first {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
}

func TestNumbersFollowTheRegister(t *testing.T) {
	for day, want := range map[clock.Day]int{"2025-03-18": 55942, "2026-09-14": 78433, "2019-01-01": 700} {
		if got := numberOn(day); got != want {
			t.Errorf("%s: %d, want %d", day, got, want)
		}
	}
	if a, b := numberOn("2027-01-01"), numberOn("2027-02-01"); b-a < 1000 || b-a > 1600 {
		t.Errorf("a month after the last known point: %d numbers", b-a)
	}
}
