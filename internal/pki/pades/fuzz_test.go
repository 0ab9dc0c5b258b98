package pades

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzFile gives the reader what strangers might send. It must not panic or hang; a verdict of valid is for files
// that begin with a seal's own bytes only; and what can be sealed is valid afterwards.
func FuzzFile(f *testing.F) {
	h := home()
	once := signed(f, h.first, plain(f))
	twice := signed(f, h.second, once)
	streams, err := os.ReadFile(filepath.Join("testdata", "streams.pdf"))
	require.NoError(f, err)
	for _, seed := range [][]byte{plain(f), once, twice, streams, signed(f, h.first, streams), []byte("%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R>>\nstartxref\n9\n%%EOF"),
		[]byte("%PDF-1.4\n1 0 obj <</Type/XRef/W[1 1 1]/Size 1/Length 0>> stream\n\nendstream\nstartxref\n9\n%%EOF")} {
		f.Add(seed)
	}
	known := [][]byte{once, twice, signed(f, h.first, streams)}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := h.verify(data)
		if r.Valid {
			for _, k := range known {
				if bytes.Equal(data, k) {
					return
				}
			}
			t.Fatalf("%d bytes that nobody sealed are valid", len(data))
		}
		sealed, err := h.first.Sign(data, now)
		if err != nil {
			return
		}
		after := h.verify(sealed)
		require.NotEmpty(t, after.Signatures)
		last := after.Signatures[len(after.Signatures)-1]
		require.True(t, last.Valid && last.Whole, "%s %s", after.Reason, last.Reason)
	})
}
