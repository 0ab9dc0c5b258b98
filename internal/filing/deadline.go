package filing

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

const (
	longestTerm = 90 * 24 * time.Hour // that the office may give at once
	morning     = 9                   // o'clock, of the last morning's reminder
)

// Remind sends an author who has not signed a letter now; once a day.
func (s *Service) Remind(ctx context.Context, who Who, id, participantID uuid.UUID) error {
	return s.change(ctx, who, id, Remind, func(d *deed) error {
		statement, err := current(ctx, d.tx, id)
		if err != nil {
			return err
		}
		p, err := participant(ctx, d.tx, id, participantID)
		if err != nil {
			return err
		}
		switch {
		case p.Filer || !p.signs() || d.Deadline == nil:
			return errNoSign
		case statement.signedBy(p.ID):
			return errSignedNow
		case !isEmail(p.Email):
			return errNoEmail
		}
		sent, err := s.remind(ctx, d.tx, d.Filing, p, "asked")
		if err == nil && !sent {
			err = errReminded
		}
		if err != nil {
			return err
		}
		return s.record(ctx, d.tx, who, d.Filing, "remind", map[string]any{"participant": p.ID}, "")
	})
}

// remind writes a reminder, unless one of the sort went for this term (for asked ones: today).
func (s *Service) remind(ctx context.Context, tx pgx.Tx, f Filing, p participantRow, sort string) (sent bool, err error) {
	day := clock.Day("2000-01-01")
	if sort == "asked" {
		day = s.today()
	}
	now := s.o.Clock.Now()
	tag, err := tx.Exec(ctx, `INSERT INTO filing_reminder (participant_id, deadline, sort, day, at) VALUES (@id, @deadline, @sort, @day, @now)
		ON CONFLICT ON CONSTRAINT filing_reminder_once DO NOTHING`, args{"id": p.ID, "deadline": *f.Deadline, "sort": sort, "day": day, "now": now})
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	about := p.ID.String() + "/" + f.Deadline.Format(time.RFC3339) + "/" + sort + "/" + string(day)
	return true, s.tell(ctx, tx, f, p, "remind", about, "Until", *f.Deadline)
}

// Prolong gives the authors more time; the office's decision.
func (s *Service) Prolong(ctx context.Context, who Who, id uuid.UUID, until time.Time, reason string) error {
	reason = strings.TrimSpace(reason)
	now := s.o.Clock.Now()
	switch {
	case len([]rune(reason)) < 3 || len([]rune(reason)) > longest:
		return errReason
	case !until.After(now) || until.Sub(now) > longestTerm:
		return errUntil
	}
	return s.change(ctx, who, id, Prolong, func(d *deed) error {
		if d.State == Expired {
			if err := d.move(Submitted); err != nil {
				return err
			}
		}
		if d.Deadline != nil && !until.After(*d.Deadline) {
			return errUntil
		}
		until = until.UTC().Truncate(time.Microsecond)
		d.Deadline, d.TermFrom = &until, &now
		statement, err := current(ctx, d.tx, id)
		if err != nil {
			return err
		}
		if err := s.askToSign(ctx, d.tx, d.Filing, statement, "prolonged"); err != nil {
			return err
		}
		if err := s.putStatus(ctx, d); err != nil {
			return err
		}
		return s.record(ctx, d.tx, who, d.Filing, "prolong", map[string]any{"until": until}, reason)
	})
}

// Withdraw ends a submitted filing. The money is not given back by it: the service has been asked for.
func (s *Service) Withdraw(ctx context.Context, who Who, id uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	if len([]rune(reason)) < 3 || len([]rune(reason)) > longest {
		return errReason
	}
	return s.change(ctx, who, id, Withdraw, func(d *deed) error { return s.withdraw(ctx, d, reason) })
}

func (s *Service) withdraw(ctx context.Context, d *deed, reason string) error {
	if err := d.move(Withdrawn); err != nil {
		return err
	}
	now := s.o.Clock.Now()
	d.EndedAt, d.EndReason, d.StepUntil = &now, reason, nil
	if err := s.endQuery(ctx, d, ClosedEnded); err != nil {
		return err
	}
	if d.rel == RelFiler {
		if err := s.withdrawal(ctx, d, reason); err != nil {
			return err
		}
	}
	if err := s.changed(ctx, d, "withdrawn", ""); err != nil {
		return err
	}
	if s.o.OnWithdrawn != nil {
		if err := s.o.OnWithdrawn(ctx, d.tx, d.Filing); err != nil {
			return err
		}
	}
	return s.record(ctx, d.tx, d.who, d.Filing, "withdraw", nil, reason)
}

// expire ends the term of a filing whose authors did not all sign: the office decides, or it is withdrawn.
func (s *Service) expire(ctx context.Context, id uuid.UUID) error {
	office := s.office(ctx)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		f, err := lock(ctx, tx, id)
		if err != nil || f.State != Submitted || !late(f, s.o.Clock.Now()) {
			return err
		}
		d := &deed{tx: tx, who: system, Filing: f}
		if s.o.Expiry == ExpiryWithdraw {
			if err := s.withdraw(ctx, d, "term"); err != nil {
				return err
			}
			return write(ctx, tx, d.Filing)
		}
		if err := d.move(Expired); err != nil {
			return err
		}
		if err := write(ctx, tx, d.Filing); err != nil {
			return err
		}
		about := f.Deadline.Format(time.RFC3339)
		if err := s.changed(ctx, d, "expired", about, "Until", *f.Deadline); err != nil {
			return err
		}
		if err := s.tellOffice(ctx, tx, office, d.Filing, "expired_office", about, "Until", *f.Deadline); err != nil {
			return err
		}
		return s.record(ctx, tx, system, d.Filing, "expire", map[string]any{"deadline": f.Deadline}, "")
	})
}

// remindAll sends what is due of a filing's reminders: one at half of the term, one on its last morning.
// When both have become due at once, one letter goes.
func (s *Service) remindAll(ctx context.Context, id uuid.UUID) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		f, err := lock(ctx, tx, id)
		if err != nil || f.Deadline == nil || f.TermFrom == nil || late(f, s.o.Clock.Now()) {
			return err
		}
		sorts := s.due(f)
		if len(sorts) == 0 {
			return nil
		}
		statement, err := current(ctx, tx, id)
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		people, err := participants(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.Filer || !p.signs() || statement.signedBy(p.ID) {
				continue
			}
			if err := s.remindOne(ctx, tx, f, p, sorts); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) remindOne(ctx context.Context, tx pgx.Tx, f Filing, p participantRow, sorts []string) error {
	last := sorts[len(sorts)-1]
	for _, sort := range sorts[:len(sorts)-1] { // overtaken by the later one
		err := exec(ctx, tx, "noting a reminder", `INSERT INTO filing_reminder (participant_id, deadline, sort, day, at)
			VALUES (@id, @deadline, @sort, '2000-01-01', @now) ON CONFLICT ON CONSTRAINT filing_reminder_once DO NOTHING`,
			args{"id": p.ID, "deadline": *f.Deadline, "sort": sort, "now": s.o.Clock.Now()})
		if err != nil {
			return err
		}
	}
	_, err := s.remind(ctx, tx, f, p, last)
	return err
}

// due are the sorts of reminders whose time has come, the latest last.
func (s *Service) due(f Filing) []string { return s.dueBetween(*f.TermFrom, *f.Deadline) }

func (s *Service) dueBetween(from, until time.Time) (sorts []string) {
	now := s.o.Clock.Now()
	if half := from.Add(until.Sub(from) / 2); !now.Before(half) {
		sorts = append(sorts, "half")
	}
	if !now.Before(s.lastMorning(until)) {
		sorts = append(sorts, "last_morning")
	}
	return sorts
}

// lastMorning is nine o'clock of the deadline's day, or of the day before when that leaves less than two hours.
func (s *Service) lastMorning(deadline time.Time) time.Time {
	d := deadline.In(s.o.Zone)
	at := time.Date(d.Year(), d.Month(), d.Day(), morning, 0, 0, 0, s.o.Zone)
	if deadline.Sub(at) < 2*time.Hour {
		at = at.AddDate(0, 0, -1)
	}
	return at
}
