package pki

import (
	"crypto/rand"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/pki/issue"
)

// now is when the invented persons of the tests sign.
var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

var sagitova = issue.Person{Surname: "САГИТОВА", GivenName: "МЕРУЕРТ", Patronymic: "ЕРЛАНҚЫЗЫ", IIN: "850312499014", Email: "sagitova@koktobe.example"}
var tolegenov = issue.Person{Surname: "ТӨЛЕГЕНОВ", GivenName: "ДАУРЕН", IIN: "790101399025", Organisation: "«Көктөбе университеті» КеАҚ", BIN: "990140000012",
	Roles: []string{"legal_entity", "head"}}

const caName = "ҰКО TEST"

// house is a root, an authority below it, and two persons with keys for signing.
type house struct {
	root, ca      *issue.Authority
	first, second *issue.Identity
	tap           *tap
}

// tap is randomness that a test can put another in the place of.
type tap struct{ io.Reader }

var houses = map[issue.Algorithm]func() *house{
	issue.RSA:  sync.OnceValue(func() *house { return build(issue.RSA) }),
	issue.GOST: sync.OnceValue(func() *house { return build(issue.GOST) }),
}

func build(alg issue.Algorithm) *house {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	h := &house{tap: &tap{rand.Reader}}
	var err error
	h.root, err = issue.NewAuthority(h.tap, alg, "НЕГІЗГІ КО TEST", now)
	must(err)
	h.ca, err = h.root.Sub(alg, caName, now)
	must(err)
	h.first, err = h.ca.Issue(sagitova, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	must(err)
	h.second, err = h.ca.Issue(tolegenov, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	must(err)
	return h
}

// each runs a test with both algorithms.
func each(t *testing.T, test func(t *testing.T, h *house, alg issue.Algorithm)) {
	for _, alg := range []issue.Algorithm{issue.RSA, issue.GOST} {
		t.Run(string(alg), func(t *testing.T) { test(t, houses[alg](), alg) })
	}
}

var content = []byte("Каталог произведений, 2026")

// sign signs the content inside the message; the message holds the authority's certificate too.
func (h *house) sign(t testing.TB, id *issue.Identity, ways ...issue.Way) []byte {
	t.Helper()
	cms, err := id.SignCMS(content, false, now, append(ways, issue.WithCertificates(h.ca.Certificate))...)
	require.NoError(t, err)
	return cms
}

// judge trusts the root, now.
func (h *house) judge(cms []byte) Result {
	return VerifyCMS(cms, nil, Options{At: now, Trust: NewTrust(h.root.Certificate)})
}

// reason is that of a message of one signer, whose own must be the same.
func reason(t testing.TB, r Result) string {
	t.Helper()
	require.Equal(t, r.Reason == "", r.Valid)
	for _, s := range r.Signers {
		require.Equal(t, r.Reason, s.Reason)
		require.Equal(t, r.Reason == "", s.Valid)
	}
	return r.Reason
}

func (h *house) issue(t testing.TB, p issue.Profile) *issue.Identity {
	t.Helper()
	id, err := h.ca.IssueWith(sagitova, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0), p)
	require.NoError(t, err)
	return id
}

// replaced puts other octets, as many, in the place of the only ones like old.
func replaced(t testing.TB, data, old, by []byte) []byte {
	t.Helper()
	require.Equal(t, len(old), len(by))
	out := slices.Clone(data)
	at := -1
	for i := 0; i+len(old) <= len(out); i++ {
		if slices.Equal(out[i:i+len(old)], old) {
			require.Equal(t, -1, at, "octets that are there twice")
			at = i
		}
	}
	require.NotEqual(t, -1, at)
	copy(out[at:], by)
	return out
}

// encode is base64 in lines of 64 characters.
func encode(data []byte, lineEnd string) string {
	return strings.Join(slices.Collect(func(yield func(string) bool) {
		for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(data)), 64) {
			if !yield(string(line)) {
				return
			}
		}
	}), lineEnd)
}
