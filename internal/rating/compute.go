package rating

import (
	"cmp"
	"math/big"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Compute counts a snapshot. It is pure.
func Compute(s *Snapshot) *Result {
	c := &count{
		result: &Result{Snapshot: s, Total: newSum()}, rules: s.Rules, staff: s.staffIndex(),
		parts: map[int64]*big.Rat{}, worth: map[string]*big.Rat{}, products: map[[2]*big.Rat]*big.Rat{},
		faculties: map[string]*Unit{}, departments: map[unitKey]*Unit{}, people: map[string]*Person{},
		kinds: map[string]*KindSum{}, years: map[int]*YearSum{},
	}
	for i := range s.Certificates {
		c.divide(&s.Certificates[i])
	}
	c.limit()
	for i := range c.result.Certificates {
		c.sum(&c.result.Certificates[i])
	}
	c.finish()
	return c.result
}

type unitKey struct{ faculty, department string }

type count struct {
	result *Result
	rules  Rules
	staff  map[string]*Staff
	parts  map[int64]*big.Rat  // 1/n, made once
	worth  map[string]*big.Rat // points of a kind, made once
	spans  []int               // where each counted certificate's shares begin in result.Shares
	next   int                 // sum's position in spans

	products map[[2]*big.Rat]*big.Rat // worth × part, made once

	faculties   map[string]*Unit
	departments map[unitKey]*Unit
	people      map[string]*Person
	kinds       map[string]*KindSum
	years       map[int]*YearSum
}

// divide gives the certificate's authors their shares, or says why nobody gets one.
func (c *count) divide(cert *Certificate) {
	j := judge(cert, c.rules, c.staff)
	if j.whole != Counts {
		c.result.NotCounted = append(c.result.NotCounted, NotCounted{cert, j.whole})
		return
	}
	counted := Counted{Certificate: cert, Day: cert.Day(c.rules.Dating), Shares: new(big.Rat), Points: new(big.Rat)}
	var order []*Staff
	times := map[*Staff]int64{} // a person printed twice
	for i, a := range cert.Authors {
		switch j.authors[i] {
		case Counts:
			p := c.staff[a.StaffID]
			if times[p] == 0 {
				order = append(order, p)
			}
			times[p]++
			counted.StaffAuthors++
		case AuthorReview:
			counted.Waiting++
		}
	}
	full := c.points(cert.Kind)
	c.spans = append(c.spans, len(c.result.Shares))
	for _, p := range order {
		share := c.part(len(cert.Authors), len(order), times[p])
		c.result.Shares = append(c.result.Shares, Share{
			Certificate: cert, Person: p, Share: share, Full: full, Points: c.product(full, share),
		})
	}
	c.result.Waiting += counted.Waiting
	c.result.Certificates = append(c.result.Certificates, counted)
}

// part is one person's share of a certificate of so many authors, of whom counting are ours.
func (c *count) part(authors, counting int, times int64) *big.Rat {
	n := int64(1)
	switch c.rules.Split {
	case SplitAll:
		n = int64(authors)
	case SplitStaff:
		n, times = int64(counting), 1
	case SplitFull:
		times = 1
	}
	if times != 1 {
		return big.NewRat(times, n)
	}
	r, ok := c.parts[n]
	if !ok {
		r = big.NewRat(1, n)
		c.parts[n] = r
	}
	return r
}

// product is what a part of a certificate is worth. There are few different ones.
func (c *count) product(full, share *big.Rat) *big.Rat {
	k := [2]*big.Rat{full, share}
	r, ok := c.products[k]
	if !ok {
		r = new(big.Rat).Mul(full, share)
		c.products[k] = r
	}
	return r
}

func (c *count) points(kind string) *big.Rat {
	r, ok := c.worth[kind]
	if !ok {
		r, _ = c.rules.PointsOf(kind)
		c.worth[kind] = r
	}
	return r
}

// limit cuts what goes beyond a person's most points: the shares fill the cap in the order of the rules,
// the one that overflows is cut, the rest give nothing. Shares themselves stay as they are.
func (c *count) limit() {
	most := c.rules.Cap.Rat()
	if most.Sign() == 0 {
		return
	}
	own := map[*Staff][]*Share{}
	for i := range c.result.Shares {
		s := &c.result.Shares[i]
		own[s.Person] = append(own[s.Person], s)
	}
	for _, shares := range own {
		slices.SortStableFunc(shares, func(a, b *Share) int {
			if c.rules.CapOrder == CapLargest {
				if d := b.Points.Cmp(a.Points); d != 0 {
					return d
				}
			}
			return cmp.Compare(a.Certificate.Day(c.rules.Dating), b.Certificate.Day(c.rules.Dating))
		})
		left := new(big.Rat).Set(most)
		for _, s := range shares {
			if s.Points.Cmp(left) > 0 {
				s.Points, s.Capped = new(big.Rat).Set(left), true
			}
			left.Sub(left, s.Points)
		}
	}
}

// sum adds one certificate to every table; each unit counts it once.
func (c *count) sum(cert *Counted) {
	from := c.spans[c.next]
	c.next++
	to := len(c.result.Shares)
	if c.next < len(c.spans) {
		to = c.spans[c.next]
	}
	kind, year := c.kind(cert.Kind), c.year(cert.Day.Year())
	kind.Certificates++
	year.Certificates++
	c.result.Total.Certificates++
	touched := map[*Sum]bool{}
	for i := from; i < to; i++ {
		share := &c.result.Shares[i]
		cert.Shares.Add(cert.Shares, share.Share)
		cert.Points.Add(cert.Points, share.Points)
		c.result.Total.add(share)
		kind.add(share)
		year.add(share)
		for _, sum := range c.sumsOf(share.Person) {
			sum.add(share)
			touched[sum] = true
		}
	}
	for sum := range touched {
		sum.Certificates++
	}
}

// sumsOf are the person's own sum and those of their department and faculty.
func (c *count) sumsOf(s *Staff) [3]*Sum {
	f, ok := c.faculties[s.Faculty]
	if !ok {
		f = &Unit{Faculty: s.Faculty, Sum: newSum()}
		c.faculties[s.Faculty] = f
	}
	k := unitKey{s.Faculty, s.Department}
	d, ok := c.departments[k]
	if !ok {
		d = &Unit{Faculty: s.Faculty, Department: s.Department, Sum: newSum()}
		c.departments[k] = d
	}
	p, ok := c.people[s.StaffID]
	if !ok {
		p = &Person{Staff: s, Sum: newSum()}
		c.people[s.StaffID] = p
		f.People++
		d.People++
	}
	return [3]*Sum{&p.Sum, &d.Sum, &f.Sum}
}

func (c *count) kind(code string) *KindSum {
	k, ok := c.kinds[code]
	if !ok {
		k = &KindSum{Kind: code, Sum: newSum()}
		c.kinds[code] = k
	}
	return k
}

func (c *count) year(year int) *YearSum {
	y, ok := c.years[year]
	if !ok {
		y = &YearSum{Year: year, Sum: newSum()}
		c.years[year] = y
	}
	return y
}

// finish puts the tables in order and ranks them: most points first, equal points share a rank and
// stand by name.
func (c *count) finish() {
	r := c.result
	names := collate.New(language.Kazakh)
	for _, u := range c.faculties {
		r.Faculties = append(r.Faculties, *u)
	}
	for _, u := range c.departments {
		r.Departments = append(r.Departments, *u)
	}
	for _, p := range c.people {
		r.Authors = append(r.Authors, *p)
	}
	byName := func(a, b string) int {
		if d := names.CompareString(a, b); d != 0 {
			return d
		}
		return cmp.Compare(a, b)
	}
	units := func(a, b Unit) int {
		return cmp.Or(b.Points.Cmp(a.Points), byName(a.Faculty, b.Faculty), byName(a.Department, b.Department))
	}
	slices.SortFunc(r.Faculties, units)
	slices.SortFunc(r.Departments, units)
	slices.SortFunc(r.Authors, func(a, b Person) int {
		return cmp.Or(b.Points.Cmp(a.Points), byName(a.Name, b.Name), cmp.Compare(a.StaffID, b.StaffID))
	})
	c.rank()
	for _, k := range c.kinds {
		r.Kinds = append(r.Kinds, *k)
	}
	slices.SortFunc(r.Kinds, func(a, b KindSum) int {
		return cmp.Or(b.Points.Cmp(a.Points), cmp.Compare(a.Kind, b.Kind))
	})
	for _, y := range c.years {
		r.Years = append(r.Years, *y)
	}
	slices.SortFunc(r.Years, func(a, b YearSum) int { return cmp.Compare(a.Year, b.Year) })
}

func (c *count) rank() {
	r := c.result
	university, inFaculty, inDepartment := ranker{}, ranker{}, ranker{}
	for i := range r.Faculties {
		r.Faculties[i].Rank = university.next(unitKey{}, r.Faculties[i].Points)
	}
	university = ranker{}
	for i := range r.Departments {
		u := &r.Departments[i]
		u.Rank = university.next(unitKey{}, u.Points)
		u.RankInFaculty = inFaculty.next(unitKey{u.Faculty, ""}, u.Points)
	}
	university, inFaculty = ranker{}, ranker{}
	for i := range r.Authors {
		p := &r.Authors[i]
		p.Rank = university.next(unitKey{}, p.Points)
		p.RankInFaculty = inFaculty.next(unitKey{p.Faculty, ""}, p.Points)
		p.RankInDepartment = inDepartment.next(unitKey{p.Faculty, p.Department}, p.Points)
	}
}

// ranker gives ranks 1, 2, 2, 4 within groups; it is fed in falling order of points.
type ranker map[unitKey]*struct {
	seen, rank int
	last       *big.Rat
}

func (r ranker) next(group unitKey, points *big.Rat) int {
	g, ok := r[group]
	if !ok {
		g = &struct {
			seen, rank int
			last       *big.Rat
		}{}
		r[group] = g
	}
	g.seen++
	if g.last == nil || g.last.Cmp(points) != 0 {
		g.rank, g.last = g.seen, points
	}
	return g.rank
}
