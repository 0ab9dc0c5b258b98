package rating

import (
	"maps"
	"slices"
	"strings"

	"kualik/internal/i18n"
	"kualik/internal/kind"
)

// Line is a rule in words: its name and what it says.
type Line struct{ Name, Text string }

// Words says the rules, line by line, in the order in which they are applied.
func (r Rules) Words(l i18n.Lang) []Line {
	lines := r.pointLines(l)
	if len(r.ExcludedKinds) > 0 {
		names := make([]string, len(r.ExcludedKinds))
		for i, code := range r.ExcludedKinds {
			names[i] = kind.Name(string(l), code)
		}
		lines = append(lines, Line{i18n.T(l, "rating.rule.excluded"), strings.Join(names, "; ")})
	}
	who := "rating.rule.who.all"
	if r.EmployedOnDay {
		who = "rating.rule.who.employed"
	}
	limit := i18n.T(l, "rating.rule.cap.none")
	if r.Cap != "" {
		limit = i18n.T(l, "rating.rule.cap."+string(r.CapOrder), "Points", r.Cap.Show(l))
	}
	return append(lines,
		Line{i18n.T(l, "rating.rule.split"), i18n.T(l, "rating.rule.split."+string(r.Split))},
		Line{i18n.T(l, "rating.rule.dating"), i18n.T(l, "rating.rule.dating."+string(r.Dating))},
		Line{i18n.T(l, "rating.rule.who"), i18n.T(l, who)},
		Line{i18n.T(l, "rating.rule.cap"), limit},
		Line{i18n.T(l, "rating.rule.what"), i18n.T(l, r.whatKey())},
	)
}

func (r Rules) pointLines(l i18n.Lang) []Line {
	name := i18n.T(l, "rating.rule.points")
	if len(r.PointsByKind) == 0 {
		return []Line{{name, i18n.T(l, "rating.rule.points.all", "Points", r.Points.Show(l))}}
	}
	var lines []Line
	for _, code := range slices.Sorted(maps.Keys(r.PointsByKind)) {
		lines = append(lines, Line{name, i18n.T(l, "rating.rule.points.kind",
			"Kind", kind.Name(string(l), code), "Points", r.PointsByKind[code].Show(l))})
	}
	return append(lines, Line{name, i18n.T(l, "rating.rule.points.other", "Points", r.Points.Show(l))})
}

func (r Rules) whatKey() string {
	sure, auto := r.accepts(ReadingSure), r.trusts(DecisionAuto)
	switch {
	case sure && auto:
		return "rating.rule.what.both"
	case sure:
		return "rating.rule.what.author"
	case auto:
		return "rating.rule.what.reading"
	}
	return "rating.rule.what.confirmed"
}

// Show writes the number in the language's form: 7,5 or 7.5.
func (d Decimal) Show(l i18n.Lang) string {
	if l == i18n.EN {
		return string(d)
	}
	return strings.Replace(string(d), ".", ",", 1)
}

// Words says the reason.
func (r Reason) Words(l i18n.Lang) string { return i18n.T(l, "rating.reason."+string(r)) }
