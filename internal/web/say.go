package web

import (
	"context"
	"strings"
	"time"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/kind"
	"kualik/internal/person"
	"kualik/internal/registry"
	"kualik/internal/web/part"
)

// How pages about certificates and mails say what is in the database.

// certNo writes a certificate's number in groups of three digits; one that was read in doubt stays as it is.
func certNo(number string) string {
	for _, r := range number {
		if r < '0' || r > '9' {
			return number
		}
	}
	out := number
	for i := len(out) - 3; i > 0; i -= 3 {
		out = out[:i] + "\u2009" + out[i:]
	}
	return out
}

// numero is the number with its sign, a dash when there is none.
func numero(number string) string {
	if number == "" {
		return "—"
	}
	return "№\u00a0" + certNo(number)
}

// kindName is a kind in the reader's language, or as it was written.
func kindName(ctx context.Context, code, text string) string {
	if code == "" {
		return text
	}
	return kind.Name(string(part.From(ctx).Lang), code)
}

// stateChip is the shape of a state.
func stateChip(s registry.State) string {
	switch s {
	case registry.StateConfirmed, registry.StateReview, registry.StateRejected:
		return string(s)
	case registry.StateAuto:
		return "auto"
	}
	return "none"
}

// outcomeChip is the shape of a message's outcome.
func outcomeChip(outcome string) string {
	switch outcome {
	case "certificates":
		return "auto"
	case "quarantined":
		return "review"
	case "failed", "pending":
		return "waiting"
	}
	return "none"
}

// age says how long ago an instant was, in the largest unit that fits.
func age(ctx context.Context, since time.Time) string {
	d := part.From(ctx).Now.Sub(since)
	switch {
	case d >= 24*time.Hour:
		return part.T(ctx, "desk.age.days", "Count", int(d/(24*time.Hour)))
	case d >= time.Hour:
		return part.T(ctx, "desk.age.hours", "Count", int(d/time.Hour))
	}
	return part.T(ctx, "desk.age.minutes", "Count", max(1, int(d/time.Minute)))
}

// late tells whether a case has waited too long.
func late(ctx context.Context, since time.Time) bool {
	return part.From(ctx).Now.Sub(since) >= caseLateAfter
}

const caseLateAfter = 72 * time.Hour

// longDay writes a day with its weekday: "Четверг, 17 сентября 2026".
func longDay(ctx context.Context, d clock.Day) string {
	t := d.Time()
	return part.T(ctx, "desk.long_day", "Weekday", part.T(ctx, "desk.weekday."+weekdays[t.Weekday()]), "Date", dayWords(ctx, d))
}

// dayWords writes a day in words: "17 сентября 2026".
func dayWords(ctx context.Context, d clock.Day) string {
	if d == "" {
		return "—"
	}
	t := d.Time()
	return part.T(ctx, "desk.day_words", "Day", t.Day(), "Month", part.T(ctx, "desk.month."+months[t.Month()-1]), "Year", t.Year())
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
var months = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// mailboxName parts the folder from the address; the inbox needs no word.
func mailboxName(name string) string {
	address, folder, ok := strings.Cut(name, "/")
	if strings.Count(address, "@") > 1 {
		// A log-in that is itself an address stands before the server's name; the address says enough.
		address = address[:strings.LastIndex(address, "@")]
	}
	if !ok || strings.EqualFold(folder, "INBOX") {
		return address
	}
	return address + " / " + folder
}

// cameBy says how a message reached us: its mailbox, or the upload or file that it came from.
func cameBy(ctx context.Context, mailbox string) string {
	switch {
	case strings.HasPrefix(mailbox, "web:"):
		return part.T(ctx, "desk.came.web")
	case strings.HasPrefix(mailbox, "file:"):
		return part.T(ctx, "desk.came.file")
	}
	return mailboxName(mailbox)
}

// shortAddress shows who wrote without the server's name: "j.orazbekova@…".
func shortAddress(address string) string {
	user, _, ok := strings.Cut(address, "@")
	if !ok || address == "" {
		return address
	}
	return user + "@…"
}

// reasonWords says a code of a message's reason in the reader's language; an unknown one as it is.
func reasonWords(ctx context.Context, reason string) string {
	return coded(part.From(ctx).Lang, "desk.mail_reason.", reason)
}

// coded is the message of a code, or the code itself where nobody has worded it.
func coded(l i18n.Lang, prefix, code string) string {
	if code == "" {
		return ""
	}
	if s := i18n.T(l, prefix+code); s != prefix+code {
		return s
	}
	return strings.ReplaceAll(code, "_", " ")
}

// twoNames are the first authors, short, and how many more there are.
func twoNames(names []string) (first []string, more int) {
	for i, n := range names {
		if i == 2 && len(names) > 2 {
			break
		}
		first = append(first, part.ShortName(titleCase(n)))
	}
	if len(names) > 2 {
		more = len(names) - 2
	}
	return first, more
}

// titleCase brings a name printed in capitals to ordinary writing.
func titleCase(name string) string { return person.Ordinary(name) }

// todayOf is the office's day.
func todayOf(ctx context.Context) clock.Day {
	e := part.From(ctx)
	return clock.DayOf(e.Now, e.Zone)
}

// weekdayDay writes an instant's day with its weekday: "Пн 21.09".
func weekdayDay(ctx context.Context, t time.Time) string {
	e := part.From(ctx)
	at := t.In(e.Zone)
	form := "02.01"
	if e.Lang == i18n.EN {
		form = "2 Jan"
	}
	return part.T(ctx, "desk.weekday.short."+weekdays[at.Weekday()]) + " " + at.Format(form)
}

func timeOf(ctx context.Context, t time.Time) string {
	return t.In(part.From(ctx).Zone).Format("15:04")
}

// allWait tells whether everything that a message brought waits on the desk.
func allWait(m registry.Mail) bool {
	for _, f := range m.Found {
		if !f.Waits {
			return false
		}
	}
	return len(m.Found) > 0
}
