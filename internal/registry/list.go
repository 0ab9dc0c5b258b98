package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/person"
)

// State is a certificate's three decisions in one word, for lists: what a person must still do comes
// first, then what a person has done.
type State string

// The states, in the order in which they are counted above a list.
const (
	StateAuto      State = "auto"      // all that is decided was decided by the machine
	StateConfirmed State = "confirmed" // a person had a part in it
	StateNone      State = "none"      // no application is known
	StateReview    State = "review"    // a person must still answer something
	StateRejected  State = "rejected"  // not a certificate after all
	StateNotOurs   State = "not_ours"
)

// States are all of them.
var States = []State{StateAuto, StateConfirmed, StateNone, StateReview, StateRejected, StateNotOurs}

const stateOf = `CASE
	WHEN c.reading = 'rejected' THEN 'rejected'
	WHEN c.not_ours THEN 'not_ours'
	WHEN c.reading = 'review' OR c.application_decision = 'review' OR EXISTS (
		SELECT FROM certificate_author ra WHERE ra.certificate_id = c.id AND ra.decision = 'review') THEN 'review'
	WHEN c.reading = 'confirmed' OR c.application_human OR EXISTS (
		SELECT FROM certificate_author ha WHERE ha.certificate_id = c.id AND ha.human) THEN 'confirmed'
	WHEN c.application_decision = 'none' THEN 'none'
	ELSE 'auto' END`

// Filter narrows the list of certificates; empty fields do not. Query is as typed, the borders of the
// days belong to the span.
type Filter struct {
	Scope
	Query        string
	State        State
	Reading      Reading
	Application  Decision
	Kind         string
	Faculty      string
	Department   string
	Staff        uuid.UUID // certificates of one member of staff
	From, To     clock.Day // of registration
	ReceivedFrom time.Time // of the first mail
}

func (f Filter) where(withState bool) *where {
	w := newWhere(Listed)
	f.Scope.limit(w)
	w.words(person.SearchPatterns(f.Query), "c.search", "coalesce(p.application_ref, '')")
	if withState && f.State != "" {
		w.and(stateOf+` = @state`, "state", f.State)
	}
	if f.Reading != "" {
		w.and(`c.reading = @reading`, "reading", f.Reading)
	}
	if f.Application != "" {
		w.and(`c.application_decision = @application`, "application", f.Application)
	}
	if f.Kind != "" {
		w.and(`c.kind = @kind`, "kind", f.Kind)
	}
	if f.Faculty != "" || f.Department != "" {
		w.and(`EXISTS (SELECT FROM certificate_author ua JOIN staff us ON us.id = ua.staff_id
			WHERE ua.certificate_id = c.id AND ua.decision IN ('auto', 'confirmed')
			  AND (@faculty = '' OR us.faculty = @faculty) AND (@department = '' OR us.department = @department))`,
			"faculty", f.Faculty, "department", f.Department)
	}
	if f.Staff != uuid.Nil {
		w.and(`EXISTS (SELECT FROM certificate_author wa WHERE wa.certificate_id = c.id
			AND wa.decision IN ('auto', 'confirmed') AND wa.staff_id = @staff)`, "staff", f.Staff)
	}
	if f.From != "" {
		w.and(`c.registered_on >= @from`, "from", f.From)
	}
	if f.To != "" {
		w.and(`c.registered_on <= @to`, "to", f.To)
	}
	if !f.ReceivedFrom.IsZero() {
		w.and(`c.first_received_at >= @received`, "received", f.ReceivedFrom)
	}
	return w
}

// Page is a part of a list and its order: a name of sorting, with a minus before it for the other
// direction.
type Page struct {
	Limit, Offset int
	Sort          string
}

var certificateOrders = map[string]string{
	"registered": "c.registered_on NULLS FIRST", "-registered": "c.registered_on DESC NULLS LAST",
	"number": "lpad(c.number_key, 12, '0')", "-number": "lpad(c.number_key, 12, '0') DESC",
	"title": "lower(c.title)", "-title": "lower(c.title) DESC",
	"received": "c.first_received_at", "-received": "c.first_received_at DESC",
}

// Sorts tells whether a list of certificates can be sorted so.
func Sorts(name string) bool { _, ok := certificateOrders[name]; return ok }

// ListRow is a certificate as a line of a list.
type ListRow struct {
	ID                  uuid.UUID
	Number              string
	RegisteredOn        clock.Day
	Title               string
	Kind                string
	KindText            string
	Source              Source
	Reading             Reading
	State               State
	ApplicationDecision Decision
	ApplicationID       *uuid.UUID
	ApplicationRef      string
	FirstReceivedAt     time.Time
	Names               []string // of its authors, as printed
	Ours                int      // authors who are decided to be staff
	Undecided           int      // authors about whom a person must decide
}

// List gives a page of certificates.
func List(ctx context.Context, db DB, f Filter, p Page) ([]ListRow, error) {
	order, ok := certificateOrders[p.Sort]
	if !ok {
		order = certificateOrders["-registered"]
	}
	w := f.where(true)
	rows, err := db.Query(ctx, `
		SELECT c.id, c.number, c.registered_on, c.title, c.kind, c.kind_text, c.source, c.reading, `+stateOf+` AS state,
			c.application_decision, c.application_id,
			CASE WHEN c.application_decision IN ('auto', 'confirmed') THEN coalesce(p.application_ref, '') ELSE '' END AS application_ref,
			c.first_received_at, coalesce(a.names, '{}') AS names, coalesce(a.ours, 0) AS ours, coalesce(a.undecided, 0) AS undecided
		FROM certificate c
		LEFT JOIN application p ON p.id = c.application_id
		LEFT JOIN LATERAL (
			SELECT array_agg(x.name ORDER BY x.position) AS names,
				count(*) FILTER (WHERE x.decision IN ('auto', 'confirmed'))::int AS ours,
				count(*) FILTER (WHERE x.decision = 'review')::int AS undecided
			FROM certificate_author x WHERE x.certificate_id = c.id) a ON true
		`+w.sql+`
		ORDER BY `+order+`, lpad(c.number_key, 12, '0') DESC, c.id LIMIT @limit OFFSET @offset`,
		w.with("limit", max(p.Limit, 1), "offset", max(p.Offset, 0)))
	if err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[ListRow])
	if err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	return list, nil
}

// Counts says how many certificates the filter finds in each state, whatever state it asks for itself.
func Counts(ctx context.Context, db DB, f Filter) (map[State]int, error) {
	w := f.where(false)
	rows, err := db.Query(ctx, `SELECT `+stateOf+` AS state, count(*)::int FROM certificate c
		LEFT JOIN application p ON p.id = c.application_id `+w.sql+` GROUP BY 1`, w.args)
	if err != nil {
		return nil, fmt.Errorf("count certificates: %w", err)
	}
	counts := map[State]int{}
	var state State
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count certificates: %w", err)
	}
	return counts, nil
}

// IDs are all certificates that the filter finds; an export takes them.
func IDs(ctx context.Context, db DB, f Filter) ([]uuid.UUID, error) {
	w := f.where(true)
	rows, err := db.Query(ctx, `SELECT c.id FROM certificate c LEFT JOIN application p ON p.id = c.application_id `+w.sql+` ORDER BY c.id`, w.args)
	if err != nil {
		return nil, fmt.Errorf("find certificates: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("find certificates: %w", err)
	}
	if ids == nil {
		ids = []uuid.UUID{}
	}
	return ids, nil
}

// Choices are what the filters of the list offer.
type Choices struct {
	Kinds       []string // codes that occur
	Faculties   []string
	Departments []string // of the faculty that is chosen
	Years       []int    // of registration, newest first
	Total       int
}

// FilterChoices gives the choices within a scope. Departments are those of the faculty.
func FilterChoices(ctx context.Context, db DB, scope Scope, faculty string) (Choices, error) {
	w := newWhere(Listed)
	scope.limit(w)
	var c Choices
	err := db.QueryRow(ctx, `
		WITH mine AS (SELECT c.kind, c.registered_on FROM certificate c `+w.sql+`)
		SELECT coalesce((SELECT array_agg(DISTINCT kind ORDER BY kind) FROM mine WHERE kind <> ''), '{}'),
			coalesce((SELECT array_agg(DISTINCT s.faculty ORDER BY s.faculty) FROM staff s
				WHERE s.faculty <> '' AND (@own = '' OR s.faculty = @own)), '{}'),
			coalesce((SELECT array_agg(DISTINCT s.department ORDER BY s.department) FROM staff s
				WHERE s.department <> '' AND s.faculty = @chosen AND @chosen <> ''), '{}'),
			coalesce((SELECT array_agg(DISTINCT extract(year FROM registered_on)::int ORDER BY extract(year FROM registered_on)::int DESC)
				FROM mine WHERE registered_on IS NOT NULL), '{}'),
			(SELECT count(*) FROM mine)::int`,
		w.with("own", scope.Faculty, "chosen", faculty)).
		Scan(&c.Kinds, &c.Faculties, &c.Departments, &c.Years, &c.Total)
	if err != nil {
		return c, fmt.Errorf("choices of the certificate list: %w", err)
	}
	return c, nil
}

// Visible tells whether a certificate lies within a scope.
func Visible(ctx context.Context, db DB, scope Scope, id uuid.UUID) (bool, error) {
	w := newWhere("c.id = @id")
	scope.limit(w)
	var ok bool
	if err := db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM certificate c `+w.sql+`)`, w.with("id", id)).Scan(&ok); err != nil {
		return false, fmt.Errorf("look whether a certificate may be seen: %w", err)
	}
	return ok, nil
}
