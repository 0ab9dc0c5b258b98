package rating_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/rating"
)

var (
	noon = time.Date(2026, 9, 17, 7, 0, 0, 0, time.UTC)
	year = rating.CalendarYear(2025)
)

// office is a database with two members of staff and one certificate of theirs.
func office(t *testing.T) (*pgxpool.Pool, *rating.Service, *clock.Manual) {
	t.Helper()
	pool, c := pgtest.New(t), clock.At(noon)
	zone, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"A", "B"} {
		run(t, pool, `INSERT INTO staff (id, staff_id, surname, given_name, patronymic, faculty, department, created_at, updated_at)
			VALUES ($1, $2, 'Сагитова', 'Меруерт', '', 'F', 'D', $3, $3)`, clock.NewID(), id, noon)
	}
	certificate(t, pool, "71204", "2025-10-02", "A", "B")
	return pool, rating.New(pool, c, zone), c
}

func run(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func certificate(t *testing.T, pool *pgxpool.Pool, number, day string, staff ...string) uuid.UUID {
	t.Helper()
	id := clock.NewID()
	run(t, pool, `INSERT INTO certificate (id, number, number_key, registered_on, kind, title, source, reading, application_decision,
			first_received_at, created_at, updated_at)
		VALUES ($1, $2, $2, $3::date, 'database', 'Электрохимия негіздері', 'text-layer', 'sure', 'none', $4, $4, $4)`,
		id, number, day, time.Date(2025, 12, 31, 20, 0, 0, 0, time.UTC)) // 1 January in Almaty
	for i, s := range staff {
		run(t, pool, `INSERT INTO certificate_author (certificate_id, position, name, staff_id, decision)
			SELECT $1, $2, 'Сагитова М.', id, 'auto' FROM staff WHERE staff_id = $3`, id, i+1, s)
	}
	return id
}

func seal(t *testing.T, s *rating.Service, p rating.Period) *rating.Snapshot {
	t.Helper()
	snap, err := s.Seal(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func TestSealIsReusedUntilSomethingChanges(t *testing.T) {
	pool, s, c := office(t)
	before, err := s.Current(t.Context(), year)
	if err != nil || before.Sealed() {
		t.Fatalf("a look seals nothing: %+v, %v", before, err)
	}
	first := seal(t, s, year)
	if len(first.Certificates) != 1 || len(first.Staff) != 2 || first.Certificates[0].ReceivedOn != "2026-01-01" || !first.SealedAt.Equal(noon) {
		t.Fatalf("sealed %+v", first)
	}
	c.Advance(time.Hour)
	run(t, pool, `UPDATE certificate SET search = 'x', version = version + 1, updated_at = now()`)
	if again := seal(t, s, year); again.ID != first.ID || !again.SealedAt.Equal(first.SealedAt) {
		t.Errorf("nothing that counts has changed, but %s was sealed after %s", again.ID, first.ID)
	}
	if now, _ := s.Current(t.Context(), year); now.ID != first.ID {
		t.Error("a look does not know the sealed snapshot")
	}
	for _, change := range []string{
		`UPDATE certificate SET title = 'Другое'`,
		`UPDATE certificate_author SET decision = 'review', staff_id = NULL WHERE position = 2`,
		`UPDATE staff SET employed_to = '2025-10-01' WHERE staff_id = 'A'`,
		`UPDATE certificate SET reading = 'review'`,
	} {
		run(t, pool, change)
		if next := seal(t, s, year); next.ID == first.ID {
			t.Errorf("%s: the old snapshot was given", change)
		} else {
			first = next
		}
	}
	run(t, pool, `UPDATE certificate SET reading = 'rejected'`)
	if s := seal(t, s, year); len(s.Certificates) != 0 {
		t.Errorf("what is not a certificate is in the snapshot: %+v", s.Certificates)
	}
}

func TestSnapshotIsReadBackAndItsSealChecked(t *testing.T) {
	pool, s, _ := office(t)
	sealed := seal(t, s, year)
	run(t, pool, `UPDATE certificate SET title = 'Другое'`)
	read, err := s.Snapshot(t.Context(), sealed.ID)
	if err != nil || read.Certificates[0].Title != "Электрохимия негіздері" || read.SHA256 != sealed.SHA256 || !read.SealedAt.Equal(sealed.SealedAt) {
		t.Fatalf("read back %+v, %v", read, err)
	}
	run(t, pool, `UPDATE snapshot SET data = (SELECT data FROM snapshot WHERE id = $1), sha256 = repeat('0', 64)`, sealed.ID)
	if _, err := s.Snapshot(t.Context(), sealed.ID); err == nil || !strings.Contains(err.Error(), "seal") {
		t.Errorf("a snapshot that was tampered with: %v", err)
	}
	if _, err := s.Snapshot(t.Context(), clock.NewID()); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such snapshot: %v", err)
	}
}

func TestPeriodGoesByTheRulesDay(t *testing.T) {
	pool, s, _ := office(t)
	certificate(t, pool, "71205", "2024-12-31", "A")
	certificate(t, pool, "71206", "2026-01-01", "A")
	if got := len(seal(t, s, year).Certificates); got != 1 {
		t.Errorf("%d certificates registered in 2025", got)
	}
	rules := rating.Defaults()
	rules.Dating = rating.ByReceived // all came on 1 January 2026 in Almaty, 31 December in UTC
	if _, err := s.SaveRules(t.Context(), audit.CLI, rules, "", 1); err != nil {
		t.Fatal(err)
	}
	if got := len(seal(t, s, year).Certificates); got != 0 {
		t.Errorf("%d certificates received in 2025", got)
	}
	if got := len(seal(t, s, rating.CalendarYear(2026)).Certificates); got != 3 {
		t.Errorf("%d certificates received in 2026", got)
	}
}

func TestSealingAtOnceGivesOneSnapshot(t *testing.T) {
	_, s, _ := office(t)
	var wg sync.WaitGroup
	ids := make([]uuid.UUID, 6)
	for i := range ids {
		wg.Go(func() {
			snap, err := s.Seal(t.Context(), year)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = snap.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("snapshots %v", ids)
		}
	}
}

func TestRulesAreVersions(t *testing.T) {
	pool, s, c := office(t)
	first, err := s.Rules(t.Context())
	if err != nil || first.Version != 1 || first.Rules.Points != "10" {
		t.Fatalf("%+v, %v", first, err)
	}
	ann := audit.Actor{ID: "a1", Name: "Аружан И."}
	if same, err := s.SaveRules(t.Context(), ann, rating.Defaults(), "", 1); err != nil || same.Version != 1 {
		t.Errorf("rules that are the same: %+v, %v", same, err)
	}
	c.Advance(time.Minute)
	rules := rating.Defaults()
	rules.PointsByKind = map[string]rating.Decimal{"database": "15", "painting": "10"}
	second, err := s.SaveRules(t.Context(), ann, rules, "решение учёного совета", 1)
	if err != nil || second.Version != 2 || len(second.Rules.PointsByKind) != 1 {
		t.Fatalf("%+v, %v", second, err)
	}
	if _, err := s.SaveRules(t.Context(), ann, rules, "", 1); !fault.Is(err, fault.Conflict) {
		t.Errorf("somebody who saw only version 1: %v", err)
	}
	rules.Split = "halves"
	if _, err := s.SaveRules(t.Context(), ann, rules, "", 2); !fault.Is(err, fault.Invalid) {
		t.Errorf("bad rules: %v", err)
	}
	snap := seal(t, s, year)
	if snap.RuleVersion != 2 || rating.Fraction(rating.Compute(snap).Total.Points) != "15" {
		t.Errorf("sealed under version %d", snap.RuleVersion)
	}
	trial, err := s.Trial(t.Context(), year, rating.Defaults())
	if err != nil || trial.Sealed() || rating.Fraction(rating.Compute(trial).Total.Points) != "10" {
		t.Errorf("trial: %+v, %v", trial, err)
	}
	sets, err := s.RuleSets(t.Context())
	if err != nil || len(sets) != 2 || sets[0].Author != "Аружан И." {
		t.Errorf("%+v, %v", sets, err)
	}
	var traces int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'rating.rules' AND actor = 'a1'`).Scan(&traces); err != nil || traces != 1 {
		t.Errorf("%d traces, %v", traces, err)
	}
}
