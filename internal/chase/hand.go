package chase

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
)

const (
	longestNote   = 500
	longestSnooze = 366 // days
)

// Preview is what a reminder by hand would do.
type Preview struct {
	Drafts  []Draft
	Already []Draft // the person has had today's letter
	Nobody  []Item  // no author of theirs can be reached
	Resting []Item  // not asked for: it waits on the desk, is put off, is not expected
}

// Preview tells to whom reminders about the subjects would go. Every letter lists the person's other missing
// ones too. Subjects that are not missing any more are passed over.
func (s *Service) Preview(ctx context.Context, subjects []Subject) (Preview, error) {
	b, err := s.board(ctx)
	if err != nil {
		return Preview{}, err
	}
	var p Preview
	today := s.today()
	chosen := map[Subject]bool{}
	asked := map[Subject]bool{}
	for _, x := range subjects {
		asked[x] = true
	}
	for _, x := range b.items {
		if !asked[x.Subject] {
			continue
		}
		switch {
		case x.State == StateUnreachable || x.asks() && len(x.Reachable()) == 0:
			p.Nobody = append(p.Nobody, x)
		case !x.asks():
			p.Resting = append(p.Resting, x)
		default:
			chosen[x.Subject] = true
		}
	}
	for _, who := range everybody(b.items) {
		d := Draft{Person: who.Person, LastOn: b.history.last[reminder+" "+who.Key], sort: reminder, day: today}
		wanted := false
		for _, x := range who.items {
			wanted = wanted || chosen[x.Subject]
			if x.asks() && (chosen[x.Subject] || x.Quiet == "") {
				d.Items = append(d.Items, x)
			}
		}
		switch {
		case wanted && d.LastOn == today:
			p.Already = append(p.Already, d)
		case wanted:
			p.Drafts = append(p.Drafts, d)
		}
	}
	return p, nil
}

// Remind writes to the authors of the subjects now, because a person wants it; to nobody twice a day. It tells
// how many letters went.
func (s *Service) Remind(ctx context.Context, who audit.Actor, subjects []Subject) (sent int, err error) {
	p, err := s.Preview(ctx, subjects)
	if err != nil {
		return 0, err
	}
	if len(p.Drafts) == 0 {
		return 0, errNothing
	}
	for _, d := range p.Drafts {
		ok, err := s.deliver(ctx, who, d, true)
		if err != nil {
			return sent, err
		}
		if ok {
			sent++
		}
	}
	return sent, nil
}

// NotExpect says that no certificate will come, and why.
func (s *Service) NotExpect(ctx context.Context, who audit.Actor, subjects []Subject, reason, note string) error {
	note = strings.TrimSpace(note)
	switch {
	case !slices.Contains(Reasons, reason):
		return errReason
	case utf8.RuneCountInString(note) > longestNote || reason == "other" && utf8.RuneCountInString(note) < 3:
		return errNote
	}
	return s.mark(ctx, who, subjects, Mark{State: StateNotExpected, Reason: reason, Note: note})
}

// Snooze says that nobody is to be asked before a day.
func (s *Service) Snooze(ctx context.Context, who audit.Actor, subjects []Subject, until clock.Day) error {
	if until <= s.today() || clock.DaysBetween(s.today(), until) > longestSnooze {
		return errUntil
	}
	return s.mark(ctx, who, subjects, Mark{State: StateSnoozed, Until: until})
}

func (s *Service) mark(ctx context.Context, who audit.Actor, subjects []Subject, m Mark) error {
	if len(subjects) == 0 {
		return errNothing
	}
	now := s.o.Clock.Now()
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		for _, x := range subjects {
			tag, err := tx.Exec(ctx, `
				INSERT INTO chase_mark (subject_kind, subject_id, state, until, reason, note, at, actor, actor_name)
				SELECT @kind::text, @id::uuid, @state, @until, @reason, @note, @now, @actor, @actor_name
				WHERE CASE @kind::text WHEN 'application' THEN EXISTS (SELECT FROM application WHERE id = @id) ELSE EXISTS (SELECT FROM certificate WHERE id = @id) END
				ON CONFLICT (subject_kind, subject_id) DO UPDATE SET state = @state, until = @until, reason = @reason, note = @note, at = @now,
					actor = @actor, actor_name = @actor_name`,
				pgx.StrictNamedArgs{"kind": string(x.Kind), "id": x.ID, "state": string(m.State), "until": m.Until, "reason": m.Reason, "note": m.Note,
					"now": now, "actor": who.ID, "actor_name": who.Name})
			if err != nil {
				return fmt.Errorf("marking what is missing: %w", err)
			}
			if tag.RowsAffected() == 0 {
				return errSubject
			}
			err = audit.Record(ctx, tx, audit.Entry{At: now, Actor: who, Action: "chase." + string(m.State), SubjectKind: string(x.Kind), SubjectID: x.ID.String(),
				After: map[string]any{"until": m.Until, "reason": m.Reason}, Note: m.Note})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Expect takes back what was said of the subjects: they are asked for again.
func (s *Service) Expect(ctx context.Context, who audit.Actor, subjects []Subject) error {
	now := s.o.Clock.Now()
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		for _, x := range subjects {
			tag, err := tx.Exec(ctx, `DELETE FROM chase_mark WHERE subject_kind = $1 AND subject_id = $2`, string(x.Kind), x.ID)
			if err != nil {
				return fmt.Errorf("taking back a mark: %w", err)
			}
			if tag.RowsAffected() == 0 {
				continue
			}
			err = audit.Record(ctx, tx, audit.Entry{At: now, Actor: who, Action: "chase.expected", SubjectKind: string(x.Kind), SubjectID: x.ID.String()})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
