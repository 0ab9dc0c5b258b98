package reply

import (
	"time"

	"github.com/google/uuid"

	"kualik/internal/certificate"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/rating"
	"kualik/internal/registry"
)

// Templates are the letters of this package with invented people, for the page that shows all letters. base is
// how links begin.
func Templates(base string) []notify.Template {
	one := func(name string, write func(t *text, e entry, link string) (subject string)) notify.Template {
		return notify.Template{Name: name, Sample: func(l i18n.Lang) notify.Letter {
			t := &text{lang: l}
			subject := write(t, sampleEntry(l), base+"/a/Zk3mq7x2v9pW1c0D5e8F4g6H7j9K2m4N")
			return notify.Letter{Lang: string(l), Subject: subject, Text: t.String()}
		}}
	}
	rules := rating.Defaults()
	author := sender{Staff: &sampleStaff, Known: true}
	return []notify.Template{
		one("reply.answer", func(t *text, e entry, link string) string {
			what := found{certificates: []entry{e}}
			t.answer(what, author, &rules, time.UTC, map[uuid.UUID]string{e.ID: link}, "2026-09-24")
			return t.subject(what)
		}),
		one("reply.answer_scan", func(t *text, e entry, link string) string {
			e.Source, e.Reading = registry.OCR, registry.Review
			what := found{certificates: []entry{e}}
			t.answer(what, author, &rules, time.UTC, map[uuid.UUID]string{e.ID: link}, "2026-09-24")
			return t.subject(what)
		}),
		one("reply.answer_nothing", func(t *text, e entry, link string) string {
			what := found{files: []file{{name: "kualik.pdf", problem: "password"}, {name: "kualik.rar", problem: "archive"}, {name: "otinish.pdf", problem: "not_statement"}}}
			t.answer(what, author, nil, time.UTC, nil, "")
			return t.subject(what)
		}),
		one("reply.colleague", func(t *text, e entry, link string) string {
			return t.colleague(e, "Нұрбаева Лаура Серікқызы", author, &rules, link, "2026-09-24")
		}),
		one("reply.decided", func(t *text, e entry, link string) string {
			return t.decided(e, "2026-09-17", false, author, &rules, link, "2026-09-24")
		}),
	}
}

var sampleStaff = uuid.MustParse("0198c0de-5a7b-7c3d-8e9f-0a1b2c3d4e5f")

func sampleEntry(l i18n.Lang) entry {
	names := map[i18n.Lang][3]string{
		i18n.KK: {"Сағитова Меруерт Талғатқызы", "Қуандықов Асқар Маратұлы", "Нұрбаева Лаура Серікқызы"},
		i18n.RU: {"Сагитова Меруерт Талгатовна", "Куандыков Аскар Маратович", "Нурбаева Лаура Сериковна"},
		i18n.EN: {"Sagitova Meruert", "Kuandykov Askar", "Nurbayeva Laura"},
	}[l]
	f := certificate.Fields{Number: "78498", RegisteredOn: "2026-09-16", Kind: "scientific_work", Title: "Органикалық химия: зертханалық практикум"}
	c := registry.Certificate{ID: sampleStaff, Number: f.Number, RegisteredOn: f.RegisteredOn, Kind: f.Kind, Title: f.Title, Source: registry.TextLayer, Reading: registry.Sure,
		ApplicationDecision: registry.Auto, Authors: []registry.Author{{Position: 1, Name: names[0], StaffID: &sampleStaff, Decision: registry.Auto},
			{Position: 2, Name: names[1], Decision: registry.DecisionReview}, {Position: 3, Name: names[2], Decision: registry.NotStaff}}}
	return entry{Certificate: c, people: map[uuid.UUID]registry.Person{sampleStaff: {ID: sampleStaff, Department: map[i18n.Lang]string{
		i18n.KK: "Химия кафедрасы", i18n.RU: "Кафедра химии", i18n.EN: "Department of Chemistry"}[l]}}, application: registry.Filed{ApplicationRef: "2026-118"}}
}
