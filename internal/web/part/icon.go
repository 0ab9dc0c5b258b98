package part

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// icons are our own drawings, lines on a ground of 20 by 20.
var icons = map[string]string{
	"home":        `<path d="M3 9.5 10 3.5l7 6M5 8.5V16.5h10V8.5M8.5 16.5v-5h3v5"/>`,
	"inbox":       `<path d="M3 11.5 5 4h10l2 7.5V16H3zM3 11.5h4l1 2h4l1-2h4"/>`,
	"certificate": `<path d="M4 3h12v9H4zM7 6h6M7 9h3"/><circle cx="13" cy="12" r="2.4"/><path d="M11.6 14v3.5l1.4-1 1.4 1V14"/>`,
	"document":    `<path d="M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15M7.5 10h5M7.5 13h5"/>`,
	"mail":        `<path d="M2.5 4.5h15v11h-15zM3 5l7 6 7-6"/>`,
	"chart":       `<path d="M3 17h14M5.5 17V10M10 17V4M14.5 17V7.5"/>`,
	"report":      `<path d="M3.5 3.5h13v13h-13zM3.5 8h13M9 8v8.5"/>`,
	"calendar":    `<path d="M3.5 4.5h13v12h-13zM3.5 8.5h13M7 2.5v4M13 2.5v4"/>`,
	"people":      `<circle cx="7.5" cy="6.5" r="3"/><path d="M2 16.5c0-3.3 2.2-5 5.5-5s5.5 1.7 5.5 5M12.5 3.8a3 3 0 0 1 0 5.4M15 12c2 .7 3 2.2 3 4.5"/>`,
	"person":      `<circle cx="10" cy="6.5" r="3.2"/><path d="M4 17c0-3.6 2.4-5.4 6-5.4s6 1.8 6 5.4"/>`,
	"settings":    `<circle cx="10" cy="10" r="2.6"/><path d="M10 2.5v2.4M10 15.1v2.4M2.5 10h2.4M15.1 10h2.4M4.7 4.7l1.7 1.7M13.6 13.6l1.7 1.7M15.3 4.7l-1.7 1.7M6.4 13.6l-1.7 1.7"/>`,
	"search":      `<circle cx="8.5" cy="8.5" r="5"/><path d="m12.3 12.3 4.7 4.7"/>`,
	"camera":      `<path d="M2.5 6h4l1.5-2h4l1.5 2h4v10h-15z"/><circle cx="10" cy="10.7" r="2.8"/>`,
	"download":    `<path d="M10 3v9M6 8.5l4 4 4-4M3.5 16.5h13"/>`,
	"upload":      `<path d="M10 13V4M6 7.5l4-4 4 4M3.5 16.5h13"/>`,
	"print":       `<path d="M6 7V3h8v4M6 14H3V7.5h14V14h-3M6 11.5h8V17H6z"/>`,
	"pencil":      `<path d="m4 16 .8-3.4L13 4.4l2.6 2.6-8.2 8.2zM11.2 6.2l2.6 2.6"/>`,
	"trash":       `<path d="M3.5 5.5h13M8 5.5v-2h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5"/>`,
	"undo":        `<path d="M4 8h8a4 4 0 0 1 0 8H8M7.5 4.5 4 8l3.5 3.5"/>`,
	"tick":        `<path d="m4 10.5 4 4 8-9"/>`,
	"cross":       `<path d="m5 5 10 10M15 5 5 15"/>`,
	"plus":        `<path d="M10 4v12M4 10h12"/>`,
	"down":        `<path d="m5 8 5 5 5-5"/>`,
	"right":       `<path d="m8 5 5 5-5 5"/>`,
	"left":        `<path d="m12 5-5 5 5 5"/>`,
	"arrow-down":  `<path d="M10 4v12M6 12l4 4 4-4"/>`,
	"arrow-up":    `<path d="M10 16V4M6 8l4-4 4 4"/>`,
	"eye":         `<path d="M2.5 10C4.2 6.7 6.8 5 10 5s5.8 1.7 7.5 5c-1.7 3.3-4.3 5-7.5 5s-5.8-1.7-7.5-5z"/><circle cx="10" cy="10" r="2.2"/>`,
	"open":        `<path d="M11 3.5h5.5V9M16.5 3.5 9.5 10.5M8 5H3.5v11.5H15V12"/>`,
	"zoom":        `<circle cx="8.5" cy="8.5" r="5"/><path d="m12.3 12.3 4.7 4.7M8.5 6.5v4M6.5 8.5h4"/>`,
	"sun":         `<circle cx="10" cy="10" r="3.2"/><path d="M10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M15.3 4.7l-1.4 1.4M6.1 13.9l-1.4 1.4"/>`,
	"moon":        `<path d="M16 12.5A6.5 6.5 0 0 1 7.5 4a6.5 6.5 0 1 0 8.5 8.5z"/>`,
	"half":        `<circle cx="10" cy="10" r="6.5"/><path d="M10 3.5v13a6.5 6.5 0 0 0 0-13z" fill="currentColor"/>`,
	"key":         `<circle cx="6" cy="10" r="3"/><path d="M9 10h8v3M14 10v2.5"/>`,
	"clock":       `<circle cx="10" cy="10" r="7"/><path d="M10 6v4l3 2"/>`,
	"menu":        `<path d="M7 5h10M7 10h10M7 15h10M3.5 5h.01M3.5 10h.01M3.5 15h.01"/>`,
	"info":        `<circle cx="10" cy="10" r="7"/><path d="M10 9.2v4.3M10 6.5h.01"/>`,
	"alarm":       `<circle cx="10" cy="10" r="7"/><path d="M10 6.2v4.6M10 13.5h.01"/>`,
	"warning":     `<path d="M10 3.2 17.5 16.5h-15zM10 8v4.2M10 14.3h.01"/>`,
	"pause":       `<path d="M7 4.5v11M13 4.5v11"/>`,
	"play":        `<path d="M6.5 4 15.5 10l-9 6z"/>`,
	"link":        `<path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.9-2.9a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.9 2.9a3 3 0 0 0 4.3 4.3l1-1"/>`,
	"out":         `<path d="M8 3.5H3.5v13H8M12.5 6l4 4-4 4M16.5 10H7.5"/>`,
	"help":        `<circle cx="10" cy="10" r="7"/><path d="M7.8 8a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5M10 14h.01"/>`,
	"refresh":     `<path d="M16 8A6.5 6.5 0 0 0 4.5 6.5M4 3.5v3.5h3.5M4 12a6.5 6.5 0 0 0 11.5 1.5M16 16.5V13h-3.5"/>`,
	"card":        `<path d="M2.5 5h15v10.5h-15zM2.5 8.5h15M5 12.5h3"/>`,
	"chat":        `<path d="M3 4h14v10H9l-4 3v-3H3z"/>`,
	"shield":      `<path d="M10 2.5 16 5v4.5c0 4-2.4 6.5-6 8-3.6-1.5-6-4-6-8V5z"/>`,
	"box":         `<path d="M3 6.5 10 3l7 3.5v7L10 17l-7-3.5zM3 6.5 10 10l7-3.5M10 10v7"/>`,
}

// lamps are filled drawings on the same ground: good, doubtful, bad, unknown differ in shape as in colour.
var lamps = map[string]string{
	"ok":      `<circle cx="10" cy="10" r="9" fill="currentColor"/><path d="m5.8 10.3 2.9 2.9 5.5-6" fill="none" stroke="var(--surface)" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`,
	"warn":    `<path d="M10 1.5 19.2 18H.8z" fill="currentColor"/><path d="M10 7v5.2M10 15h.01" stroke="var(--surface)" stroke-width="2" stroke-linecap="round"/>`,
	"bad":     `<rect x="1" y="1" width="18" height="18" rx="2" fill="currentColor"/><path d="m6.5 6.5 7 7M13.5 6.5l-7 7" stroke="var(--surface)" stroke-width="2" stroke-linecap="round"/>`,
	"unknown": `<circle cx="10" cy="10" r="8.5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="3 2.6"/>`,
}

// chipShapes are the 10 px shapes of the states.
var chipShapes = map[string]string{
	"auto":      `<circle cx="5" cy="5" r="4" fill="currentColor"/>`,
	"good":      `<path d="m1.5 5.3 2.4 2.4 4.6-5.3" fill="none" stroke="currentColor" stroke-width="1.8"/>`,
	"confirmed": `<path d="m1.5 5.3 2.4 2.4 4.6-5.3" fill="none" stroke="currentColor" stroke-width="1.8"/>`,
	"review":    `<circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor"/>`,
	"waiting":   `<circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="1.8 1.3"/>`,
	"rejected":  `<path d="m1.8 1.8 6.4 6.4M8.2 1.8 1.8 8.2" fill="none" stroke="currentColor" stroke-width="1.7"/>`,
	"none":      `<circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" stroke-width="1.5"/>`,
	"paused":    `<rect x="1.5" y="1.5" width="7" height="7" fill="currentColor"/>`,
	"draft":     `<path d="m1.5 8.5.5-2L7 1.5 8.5 3 3.5 8z" fill="none" stroke="currentColor" stroke-width="1.2"/>`,
}

// Icon draws one of our icons; an unknown name draws nothing.
func Icon(name string) templ.Component {
	return drawing(`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">`, icons[name])
}

// LampShape draws the shape of a lamp alone: ok, warn, bad or unknown.
func LampShape(kind string) templ.Component { return lampShape(kind) }

func lampShape(kind string) templ.Component {
	return drawing(`<svg class="`+kind+`" viewBox="0 0 20 20" aria-hidden="true">`, lamps[kind])
}

func chipShape(kind string) templ.Component {
	return drawing(`<svg viewBox="0 0 10 10" aria-hidden="true">`, chipShapes[kind])
}

// drawing writes one of the fixed drawings above; nothing from outside comes into it.
func drawing(open, lines string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if lines == "" {
			return nil
		}
		_, err := io.WriteString(w, open+lines+"</svg>")
		return err
	})
}

// Address writes a mail address, which may break before its "@"; what is copied from it has no space.
func Address(text string) templ.Component {
	return templ.Raw(strings.Replace(templ.EscapeString(text), "@", "<wbr>@", 1))
}
