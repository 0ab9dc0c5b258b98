package pki

import (
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/pki/der"
	"kualik/internal/pki/issue"
)

// seeds are the real files, without their armour.
func seeds(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	require.NoError(f, err)
	for _, e := range entries {
		if data, err := os.ReadFile(filepath.Join("testdata", e.Name())); err == nil && !e.IsDir() {
			if raw, err := Decode(data); err == nil {
				f.Add(raw)
			}
		}
	}
}

func FuzzCMS(f *testing.F) {
	seeds(f)
	h := houses[issue.GOST]()
	crl, err := h.ca.CRL(now, now.AddDate(0, 0, 1))
	require.NoError(f, err)
	cms := h.sign(f, h.first, issue.InPieces(), issue.WithCRL(crl))
	f.Add(cms)
	trust := NewTrust(h.root.Certificate)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := VerifyCMS(data, nil, Options{At: now, Trust: trust})
		if r.Valid {
			require.Equal(t, content, r.Content)
		}
		require.Equal(t, r.Valid, r.Reason == "")
	})
}

func FuzzCertificate(f *testing.F) {
	seeds(f)
	h := houses[issue.GOST]()
	f.Add(h.first.Certificate)
	f.Add(h.second.Certificate)
	trust := NewTrust(h.root.Certificate)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCertificate(data)
		if err != nil {
			return
		}
		newWalk(trust, []*Certificate{c, c}, now).from(c)
		require.Contains(t, []int{0, 12}, len(c.IIN))
	})
}

func FuzzOCSP(f *testing.F) {
	for _, alg := range []issue.Algorithm{issue.RSA, issue.GOST} {
		h := houses[alg]()
		request, err := OCSPRequest(h.first.Certificate, h.ca.Certificate, []byte("12345678"))
		require.NoError(f, err)
		response, err := h.ca.OCSP(request, now, func(*big.Int) issue.Status { return issue.Status{RevokedAt: now} })
		require.NoError(f, err)
		f.Add(response)
	}
	h := houses[issue.GOST]()
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := parseAnswer(data); err != nil {
			return // most are: the rest takes longer
		}
		s, err := ParseOCSP(data, h.first.Certificate, h.ca.Certificate, nil, now, nil)
		if err == nil {
			require.Equal(t, RevocationRevoked, s.State)
		}
	})
}

func FuzzCRL(f *testing.F) {
	h := houses[issue.GOST]()
	crl, err := h.ca.CRLWith(now, now.AddDate(0, 0, 1), "2.5.29.28", revoked(f, h.first.Certificate, now, 1))
	require.NoError(f, err)
	f.Add(crl)
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := parseList(data); err == nil {
			c, err := ParseCertificate(h.first.Certificate)
			require.NoError(t, err)
			l.status(c, now)
		}
	})
}

// FuzzDER holds two readings of the same octets against each other: what is written again reads the same.
func FuzzDER(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := der.ReadOnly(data)
		if err != nil {
			return
		}
		once, err := e.DER()
		if err != nil {
			require.ErrorIs(t, err, der.ErrMalformed)
			return
		}
		again, err := der.ReadOnly(once)
		require.NoError(t, err)
		twice, err := again.DER()
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}
