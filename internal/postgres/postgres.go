// Package postgres opens the database and keeps its schema.
//
// It stands below every store: a store takes a DB, writes its SQL by hand and reads rows with pgx. It
// knows nothing of the domain. The private server is in package embedded, databases for tests are in
// package pgtest.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/fault"
)

// DB is what a store works on: a pool, a connection or a transaction. Begin on a transaction is a
// savepoint.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Begin(ctx context.Context) (pgx.Tx, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

var (
	_ DB = (*pgxpool.Pool)(nil)
	_ DB = (*pgx.Conn)(nil)
	_ DB = (pgx.Tx)(nil)
)

// maxConns bounds a process's connections where the URL does not (pool_max_conns).
const maxConns = 12

// Open makes a pool and tries it. Instants are read in UTC. A URL that cannot be read is fault.Invalid,
// a database that does not answer fault.Unavailable. The password stands in neither.
func Open(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "postgres.url")
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = maxConns
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "kualik"
	}
	config.ConnConfig.DialFunc = patient(config.ConnConfig.DialFunc)
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("making the database's pool: %w", err)
	}
	ping := pool.Ping
	if strings.HasPrefix(config.ConnConfig.Host, "/") { // the private server: its owner may have been killed just now
		ping = func(ctx context.Context) error { return Retry(ctx, pool.Ping) }
	}
	if err := ping(ctx); err != nil {
		pool.Close()
		return nil, fault.Wrap(err, fault.Unavailable, "postgres.unavailable")
	}
	return pool, nil
}

// takeOver is how long the private server may be away while another process takes it over.
const takeOver = 5 * time.Second

// patient waits for a socket in the file system that nobody listens on at the moment: between the
// death of the private server's owner and the next one there is none. A TCP server is asked once.
func patient(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		deadline := time.Now().Add(takeOver)
		for {
			conn, err := dial(ctx, network, addr)
			away := errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT)
			if !away || network != "unix" || time.Now().After(deadline) {
				return conn, err
			}
			select {
			case <-ctx.Done():
				return nil, err
			case <-time.After(25 * time.Millisecond):
			}
		}
	}
}

// Constraint is the name of the constraint that err says was violated, or empty.
func Constraint(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.ConstraintName
	}
	return ""
}
