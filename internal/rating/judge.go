package rating

// Reason is a code that says why a certificate or an author's share is not counted; empty: it counts.
type Reason string

// The reasons, the first that holds is given.
const (
	Counts            Reason = ""
	ReadingReview     Reason = "reading_review"     // a person must still look at its fields
	ReadingUnaccepted Reason = "reading_unaccepted" // the rules want fields confirmed by a person
	Undated           Reason = "undated"            // the day that decides is not known
	KindExcluded      Reason = "kind_excluded"
	AuthorReview      Reason = "author_review"     // who the author is must still be decided
	AuthorUnaccepted  Reason = "author_unaccepted" // the rules want the author confirmed by a person
	NotEmployed       Reason = "not_employed"      // not on the staff on that day
	NotOurs           Reason = "not_ours"          // the office says that it is not the university's
	NoStaffAuthor     Reason = "no_staff_author"
)

// Reasons are all of them, for pages that offer a filter.
var Reasons = []Reason{
	ReadingReview, ReadingUnaccepted, Undated, KindExcluded, AuthorReview, AuthorUnaccepted,
	NotEmployed, NotOurs, NoStaffAuthor,
}

// judgement is what the rules say about one certificate: the first reason against the whole of it, and
// for each author, in order, the reason against them.
type judgement struct {
	whole   Reason
	authors []Reason
}

// judge applies the counting rule of the interchange page: reading and author both decided, the kind
// counts, the person was on the staff on the day.
func judge(c *Certificate, rules Rules, staff map[string]*Staff) judgement {
	j := judgement{authors: make([]Reason, len(c.Authors))}
	_, kindCounts := rules.PointsOf(c.Kind)
	switch {
	case c.Reading != ReadingSure && c.Reading != ReadingConfirmed:
		j.whole = ReadingReview
	case !rules.accepts(c.Reading):
		j.whole = ReadingUnaccepted
	case c.Day(rules.Dating) == "":
		j.whole = Undated
	case !kindCounts:
		j.whole = KindExcluded
	}
	counted := false
	for i, a := range c.Authors {
		j.authors[i] = judgeAuthor(c, a, rules, staff)
		counted = counted || j.authors[i] == Counts
	}
	if j.whole == Counts && !counted {
		j.whole = worst(c, j.authors)
	}
	return j
}

func judgeAuthor(c *Certificate, a Author, rules Rules, staff map[string]*Staff) Reason {
	person := staff[a.StaffID]
	switch {
	case a.Decision == DecisionReview:
		return AuthorReview
	case a.Decision == DecisionNotStaff || person == nil:
		return NoStaffAuthor
	case !rules.trusts(a.Decision):
		return AuthorUnaccepted
	case rules.EmployedOnDay && !person.EmployedOn(c.Day(rules.Dating)):
		return NotEmployed
	}
	return Counts
}

// worst picks the reason that is most use to the office: what it can still decide comes first.
func worst(c *Certificate, authors []Reason) Reason {
	for _, r := range []Reason{AuthorReview, AuthorUnaccepted, NotEmployed} {
		for _, a := range authors {
			if a == r {
				return r
			}
		}
	}
	if c.NotOurs {
		return NotOurs
	}
	return NoStaffAuthor
}
