// Package audit records who did what, and whose data they touched. A record is written in the transaction of
// the deed, is never changed and never deleted, and holds no personal number and no document text.
//
// It stands above the domain, which writes to it, and knows accounts, filings and documents only as words
// and ids. A job seals what was recorded into a chain (Chain): each seal is made over its row and over the
// seal before it, with the key of the installation, which is not in the database. Whoever changes, removes,
// moves or slips in a row behind the database's back is shown by Verify, which names the row. The newest seals
// can be taken away together with their rows without a trace in the database; backups, the log and the daily
// verification therefore keep the chain's head, and Verify is told what heads there were.
package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Actor is who did it: an account's id, or System or CLI.
type Actor struct {
	ID   string
	Name string
}

// The actors that are no persons.
var (
	System = Actor{ID: "system"}
	CLI    = Actor{ID: "cli"}
)

// Entry is one deed. Before and After are any JSON values, nil for nothing. Persons are those whose personal
// number, identity document or the like the deed showed or touched: they can see it (Looks).
type Entry struct {
	At          time.Time
	Actor       Actor
	Action      string
	SubjectKind string
	SubjectID   string
	Before      any
	After       any
	Note        string
	Persons     []Person
}

// Person is a key of somebody whose data a deed touched. The same person may go by several.
type Person string

// ByNumber is the key of who has a personal number, by its keyed hash (person.HashLabel); empty for no hash.
func ByNumber(hash []byte) Person {
	if len(hash) == 0 {
		return ""
	}
	return Person("number:" + hex.EncodeToString(hash))
}

// ByAccount is the key of an account's owner.
func ByAccount(id uuid.UUID) Person { return Person("account:" + id.String()) }

// ByStaff is the key of a member of staff.
func ByStaff(id uuid.UUID) Person { return Person("staff:" + id.String()) }

// keys are the keys that say something, each once.
func keys(persons []Person) []string {
	list := []string{}
	for _, p := range persons {
		if p != "" && !slices.Contains(list, string(p)) {
			list = append(list, string(p))
		}
	}
	return list
}

// Execer writes; a pool, a connection or a transaction.
type Execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Querier reads.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Record writes the entry.
func Record(ctx context.Context, db Execer, e Entry) error {
	before, err := asJSON(e.Before)
	if err != nil {
		return err
	}
	after, err := asJSON(e.After)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, `
		INSERT INTO audit (at, actor, actor_name, action, subject_kind, subject_id, before, after, note, persons)
		VALUES (@at, @actor, @actor_name, @action, @subject_kind, @subject_id, @before, @after, @note, @persons)`,
		pgx.StrictNamedArgs{"at": e.At, "actor": e.Actor.ID, "actor_name": e.Actor.Name, "action": e.Action,
			"subject_kind": e.SubjectKind, "subject_id": e.SubjectID, "before": before, "after": after, "note": e.Note,
			"persons": keys(e.Persons)})
	if err != nil {
		return fmt.Errorf("record %s of %s %s: %w", e.Action, e.SubjectKind, e.SubjectID, err)
	}
	return nil
}

func asJSON(v any) ([]byte, error) {
	if v == nil {
		return []byte("{}"), nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("audit value: %w", err)
	}
	return b, nil
}

// Line is a recorded deed as it is shown.
type Line struct {
	At        time.Time
	ActorName string
	Actor     string
	Action    string
	Before    json.RawMessage
	After     json.RawMessage
	Note      string
}

// Of lists what happened to a subject, newest first.
func Of(ctx context.Context, db Querier, kind, id string, limit int) ([]Line, error) {
	rows, err := db.Query(ctx, `
		SELECT at, actor_name, actor, action, before, after, note FROM audit
		WHERE subject_kind = $1 AND subject_id = $2 ORDER BY id DESC LIMIT $3`, kind, id, limit)
	if err != nil {
		return nil, fmt.Errorf("history of %s %s: %w", kind, id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Line])
}
