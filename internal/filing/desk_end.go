package filing

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
)

// Refuse ends an application with a ground in law.
func (s *Service) Refuse(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, ground, text string) error {
	return s.RefuseBy(ctx, tx, who, id, ground, NewLetter{Text: text})
}

// RefuseBy is Refuse with a letter that has files, or is the institute's.
func (s *Service) RefuseBy(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, ground string, l NewLetter) error {
	if !isGround(ground) {
		return errGround
	}
	return s.deskDeed(ctx, tx, who, id, Refuse, func(d *deed) error {
		row, err := s.fromDesk(d, Refusal, l)
		if err != nil {
			return err
		}
		row.Ground = ground
		if err := s.putLetter(ctx, tx, &row); err != nil {
			return err
		}
		if err := s.endQuery(ctx, d, ClosedEnded); err != nil {
			return err
		}
		if err := d.move(Refused); err != nil {
			return err
		}
		now := s.o.Clock.Now()
		d.EndedAt, d.RefusalGround, d.StepUntil = &now, ground, nil
		if err := s.changed(ctx, d, "refused_office", row.ID.String(), "Letter", row.Number, "Text", row.Text,
			"Ground", sentence("filing.ground."+ground), "Law", sentence("filing.ground."+ground+".law")); err != nil {
			return err
		}
		return s.record(ctx, tx, who, d.Filing, "refuse", map[string]any{"letter": row.Number, "ground": ground, "source": row.Source}, "")
	})
}

// Sources of what is issued.
const (
	OwnRegister = "register"  // the institution's own register
	AtInstitute = "institute" // recorded
)

// Issued notes the certificate or extract of an application: the end of its way. On one that is issued
// already it is a new version: a correction or a change of the register.
func (s *Service) Issued(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, number string, day clock.Day, source string) error {
	number = strings.TrimSpace(number)
	action := Issue
	if source == AtInstitute {
		action = RecordIssue
	}
	if number == "" || len([]rune(number)) > 40 || day == "" || day > s.today() {
		return errCertificate
	}
	return s.deskDeed(ctx, tx, who, id, action, func(d *deed) error { return s.issued(ctx, d, number, day, source) })
}

func (s *Service) issued(ctx context.Context, d *deed, number string, day clock.Day, source string) error {
	again := d.State == Issued
	if again && d.CertificateNo == number && d.CertificateOn == day && source == AtInstitute {
		return nil // recorded twice
	}
	if !again {
		if err := s.endQuery(ctx, d, ClosedOvertaken); err != nil {
			return err
		}
		if err := d.move(Issued); err != nil {
			return err
		}
		sc, err := schemeOf(ctx, d.tx, d.Filing)
		if err != nil {
			return err
		}
		now := s.o.Clock.Now()
		d.Step, d.StepAt, d.StepUntil = sc.Last().Code, &now, nil
		d.IssuedAt, d.EndedAt, d.Deadline, d.TermFrom = &now, &now, nil, nil
	}
	d.CertificateNo, d.CertificateOn = number, day
	topic, kind := "issued", CertificateLetter
	if d.Service == RegisterExtract {
		topic, kind = "issued_extract", ExtractLetter
	}
	if again {
		topic = "reissued"
	}
	letter, err := s.fromDesk(d, kind, NewLetter{Source: SourceDesk, Text: say(d.Lang, s.o.Zone, "filing.correspondence."+topic, "Certificate", number, "Day", day)})
	if err != nil {
		return err
	}
	if source == AtInstitute {
		letter.Source = SourceInstitute
	}
	if err := s.putLetter(ctx, d.tx, &letter); err != nil {
		return err
	}
	if err := s.changed(ctx, d, topic, letter.ID.String(), "Certificate", number, "Day", day); err != nil {
		return err
	}
	return s.record(ctx, d.tx, d.who, d.Filing, "issued", map[string]any{"certificate": number, "day": day, "source": source, "again": again}, "")
}

// Reopen takes back by mistake what was recorded: a query that should not have been asked, a refusal, a
// certificate. The application goes on where it stood.
func (s *Service) Reopen(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, note string) error {
	if note = strings.TrimSpace(note); len([]rune(note)) < 3 || len([]rune(note)) > longest {
		return errReason
	}
	return s.deskDeed(ctx, tx, who, id, Reopen, func(d *deed) error {
		from := d.State
		if err := s.endQuery(ctx, d, ClosedTakenBack); err != nil {
			return err
		}
		to, err := s.stood(ctx, d)
		if err != nil {
			return err
		}
		if err := d.move(to); err != nil {
			return err
		}
		d.EndedAt, d.IssuedAt, d.CertificateNo, d.CertificateOn, d.RefusalGround = nil, nil, "", "", ""
		sc, err := schemeOf(ctx, tx, d.Filing)
		if err != nil {
			return err
		}
		if step, ok := sc.Step(d.Step); ok && to == Signed {
			s.setStep(&d.Filing, step, s.o.Clock.Now())
		}
		if err := s.changed(ctx, d, "reopened", s.o.Clock.Now().Format(time.RFC3339Nano), "Text", note); err != nil {
			return err
		}
		return s.record(ctx, tx, who, d.Filing, "reopen", map[string]any{"from": from, "to": to}, note)
	})
}

// stood is the state in which an application goes on when what the desk did is taken back.
func (s *Service) stood(ctx context.Context, d *deed) (State, error) {
	people, err := participants(ctx, d.tx, d.ID)
	if err != nil {
		return "", err
	}
	statement, err := current(ctx, d.tx, d.ID)
	switch {
	case errors.Is(err, errStatement):
		return Amending, s.askAgain(ctx, d)
	case err != nil:
		return "", err
	case !statement.signedBy(filerOf(people).ID):
		return Amended, s.askAgain(ctx, d)
	case unsigned(people, statement) > 0:
		s.term(&d.Filing, s.o.Clock.Now())
		return Submitted, nil
	}
	return Signed, nil
}

// askAgain opens the last query again, to which an answer was being prepared; it gets its days anew.
func (s *Service) askAgain(ctx context.Context, d *deed) error {
	until := s.o.Workdays.Deadline(s.o.Clock.Now(), s.o.QueryDays, s.o.Zone).UTC()
	d.QueryUntil = &until
	return exec(ctx, d.tx, "asking again", `UPDATE filing_letter SET closed_at = NULL, closed = '', until = @until
		WHERE id = (SELECT id FROM filing_letter WHERE filing_id = @id AND kind = 'query' ORDER BY at DESC LIMIT 1)`, args{"id": d.ID, "until": until})
}
