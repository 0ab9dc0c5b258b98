package web

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/matching"
	"kualik/internal/person"
	"kualik/internal/registry"
	"kualik/internal/review"
	"kualik/internal/web/part"
)

// compareView holds a certificate's fields against those of the applications that it may belong to.
type compareView struct {
	Heads []compareHead
	Rows  []compareRow
}

type compareHead struct {
	ID      string
	Ref     string
	Score   string
	Key     string // the key that chooses it
	Chosen  bool
	Taken   string // the certificate that it has already
	Decided bool
}

// compareRow is a field: its lines in the certificate and in each candidate.
type compareRow struct {
	Name   string
	Quoted bool
	Base   [][]part.Span
	Cells  [][][]part.Span
}

// mostCompared candidates fit beside the certificate.
const mostCompared = 3

type personCandidate struct {
	registry.Person
	matching.Candidate
}

func compareCandidates(ctx context.Context, c review.Case) compareView {
	var view compareView
	var filed []registry.Filed
	for _, cand := range c.Explanation.Candidates {
		id, err := uuid.Parse(cand.ID)
		f, ok := c.Applications[id]
		if err != nil || !ok || len(filed) == mostCompared || !contends(c, cand) {
			continue
		}
		view.Heads = append(view.Heads, compareHead{ID: cand.ID, Ref: f.ApplicationRef, Score: scoreOf(ctx, cand.Score),
			Key: string(rune('1' + len(filed))), Chosen: c.ApplicationID != nil && *c.ApplicationID == id, Taken: f.Certificate})
		filed = append(filed, f)
	}
	if len(filed) == 0 {
		return view
	}
	if c.ApplicationID == nil {
		view.Heads[0].Chosen = true
	}
	view.Rows = []compareRow{
		wordsRow(part.T(ctx, "desk.field.title"), c.Title, each(filed, func(f registry.Filed) string { return f.Title })),
		wholeRow(part.T(ctx, "desk.field.created_on"), part.Day(ctx, c.CreatedOn), each(filed, func(f registry.Filed) string { return part.Day(ctx, f.CreatedOn) })),
		wholeRow(part.T(ctx, "desk.field.kind"), kindName(ctx, c.Kind, c.KindText), each(filed, func(f registry.Filed) string { return kindName(ctx, f.Kind, f.KindText) })),
		authorsRow(ctx, c.Authors, filed),
		plainRow(part.T(ctx, "desk.field.filed_on"), part.T(ctx, "desk.registered_short", "Day", part.Day(ctx, c.RegisteredOn)),
			each(filed, func(f registry.Filed) string { return part.Day(ctx, f.FiledOn) })),
	}
	view.Rows[0].Quoted = true
	return view
}

// contends tells whether a candidate is worth a column: the chosen one, the best, and what comes near it.
func contends(c review.Case, cand matching.Candidate) bool {
	best := c.Explanation.Candidates[0]
	if cand.ID == best.ID || c.ApplicationID != nil && cand.ID == c.ApplicationID.String() {
		return true
	}
	return len(cand.Vetoes) == 0 && best.Bits-cand.Bits <= nearBits
}

// nearBits is how far behind the best a candidate may be and still be looked at.
const nearBits = 15

func each(list []registry.Filed, value func(registry.Filed) string) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = value(f)
	}
	return out
}

func oneWord(a, b string) bool { return person.FoldText(a) == person.FoldText(b) }

func wordsRow(name, value string, others []string) compareRow {
	base, rest := part.DiffWords(value, others, oneWord)
	return rowOf(name, base, rest)
}

// wholeRow marks what differs as a whole: half a date or half a kind says nothing.
func wholeRow(name, value string, others []string) compareRow {
	row := plainRow(name, value, others)
	for i, o := range others {
		if !strings.EqualFold(o, value) {
			row.Cells[i][0][0].Mark = "differs"
		}
	}
	return row
}

func plainRow(name, value string, others []string) compareRow {
	row := compareRow{Name: name, Base: [][]part.Span{{{Text: value}}}}
	for _, o := range others {
		row.Cells = append(row.Cells, [][]part.Span{{{Text: o}}})
	}
	return row
}

func rowOf(name string, base []part.Span, rest [][]part.Span) compareRow {
	row := compareRow{Name: name, Base: [][]part.Span{base}}
	for _, r := range rest {
		row.Cells = append(row.Cells, [][]part.Span{r})
	}
	return row
}

// authorsRow puts each candidate's authors beside the printed ones, by who is most like whom.
func authorsRow(ctx context.Context, printed []registry.Author, filed []registry.Filed) compareRow {
	row := compareRow{Name: part.T(ctx, "desk.field.authors"), Cells: make([][][]part.Span, len(filed))}
	names := make([]string, len(printed))
	for i, a := range printed {
		names[i] = titleCase(a.Name)
	}
	pairs := make([][]string, len(filed))
	extra := make([][]string, len(filed))
	for k, f := range filed {
		pairs[k], extra[k] = pairNames(names, f.Authors)
	}
	for i, name := range names {
		others := make([]string, len(filed))
		for k := range filed {
			others[k] = pairs[k][i]
		}
		base, rest := part.DiffLetters(name, others)
		row.Base = append(row.Base, base)
		for k := range filed {
			line := rest[k]
			if others[k] == "" {
				line = []part.Span{{Text: part.T(ctx, "desk.no_such_author"), Mark: "differs"}}
			}
			row.Cells[k] = append(row.Cells[k], line)
		}
	}
	for k := range filed {
		for _, e := range extra[k] {
			row.Cells[k] = append(row.Cells[k], []part.Span{{Text: e, Mark: "differs"}})
		}
	}
	return row
}

// pairNames finds for each printed name the one most like it, and gives those that nobody is like.
func pairNames(printed, filed []string) (pairs, extra []string) {
	pairs = make([]string, len(printed))
	used := make([]bool, len(filed))
	for want := 3; want >= 1; want-- {
		for i, p := range printed {
			if pairs[i] != "" {
				continue
			}
			for j, f := range filed {
				if !used[j] && likeness(p, f) >= want {
					pairs[i], used[j] = titleCase(f), true
					break
				}
			}
		}
	}
	for j, f := range filed {
		if !used[j] {
			extra = append(extra, titleCase(f))
		}
	}
	return pairs, extra
}

// likeness counts the words that two names share.
func likeness(a, b string) (n int) {
	words := map[string]bool{}
	for _, w := range strings.Fields(person.FoldText(a)) {
		words[w] = true
	}
	for _, w := range strings.Fields(person.FoldText(b)) {
		if words[w] {
			n++
		}
	}
	return n
}

// differ tells whether anything is marked as different.
func (c compareView) differ() bool {
	for _, row := range c.Rows {
		for _, cell := range row.Cells {
			for _, line := range cell {
				for _, span := range line {
					if span.Mark == "differs" {
						return true
					}
				}
			}
		}
	}
	return false
}
