package filing

import (
	"fmt"
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
	terms := map[until]string{untilOpen: "—", untilDeadline: "the term for signatures", untilDay: "one working day by law"}
	for _, r := range table {
		step := "—"
		if r.step > 0 {
			step = fmt.Sprint(r.step)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.state, step, r.turn, terms[r.until])
	}
	b.WriteString("\nWho may do what: `*` needs a log-in with EDS, `¹` only when all authors sign before the submission.\n\n| action |")
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
	if len(names) == 0 {
		return "—"
	}
	return strings.Join(names, ", ")
}
