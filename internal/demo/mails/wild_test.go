package mails

import (
	"bytes"
	"testing"
)

// TestWildGivesTheSameEveryTime and holds every program, form, encoding and fault.
func TestWildGivesTheSameEveryTime(t *testing.T) {
	const n = 90
	a, err := Wild(theWorld, 3, n, false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Wild(theWorld, 3, n, false)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range a {
		if !bytes.Equal(a[i].Raw, b[i].Raw) {
			t.Fatalf("mail %d (%v) differs from run to run", i, a[i].Truth.Tags)
		}
		for _, tag := range a[i].Truth.Tags {
			seen[tag] = true
		}
		if len(a[i].Truth.Certificates) > 0 && a[i].Truth.Outcome != Certificates && a[i].Truth.Outcome != Duplicate {
			t.Errorf("mail %d %v brings certificates and is %s", i, a[i].Truth.Tags, a[i].Truth.Outcome)
		}
	}
	missing := 0
	for _, w := range wraps {
		if !seen[w.name] {
			missing++
		}
	}
	for _, c := range codes {
		if !seen[c.name] {
			missing++
		}
	}
	for _, f := range faults {
		if !seen[f.name] {
			missing++
		}
	}
	if missing > 12 { // that a draw of so few leaves out some is chance
		t.Errorf("%d ways are missing", missing)
	}
	c, err := Wild(theWorld, 4, 5, false)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(a[0].Raw, c[0].Raw) {
		t.Error("another seed gives the same mails")
	}
}
