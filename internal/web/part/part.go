// Package part holds the pieces that every page is put together from: shell, table, chip, lamp, button,
// field, message, chart, document viewer, and the woven line.
//
// A part takes plain view structs and words already chosen; it knows no domain type, no store and no
// request. What a page as a whole shares (language, theme, token, addresses of assets) stands in Env,
// which travels in the context. How parts look is said once, in static/kualik.css.
package part

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// Env is what all parts of one page share.
type Env struct {
	Lang   i18n.Lang
	Theme  string // "light", "dark", or "" for that of the system
	CSRF   string // token of the forms on this page
	Path   string // of the page, without the query
	Query  string
	Assets string // prefix of the addresses of static files, changes with their content
	Now    time.Time
	Zone   *time.Location
}

type envKey struct{}

// With gives a context in which parts are rendered.
func With(ctx context.Context, e Env) context.Context { return context.WithValue(ctx, envKey{}, e) }

// From is the Env of a context; in a context without one the language is Russian and the zone UTC.
func From(ctx context.Context) Env {
	e, ok := ctx.Value(envKey{}).(Env)
	if !ok {
		e.Lang = i18n.RU
	}
	if e.Zone == nil {
		e.Zone = time.UTC
	}
	return e
}

// T is a message in the page's language; args as in i18n.T.
func T(ctx context.Context, key string, args ...any) string {
	return i18n.T(From(ctx).Lang, key, args...)
}

// Asset is the address of a static file.
func Asset(ctx context.Context, name string) string { return From(ctx).Assets + name }

// Day writes a day in the page's language.
func Day(ctx context.Context, d clock.Day) string { return i18n.Day(From(ctx).Lang, d) }

// Moment writes an instant in the office's zone: day and minute; "—" when it is not known.
func Moment(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	e := From(ctx)
	return i18n.Day(e.Lang, clock.DayOf(t, e.Zone)) + " " + t.In(e.Zone).Format("15:04")
}

// ShortMoment leaves out the day when it is today's, and the year when it is this one.
func ShortMoment(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	e := From(ctx)
	at, now := t.In(e.Zone), e.Now.In(e.Zone)
	switch {
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04")
	case at.Year() != now.Year():
		return i18n.Day(e.Lang, clock.DayOf(t, e.Zone))
	case e.Lang == i18n.EN:
		return at.Format("2 Jan 15:04")
	}
	return at.Format("02.01 15:04")
}

// Num groups the digits of a whole number.
func Num(n int) string { return i18n.Number(n) }

// Dec writes a number with decimals in the page's language.
func Dec(ctx context.Context, f float64, decimals int) string {
	return i18n.Decimal(From(ctx).Lang, f, decimals)
}

// Size writes a count of bytes: 214 КБ.
func Size(ctx context.Context, bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return T(ctx, "web.size.mb", "N", Dec(ctx, float64(bytes)/(1<<20), 1))
	case bytes >= 1<<10:
		return T(ctx, "web.size.kb", "N", Num(int(bytes>>10)))
	}
	return T(ctx, "web.size.b", "N", Num(int(bytes)))
}

// Initials are the first letters of the first two words of a name.
func Initials(name string) string {
	out := ""
	for _, w := range strings.Fields(name) {
		r, _ := utf8.DecodeRuneInString(w)
		out += strings.ToUpper(string(r))
		if utf8.RuneCountInString(out) == 2 {
			break
		}
	}
	return out
}

// ShortName is the surname with the initials of the other names, held together by no-break spaces.
func ShortName(full string) string {
	words := strings.Fields(full)
	if len(words) == 0 {
		return ""
	}
	out := words[0]
	for _, w := range words[1:] {
		r, _ := utf8.DecodeRuneInString(w)
		out += "\u00a0" + strings.ToUpper(string(r)) + "."
	}
	return out
}

// Link is an address with its words.
type Link struct {
	Text string
	Href string
}

// Slot is any component; nil shows nothing.
type Slot = templ.Component

// show renders a slot that may be nil.
func show(c Slot) templ.Component {
	if c == nil {
		return templ.NopComponent
	}
	return c
}

func class(base string, more ...string) string {
	out := base
	for _, m := range more {
		if m != "" {
			out += " " + m
		}
	}
	return strings.TrimSpace(out)
}

func when(on bool, s string) string {
	if on {
		return s
	}
	return ""
}
