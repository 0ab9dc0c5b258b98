package rating

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
)

func TestPeriods(t *testing.T) {
	almaty := time.FixedZone("Asia/Almaty", 5*3600)
	now := time.Date(2026, 8, 31, 20, 0, 0, 0, time.UTC) // 1 September in Almaty
	for _, c := range []struct{ in, from, to, short string }{
		{"2025", "2025-01-01", "2025-12-31", "2025"},
		{"2025-2026", "2025-09-01", "2026-08-31", "2025-2026"},
		{"2025-02-01..2025-02-28", "2025-02-01", "2025-02-28", "2025-02-01..2025-02-28"},
		{"2025-01-01..2025-12-31", "2025-01-01", "2025-12-31", "2025"},
		{"last month", "2026-08-01", "2026-08-31", "2026-08-01..2026-08-31"},
		{"this_month", "2026-09-01", "2026-09-30", "2026-09-01..2026-09-30"},
		{"last_week", "2026-08-24", "2026-08-30", "2026-08-24..2026-08-30"},
		{"this_year", "2026-01-01", "2026-12-31", "2026"},
		{"last_year", "2025-01-01", "2025-12-31", "2025"},
		{"this_academic_year", "2026-09-01", "2027-08-31", "2026-2027"},
		{"last_academic_year", "2025-09-01", "2026-08-31", "2025-2026"},
	} {
		p, err := ParseExpression(c.in, now, almaty)
		if err != nil || p != (Period{clock.Day(c.from), clock.Day(c.to)}) || p.String() != c.short {
			t.Errorf("%q: %v %q %v", c.in, p, p.String(), err)
		}
	}
	if p, _ := ParseExpression("last_academic_year", now, time.UTC); p != AcademicYear(2024) {
		t.Errorf("the border of the academic year goes by the zone: %v", p)
	}
	if p, _ := ParseExpression("last_month", time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), almaty); p.From != "2025-12-01" || p.To != "2025-12-31" {
		t.Errorf("last month of January: %v", p)
	}
	for _, bad := range []string{"", "25", "2025-2027", "2025-2025", "2025-02-30..2025-03-01", "2025-03-01..2025-02-01", "..", "2025-01-01..", "next_year", "0000"} {
		if _, err := ParseExpression(bad, now, almaty); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestRulesValidate(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	for key, change := range map[string]func(*Rules){
		"rating.error.points":         func(r *Rules) { r.Points = "-1" },
		"rating.error.kind":           func(r *Rules) { r.ExcludedKinds = []string{"poem"} },
		"rating.error.cap":            func(r *Rules) { r.Cap = "0" },
		"rating.error.choice":         func(r *Rules) { r.Split = "halves" },
		"rating.error.nothing_counts": func(r *Rules) { r.Readings = nil },
		"rating.error.human":          func(r *Rules) { r.Decisions = []string{DecisionAuto} },
	} {
		r := Defaults()
		change(&r)
		var f *fault.Error
		if err := r.Validate(); !errors.As(err, &f) || f.Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
}

// one is a world of three people of two faculties, the third of whom has left.
func one(certificates ...Certificate) *Snapshot {
	return &Snapshot{Data: Data{
		Period: CalendarYear(2025), Rules: Defaults(), RuleVersion: 1,
		Staff: []Staff{
			{StaffID: "A", Name: "Асанова", Faculty: "F1", Department: "D1"},
			{StaffID: "B", Name: "Болатов", Faculty: "F2", Department: "D2", EmployedFrom: "2025-03-10"},
			{StaffID: "C", Name: "Ғалымов", Faculty: "F1", Department: "D3", EmployedTo: "2025-03-09"},
		},
		Certificates: certificates,
	}}
}

// cert makes a certificate; each author is StaffID:decision or only a decision.
func cert(number string, day clock.Day, reading string, authors ...string) Certificate {
	c := Certificate{ID: number, Number: number, RegisteredOn: day, CreatedOn: "2024-05-01", ReceivedOn: "2025-06-01", Kind: "database", Reading: reading}
	for _, a := range authors {
		id, decision, ok := strings.Cut(a, ":")
		if !ok {
			id, decision = "", a
		}
		c.Authors = append(c.Authors, Author{Name: "автор " + a, Decision: decision, StaffID: id})
	}
	return c
}

func rat(s string) *big.Rat { r, _ := new(big.Rat).SetString(s); return r }

// shares are the result's shares as "number person share points".
func shares(r *Result) (out []string) {
	for _, s := range r.Shares {
		out = append(out, fmt.Sprintf("%s %s %s %s", s.Certificate.Number, s.Person.StaffID, Fraction(s.Share), Fraction(s.Points)))
	}
	return out
}

func TestWhatCounts(t *testing.T) {
	s := one(
		cert("1", "2025-03-10", "sure", "A:auto", "B:confirmed", "not_staff"),
		cert("2", "2025-03-09", "confirmed", "B:auto"),
		cert("3", "2025-03-10", "sure", "C:auto", "A:auto"),
		cert("4", "2025-04-01", "review", "A:auto"),
		cert("5", "2025-04-01", "sure", "review", "not_staff"),
		cert("6", "2025-04-01", "sure", "A:auto", "review"),
		cert("7", "2025-04-01", "sure", "not_staff"),
		cert("8", "", "sure", "A:auto"),
		cert("9", "2025-04-01", "sure"),
	)
	r := Compute(s)
	want := []string{"1 A 1/3 3 1/3", "1 B 1/3 3 1/3", "3 A 1/2 5", "6 A 1/2 5"}
	if got := shares(r); !slices.Equal(got, want) {
		t.Errorf("shares %q, want %q", got, want)
	}
	var not []string
	for _, n := range r.NotCounted {
		not = append(not, n.Number+" "+string(n.Reason))
	}
	wantNot := []string{"2 not_employed", "4 reading_review", "5 author_review", "7 no_staff_author", "8 undated", "9 no_staff_author"}
	if !slices.Equal(not, wantNot) {
		t.Errorf("not counted %q, want %q", not, wantNot)
	}
	if r.Total.Certificates != 3 || r.FacultySum() != 4 || r.Waiting != 1 || Fraction(r.Total.Points) != "16 2/3" {
		t.Errorf("total %+v, faculties %d, waiting %d", r.Total, r.FacultySum(), r.Waiting)
	}
}

func TestSplitsDatingAndKinds(t *testing.T) {
	authors := []string{"A:auto", "B:auto", "not_staff"}
	for _, c := range []struct {
		name   string
		change func(*Rules)
		want   []string
	}{
		{"staff", func(r *Rules) { r.Split = SplitStaff }, []string{"1 A 1/2 5", "1 B 1/2 5"}},
		{"full", func(r *Rules) { r.Split = SplitFull }, []string{"1 A 1 10", "1 B 1 10"}},
		{"points", func(r *Rules) { r.PointsByKind = map[string]Decimal{"database": "7.5"} }, []string{"1 A 1/3 2 1/2", "1 B 1/3 2 1/2"}},
		{"excluded", func(r *Rules) { r.ExcludedKinds = []string{"database"} }, nil},
		{"created", func(r *Rules) { r.Dating = ByCreated }, []string{"1 A 1/3 3 1/3"}}, // B came in 2025
		{"created, all", func(r *Rules) { r.Dating, r.EmployedOnDay = ByCreated, false }, []string{"1 A 1/3 3 1/3", "1 B 1/3 3 1/3"}},
		{"human", func(r *Rules) { r.Decisions = []string{DecisionConfirmed} }, nil},
		{"human reading", func(r *Rules) { r.Readings = []string{ReadingConfirmed} }, nil},
	} {
		s := one(cert("1", "2025-05-01", "sure", authors...))
		c.change(&s.Rules)
		if got := shares(Compute(s)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCap(t *testing.T) {
	build := func(order CapOrder) *Result {
		s := one(
			cert("2", "2025-06-01", "sure", "A:auto"),
			cert("1", "2025-05-01", "sure", "A:auto", "not_staff"),
			cert("3", "2025-07-01", "sure", "A:auto"),
		)
		s.Rules.Cap, s.Rules.CapOrder = "12", order
		return Compute(s)
	}
	if got := shares(build(CapOldest)); !slices.Equal(got, []string{"2 A 1 7", "1 A 1/2 5", "3 A 1 0"}) {
		t.Errorf("oldest first: %q", got)
	}
	r := build(CapLargest)
	if got := shares(r); !slices.Equal(got, []string{"2 A 1 10", "1 A 1/2 0", "3 A 1 2"}) {
		t.Errorf("largest first: %q", got)
	}
	if Fraction(r.Total.Points) != "12" || Fraction(r.Total.Shares) != "2 1/2" || r.Authors[0].Certificates != 3 {
		t.Errorf("total %+v", r.Total)
	}
}

func TestRanksAndTies(t *testing.T) {
	r := Compute(one(
		cert("1", "2025-05-01", "sure", "B:auto"),
		cert("2", "2025-03-01", "sure", "C:auto"),
		cert("3", "2025-05-01", "sure", "A:auto", "not_staff"),
	))
	var got []string
	for _, p := range r.Authors {
		got = append(got, fmt.Sprintf("%d %s %d %d", p.Rank, p.StaffID, p.RankInFaculty, p.RankInDepartment))
	}
	if !slices.Equal(got, []string{"1 B 1 1", "1 C 1 1", "3 A 2 1"}) {
		t.Errorf("ranks %q", got)
	}
	tree := r.Tree()
	if len(tree) != 2 || tree[0].Faculty != "F1" || len(tree[0].Departments) != 2 || tree[0].Departments[0].People[0].StaffID != "C" {
		t.Errorf("tree %+v", tree)
	}
}

func TestForAuthor(t *testing.T) {
	r := Compute(one(
		cert("1", "2025-03-10", "sure", "A:auto", "B:confirmed", "not_staff"),
		cert("2", "2025-03-09", "sure", "A:auto", "B:auto"),
		cert("3", "2025-04-01", "review", "B:auto"),
	))
	e, ok := r.ForAuthor("B")
	var got []string
	for _, i := range e.Items {
		line := i.Number + " " + string(i.Reason)
		if i.Reason == Counts {
			line += Fraction(i.Full) + " × " + Fraction(i.Share) + " = " + Show(i18n.RU, i.Points, 2)
		}
		got = append(got, line)
	}
	if !ok || !slices.Equal(got, []string{"1 10 × 1/3 = 3,33", "2 not_employed", "3 reading_review"}) {
		t.Errorf("%q", got)
	}
	if e.Person.Rank != 2 || e.InUniversity != 2 || e.InDepartment != 1 {
		t.Errorf("place %+v of %d, %d", e.Person, e.InUniversity, e.InDepartment)
	}
	if _, ok := r.ForAuthor("Z"); ok {
		t.Error("an unknown person has an explanation")
	}
}

func TestFraction(t *testing.T) {
	for in, want := range map[string]string{"1/3": "1/3", "10/3": "3 1/3", "4/2": "2", "0": "0", "-4/3": "-1 1/3", "-1/3": "-1/3"} {
		if got := Fraction(rat(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if got := Show(i18n.KK, rat("20017/15"), 2); got != "1\u2009334,47" {
		t.Errorf("%q", got)
	}
}

// Shares of one certificate never exceed 1, every table adds up to the same total, and the order in
// which facts came into the snapshot's lists of people does not matter.
func TestTablesAddUp(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 9))
		s := one()
		s.Rules.Split = []Split{SplitAll, SplitStaff}[r.IntN(2)]
		if r.IntN(2) == 0 {
			s.Rules.Cap = "15"
		}
		for i := range 40 {
			var authors []string
			for range 1 + r.IntN(6) {
				authors = append(authors, []string{"A:auto", "B:confirmed", "C:auto", "review", "not_staff"}[r.IntN(5)])
			}
			day := clock.Day("2025-01-01").AddDays(r.IntN(365))
			s.Certificates = append(s.Certificates, cert(fmt.Sprint(i), day, []string{"sure", "review"}[r.IntN(2)], authors...))
		}
		result := Compute(s)
		check := func(name string, sums ...Sum) {
			t.Helper()
			points, parts := new(big.Rat), new(big.Rat)
			for _, x := range sums {
				points.Add(points, x.Points)
				parts.Add(parts, x.Shares)
			}
			if points.Cmp(result.Total.Points) != 0 || parts.Cmp(result.Total.Shares) != 0 {
				t.Errorf("seed %d: %s add up to %s points, total %s", seed, name, points, result.Total.Points)
			}
		}
		check("faculties", sumsOf(result.Faculties, func(u Unit) Sum { return u.Sum })...)
		check("departments", sumsOf(result.Departments, func(u Unit) Sum { return u.Sum })...)
		check("authors", sumsOf(result.Authors, func(p Person) Sum { return p.Sum })...)
		check("kinds", sumsOf(result.Kinds, func(k KindSum) Sum { return k.Sum })...)
		check("years", sumsOf(result.Years, func(y YearSum) Sum { return y.Sum })...)
		for _, c := range result.Certificates {
			if c.Shares.Cmp(big.NewRat(1, 1)) > 0 {
				t.Errorf("seed %d: the shares of %s are %s", seed, c.Number, c.Shares)
			}
		}
		if len(result.Certificates)+len(result.NotCounted) != len(s.Certificates) {
			t.Errorf("seed %d: %d counted and %d not, of %d", seed, len(result.Certificates), len(result.NotCounted), len(s.Certificates))
		}
		before := shares(result)
		slices.Reverse(s.Staff)
		if again := Compute(s); !slices.Equal(shares(again), before) {
			t.Errorf("seed %d: the order of people matters", seed)
		}
	}
}

func sumsOf[T any](list []T, sum func(T) Sum) (out []Sum) {
	for _, x := range list {
		out = append(out, sum(x))
	}
	return out
}

func TestEverythingHasWords(t *testing.T) {
	r := Defaults()
	r.Cap, r.ExcludedKinds, r.PointsByKind = "20", []string{"painting"}, map[string]Decimal{"database": "7.5"}
	for _, l := range i18n.All {
		for _, reason := range Reasons {
			if w := reason.Words(l); strings.HasPrefix(w, "rating.") {
				t.Errorf("%s: %s", l, w)
			}
		}
		for _, e := range Expressions {
			if w := i18n.T(l, "rating.expression."+e); strings.HasPrefix(w, "rating.") {
				t.Errorf("%s: %s", l, w)
			}
		}
		for _, split := range []Split{SplitAll, SplitStaff, SplitFull} {
			for _, dating := range []Dating{ByRegistered, ByCreated, ByReceived} {
				r.Split, r.Dating = split, dating
				for _, line := range r.Words(l) {
					if strings.Contains(line.Name+line.Text, "rating.") || line.Text == "" {
						t.Errorf("%s: %+v", l, line)
					}
				}
			}
		}
	}
}
