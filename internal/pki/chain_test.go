package pki

import (
	"crypto/rand"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/pki/issue"
)

// tower is a chain of authorities, the root first, and a person whom the last certified.
func tower(t *testing.T, h *house, alg issue.Algorithm, names []string, change func(level int) issue.Profile) ([]*issue.Authority, *issue.Identity) {
	t.Helper()
	above := h.root
	levels := []*issue.Authority{above}
	for i, name := range names {
		sub, err := above.SubWith(alg, name, now.AddDate(0, 0, -1), now.AddDate(10, 0, 0), change(i+1))
		require.NoError(t, err)
		levels, above = append(levels, sub), sub
	}
	id, err := above.Issue(sagitova, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	require.NoError(t, err)
	return levels, id
}

func plain(int) issue.Profile { return issue.Profile{} }

func ders(levels []*issue.Authority) (list [][]byte) {
	for _, a := range levels {
		list = append(list, a.Certificate)
	}
	return list
}

func TestLengthOfTheChain(t *testing.T) {
	h := houses[issue.GOST]()
	names := []string{"A TEST", "B TEST", "C TEST", "D TEST"}
	judge := func(levels []*issue.Authority, id *issue.Identity, anchor []byte) string {
		cms, err := id.SignCMS(content, false, now, issue.WithCertificates(ders(levels)...))
		require.NoError(t, err)
		return reason(t, VerifyCMS(cms, nil, Options{At: now, Trust: NewTrust(anchor)}))
	}
	for between := range 4 {
		levels, id := tower(t, h, issue.GOST, names[:between], plain)
		require.Empty(t, judge(levels, id, h.root.Certificate), "%d between", between)
	}
	levels, id := tower(t, h, issue.GOST, names, plain)
	require.Equal(t, Untrusted, judge(levels, id, h.root.Certificate), "four between")
	require.Empty(t, judge(levels, id, levels[1].Certificate), "an anchor in the middle")
	require.Empty(t, judge(nil, id, levels[4].Certificate), "the issuer is the anchor")
	require.Equal(t, Untrusted, judge(levels[:4], id, h.root.Certificate), "a link is missing")
	require.Equal(t, Untrusted, judge(slices.Concat(levels[:3], levels[4:]), id, h.root.Certificate), "a link is missing")
	require.Equal(t, Untrusted, judge(nil, id, id.Certificate), "a person is no anchor")
}

func TestEveryLinkIsAnAuthority(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		for name, p := range map[string]issue.Profile{
			"not a CA":                   {NotCA: true},
			"may not sign certificates":  {KeyUsage: []int{issue.CRLSign, issue.DigitalSignature}},
			"says nothing of its usage":  {NoKeyUsage: true},
			"unknown critical extension": {Critical: "1.2.3.4"},
		} {
			levels, id := tower(t, h, alg, []string{"A TEST", "B TEST"}, func(level int) issue.Profile {
				if level == 2 {
					return p
				}
				return issue.Profile{}
			})
			cms, err := id.SignCMS(content, false, now, issue.WithCertificates(ders(levels)...))
			require.NoError(t, err)
			require.Equal(t, Untrusted, reason(t, h.judge(cms)), name)
		}
		// a person's own certificate makes no authority of the person
		boss, err := issue.ParseAuthority(rand.Reader, h.first.Marshal())
		require.NoError(t, err)
		id, err := boss.Issue(tolegenov, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
		require.NoError(t, err)
		require.Equal(t, Untrusted, reason(t, h.judge(h.sign(t, id, issue.WithCertificates(h.first.Certificate)))))
		require.Empty(t, NewTrust(h.first.Certificate).Anchors())
	})
}

func TestPathLength(t *testing.T) {
	h := houses[issue.GOST]()
	for below, want := range map[int]string{1: "", 2: Untrusted} {
		levels, id := tower(t, h, issue.GOST, []string{"A TEST", "B TEST", "C TEST"}[:below+1], func(level int) issue.Profile {
			if level == 1 {
				return issue.Profile{PathLength: 1}
			}
			return issue.Profile{}
		})
		cms, err := id.SignCMS(content, false, now, issue.WithCertificates(ders(levels)...))
		require.NoError(t, err)
		require.Equal(t, want, reason(t, h.judge(cms)), "%d below", below)
	}
}

func TestStrangers(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		for _, keyIDs := range []bool{true, false} {
			stranger, err := issue.NewAuthorityWith(h.tap, alg, caName, now.AddDate(0, 0, -1), now.AddDate(10, 0, 0), issue.Profile{WithoutKeyIDs: keyIDs})
			require.NoError(t, err)
			id, err := stranger.IssueWith(sagitova, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0), issue.Profile{WithoutKeyIDs: keyIDs})
			require.NoError(t, err)
			cms, err := id.SignCMS(content, false, now, issue.WithCertificates(stranger.Certificate))
			require.NoError(t, err)
			r := VerifyCMS(cms, nil, Options{At: now, Trust: NewTrust(h.ca.Certificate)})
			require.Equal(t, Untrusted, reason(t, r), "another authority of the same name; its root in the message is no anchor")
			require.Equal(t, ChainUntrusted, r.Signers[0].Chain)
			require.Nil(t, r.Signers[0].Path)
		}
		self, err := issue.NewAuthorityWith(h.tap, alg, "САГИТОВА МЕРУЕРТ", now.Add(-time.Hour), now.AddDate(1, 0, 0),
			issue.Profile{KeyUsage: []int{issue.DigitalSignature, issue.NonRepudiation, issue.CertificateSign}})
		require.NoError(t, err)
		forged, err := issue.ParseIdentity(self.Marshal())
		require.NoError(t, err)
		require.Equal(t, Untrusted, reason(t, h.judge(h.sign(t, forged))), "a certificate that signed itself")
	})
}

// A stranger's certificate of the same issuer, serial number and even key, beside the true one.
func TestDecoys(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		stranger, err := issue.NewAuthority(h.tap, alg, caName, now)
		require.NoError(t, err)
		key, err := issue.NewKey(rand.Reader, alg, 0)
		require.NoError(t, err)
		defer func() { h.tap.Reader = rand.Reader }()
		twin := func(a *issue.Authority) *issue.Identity {
			h.tap.Reader = mathrand.NewChaCha8([32]byte{1}) // the serial number comes from here
			id, err := a.IssueWith(sagitova, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0), issue.Profile{Key: key})
			require.NoError(t, err)
			return id
		}
		good, decoy := twin(h.ca), twin(stranger)
		n, err := issue.Serial(good.Certificate)
		require.NoError(t, err)
		m, err := issue.Serial(decoy.Certificate)
		require.NoError(t, err)
		require.Equal(t, n, m)
		for _, list := range [][][]byte{{good.Certificate, decoy.Certificate}, {decoy.Certificate, good.Certificate}} {
			cms, err := good.SignCMS(content, false, now, issue.WithoutCertificates(), issue.WithCertificates(append(list, h.ca.Certificate)...))
			require.NoError(t, err)
			r := h.judge(cms)
			require.Empty(t, reason(t, r))
			require.Equal(t, good.Certificate, r.Signers[0].Certificate)
			require.Len(t, r.Signers[0].Path, 2)
		}
		require.Equal(t, Untrusted, reason(t, h.judge(h.sign(t, decoy))))
	})
}

// Authorities that certify each other in all ways end the search all the same, and soon.
func TestNoWalkInCircles(t *testing.T) {
	h := houses[issue.GOST]()
	key, err := issue.NewKey(rand.Reader, issue.GOST, 0)
	require.NoError(t, err)
	var circle [][]byte
	var last *issue.Authority
	for range 60 {
		a, err := issue.NewAuthorityWith(rand.Reader, issue.GOST, "A TEST", now.AddDate(0, 0, -1), now.AddDate(1, 0, 0), issue.Profile{Key: key})
		require.NoError(t, err)
		circle, last = append(circle, a.Certificate), a
	}
	id, err := last.Issue(sagitova, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	require.NoError(t, err)
	cms, err := id.SignCMS(content, false, now, issue.WithCertificates(circle...))
	require.NoError(t, err)
	m, err := parseMessage(cms)
	require.NoError(t, err)
	w := newWalk(NewTrust(h.root.Certificate), m.certificates, now)
	for _, c := range m.certificates {
		require.Equal(t, ChainUntrusted, w.from(c).state)
	}
	require.LessOrEqual(t, w.checks, maxChecks)
	require.Equal(t, Untrusted, reason(t, h.judge(cms)))
}

func TestLoadTrust(t *testing.T) {
	dir := t.TempDir()
	h := houses[issue.GOST]()
	for name, data := range map[string][]byte{"ca.cer": h.ca.Certificate, "again.der": h.ca.Certificate, "person.cer": h.first.Certificate,
		"both.pem": append([]byte("the root and a key:\n"), h.root.Marshal()...), "empty": nil, "text.txt": []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "folder.cer"), 0o700))
	trust, err := LoadTrust(dir)
	require.NoError(t, err)
	require.Len(t, trust.Anchors(), 2)
	require.ElementsMatch(t, []string{"НЕГІЗГІ КО TEST", caName}, trust.Test())
	require.Empty(t, trust.Real().Anchors())
	require.Len(t, NewTrust(h.root.Certificate).With(h.ca.Certificate, h.root.Certificate).Anchors(), 2)
	_, err = LoadTrust(filepath.Join(dir, "nowhere"))
	require.Error(t, err)
	quiet, err := issue.NewAuthority(rand.Reader, issue.GOST, "Ұлттық куәландырушы орталық", now)
	require.NoError(t, err)
	require.Len(t, NewTrust(quiet.Certificate).Test(), 1, "what the simulator issues is known by its mark, whatever its name")
}
