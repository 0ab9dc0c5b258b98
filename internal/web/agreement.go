package web

import (
	"context"
	"strings"

	"kualik/internal/authenticity"
	"kualik/internal/person"
	"kualik/internal/registry"
	"kualik/internal/web/part"
)

// agreement says in which fields the certificate agrees with its application, by what both say today.
func (c certificateView) agreement(ctx context.Context) part.LampRow {
	f, ok := c.application()
	switch {
	case !ok && c.ApplicationDecision == registry.DecisionReview:
		return lamp(ctx, authenticity.Unknown, "application.undecided")
	case !ok:
		return lamp(ctx, authenticity.Unknown, "application.none")
	}
	var same, differ, unsaid []string
	for _, field := range []struct {
		name       string
		said       bool // the application says anything
		agrees     bool
		difference string
	}{
		{"title", f.Title != "", oneWord(f.Title, c.Title) || c.TitleKK != "" && oneWord(f.Title, c.TitleKK), ""},
		{"kind", f.Kind != "" || f.KindText != "", f.Kind == c.Kind && c.Kind != "" || f.Kind == "" && strings.EqualFold(f.KindText, c.KindText), kindName(ctx, f.Kind, f.KindText)},
		{"created_on", f.CreatedOn != "", f.CreatedOn == c.CreatedOn, part.Day(ctx, f.CreatedOn)},
		{"authors", len(f.Authors) > 0, c.sameAuthors(f), ""},
		{"filed_on", f.FiledOn != "", c.RegisteredOn != "" && f.FiledOn <= c.RegisteredOn, part.Day(ctx, f.FiledOn)},
	} {
		name := strings.ToLower(part.T(ctx, "desk.field."+field.name))
		switch {
		case !field.said:
			unsaid = append(unsaid, name)
		case field.agrees:
			same = append(same, name)
		case field.difference != "":
			differ = append(differ, name+" ("+field.difference+")")
		default:
			differ = append(differ, name)
		}
	}
	worth, key := authenticity.Good, "application.agrees"
	switch {
	case len(differ) > 0:
		worth, key = authenticity.Doubtful, "application.differs"
	case len(unsaid) > 0 && len(same) < 3:
		worth, key = authenticity.Unknown, "application.says_little"
	}
	row := part.LampRow{Kind: string(worth), Fact: part.T(ctx, "proof."+key, "Number", numero(f.ApplicationRef))}
	for _, list := range []struct {
		key   string
		names []string
	}{{"differ", differ}, {"same", same}, {"unsaid", unsaid}} {
		if len(list.names) > 0 {
			row.Evidence = joinNonEmpty("; ", row.Evidence, part.T(ctx, "proof.application."+list.key, "Fields", strings.Join(list.names, ", ")))
		}
	}
	return row
}

// sameAuthors tells whether the printed authors are those of the application, in any order.
func (c certificateView) sameAuthors(f registry.Filed) bool {
	if len(f.Authors) != len(c.Authors) {
		return false
	}
	used := make([]bool, len(f.Authors))
	for _, a := range c.Authors {
		found := false
		for j, name := range f.Authors {
			if !used[j] && sameName(a.Name, name) {
				used[j], found = true, true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// sameName tells whether two names are one person's as far as they go; another spelling or ending is no difference.
func sameName(a, b string) bool {
	agrees, vetoes := person.Compare(person.ParseName(a), person.ParseName(b))
	return len(vetoes) == 0 && agrees.Surname >= person.Similar && agrees.Given >= person.Initial
}
