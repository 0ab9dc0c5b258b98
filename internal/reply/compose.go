package reply

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/kind"
	"kualik/internal/notify"
	"kualik/internal/person"
	"kualik/internal/rating"
	"kualik/internal/registry"
)

// text is a letter in the making, in the form that package notify draws: paragraphs, facts, buttons, a foot.
type text struct {
	lang   i18n.Lang
	blocks []string
}

func (t *text) t(key string, args ...any) string { return i18n.T(t.lang, "reply."+key, args...) }

// add adds a paragraph; an empty one is left out.
func (t *text) add(lines ...string) {
	if block := strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == "" }), "\n"); block != "" {
		t.blocks = append(t.blocks, block)
	}
}

// say adds a paragraph of one message.
func (t *text) say(key string, args ...any) { t.add(t.t(key, args...)) }

// fact is a line with a label; an empty value leaves it out.
func (t *text) fact(key, value string) string {
	if value == "" {
		return ""
	}
	return t.t("fact."+key) + ": " + value
}

// ask is the button of a certificate.
func (t *text) ask(e entry, who sender, address string) {
	t.add(t.t("ask."+asking(e, who)) + ": " + address)
}

func (t *text) String() string { return strings.Join(t.blocks, "\n\n") + "\n" }

// compose writes the answer.
func (s *Service) compose(ctx context.Context, who sender, what found, lang i18n.Lang, links map[uuid.UUID]string) (notify.Letter, error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return notify.Letter{}, err
	}
	t := &text{lang: lang}
	t.answer(what, who, rules, s.o.Zone, links, s.lastDay())
	return notify.Letter{Lang: string(lang), Subject: t.subject(what), Text: t.String()}, nil
}

// answer says what was found; links are those of the certificates, which hold until a day.
func (t *text) answer(what found, who sender, rules *rating.Rules, zone *time.Location, links map[uuid.UUID]string, until clock.Day) {
	t.say("hello")
	if len(what.certificates) == 0 {
		t.nothing(what)
		return
	}
	t.say("intro", "Count", len(what.certificates))
	for _, e := range what.certificates {
		t.certificate(e, what.nameOf(e.ID), who, rules, zone)
		if address := links[e.ID]; address != "" {
			t.ask(e, who, address)
		}
	}
	if len(links) > 0 {
		t.say("link_note", "Day", i18n.Day(t.lang, until))
	}
	t.others(what)
}

// rules are those of the rating, nil where it is not asked.
func (s *Service) rules(ctx context.Context) (*rating.Rules, error) {
	if s.o.Rating == nil {
		return nil, nil
	}
	set, err := s.o.Rating.Rules(ctx)
	return &set.Rules, err
}

// asking is what the link of a certificate is for: an author who must say who they are, one who can confirm,
// or somebody else who can point out a mistake.
func asking(e entry, who sender) string {
	position, undecided := e.positionOf(who.Staff)
	switch {
	case position > 0 && undecided:
		return "undecided"
	case position > 0:
		return "confirm"
	}
	return "other"
}

func (t *text) subject(what found) string {
	switch len(what.certificates) {
	case 0:
		return t.t("subject.nothing")
	case 1:
		e := what.certificates[0]
		return t.t("subject."+e.standing(), "Number", numero(e.Number))
	}
	return t.t("subject.many", "Count", len(what.certificates))
}

// standing is a certificate's state in one word.
func (e entry) standing() string {
	switch {
	case e.Reading == registry.Rejected, e.NotOurs:
		return "refused"
	case e.Source == registry.OCR && e.Reading == registry.Review:
		return "scan"
	case e.Reading == registry.Review:
		return "unsure"
	case e.before != nil:
		return "known"
	case e.with(registry.DecisionReview) > 0:
		return "people"
	case e.with(registry.Auto)+e.with(registry.DecisionConfirmed) == 0:
		return "nobody"
	}
	return "counts"
}

// certificate says what was read and what follows from it.
func (t *text) certificate(e entry, name string, who sender, rules *rating.Rules, zone *time.Location) {
	t.facts(e, name, who, rules)
	standing := e.standing()
	if e.before != nil && standing != "refused" {
		t.known(e, zone)
		if standing == "known" {
			if e.with(registry.DecisionReview) > 0 {
				t.say("state.people")
			}
			return
		}
	}
	t.say("state."+standing, "Year", academic(t.lang, e.RegisteredOn))
}

// facts are the lines of what was read and decided.
func (t *text) facts(e entry, name string, who sender, rules *rating.Rules) {
	t.add(t.fact("file", name), t.fact("certificate", joined(", ", numero(e.Number), dayOf(t.lang, e.RegisteredOn))),
		t.fact("title", plain(e.Title)), t.fact("kind", t.kind(e)), t.fact("application", t.application(e)),
		t.fact("counted", t.people(e, who, registry.Auto, registry.DecisionConfirmed)), t.fact("undecided", t.people(e, who, registry.DecisionReview)),
		t.fact("outside", t.people(e, who, registry.NotStaff)), t.fact("share", t.share(e, who, rules)))
}

// known says since when a certificate is here, and by whom where that may be said.
func (t *text) known(e entry, zone *time.Location) {
	day := i18n.Day(t.lang, clock.DayOf(e.before.ReceivedAt, zone))
	switch {
	case e.beforeOwn:
		t.say("state.known_own", "Day", day)
	case e.beforeBy != "":
		t.say("state.known_by", "Day", day, "Name", person.ParseName(e.beforeBy).Short())
	default:
		t.say("state.known", "Day", day)
	}
}

func (t *text) kind(e entry) string {
	if e.Kind != "" {
		return kind.Name(string(t.lang), e.Kind)
	}
	return plain(e.KindText)
}

// application says to which application the certificate belongs.
func (t *text) application(e entry) string {
	switch {
	case !e.sure():
		return ""
	case e.ApplicationDecision == registry.DecisionReview:
		return t.t("application.review")
	case e.application.ApplicationRef != "":
		return "№\u00a0" + e.application.ApplicationRef
	}
	return t.t("application.none")
}

// people are the authors with one of the decisions. Where they work is told to the university's own only.
func (t *text) people(e entry, who sender, decisions ...registry.Decision) string {
	if !e.sure() || e.NotOurs {
		return ""
	}
	var names []string
	for _, a := range e.Authors {
		if !slices.Contains(decisions, a.Decision) {
			continue
		}
		name := plain(person.Ordinary(a.Name))
		if a.StaffID != nil && who.Known {
			if unit := e.people[*a.StaffID].Department; unit != "" {
				name += " (" + unit + ")"
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// share is what the sender has of it, when the sender is one of its authors.
func (t *text) share(e entry, who sender, rules *rating.Rules) string {
	position, undecided := e.positionOf(who.Staff)
	if rules == nil || position == 0 || undecided || !e.sure() {
		return ""
	}
	full, share, ok := rules.Each(e.Kind, len(e.Authors))
	if !ok {
		return ""
	}
	return t.t("share", "Sum", rating.Fraction(full)+" × "+rating.Fraction(share), "Points", rating.Show(t.lang, new(big.Rat).Mul(full, share), 2))
}

// nothing says that no certificate was found, why, and how to mend it.
func (t *text) nothing(what found) {
	if len(what.files) == 0 {
		if what.links {
			t.say("nothing.intro")
			t.say("mend.link_only")
		} else {
			t.say("nothing.no_file")
			t.say("mend.no_file")
		}
		t.say("nothing.once")
		return
	}
	t.say("nothing.intro")
	t.problems(what.files)
	t.say("nothing.once")
}

// others says what is in the other files of a letter that brought a certificate.
func (t *text) others(what found) {
	var rest []file
	for _, f := range what.files {
		if f.problem != "" {
			rest = append(rest, f)
		}
	}
	if len(rest) > 0 {
		t.say("others", "Count", len(rest))
		t.problems(rest)
	}
}

// mostFiles bounds the files that a letter names.
const mostFiles = 20

// problems names files with what is the matter, then says once for each matter how to mend it.
func (t *text) problems(files []file) {
	var lines, mends []string
	for i, f := range files {
		if i == mostFiles {
			lines = append(lines, t.t("more_files", "Count", len(files)-mostFiles))
			break
		}
		name := label(f.name)
		if name == "" {
			name = t.t("unnamed")
		}
		lines = append(lines, name+": "+t.t("problem."+f.problem))
		if key := "reply.mend." + f.problem; !slices.Contains(mends, key) && i18n.T(t.lang, key) != key {
			mends = append(mends, key)
		}
	}
	t.add(lines...)
	for _, key := range mends {
		t.add(i18n.T(t.lang, key))
	}
}

// nameOf is the file that brought a certificate.
func (f found) nameOf(id uuid.UUID) string {
	for _, one := range f.files {
		if slices.Contains(one.certificates, id) {
			return label(one.name)
		}
	}
	return ""
}

// plain takes from a text that came from outside what would make a link of it: our letters must not carry
// somebody else's to whomever a forged sender names.
func plain(s string) string {
	s = strings.NewReplacer("://", " ", "www.", "www ", "@", " ").Replace(strings.Join(strings.Fields(s), " "))
	return cut(s, 300)
}

// label is the name of a file as the label of a line.
func label(name string) string {
	return cut(strings.NewReplacer(":", " ", "/", " ").Replace(plain(name)), 38)
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// numero writes a certificate's number in groups of three digits: № 78 498.
func numero(number string) string {
	number = plain(number)
	if number == "" {
		return ""
	}
	if strings.Trim(number, "0123456789") == "" {
		for i := len(number) - 3; i > 0; i -= 3 {
			number = number[:i] + "\u00a0" + number[i:]
		}
	}
	return "№\u00a0" + number
}

func dayOf(l i18n.Lang, d clock.Day) string {
	if d == "" {
		return ""
	}
	return i18n.Day(l, d)
}

// academic is the academic year of a day.
func academic(l i18n.Lang, d clock.Day) string {
	if d == "" {
		return ""
	}
	y := d.Year()
	if d.Time().Month() < time.September {
		y--
	}
	return rating.AcademicYear(y).Name(l)
}

func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), sep)
}
