package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kualik/internal/kind"
	"kualik/internal/web/part"
)

func when(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// sentence begins with a capital letter.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

func joinNonEmpty(sep string, words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), sep)
}

// kindWords is a kind in the reader's language, else as it was printed.
func kindWords(v *Visit, code, printed string) string {
	if code == "" {
		return printed
	}
	return kind.Name(string(v.Lang()), code)
}

// problemLinks is a summary of one fault, none when there is no fault.
func problemLinks(problem, field, text string) []part.Link {
	if problem == "" {
		return nil
	}
	return []part.Link{{Text: text, Href: part.FieldLink(field)}}
}

// sortOf takes a sort from the address if it is one of those known, the first of which is the default.
func sortOf(asked string, known ...string) string {
	if slices.Contains(known, strings.TrimPrefix(asked, "-")) {
		return asked
	}
	return known[0]
}

// sortHead is the head of a column that sorts by name; a second press turns the order round.
func sortHead(v *Visit, path, name, key, now, class string) part.SortHead {
	h := part.SortHead{Text: v.T(key), Class: class}
	next := name
	switch now {
	case name:
		h.Dir, next = "asc", "-"+name
	case "-" + name:
		h.Dir = "desc"
	}
	h.Href = part.HrefWith(path, v.Values(), "sort", next)
	return h
}

// hiddenOf are the parts of an address that a search form keeps.
func hiddenOf(q url.Values, names ...string) []part.Link {
	var out []part.Link
	for _, n := range names {
		if q.Get(n) != "" {
			out = append(out, part.Link{Text: n, Href: q.Get(n)})
		}
	}
	return out
}

func anySet(q url.Values, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return q.Get(n) != "" })
}

func importKind(v importView) string {
	switch {
	case v.RefusedInTotal > 0:
		return "warn"
	case v.Try:
		return "info"
	}
	return "ok"
}

func importFact(ctx context.Context, v importView) string {
	key := "web.import.done"
	if v.Try {
		key = "web.import.tried"
	}
	return part.T(ctx, key, "File", v.File)
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// presetOf is the value of the list of usual times: the expression itself, or "another".
func presetOf(f scheduleView) string {
	if f.OwnCron != "" {
		return ""
	}
	return f.Cron
}

// withID is a list whose field has another id than its name, for a page that has it twice.
func withID(s part.SelectView, id string) part.SelectView {
	s.ID = id
	return s
}

func okOrBad(ok bool) string {
	if ok {
		return "ok"
	}
	return "bad"
}

func problemOf(f mailboxForm, field string) string {
	if f.ProblemField == field {
		return f.Problem
	}
	return ""
}

func failedTry(f mailboxForm) bool {
	return slices.ContainsFunc(f.Tried, func(t tryResult) bool { return !t.OK })
}

func tryKey(f mailboxForm) string {
	if failedTry(f) {
		return "web.mailboxes.try_again"
	}
	return "web.mailboxes.try_save"
}

// cutUnit parts "faculty|department".
func cutUnit(s string) (faculty, department string) {
	faculty, department, _ = strings.Cut(s, "|")
	return faculty, department
}

func passwordKey(has bool) string {
	if has {
		return "web.me.change_password"
	}
	return "web.me.set_password"
}

func outgoingLamp(o outboxView) string {
	if o.Tried == nil {
		return "unknown"
	}
	return okOrBad(o.Tried.OK)
}

func outgoingFact(ctx context.Context, o outboxView) string {
	if o.Tried == nil {
		return part.T(ctx, "web.outbox.server")
	}
	return o.Tried.Words
}

func outgoingEvidence(ctx context.Context, o outboxView) string {
	if o.Tried == nil {
		return part.T(ctx, "web.outbox.not_tried")
	}
	return ""
}

func firstProblem(f firstView, field string) string {
	if f.Field == field {
		return f.Problem
	}
	return ""
}
