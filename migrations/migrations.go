// Package migrations holds the numbered SQL of the database, forward only.
//
// Number 2 is River's own schema, applied by package postgres through River's migrator, so that both
// stand in one ledger.
package migrations

import "embed"

// Files are the SQL migrations, NNNNN_noun.sql.
//
//go:embed *.sql
var Files embed.FS
