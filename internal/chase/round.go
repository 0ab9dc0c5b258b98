package chase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
)

// The round of a working day is done between these hours; one that nobody could do then is left to the next
// working day, which finds everything that is still due.
const (
	morning = 9
	evening = 18
)

// blindAfter is the age of a mailbox's last good poll after which nobody is asked: what we miss may lie in it.
const blindAfter = 24 * time.Hour

// Round is what the letters of a day are.
type Round struct {
	Day     clock.Day
	Drafts  []Draft
	Sent    int
	Done    bool   // the day's round was done before
	Blind   string // a mailbox that was not read lately; nobody is asked then
	Mute    bool   // there is no mail server; nobody is asked then, and nothing counts
	Resting bool   // no working day, or no letter goes by itself
}

// Tick does the round of the day once, when its time has come. It may be called as often as one likes, by
// several processes; one that was cut off is gone on with.
func (s *Service) Tick(ctx context.Context) error {
	if hour := s.o.Clock.Now().In(s.o.Zone).Hour(); hour < morning || hour >= evening {
		return nil
	}
	r, err := s.Round(ctx, audit.System, false)
	if r.Blind != "" {
		s.o.Log.Info("authors are not reminded: a mailbox was not read lately", "mailbox", r.Blind)
	}
	if r.Sent > 0 {
		s.o.Log.Info("letters about missing certificates", "letters", r.Sent)
	}
	return err
}

// Round does the round of the day whatever the hour; dry only tells what would go.
func (s *Service) Round(ctx context.Context, who audit.Actor, dry bool) (Round, error) {
	r := Round{Day: s.today()}
	if r.Resting = s.o.Times == 0 || !s.o.Workdays.IsWorking(r.Day); r.Resting {
		return r, nil
	}
	if r.Mute = s.o.Mute != nil && s.o.Mute(); r.Mute && !dry {
		return r, nil
	}
	err := s.o.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM chase_round WHERE day = $1)`, r.Day).Scan(&r.Done)
	if err != nil || r.Done {
		return r, err
	}
	if r.Blind, err = s.Blind(ctx); err != nil || r.Blind != "" && !dry {
		return r, err
	}
	if r.Drafts, err = s.drafts(ctx, r.Day); err != nil || dry {
		return r, err
	}
	return r, s.send(ctx, who, &r)
}

// drafts are the letters of a day.
func (s *Service) drafts(ctx context.Context, today clock.Day) ([]Draft, error) {
	b, err := s.board(ctx)
	if err != nil {
		return nil, err
	}
	heads, err := s.lists(ctx, b, today)
	return append(s.reminders(b, today), heads...), err
}

// send sends the letters, each in a transaction of its own, and then writes down that the day is done. One
// that fails does not keep the others from going, but the day is not done with it.
func (s *Service) send(ctx context.Context, who audit.Actor, r *Round) error {
	var errs []error
	counts := map[bool]int{}
	for _, d := range r.Drafts {
		sent, err := s.deliver(ctx, who, d, false)
		if err != nil && !fault.Is(err, fault.Invalid) { // an address that is none keeps nobody else waiting
			errs = append(errs, fmt.Errorf("a letter about missing certificates: %w", err))
		}
		if sent {
			r.Sent++
			counts[d.Head()]++
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	_, err := s.o.Pool.Exec(ctx, `INSERT INTO chase_round (day, at, reminders, escalations) VALUES (@day, @now, @reminders, @escalations) ON CONFLICT (day) DO NOTHING`,
		pgx.StrictNamedArgs{"day": r.Day, "now": s.o.Clock.Now(), "reminders": counts[false], "escalations": counts[true]})
	if err != nil {
		return fmt.Errorf("writing down the day's letters: %w", err)
	}
	return nil
}

// Blind is a mailbox that was not read for a day, if there is one, or messages that came just now and were not
// looked at: what we would ask for may lie there.
func (s *Service) Blind(ctx context.Context) (mailbox string, err error) {
	now := s.o.Clock.Now()
	err = s.o.Pool.QueryRow(ctx, `SELECT coalesce(
			(SELECT name FROM mailbox WHERE enabled AND (last_good_at IS NULL OR last_good_at < @before) ORDER BY name LIMIT 1),
			(SELECT mailbox FROM message WHERE outcome = 'pending' AND stored_at > @recent ORDER BY stored_at LIMIT 1), '')`,
		pgx.StrictNamedArgs{"before": now.Add(-blindAfter), "recent": now.Add(-time.Hour)}).Scan(&mailbox)
	if err != nil {
		return "", fmt.Errorf("looking whether all mail was read: %w", err)
	}
	return mailbox, nil
}

// deliver queues a letter and writes down whom it asked for what, in one transaction. What has come meanwhile
// is left out; a person who has had the day's letter gets no other one, nor, unless a person wants it, one
// before the term between two letters is over.
func (s *Service) deliver(ctx context.Context, who audit.Actor, d Draft, wanted bool) (sent bool, err error) {
	err = pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		sent = false
		if d.Items, err = s.still(ctx, tx, d.Items); err != nil || len(d.Items) == 0 {
			return err
		}
		if last, err := s.turn(ctx, tx, d); err != nil || !wanted && s.early(d.sort, last, s.today()) {
			return err
		}
		id, now := clock.NewID(), s.o.Clock.Now()
		tag, err := tx.Exec(ctx, `INSERT INTO chase_letter (id, sort, person, name, recipient, lang, day, at, actor, actor_name)
			VALUES (@id, @sort, @person, @name, @recipient, @lang, @day, @now, @actor, @actor_name) ON CONFLICT ON CONSTRAINT chase_letter_once DO NOTHING`,
			pgx.StrictNamedArgs{"id": id, "sort": d.sort, "person": d.Person.Key, "name": d.Person.Name, "recipient": d.Person.Address,
				"lang": string(d.Person.Lang), "day": d.day, "now": now, "actor": who.ID, "actor_name": who.Name})
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		if err := s.line(ctx, tx, who, d, id, now); err != nil {
			return err
		}
		l, err := s.letter(ctx, tx, d)
		if err != nil {
			return err
		}
		sent = true
		return s.o.Letters.Queue(ctx, tx, l)
	})
	return sent && err == nil, err
}

// line writes down what the letter lists, and the deed.
func (s *Service) line(ctx context.Context, tx pgx.Tx, who audit.Actor, d Draft, id uuid.UUID, now time.Time) error {
	action := "chase.remind"
	if d.Head() {
		action = "chase.escalate"
	}
	for _, x := range d.Items {
		_, err := tx.Exec(ctx, `INSERT INTO chase_line (letter_id, subject_kind, subject_id) VALUES ($1, $2, $3)`, id, string(x.Kind), x.ID)
		if err != nil {
			return fmt.Errorf("writing down what was asked for: %w", err)
		}
		err = audit.Record(ctx, tx, audit.Entry{At: now, Actor: who, Action: action, SubjectKind: string(x.Kind), SubjectID: x.ID.String(),
			After: map[string]any{"letter": id, "name": d.Person.Name}})
		if err != nil {
			return err
		}
	}
	return nil
}

// turn waits for its turn at a person, so that rounds that meet see each other's letters, and gives the day of
// the person's last letter of the sort.
func (s *Service) turn(ctx context.Context, tx pgx.Tx, d Draft) (last clock.Day, err error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('chase ' || $1, 0))`, d.Person.Key); err != nil {
		return "", fmt.Errorf("taking turns for a reminder: %w", err)
	}
	err = tx.QueryRow(ctx, `SELECT max((at AT TIME ZONE @zone)::date) FROM chase_letter WHERE sort = @sort AND person = @person`,
		pgx.StrictNamedArgs{"zone": s.o.Zone.String(), "sort": d.sort, "person": d.Person.Key}).Scan(&last)
	if err != nil {
		return "", fmt.Errorf("looking for the last reminder: %w", err)
	}
	return last, nil
}

// still leaves of the items those that are missing in this very moment and that nobody has said no to.
func (s *Service) still(ctx context.Context, tx pgx.Tx, items []Item) (left []Item, err error) {
	rows, err := tx.Query(ctx, `
		SELECT id FROM (
			SELECT 'application' AS kind, a.id FROM application a WHERE a.id = ANY(@applications) AND `+withoutCertificate+`
			UNION ALL
			SELECT 'certificate', c.id FROM certificate c WHERE c.id = ANY(@certificates) AND `+ours+` AND NOT c.not_ours AND NOT `+came+`) x
		WHERE NOT EXISTS (SELECT FROM chase_mark m WHERE m.subject_kind = x.kind AND m.subject_id = x.id
			AND (m.state = 'not_expected' OR m.until > @today))`,
		pgx.StrictNamedArgs{"applications": ids(items, Application), "certificates": ids(items, Certificate), "today": s.today()})
	if err != nil {
		return nil, fmt.Errorf("looking what has come meanwhile: %w", err)
	}
	there, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("looking what has come meanwhile: %w", err)
	}
	missing := map[uuid.UUID]bool{}
	for _, id := range there {
		missing[id] = true
	}
	for _, x := range items {
		if missing[x.ID] {
			left = append(left, x)
		}
	}
	return left, nil
}
