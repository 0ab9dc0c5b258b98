package web

import (
	"context"

	"kualik/internal/clock"
	"kualik/internal/desk"
	"kualik/internal/filing"
	"kualik/internal/filing/scheme"
	"kualik/internal/issuing"
	"kualik/internal/web/part"
)

// How the pages of the desk say what is in the database.

// more are the things that can be done beside what is to be done now.
func (c *caseOfDesk) more() (list []desk.Action) {
	for _, b := range c.Buttons {
		switch b.Action {
		case desk.Register, desk.Examine, desk.Conclude, desk.Issue:
			continue
		case desk.Appoint:
			if c.State == desk.Registered {
				continue
			}
		case desk.Record:
			if c.State != desk.Issued {
				continue
			}
		case desk.Correct, desk.Annul:
			if c.entry() == nil {
				continue
			}
		}
		if b.Live {
			list = append(list, b.Action)
		}
	}
	return list
}

// entry is the version of the certificate that is valid now.
func (c *caseOfDesk) entry() *issuing.Entry {
	for i := range c.Entries {
		if c.Entries[i].State == issuing.Valid {
			return &c.Entries[i]
		}
	}
	return nil
}

// annulled is the certificate that was taken out of the own register, nil while one holds.
func (c *caseOfDesk) annulled() *issuing.Entry {
	for i := range c.Entries {
		switch c.Entries[i].State {
		case issuing.Valid, issuing.Pending:
			return nil
		case issuing.Annulled:
			return &c.Entries[i]
		}
	}
	return nil
}

// failure is why the register has not sealed yet, empty while it has not failed.
func (c *caseOfDesk) failure() string {
	if c.Extract != nil {
		return c.Extract.Failure
	}
	for _, e := range c.Entries {
		if e.State == issuing.Pending {
			return e.Failure
		}
	}
	return ""
}

// requests are what the applicant asks for after the issue.
func (c *caseOfDesk) requests() (list []filing.Correspondence) {
	for _, l := range c.Letters {
		if l.Open() && l.Kind != filing.Query {
			list = append(list, l)
		}
	}
	return list
}

func requestOptions(ctx context.Context, list []filing.Correspondence) (out []part.Option) {
	for _, l := range list {
		out = append(out, part.Option{Value: l.ID.String(), Text: part.T(ctx, "office.letter.kind."+string(l.Kind)) + " " + l.Number})
	}
	return append(out, part.Option{Text: part.T(ctx, "office.correct.no_request")})
}

func (c *caseOfDesk) remarks() string {
	if c.Typed != nil && (c.Of == desk.Examine || c.Of == desk.Conclude) {
		return c.Typed["remarks"]
	}
	return c.Remarks
}

// recordValues are the values of the form of a fact, as typed.
type recordValues struct {
	Step, Words, On, CabinetNo, RegistryNo, CertificateNo, CertificateOn, Note string
}

func (c *caseOfDesk) recordValues() recordValues {
	v := recordValues{CabinetNo: c.CabinetNo, RegistryNo: c.RegistryNo}
	if c.Of == desk.Record && c.Typed != nil {
		t := c.Typed
		v = recordValues{t["step"], t["words"], t["on"], t["cabinet_no"], t["registry_no"], t["certificate_no"], t["certificate_on"], t["note"]}
	}
	return v
}

// stepOptions are the steps that the institute can show.
func stepOptions(ctx context.Context, c *caseOfDesk) []part.Option {
	return stepsOf(ctx, c.Scheme, c.Step)
}

func stepsOf(ctx context.Context, sc scheme.Scheme, now string) []part.Option {
	out := []part.Option{{Text: part.T(ctx, "office.field.step_same")}}
	for i, st := range sc.Steps {
		if i == 0 {
			continue
		}
		words := st.In(part.From(ctx).Lang)
		if st.Code == now {
			words += " (" + part.T(ctx, "office.field.step_now") + ")"
		}
		out = append(out, part.Option{Value: st.Code, Text: words})
	}
	return out
}

func groundOptions(ctx context.Context) []part.Option {
	out := []part.Option{{Text: part.T(ctx, "office.ground.choose")}}
	for _, g := range filing.Grounds {
		out = append(out, part.Option{Value: g.Code, Text: part.T(ctx, g.Key)})
	}
	return out
}

// groundWords are a ground of refusal with where it stands in the law.
func groundWords(ctx context.Context, code string) string {
	for _, g := range filing.Grounds {
		if g.Code == code {
			return joinNonEmpty(" · ", part.T(ctx, g.Key), part.T(ctx, g.Law))
		}
	}
	return code
}

// answersOf are the answers that an item can have.
func answersOf(ctx context.Context, i desk.Item) []part.Option {
	out := []part.Option{{Value: desk.Yes, Text: part.T(ctx, "office.answer.yes")}, {Value: desk.No, Text: part.T(ctx, "office.answer.no")}}
	if i.MayNotBe {
		out = append(out, part.Option{Value: desk.None, Text: part.T(ctx, "office.answer.none")})
	}
	return out
}

func notePlaceholder(ctx context.Context, i desk.Item) string {
	if i.Lamp == "warn" || i.Lamp == "bad" {
		return part.T(ctx, "office.item.note_wanted")
	}
	return part.T(ctx, "office.item.note_may")
}

func namedNote(ctx context.Context, p filing.MatterPerson) string {
	note := part.T(ctx, "cabinet.role."+string(p.Role))
	if p.Filer {
		note = joinNonEmpty(", ", note, part.T(ctx, "office.person.filer"))
	}
	if p.Unmentioned {
		note = joinNonEmpty(", ", note, part.T(ctx, "office.person.unmentioned"))
	}
	return note
}

// documentOf is whose identity a copy shows.
func documentOf(c *caseOfDesk, d filing.Document) string {
	if d.Participant == nil {
		return ""
	}
	for _, p := range c.Matter.People {
		if p.ID == *d.Participant {
			return part.ShortName(titleCase(p.Name))
		}
	}
	return ""
}

func letterHead(ctx context.Context, l filing.Correspondence) string {
	at := ""
	if l.At != nil {
		at = part.ShortMoment(ctx, *l.At)
	}
	until := ""
	if l.Until != nil && l.Open() {
		until = part.T(ctx, "office.until", "At", part.ShortMoment(ctx, *l.Until))
	}
	source := ""
	if l.Source == filing.SourceInstitute {
		source = part.T(ctx, "office.letter.institute")
	}
	return joinNonEmpty(" · ", l.Number, at, titleCase(l.By), source, until)
}

func similarNote(ctx context.Context, o desk.Similar) string {
	same := part.T(ctx, "office.similar.close")
	if o.Same {
		same = part.T(ctx, "office.similar.same")
	}
	author := part.T(ctx, "office.similar.other_author")
	if o.SameAuthor {
		author = part.T(ctx, "office.similar.same_author")
	}
	return joinNonEmpty(" · ", same, author)
}

// recordedWords is a fact in one line.
func recordedWords(ctx context.Context, sc scheme.Scheme, r desk.Recorded) string {
	step := r.Words
	if st, ok := sc.Step(r.Step); ok {
		step = st.In(part.From(ctx).Lang)
	}
	return joinNonEmpty(" · ", step, dayText(ctx, r.ShownOn), labelled(ctx, "cabinet_no", r.CabinetNo), labelled(ctx, "registry_no", r.RegistryNo),
		labelled(ctx, "certificate_no", r.CertificateNo), dayText(ctx, r.CertificateOn), r.Note)
}

func labelled(ctx context.Context, key, text string) string {
	if text == "" {
		return ""
	}
	return part.T(ctx, "office.field."+key) + "\u00a0" + text
}

func dayText(ctx context.Context, d clock.Day) string {
	if d == "" {
		return ""
	}
	return part.Day(ctx, d)
}

func recordedBy(ctx context.Context, r desk.Recorded) string {
	how := part.T(ctx, "office.source."+r.Source)
	if r.By == "" {
		return joinNonEmpty(" · ", how, part.T(ctx, "office.program"))
	}
	return joinNonEmpty(" · ", how, titleCase(r.By))
}

func entryWords(ctx context.Context, e issuing.Entry) string {
	words := part.T(ctx, "office.entry", "Number", e.Number, "Day", part.Day(ctx, e.RegisteredOn))
	if e.Version > 1 {
		words = joinNonEmpty(", ", words, part.T(ctx, "office.entry.version", "N", e.Version))
	}
	return words
}

// changeWords is what a fact changes, in words.
func changeWords(ctx context.Context, sc scheme.Scheme, c desk.Change) string {
	from, to := c.From, c.To
	if c.What == "step" {
		if st, ok := sc.Step(from); ok {
			from = st.In(part.From(ctx).Lang)
		}
		if st, ok := sc.Step(to); ok {
			to = st.In(part.From(ctx).Lang)
		}
	}
	if from == "" {
		return part.T(ctx, "office.change."+c.What) + ": " + to
	}
	return part.T(ctx, "office.change."+c.What) + ": " + from + " → " + to
}
