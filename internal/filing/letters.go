package filing

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/payment"
	"kualik/internal/postgres"
)

// sentence is an argument that is itself a message key, said in the reader's language.
type sentence string

// Say is the message of a key of this package in a language. Arguments that are money, instants, days, or
// keys of other messages are written as people of the language do.
func (s *Service) Say(l i18n.Lang, key string, a []any) string { return say(l, s.o.Zone, key, a...) }

func say(l i18n.Lang, zone *time.Location, key string, a ...any) string {
	said := make([]any, len(a))
	for i, v := range a {
		switch x := v.(type) {
		case payment.Tiyn:
			v = x.Text(l)
		case time.Time:
			v = x.In(zone).Format("02.01.2006 15:04")
		case clock.Day:
			v = i18n.Day(l, x)
		case sentence:
			v = i18n.T(l, string(x))
		}
		said[i] = v
	}
	return i18n.T(l, key, said...)
}

func (s *Service) link(filing uuid.UUID) string {
	return strings.TrimSuffix(s.o.PublicURL, "/") + "/filings/" + filing.String()
}

// tell writes a letter to a participant in the transaction that makes it necessary; with the same topic and
// about it goes once. A wrong address is a matter of the page, not of the letter: nothing fails for it.
func (s *Service) tell(ctx context.Context, tx pgx.Tx, f Filing, p participantRow, topic, about string, a ...any) error {
	l, err := letterLang(ctx, tx, f, p)
	if err != nil {
		return err
	}
	return s.send(ctx, tx, f, p.Email, l, topic, about, append(a, "Name", p.Name)...)
}

func (s *Service) send(ctx context.Context, tx pgx.Tx, f Filing, to string, l i18n.Lang, topic, about string, a ...any) error {
	if !isEmail(strings.TrimSpace(to)) {
		return nil
	}
	a = append(a, "Title", f.shortTitle(), "Draft", f.DraftNo, "Number", f.IncomingNo, "Barcode", f.Barcode, "Link", s.link(f.ID),
		"Support", s.o.Support, "Office", s.o.Name)
	err := s.o.Letters.Queue(ctx, tx, notify.Letter{Topic: "filing_" + topic, Recipient: strings.TrimSpace(to), About: f.ID.String() + "/" + about,
		Lang: string(l), Subject: say(l, s.o.Zone, "filing.letter."+topic+".subject", a...),
		Text: say(l, s.o.Zone, "filing.letter."+topic+".text", a...) + "\n\n" + say(l, s.o.Zone, "filing.letter.foot", a...)})
	if fault.Is(err, fault.Invalid) {
		return nil
	}
	return err
}

// shortTitle is the title as it stands in a letter's subject.
func (f Filing) shortTitle() string {
	if f.Service == RegisterExtract {
		return "№ " + f.Data.CertificateNo
	}
	if t := []rune(f.Data.Title); len(t) > 120 {
		return string(t[:117]) + "…"
	}
	return f.Data.Title
}

// tellFiler writes to who files.
func (s *Service) tellFiler(ctx context.Context, tx pgx.Tx, f Filing, topic, about string, a ...any) error {
	people, err := participants(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, f, filerOf(people), topic, about, a...)
}

// tellEverybody writes to the filer and to every author.
func (s *Service) tellEverybody(ctx context.Context, tx pgx.Tx, f Filing, people []participantRow, topic, about string, a ...any) error {
	for _, p := range people {
		if p.signs() {
			if err := s.tell(ctx, tx, f, p, topic, about, a...); err != nil {
				return err
			}
		}
	}
	return nil
}

// askToSign writes to every author who has not signed: until when, and where.
func (s *Service) askToSign(ctx context.Context, tx pgx.Tx, f Filing, statement statementRow, topic string) error {
	if f.Deadline == nil {
		return nil
	}
	people, err := participants(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Filer || !p.signs() || statement.signedBy(p.ID) {
			continue
		}
		err := s.tell(ctx, tx, f, p, topic, statement.ID.String()+"/"+f.Deadline.Format(time.RFC3339), "Until", *f.Deadline, "Filer", filerOf(people).Name)
		if err != nil {
			return err
		}
	}
	return nil
}

// office are the addresses of the office; asked for before a transaction begins.
func (s *Service) office(ctx context.Context) []string {
	if s.o.Office == nil {
		return nil
	}
	return s.o.Office(ctx)
}

// tellOffice writes to the office.
func (s *Service) tellOffice(ctx context.Context, tx pgx.Tx, office []string, f Filing, topic, about string, a ...any) error {
	for _, to := range office {
		if err := s.send(ctx, tx, f, to, s.officeLang(), topic, about, a...); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) officeLang() i18n.Lang {
	if s.o.OfficeLang == "" {
		return i18n.RU
	}
	return s.o.OfficeLang
}

// letterLang is the language that a person has chosen, else that of the statement.
func letterLang(ctx context.Context, db postgres.DB, f Filing, p participantRow) (i18n.Lang, error) {
	rows, err := db.Query(ctx, `SELECT lang FROM account WHERE iin_hash = @hash AND lang <> ''`, args{"hash": p.NumberHash})
	if err != nil {
		return "", fmt.Errorf("reading a person's language: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[i18n.Lang])
	if err != nil {
		return "", fmt.Errorf("reading a person's language: %w", err)
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return f.Lang, nil
}
