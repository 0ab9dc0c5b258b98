package trial

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kualik/internal/certificate"
)

// Result is a case with its judgement and how long it took to read.
type Result struct {
	Case
	Judgement
	Took time.Duration
}

// tally counts what was asked and what was right.
type tally struct {
	cases, verdicts, certificates, alike, sure, wrongSure int
	right                                                 map[certificate.Field]int
}

func (t *tally) add(r Result) {
	t.cases++
	if r.Verdict {
		t.verdicts++
	}
	if r.Want == nil {
		if r.Sure {
			t.sure++
			t.wrongSure++
		}
		return
	}
	t.certificates++
	if t.right == nil {
		t.right = map[certificate.Field]int{}
	}
	for f, ok := range r.Right {
		if ok {
			t.right[f]++
		}
	}
	if r.Alike {
		t.alike++
	}
	if r.Sure {
		t.sure++
		if !r.AllRight() {
			t.wrongSure++
		}
	}
}

// AllRight tells whether every field was right.
func (j Judgement) AllRight() bool {
	for _, f := range Fields {
		if !j.Right[f] {
			return false
		}
	}
	return len(j.Right) > 0
}

// Table writes how many of a hundred were right, by family and by tag.
func Table(w io.Writer, results []Result) {
	rows := map[string]*tally{}
	var names []string
	add := func(name string, r Result) {
		if rows[name] == nil {
			rows[name] = &tally{}
			names = append(names, name)
		}
		rows[name].add(r)
	}
	for _, r := range results {
		add(string(r.Family), r)
		for _, tag := range r.Tags {
			add(fmt.Sprintf("%s: %s", r.Family, tag), r)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int {
		if d := cmp.Compare(strings.Count(a, ":"), strings.Count(b, ":")); d != 0 {
			return d
		}
		return cmp.Compare(a, b)
	})
	fmt.Fprintf(w, "| %-34s | cases | verdict | number | registered | created | kind | title | ~ | authors | sure | wrong |\n", "")
	fmt.Fprintln(w, "| --- |"+strings.Repeat(" --: |", 11))
	for _, name := range names {
		t := rows[name]
		fmt.Fprintf(w, "| %-34s | %4d | %s ", name, t.cases, percent(t.verdicts, t.cases))
		for _, f := range Fields {
			fmt.Fprintf(w, "| %s ", percent(t.right[f], t.certificates))
			if f == certificate.Title {
				fmt.Fprintf(w, "| %s ", percent(t.alike, t.certificates))
			}
		}
		fmt.Fprintf(w, "| %s | %d |\n", percent(t.sure, t.certificates), t.wrongSure)
	}
}

func percent(n, of int) string {
	if of == 0 {
		return "    –"
	}
	return fmt.Sprintf("%5.1f", 100*float64(n)/float64(of))
}

// bucket is the fields that were given with a confidence of at least From and less than the next.
type bucket struct {
	From         float64
	Given, Right int
	Sum          float64
}

var borders = []float64{0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98}

// calibration counts the fields by their confidence. A field that was not given does not count.
func calibration(results []Result) []bucket {
	out := make([]bucket, len(borders))
	for i, b := range borders {
		out[i].From = b
	}
	for _, r := range results {
		if r.Got == nil {
			continue
		}
		for _, f := range Fields {
			c := r.Got.Confidence[f]
			if !given(r.Got, f) {
				continue
			}
			i := len(borders) - 1
			for borders[i] > c {
				i--
			}
			out[i].Given++
			out[i].Sum += c
			if r.Right[f] {
				out[i].Right++
			}
		}
	}
	return out
}

func given(r *certificate.Reading, f certificate.Field) bool {
	switch f {
	case certificate.Number:
		return r.Number != ""
	case certificate.RegisteredOn:
		return r.RegisteredOn != ""
	case certificate.CreatedOn:
		return r.CreatedOn != ""
	case certificate.Kind:
		return r.KindText != ""
	case certificate.Title:
		return r.Title != ""
	}
	return len(r.Authors) > 0
}

// Calibration writes how many of a hundred fields were right by the confidence with which they were given.
func Calibration(w io.Writer, results []Result) {
	fmt.Fprintln(w, "| confidence | fields | mean confidence | right |\n| --- | --: | --: | --: |")
	list := calibration(results)
	sureGiven, sureRight := 0, 0
	for i, b := range list {
		to := "1"
		if i+1 < len(list) {
			to = fmt.Sprint(list[i+1].From)
		}
		mean := "–"
		if b.Given > 0 {
			mean = fmt.Sprintf("%.3f", b.Sum/float64(b.Given))
		}
		fmt.Fprintf(w, "| %v to %s | %d | %s | %s |\n", b.From, to, b.Given, mean, percent(b.Right, b.Given))
		if b.From >= 0.95 {
			sureGiven, sureRight = sureGiven+b.Given, sureRight+b.Right
		}
	}
	fmt.Fprintf(w, "\nOf %d fields given with at least 0.95: %s %% right.\n", sureGiven, strings.TrimSpace(percent(sureRight, sureGiven)))
}

// Plot draws the calibration as an SVG: the share of right fields over their mean confidence, one disc for each
// row of the table, as large as the row has fields; on the diagonal confidence is what it says.
func Plot(w io.Writer, results []Result) {
	const side, edge = 420.0, 50.0
	at := func(x, y float64) (float64, float64) { return edge + x*side, edge + (1-y)*side }
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="13">`, side+2*edge, side+2*edge)
	fmt.Fprintf(w, `<rect width="100%%" height="100%%" fill="#fff"/><g stroke="#ccc">`)
	for i := range 11 {
		x, y := at(float64(i)/10, float64(i)/10)
		fmt.Fprintf(w, `<path d="M%.1f %.1fV%.1fM%.1f %.1fH%.1f"/>`, x, edge, edge+side, edge, y, edge+side)
	}
	fmt.Fprintf(w, `</g><path d="M%.1f %.1fL%.1f %.1f" stroke="#888" stroke-dasharray="5 4"/>`, edge, edge+side, edge+side, edge)
	for _, b := range calibration(results) {
		if b.Given == 0 {
			continue
		}
		share := float64(b.Right) / float64(b.Given)
		x, y := at(b.Sum/float64(b.Given), share)
		r := 3 + 3*float64(len(fmt.Sprint(b.Given)))
		fmt.Fprintf(w, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="#1f6f8b" fill-opacity=".65"><title>%d fields, %.1f %% right</title></circle>`, x, y, r, b.Given, 100*share)
	}
	for i := 0; i <= 10; i += 2 {
		x, y := at(float64(i)/10, float64(i)/10)
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f" text-anchor="middle">%.1f</text><text x="%.1f" y="%.1f" text-anchor="end">%d %%</text>`, x, edge+side+18, float64(i)/10, edge-6, y+4, 10*i)
	}
	fmt.Fprintf(w, `<text x="%.1f" y="%.1f" text-anchor="middle">confidence</text><text x="%.1f" y="%.1f">fields that are right</text></svg>`+"\n", edge+side/2, edge+side+38, edge, edge-16)
}

// Misses writes what was read wrong, a line each, at most so many.
func Misses(w io.Writer, results []Result, most int) {
	for _, r := range results {
		if r.Verdict && (r.Want == nil || r.AllRight()) {
			continue
		}
		if most--; most < 0 {
			return
		}
		fmt.Fprintf(w, "%s %v", r.Name, r.Tags)
		if !r.Verdict {
			fmt.Fprint(w, " VERDICT")
		}
		if r.Sure {
			fmt.Fprint(w, " SURE")
		}
		fmt.Fprintln(w)
		if r.Want == nil {
			continue
		}
		got := r.Got
		if got == nil {
			got = &certificate.Reading{}
		}
		for _, f := range Fields {
			if !r.Right[f] {
				fmt.Fprintf(w, "    %-14s %.2f  %q\n    %19s  %q\n", f, got.Confidence[f], value(got.Fields, f), "should be", value(*r.Want, f))
			}
		}
	}
}

func value(f certificate.Fields, name certificate.Field) string {
	switch name {
	case certificate.Number:
		return f.Number
	case certificate.RegisteredOn:
		return string(f.RegisteredOn)
	case certificate.CreatedOn:
		return string(f.CreatedOn)
	case certificate.Kind:
		return f.Kind + " " + f.KindText
	case certificate.Title:
		return f.Title
	}
	return strings.Join(f.Authors, "; ")
}
