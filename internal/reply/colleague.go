package reply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/person"
	"kualik/internal/rating"
	"kualik/internal/registry"
)

// dailyColleague bounds the letters that one person gets in a day of what colleagues sent: who passes on a
// whole archive must not fill other people's mailboxes.
const dailyColleague = 5

// colleague is an author for whom a certificate counts and who did not send it.
type colleague struct {
	ID         uuid.UUID
	Emails     []string
	Faculty    string
	Department string
}

// tellColleagues writes to the authors of other units for whom the certificates count, each once, that they
// need not send them. Only the message that brought a certificate first says so.
func (s *Service) tellColleagues(ctx context.Context, tx pgx.Tx, list []entry, who sender) error {
	for _, e := range list {
		if e.before != nil || !e.sure() || !e.linked() {
			continue
		}
		if err := s.tellOf(ctx, tx, e, who); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tellOf(ctx context.Context, tx pgx.Tx, e entry, who sender) error {
	var ids []uuid.UUID
	himself := byName(e.Certificate, who.Name)
	for _, a := range e.Authors {
		counts := a.Decision == registry.Auto || a.Decision == registry.DecisionConfirmed
		probably := who.person() != nil && a.StaffID != nil && *a.StaffID == *who.person() || who.person() == nil && a.Position == himself
		if counts && a.StaffID != nil && !probably {
			ids = append(ids, *a.StaffID)
		}
	}
	people, err := employed(ctx, tx, ids, clock.DayOf(s.o.Clock.Now(), s.o.Zone))
	if err != nil {
		return err
	}
	for _, p := range people {
		if who.Staff != nil && p.Faculty == who.Faculty && p.Department == who.Department {
			continue // they sit in one room
		}
		if err := s.tellColleague(ctx, tx, e, who, p); err != nil {
			return err
		}
	}
	return nil
}

// employed are the people of the staff list who work there on a day and have an address.
func employed(ctx context.Context, tx pgx.Tx, ids []uuid.UUID, day clock.Day) ([]colleague, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `
		SELECT s.id, s.emails || coalesce((SELECT array_agg(a.email ORDER BY a.created_at) FROM account a
				WHERE a.staff_id = s.id AND NOT a.disabled AND a.email <> '' AND a.email <> ALL(s.emails)), '{}') AS emails, s.faculty, s.department
		FROM staff s WHERE s.id = ANY(@ids) AND NOT s.absent AND (s.employed_to IS NULL OR s.employed_to >= @day) ORDER BY s.staff_id`,
		pgx.StrictNamedArgs{"ids": ids, "day": day})
	if err != nil {
		return nil, fmt.Errorf("colleagues of a sender: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[colleague])
	if err != nil {
		return nil, fmt.Errorf("colleagues of a sender: %w", err)
	}
	return slices.DeleteFunc(list, func(c colleague) bool { return len(c.Emails) == 0 }), nil
}

func (s *Service) tellColleague(ctx context.Context, tx pgx.Tx, e entry, who sender, p colleague) error {
	to, err := whose(ctx, tx, p.Emails[0])
	if err != nil {
		return err
	}
	if to.Staff == nil || to.Address == who.Address {
		return nil // an address that several share, or the sender's own
	}
	var known, today int
	err = tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE certificate_id = @certificate), count(*) FILTER (WHERE created_at > @since)
		FROM reply_link WHERE sort = 'colleague' AND recipient = @recipient`,
		pgx.StrictNamedArgs{"certificate": e.ID, "recipient": to.Address, "since": s.o.Clock.Now().Add(-24 * time.Hour)}).Scan(&known, &today)
	if err != nil {
		return fmt.Errorf("letters to a colleague: %w", err)
	}
	if known > 0 || today >= dailyColleague {
		return nil
	}
	lang := to.Lang
	if lang == "" {
		lang = s.o.Lang
	}
	address, err := s.link(ctx, tx, newLink{sort: "colleague", certificate: e.ID, who: to, lang: lang})
	if err != nil {
		return err
	}
	letter, err := s.colleagueLetter(ctx, tx, e, who, to, lang, address)
	if err != nil {
		return err
	}
	return s.o.Letters.Queue(ctx, tx, letter)
}

func (s *Service) colleagueLetter(ctx context.Context, tx pgx.Tx, e entry, who, to sender, lang i18n.Lang, address string) (notify.Letter, error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return notify.Letter{}, err
	}
	by := ""
	if who.Staff != nil {
		if by, err = nameOf(ctx, tx, who.Address); err != nil {
			return notify.Letter{}, err
		}
	}
	t := &text{lang: lang}
	subject := t.colleague(e, by, to, rules, address, s.lastDay())
	return notify.Letter{Topic: TopicColleague, Recipient: to.Address, About: e.ID.String(), Lang: string(lang), Subject: subject, Text: t.String()}, nil
}

// colleague says that a certificate is here and need not be sent again; by is who sent it, where that is known.
func (t *text) colleague(e entry, by string, to sender, rules *rating.Rules, address string, until clock.Day) (subject string) {
	t.say("hello")
	if by != "" {
		t.say("colleague.by")
		by = person.ParseName(by).Short()
	} else {
		t.say("colleague.outside")
	}
	t.add(t.fact("certificate", joined(", ", numero(e.Number), dayOf(t.lang, e.RegisteredOn))), t.fact("title", plain(e.Title)), t.fact("kind", t.kind(e)),
		t.fact("sender", by), t.fact("counted", t.people(e, to, registry.Auto, registry.DecisionConfirmed)), t.fact("share", t.share(e, to, rules)))
	t.ask(e, to, address)
	t.say("link_note", "Day", i18n.Day(t.lang, until))
	return t.t("colleague.subject", "Number", numero(e.Number))
}
