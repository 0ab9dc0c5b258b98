package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Filter narrows the audit; empty fields do not. Query is looked for in the names of actors, the actions, the
// subjects' ids and the notes. Area is the first word of actions, "filing" or "review".
type Filter struct {
	Query string
	Area  string
	Actor string // account's id, system or cli
	Kind  string // of the subject
	ID    string // of the subject
	Since time.Time
	Until time.Time // exclusive
	Looks bool      // only what showed or touched somebody's data
}

// Deed is a recorded deed with its id and its seal.
type Deed struct {
	ID          int64           `db:"id"`
	At          time.Time       `db:"at"`
	Actor       string          `db:"actor"`
	ActorName   string          `db:"actor_name"`
	Action      string          `db:"action"`
	SubjectKind string          `db:"subject_kind"`
	SubjectID   string          `db:"subject_id"`
	Before      json.RawMessage `db:"before"`
	After       json.RawMessage `db:"after"`
	Note        string          `db:"note"`
	Link        int64           `db:"link"` // number of its seal, 0 while it waits
}

const deedColumns = `a.id, a.at, a.actor, a.actor_name, a.action, a.subject_kind, a.subject_id, a.before, a.after, a.note, coalesce(l.n, 0) AS link`

func (f Filter) where() (sql string, args pgx.StrictNamedArgs) {
	args = pgx.StrictNamedArgs{}
	var parts []string
	add := func(given bool, name, condition string, value any) {
		if given {
			parts = append(parts, condition)
			args[name] = value
		}
	}
	add(f.Area != "", "area", `a.action LIKE @area`, likeText(f.Area)+".%")
	add(f.Actor != "", "actor", `a.actor = @actor`, f.Actor)
	add(f.Kind != "", "kind", `a.subject_kind = @kind`, f.Kind)
	add(f.ID != "", "id", `a.subject_id = @id`, f.ID)
	add(!f.Since.IsZero(), "since", `a.at >= @since`, f.Since)
	add(!f.Until.IsZero(), "until", `a.at < @until`, f.Until)
	if f.Looks {
		parts = append(parts, `a.persons <> '{}'`)
	}
	add(f.Query != "", "query", `(a.actor_name ILIKE @query OR a.action ILIKE @query OR a.subject_id ILIKE @query OR a.note ILIKE @query
		OR a.after::text ILIKE @query)`, "%"+likeText(f.Query)+"%")
	if len(parts) == 0 {
		return "", args
	}
	return " AND " + strings.Join(parts, " AND "), args
}

// likeText takes its meaning from what LIKE would read as a pattern.
func likeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// Search lists deeds, newest first, from before an id on (0: from the newest).
func Search(ctx context.Context, db Querier, f Filter, before int64, limit int) ([]Deed, error) {
	where, args := f.where()
	args["before"], args["limit"] = before, limit
	rows, err := db.Query(ctx, `SELECT `+deedColumns+` FROM audit a LEFT JOIN audit_link l ON l.audit_id = a.id
		WHERE (@before = 0 OR a.id < @before)`+where+` ORDER BY a.id DESC LIMIT @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("search the audit: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Deed])
	if err != nil {
		return nil, fmt.Errorf("search the audit: %w", err)
	}
	return list, nil
}

// Each goes through the deeds of a filter, newest first, some at a time.
func Each(ctx context.Context, db Querier, f Filter) iter.Seq2[Deed, error] {
	const some = 1000
	return func(yield func(Deed, error) bool) {
		var before int64
		for {
			list, err := Search(ctx, db, f, before, some)
			if err != nil {
				yield(Deed{}, err)
				return
			}
			for _, d := range list {
				if !yield(d, nil) {
					return
				}
				before = d.ID
			}
			if len(list) < some {
				return
			}
		}
	}
}

// Areas are the first words of the actions that were ever recorded, in their order.
func Areas(ctx context.Context, db Querier) ([]string, error) {
	// From one action to the next by the index: the table may be long, its actions are few.
	rows, err := db.Query(ctx, `WITH RECURSIVE known (action) AS (
			(SELECT action FROM audit ORDER BY action LIMIT 1)
			UNION ALL SELECT (SELECT a.action FROM audit a WHERE a.action > k.action ORDER BY a.action LIMIT 1) FROM known k WHERE k.action IS NOT NULL)
		SELECT DISTINCT split_part(action, '.', 1) FROM known WHERE action IS NOT NULL ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("list the actions of the audit: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Looks lists what was done with the data of a person, whatever key it was recorded by, newest first; except
// leaves the deeds of one actor out.
func Looks(ctx context.Context, db Querier, persons []Person, except string, before int64, limit int) ([]Deed, error) {
	rows, err := db.Query(ctx, `SELECT `+deedColumns+` FROM audit a LEFT JOIN audit_link l ON l.audit_id = a.id
		WHERE a.persons <> '{}' AND a.persons && @persons AND (@before = 0 OR a.id < @before) AND (@except = '' OR a.actor <> @except)
		ORDER BY a.id DESC LIMIT @limit`,
		pgx.StrictNamedArgs{"persons": keys(persons), "except": except, "before": before, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("who looked at a person's data: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Deed])
	if err != nil {
		return nil, fmt.Errorf("who looked at a person's data: %w", err)
	}
	return list, nil
}

// Looked tells whether a person did this to a subject since an instant: looking again at what one has before
// one's eyes is one look.
func Looked(ctx context.Context, db Querier, actor Actor, action, kind, id string, since time.Time) (bool, error) {
	rows, err := db.Query(ctx, `SELECT EXISTS (SELECT FROM audit WHERE subject_kind = $1 AND subject_id = $2 AND actor = $3 AND action = $4 AND at > $5)`,
		kind, id, actor.ID, action, since)
	if err != nil {
		return false, fmt.Errorf("look into the audit: %w", err)
	}
	return pgx.CollectOneRow(rows, pgx.RowTo[bool])
}
