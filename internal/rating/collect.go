package rating

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/registry"
)

// dayColumn is the expression of a certificate's counting day.
var dayColumn = map[Dating]string{
	ByRegistered: `c.registered_on`,
	ByCreated:    `c.created_on`,
	ByReceived:   `(c.first_received_at AT TIME ZONE @zone)::date`,
}

// collect reads, as of one instant, everything that a rating of the period depends on.
func (s *Service) collect(ctx context.Context, p Period, set RuleSet) (*Data, error) {
	data := &Data{
		Format: dataFormat, Period: p, Zone: s.zone.String(), RuleVersion: set.Version, Rules: set.Rules.Normal(),
		Staff: []Staff{}, Certificates: []Certificate{},
	}
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		// The condition names all its arguments, so that StrictNamedArgs holds for every dating.
		where := registry.Listed + ` AND c.reading <> 'rejected' AND @zone <> ''
			AND (` + dayColumn[set.Rules.Dating] + ` BETWEEN @from AND @to OR ` + dayColumn[set.Rules.Dating] + ` IS NULL)`
		args := pgx.StrictNamedArgs{"zone": data.Zone, "from": p.From, "to": p.To}
		byID, err := collectCertificates(ctx, tx, data, where, args)
		if err != nil {
			return fmt.Errorf("collect certificates: %w", err)
		}
		if err := collectAuthors(ctx, tx, data, byID, where, args); err != nil {
			return fmt.Errorf("collect authors: %w", err)
		}
		if err := collectStaff(ctx, tx, data, where, args); err != nil {
			return fmt.Errorf("collect staff: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// collectCertificates fills data.Certificates and says where each of them is.
func collectCertificates(ctx context.Context, tx pgx.Tx, data *Data, where string, args pgx.StrictNamedArgs) (map[uuid.UUID]int, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.id, c.number, c.registered_on, c.created_on, (c.first_received_at AT TIME ZONE @zone)::date,
		       c.kind, c.kind_text, c.title, c.reading, c.not_ours, c.application_decision,
		       coalesce(a.application_ref, '')
		FROM certificate c
		LEFT JOIN application a ON a.id = c.application_id AND c.application_decision IN ('auto', 'confirmed')
		WHERE `+where+`
		ORDER BY c.registered_on NULLS LAST, length(c.number_key), c.number_key COLLATE "C", c.id`, args)
	if err != nil {
		return nil, err
	}
	byID := map[uuid.UUID]int{}
	var id uuid.UUID
	c := Certificate{}
	_, err = pgx.ForEachRow(rows, []any{
		&id, &c.Number, &c.RegisteredOn, &c.CreatedOn, &c.ReceivedOn, &c.Kind, &c.KindText, &c.Title,
		&c.Reading, &c.NotOurs, &c.ApplicationDecision, &c.ApplicationRef,
	}, func() error {
		c.ID, c.Authors = id.String(), []Author{}
		byID[id] = len(data.Certificates)
		data.Certificates = append(data.Certificates, c)
		return nil
	})
	return byID, err
}

func collectAuthors(ctx context.Context, tx pgx.Tx, data *Data, byID map[uuid.UUID]int, where string, args pgx.StrictNamedArgs) error {
	rows, err := tx.Query(ctx, `
		SELECT w.certificate_id, w.name, w.decision,
		       CASE WHEN w.decision IN ('auto', 'confirmed') THEN coalesce(s.staff_id, '') ELSE '' END
		FROM certificate_author w
		JOIN certificate c ON c.id = w.certificate_id
		LEFT JOIN staff s ON s.id = w.staff_id
		WHERE `+where+`
		ORDER BY w.certificate_id, w.position`, args)
	if err != nil {
		return err
	}
	var id uuid.UUID
	a := Author{}
	_, err = pgx.ForEachRow(rows, []any{&id, &a.Name, &a.Decision, &a.StaffID}, func() error {
		c := &data.Certificates[byID[id]]
		c.Authors = append(c.Authors, a)
		return nil
	})
	return err
}

func collectStaff(ctx context.Context, tx pgx.Tx, data *Data, where string, args pgx.StrictNamedArgs) error {
	rows, err := tx.Query(ctx, `
		SELECT s.staff_id, concat_ws(' ', nullif(s.surname, ''), nullif(s.given_name, ''), nullif(s.patronymic, '')) AS name,
		       s.position, s.department, s.faculty, s.programme, s.employed_from, s.employed_to
		FROM staff s
		WHERE s.id IN (
			SELECT w.staff_id FROM certificate_author w JOIN certificate c ON c.id = w.certificate_id
			WHERE w.decision IN ('auto', 'confirmed') AND `+where+`)
		ORDER BY s.staff_id COLLATE "C"`, args)
	if err != nil {
		return err
	}
	data.Staff, err = pgx.CollectRows(rows, pgx.RowToStructByName[Staff])
	return err
}
