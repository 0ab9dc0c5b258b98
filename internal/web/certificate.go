package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/matching"
	"kualik/internal/rating"
	"kualik/internal/registry"
	"kualik/internal/review"
	"kualik/internal/web/part"
)

// certificateView is the page of one certificate: three questions with their evidence.
type certificateView struct {
	review.Case
	Viewer  part.ViewerView
	History []part.Event
	Proof   proof  // what the file shows of itself
	Below   string // numbers of the same week in the register
	Above   string
	Course  bool
	Desk    bool // the reader may decide
	Again   bool // … and ask for another check
	SeesAll bool
}

func (s *Server) certificatePage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.mayRead(v, id); err != nil {
		return err
	}
	view, err := s.newCertificate(v, id)
	if err != nil {
		return err
	}
	if view.MergedInto != nil {
		return v.Go("/certificates/" + view.MergedInto.String())
	}
	here := certificatesPath
	if !v.Who.Can(account.SeeUnit) {
		here = "/my"
	}
	return v.Show(Page{Title: v.T("desk.certificate.window"), Here: here, PrintLine: numero(view.Number) + " · " + v.T("desk.printed", "At", part.Moment(v.Context(), v.env.Now))},
		certificatePage(view))
}

func (s *Server) newCertificate(v *Visit, id uuid.UUID) (view certificateView, err error) {
	ctx := v.UserContext()
	view.Desk, view.SeesAll = v.Who.Can(account.Review), v.Who.Can(account.SeeAll)
	if view.Case, err = s.Desk.Case(ctx, id); err != nil {
		return view, err
	}
	if view.Below, view.Above, view.Course, err = registry.Neighbours(ctx, s.Pool, view.Certificate); err != nil {
		return view, err
	}
	lines, err := audit.Of(ctx, s.Pool, "certificate", id.String(), 50)
	if err != nil {
		return view, err
	}
	deeds, err := registry.Deeds(ctx, s.Pool, id)
	if err != nil {
		return view, err
	}
	if view.Proof, err = s.prove(ctx, view.Certificate, view.DocumentSHA256, view.Messages); err != nil {
		return view, err
	}
	view.Again = view.Desk && s.Check != nil && view.DocumentSHA256 != ""
	page := v.Context()
	view.History = history(page, view.Case, lines, undoable(deeds, view.Desk), view.SeesAll)
	view.Viewer = s.viewer(page, view.Certificate, view.Messages, toRow)
	return view, nil
}

// undoable is the decision that the reader may take back, if there is one: the newest with nothing after it.
func undoable(deeds []registry.Deed, desk bool) *registry.Deed {
	if !desk {
		return nil
	}
	for i := range deeds {
		if deeds[i].Undoable {
			return &deeds[i]
		}
	}
	return nil
}

// history is what happened, newest first: decisions of people, mails that brought it, the reading.
func history(ctx context.Context, c review.Case, lines []audit.Line, undo *registry.Deed, all bool) []part.Event {
	type at struct {
		time.Time
		part.Event
	}
	var list []at
	for i, l := range lines {
		e := part.Event{When: part.ShortMoment(ctx, l.At), Person: true, Text: deedWords(ctx, l)}
		if i == 0 && undo != nil && undo.At.Equal(l.At) {
			e.More = undoForm(undo.ID.String())
		}
		list = append(list, at{l.At, e})
	}
	for i, m := range c.Messages {
		key := "desk.history.again"
		if i == 0 {
			key = "desk.history.first"
		}
		e := part.Event{When: part.ShortMoment(ctx, m.StoredAt), Text: part.T(ctx, key, "From", senderOf(ctx, m), "File", orDash(m.Filename))}
		if all {
			e.More = messageLink(m.MessageID.String())
		}
		list = append(list, at{m.StoredAt, e})
	}
	list = append(list, at{c.CreatedAt, part.Event{When: part.ShortMoment(ctx, c.CreatedAt),
		Text: part.T(ctx, "desk.history.read", "Reader", certificate.ReaderVersion, "Matcher", c.MatcherVersion)}})
	for i := range list {
		for j := i; j > 0 && list[j].After(list[j-1].Time); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	events := make([]part.Event, len(list))
	for i := range list {
		events[i] = list[i].Event
	}
	return events
}

// deedWords says a deed of the audit: "Аружан И.: принята заявка".
func deedWords(ctx context.Context, l audit.Line) string {
	who := part.ShortName(l.ActorName)
	if who == "" {
		who = part.T(ctx, "desk.actor."+actorKind(l.Actor))
	}
	action := strings.TrimPrefix(l.Action, "review.")
	if undone, ok := strings.CutPrefix(action, "undo_"); ok {
		return who + ": " + part.T(ctx, "desk.deed.undo", "Deed", coded(part.From(ctx).Lang, "desk.deed.", undone))
	}
	return who + ": " + coded(part.From(ctx).Lang, "desk.deed.", action)
}

func actorKind(actor string) string {
	if actor == "cli" || actor == "system" {
		return actor
	}
	return "person"
}

func senderOf(ctx context.Context, m registry.Brought) string {
	if m.FromAddr != "" {
		return shortAddress(m.FromAddr)
	}
	return cameBy(ctx, m.Mailbox)
}

// readingEvidence stands behind the first answer.
func (c certificateView) readingEvidence(ctx context.Context) string {
	source := part.T(ctx, "desk.source."+string(c.Source))
	if c.Reading == registry.Review && c.ReadingReason != "" {
		return source + "; " + readingReason(ctx, c.ReadingReason)
	}
	if least, ok := c.least(); ok && c.Reading == registry.Sure {
		return source + ", " + part.T(ctx, "desk.all_fields", "N", part.Dec(ctx, floor2(least), 2))
	}
	return source
}

func floor2(f float64) float64 { return float64(int(f*100+1e-9)) / 100 }

func readingReason(ctx context.Context, reason string) string {
	if field, ok := strings.CutPrefix(reason, "unsure_"); ok {
		return part.T(ctx, "desk.unsure_field", "Field", strings.ToLower(part.T(ctx, "desk.field."+field)))
	}
	return coded(part.From(ctx).Lang, "desk.reading_reason.", reason)
}

// readingChip and the two below give the shape of an answer.
func readingChip(r registry.Reading) string {
	switch r {
	case registry.Sure:
		return "auto"
	case registry.Confirmed:
		return "confirmed"
	case registry.Rejected:
		return "rejected"
	}
	return "review"
}

func decisionChip(d registry.Decision) string {
	switch d {
	case registry.Auto:
		return "auto"
	case registry.DecisionConfirmed:
		return "confirmed"
	case registry.DecisionReview:
		return "review"
	}
	return "none"
}

// people sums the third question up.
func (c certificateView) people() (decision registry.Decision, ours int) {
	decision = registry.NotStaff
	for _, a := range c.Authors {
		switch a.Decision {
		case registry.DecisionReview:
			return registry.DecisionReview, ours
		case registry.DecisionConfirmed:
			decision = registry.DecisionConfirmed
			ours++
		case registry.Auto:
			if decision == registry.NotStaff {
				decision = registry.Auto
			}
			ours++
		}
	}
	return decision, ours
}

// application is the one that is decided; ok is false when none is.
func (c certificateView) application() (registry.Filed, bool) {
	if c.ApplicationID == nil || (c.ApplicationDecision != registry.Auto && c.ApplicationDecision != registry.DecisionConfirmed) {
		return registry.Filed{}, false
	}
	f, ok := c.Applications[*c.ApplicationID]
	return f, ok
}

// runnerUp is the best candidate that was not chosen.
func (c certificateView) runnerUp() (matching.Candidate, bool) {
	for _, cand := range c.Explanation.Candidates {
		if c.ApplicationID == nil || cand.ID != c.ApplicationID.String() {
			return cand, true
		}
	}
	return matching.Candidate{}, false
}

// applicationEvidence stands behind the second answer.
func (c certificateView) applicationEvidence(ctx context.Context) string {
	var words []string
	if c.ApplicationDecision == registry.Auto {
		words = append(words, part.Dec(ctx, floor2(c.ApplicationScore), 2))
	}
	if second, ok := c.runnerUp(); ok && c.ApplicationID != nil {
		words = append(words, part.T(ctx, "desk.second", "N", part.Dec(ctx, floor2(second.Score), 2)))
	}
	if c.ApplicationDecision == registry.DecisionReview {
		words = append(words, matchReason(ctx, c.Explanation.Reason))
	}
	return strings.Join(words, ", ")
}

func matchReason(ctx context.Context, reason string) string {
	return coded(part.From(ctx).Lang, "desk.match_reason.", reason)
}

// academicYear names the academic year in which the certificate was registered.
func academicYear(ctx context.Context, d clock.Day) string {
	if d == "" {
		return ""
	}
	y := d.Year()
	if d.Time().Month() < time.September {
		y--
	}
	return rating.AcademicYear(y).Name(part.From(ctx).Lang)
}

// headNote is the line under the title.
func (c certificateView) headNote(ctx context.Context) string {
	text := numero(c.Number)
	if c.RegisteredOn != "" {
		text = part.T(ctx, "desk.certificate.number_of_day", "Number", text, "Day", dayWords(ctx, c.RegisteredOn))
	}
	if k := kindName(ctx, c.Kind, c.KindText); k != "" {
		text += " · " + k
	}
	if y := academicYear(ctx, c.RegisteredOn); y != "" {
		text += " · " + y
	}
	return text
}

// personOf is the member of staff whom an author was taken for.
func (c certificateView) personOf(a registry.Author) (registry.Person, bool) {
	if a.StaffID == nil {
		return registry.Person{}, false
	}
	p, ok := c.People[*a.StaffID]
	return p, ok
}

func personNote(ctx context.Context, p registry.Person, printed string) string {
	words := joinNonEmpty(", ", p.Department, p.Position)
	if !strings.EqualFold(strings.Join(strings.Fields(printed), " "), p.Name) {
		words = joinNonEmpty(" · ", words, part.T(ctx, "desk.people.printed", "Name", titleCase(printed)))
	}
	return words
}

func authorChip(ctx context.Context, a registry.Author) (kind, text string) {
	switch a.Decision {
	case registry.Auto:
		return "auto", part.Dec(ctx, floor2(a.Score), 2)
	case registry.DecisionConfirmed:
		return "confirmed", part.T(ctx, "desk.author.confirmed")
	case registry.DecisionReview:
		return "review", part.T(ctx, "desk.author.review")
	}
	return "none", part.T(ctx, "desk.author.not_staff")
}

func scoreOf(ctx context.Context, f float64) string { return part.Dec(ctx, floor2(f), 2) }

func (c certificateView) crumbs(ctx context.Context) []part.Link {
	list := []part.Link{{Text: part.T(ctx, "web.nav.certificates"), Href: certificatesPath}}
	if y := c.RegisteredOn.Year(); y > 0 {
		list = append(list, part.Link{Text: fmt.Sprint(y), Href: fmt.Sprintf("%s?period=%d", certificatesPath, y)})
	}
	return append(list, part.Link{Text: numero(c.Number)})
}

// midnight is when the office's day began.
func midnight(v *Visit) time.Time {
	d := v.Today().Time()
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, v.s.Zone)
}
