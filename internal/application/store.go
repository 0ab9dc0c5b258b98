package application

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

// Keeper seals personal numbers; package secret has it.
type Keeper interface {
	Seal(plain []byte, label string) []byte
	Open(sealed []byte, label string) ([]byte, error)
	Hash(label, value string) []byte
}

// Store keeps applications.
type Store struct {
	db     postgres.DB
	keeper Keeper
	clock  clock.Clock
}

// NewStore makes a store.
func NewStore(db postgres.DB, keeper Keeper, c clock.Clock) *Store {
	return &Store{db: db, keeper: keeper, clock: c}
}

const columns = `a.id, a.origin, a.application_ref, a.registry_application_no, a.title, a.kind, a.kind_text, a.created_on, a.filed_on,
	a.status, a.absent, a.updated_at`

// list reads applications with their authors.
func (s *Store) list(ctx context.Context, what, rest string, args pgx.StrictNamedArgs) ([]Application, error) {
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM application a `+rest, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Application])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	pointers := make([]*Application, len(list))
	for i := range list {
		pointers[i] = &list[i]
	}
	return list, s.addAuthors(ctx, pointers)
}

func (s *Store) addAuthors(ctx context.Context, list []*Application) error {
	byID := make(map[uuid.UUID]*Application, len(list))
	ids := make([]uuid.UUID, 0, len(list))
	for _, a := range list {
		byID[a.ID] = a
		ids = append(ids, a.ID)
	}
	rows, err := s.db.Query(ctx, `SELECT application_id, name, iin_hash FROM application_author
		WHERE application_id = ANY(@ids) ORDER BY application_id, position`, pgx.StrictNamedArgs{"ids": ids})
	if err != nil {
		return fmt.Errorf("reading authors of applications: %w", err)
	}
	var id uuid.UUID
	var author Author
	_, err = pgx.ForEachRow(rows, []any{&id, &author.Name, &author.IINHash}, func() error {
		byID[id].Authors = append(byID[id].Authors, author)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading authors of applications: %w", err)
	}
	return nil
}

func (s *Store) one(ctx context.Context, rest string, args pgx.StrictNamedArgs) (Application, error) {
	list, err := s.list(ctx, "reading an application", rest, args)
	if err != nil {
		return Application{}, err
	}
	if len(list) == 0 {
		return Application{}, fault.New(fault.NotFound, "application.not_found")
	}
	return list[0], nil
}

// Get is one application with its authors; fault.NotFound when there is none.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (Application, error) {
	return s.one(ctx, `WHERE a.id = @id`, pgx.StrictNamedArgs{"id": id})
}

// ByIDs are the applications with the ids, in no order.
func (s *Store) ByIDs(ctx context.Context, ids []uuid.UUID) ([]Application, error) {
	return s.list(ctx, "reading applications", `WHERE a.id = ANY(@ids)`, pgx.StrictNamedArgs{"ids": ids})
}

// ByRef is the application with the number that its applicant knows; an imported one goes before one
// filed in Kualik. fault.NotFound when there is none.
func (s *Store) ByRef(ctx context.Context, ref string) (Application, error) {
	return s.one(ctx, `WHERE a.application_ref = @ref ORDER BY a.origin LIMIT 1`, pgx.StrictNamedArgs{"ref": ref})
}

// Wanted says what candidates are sought for: keys of surnames (person.Keys), titles as printed, and a
// number quoted in the document or its letter, compared exactly with both sorts of numbers.
type Wanted struct {
	NameKeys []string
	Titles   []string
	Number   string
}

// Candidates are the applications that share a surname, or a title that is not too far, or the number;
// nearest title first, limit at most. Two alike always come together, because the title decides the order.
func (s *Store) Candidates(ctx context.Context, w Wanted, limit int) ([]Application, error) {
	titles := [2]string{}
	for i, t := range w.Titles {
		if i < len(titles) {
			titles[i] = TitleKey(t)
		}
	}
	names := w.NameKeys
	if names == nil {
		names = []string{}
	}
	return s.list(ctx, "finding applications", `WHERE a.name_keys && @names::text[] OR a.title_key % @one OR a.title_key % @two
		OR @number <> '' AND (a.application_ref = @number OR a.registry_application_no = @number)
		ORDER BY (@number <> '' AND (a.application_ref = @number OR a.registry_application_no = @number)) DESC,
			greatest(similarity(a.title_key, @one), similarity(a.title_key, @two)) DESC, a.application_ref LIMIT @limit`,
		pgx.StrictNamedArgs{"names": names, "one": titles[0], "two": titles[1], "number": w.Number, "limit": limit})
}

// IINs opens the numbers of an application's authors, parallel to them, empty where unknown. Whoever
// shows one must audit that.
func (s *Store) IINs(ctx context.Context, id uuid.UUID) ([]string, error) {
	rows, err := s.db.Query(ctx, `SELECT iin_sealed FROM application_author WHERE application_id = @id ORDER BY position`, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("reading personal numbers: %w", err)
	}
	sealed, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("reading personal numbers: %w", err)
	}
	list := make([]string, len(sealed))
	for i, b := range sealed {
		if b == nil {
			continue
		}
		plain, err := s.keeper.Open(b, sealLabel(id))
		if err != nil {
			return nil, fmt.Errorf("opening a personal number: %w", err)
		}
		list[i] = string(plain)
	}
	return list, nil
}

// sealLabel binds sealed numbers to their application.
func sealLabel(id uuid.UUID) string { return "application:" + id.String() }

// Filter narrows a list; empty fields do not. Query is as typed.
type Filter struct {
	Query              string
	Kind               string
	Status             string
	Origin             string
	FiledFrom, FiledTo clock.Day
	WithoutCertificate bool // filed, and no certificate yet
	Absent             bool // only those that vanished from the list
}

// Page is a part of a list, and its order: "filed_on", "ref", "title", "created_on", a minus before it
// for the other direction.
type Page struct {
	Limit, Offset int
	Sort          string
}

var orders = map[string]string{
	"filed_on": "a.filed_on NULLS FIRST", "-filed_on": "a.filed_on DESC NULLS LAST",
	"created_on": "a.created_on NULLS FIRST", "-created_on": "a.created_on DESC NULLS LAST",
	"ref": "length(a.application_ref), a.application_ref", "-ref": "length(a.application_ref) DESC, a.application_ref DESC",
	"title": "a.title_key", "-title": "a.title_key DESC",
}

// joined is an application beside its certificate, if one was decided for it. The table of certificates
// stands downstream; nothing of it is known here but which rows are certificates of ours.
const joined = ` FROM application a LEFT JOIN LATERAL (SELECT c.id, c.number, c.registered_on FROM certificate c WHERE c.application_id = a.id
	AND c.application_decision IN ('auto', 'confirmed') AND c.merged_into IS NULL AND c.reading <> 'rejected'
	ORDER BY c.registered_on LIMIT 1) c ON true `

// Search lists applications, and says how many there are in all.
func (s *Store) Search(ctx context.Context, f Filter, p Page) ([]Listed, int, error) {
	where := `WHERE (@kind = '' OR a.kind = @kind) AND (@status = '' OR a.status = @status) AND (@origin = '' OR a.origin = @origin)
		AND (@from::date IS NULL OR a.filed_on >= @from::date) AND (@to::date IS NULL OR a.filed_on <= @to::date)
		AND (NOT @without OR c.id IS NULL) AND (NOT @absent OR a.absent)`
	args := pgx.StrictNamedArgs{"kind": f.Kind, "status": f.Status, "origin": f.Origin, "from": f.FiledFrom, "to": f.FiledTo,
		"without": f.WithoutCertificate, "absent": f.Absent}
	for i, patterns := range person.SearchPatterns(f.Query) {
		name := fmt.Sprintf("word%d", i)
		where += ` AND a.search LIKE ANY(@` + name + `::text[])`
		args[name] = patterns
	}
	var total int
	if err := s.db.QueryRow(ctx, `SELECT count(*)`+joined+where, args).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("counting applications: %w", err)
	}
	order, ok := orders[p.Sort]
	if !ok {
		order = orders["-filed_on"]
	}
	args["limit"], args["offset"] = max(p.Limit, 1), max(p.Offset, 0)
	rows, err := s.db.Query(ctx, `SELECT `+columns+`, c.id AS certificate_id, coalesce(c.number, '') AS certificate_number, c.registered_on`+
		joined+where+` ORDER BY `+order+`, a.application_ref LIMIT @limit OFFSET @offset`, args)
	if err != nil {
		return nil, 0, fmt.Errorf("searching applications: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Listed])
	if err != nil {
		return nil, 0, fmt.Errorf("searching applications: %w", err)
	}
	pointers := make([]*Application, len(list))
	for i := range list {
		pointers[i] = &list[i].Application
	}
	return list, total, s.addAuthors(ctx, pointers)
}

// Statuses are the statuses that occur, for the filter.
func (s *Store) Statuses(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, `SELECT DISTINCT status FROM application WHERE status <> '' ORDER BY status`)
	if err != nil {
		return nil, fmt.Errorf("reading statuses: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// WithoutCertificate counts the applications that were filed and have no certificate yet.
func (s *Store) WithoutCertificate(ctx context.Context) (n int, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*)`+joined+`WHERE c.id IS NULL`).Scan(&n)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("counting applications without certificate: %w", err)
	}
	return n, nil
}
