package desk

import (
	"fmt"
	"strings"
)

// Lifecycle is the section of docs/lifecycle.md about the desk, in Markdown. A test holds the page to it.
func Lifecycle() string {
	var b strings.Builder
	b.WriteString("| case | mode | who acts next | until | what the desk may do |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range table {
		var does []string
		for _, a := range Actions {
			if words := doers(r.state, a); words != "" {
				does = append(does, fmt.Sprintf("`%s`: %s", a, words))
			}
		}
		if len(does) == 0 {
			does = []string{"—"}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.state, modeOf(r.state), r.turn, r.until, strings.Join(does, "; "))
	}
	b.WriteString("\nIn recording the research office may what the registrar may: it writes down what the institute decided. An expert sees the cases " +
		"that they were given. `record` is of recording; `register` to `correct` are of registering, where a certificate is never reopened. A petition for an " +
		"extract is issued from `received`.\n")
	return b.String()
}

// doers are who may do an action in a state.
func doers(s State, a Action) string {
	var names []string
	for _, p := range rowOf(s).live[a] {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// modeOf is the mode that a state belongs to.
func modeOf(s State) string {
	switch s {
	case Received, Registered, Examining, Examined, Issuing:
		return Registering
	case AtInstitute:
		return Recording
	}
	return "both"
}
