package app

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/payment"
	"kualik/internal/signing"
)

// What the demonstration's people have filed: a few applications on their way, so that the desk has something
// to do. They go through the very services that the pages use, with keys of the stand-in for the authority.

// planned is an application of the demonstration.
type planned struct {
	title, sort, kind, about string
	authors                  int
	lang                     i18n.Lang
	unsigned                 bool // one of the authors has not signed
}

var plannedFilings = []planned{
	{title: "Органикалық химия: зертханалық практикум", sort: "Оқу құралы", kind: "scientific_work", authors: 2, lang: i18n.KK,
		about: "Практикум химия мамандығының студенттеріне арналған. Әр жұмыста мақсат, құрал-жабдықтар, жұмыс барысы және бақылау сұрақтары берілген."},
	{title: "Методика преподавания математики в начальной школе", sort: "Учебное пособие", kind: "literary_work", authors: 1, lang: i18n.RU,
		about: "Пособие содержит планы уроков, задачи трёх уровней и рекомендации для учителя."},
	{title: "Информационная система учёта лабораторного оборудования", sort: "Описание программы", kind: "scientific_work", authors: 3, lang: i18n.RU,
		about: "Система ведёт карточки приборов, сроки поверки и заявки на ремонт."},
	{title: "Қазақ тілі: диктанттар мен мазмұндамалар жинағы", sort: "Жинақ", kind: "literary_work", authors: 2, lang: i18n.KK, unsigned: true,
		about: "Жинаққа бастауыш сынып оқушыларына арналған мәтіндер мен тапсырмалар енгізілген."},
}

// FileApplications files what is planned, once; a start that was cut off goes on with the next one.
func (d *Demo) FileApplications(ctx context.Context) error {
	var done int
	if err := d.App.Pool.QueryRow(ctx, `SELECT count(*)::int FROM filing`).Scan(&done); err != nil {
		return fmt.Errorf("count the demonstration's applications: %w", err)
	}
	people := d.filers()
	for i, p := range plannedFilings {
		if len(people) < p.authors {
			return nil
		}
		authors := people[:p.authors]
		people = people[p.authors:]
		if i < done {
			continue
		}
		if err := d.file(ctx, p, authors); err != nil {
			return fmt.Errorf("file %q: %w", p.title, err)
		}
	}
	return nil
}

// filers are members of staff who have a number, an address and no log-in that is shown to the visitor.
func (d *Demo) filers() (list []world.Person) {
	for _, p := range d.Pieces.World.StaffMembers() {
		shown := false
		for _, a := range d.Accounts {
			shown = shown || len(p.Emails) > 0 && a.Email == p.Emails[0]
		}
		if p.IINListed && p.EmployedTo == "" && len(p.Emails) > 0 && !shown {
			list = append(list, p)
		}
	}
	return list
}

// enter logs a person in by their key and completes the profile.
func (d *Demo) enter(ctx context.Context, p world.Person, l i18n.Lang) (filing.Who, error) {
	const binding = "demonstration"
	var who filing.Who
	c, err := d.App.Signing.Challenge(ctx, signing.ForLogin, "kualik", binding)
	if err != nil {
		return who, err
	}
	cms, err := d.Outside.Sign(p.IIN, "AUTH-GOST", c.Content, false)
	if err != nil {
		return who, err
	}
	id, err := d.App.Signing.VerifyLogin(ctx, c.ID, binding, cms)
	if err != nil {
		return who, err
	}
	_, a, _, err := d.App.Accounts.LoginByEDS(ctx, id)
	if err != nil {
		return who, err
	}
	profile, err := d.App.Accounts.Profile(ctx, a.ID)
	if err != nil {
		return who, err
	}
	profile.Country, profile.Region, profile.Postcode = account.Kazakhstan, "Жетісу облысы, Көктөбе қаласы", "040000"
	profile.Address, profile.Phone = "Достық көшесі, 14", "+7 700 000 14 08"
	if profile.Email == "" {
		profile.Email = p.Emails[0]
	}
	if _, err := d.App.Accounts.SaveProfile(ctx, a, profile); err != nil {
		return who, err
	}
	return filing.Who{ID: a.ID, Name: a.Name, Role: a.Role, Means: account.ByEDS, Lang: l}, nil
}

// file takes one application from its draft to the authors' signatures.
func (d *Demo) file(ctx context.Context, p planned, authors []world.Person) error {
	who, err := d.enter(ctx, authors[0], p.lang)
	if err != nil {
		return err
	}
	id, err := d.App.Filings.Create(ctx, who, filing.CopyrightWork, filing.Author, false)
	if err != nil {
		return err
	}
	if err := d.describe(ctx, who, id, p, authors); err != nil {
		return err
	}
	if _, err := d.App.Filings.FormStatement(ctx, who, id); err != nil {
		return err
	}
	invoices, err := d.App.Payments.Invoices(ctx, payment.Filter{SubjectKind: filing.SubjectKind, SubjectID: id})
	if err != nil || len(invoices) == 0 {
		return fmt.Errorf("no invoice: %w", err)
	}
	if _, err := d.App.Payments.RecordTransfer(ctx, audit.System, invoices[0].ID, "№ 118 · 07.09.2026"); err != nil {
		return err
	}
	content, err := d.App.Filings.ToSign(ctx, who, id)
	if err != nil {
		return err
	}
	cms, err := d.Outside.Sign(authors[0].IIN, "SIGN-GOST", content.Content, true)
	if err != nil {
		return err
	}
	if _, err := d.App.Filings.Submit(ctx, who, id, cms, "demonstration"); err != nil {
		return err
	}
	for i, other := range authors[1:] {
		if p.unsigned && i == len(authors)-2 {
			break
		}
		if err := d.cosign(ctx, other, p.lang, id, content.Content); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) cosign(ctx context.Context, p world.Person, l i18n.Lang, id uuid.UUID, content []byte) error {
	who, err := d.enter(ctx, p, l)
	if err != nil {
		return err
	}
	cms, err := d.Outside.Sign(p.IIN, "SIGN-GOST", content, true)
	if err != nil {
		return err
	}
	_, err = d.App.Filings.Sign(ctx, who, id, cms)
	return err
}

// describe fills in data, participants and documents.
func (d *Demo) describe(ctx context.Context, who filing.Who, id uuid.UUID, p planned, authors []world.Person) error {
	view, err := d.App.Filings.View(ctx, who, id)
	if err != nil {
		return err
	}
	today := clock.DayOf(d.App.Clock.Now(), d.App.Config.Zone())
	data := view.Data
	data.Title, data.Kind, data.CreatedOn = p.title, p.kind, today.AddDays(-40).Time().Format("02.01.2006")
	if _, err := d.App.Filings.Save(ctx, who, id, view.Version, data); err != nil {
		return err
	}
	cards := map[uuid.UUID]string{}
	for _, x := range view.Participants {
		cards[x.ID] = x.Name
	}
	var names []string
	for i, a := range authors {
		names = append(names, a.KK.Full())
		if i == 0 {
			continue
		}
		added, err := d.App.Filings.AddParticipant(ctx, who, id, filing.Entry{Role: filing.Author, Type: filing.Individual, Number: a.IIN, Name: strings.ToUpper(a.KK.Full()),
			Country: account.Kazakhstan, City: "Жетісу облысы, Көктөбе қаласы", Address: "Абай көшесі, 21", Postcode: "040000", Phone: "+7 700 000 21 15", Email: a.Emails[0]})
		if err != nil {
			return err
		}
		cards[added] = a.KK.Full()
	}
	return d.attach(ctx, who, id, paper.Manuscript{University: d.App.Config.University, Authors: strings.Join(names, ", "), Title: p.title, Sort: p.sort, Year: today, Text: p.about}, cards)
}

func (d *Demo) attach(ctx context.Context, who filing.Who, id uuid.UUID, m paper.Manuscript, cards map[uuid.UUID]string) error {
	work, err := paper.PDF(m.Pages()...)
	if err != nil {
		return err
	}
	_, err = d.App.Filings.Attach(ctx, who, id, filing.Upload{Kind: filing.WorkCopy, Filename: m.Title + ".pdf", Content: bytes.NewReader(work), Sheets: "2", Description: m.Sort + ". " + m.Text})
	if err != nil {
		return err
	}
	for person, name := range cards {
		card, err := paper.PDF(paper.IdentityCard(name))
		if err != nil {
			return err
		}
		_, err = d.App.Filings.Attach(ctx, who, id, filing.Upload{Kind: filing.IdentityCopy, Participant: person, Filename: "card.pdf", Content: bytes.NewReader(card)})
		if err != nil {
			return err
		}
	}
	return nil
}
