package registry

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Scope limits a list to what its reader may see. The zero value is everything.
type Scope struct {
	Faculty    string    // a faculty's certificates, or with Department those of a department of it
	Department string    // ignored without Faculty
	Person     uuid.UUID // one member of staff's own
}

// limit adds the scope's condition on certificate c.
func (s Scope) limit(w *where) {
	if s.Faculty != "" {
		w.and(`EXISTS (SELECT FROM certificate_author sa JOIN staff ss ON ss.id = sa.staff_id
			WHERE sa.certificate_id = c.id AND sa.decision IN ('auto', 'confirmed')
			  AND ss.faculty = @scope_faculty AND (@scope_department = '' OR ss.department = @scope_department))`,
			"scope_faculty", s.Faculty, "scope_department", s.Department)
	}
	if s.Person != uuid.Nil {
		w.and(`EXISTS (SELECT FROM certificate_author pa WHERE pa.certificate_id = c.id
			AND pa.decision IN ('auto', 'confirmed') AND pa.staff_id = @scope_person)`, "scope_person", s.Person)
	}
}

// where gathers conditions with their arguments.
type where struct {
	sql  string
	args pgx.StrictNamedArgs
}

// newWhere begins with a condition that always stands.
func newWhere(first string) *where {
	return &where{sql: "WHERE " + first, args: pgx.StrictNamedArgs{}}
}

// and adds a condition; args alternate name and value.
func (w *where) and(condition string, args ...any) {
	w.sql += "\n\t\tAND " + condition
	for i := 0; i+1 < len(args); i += 2 {
		w.args[args[i].(string)] = args[i+1]
	}
}

// words adds, for every list of patterns, that one of them fits one of the expressions.
func (w *where) words(patterns [][]string, expressions ...string) {
	for i, p := range patterns {
		name := fmt.Sprintf("word%d", i)
		condition := ""
		for j, e := range expressions {
			if j > 0 {
				condition += " OR "
			}
			condition += e + " LIKE ANY(@" + name + "::text[])"
		}
		w.and("("+condition+")", name, p)
	}
}

// with is a copy of the arguments and some more.
func (w *where) with(args ...any) pgx.StrictNamedArgs {
	out := pgx.StrictNamedArgs{}
	for k, v := range w.args {
		out[k] = v
	}
	for i := 0; i+1 < len(args); i += 2 {
		out[args[i].(string)] = args[i+1]
	}
	return out
}
