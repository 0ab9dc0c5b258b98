package pades

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/need"
	"kualik/internal/pki/issue"
)

// TestPdfsigAgrees lets poppler's verifier look, with the root in a database of its own.
func TestPdfsigAgrees(t *testing.T) {
	pdfsig, certutil := need.Program(t, "pdfsig"), need.Program(t, "certutil")
	h := home()
	dir := t.TempDir()
	run := func(program string, args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
		require.NoError(t, err, "%s %v: %s", program, args, out)
		return string(out)
	}
	keep := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	// pdfsig judges by the machine's clock, so this seal is of today.
	id, err := h.ca.Issue(university, issue.Sign, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
	require.NoError(t, err)
	seal, err := OpenSeal(id.Marshal(), "")
	require.NoError(t, err)
	database := "sql:" + dir
	run(certutil, "-N", "-d", database, "--empty-password")
	root := keep("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.root.Certificate}))
	run(certutil, "-A", "-d", database, "-n", "root", "-t", "CT,C,C", "-i", root)

	once, err := seal.Sign(plain(t), time.Now())
	require.NoError(t, err)
	said := run(pdfsig, "-nssdir", database, keep("once.pdf", once))
	for _, want := range []string{"Signature is Valid.", "Certificate is Trusted.", "Total document signed", "ETSI.CAdES.detached", "SHA-256"} {
		require.Contains(t, said, want)
	}
	twice, err := h.second.Sign(once, time.Now())
	require.NoError(t, err)
	said = run(pdfsig, "-nssdir", database, keep("twice.pdf", twice))
	require.Contains(t, said, "Signature #2")
	require.NotContains(t, said, "Signature is Invalid.")
	once[100]++
	out, _ := exec.CommandContext(t.Context(), pdfsig, "-nssdir", database, keep("changed.pdf", once)).CombinedOutput()
	require.Contains(t, string(out), "Digest Mismatch")
}
