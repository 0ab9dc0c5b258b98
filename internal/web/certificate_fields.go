package web

import (
	"context"
	"slices"
	"strings"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/web/part"
)

// fieldRow is a line of the table of read fields.
type fieldRow struct {
	No         int
	Name       string
	Lines      []string
	Quoted     bool
	Note       string
	Confidence float64
	Known      bool // a confidence is known
	Doubtful   bool
	Before     []beforeView // what stood there, the newest first
}

// beforeView is an old value of a field, and who wrote another one, when, why.
type beforeView struct {
	Lines  []string
	Quoted bool
	Note   string
	Why    string
}

// before are the old values of a field.
func (c certificateView) before(ctx context.Context, field certificate.Field) (list []beforeView) {
	for _, k := range c.Corrections {
		if !slices.Contains(k.Changed, field) {
			continue
		}
		b := beforeView{Lines: oldLines(ctx, k.Before, field), Quoted: field == certificate.Title}
		who := part.ShortName(k.ActorName)
		if who == "" {
			who = part.T(ctx, "desk.actor.person")
		}
		b.Note = part.T(ctx, "desk.field.corrected", "Who", who, "At", part.Moment(ctx, k.At))
		switch {
		case k.Why != "":
			b.Why = "«" + k.Why + "»"
		case k.Sender != "":
			b.Why = part.T(ctx, "desk.field.sender_wrote", "Note", k.Sender)
		}
		list = append(list, b)
	}
	return list
}

// oldLines is a field of earlier fields as the table shows it.
func oldLines(ctx context.Context, f certificate.Fields, field certificate.Field) []string {
	value := ""
	switch field {
	case certificate.Number:
		value = certNo(f.Number)
	case certificate.RegisteredOn:
		value = part.Day(ctx, f.RegisteredOn)
	case certificate.CreatedOn:
		value = part.Day(ctx, f.CreatedOn)
	case certificate.Kind:
		value = kindName(ctx, f.Kind, f.KindText)
	case certificate.Title:
		value = joinNonEmpty(" / ", f.Title, f.TitleKK)
	case certificate.Authors:
		if len(f.Authors) > 0 {
			return f.Authors
		}
	}
	return []string{orDash(value)}
}

func (c certificateView) fields(ctx context.Context) []fieldRow {
	rows := []fieldRow{
		{Lines: []string{certNo(c.Number)}, Note: c.fieldNote(ctx, certificate.Number)},
		{Lines: []string{part.Day(ctx, c.RegisteredOn)}, Note: c.fieldNote(ctx, certificate.RegisteredOn)},
		{Lines: []string{part.Day(ctx, c.CreatedOn)}, Note: c.createdNote(ctx)},
		{Lines: []string{kindName(ctx, c.Kind, c.KindText)}, Note: c.kindNote(ctx)},
		{Lines: []string{c.Title}, Quoted: true, Note: c.TitleKK},
		{Note: part.T(ctx, "desk.field.authors_note", "Count", len(c.Authors))},
	}
	for _, a := range c.Authors {
		rows[5].Lines = append(rows[5].Lines, a.Name)
	}
	for i, f := range fieldOrder {
		rows[i].Before = c.before(ctx, f)
		rows[i].No, rows[i].Name = i+1, part.T(ctx, "desk.field."+string(f))
		rows[i].Confidence, rows[i].Known = c.Confidence[f]
		rows[i].Doubtful = rows[i].Known && rows[i].Confidence < certificate.SureAt
		if len(rows[i].Lines) == 0 || rows[i].Lines[0] == "" {
			rows[i].Lines = []string{"—"}
		}
	}
	return rows
}

// has tells whether the reader noted something odd.
func (c certificateView) has(note string) bool {
	for _, n := range c.Notes {
		if n == note {
			return true
		}
	}
	return false
}

func (c certificateView) fieldNote(ctx context.Context, f certificate.Field) string {
	if c.has("halves_differ_" + string(f)) {
		return part.T(ctx, "desk.field.halves_differ")
	}
	return ""
}

func (c certificateView) createdNote(ctx context.Context) string {
	if n := c.fieldNote(ctx, certificate.CreatedOn); n != "" {
		return n
	}
	days := clock.DaysBetween(c.CreatedOn, c.RegisteredOn)
	switch {
	case days > 0:
		return part.T(ctx, "desk.field.days_before", "Count", days)
	case days < 0:
		return part.T(ctx, "desk.field.after_registration")
	}
	return ""
}

func (c certificateView) kindNote(ctx context.Context) string {
	if n := c.fieldNote(ctx, certificate.Kind); n != "" {
		return n
	}
	if c.Kind != "" && !strings.EqualFold(c.KindText, kindName(ctx, c.Kind, "")) {
		return c.KindText
	}
	return ""
}

// least is the lowest confidence of the fields; ok is false when none is known.
func (c certificateView) least() (least float64, ok bool) {
	least = 1
	for _, f := range fieldOrder {
		if v, known := c.Confidence[f]; known {
			least, ok = min(least, v), true
		}
	}
	return least, ok
}
