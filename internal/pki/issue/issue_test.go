package issue

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/need"
	"kualik/internal/pki/oid"
)

var (
	now    = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	author = Person{Surname: "САГИТОВА", GivenName: "МЕРУЕРТ", Patronymic: "ЕРЛАНҚЫЗЫ", IIN: "850312499014", Email: "sagitova@koktobe.example"}
)

func TestCertificatesAreAsTheNCAWouldMakeThem(t *testing.T) {
	for _, alg := range []Algorithm{RSA, GOST} {
		root, err := NewAuthority(rand.Reader, alg, "НЕГІЗГІ КО TEST", now)
		require.NoError(t, err)
		root.OCSPURL, root.CRLURL, root.IssuerURL = "http://127.0.0.1/ocsp", "http://127.0.0.1/ca.crl", "http://127.0.0.1/ca.cer"
		sub, err := root.Sub(alg, "ҰКО TEST", now)
		require.NoError(t, err)
		id, err := sub.Issue(author, Sign, now, now.AddDate(1, 0, 0))
		require.NoError(t, err)
		require.Equal(t, [][]byte{sub.Certificate, root.Certificate}, id.Issuers)
		c, err := x509.ParseCertificate(id.Certificate)
		require.NoError(t, err)
		require.Equal(t, "САГИТОВА МЕРУЕРТ", c.Subject.CommonName)
		require.Equal(t, "IIN850312499014", c.Subject.SerialNumber)
		require.NotZero(t, c.KeyUsage&x509.KeyUsageContentCommitment)
		require.Equal(t, []string{"http://127.0.0.1/ocsp"}, c.OCSPServer)
		require.Equal(t, []string{"http://127.0.0.1/ca.crl"}, c.CRLDistributionPoints)
		require.True(t, slices.ContainsFunc(c.UnknownExtKeyUsage, func(o asn1.ObjectIdentifier) bool { return o.String() == oid.RoleIndividual }))
		ca, err := x509.ParseCertificate(sub.Certificate)
		require.NoError(t, err)
		require.True(t, ca.IsCA)
		require.Equal(t, c.AuthorityKeyId, ca.SubjectKeyId)
		if alg == RSA {
			require.NoError(t, c.CheckSignatureFrom(ca))
		}
		again, err := ParseIdentity(id.Marshal())
		require.NoError(t, err)
		require.Equal(t, id, again)
		authority, err := ParseAuthority(rand.Reader, sub.Marshal())
		require.NoError(t, err)
		require.Equal(t, sub.name, authority.name)
		require.Equal(t, sub.Marshal(), authority.Marshal())
	}
	_, _, err := unmarshal([]byte("nothing"))
	require.Error(t, err)
}

func TestOpenSSLReadsOurMessagesOfRSA(t *testing.T) {
	openssl := need.Program(t, "openssl")
	ca, err := NewAuthority(rand.Reader, RSA, "ҰКО TEST", now)
	require.NoError(t, err)
	first, err := ca.Issue(author, Sign, now, now.AddDate(1, 0, 0))
	require.NoError(t, err)
	second, err := ca.Issue(Person{Surname: "ТӨЛЕГЕНОВ", GivenName: "ДАУРЕН", IIN: "790101399025", Organisation: "Көктөбе", BIN: "990140000012", Roles: []string{"legal_entity", "head"}},
		Sign, now, now.AddDate(1, 0, 0))
	require.NoError(t, err)
	crl, err := ca.CRL(now, now.AddDate(0, 0, 1))
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	content := make([]byte, 2500)
	trust, data := write("ca.pem", pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: ca.Certificate})), write("data", content)
	for name, ways := range map[string][]Way{"plain": nil, "pieces": {InPieces()}, "two": {With(second)}, "key": {BySubjectKey()}, "crl": {WithCRL(crl)}} {
		for _, detached := range []bool{false, true} {
			cms, err := first.SignCMS(content, detached, now, ways...)
			require.NoError(t, err)
			args := []string{"cms", "-verify", "-binary", "-inform", "DER", "-in", write("m", cms), "-CAfile", trust, "-purpose", "any",
				"-attime", "1772446000", "-out", filepath.Join(dir, "out")}
			if detached {
				args = append(args, "-content", data)
			}
			said, err := exec.Command(openssl, args...).CombinedOutput()
			require.NoError(t, err, "%s: %s", name, said)
			out, err := os.ReadFile(filepath.Join(dir, "out"))
			require.NoError(t, err)
			require.Equal(t, hex.EncodeToString(content), hex.EncodeToString(out))
		}
	}
}
