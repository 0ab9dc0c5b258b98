// Package pgtest gives a test a PostgreSQL database of its own, with the newest schema.
//
// A test process has one server, started with the first database and ended by the kernel together with
// the process. Its cluster is a copy of one that is made once on a machine for each state of the
// migrations; a database is a copy of the migrated one in it. For tests only.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/need"
	"kualik/internal/postgres"
)

// New gives a pool on a fresh migrated database, which goes at the end of the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(context.Background(), URL(t))
	if err != nil {
		t.Fatalf("opening the test's database: %v", err)
	}
	t.Cleanup(func() { closeWithin(t, pool, 5*time.Second) })
	return pool
}

// closeWithin closes the pool; a connection that the test never gave back is named, not waited for.
func closeWithin(t testing.TB, pool *pgxpool.Pool, limit time.Duration) {
	closed := make(chan struct{})
	go func() { pool.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(limit):
		t.Errorf("%d connections of the pool were never given back", pool.Stat().AcquiredConns())
	}
}

var (
	server  = sync.OnceValues(start) // URL of the server's first database
	counter atomic.Int64
)

// URL gives the address of a fresh migrated database, which goes at the end of the test. It holds for
// processes that the test starts, too.
func URL(t testing.TB) string {
	t.Helper()
	need.Program(t, "postgres")
	base, err := server()
	if err != nil {
		t.Fatalf("starting PostgreSQL for tests: %v", err)
	}
	name := fmt.Sprintf("test_%d", counter.Add(1))
	if err := command(base, "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY file_copy"); err != nil {
		t.Fatalf("making the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := command(base, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	return named(base, name)
}

// Empty gives the address of a fresh database without any schema.
func Empty(t testing.TB) string {
	t.Helper()
	address := URL(t)
	for _, sql := range []string{"DROP SCHEMA public CASCADE", "CREATE SCHEMA public"} {
		if err := command(address, sql); err != nil {
			t.Fatalf("emptying the test's database: %v", err)
		}
	}
	return address
}

// command runs one statement on a connection of its own.
func command(address, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

// named is the address of another database of the same server.
func named(address, database string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic("pgtest: " + err.Error()) // we made it ourselves
	}
	u.Path = "/" + database
	return u.String()
}

func tempRoot() string {
	return strings.TrimSuffix(os.TempDir(), "/") + fmt.Sprintf("/kualik-pgtest-%d", os.Geteuid())
}
