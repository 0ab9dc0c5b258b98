package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
)

// What a page about one certificate shows besides the certificate itself.

// Brought is a message that brought a certificate. Its own file may differ from the one that was read.
type Brought struct {
	MessageID        uuid.UUID
	MessageSHA256    string
	FromAddr         string
	AttachmentSHA256 string
	Filename         string
	ReceivedAt       time.Time
	StoredAt         time.Time
	Subject          string
	Excerpt          string
	Mailbox          string
}

// Messages lists the messages that brought a certificate, the first one first.
func Messages(ctx context.Context, db DB, certID uuid.UUID) ([]Brought, error) {
	rows, err := db.Query(ctx, `
		SELECT r.message_id, r.message_sha256, coalesce(r.from_addr, '') AS from_addr, r.attachment_sha256, r.filename,
			r.received_at, r.stored_at, m.subject, m.excerpt, m.mailbox
		FROM received r JOIN message m ON m.id = r.message_id
		WHERE r.certificate_id = $1 ORDER BY r.stored_at, r.message_id`, certID)
	if err != nil {
		return nil, fmt.Errorf("messages of a certificate: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Brought])
}

// Person is a member of staff as pages about certificates name them.
type Person struct {
	ID         uuid.UUID
	StaffID    string
	Name       string
	Position   string
	Department string
	Faculty    string
}

const personColumns = `s.id, s.staff_id, concat_ws(' ', nullif(s.surname, ''), nullif(s.given_name, ''), nullif(s.patronymic, '')) AS name,
	s.position, s.department, s.faculty`

// People finds members of staff by their ids.
func People(ctx context.Context, db DB, ids []uuid.UUID) (map[uuid.UUID]Person, error) {
	found := map[uuid.UUID]Person{}
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := db.Query(ctx, `SELECT `+personColumns+` FROM staff s WHERE s.id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Person])
	if err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	for _, p := range list {
		found[p.ID] = p
	}
	return found, nil
}

// Filed is an application as pages about certificates name it.
type Filed struct {
	ID                    uuid.UUID
	ApplicationRef        string
	RegistryApplicationNo string
	Title                 string
	Kind                  string
	KindText              string
	CreatedOn             clock.Day
	FiledOn               clock.Day
	Status                string
	Authors               []string
	Certificate           string // number of the certificate that it has already, if another
}

const filedSelect = `
	SELECT p.id, p.application_ref, p.registry_application_no, p.title, p.kind, p.kind_text, p.created_on, p.filed_on, p.status,
		coalesce((SELECT array_agg(a.name ORDER BY a.position) FROM application_author a WHERE a.application_id = p.id), '{}') AS authors,
		coalesce((SELECT min(c.number) FROM certificate c WHERE c.application_id = p.id AND c.merged_into IS NULL
			AND c.reading <> 'rejected' AND c.application_decision IN ('auto', 'confirmed') AND c.id <> $2), '') AS certificate
	FROM application p `

// Applications finds applications by their ids, for the page of a certificate.
func Applications(ctx context.Context, db DB, ids []uuid.UUID, certID uuid.UUID) (map[uuid.UUID]Filed, error) {
	found := map[uuid.UUID]Filed{}
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := db.Query(ctx, filedSelect+`WHERE p.id = ANY($1)`, ids, certID)
	if err != nil {
		return nil, fmt.Errorf("find applications: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Filed])
	if err != nil {
		return nil, fmt.Errorf("find applications: %w", err)
	}
	for _, p := range list {
		found[p.ID] = p
	}
	return found, nil
}

// SearchApplications finds applications by number, title or author; patterns are those of a search box.
func SearchApplications(ctx context.Context, db DB, patterns [][]string, certID uuid.UUID, limit int) ([]Filed, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	where, args := everyWord(patterns, 3)
	rows, err := db.Query(ctx, filedSelect+where+` ORDER BY p.filed_on DESC NULLS LAST, p.application_ref LIMIT $1`, append([]any{limit, certID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("search applications: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Filed])
}

// SearchPeople finds members of staff by name or number.
func SearchPeople(ctx context.Context, db DB, patterns [][]string, limit int) ([]Person, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	where, args := everyWord(patterns, 2)
	rows, err := db.Query(ctx, `SELECT `+personColumns+`, s.search FROM staff s `+where+` ORDER BY s.surname, s.given_name LIMIT $1`,
		append([]any{limit}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("search people: %w", err)
	}
	type row struct {
		Person
		Search string
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	people := make([]Person, len(list))
	for i, r := range list {
		people[i] = r.Person
	}
	return people, err
}

// everyWord is the condition that each word fits column search; the first argument has number first.
func everyWord(patterns [][]string, first int) (where string, args []any) {
	where = "WHERE true"
	for i, p := range patterns {
		where += fmt.Sprintf(" AND search LIKE ANY($%d::text[])", first+i)
		args = append(args, p)
	}
	return where, args
}

// Deed is a person's decision about a certificate as it can be undone.
type Deed struct {
	ID       uuid.UUID
	At       time.Time
	Actor    string
	Action   string
	Undone   bool
	Undoable bool // nothing has happened since
}

// Deeds lists the decisions about a certificate, newest first.
func Deeds(ctx context.Context, db DB, certID uuid.UUID) ([]Deed, error) {
	rows, err := db.Query(ctx, `
		SELECT n.id, n.at, n.actor, n.action, n.undone_at IS NOT NULL AS undone,
			n.undone_at IS NULL AND (n.after->'certificate'->>'version')::int = c.version AS undoable
		FROM decision n JOIN certificate c ON c.id = n.certificate_id
		WHERE n.certificate_id = $1 ORDER BY n.at DESC, n.id DESC LIMIT 50`, certID)
	if err != nil {
		return nil, fmt.Errorf("decisions about a certificate: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Deed])
}

// Neighbours are the registered numbers just below and above a certificate's within a week of it: a
// number that lies between those of its week is in the register's course.
func Neighbours(ctx context.Context, db DB, c Certificate) (below, above string, inCourse bool, err error) {
	if c.NumberKey == "" || c.RegisteredOn == "" || !digits(c.NumberKey) {
		return "", "", false, nil
	}
	err = db.QueryRow(ctx, `
		WITH week AS (
			SELECT number_key::bigint AS n FROM certificate
			WHERE merged_into IS NULL AND reading IN ('sure', 'confirmed') AND id <> $1 AND number_key ~ '^[0-9]{1,12}$'
			  AND registered_on BETWEEN $2::date - 7 AND $2::date + 7)
		SELECT coalesce(min(n)::text, ''), coalesce(max(n)::text, ''), coalesce($3::bigint BETWEEN min(n) AND max(n), false) FROM week`,
		c.ID, c.RegisteredOn, c.NumberKey).Scan(&below, &above, &inCourse)
	if err != nil {
		return "", "", false, fmt.Errorf("numbers of the same week: %w", err)
	}
	return below, above, inCourse, nil
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(s) <= 12
}

// Candidacy is a question to a person: is this certificate theirs?
type Candidacy struct {
	ID              uuid.UUID // of the certificate
	Version         int
	Position        int // of the author
	Name            string
	Number          string
	RegisteredOn    clock.Day
	Title           string
	Kind            string
	KindText        string
	Authors         int
	FirstReceivedAt time.Time
}

// MayBe lists the certificates with an undecided author for whom a person is a candidate whom nobody has refused.
func MayBe(ctx context.Context, db DB, staff uuid.UUID) ([]Candidacy, error) {
	me, err := json.Marshal(map[string]any{"candidates": []map[string]string{{"id": staff.String()}}})
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, `
		SELECT c.id, c.version, a.position, a.name, c.number, c.registered_on, c.title, c.kind, c.kind_text,
			(SELECT count(*) FROM certificate_author x WHERE x.certificate_id = c.id)::int AS authors, c.first_received_at
		FROM certificate_author a JOIN certificate c ON c.id = a.certificate_id
		WHERE a.decision = 'review' AND a.explanation @> $2::jsonb
		  AND c.merged_into IS NULL AND c.reading <> 'rejected' AND NOT c.not_ours
		  AND NOT EXISTS (SELECT FROM refusal f WHERE f.certificate_id = c.id AND f.kind = 'staff'
			AND f.position = a.position AND f.subject_id = $1)
		  AND NOT EXISTS (SELECT FROM certificate_author o WHERE o.certificate_id = c.id AND o.staff_id = $1)
		ORDER BY c.first_received_at DESC, c.id, a.position`, staff, string(me))
	if err != nil {
		return nil, fmt.Errorf("certificates that may be a person's: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Candidacy])
	if err != nil {
		return nil, fmt.Errorf("certificates that may be a person's: %w", err)
	}
	return list, nil
}

// DecidedAlone gives the certificates that the machine alone decided to be a person's, by their ids, with
// the position of the author.
func DecidedAlone(ctx context.Context, db DB, staff uuid.UUID) (map[string]int, error) {
	rows, err := db.Query(ctx, `
		SELECT a.certificate_id::text, a.position FROM certificate_author a JOIN certificate c ON c.id = a.certificate_id
		WHERE a.staff_id = $1 AND a.decision = 'auto' AND NOT a.human AND c.merged_into IS NULL AND c.reading <> 'rejected'`, staff)
	if err != nil {
		return nil, fmt.Errorf("certificates decided without a person: %w", err)
	}
	found := map[string]int{}
	var id string
	var position int
	_, err = pgx.ForEachRow(rows, []any{&id, &position}, func() error {
		found[id] = position
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("certificates decided without a person: %w", err)
	}
	return found, nil
}
