package pades

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"kualik/internal/pki/issue"
)

// parts are the key and the certificates of an identity.
func parts(t *testing.T, id *issue.Identity) (key *rsa.PrivateKey, own *x509.Certificate, above []*x509.Certificate) {
	t.Helper()
	for block, rest := pem.Decode(id.Marshal()); block != nil; block, rest = pem.Decode(rest) {
		var err error
		switch c := (*x509.Certificate)(nil); {
		case block.Type == "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case own == nil:
			own, err = x509.ParseCertificate(block.Bytes)
		default:
			c, err = x509.ParseCertificate(block.Bytes)
			above = append(above, c)
		}
		require.NoError(t, err)
	}
	return key, own, above
}

func TestSealFromPKCS12(t *testing.T) {
	h := home()
	key, own, above := parts(t, h.identity)
	for what, encoder := range map[string]*pkcs12.Encoder{"modern": pkcs12.Modern2023, "old": pkcs12.LegacyDES} {
		file, err := encoder.Encode(key, own, above, "құпия сөз")
		require.NoError(t, err)
		s, err := OpenSeal(file, "құпия сөз")
		require.NoError(t, err, what)
		require.Equal(t, h.first.Certificate.DER, s.Certificate.DER)
		require.Equal(t, [][]byte{h.ca.Certificate}, s.Issuers, "the root is with whoever verifies")
		_, err = OpenSeal(file, "басқа")
		require.ErrorIs(t, err, ErrPassword)
		_, err = OpenSeal(file[:len(file)-9], "құпия сөз")
		require.ErrorIs(t, err, ErrSeal)
	}
}

func TestSealFromPEM(t *testing.T) {
	h := home()
	key, own, _ := parts(t, h.identity)
	eight, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.ca.Certificate}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: eight})...)
	_, err = OpenSeal(text, "")
	require.ErrorIs(t, err, ErrSeal, "the key's certificate is missing")
	s, err := OpenSeal(append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Raw})...), "")
	require.NoError(t, err)
	require.Equal(t, own.Raw, s.Certificate.DER)
	require.Len(t, s.Issuers, 1)
	_, err = OpenSeal(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Raw}), "")
	require.ErrorIs(t, err, ErrSeal, "no key")
}

func TestWhatIsNoSeal(t *testing.T) {
	h := home()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	other, err := x509.MarshalPKCS8PrivateKey(curve)
	require.NoError(t, err)
	short, err := issue.NewKey(rand.Reader, issue.RSA, 1024)
	require.NoError(t, err)
	weak, err := h.ca.IssueWith(university, issue.Sign, now, now.AddDate(1, 0, 0), issue.Profile{Key: short})
	require.NoError(t, err)
	useless, err := h.ca.IssueWith(university, issue.Sign, now, now.AddDate(1, 0, 0), issue.Profile{KeyUsage: []int{issue.KeyEncipherment}, Key: h.identity.Key()})
	require.NoError(t, err)
	for what, file := range map[string][]byte{"empty": nil, "junk": []byte("a seal"), "of another kind": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: other}),
		"weak": weak.Marshal(), "not for signing": useless.Marshal(), "broken": bytes.Replace(h.identity.Marshal(), []byte("M"), []byte("N"), 3)} {
		_, err := OpenSeal(file, "")
		require.ErrorIs(t, err, ErrSeal, what)
	}
}
