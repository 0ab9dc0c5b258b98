package reports_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/clock"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/rating"
	"kualik/internal/registry"
)

// settled is a database that holds the facts of a world, and the rating's service on it.
func settled(t *testing.T, s *rating.Snapshot) (*pgxpool.Pool, *rating.Service, *clock.Manual) {
	t.Helper()
	pool := pgtest.New(t)
	settle(t, pool, s)
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		t.Fatal(err)
	}
	c := clock.At(sealedAt)
	return pool, rating.New(pool, c, zone), c
}

// settle writes the world's facts, as registry and directory would have.
func settle(t *testing.T, pool *pgxpool.Pool, s *rating.Snapshot) {
	t.Helper()
	ids := map[string]uuid.UUID{}
	batch := &pgx.Batch{}
	for _, p := range s.Staff {
		ids[p.StaffID] = clock.NewID()
		batch.Queue(`INSERT INTO staff (id, staff_id, surname, given_name, faculty, department, position, employed_from, employed_to, created_at, updated_at)
			VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8, $9, $9)`,
			ids[p.StaffID], p.StaffID, p.Name, p.Faculty, p.Department, p.Position, p.EmployedFrom, p.EmployedTo, sealedAt)
	}
	for _, c := range s.Certificates {
		received := time.Date(2026, 1, 14, 22, 0, 0, 0, time.UTC) // the 15th in Almaty
		batch.Queue(`INSERT INTO certificate (id, number, number_key, registered_on, created_on, kind, title, source, reading, application_decision,
				first_received_at, created_at, updated_at)
			VALUES ($1, $2, ltrim($2, '0'), $3, $4, $5, $6, 'text-layer', $7, $8, $9, $9, $9)`,
			c.ID, c.Number, c.RegisteredOn, c.CreatedOn, c.Kind, c.Title, c.Reading, c.ApplicationDecision, received)
		for i, a := range c.Authors {
			var staff *uuid.UUID
			if id, ok := ids[a.StaffID]; ok {
				staff = &id
			}
			batch.Queue(`INSERT INTO certificate_author (certificate_id, position, name, staff_id, decision) VALUES ($1, $2, $3, $4, $5)`,
				c.ID, i+1, a.Name, staff, a.Decision)
		}
	}
	if err := pool.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
}

// exported are the lines of "export certificates --format jsonl", read by somebody who knows only the
// interchange page.
func exported(t *testing.T, pool *pgxpool.Pool) (lines []map[string]any) {
	t.Helper()
	err := registry.Export(context.Background(), pool, nil, func(r registry.Row) error {
		raw, err := json.Marshal(r)
		if err != nil {
			return err
		}
		line := map[string]any{}
		lines = append(lines, line)
		return json.Unmarshal(raw, &line)
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// staffFile is the file that the office imported.
func staffFile(t *testing.T, s *rating.Snapshot) []map[string]string {
	t.Helper()
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	heads := []string{"staff_id", "surname", "faculty", "department", "employed_from", "employed_to"}
	w.Write(heads)
	for _, p := range s.Staff {
		w.Write([]string{p.StaffID, p.Name, p.Faculty, p.Department, string(p.EmployedFrom), string(p.EmployedTo)})
	}
	w.Flush()
	records, err := csv.NewReader(&file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, h := range records[0] {
			row[h] = r[i]
		}
		out = append(out, row)
	}
	return out
}
