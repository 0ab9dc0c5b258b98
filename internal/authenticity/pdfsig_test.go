package authenticity

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/need"
)

// TestPdfsigSaysTheSame holds what we find against poppler's verifier: is there a signature, does it hold, does it
// cover all of the file. Whom to trust is not asked.
func TestPdfsigSaysTheSame(t *testing.T) {
	pdfsig := need.Program(t, "pdfsig")
	h := home()
	once := signed(t, h.seal, plain(t))
	changed := bytes.Clone(once)
	changed[bytes.Index(changed, []byte("14321"))]++
	const none, holds, broken, whole, more = "does not contain any signatures", "Signature is Valid.", "Digest Mismatch", "Total document signed", "Not total document signed"
	for what, c := range map[string]struct {
		pdf  []byte
		want []string
	}{
		"plain":    {plain(t), []string{none}},
		"sealed":   {once, []string{holds, whole}},
		"changed":  {changed, []string{broken}},
		"longer":   {append(bytes.Clone(once), "\n% more\nstartxref\n0\n%%EOF\n"...), nil},
		"update":   {signed(t, h.stranger, once), []string{holds, more, whole}},
		"stranger": {signed(t, h.stranger, streams(t)), []string{holds, whole}},
		"foreign":  {foreign(t, once, h.identity), []string{holds, whole}},
	} {
		f := h.check(t, c.pdf)
		path := filepath.Join(t.TempDir(), "file.pdf")
		require.NoError(t, os.WriteFile(path, c.pdf, 0o600))
		out, _ := exec.CommandContext(t.Context(), pdfsig, "-nocert", path).CombinedOutput() // 2: no signature
		for _, want := range c.want {
			require.Contains(t, string(out), want, what)
		}
		require.Equal(t, bytes.Contains(out, []byte(none)), len(f.Signatures) == 0, "%s: %s", what, out)
		require.Equal(t, bytes.Contains(out, []byte(holds)), len(f.Signatures) > 0 && f.Signatures[0].Intact, "%s: %s", what, out)
		n, by := f.Added()
		if by >= 0 {
			require.Equal(t, bytes.Contains(out, []byte(more)), n > 0, "%s: %s", what, out)
		}
	}
}
