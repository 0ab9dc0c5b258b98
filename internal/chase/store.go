package chase

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/postgres"
	"kualik/internal/registry"
)

// ours is a certificate of the list, not one that turned out to be none.
const ours = registry.Listed + ` AND c.reading <> 'rejected'`

// came is that a message, a page or a file brought certificate c, or a copy that was merged into it.
const came = `(EXISTS (SELECT FROM receipt r WHERE r.certificate_id = c.id)
	OR EXISTS (SELECT FROM receipt r JOIN certificate m ON m.id = r.certificate_id WHERE m.merged_into = c.id))`

// withoutCertificate is that no certificate was decided for application a, nor for another row of the same
// application of the register: the office's list names those filed in Kualik too.
const withoutCertificate = `NOT EXISTS (SELECT FROM certificate c WHERE c.application_id = a.id
		AND c.application_decision IN ('auto', 'confirmed') AND c.merged_into IS NULL AND c.reading <> 'rejected')
	AND NOT EXISTS (SELECT FROM application b JOIN certificate c ON c.application_id = b.id
		WHERE a.registry_application_no <> '' AND b.registry_application_no = a.registry_application_no
		AND c.application_decision IN ('auto', 'confirmed') AND c.merged_into IS NULL AND c.reading <> 'rejected')`

// found is a row of what is missing.
type found struct {
	ID       uuid.UUID  `db:"id"`
	Ref      string     `db:"ref"`
	Number   string     `db:"number"`
	Title    string     `db:"title"`
	WorkKind string     `db:"work_kind"`
	KindText string     `db:"kind_text"`
	Status   string     `db:"status"`
	Filing   *uuid.UUID `db:"filing"`
	Since    clock.Day  `db:"since"`
	KnownAt  time.Time  `db:"known_at"`
	Quiet    string     `db:"quiet"`
}

// applications reads those that should have a certificate: imported ones that were filed and whose way has not
// ended, and Kualik's own that were issued or, where the institute registers, signed by everybody. Those since
// after limit are left out.
func (s *Service) applications(ctx context.Context, db postgres.DB, ended []string, limit clock.Day) ([]found, error) {
	return s.find(ctx, db, "applications without a certificate", `
		SELECT * FROM (
			SELECT a.id, a.application_ref AS ref, coalesce(f.certificate_no, '') AS number, a.title, a.kind AS work_kind, a.kind_text,
				CASE WHEN f.id IS NULL THEN a.status ELSE '' END AS status, f.id AS filing,
				CASE WHEN f.state = 'issued' THEN coalesce(f.certificate_on, (f.issued_at AT TIME ZONE @zone)::date)
					WHEN f.state = 'signed' THEN (f.signed_at AT TIME ZONE @zone)::date ELSE a.filed_on END AS since,
				a.created_at AS known_at, CASE WHEN a.absent THEN 'absent' ELSE '' END AS quiet
			FROM application a LEFT JOIN filing f ON a.origin = 'kualik' AND f.incoming_no = a.application_ref AND f.incoming_no <> ''
			WHERE (a.origin = 'imported' AND NOT a.status = ANY(@ended) OR f.state = 'issued' OR f.state = 'signed' AND f.desk = 'recording')
				AND `+withoutCertificate+`) missing
		WHERE since <= @limit`,
		pgx.StrictNamedArgs{"ended": ended, "zone": s.o.Zone.String(), "limit": limit})
}

// neverSent reads the certificates of our staff that only the office's list knows.
func (s *Service) neverSent(ctx context.Context, db postgres.DB) ([]found, error) {
	return s.find(ctx, db, "certificates that nobody sent", `
		SELECT c.id, c.number AS ref, c.number, c.title, c.kind AS work_kind, c.kind_text, '' AS status, NULL::uuid AS filing,
			c.registered_on AS since, c.created_at AS known_at, CASE WHEN c.reading = 'confirmed' THEN 'vouched' ELSE '' END AS quiet
		FROM certificate c
		WHERE c.source = 'import' AND NOT c.not_ours AND `+ours+` AND NOT `+came+` AND EXISTS (SELECT FROM certificate_author x
			WHERE x.certificate_id = c.id AND x.decision IN ('auto', 'confirmed') AND x.staff_id IS NOT NULL)`, pgx.StrictNamedArgs{})
}

func (s *Service) find(ctx context.Context, db postgres.DB, what, sql string, args pgx.StrictNamedArgs) ([]found, error) {
	rows, err := db.Query(ctx, sql, args)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[found])
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	return list, nil
}

// endedStatuses are the statuses that occur and after which no certificate comes.
func endedStatuses(ctx context.Context, db postgres.DB) ([]string, error) {
	rows, err := db.Query(ctx, `SELECT DISTINCT status FROM application WHERE origin = 'imported' AND status <> ''`)
	if err != nil {
		return nil, fmt.Errorf("reading statuses of applications: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("reading statuses of applications: %w", err)
	}
	ended := []string{}
	for _, status := range list {
		if Ended(status) {
			ended = append(ended, status)
		}
	}
	return ended, nil
}

// named is an author of a subject.
type named struct {
	ID    uuid.UUID
	Name  string
	Hash  []byte
	Given string // address in the application
	Staff *uuid.UUID
}

// authorsOf reads the authors of applications and of certificates, in their order.
func authorsOf(ctx context.Context, db postgres.DB, applications, certificates []uuid.UUID) (map[uuid.UUID][]named, error) {
	rows, err := db.Query(ctx, `
		SELECT * FROM (
			SELECT w.application_id AS id, w.position, w.name, w.iin_hash, coalesce(p.email, '') AS given, NULL::uuid AS staff
			FROM application_author w JOIN application a ON a.id = w.application_id
			LEFT JOIN filing f ON a.origin = 'kualik' AND f.incoming_no = a.application_ref AND f.incoming_no <> ''
			LEFT JOIN LATERAL (SELECT x.email FROM filing_participant x WHERE x.filing_id = f.id AND x.number_hash = w.iin_hash AND x.email <> '' AND x.removed_at IS NULL
				ORDER BY x.position LIMIT 1) p ON true
			WHERE w.application_id = ANY(@applications)
			UNION ALL
			SELECT c.certificate_id, c.position, c.name, NULL, '', CASE WHEN c.decision IN ('auto', 'confirmed') THEN c.staff_id END
			FROM certificate_author c WHERE c.certificate_id = ANY(@certificates)) listed
		ORDER BY id, position`, pgx.StrictNamedArgs{"applications": applications, "certificates": certificates})
	if err != nil {
		return nil, fmt.Errorf("reading the authors of what is missing: %w", err)
	}
	out := map[uuid.UUID][]named{}
	var n named
	var position int
	_, err = pgx.ForEachRow(rows, []any{&n.ID, &position, &n.Name, &n.Hash, &n.Given, &n.Staff}, func() error {
		out[n.ID] = append(out[n.ID], n)
		n.Hash, n.Staff = nil, nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the authors of what is missing: %w", err)
	}
	return out, nil
}

// nearEnough is the score from which a candidate of a certificate on the desk keeps its application from being
// asked for: somebody has sent something that may be it.
const nearEnough = 0.5

// waiting reads which certificate on the desk may be the missing one: by application, and by the number of a
// certificate that was read from a picture and that nobody has looked at yet.
func waiting(ctx context.Context, db postgres.DB) (map[Subject]uuid.UUID, error) {
	rows, err := db.Query(ctx, `
		SELECT 'application' AS kind, (x->>'id')::uuid AS subject, c.id
		FROM certificate c, jsonb_array_elements(CASE WHEN jsonb_typeof(c.explanation->'candidates') = 'array' THEN c.explanation->'candidates' ELSE '[]' END) x
		WHERE c.application_decision = 'review' AND c.merged_into IS NULL AND c.reading <> 'rejected' AND NOT c.not_ours
			AND coalesce((x->>'score')::float, 0) >= @near
		UNION ALL
		SELECT 'certificate', c.id, p.id FROM certificate c JOIN certificate p ON p.number_key = c.number_key AND p.id <> c.id
		WHERE c.source = 'import' AND c.number_key <> '' AND p.reading = 'review' AND p.merged_into IS NULL AND NOT p.not_ours
			AND EXISTS (SELECT FROM receipt r WHERE r.certificate_id = p.id)`, pgx.StrictNamedArgs{"near": nearEnough})
	if err != nil {
		return nil, fmt.Errorf("reading what waits on the desk: %w", err)
	}
	out := map[Subject]uuid.UUID{}
	var subject Subject
	var certificate uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&subject.Kind, &subject.ID, &certificate}, func() error {
		out[subject] = certificate
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading what waits on the desk: %w", err)
	}
	return out, nil
}

// marks reads what people said.
func marks(ctx context.Context, db postgres.DB) (map[Subject]*Mark, error) {
	rows, err := db.Query(ctx, `SELECT subject_kind, subject_id, state, until, reason, note, at, actor_name FROM chase_mark`)
	if err != nil {
		return nil, fmt.Errorf("reading what was said of missing certificates: %w", err)
	}
	out := map[Subject]*Mark{}
	var subject Subject
	var m Mark
	_, err = pgx.ForEachRow(rows, []any{&subject.Kind, &subject.ID, &m.State, &m.Until, &m.Reason, &m.Note, &m.At, &m.By}, func() error {
		said := m
		out[subject] = &said
		m.Until = ""
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was said of missing certificates: %w", err)
	}
	return out, nil
}

// asked is how often a person was asked for a subject, and when last; of a head: how often it was named.
type asked struct {
	Times int
	Last  clock.Day
}

// history reads what was written: reminders by subject and person, lists for heads by subject, and each
// person's last letter of a sort.
type history struct {
	reminders map[Subject]map[string]asked
	heads     map[Subject]asked
	last      map[string]clock.Day // by sort and person
}

func (s *Service) letters(ctx context.Context, db postgres.DB) (history, error) {
	h := history{map[Subject]map[string]asked{}, map[Subject]asked{}, map[string]clock.Day{}}
	rows, err := db.Query(ctx, `SELECT l.sort, l.person, n.subject_kind, n.subject_id, count(*)::int, max((l.at AT TIME ZONE $1)::date)
		FROM chase_letter l JOIN chase_line n ON n.letter_id = l.id GROUP BY 1, 2, 3, 4`, s.o.Zone.String())
	if err != nil {
		return h, fmt.Errorf("reading reminders: %w", err)
	}
	var sort, who string
	var subject Subject
	var a asked
	_, err = pgx.ForEachRow(rows, []any{&sort, &who, &subject.Kind, &subject.ID, &a.Times, &a.Last}, func() error {
		h.last[sort+" "+who] = max(h.last[sort+" "+who], a.Last)
		if sort == escalation {
			h.heads[subject] = asked{max(h.heads[subject].Times, a.Times), max(h.heads[subject].Last, a.Last)}
			return nil
		}
		if h.reminders[subject] == nil {
			h.reminders[subject] = map[string]asked{}
		}
		h.reminders[subject][who] = a
		return nil
	})
	if err != nil {
		return h, fmt.Errorf("reading reminders: %w", err)
	}
	return h, nil
}
