package rating

import (
	"math/big"

	"kualik/internal/clock"
)

// Item is one certificate of a person: what it gives them, or why nothing. With a Reason, Share and
// Points are nil and Authors still says how many the certificate has.
type Item struct {
	*Certificate
	Day     clock.Day
	Reason  Reason
	Authors int
	Full    *big.Rat // points of the whole certificate
	Share   *big.Rat
	Points  *big.Rat
	Capped  bool
}

// Explanation is a person's points and how they come about. Person has rank 0 when nothing counts.
type Explanation struct {
	Person       Person
	Items        []Item
	InDepartment int // people with a share, for "1st of 12"
	InFaculty    int
	InUniversity int
	Rules        Rules
	RuleVersion  int
}

// ForAuthor explains one person's points. A person whom no certificate of the snapshot names has no
// items; ok is false then.
func (r *Result) ForAuthor(staffID string) (e Explanation, ok bool) {
	staff := r.Snapshot.staffIndex()
	me, ok := staff[staffID]
	if !ok {
		return Explanation{}, false
	}
	e = Explanation{
		Person: Person{Staff: me, Sum: newSum()}, Rules: r.Snapshot.Rules, RuleVersion: r.Snapshot.RuleVersion,
		InUniversity: len(r.Authors),
	}
	for _, p := range r.Authors {
		if p.StaffID == staffID {
			e.Person = p
		}
		if p.Faculty == me.Faculty {
			e.InFaculty++
			if p.Department == me.Department {
				e.InDepartment++
			}
		}
	}
	own := map[*Certificate]*Share{}
	for i := range r.Shares {
		if s := &r.Shares[i]; s.Person.StaffID == staffID {
			own[s.Certificate] = s
		}
	}
	for i := range r.Snapshot.Certificates {
		c := &r.Snapshot.Certificates[i]
		if item, mine := explain(c, staffID, r.Snapshot.Rules, staff, own[c]); mine {
			e.Items = append(e.Items, item)
		}
	}
	return e, true
}

func explain(c *Certificate, staffID string, rules Rules, staff map[string]*Staff, share *Share) (Item, bool) {
	item := Item{Certificate: c, Day: c.Day(rules.Dating), Authors: len(c.Authors)}
	if share != nil {
		item.Full, item.Share, item.Points, item.Capped = share.Full, share.Share, share.Points, share.Capped
		return item, true
	}
	for i, a := range c.Authors {
		if a.StaffID != staffID {
			continue
		}
		j := judge(c, rules, staff)
		item.Reason = j.whole
		if item.Reason == Counts {
			item.Reason = j.authors[i]
		}
		return item, true
	}
	return item, false
}
