package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/postgres"
)

// Whoever sees a personal number whole, or opens a document that tells of a person, is recorded together with
// the person: they can see who looked, and so see their own looks too.

// oneLook is the time within which opening the same paper again is the same look: a statement is shown page
// by page.
const oneLook = 12 * time.Hour

// look records that somebody saw data of persons.
func (s *Service) recordLook(ctx context.Context, who Who, f Filing, action string, what any, persons []audit.Person) error {
	return audit.Record(ctx, s.o.Pool, audit.Entry{At: s.o.Clock.Now(), Actor: actorOf(who), Action: "filing." + action, SubjectKind: SubjectKind,
		SubjectID: f.ID.String(), After: what, Persons: persons})
}

func actorOf(who Who) audit.Actor {
	if who.ID == uuid.Nil {
		return audit.System
	}
	return audit.Actor{ID: who.ID.String(), Name: who.Name}
}

// personOf is the key of a participant who is a human being.
func (p participantRow) person() audit.Person {
	if p.Type != Individual {
		return ""
	}
	return audit.ByNumber(p.NumberHash)
}

// personsOf are those of whom a document tells: an identity copy of its owner, a power of attorney of all who
// gave it or act by it, a ground for paying less of the filer.
func (s *Service) personsOf(ctx context.Context, f Filing, d documentRow) (list []audit.Person, err error) {
	switch {
	case d.Participant != nil:
		p, err := participant(ctx, s.o.Pool, f.ID, *d.Participant)
		return []audit.Person{p.person()}, err
	case d.Kind == PowerOfAttorney:
		return personsAt(ctx, s.o.Pool, f.ID, d.UploadedAt)
	}
	hash, err := numberHash(ctx, s.o.Pool, f.Owner)
	return []audit.Person{audit.ByNumber(hash), audit.ByAccount(f.Owner)}, err
}

// personsAt are the human participants that a filing had at an instant.
func personsAt(ctx context.Context, db postgres.DB, filing uuid.UUID, at time.Time) ([]audit.Person, error) {
	rows, err := db.Query(ctx, `SELECT number_hash FROM filing_participant WHERE filing_id = @id AND type = @type AND created_at <= @at
		AND (removed_at IS NULL OR removed_at > @at) ORDER BY position, id`, args{"id": filing, "type": Individual, "at": at})
	if err != nil {
		return nil, fmt.Errorf("reading of whom a paper tells: %w", err)
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("reading of whom a paper tells: %w", err)
	}
	var list []audit.Person
	for _, h := range hashes {
		list = append(list, audit.ByNumber(h))
	}
	return list, nil
}

// recordStatement records that somebody opened a statement, which has the numbers of all participants whole.
func (s *Service) recordStatement(ctx context.Context, who Who, f Filing, st Statement) error {
	now := s.o.Clock.Now()
	before, err := audit.Looked(ctx, s.o.Pool, actorOf(who), "filing.open_statement", "statement", st.ID.String(), now.Add(-oneLook))
	if err != nil || before {
		return err
	}
	persons, err := personsAt(ctx, s.o.Pool, f.ID, st.FormedAt)
	if err != nil {
		return err
	}
	return audit.Record(ctx, s.o.Pool, audit.Entry{At: now, Actor: actorOf(who), Action: "filing.open_statement", SubjectKind: "statement",
		SubjectID: st.ID.String(), After: map[string]any{"filing": f.ID, "number": st.Number}, Persons: persons})
}

// Numbers are what applications are called: by the incoming number, before it by the draft's.
func (s *Service) Numbers(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, err := s.o.Pool.Query(ctx, `SELECT id, CASE WHEN incoming_no <> '' THEN incoming_no ELSE draft_no::text END FROM filing WHERE id = ANY(@ids)`, args{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("reading numbers of applications: %w", err)
	}
	found := map[uuid.UUID]string{}
	var id uuid.UUID
	var number string
	if _, err := pgx.ForEachRow(rows, []any{&id, &number}, func() error { found[id] = number; return nil }); err != nil {
		return nil, fmt.Errorf("reading numbers of applications: %w", err)
	}
	return found, nil
}
