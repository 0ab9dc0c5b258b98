package app_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/postgres"
	"kualik/internal/postgres/embedded"
	"kualik/internal/registry"
)

// look opens the installation's private database as one more process of it, and lets go of it again.
func (in *installation) look(see func(ctx context.Context, db *pgxpool.Pool)) {
	in.t.Helper()
	ctx := context.Background()
	server, err := embedded.Start(ctx, filepath.Join(in.dir, "postgres"), slog.New(slog.DiscardHandler))
	if err != nil {
		in.t.Fatal(err)
	}
	defer func() {
		if err := server.Close(ctx); err != nil {
			in.t.Error(err)
		}
	}()
	db, err := postgres.Open(ctx, server.URL())
	if err != nil {
		in.t.Fatal(err)
	}
	defer db.Close()
	see(ctx, db)
}

func read[T any](t testing.TB, ctx context.Context, db *pgxpool.Pool, row pgx.RowToFunc[T], sql string) []T {
	t.Helper()
	rows, err := db.Query(ctx, sql)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, row)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// wrongs are conditions that never hold, however the program ended, with what each would mean.
var wrongs = map[string]string{
	"messages decided as certificates that brought none": `SELECT count(*) FROM message m WHERE outcome = 'certificates'
		AND NOT EXISTS (SELECT FROM receipt r WHERE r.message_id = m.id)`,
	"messages that brought certificates and are decided otherwise": `SELECT count(*) FROM receipt r JOIN message m ON m.id = r.message_id
		JOIN certificate c ON c.id = r.certificate_id WHERE m.outcome NOT IN ('certificates', 'duplicate') AND ` + registry.Listed,
	"messages that wait and have no job": `SELECT count(*) FROM message m WHERE outcome = 'pending' AND NOT EXISTS (SELECT FROM river_job j
		WHERE j.kind = 'take_message' AND j.args->>'message_id' = m.id::text AND j.state IN ('available', 'running', 'retryable', 'scheduled'))`,
	"copies without an original": `SELECT count(*) FROM message m WHERE outcome = 'duplicate'
		AND NOT EXISTS (SELECT FROM message o WHERE o.sha256 = m.sha256 AND o.outcome <> 'duplicate')`,
	"certificates that no message brought": `SELECT count(*) FROM certificate c WHERE NOT EXISTS (SELECT FROM receipt r WHERE r.certificate_id = c.id)`,
	"messages before the cursor without a row": `SELECT coalesce(sum(b.last_uid - (SELECT count(*) FROM message m
		WHERE m.mailbox = b.name AND m.uidvalidity = b.uidvalidity AND m.uid <= b.last_uid)), 0)::bigint FROM mailbox b`,
}

// consistent holds after every kill: what is in the database is true, and every file that it names is
// there and whole.
func (k *killer) consistent() {
	k.t.Helper()
	k.look(func(ctx context.Context, db *pgxpool.Pool) { k.holds(ctx, db) })
}

func (k *killer) holds(ctx context.Context, db *pgxpool.Pool) {
	k.t.Helper()
	for what, sql := range wrongs {
		if n := read(k.t, ctx, db, pgx.RowTo[int64], sql)[0]; n != 0 {
			k.t.Errorf("%d %s", n, what)
		}
	}
	for _, sha := range read(k.t, ctx, db, pgx.RowTo[string], `SELECT sha256 FROM message WHERE sha256 <> '' UNION SELECT sha256 FROM attachment`) {
		data, err := os.ReadFile(filepath.Join(k.dir, "files", sha[:2], sha))
		if err != nil {
			k.t.Errorf("a file is missing: %v", err)
			continue
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != sha {
			k.t.Errorf("a file of %d bytes is not what it was: %s", len(data), sha)
		}
	}
	seen := read(k.t, ctx, db, pgx.RowTo[string], `SELECT outcome || ' ' || count(*) FROM message GROUP BY outcome ORDER BY outcome`)
	k.t.Logf("of %d messages delivered: %v", k.given, seen)
}

// complete holds when all is done: each message has one row and its outcome, each certificate is there
// once, and has a receipt from each message that brought it.
func (k *killer) complete() {
	k.t.Helper()
	k.look(func(ctx context.Context, db *pgxpool.Pool) {
		k.t.Helper()
		k.holds(ctx, db)
		k.messages(ctx, db)
		k.certificates(ctx, db)
		// What a document shows of itself is found aside, by whoever serves, and nothing waits for it.
		for _, left := range read(k.t, ctx, db, pgx.RowTo[string], `SELECT kind || ' ' || state || ' ' || count(*) FROM river_job
			WHERE state <> 'completed' AND kind <> 'check_document' GROUP BY kind, state`) {
			k.t.Errorf("jobs left: %s", left)
		}
	})
}

func (k *killer) messages(ctx context.Context, db *pgxpool.Pool) {
	k.t.Helper()
	want := map[string]int{} // rows of each content
	for _, l := range k.list {
		want[l.sha()]++
	}
	type row struct {
		SHA256, Outcome, Reason string
		UID                     int64 `db:"uid"`
	}
	got, first, uids := map[string]int{}, map[string]row{}, map[int64]bool{}
	for _, r := range read(k.t, ctx, db, pgx.RowToStructByName[row], `SELECT sha256, outcome, reason, uid FROM message`) {
		got[r.SHA256]++
		uids[r.UID] = true
		if r.Outcome != "duplicate" {
			if other, twice := first[r.SHA256]; twice {
				k.t.Errorf("the same bytes were taken twice: %+v and %+v", other, r)
			}
			first[r.SHA256] = r
		}
	}
	if !maps.Equal(got, want) || len(uids) != len(k.list) {
		k.t.Errorf("%d contents in %d rows, want %d contents in %d rows", len(got), len(uids), len(want), len(k.list))
	}
	wrong := 0
	for i, l := range k.list {
		if r := first[l.sha()]; !slices.Contains(l.may, r.Outcome) {
			if wrong++; wrong <= 5 {
				k.t.Errorf("letter %d: %s (%s), want %v\n%.600s", i, r.Outcome, r.Reason, l.may, l.raw)
			}
		}
	}
}

func (k *killer) certificates(ctx context.Context, db *pgxpool.Pool) {
	k.t.Helper()
	want := map[string]int{} // receipts of each certificate
	for _, l := range k.list {
		for _, key := range l.keys {
			want[key]++
		}
	}
	type row struct {
		Key     string
		Rows    int
		Receipt int
	}
	got := map[string]int{}
	for _, r := range read(k.t, ctx, db, pgx.RowToStructByName[row], `
		SELECT number_key || ' ' || coalesce(registered_on::text, '') AS key, count(DISTINCT c.id) AS rows, count(r.message_id) AS receipt
		FROM certificate c LEFT JOIN received r ON r.certificate_id = c.id WHERE `+registry.Listed+` GROUP BY 1`) {
		got[r.Key] = r.Receipt
		if r.Rows != 1 {
			k.t.Errorf("certificate %s stands there %d times", r.Key, r.Rows)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got[key] != want[key] {
			k.t.Errorf("certificate %s: %d receipts, want %d", key, got[key], want[key])
		}
	}
	for key := range got {
		if want[key] == 0 {
			k.t.Errorf("certificate %s was never sent", key)
		}
	}
	if total := fmt.Sprint(len(got)); !k.t.Failed() {
		k.t.Logf("%s certificates, each once, with all their receipts", total)
	}
}
