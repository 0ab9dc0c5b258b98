package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"kualik/internal/fault"
	"kualik/internal/postgres"
	"kualik/internal/postgres/pgtest"
)

func TestMigrateFromSeveralProcesses(t *testing.T) {
	ctx, url, log := t.Context(), pgtest.Empty(t), slog.New(slog.DiscardHandler)
	if pending, err := postgres.Pending(ctx, url); err != nil || !pending {
		t.Fatalf("pending on an empty database: %v (%v), want true", pending, err)
	}
	if version, err := postgres.Version(ctx, url); err != nil || version != 0 {
		t.Errorf("version %d of an empty database (%v), want 0", version, err)
	}
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = postgres.Migrate(ctx, url, log) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if pending, err := postgres.Pending(ctx, url); err != nil || pending {
		t.Errorf("pending after migrating: %v (%v), want false", pending, err)
	}
	newest, err := postgres.Newest()
	if err != nil {
		t.Fatal(err)
	}
	if version, err := postgres.Version(ctx, url); err != nil || version != newest || newest < 2 {
		t.Errorf("version %d after migrating (%v), the newest is %d", version, err, newest)
	}
	pool, err := postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var ours, rivers int
	err = pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM goose_db_version WHERE version_id IN (1, 2)), (SELECT max(version) FROM river_migration)`).Scan(&ours, &rivers)
	if err != nil || ours != 2 || rivers != postgres.RiverSchema {
		t.Errorf("ledger holds %d of our first two, River's schema is %d (%v)", ours, rivers, err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for url, kind := range map[string]fault.Kind{
		"postgres://[": fault.Invalid,
		"postgres://127.0.0.1:1/kualik?connect_timeout=2": fault.Unavailable,
	} {
		if _, err := postgres.Open(t.Context(), url); !fault.Is(err, kind) {
			t.Errorf("%s: %v, want %v", url, err, kind)
		}
		if err := postgres.Migrate(t.Context(), url, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: migrated", url)
		}
	}
}

func TestConstraint(t *testing.T) {
	pool := pgtest.New(t)
	insert := func() error {
		_, err := pool.Exec(context.Background(), `INSERT INTO staff (id, staff_id, surname, given_name, created_at, updated_at)
			VALUES (gen_random_uuid(), '1', 'Үлгі', 'Сынақ', now(), now())`)
		return err
	}
	if err := insert(); err != nil || postgres.Constraint(err) != "" {
		t.Fatal(err)
	}
	if err := insert(); postgres.Constraint(err) != "staff_staff_id_unique" {
		t.Errorf("constraint %q of %v", postgres.Constraint(err), err)
	}
	if name := postgres.Constraint(&pgconn.PgError{}); name != "" {
		t.Errorf("constraint %q where there is none", name)
	}
}
