package chase

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/notify"
)

// Topics of the letters.
const (
	TopicReminder   = "chase"
	TopicEscalation = "chase_head"
)

// listedAtMost bounds a letter; how many more there are is said.
const listedAtMost = 40

// Letter is a draft in words, as it would go now.
func (s *Service) Letter(ctx context.Context, d Draft) (l notify.Letter, err error) {
	err = pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		l, err = s.letter(ctx, tx, d)
		return err
	})
	return l, err
}

func (s *Service) letter(ctx context.Context, tx pgx.Tx, d Draft) (notify.Letter, error) {
	address, err := s.o.Address(ctx, tx, d.Person.Staff, d.Person.Hash)
	if err != nil {
		return notify.Letter{}, err
	}
	if address == "" {
		return notify.Letter{}, fault.New(fault.Conflict, "chase.error.no_address")
	}
	w := s.words(d.Person, address)
	l := notify.Letter{Topic: TopicReminder, Recipient: d.Person.Address, About: d.Person.Key + "/" + string(d.day), Lang: string(w.Lang)}
	if d.Head() {
		l.Topic = TopicEscalation
		l.Subject, l.Text = w.escalation(d, unitOf(d.Person))
	} else {
		l.Subject, l.Text = w.reminder(d)
	}
	return l, nil
}

func unitOf(p *Person) string {
	if p.Department != "" {
		return p.Department
	}
	return p.Faculty
}

// words are what a letter is made of beside its list.
type words struct {
	Lang                         i18n.Lang
	Name, Address, Support, Link string
}

func (s *Service) words(p *Person, address string) words {
	return words{Lang: p.Lang, Name: p.Name, Address: address, Support: s.o.Support, Link: strings.TrimSuffix(s.o.PublicURL, "/")}
}

func (w words) t(key string, args ...any) string {
	return i18n.T(w.Lang, "chase.letter."+key, append(args, "Name", w.Name, "Address", w.Address, "Support", w.Support)...)
}

// reminder asks an author for everything that is missing of theirs.
func (w words) reminder(d Draft) (subject, text string) {
	applications, certificates := of(d.Items, Application), of(d.Items, Certificate)
	subject = w.t("subject_many", "Count", len(d.Items))
	if len(d.Items) == 1 {
		subject = w.t("subject_one", "Title", short(d.Items[0].Title, 100))
	}
	parts := []string{w.t("hello")}
	if len(applications) > 0 {
		parts = append(parts, w.t("applications", "Count", len(applications))+"\n"+w.list(applications, w.line))
	}
	if len(certificates) > 0 {
		parts = append(parts, w.t("certificates", "Count", len(certificates))+"\n"+w.list(certificates, w.line))
	}
	parts = append(parts, w.t("send"), w.t("why"))
	if w.Support != "" {
		parts = append(parts, w.t("none"))
	}
	return subject, strings.Join(append(parts, w.t("own")+"\n"+w.Link+"/my"), "\n\n")
}

// escalation names to a head what the authors of the unit have not sent.
func (w words) escalation(d Draft, unit string) (subject, text string) {
	list := w.list(d.Items, w.lineOfHead)
	return w.t("head_subject", "Unit", unit, "Count", len(d.Items)), strings.Join([]string{w.t("head_intro", "Unit", unit, "Count", len(d.Items)) + "\n" + list,
		w.t("head_ask"), w.t("head_list") + "\n" + w.Link + "/chase"}, "\n\n")
}

func of(items []Item, k Kind) (list []Item) {
	for _, x := range items {
		if x.Kind == k {
			list = append(list, x)
		}
	}
	return list
}

func (w words) list(items []Item, line func(Item) string) string {
	var b strings.Builder
	for i, x := range items {
		if i == listedAtMost {
			b.WriteString("\n" + w.t("more", "Count", len(items)-listedAtMost))
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("— " + line(x))
	}
	return b.String()
}

func (w words) line(x Item) string {
	args := []any{"Ref", x.Ref, "Number", x.Number, "Title", short(x.Title, 300), "Since", i18n.Day(w.Lang, x.Since)}
	switch {
	case x.Kind == Certificate:
		return w.t("line_certificate", args...)
	case x.Number != "":
		return w.t("line_issued", args...)
	}
	return w.t("line_application", args...)
}

// lineOfHead adds the authors of the house and how often they were asked.
func (w words) lineOfHead(x Item) string {
	var names []string
	for _, a := range x.Authors {
		if a.Person != nil {
			names = append(names, a.Person.Name)
		}
	}
	line := w.line(x) + " " + w.t("authors", "Authors", strings.Join(names, ", "))
	if x.LastOn == "" {
		return line + " " + w.t("not_asked")
	}
	return line + " " + w.t("asked", "Count", x.Reminders, "Day", i18n.Day(w.Lang, x.LastOn))
}

func short(title string, limit int) string {
	title = strings.Join(strings.Fields(title), " ")
	if r := []rune(title); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return title
}
