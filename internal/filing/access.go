package filing

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// relation says what a person is to a filing.
func (s *Service) relation(ctx context.Context, db postgres.DB, who Who, f Filing) (Relation, error) {
	if f.Owner == who.ID {
		return RelFiler, nil
	}
	hash, err := numberHash(ctx, db, who.ID)
	if err != nil {
		return "", err
	}
	rel := RelOther
	if hash != nil && f.State != Deleted {
		people, err := participants(ctx, db, f.ID)
		if err != nil {
			return "", err
		}
		for _, p := range people {
			switch {
			case !bytes.Equal(p.NumberHash, hash):
			case p.Role == Author:
				return RelAuthor, nil
			default:
				rel = RelRepresentative
			}
		}
	}
	if rel == RelOther {
		switch {
		case f.Expert != nil && *f.Expert == who.ID:
			rel = RelExpert
		case who.Role == account.Registrar:
			rel = RelDesk
		case account.Can(who.Role, account.SeeFilings):
			rel = RelOffice
		}
	}
	return rel, nil
}

func (s *Service) actor(rel Relation, who Who) Actor {
	return Actor{Relation: rel, Means: who.Means, AllFirst: s.o.Order == AllFirst}
}

// allowed is nil when the table lets the person do it. Who has nothing to do with a filing does not learn
// that it exists.
func (s *Service) allowed(f Filing, a Action, rel Relation, who Who) error {
	ok, why := Can(f.State, a, s.actor(rel, who))
	switch {
	case ok:
		return nil
	case rel == RelOther:
		return errNotFound
	case why == "filing.why.needs_eds":
		return fault.New(fault.Forbidden, why)
	}
	if may, _ := Can(f.State, Look, s.actor(rel, who)); !may {
		return errNotFound
	}
	return fault.New(fault.Conflict, why)
}

// look reads a filing for somebody who may see it.
func (s *Service) look(ctx context.Context, who Who, id uuid.UUID, a Action) (Filing, Relation, error) {
	f, err := get(ctx, s.o.Pool, id)
	if err != nil {
		return Filing{}, "", err
	}
	rel, err := s.relation(ctx, s.o.Pool, who, f)
	if err != nil {
		return Filing{}, "", err
	}
	return f, rel, s.allowed(f, a, rel, who)
}

// deed is one change of one filing by one person, in a transaction that holds the filing.
type deed struct {
	tx  pgx.Tx
	who Who
	rel Relation
	Filing
}

// change does a deed when the table lets this person do the action, and writes the filing back.
func (s *Service) change(ctx context.Context, who Who, id uuid.UUID, a Action, do func(d *deed) error) error {
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		f, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		d := &deed{tx: tx, who: who, Filing: f}
		if d.rel, err = s.relation(ctx, tx, who, f); err != nil {
			return err
		}
		if err := s.allowed(f, a, d.rel, who); err != nil {
			return err
		}
		if err := do(d); err != nil {
			return err
		}
		return write(ctx, tx, d.Filing)
	})
}

// touched notes who changed the filing last.
func (s *Service) touched(d *deed) {
	d.ChangedBy, d.ChangedAt = d.who.Name, s.o.Clock.Now()
}

// record writes a deed to the audit, with no personal number in it.
func (s *Service) record(ctx context.Context, tx pgx.Tx, who Who, f Filing, action string, after any, note string) error {
	return s.recordOf(ctx, tx, who, SubjectKind, f.ID, action, after, note)
}

func (s *Service) recordOf(ctx context.Context, tx pgx.Tx, who Who, kind string, id uuid.UUID, action string, after any, note string) error {
	err := audit.Record(ctx, tx, audit.Entry{At: s.o.Clock.Now(), Actor: actorOf(who), Action: "filing." + action, SubjectKind: kind,
		SubjectID: id.String(), After: after, Note: note})
	if err != nil {
		return fmt.Errorf("recording a deed: %w", err)
	}
	return nil
}

// system is who acts when time does.
var system = Who{Means: account.ByEDS}
