package filing

import (
	"fmt"
	"slices"
	"strings"

	"kualik/internal/account"
)

// What brings a filing from one state to another. The pictures of docs/lifecycle.md are drawn from it, and
// every change of state asks it.
var moves = []struct {
	from, to State
	by       string
}{
	{Draft, Formed, "statement formed"},
	{Draft, Paid, "statement formed; paid before"},
	{Formed, Draft, "edited: statement and signatures void"},
	{Formed, Paid, "paid"},
	{Paid, Draft, "edited: statement and signatures void, the payment stays"},
	{Paid, Formed, "the office gives the money back"},
	{Paid, Submitted, "signed by the filer: number and barcode"},
	{Paid, Signed, "signed by the filer, and nobody else must sign"},
	{Submitted, Signed, "last signature"},
	{Submitted, Expired, "term passed (setting: wait)"},
	{Submitted, Withdrawn, "withdrawn, or term passed (setting: withdraw)"},
	{Expired, Submitted, "prolonged by the office"},
	{Expired, Withdrawn, "withdrawn"},
	{Signed, Withdrawn, "withdrawn"},
	{Signed, Queried, "the desk asks"},
	{Queried, Signed, "answered; or taken back, or overtaken"},
	{Queried, Amending, "reopened to answer: statement and signatures void, number and payment stay"},
	{Amending, Amended, "new statement formed"},
	{Amended, Amending, "edited: statement and signatures void"},
	{Amended, Submitted, "signed by the filer: the answer goes to the desk"},
	{Amended, Signed, "signed by the filer, and nobody else must sign"},
	{Signed, Issued, "certificate or extract issued"},
	{Queried, Issued, "issued at the institute"},
	{Amending, Issued, "issued at the institute"},
	{Amended, Issued, "issued at the institute"},
	{Submitted, Issued, "issued at the institute"},
	{Expired, Issued, "issued at the institute"},
	{Signed, Refused, "refused with a ground in law"},
	{Queried, Refused, "refused"},
	{Amending, Refused, "refused"},
	{Amended, Refused, "refused"},
	{Queried, Withdrawn, "withdrawn"},
	{Amending, Withdrawn, "withdrawn"},
	{Amended, Withdrawn, "withdrawn"},
	{Issued, Signed, "taken back by the desk"},
	{Issued, Submitted, "taken back, signatures were missing"},
	{Issued, Amending, "taken back, an answer was being prepared"},
	{Issued, Amended, "taken back, an answer was being prepared"},
	{Refused, Signed, "taken back by the desk"},
	{Refused, Amending, "taken back, an answer was being prepared"},
	{Refused, Amended, "taken back, an answer was being prepared"},
	{Draft, Deleted, "deleted"},
	{Formed, Deleted, "deleted"},
	{Paid, Deleted, "deleted; the office is asked for the refund"},
}

func leads(from, to State) bool {
	for _, m := range moves {
		if m.from == from && m.to == to {
			return true
		}
	}
	return false
}

// Lifecycle is the section of docs/lifecycle.md about filings, in Markdown: the picture, who acts next, and
// who may do what. A test holds the page to it.
func Lifecycle() string {
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> draft: begun\n")
	for _, m := range moves {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", m.from, m.to, m.by)
	}
	b.WriteString("```\n\n| state | step | who acts next | until |\n| --- | --- | --- | --- |\n")
	terms := map[until]string{untilOpen: "—", untilDeadline: "the term for signatures",
		untilStep: "the step's working days; one by law", untilQuery: "the query's term"}
	for _, r := range table {
		step := "—"
		switch {
		case r.step == ofFiling:
			step = "of its scheme"
		case r.step > 0:
			step = fmt.Sprint(r.step)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.state, step, r.turn, terms[r.until])
	}
	fmt.Fprintf(&b, "\nWho may do what: `*` needs a log-in with EDS, `¹` only when all authors sign before the submission; everybody: %s.\n\n| action |",
		strings.Join(everybodyNames, ", "))
	for _, s := range States {
		fmt.Fprintf(&b, " `%s` |", s)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(States)) + "\n")
	for _, a := range Actions {
		fmt.Fprintf(&b, "| `%s` |", a)
		for _, s := range States {
			b.WriteString(" " + granted(s, a) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

var everybodyNames = func() (names []string) {
	for _, r := range everybody {
		names = append(names, string(r))
	}
	return names
}()

// granted is one cell of the table of rights.
func granted(s State, a Action) string {
	var names []string
	for _, rel := range Relations {
		ok, _ := Can(s, a, Actor{Relation: rel, Means: account.ByEDS, AllFirst: true})
		first, _ := Can(s, a, Actor{Relation: rel, Means: account.ByEDS})
		if !ok && !first {
			continue
		}
		name := string(rel)
		if free, _ := Can(s, a, Actor{Relation: rel, AllFirst: true}); !free {
			name += "*"
		}
		if !first {
			name += "¹"
		}
		names = append(names, name)
	}
	switch {
	case len(names) == 0:
		return "—"
	case slices.Equal(names, everybodyNames):
		return "everybody"
	}
	return strings.Join(names, ", ")
}
