package pades

import (
	"bytes"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/phpdave11/gofpdf"
	"github.com/stretchr/testify/require"

	"kualik/internal/pki"
	"kualik/internal/pki/issue"
)

var now = time.Date(2026, 9, 16, 10, 0, 0, 0, time.UTC)

var university = issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", Patronymic: "ҚАЙРАТҰЛЫ", IIN: "700101399013", Organisation: "«Қаратал университеті» КеАҚ",
	BIN: "990240000016", Roles: []string{"legal_entity", "head"}}

// house is a root, an authority below it, and the seals of two institutions.
type house struct {
	root, ca      *issue.Authority
	first, second *Seal
	identity      *issue.Identity // the first seal's
}

var home = sync.OnceValue(func() *house {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	h := &house{}
	var err error
	h.root, err = issue.NewAuthority(rand.Reader, issue.RSA, "НЕГІЗГІ КО TEST", now)
	must(err)
	h.ca, err = h.root.Sub(issue.RSA, "КО TEST", now)
	must(err)
	h.identity, err = h.ca.Issue(university, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	must(err)
	h.first, err = OpenSeal(h.identity.Marshal(), "")
	must(err)
	other := university
	other.Organisation, other.BIN = "Басқа мекеме", "990240000027"
	id, err := h.ca.Issue(other, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	must(err)
	h.second, err = OpenSeal(id.Marshal(), "")
	must(err)
	return h
})

func (h *house) verify(pdf []byte) Result {
	return Verify(pdf, pki.Options{At: now, Trust: pki.NewTrust(h.root.Certificate)})
}

// plain is a small PDF of the library with which our papers are made.
func plain(t testing.TB, lines ...string) []byte {
	t.Helper()
	f := gofpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(now)
	f.SetModificationDate(now)
	f.AddPage()
	f.SetFont("Helvetica", "", 12)
	for i, l := range append([]string{"Certificate 14321"}, lines...) {
		f.Text(20, 30+float64(8*i), l)
	}
	var b bytes.Buffer
	require.NoError(t, f.Output(&b))
	return b.Bytes()
}

func signed(t testing.TB, s *Seal, pdf []byte) []byte {
	t.Helper()
	out, err := s.Sign(pdf, now)
	require.NoError(t, err)
	return out
}
