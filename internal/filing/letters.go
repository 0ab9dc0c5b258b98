package filing

import (
	"context"
	"fmt"
	"slices"
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

// Words are an argument that stands in several languages.
type Words map[i18n.Lang]string

// In gives the words in a language.
func (w Words) In(l i18n.Lang) string { return w[l] }

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
		case Words:
			v = x.In(l)
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
	to, err := addressOf(ctx, tx, f, p)
	if err != nil {
		return err
	}
	a = append(slices.Clone(a), "Name", p.ordinary())
	if topic == "issued" || topic == "reissued" {
		forward, err := s.forward(ctx, tx, p)
		if err != nil {
			return err
		}
		a = append(a, "Address", forward)
	}
	return s.send(ctx, tx, f, to.email, to.lang, topic, about, a...)
}

func (s *Service) send(ctx context.Context, tx pgx.Tx, f Filing, to string, l i18n.Lang, topic, about string, a ...any) error {
	if !isEmail(strings.TrimSpace(to)) {
		return nil
	}
	a = append(a, "Title", f.shortTitle(), "Draft", f.DraftNo, "Number", f.IncomingNo, "Barcode", f.Barcode, "Link", s.link(f.ID),
		"Support", s.o.Support, "Office", s.o.Name)
	err := s.o.Letters.Queue(ctx, tx, notify.Letter{Topic: "filing_" + topic, Recipient: strings.TrimSpace(to), About: f.ID.String() + "/" + about,
		Lang: string(l), Subject: say(l, s.o.Zone, "filing.letter."+topic+".subject", a...),
		Text: say(l, s.o.Zone, "filing.letter."+topic+".text", a...)})
	if fault.Is(err, fault.Invalid) {
		return nil
	}
	return err
}

// forward is where a person sends the certificate.
func (s *Service) forward(ctx context.Context, tx pgx.Tx, p participantRow) (string, error) {
	if s.o.Forward == nil {
		return s.o.Support, nil
	}
	return s.o.Forward(ctx, tx, p.NumberHash)
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

// changed is what follows from each change of the desk's: the application's status, and a letter to the filer
// and every author.
func (s *Service) changed(ctx context.Context, d *deed, topic, about string, a ...any) error {
	if err := s.putStatus(ctx, d); err != nil {
		return err
	}
	people, err := participants(ctx, d.tx, d.ID)
	if err != nil {
		return err
	}
	return s.tellEverybody(ctx, d.tx, d.Filing, people, topic, about, a...)
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
		err := s.tell(ctx, tx, f, p, topic, statement.ID.String()+"/"+f.Deadline.Format(time.RFC3339), "Until", *f.Deadline, "Filer", filerOf(people).ordinary())
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

// address is where letters to a person go, and in which language.
type address struct {
	email string
	lang  i18n.Lang
}

// addressOf is the address in the person's EDS, else that of the profile, else what was typed here; the
// language is the one that the person has chosen, else that of the statement.
func addressOf(ctx context.Context, db postgres.DB, f Filing, p participantRow) (address, error) {
	a := address{email: p.Email, lang: f.Lang}
	rows, err := db.Query(ctx, `SELECT a.lang, coalesce(r.email_eds, ''), coalesce(r.email, '') FROM account a LEFT JOIN profile r ON r.account_id = a.id
		WHERE a.iin_hash = @hash`, args{"hash": p.NumberHash})
	if err != nil {
		return a, fmt.Errorf("reading a person's address: %w", err)
	}
	var lang, eds, said string
	_, err = pgx.ForEachRow(rows, []any{&lang, &eds, &said}, func() error {
		if lang != "" {
			a.lang = i18n.Lang(lang)
		}
		for _, to := range []string{said, eds} {
			if isEmail(strings.TrimSpace(to)) {
				a.email = to
			}
		}
		return nil
	})
	if err != nil {
		return a, fmt.Errorf("reading a person's address: %w", err)
	}
	return a, nil
}
