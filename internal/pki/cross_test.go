package pki

import (
	"slices"
	"testing"

	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/require"

	"kualik/internal/pki/issue"
)

// Another library of the same rules, for RSA: it and we must agree on digests and signatures. It does not
// ask for a chain here, and has no word for why; and it takes no message whose signer's clock was outside
// the certificate's dates, as that of the vector that is left out.
func TestAgreesWithAnotherLibrary(t *testing.T) {
	h := houses[issue.RSA]()
	mine := func(cms, data []byte) bool {
		r := VerifyCMS(cms, data, Options{At: now, Trust: NewTrust(h.root.Certificate)})
		missing := len(r.Signers) == 0 || r.Signers[0].Certificate == nil
		return !missing && !graver(r.Reason, Untrusted)
	}
	theirs := func(cms, data []byte) bool {
		raw, err := Decode(cms)
		require.NoError(t, err)
		p, err := pkcs7.Parse(raw)
		if err != nil {
			return false
		}
		if len(p.Content) == 0 {
			p.Content = data
		}
		return p.Verify() == nil
	}
	flip := func(s []byte) []byte { s[0] ^= 1; return s }
	detached, err := h.first.SignCMS(content, true, now, issue.With(h.second))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		cms, data []byte
		good      bool
	}{
		"vector sign":      {vector(t, "ncanodego_RSA256_11c707bd54cbfcccb3815e39c4eb57b1dc7dfea9.cms"), nil, true},
		"vector auth":      {vector(t, "ncanodego_AUTH_RSA256_b2c70a9ff7a5dc59de0ccc3c0ddde3437cc1f12d.cms"), nil, true},
		"plain":            {h.sign(t, h.first), nil, true},
		"in pieces":        {h.sign(t, h.first, issue.InPieces()), nil, true},
		"two":              {h.sign(t, h.first, issue.With(h.second)), nil, true},
		"detached":         {detached, content, true},
		"detached, other":  {detached, []byte("x"), false},
		"bad signature":    {h.sign(t, h.first, issue.WithSignature(flip)), nil, false},
		"bad digest":       {h.sign(t, h.first, issue.WithDigest(make([]byte, 32))), nil, false},
		"swapped":          {replaced(t, h.sign(t, h.first), content, slices.Repeat([]byte("x"), len(content))), nil, false},
		"no certificate":   {h.sign(t, h.first, issue.WithoutCertificates()), nil, false},
		"two, one is bad":  {h.sign(t, h.first, issue.With(h.second), issue.WithSignature(flip)), nil, false},
		"unsigned, beside": {h.sign(t, h.first, issue.WithUnsigned("1.2.3.4", []byte{5, 0})), nil, true},
	} {
		require.Equal(t, c.good, theirs(c.cms, c.data), "%s: the other library", name)
		require.Equal(t, c.good, mine(c.cms, c.data), "%s: ours", name)
	}
}
