package web

import (
	"context"
	"strings"

	"kualik/internal/clock"
	"kualik/internal/matching"
	"kualik/internal/registry"
	"kualik/internal/web/part"
)

// Why a certificate was given to an application: candidates side by side, and what speaks for the document.

// compared are the candidates that stand side by side: the chosen one first, then the best others.
func (c certificateView) compared() []matching.Candidate {
	var list []matching.Candidate
	for _, cand := range c.Explanation.Candidates {
		if c.ApplicationID != nil && cand.ID == c.ApplicationID.String() {
			list = append(list, cand)
		}
	}
	for _, cand := range c.Explanation.Candidates {
		if len(list) < 2 && (c.ApplicationID == nil || cand.ID != c.ApplicationID.String()) {
			list = append(list, cand)
		}
	}
	return list
}

// evidenceRow is one sort of evidence for each candidate.
type evidenceRow struct {
	Field string
	Cells []evidenceCell
}

type evidenceCell struct {
	Text string
	Bits float64
	Has  bool
}

var evidenceFields = []string{"number", "title", "author", "authors", "kind", "created_on", "filed_on", "certificate"}

// evidence puts the candidates' evidence side by side; what is said of several authors is one line.
func evidence(ctx context.Context, candidates []matching.Candidate, fields []string) []evidenceRow {
	var rows []evidenceRow
	for _, f := range fields {
		row := evidenceRow{Field: f, Cells: make([]evidenceCell, len(candidates))}
		any := false
		for i, cand := range candidates {
			var words []string
			cell := &row.Cells[i]
			for _, e := range cand.Evidence {
				if e.Field != f {
					continue
				}
				cell.Has, any = true, true
				cell.Bits += e.Weight
				words = append(words, evidenceWords(ctx, e))
			}
			cell.Text = joined(ctx, f, words)
		}
		if any {
			rows = append(rows, row)
		}
	}
	return rows
}

func evidenceWords(ctx context.Context, e matching.Evidence) string {
	words := coded(part.From(ctx).Lang, "desk.evidence."+e.Field+".", e.Code)
	if words == strings.ReplaceAll(e.Code, "_", " ") {
		words = coded(part.From(ctx).Lang, "desk.evidence.", e.Code)
	}
	switch {
	case (e.Field == "created_on" || e.Field == "filed_on") && e.Value != "":
		return part.Day(ctx, clock.Day(e.Value)) + ", " + words
	case e.Field == "kind" && e.Value != "":
		return kindName(ctx, e.Value, "") + ", " + words
	case e.Field == "author" && e.Value != "":
		return part.ShortName(titleCase(e.Value)) + ": " + words
	case e.Field == "title" && e.Value != "" && e.Code != "same":
		return "«" + e.Value + "»: " + words
	case e.Field == "application_name" && e.Value != "":
		return e.Value + ": " + words
	}
	return words
}

// joined puts together what was said of several authors: equal words only once.
func joined(ctx context.Context, field string, words []string) string {
	if field == "author" && len(words) > 3 {
		return part.T(ctx, "desk.evidence.authors_n", "Count", len(words), "N", len(words))
	}
	return strings.Join(words, "; ")
}

// strength is a weight in bits as a part of the heaviest that one field has.
func strength(bits float64) float64 { return max(0, min(1, bits/14)) }

func bitsWords(ctx context.Context, bits float64) string {
	text := part.Dec(ctx, bits, 1)
	if bits > 0 {
		return "+" + text
	}
	return text
}

func (c certificateView) whyTitle(ctx context.Context) string {
	if f, ok := c.application(); ok {
		return part.T(ctx, "desk.why.title", "Number", numero(f.ApplicationRef))
	}
	return part.T(ctx, "desk.why.title_none")
}

func (c certificateView) whyAction(ctx context.Context) part.Link {
	if !c.Desk {
		return part.Link{}
	}
	return part.Link{Text: part.T(ctx, "desk.why.other"), Href: "/review/" + c.ID.String() + "/applications"}
}

// whyFoot says what the machine wants before it decides alone.
func (c certificateView) whyFoot(ctx context.Context) string {
	text := part.T(ctx, "desk.why.foot", "Margin", part.Dec(ctx, c.Explanation.Margin, 1))
	if c.Explanation.Reason != "" {
		text = matchReason(ctx, c.Explanation.Reason) + ". " + text
	}
	return text
}

func vetoWords(ctx context.Context, vetoes []string) string {
	words := make([]string, len(vetoes))
	for i, v := range vetoes {
		words[i] = coded(part.From(ctx).Lang, "desk.veto.", v)
	}
	return strings.Join(words, "; ")
}

// authenticity are the lamps that say what speaks for the document being what it seems.
func (c certificateView) authenticity(ctx context.Context) (rows []part.LampRow) {
	differ := false
	for _, n := range c.Notes {
		differ = differ || strings.HasPrefix(n, "halves_differ")
	}
	switch {
	case differ:
		rows = append(rows, part.LampRow{Kind: "warn", Fact: part.T(ctx, "desk.lamp.halves_differ"), Evidence: part.T(ctx, "desk.lamp.halves_differ_note")})
	case c.Source == registry.TextLayer:
		rows = append(rows, part.LampRow{Kind: "ok", Fact: part.T(ctx, "desk.lamp.halves"), Evidence: part.T(ctx, "desk.lamp.halves_note")})
	default:
		rows = append(rows, part.LampRow{Kind: "unknown", Fact: part.T(ctx, "desk.lamp.no_text"), Evidence: part.T(ctx, "desk.source."+string(c.Source))})
	}
	switch {
	case c.Below == "":
		rows = append(rows, part.LampRow{Kind: "unknown", Fact: part.T(ctx, "desk.lamp.no_neighbours"), Evidence: part.T(ctx, "desk.lamp.no_neighbours_note")})
	case c.Course:
		rows = append(rows, part.LampRow{Kind: "ok", Fact: part.T(ctx, "desk.lamp.course"), Evidence: part.T(ctx, "desk.lamp.week", "Below", certNo(c.Below), "Above", certNo(c.Above))})
	default:
		rows = append(rows, part.LampRow{Kind: "unknown", Fact: part.T(ctx, "desk.lamp.edge"), Evidence: part.T(ctx, "desk.lamp.week", "Below", certNo(c.Below), "Above", certNo(c.Above))})
	}
	if c.has("registered_before_created") {
		rows = append(rows, part.LampRow{Kind: "warn", Fact: part.T(ctx, "desk.lamp.before_created"), Evidence: part.T(ctx, "desk.lamp.before_created_note")})
	}
	return append(append(rows, c.Proof.fileLamps(ctx, c.Certificate)...), c.agreement(ctx))
}

// safeLink tells whether a link out of a document may be offered.
func safeLink(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}
