package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/postgres"
)

// Load is somebody who can examine, with what they have on the table.
type Load struct {
	ID        uuid.UUID
	Name      string
	Email     string
	Lang      i18n.Lang
	Role      account.Role
	Cases     int // with them now
	Late      int // of these
	LastAt    *time.Time
	Named     bool // in the application that is to be given away: cannot have it
	Suggested bool
}

// Experts are those who can examine, the one with the least to do first. With an application, who is named in
// it is marked, and one is suggested: of the experts the one with the fewest cases, of these who has waited
// longest.
func (s *Service) Experts(ctx context.Context, db postgres.DB, application uuid.UUID) ([]Load, error) {
	rows, err := db.Query(ctx, `
		SELECT x.id, x.name, x.email, x.lang, x.role, count(c.filing_id)::int AS cases, count(c.filing_id) FILTER (WHERE f.step_until < @now)::int AS late,
			(SELECT max(l.appointed_at) FROM desk_case l JOIN filing g ON g.id = l.filing_id WHERE g.expert = x.id) AS last_at,
			EXISTS (SELECT FROM filing n WHERE n.id = @filing AND n.owner = x.id) OR EXISTS (SELECT FROM filing_participant p
				WHERE p.filing_id = @filing AND p.removed_at IS NULL AND p.number_hash = x.iin_hash) AS named, false AS suggested
		FROM account x LEFT JOIN filing f ON f.expert = x.id AND f.state IN ('signed', 'queried', 'amending', 'amended')
			LEFT JOIN desk_case c ON c.filing_id = f.id AND c.concluded_at IS NULL AND c.issuing_at IS NULL
		WHERE `+mayExamine+` GROUP BY x.id ORDER BY x.role <> 'expert', cases, last_at NULLS FIRST, x.name, x.id`,
		args{"filing": application, "now": s.o.Clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("reading who can examine: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Load])
	if err != nil {
		return nil, fmt.Errorf("reading who can examine: %w", err)
	}
	for i := range list {
		if !list[i].Named && list[i].Role == account.Expert {
			list[i].Suggested = true
			break
		}
	}
	return list, nil
}

// expert is one who can have the case.
func (s *Service) expert(ctx context.Context, db postgres.DB, application, id uuid.UUID) (Load, error) {
	list, err := s.Experts(ctx, db, application)
	if err != nil {
		return Load{}, err
	}
	for _, x := range list {
		if x.ID == id && x.Named {
			return Load{}, fault.New(fault.Conflict, "office.error.expert_named")
		}
		if x.ID == id {
			return x, nil
		}
	}
	return Load{}, fault.New(fault.Invalid, "office.error.no_expert")
}

// Moved is what became of one case of a bulk.
type Moved struct {
	ID     uuid.UUID
	Number string
	Expert string
	Err    error
}

// Reassign gives several cases to an expert, or with uuid.Nil each to whoever has the least to do. Each is a
// deed of its own: one that cannot be moved hinders no other.
func (s *Service) Reassign(ctx context.Context, who filing.Who, ids []uuid.UUID, expert uuid.UUID) ([]Moved, error) {
	var list []Moved
	for _, id := range ids {
		m := Moved{ID: id}
		m.Err = s.change(ctx, who, Ref{ID: id}, Appoint, func(d *deed) error {
			m.Number = d.IncomingNo
			to := expert
			if to == uuid.Nil {
				x, err := s.lightest(ctx, d)
				if err != nil {
					return err
				}
				to = x.ID
			}
			x, err := s.expert(ctx, d.tx, d.FilingID, to)
			if err != nil {
				return err
			}
			m.Expert = x.Name
			return s.appoint(ctx, d, to)
		})
		var f *fault.Error
		if m.Err != nil && !errors.As(m.Err, &f) {
			return list, m.Err
		}
		list = append(list, m)
	}
	return list, nil
}

// lightest is whom the case goes to when nobody is named: not to who has it.
func (s *Service) lightest(ctx context.Context, d *deed) (Load, error) {
	list, err := s.Experts(ctx, d.tx, d.FilingID)
	if err != nil {
		return Load{}, err
	}
	for _, x := range list {
		if !x.Named && x.Role == account.Expert && (d.Expert == nil || *d.Expert != x.ID) {
			return x, nil
		}
	}
	return Load{}, fault.New(fault.Conflict, "office.error.no_expert")
}

// tellExpert writes to who got a case.
func (s *Service) tellExpert(ctx context.Context, d *deed, x Load) error {
	if x.Email == "" || s.o.Letters == nil || x.ID == d.who.ID {
		return nil
	}
	l := s.langOr(x.Lang)
	a := []any{"Number", d.IncomingNo, "Title", d.Title, "Link", s.link("/" + d.FilingID.String())}
	return s.send(ctx, d.tx, notify.Letter{Topic: "desk_appointed", Recipient: x.Email, About: d.FilingID.String() + "/" + d.AppointedAt.Format(time.RFC3339Nano),
		Lang: string(l), Subject: i18n.T(l, "office.letter.appointed.subject", a...), Text: i18n.T(l, "office.letter.appointed.text", a...)})
}

func (s *Service) langOr(l i18n.Lang) i18n.Lang {
	if l != "" {
		return l
	}
	if s.o.Lang != "" {
		return s.o.Lang
	}
	return i18n.RU
}

// send queues a letter; a wrong address is no reason to undo a deed.
func (s *Service) send(ctx context.Context, tx pgx.Tx, l notify.Letter) error {
	err := s.o.Letters.Queue(ctx, tx, l)
	if fault.Is(err, fault.Invalid) {
		return nil
	}
	return err
}

// link is the address of a page of the desk.
func (s *Service) link(more string) string {
	return strings.TrimSuffix(s.o.PublicURL, "/") + "/desk" + more
}
