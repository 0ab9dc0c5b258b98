package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
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

// Store keeps the staff.
type Store struct {
	db     postgres.DB
	keeper Keeper
	clock  clock.Clock
}

// NewStore makes a store.
func NewStore(db postgres.DB, keeper Keeper, c clock.Clock) *Store {
	return &Store{db: db, keeper: keeper, clock: c}
}

const columns = `id, staff_id, iin_hash, surname, given_name, patronymic, other_names, emails, faculty, department,
	programme, position, employed_from, employed_to, absent, updated_at`

func (s *Store) list(ctx context.Context, what, where string, args pgx.StrictNamedArgs) ([]Staff, error) {
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM staff `+where, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Staff])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return list, nil
}

func (s *Store) one(ctx context.Context, what, where string, args pgx.StrictNamedArgs) (Staff, error) {
	list, err := s.list(ctx, what, where, args)
	switch {
	case err != nil:
		return Staff{}, err
	case len(list) == 0:
		return Staff{}, fault.New(fault.NotFound, "directory.not_found")
	case len(list) > 1:
		return Staff{}, fault.New(fault.Conflict, "directory.several")
	}
	return list[0], nil
}

// All are all people of the directory, those who vanished from it too, in the order of their ids.
func (s *Store) All(ctx context.Context) ([]Staff, error) {
	return s.list(ctx, "reading the staff", `ORDER BY staff_id`, pgx.StrictNamedArgs{})
}

// Get is one person; fault.NotFound when there is none.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (Staff, error) {
	return s.one(ctx, "reading a member of staff", `WHERE id = @id`, pgx.StrictNamedArgs{"id": id})
}

// ByStaffID is the person with the university's own id; fault.NotFound when there is none.
func (s *Store) ByStaffID(ctx context.Context, staffID string) (Staff, error) {
	return s.one(ctx, "reading a member of staff", `WHERE staff_id = @staff_id`, pgx.StrictNamedArgs{"staff_id": staffID})
}

// ByIDs are the people with the ids, in no order.
func (s *Store) ByIDs(ctx context.Context, ids []uuid.UUID) ([]Staff, error) {
	return s.list(ctx, "reading members of staff", `WHERE id = ANY(@ids)`, pgx.StrictNamedArgs{"ids": ids})
}

// ByEmail is the person with the address. fault.NotFound when nobody of the last list has it,
// fault.Conflict when several share it: such an address proves nothing about who is who.
func (s *Store) ByEmail(ctx context.Context, email string) (Staff, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	return s.one(ctx, "finding staff by address", `WHERE emails @> ARRAY[@email::text] AND NOT absent`, pgx.StrictNamedArgs{"email": email})
}

// Candidates are the people who go by one of the surnames or have one of the personal numbers. Surnames
// are given as keys (person.Keys), numbers as keyed hashes.
func (s *Store) Candidates(ctx context.Context, surnameKeys []string, iinHashes [][]byte) ([]Staff, error) {
	return s.list(ctx, "finding staff by name", `WHERE name_keys && @keys::text[] OR iin_hash = ANY(@hashes::bytea[]) ORDER BY staff_id`,
		pgx.StrictNamedArgs{"keys": orEmpty(surnameKeys), "hashes": orEmpty(iinHashes)})
}

// Units are the departments with their faculties, by name.
func (s *Store) Units(ctx context.Context) ([]Unit, error) {
	rows, err := s.db.Query(ctx, `SELECT faculty, department, count(*) AS people FROM staff WHERE NOT absent
		GROUP BY faculty, department ORDER BY faculty, department`)
	if err != nil {
		return nil, fmt.Errorf("reading units: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Unit])
}

// IIN opens a person's number, to be masked or compared; who shows it whole takes RevealIIN. Empty when it is
// not known.
func (s *Store) IIN(ctx context.Context, id uuid.UUID) (string, error) {
	number, _, err := s.openIIN(ctx, id)
	return number, err
}

// RevealIIN gives a person's whole number to be shown, and records who saw it.
func (s *Store) RevealIIN(ctx context.Context, by audit.Actor, id uuid.UUID) (string, error) {
	number, hash, err := s.openIIN(ctx, id)
	if err != nil || number == "" {
		return "", err
	}
	return number, audit.Record(ctx, s.db, audit.Entry{At: s.clock.Now(), Actor: by, Action: "staff.reveal_iin", SubjectKind: "staff", SubjectID: id.String(),
		Persons: []audit.Person{audit.ByStaff(id), audit.ByNumber(hash)}})
}

// Keys are the keys of a member of staff in the audit.
func (s *Store) Keys(ctx context.Context, id uuid.UUID) ([]audit.Person, error) {
	_, hash, err := s.openIIN(ctx, id)
	return []audit.Person{audit.ByStaff(id), audit.ByNumber(hash)}, err
}

func (s *Store) openIIN(ctx context.Context, id uuid.UUID) (number string, hash []byte, err error) {
	var staffID string
	var sealed []byte
	err = s.db.QueryRow(ctx, `SELECT staff_id, iin_sealed, iin_hash FROM staff WHERE id = @id`, pgx.StrictNamedArgs{"id": id}).Scan(&staffID, &sealed, &hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil, fault.New(fault.NotFound, "directory.not_found")
	}
	if err != nil || sealed == nil {
		return "", nil, err
	}
	plain, err := s.keeper.Open(sealed, sealLabel(staffID))
	if err != nil {
		return "", nil, fmt.Errorf("opening a personal number: %w", err)
	}
	return string(plain), hash, nil
}

// sealLabel binds a sealed number to the person whom it belongs to.
func sealLabel(staffID string) string { return "staff:" + staffID }

// Filter narrows a list of staff; empty fields do not. Query is as typed.
type Filter struct {
	Query      string
	Faculty    string
	Department string
	Absent     bool // only those who vanished from the list; otherwise only those who are in it
	WithoutIIN bool
}

// Page is a part of a list, and its order: "name", "staff_id", "department", "employed_from", a minus
// before it for the other direction.
type Page struct {
	Limit, Offset int
	Sort          string
}

var orders = map[string]string{
	"name": "surname, given_name, patronymic", "-name": "surname DESC, given_name DESC, patronymic DESC",
	"staff_id": "staff_id", "-staff_id": "staff_id DESC",
	"department": "faculty, department, surname", "-department": "faculty DESC, department DESC, surname",
	"employed_from": "employed_from NULLS FIRST", "-employed_from": "employed_from DESC NULLS LAST",
}

// Search lists staff, and says how many there are in all.
func (s *Store) Search(ctx context.Context, f Filter, p Page) ([]Staff, int, error) {
	args := pgx.StrictNamedArgs{"faculty": f.Faculty, "department": f.Department, "absent": f.Absent, "without_iin": f.WithoutIIN}
	where := `WHERE absent = @absent AND (@faculty = '' OR faculty = @faculty) AND (@department = '' OR department = @department)
		AND (NOT @without_iin OR iin_hash IS NULL)`
	for i, patterns := range person.SearchPatterns(f.Query) {
		name := fmt.Sprintf("word%d", i)
		where += ` AND search LIKE ANY(@` + name + `::text[])`
		args[name] = patterns
	}
	var total int
	if err := s.db.QueryRow(ctx, `SELECT count(*) FROM staff `+where, args).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("counting staff: %w", err)
	}
	order, ok := orders[p.Sort]
	if !ok {
		order = orders["name"]
	}
	args["limit"], args["offset"] = max(p.Limit, 1), max(p.Offset, 0)
	list, err := s.list(ctx, "searching staff", where+` ORDER BY `+order+`, staff_id LIMIT @limit OFFSET @offset`, args)
	return list, total, err
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
