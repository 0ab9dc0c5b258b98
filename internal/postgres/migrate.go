package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"kualik/internal/fault"
	"kualik/migrations"
)

// RiverSchema is the version of River's schema that our River needs. To go on to a later one, add
// another Go migration; this one has been applied.
const RiverSchema = 8

// riverMigration is the number of that migration in our ledger.
const riverMigration = 2

// Migrate brings the schema to the newest version. Several processes may call it at once: one works,
// the others wait.
func Migrate(ctx context.Context, url string, log *slog.Logger) error {
	provider, db, err := ledger(url)
	if err != nil {
		return err
	}
	defer db.Close()
	done, err := provider.Up(ctx)
	for _, m := range done {
		log.Info("database migrated", "version", m.Source.Version, "took", m.Duration)
	}
	if err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

// Pending tells whether Migrate has something to do.
func Pending(ctx context.Context, url string) (bool, error) {
	provider, db, err := ledger(url)
	if err != nil {
		return false, err
	}
	defer db.Close()
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return false, fmt.Errorf("asking for the database's version: %w", err)
	}
	return pending, nil
}

// ledger is goose over our SQL and River's schema. The database is the caller's to close.
func ledger(url string) (*goose.Provider, *sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Invalid, "postgres.url")
	}
	config.DialFunc = patient(config.DialFunc)
	maps.DeleteFunc(config.RuntimeParams, func(name, _ string) bool { return strings.HasPrefix(name, "pool_") })
	one, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 30))
	if err != nil {
		return nil, nil, fmt.Errorf("making the migrations' lock: %w", err)
	}
	db := stdlib.OpenDB(*config)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files,
		goose.WithSessionLocker(one),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
		goose.WithGoMigrations(goose.NewGoMigration(riverMigration, &goose.GoFunc{RunDB: func(ctx context.Context, _ *sql.DB) error {
			return migrateRiver(ctx, url)
		}}, nil)))
	if err != nil {
		db.Close()
		return nil, nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return provider, db, nil
}

// migrateRiver applies River's schema. River has a ledger of its own beside goose's, so that a process
// that was killed in the middle goes on where it stopped.
func migrateRiver(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return fmt.Errorf("opening the database for River's schema: %w", err)
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("preparing River's schema: %w", err)
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: RiverSchema})
	if err != nil {
		return fmt.Errorf("applying River's schema: %w", err)
	}
	return nil
}

// Version is the schema version of a database, 0 when it has none yet. Nothing is changed by asking.
func Version(ctx context.Context, url string) (int64, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fault.Wrap(err, fault.Unavailable, "postgres.unavailable")
	}
	defer conn.Close(ctx)
	var there bool
	var version int64
	err = conn.QueryRow(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&there)
	if err == nil && there {
		err = conn.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	}
	if err != nil {
		return 0, fmt.Errorf("asking for the database's version: %w", err)
	}
	return version, nil
}

// Newest is the schema version that Migrate leads to.
func Newest() (int64, error) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("listing the migrations: %w", err)
	}
	var newest int64 = riverMigration
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("reading the number of a migration: %w", err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}
