package rating

import (
	"math/big"

	"kualik/internal/clock"
)

// Sum is what every table counts: distinct certificates, shares and points, both exact.
type Sum struct {
	Certificates int
	Shares       *big.Rat
	Points       *big.Rat
}

func newSum() Sum { return Sum{Shares: new(big.Rat), Points: new(big.Rat)} }

func (s *Sum) add(share *Share) {
	s.Shares.Add(s.Shares, share.Share)
	s.Points.Add(s.Points, share.Points)
}

// Unit is a faculty (Department empty in Result.Faculties) or a department of a faculty. Rank is in the
// university, RankInFaculty among the departments of the faculty; People are those with a share.
type Unit struct {
	Rank          int
	RankInFaculty int
	Faculty       string
	Department    string
	People        int
	Sum
}

// Person is an author with at least one share. Ranks are in the university, the faculty, the department.
type Person struct {
	*Staff
	Rank             int
	RankInFaculty    int
	RankInDepartment int
	Sum
}

// Counted is a certificate that counts. StaffAuthors is how many of its authors count; Waiting how many
// are still to be decided.
type Counted struct {
	*Certificate
	Day          clock.Day
	StaffAuthors int
	Waiting      int
	Shares       *big.Rat
	Points       *big.Rat
}

// Share is one person's part of one certificate. Full is what the whole certificate is worth; Points is
// less than Full × Share only where the cap cut it.
type Share struct {
	Certificate *Certificate
	Person      *Staff
	Share       *big.Rat
	Full        *big.Rat
	Points      *big.Rat
	Capped      bool
}

// KindSum sums the certificates of a kind; the empty code is "kind not known".
type KindSum struct {
	Kind string
	Sum
}

// YearSum sums the certificates whose counting day lies in a calendar year.
type YearSum struct {
	Year int
	Sum
}

// NotCounted is a certificate of the period that gives nobody a share, and why.
type NotCounted struct {
	*Certificate
	Reason Reason
}

// Result is a snapshot counted. All lists are in the order in which they are shown; the same snapshot
// gives the same result.
type Result struct {
	Snapshot     *Snapshot
	Total        Sum
	Faculties    []Unit
	Departments  []Unit
	Authors      []Person
	Certificates []Counted
	Shares       []Share
	Kinds        []KindSum
	Years        []YearSum
	NotCounted   []NotCounted
	Waiting      int // authors still to be decided on certificates that count already
}

// FacultySum is what the faculties' certificates add up to; it may exceed Total.Certificates, because a
// certificate with authors of two faculties counts in each.
func (r *Result) FacultySum() int { return sumCertificates(r.Faculties) }

// DepartmentSum is the same of the departments.
func (r *Result) DepartmentSum() int { return sumCertificates(r.Departments) }

func sumCertificates(units []Unit) (n int) {
	for _, u := range units {
		n += u.Certificates
	}
	return n
}

// Branch is a faculty with its departments and their people, for the tree on the rating page.
type Branch struct {
	Unit
	Departments []Leaf
}

// Leaf is a department with its people.
type Leaf struct {
	Unit
	People []Person
}

// Tree is the result as faculties, their departments and their people, each in order of rank.
func (r *Result) Tree() []Branch {
	type key struct{ faculty, department string }
	people := map[key][]Person{}
	for _, p := range r.Authors {
		k := key{p.Faculty, p.Department}
		people[k] = append(people[k], p)
	}
	leaves := map[string][]Leaf{}
	for _, d := range r.Departments {
		leaves[d.Faculty] = append(leaves[d.Faculty], Leaf{d, people[key{d.Faculty, d.Department}]})
	}
	out := make([]Branch, len(r.Faculties))
	for i, f := range r.Faculties {
		out[i] = Branch{f, leaves[f.Faculty]}
	}
	return out
}
