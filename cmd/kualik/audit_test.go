package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/audit"
	"kualik/internal/postgres/pgtest"
)

// alter does in the house's database what only somebody past the program can do.
func (h *house) alter(sql string) {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.env["KUALIK_DATABASE_URL"])
	require.NoError(h.t, err)
	defer conn.Close(h.t.Context())
	_, err = conn.Exec(h.t.Context(), `SET session_replication_role = replica; `+sql)
	require.NoError(h.t, err)
}

func (h *house) verdict(args ...string) (int, audit.Report) {
	h.t.Helper()
	status, out, _ := h.try(append([]string{"audit", "verify", "--json"}, args...)...)
	var r audit.Report
	require.NoError(h.t, json.Unmarshal([]byte(out), &r), out)
	return status, r
}

// The chain is sealed, verified and restored; who alters a row, or cuts the end off, is seen by the one or by
// the other.
func TestAuditIsVerified(t *testing.T) {
	h := newHouse(t)
	h.alter(`INSERT INTO audit (at, actor, actor_name, action, subject_kind, subject_id)
		SELECT now(), 'cli', '', 'review.accept', 'certificate', g::text FROM generate_series(1, 5) g`)
	head := strings.TrimSpace(h.ok("audit", "seal"))
	require.True(t, strings.HasPrefix(head, "5:"), head)
	require.Contains(t, h.ok("audit", "verify", "--anchor", head), "The audit is whole: 5 rows")
	status, r := h.verdict()
	require.Equal(t, exitDone, status)
	require.Equal(t, audit.Report{Whole: true, Sealed: 5, Head: head, Faults: []audit.Fault{}}, r)

	saved := filepath.Join(t.TempDir(), "kualik.tar.gz")
	h.ok("backup", saved)
	to := &house{t, map[string]string{"KUALIK_LANG": "en", "KUALIK_DATA_DIR": t.TempDir(), "KUALIK_DATABASE_URL": pgtest.Empty(t)}}
	to.ok("restore", saved)
	_, r = to.verdict("--anchor", head)
	require.True(t, r.Whole, r)
	require.EqualValues(t, 5, r.Sealed)

	h.alter(`UPDATE audit SET subject_id = '7' WHERE id = 3`)
	status, r = h.verdict()
	require.Equal(t, exitError, status)
	require.False(t, r.Whole)
	require.Len(t, r.Faults, 1)
	require.Equal(t, audit.Changed, r.Faults[0].Kind)
	require.EqualValues(t, 3, r.Faults[0].Row)
	require.Equal(t, "certificate 7", r.Faults[0].Subject)
	status, out, _ := h.try("audit", "verify")
	require.Equal(t, exitError, status)
	require.Contains(t, out, "Row 3 was changed after it had been sealed (seal 3)")

	// A backup of what was altered is restored, and says so.
	broken := filepath.Join(t.TempDir(), "broken.tar.gz")
	h.ok("backup", broken)
	to = &house{t, map[string]string{"KUALIK_LANG": "en", "KUALIK_DATA_DIR": t.TempDir(), "KUALIK_DATABASE_URL": pgtest.Empty(t)}}
	status, _, errs := to.try("restore", broken)
	require.Equal(t, exitError, status)
	require.Contains(t, errs, "Row 3 was changed")

	h.alter(`UPDATE audit SET subject_id = '3' WHERE id = 3; DELETE FROM audit WHERE id = 5; DELETE FROM audit_link WHERE n = 5`)
	status, r = h.verdict()
	require.Equal(t, exitDone, status, "the chain itself knows nothing of its end")
	status, r = h.verdict("--anchor", head)
	require.Equal(t, exitError, status)
	require.Equal(t, []audit.Fault{{Kind: audit.Anchor, Link: 5}}, r.Faults)
	status, _, errs = h.try("audit", "verify", "--anchor", "5:zz")
	require.Equal(t, exitUsage, status)
	require.Contains(t, errs, "5:zz")
}
