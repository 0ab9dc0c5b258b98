package preflight

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const snippet = 48 // letters to each side

// at makes a finding of a place.
func (h hit) at(f Finding) Finding {
	f.Page = h.page.number
	f.Hit = strings.Join(strings.Fields(h.text()), " ")
	near := h.page.text[edge(h.page.text, h.from-reach):h.from]
	f.Before = tail(strings.Join(strings.Fields(near), " "))
	near = h.page.text[h.to:edge(h.page.text, h.to+reach)]
	f.After = head(strings.Join(strings.Fields(near), " "))
	return f
}

// head is the beginning of a text, to the last whole word that has room.
func head(s string) string {
	if utf8.RuneCountInString(s) <= snippet {
		return s
	}
	s = string([]rune(s)[:snippet])
	if i := strings.LastIndexByte(s, ' '); i > 0 {
		s = s[:i]
	}
	return s + "…"
}

// tail is the end of a text, from the first whole word that has room.
func tail(s string) string {
	if utf8.RuneCountInString(s) <= snippet {
		return s
	}
	letters := []rune(s)
	s = string(letters[len(letters)-snippet:])
	if i := strings.IndexByte(s, ' '); i >= 0 {
		s = s[i+1:]
	}
	return "…" + s
}

// most is how many findings of one code are listed one by one.
const most = 20

// place is a hit with what it means.
type place struct {
	hit
	severity Severity
	message  string
}

// report adds the places of a code in the order of the text, the gravest of those that overlap, or the word
// that there are none.
func (c *check) report(code, fine string, places []place) {
	slices.SortStableFunc(places, func(a, b place) int {
		if d := a.page.start + a.from - b.page.start - b.from; d != 0 {
			return d
		}
		return b.to - a.to
	})
	var kept []place
	for _, p := range places {
		if n := len(kept); n > 0 && kept[n-1].page == p.page && p.from < kept[n-1].to {
			if p.severity == Error && kept[n-1].severity != Error {
				kept[n-1] = p
			}
			continue
		}
		kept = append(kept, p)
	}
	for i, p := range kept {
		if i == most-1 && len(kept) > most {
			rest := Warning
			for _, q := range kept[i:] {
				if q.severity == Error {
					rest = Error
				}
			}
			c.add(Finding{Code: code, Severity: rest, Message: "preflight.more", Args: []any{"Count", len(kept) - i}, Page: p.page.number})
			return
		}
		c.add(p.at(Finding{Code: code, Severity: p.severity, Message: p.message}))
	}
	if len(kept) == 0 {
		c.ok(code, fine)
	}
}
