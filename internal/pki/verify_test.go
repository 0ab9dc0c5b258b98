package pki

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/pki/der"
	"kualik/internal/pki/gost"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/oid"
)

func TestGoodMessages(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		for name, ways := range map[string][]issue.Way{
			"plain":             nil,
			"in pieces":         {issue.InPieces()},
			"by key identifier": {issue.BySubjectKey()},
			"twice the same":    {issue.WithCertificates(h.first.Certificate, h.first.Certificate)},
			"rubbish beside":    {issue.WithCertificates([]byte{0x30, 3, 2, 1, 5}, []byte{0xa1, 0})},
			"rubbish as list":   {issue.WithCRL([]byte{0x30, 3, 2, 1, 5})},
			"unsigned":          {issue.WithUnsigned(oid.AttributeCounterSign, der.Sequence(der.Small(1))), issue.WithUnsigned(oid.AttributeTimeStamp, der.Null())},
			"other attributes":  {issue.WithAttribute("1.2.3.4", der.Small(2), der.Small(1)), issue.WithAttribute("2.25.329800735698586629295641978511506172918", der.Null())},
			"no time":           {issue.WithoutAttribute(oid.AttributeSigningTime)},
			"the key's OID":     {issue.WithAlgorithms(map[issue.Algorithm]string{issue.RSA: oid.SHA256, issue.GOST: oid.DigestGOST2015512}[alg], map[issue.Algorithm]string{issue.RSA: oid.RSAEncryption, issue.GOST: oid.KeyGOST2015512}[alg])},
		} {
			r := h.judge(h.sign(t, h.first, ways...))
			require.Empty(t, reason(t, r), name)
			require.Equal(t, content, r.Content)
			s := r.Signers[0]
			require.Equal(t, Subject{IIN: sagitova.IIN, Name: "САГИТОВА МЕРУЕРТ ЕРЛАНҚЫЗЫ", Surname: sagitova.Surname, GivenName: sagitova.GivenName,
				Patronymic: sagitova.Patronymic, Email: sagitova.Email}, s.Subject)
			require.Equal(t, string(alg), s.Algorithm)
			require.Equal(t, []any{UsageSign, ChainTrusted, RevocationUnknown}, []any{s.KeyUsage, s.Chain, s.Revocation})
			require.Equal(t, []string{"individual"}, s.Roles)
			require.Equal(t, h.first.Certificate, s.Certificate)
			require.Equal(t, h.ca.Certificate, s.Issuer)
			require.Equal(t, [][]byte{h.ca.Certificate, h.root.Certificate}, s.Path)
			if name != "no time" {
				require.Equal(t, now, s.SigningTime)
			}
		}
		detached, err := h.first.SignCMS(content, true, now, issue.InPieces(), issue.WithCertificates(h.ca.Certificate))
		require.NoError(t, err)
		o := Options{At: now, Trust: NewTrust(h.root.Certificate)}
		require.True(t, VerifyCMS(detached, content, o).Valid)
		require.Equal(t, NoContent, VerifyCMS(detached, nil, o).Reason)
		empty, err := h.first.SignCMS(nil, false, now, issue.WithCertificates(h.ca.Certificate))
		require.NoError(t, err)
		require.True(t, h.judge(empty).Valid, "an empty content is one")
	})
}

func TestAttributesAreDigestedAsADERSet(t *testing.T) {
	each(t, func(t *testing.T, h *house, _ issue.Algorithm) {
		cms := h.sign(t, h.first)
		m, err := parseMessage(cms)
		require.NoError(t, err)
		set, err := der.ReadOnly(m.signers[0].signed)
		require.NoError(t, err)
		list, err := set.Children()
		require.NoError(t, err)
		var backwards []byte
		for _, e := range slices.Backward(list) {
			backwards = append(backwards, e.Raw...)
		}
		require.True(t, h.judge(replaced(t, cms, set.Body, backwards)).Valid)
	})
}

func TestOrganisationsAndNamesInAnyOrder(t *testing.T) {
	each(t, func(t *testing.T, h *house, _ issue.Algorithm) {
		for _, reverse := range []bool{false, true} {
			id, err := h.ca.IssueWith(tolegenov, issue.Auth, now.Add(-time.Hour), now.AddDate(1, 0, 0), issue.Profile{ReverseNames: reverse})
			require.NoError(t, err)
			s := h.judge(h.sign(t, id)).Signers[0]
			require.True(t, s.Valid)
			require.Equal(t, Subject{IIN: tolegenov.IIN, BIN: tolegenov.BIN, Name: "ТӨЛЕГЕНОВ ДАУРЕН", Surname: "ТӨЛЕГЕНОВ", GivenName: "ДАУРЕН",
				Organisation: tolegenov.Organisation}, s.Subject)
			require.Equal(t, UsageAuth, s.KeyUsage)
			require.Equal(t, []string{"legal_entity", "head"}, s.Roles)
		}
	})
}

func TestTwoSigners(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		r := h.judge(h.sign(t, h.first, issue.With(h.second)))
		require.Empty(t, reason(t, r))
		require.Len(t, r.Signers, 2)
		stranger, err := issue.NewAuthority(h.tap, alg, caName, now)
		require.NoError(t, err)
		third, err := stranger.Issue(sagitova, issue.Sign, now, now.AddDate(1, 0, 0))
		require.NoError(t, err)
		r = h.judge(h.sign(t, h.first, issue.With(third)))
		require.False(t, r.Valid)
		require.Equal(t, Untrusted, r.Reason)
		good := 0
		for _, s := range r.Signers {
			if s.Valid {
				good++
			}
		}
		require.Equal(t, 1, good)
	})
	rsa, gost := houses[issue.RSA](), houses[issue.GOST]()
	cms := rsa.sign(t, rsa.first, issue.With(gost.first), issue.WithCertificates(gost.ca.Certificate))
	require.True(t, VerifyCMS(cms, nil, Options{At: now, Trust: NewTrust(rsa.root.Certificate, gost.root.Certificate)}).Valid)
	require.Equal(t, Untrusted, rsa.judge(cms).Reason)
}

func TestContent(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		o := Options{At: now, Trust: NewTrust(h.root.Certificate)}
		cms := h.sign(t, h.first)
		require.True(t, VerifyCMS(cms, content, o).Valid)
		other := []byte("Каталог произведений, 2027")
		require.Equal(t, DigestMismatch, reason(t, VerifyCMS(cms, other, o)), "two contents")
		require.Equal(t, DigestMismatch, reason(t, h.judge(replaced(t, cms, content, other))), "another content in the message")
		digest := digestOf(alg, other)
		require.Equal(t, DigestMismatch, reason(t, h.judge(h.sign(t, h.first, issue.WithDigest(digest)))))
		require.Equal(t, DigestMismatch, reason(t, VerifyCMS(h.sign(t, h.first, issue.WithDigest(digest)), other, o)),
			"the signer signed what was given, but the message brings something else")
		require.Equal(t, DigestMismatch, reason(t, VerifyCMS(cms, []byte{}, o)), "an empty file is a content")
	})
}

func digestOf(alg issue.Algorithm, data []byte) []byte {
	return (&verifier{digests: map[string][]byte{}}).digest(string(alg), data)
}

func TestMalformed(t *testing.T) {
	h := houses[issue.GOST]()
	cms := h.sign(t, h.first)
	value := der.OID(oid.Data)
	deep := cms
	for range 100 {
		deep = der.Indefinite(der.SequenceTag, deep)
	}
	many := der.TLV(der.SetTag, bytes.Repeat(der.Null(), 1<<18))
	for name, bad := range map[string][]byte{
		"nothing":                       {},
		"text":                          []byte("not a signature"),
		"trailing octet":                append(slices.Clone(cms), 0),
		"trailing line end":             append(slices.Clone(cms), '\n'),
		"cut off":                       cms[:len(cms)-1],
		"no attributes":                 h.sign(t, h.first, issue.WithoutAttributes()),
		"no content type":               h.sign(t, h.first, issue.WithoutAttribute(oid.AttributeContentType)),
		"no digest":                     h.sign(t, h.first, issue.WithoutAttribute(oid.AttributeDigest)),
		"not data":                      h.sign(t, h.first, issue.WithContentType("1.2.840.113549.1.9.16.1.4")),
		"attribute not data":            h.sign(t, h.first, issue.WithoutAttribute(oid.AttributeContentType), issue.WithAttribute(oid.AttributeContentType, der.OID(oid.SignedData))),
		"content type twice":            h.sign(t, h.first, issue.WithAttribute(oid.AttributeContentType, value)),
		"content type of two values":    h.sign(t, h.first, issue.WithoutAttribute(oid.AttributeContentType), issue.WithAttribute(oid.AttributeContentType, value, value)),
		"digest twice":                  h.sign(t, h.first, issue.WithAttribute(oid.AttributeDigest, der.Octets(gost.Sum512(nil)))),
		"digest of two values":          h.sign(t, h.first, issue.WithoutAttribute(oid.AttributeDigest), issue.WithAttribute(oid.AttributeDigest, der.Octets(gost.Sum512(nil)), der.Octets(gost.Sum512(content)))),
		"digest of none":                h.sign(t, h.first, issue.WithoutAttribute(oid.AttributeDigest), issue.WithAttribute(oid.AttributeDigest)),
		"time twice":                    h.sign(t, h.first, issue.WithAttribute(oid.AttributeSigningTime, der.Moment(now))),
		"too deep":                      deep,
		"a length beyond the end":       {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 1},
		"a length beyond numbers":       {0x30, 0x8a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0},
		"an open end":                   append([]byte{0x30, 0x80}, cms...),
		"a certificate":                 h.first.Certificate,
		"more parts than is reasonable": der.Sequence(der.OID(oid.SignedData), der.Explicit(0, der.Sequence(der.Small(1), der.Set(), der.Sequence(der.OID(oid.Data)), many))),
		"another type":                  der.Sequence(der.OID(oid.Data), der.Explicit(0, der.Octets(content))),
		"a key identifier of nothing":   der.Sequence(der.OID(oid.SignedData), der.Explicit(0, der.Sequence(der.Small(3), der.Set(), der.Sequence(der.OID(oid.Data)), der.Set(der.Sequence(der.Small(3), der.TLV(0x80)))))),
	} {
		require.Equal(t, Result{Reason: Malformed}, h.judge(bad), name)
	}
	nobody := der.Sequence(der.OID(oid.SignedData), der.Explicit(0, der.Sequence(der.Small(1), der.Set(), der.Sequence(der.OID(oid.Data)), der.Set())))
	require.Equal(t, Result{Reason: NoSigner}, h.judge(nobody))
}

// An element too many in any structure is refused as an octet too many is.
func TestElementsTooMany(t *testing.T) {
	h := houses[issue.GOST]()
	cms := h.sign(t, h.first)
	var insert func(e der.Element, path []int) []byte
	insert = func(e der.Element, path []int) []byte {
		children, err := e.Children()
		require.NoError(t, err)
		var parts [][]byte
		for i, c := range children {
			if len(path) > 0 && i == path[0] {
				parts = append(parts, insert(c, path[1:]))
			} else {
				parts = append(parts, c.Raw)
			}
		}
		if len(path) == 0 {
			parts = append(parts, der.Null())
		}
		return der.TLV(e.Tag, parts...)
	}
	whole, err := der.ReadOnly(cms)
	require.NoError(t, err)
	for _, path := range [][]int{{}, {1}, {1, 0}, {1, 0, 2}, {1, 0, 2, 1}, {1, 0, 4}, {1, 0, 4, 0}, {1, 0, 4, 0, 1}, {1, 0, 4, 0, 2}, {1, 0, 4, 0, 3}, {1, 0, 4, 0, 3, 0}} {
		require.Equal(t, Malformed, h.judge(insert(whole, path)).Reason, "%v", path)
	}
}

func TestBadSignatures(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		flip := func(s []byte) []byte { s[7] ^= 1; return s }
		require.Equal(t, BadSignature, reason(t, h.judge(h.sign(t, h.first, issue.WithSignature(flip)))))
		shorter := func(s []byte) []byte { return s[:len(s)-1] }
		require.Equal(t, BadSignature, reason(t, h.judge(h.sign(t, h.first, issue.WithSignature(shorter)))))
		none := func([]byte) []byte { return nil }
		require.Equal(t, BadSignature, reason(t, h.judge(h.sign(t, h.first, issue.WithSignature(none)))))

		// a stranger's key under the signer's name
		stranger := h.issue(t, issue.Profile{})
		pair := h.sign(t, stranger, issue.WithoutCertificates(), issue.WithCertificates(h.first.Certificate))
		require.Equal(t, Untrusted, reason(t, h.judge(pair)), "the certificate is missing")
		forged, err := issue.ParseIdentity(append(keyOf(t, stranger), certificatesOf(t, h.first)...))
		require.NoError(t, err)
		require.Equal(t, BadSignature, reason(t, h.judge(h.sign(t, forged))))

		digest, signature := oid.SHA256, oid.GOST2015512
		if alg == issue.GOST {
			digest, signature = oid.DigestGOST2015512, oid.RSASHA256
		}
		require.Equal(t, UnsupportedAlgorithm, reason(t, h.judge(h.sign(t, h.first, issue.WithAlgorithms(digest, signature)))))
		own := map[issue.Algorithm]string{issue.RSA: oid.RSASHA256, issue.GOST: oid.GOST2015512}[alg]
		r := h.judge(h.sign(t, h.first, issue.WithAlgorithms(oid.SHA1, own)))
		require.Equal(t, UnsupportedAlgorithm, reason(t, r), "a digest that does not belong to the signature")
		require.Equal(t, own, r.Signers[0].Algorithm, "named by its OID")
	})
	rsa, gost := houses[issue.RSA](), houses[issue.GOST]()
	require.Equal(t, UnsupportedAlgorithm, reason(t, rsa.judge(rsa.sign(t, rsa.first, issue.WithAlgorithms(oid.DigestGOST2015512, oid.GOST2015512)))), "not the key's")
	require.Equal(t, UnsupportedAlgorithm, reason(t, gost.judge(gost.sign(t, gost.first, issue.WithAlgorithms(oid.SHA256, oid.RSASHA256)))), "not the key's")
}

func keyOf(t *testing.T, id *issue.Identity) []byte {
	t.Helper()
	text := id.Marshal()
	at := bytes.Index(text, []byte("-----BEGIN CERTIFICATE"))
	return slices.Clone(text[:at])
}

func certificatesOf(t *testing.T, id *issue.Identity) []byte {
	t.Helper()
	text := id.Marshal()
	return text[bytes.Index(text, []byte("-----BEGIN CERTIFICATE")):]
}

func TestSignaturesOutOfRange(t *testing.T) {
	h := houses[issue.GOST]()
	little := func(n *big.Int) []byte {
		b := n.FillBytes(make([]byte, 64))
		slices.Reverse(b)
		return b
	}
	q, zero := gost.TC26ParamSetA().Q, new(big.Int)
	for _, bad := range [][2]*big.Int{{zero, nil}, {nil, zero}, {zero, zero}, {q, nil}, {nil, q}} {
		cms := h.sign(t, h.first, issue.WithSignature(func(s []byte) []byte {
			for i, n := range bad {
				if n != nil {
					copy(s[64*i:], little(n))
				}
			}
			return s
		}))
		require.Equal(t, BadSignature, reason(t, h.judge(cms)))
	}
}

func TestBadKeys(t *testing.T) {
	info := func(x, y int64) []byte {
		b := make([]byte, 128)
		b[0], b[64] = byte(x), byte(y)
		return der.Sequence(der.Sequence(der.OID(oid.KeyGOST2015512), der.Sequence(der.OID(oid.CurveGOST2015512), der.OID(oid.DigestGOST2015512))), der.Bits(der.Octets(b)))
	}
	h := houses[issue.GOST]()
	require.Equal(t, BadSignature, reason(t, h.judge(h.sign(t, h.issue(t, issue.Profile{PublicInfo: info(5, 7)})))), "a point off the curve")
	require.Equal(t, BadSignature, reason(t, h.judge(h.sign(t, h.issue(t, issue.Profile{PublicInfo: info(0, 0)})))))
	other := der.Sequence(der.Sequence(der.OID(oid.KeyGOST2015512), der.Sequence(der.OID("1.2.398.3.10.1.1.2.2.2"), der.OID(oid.DigestGOST2015512))), der.Bits(der.Octets(make([]byte, 128))))
	require.Equal(t, UnsupportedAlgorithm, reason(t, h.judge(h.sign(t, h.issue(t, issue.Profile{PublicInfo: other})))), "a curve that is not the NCA's")

	h = houses[issue.RSA]()
	require.Equal(t, UnsupportedAlgorithm, reason(t, h.judge(h.sign(t, h.issue(t, issue.Profile{KeyBits: 1024})))), "a key that is too short")
	// with the exponent 1 a signature is its own padded digest: anybody can make it
	n := new(big.Int).SetBit(big.NewInt(1), 2047, 1)
	weak := der.Sequence(der.Sequence(der.OID(oid.RSAEncryption), der.Null()), der.Bits(der.Sequence(der.Integer(n), der.Small(1))))
	require.Equal(t, UnsupportedAlgorithm, reason(t, h.judge(h.sign(t, h.issue(t, issue.Profile{PublicInfo: weak})))), "the exponent 1")
	huge := der.Sequence(der.Sequence(der.OID(oid.RSAEncryption), der.Null()), der.Bits(der.Sequence(der.Integer(new(big.Int).SetBit(big.NewInt(1), 65535, 1)), der.Small(65537))))
	require.Equal(t, UnsupportedAlgorithm, reason(t, h.judge(h.sign(t, h.issue(t, issue.Profile{PublicInfo: huge})))), "a key beyond reason")
}

func TestCertificatesThatAreNotAccepted(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		for name, p := range map[string]issue.Profile{
			"for encipherment":           {KeyUsage: []int{issue.KeyEncipherment, issue.KeyAgreement}},
			"an authority's":             {KeyUsage: []int{issue.CertificateSign, issue.CRLSign}, CA: true},
			"no key usage":               {NoKeyUsage: true},
			"unknown critical extension": {Critical: "1.2.3.4.5"},
			"name constraints":           {Critical: "2.5.29.30"},
		} {
			r := h.judge(h.sign(t, h.issue(t, p)))
			require.Equal(t, Untrusted, reason(t, r), name)
			require.Equal(t, ChainUntrusted, r.Signers[0].Chain, name)
		}
		require.Equal(t, Untrusted, reason(t, h.judge(h.sign(t, h.first, issue.WithoutCertificates()))), "missing")
		require.Equal(t, Untrusted, reason(t, h.judge(h.sign(t, h.first, issue.WithoutCertificates(), issue.BySubjectKey()))), "missing")
	})
}

func TestDates(t *testing.T) {
	each(t, func(t *testing.T, h *house, _ issue.Algorithm) {
		cms := h.sign(t, h.first)
		at := func(when time.Time) Result {
			return VerifyCMS(cms, nil, Options{At: when, Trust: NewTrust(h.root.Certificate)})
		}
		from, to := now.Add(-time.Hour), now.AddDate(1, 0, 0)
		for _, c := range []struct {
			at            time.Time
			reason, chain string
		}{
			{from, "", ChainTrusted}, {to, "", ChainTrusted},
			{from.Add(-time.Second), NotYetValid, ChainExpired}, {to.Add(time.Second), Expired, ChainExpired},
			{time.Time{}, NotYetValid, ChainExpired},
		} {
			r := at(c.at)
			require.Equal(t, c.reason, reason(t, r), "%v", c.at)
			require.Equal(t, c.chain, r.Signers[0].Chain)
		}
		// gravest first: the content before the dates
		require.Equal(t, DigestMismatch, reason(t, VerifyCMS(cms, []byte("x"), Options{At: to.AddDate(1, 0, 0), Trust: NewTrust(h.root.Certificate)})))
		require.Equal(t, Untrusted, reason(t, VerifyCMS(cms, nil, Options{At: to.AddDate(1, 0, 0)})))
	})
}

func TestAnAuthorityThatHasExpired(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		old, err := h.root.SubWith(alg, "ЕСКІ ҰКО TEST", now.AddDate(-2, 0, 0), now.Add(-time.Minute), issue.Profile{})
		require.NoError(t, err)
		id, err := old.Issue(sagitova, issue.Sign, now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
		require.NoError(t, err)
		r := h.judge(h.sign(t, id, issue.WithCertificates(old.Certificate)))
		require.Equal(t, Expired, reason(t, r))
		require.Equal(t, ChainExpired, r.Signers[0].Chain)
		anchor := VerifyCMS(h.sign(t, id), nil, Options{At: now, Trust: NewTrust(old.Certificate)})
		require.Equal(t, Expired, reason(t, anchor), "an anchor has dates too")
	})
}

func TestEveryByte(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		cms := h.sign(t, h.first)
		require.True(t, h.judge(cms).Valid)
		m, err := parseMessage(cms)
		require.NoError(t, err)
		signed := make([]bool, len(cms))
		mark := func(part []byte) {
			at := bytes.Index(cms, part)
			require.NotEqual(t, -1, at)
			for i := range part {
				signed[at+i] = true
			}
		}
		attributes, err := der.ReadOnly(m.signers[0].signed)
		require.NoError(t, err)
		for _, part := range [][]byte{content, h.first.Certificate, attributes.Body, m.signers[0].signature} {
			mark(part)
		}
		step := 1
		if alg == issue.GOST {
			step = 5
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for i := rng.IntN(step); i < len(cms); i += step {
			bad := slices.Clone(cms)
			bad[i] ^= byte(1 + rng.IntN(255))
			r := h.judge(bad)
			if !r.Valid {
				continue
			}
			require.False(t, signed[i], "octet %d", i)
			require.Equal(t, content, r.Content)
			require.Equal(t, h.first.Certificate, r.Signers[0].Certificate)
		}
	})
}

func TestDecode(t *testing.T) {
	h := houses[issue.GOST]()
	cms := h.sign(t, h.first)
	text := []byte("-----BEGIN CMS-----\r\n" + encode(cms, "\r\n") + "\r\n-----END CMS-----\r\n")
	for name, good := range map[string]string{
		"bare":         encode(cms, ""),
		"lines":        encode(cms, "\n") + "\n",
		"mac":          encode(cms, "\r"),
		"mark":         "\ufeff" + encode(cms, "\n"),
		"no padding":   strings.TrimRight(encode(cms, ""), "="),
		"pem":          string(text),
		"indented":     "  " + string(text) + "\n\n",
		"another name": strings.ReplaceAll(string(text), "CMS", "PKCS7"),
	} {
		raw, err := Decode([]byte(good))
		require.NoError(t, err, name)
		require.Equal(t, cms, raw, name)
	}
	for name, bad := range map[string]string{
		"two":        string(text) + string(text),
		"after":      string(text) + "x",
		"no end":     strings.Split(string(text), "-----END")[0],
		"no begin":   strings.TrimPrefix(string(text), "-----BEGIN CMS-----\r\n"),
		"characters": "!" + encode(cms, ""),
	} {
		_, err := Decode([]byte(bad))
		require.ErrorIs(t, err, der.ErrMalformed, name)
	}
}

// loose writes an element with lengths that are not told before, and octet strings in pieces of pieces. The
// certificates stay as they are: they are DER in every message.
func loose(t *testing.T, e der.Element, path ...int) []byte {
	t.Helper()
	const pieces = der.OctetString | 0x20
	switch {
	case slices.Equal(path, []int{1, 0, 3}):
		return der.Indefinite(e.Tag, e.Body)
	case e.Tag == der.OctetString:
		half := len(e.Body) / 2
		return der.Indefinite(pieces, der.Octets(e.Body[:half]), der.Indefinite(pieces, der.Octets(e.Body[half:]), der.Octets()))
	case !e.Constructed():
		return e.Raw
	}
	children, err := e.Children()
	require.NoError(t, err)
	var parts [][]byte
	for i, c := range children {
		parts = append(parts, loose(t, c, append(slices.Clone(path), i)...))
	}
	return der.Indefinite(e.Tag, parts...)
}

func TestEverythingInBER(t *testing.T) {
	each(t, func(t *testing.T, h *house, _ issue.Algorithm) {
		for name, ways := range map[string][]issue.Way{"by number": nil, "by key": {issue.BySubjectKey()}} {
			whole, err := der.ReadOnly(h.sign(t, h.first, ways...))
			require.NoError(t, err)
			raw := loose(t, whole)
			require.True(t, strings.HasPrefix(encode(raw, ""), "MIAG"), "as the NCA's library writes it")
			r := h.judge(raw)
			require.Empty(t, reason(t, r), name)
			require.Equal(t, content, r.Content)
		}
		// a certificate that is not DER is none
		c, err := der.ReadOnly(h.first.Certificate)
		require.NoError(t, err)
		for _, bad := range [][]byte{der.Indefinite(c.Tag, c.Body), append([]byte{c.Tag, 0x84, 0, 0, byte(len(c.Body) >> 8), byte(len(c.Body))}, c.Body...)} {
			cms := h.sign(t, h.first, issue.WithoutCertificates(), issue.WithCertificates(bad))
			require.Equal(t, Untrusted, reason(t, h.judge(cms)))
		}
	})
}
