package authenticity

import (
	"bytes"
	"testing"

	"kualik/internal/doctext"
)

// FuzzCheck gives the check what strangers might send. It must not panic or hang; a signature is good in files only
// that begin with a seal's own bytes; and what is counted stays within the file.
func FuzzCheck(f *testing.F) {
	h := home()
	sealed := signed(f, h.seal, plain(f))
	from, to := place(sealed)
	known := [][]byte{sealed, signed(f, h.stranger, sealed), signed(f, h.seal, streams(f)), foreign(f, sealed, h.identity)}
	for _, seed := range known {
		f.Add(seed)
	}
	f.Add(packed())
	f.Add(withRange(f, sealed, "0 1 2 99999999"))
	f.Add(withMessage(f, sealed, "300"))
	f.Add(append(bytes.Clone(sealed[:from]), sealed[to:]...))
	f.Fuzz(func(t *testing.T, data []byte) {
		list := Check(data, doctext.Result{Files: []doctext.File{{Type: pdfType}, {Name: "a.pdf", Type: pdfType}}}, h.options())
		for _, facts := range list {
			n, by := facts.Added()
			if n < 0 || n > facts.Size || by >= len(facts.Signatures) {
				t.Fatalf("%d bytes behind signature %d of a file of %d", n, by, facts.Size)
			}
			for _, s := range facts.Signatures {
				if s.Worth == Good && !begins(data, known, s.Covered) {
					t.Fatalf("%d bytes that nobody sealed are good", s.Covered)
				}
			}
		}
	})
}

// begins tells whether the first bytes are those of a file that was sealed.
func begins(data []byte, known [][]byte, n int) bool {
	for _, k := range known {
		if len(k) >= n && len(data) >= n && bytes.Equal(data[:n], k[:n]) {
			return true
		}
	}
	return false
}
