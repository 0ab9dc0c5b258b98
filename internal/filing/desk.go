package filing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing/scheme"
)

// What the desk does with an application. Each is done in the desk's transaction, which holds its own rows
// too; the letters to the authors, the application's status and the audit are written here.

// DeskLock holds an application for the desk and asks the table whether the person may do the action. Nobody
// decides about an application in which they are named.
func (s *Service) DeskLock(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, a Action) (Filing, error) {
	d, err := s.deskLock(ctx, tx, who, id, a)
	if err != nil {
		return Filing{}, err
	}
	return d.Filing, nil
}

func (s *Service) deskLock(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, a Action) (*deed, error) {
	f, err := lock(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	d := &deed{tx: tx, who: who, rel: deskRelation(who, f), Filing: f}
	if err := s.allowed(f, a, d.rel, who); err != nil {
		return nil, err
	}
	if who.ID != uuid.Nil && slices.Contains([]Action{Appoint, Ask, MoreTime, Refuse, Issue, Reopen}, a) {
		rel, err := s.relation(ctx, tx, who, f)
		if err != nil {
			return nil, err
		}
		if rel == RelFiler || rel == RelAuthor || rel == RelRepresentative {
			return nil, errOwnMatter
		}
	}
	return d, nil
}

// deskRelation is what a person is to a filing in desk work.
func deskRelation(who Who, f Filing) Relation {
	switch {
	case account.Can(who.Role, account.Register):
		return RelDesk
	case f.Expert != nil && *f.Expert == who.ID:
		return RelExpert
	case account.Can(who.Role, account.SeeFilings):
		return RelOffice
	}
	return RelOther
}

// DeskButtons are what a person of the desk may do with an application.
func (s *Service) DeskButtons(who Who, f Filing) []Button {
	return DeskButtons(f.State, s.actor(deskRelation(who, f), who))
}

// deskDeed does something in the desk's transaction and writes the application back.
func (s *Service) deskDeed(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, a Action, do func(d *deed) error) error {
	d, err := s.deskLock(ctx, tx, who, id, a)
	if err != nil {
		return err
	}
	if err := do(d); err != nil {
		return err
	}
	return write(ctx, tx, d.Filing)
}

// setStep puts an application on a step of its scheme; the step's term begins.
func (s *Service) setStep(f *Filing, step scheme.Step, at time.Time) {
	f.Step, f.StepAt, f.StepUntil = step.Code, &at, nil
	if step.Days > 0 {
		until := s.o.Workdays.Deadline(at, step.Days, s.o.Zone).UTC()
		f.StepUntil = &until
	}
}

// Proceed takes an application to another step of its scheme. Back only with a note; a query that is open is
// overtaken by it.
func (s *Service) Proceed(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, step, note string) error {
	note = strings.TrimSpace(note)
	return s.deskDeed(ctx, tx, who, id, Proceed, func(d *deed) error {
		sc, err := schemeOf(ctx, tx, d.Filing)
		if err != nil {
			return err
		}
		from, to := sc.Index(d.Step), sc.Index(step)
		switch {
		case to < 1 || len([]rune(note)) > longest:
			return errStep
		case to == from:
			return fault.New(fault.Conflict, "filing.error.step_same")
		case to < from && note == "":
			return errNote
		}
		if d.State == Queried {
			if err := s.closeQuery(ctx, d, ClosedOvertaken); err != nil {
				return err
			}
			if err := d.move(Signed); err != nil {
				return err
			}
		}
		before := d.Step
		s.setStep(&d.Filing, sc.Steps[to], s.o.Clock.Now())
		if err := s.changed(ctx, d, "step", d.StepAt.Format(time.RFC3339Nano), "Step", Words(sc.Steps[to].Name), "StepNote", Words(sc.Steps[to].Note)); err != nil {
			return err
		}
		return s.record(ctx, tx, who, d.Filing, "proceed", map[string]any{"from": before, "to": step}, note)
	})
}

// Appoint gives an application to an expert, or to another one. One who is named in it is not appointed.
func (s *Service) Appoint(ctx context.Context, tx pgx.Tx, who Who, id, expert uuid.UUID) error {
	return s.deskDeed(ctx, tx, who, id, Appoint, func(d *deed) error {
		var able bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM account a WHERE a.id = @expert AND NOT a.disabled)`, args{"expert": expert}).Scan(&able)
		if err != nil {
			return fmt.Errorf("looking for an expert: %w", err)
		}
		if !able {
			return errExpert
		}
		rel, err := s.relation(ctx, tx, Who{ID: expert}, d.Filing)
		if err != nil {
			return err
		}
		if rel == RelFiler || rel == RelAuthor || rel == RelRepresentative {
			return errExpertNamed
		}
		before := d.Expert
		d.Expert = &expert
		return s.record(ctx, tx, who, d.Filing, "appoint", map[string]any{"from": before, "to": expert}, "")
	})
}

// Ask writes a query to the applicant. Until its answer the application waits.
func (s *Service) Ask(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, l NewLetter) (letter uuid.UUID, err error) {
	err = s.deskDeed(ctx, tx, who, id, Ask, func(d *deed) error {
		now := s.o.Clock.Now()
		until := l.Until
		if until.IsZero() {
			until = s.o.Workdays.Deadline(now, s.o.QueryDays, s.o.Zone)
		}
		if until = until.UTC().Truncate(time.Microsecond); !until.After(now) || until.Sub(now) > longestTerm {
			return errUntil
		}
		row, err := s.fromDesk(d, Query, l)
		if err != nil {
			return err
		}
		row.Until = &until
		if err := s.putLetter(ctx, tx, &row); err != nil {
			return err
		}
		letter = row.ID
		if err := d.move(Queried); err != nil {
			return err
		}
		d.QueryUntil, d.StepUntil = &until, nil
		if err := s.changed(ctx, d, "query", row.ID.String(), "Letter", row.Number, "Text", row.Text, "Until", until); err != nil {
			return err
		}
		return s.record(ctx, tx, who, d.Filing, "ask", map[string]any{"letter": row.Number, "until": until, "source": row.Source}, "")
	})
	return letter, err
}

// MoreTime moves the term of the open query.
func (s *Service) MoreTime(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, until time.Time, note string) error {
	return s.deskDeed(ctx, tx, who, id, MoreTime, func(d *deed) error {
		now := s.o.Clock.Now()
		until = until.UTC().Truncate(time.Microsecond)
		if !until.After(now) || until.Sub(now) > longestTerm || d.QueryUntil != nil && !until.After(*d.QueryUntil) {
			return errUntil
		}
		d.QueryUntil = &until
		err := exec(ctx, tx, "giving more time", `UPDATE filing_letter SET until = @until WHERE filing_id = @id AND kind = 'query' AND closed_at IS NULL`,
			args{"id": id, "until": until})
		if err != nil {
			return err
		}
		if err := s.tellFiler(ctx, tx, d.Filing, "query_time", until.Format(time.RFC3339), "Until", until); err != nil {
			return err
		}
		return s.record(ctx, tx, who, d.Filing, "more_time", map[string]any{"until": until}, strings.TrimSpace(note))
	})
}

// Write sends a letter that asks nothing, or answers a request of the applicant and so ends it.
func (s *Service) Write(ctx context.Context, tx pgx.Tx, who Who, id uuid.UUID, l NewLetter) (letter uuid.UUID, err error) {
	err = s.deskDeed(ctx, tx, who, id, Write, func(d *deed) error {
		row, err := s.fromDesk(d, Note, l)
		if err != nil {
			return err
		}
		if err := s.answersRequest(ctx, d, &row, l); err != nil {
			return err
		}
		if err := s.putLetter(ctx, tx, &row); err != nil {
			return err
		}
		letter = row.ID
		people, err := participants(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.tellEverybody(ctx, tx, d.Filing, people, "note", row.ID.String(), "Letter", row.Number, "Text", row.Text); err != nil {
			return err
		}
		return s.record(ctx, tx, who, d.Filing, "write", map[string]any{"letter": row.Number, "closed": l.Closed}, "")
	})
	return letter, err
}
