package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func vector(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

// nca trusts the NCA's test authorities, and whatever else lies in the folder does no harm.
func nca(t testing.TB) *Trust {
	t.Helper()
	trust, err := LoadTrust("testdata")
	require.NoError(t, err)
	require.Len(t, trust.Anchors(), 3)
	return trust
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }

// The real messages of testdata/MANIFEST.md, each at moments inside and outside its signers' dates.
func TestVectors(t *testing.T) {
	type verdict struct{ algorithm, usage, role, iin, reason string }
	const both, one = "123456789012", "123456789011"
	gost := verdict{AlgorithmGOST, UsageSign, "individual", both, ""}
	rsa := verdict{AlgorithmRSA, UsageSign, "individual", one, ""}
	auth := verdict{AlgorithmRSA, UsageAuth, "individual", one, ""}
	with := func(v verdict, reason string) verdict { v.reason = reason; return v }
	for _, c := range []struct {
		file, data, content string
		at                  time.Time
		reason              string
		signers             []verdict
	}{
		{"ncanode_attached_gost2015_plus_rsa.cms.b64", "", "test123", day(2022, 9, 1), Expired, []verdict{gost, with(rsa, Expired)}},
		{"ncanode_attached_gost2015_plus_rsa.cms.b64", "", "test123", day(2021, 9, 1), NotYetValid, []verdict{with(gost, NotYetValid), rsa}},
		{"ncanode_detached_gost2015_plus_rsa.cms.b64", "test123", "test123", day(2022, 9, 1), Expired, []verdict{gost, with(rsa, Expired)}},
		{"ncanode_detached_gost2015_plus_rsa.cms.b64", "test124", "test124", day(2022, 9, 1), DigestMismatch, []verdict{with(gost, DigestMismatch), with(rsa, DigestMismatch)}},
		{"ncanode_detached_gost2015_plus_rsa.cms.b64", "", "", day(2022, 9, 1), NoContent, []verdict{with(gost, NoContent), with(rsa, NoContent)}},
		{"ncanode_attached_rsa_one_signer.cms.b64", "", "test123", day(2021, 9, 1), "", []verdict{rsa}},
		{"ncanode_attached_rsa_one_signer.cms.b64", "test123", "test123", day(2021, 9, 1), "", []verdict{rsa}},
		{"ncanode_attached_rsa_one_signer.cms.b64", "test124", "test123", day(2021, 9, 1), DigestMismatch, []verdict{with(rsa, DigestMismatch)}},
		{"ncanode_attached_rsa_one_signer.cms.b64", "", "test123", day(2026, 11, 1), Expired, []verdict{with(rsa, Expired)}},
		{"ncanodego_RSA256_11c707bd54cbfcccb3815e39c4eb57b1dc7dfea9.cms", "", "asdasd", day(2020, 6, 1), "", []verdict{rsa}},
		{"ncanodego_AUTH_RSA256_b2c70a9ff7a5dc59de0ccc3c0ddde3437cc1f12d.cms", "", "asdasd", day(2020, 6, 1), "", []verdict{auth}},
		{"ncanodego_GOSTKNCA_13a3741b52d7bf860aab199b56fad1f4652e357b.cms", "", "asdasd", day(2020, 6, 1), UnsupportedAlgorithm,
			[]verdict{{"1.2.398.3.10.1.1.1.2", UsageSign, "legal_entity", one, UnsupportedAlgorithm}}},
	} {
		name := c.file + " " + c.at.Format(time.DateOnly)
		var data []byte
		if c.data != "" {
			data = []byte(c.data)
		}
		r := VerifyCMS(vector(t, c.file), data, Options{At: c.at, Trust: nca(t)})
		require.Equal(t, c.reason, r.Reason, name)
		require.Equal(t, c.reason == "", r.Valid, name)
		require.Equal(t, c.content, string(r.Content), name)
		require.Len(t, r.Signers, len(c.signers), name)
		for i, s := range r.Signers {
			got := verdict{s.Algorithm, s.KeyUsage, s.Roles[0], s.IIN, s.Reason}
			require.Equal(t, c.signers[i], got, name)
			require.Equal(t, s.Reason == "", s.Valid)
			require.Equal(t, RevocationUnknown, s.Revocation)
		}
		// nobody is trusted without anchors, whatever certificates the message brings
		for _, s := range VerifyCMS(vector(t, c.file), data, Options{At: c.at}).Signers {
			require.False(t, s.Valid)
			require.Equal(t, ChainUntrusted, s.Chain)
		}
	}
}

func TestEveryVectorIsTested(t *testing.T) {
	self, err := os.ReadFile("vectors_test.go")
	require.NoError(t, err)
	entries, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, e := range entries {
		if !e.IsDir() && e.Name() != "MANIFEST.md" {
			require.Contains(t, string(self), `"`+e.Name()+`"`)
		}
	}
}

func TestVectorCertificates(t *testing.T) {
	person := Subject{IIN: "123456789011", Name: "ТЕСТОВ ТЕСТ ТЕСТОВИЧ", Surname: "ТЕСТОВ", GivenName: "ТЕСТ", Patronymic: "ТЕСТОВИЧ"}
	firm := person
	firm.BIN, firm.Organisation = "123456789021", `АО "ТЕСТ"`
	for _, c := range []struct {
		file  string
		ca    string // the authority that issued it
		chain string
		at    time.Time
		who   Subject
		usage string
		roles []string
	}{
		{"gokalkan_gost2015_sign.cer", "nca_gost2015_test.cer", ChainTrusted, day(2024, 1, 1), person, UsageSign, []string{"individual"}},
		{"individual_valid_sign_2004_rsa.cer", "nca_rsa_test.crt", ChainTrusted, day(2022, 6, 1), person, UsageSign, []string{"individual"}},
		{"individual_valid_sign_2004_rsa_auth.cer", "nca_rsa_test.crt", ChainTrusted, day(2022, 6, 1), person, UsageAuth, []string{"individual"}},
		{"ncanodego_RSA256_11c707bd54cbfcccb3815e39c4eb57b1dc7dfea9.cer", "nca_rsa_test.crt", ChainTrusted, day(2020, 6, 1), person, UsageSign, []string{"individual"}},
		{"ncanodego_AUTH_RSA256_b2c70a9ff7a5dc59de0ccc3c0ddde3437cc1f12d.cer", "nca_rsa_test.crt", ChainTrusted, day(2020, 6, 1), person, UsageAuth, []string{"individual"}},
		{"ceo_valid_sign_2004_gost.cer", "nca_gost_test.crt", ChainUntrusted, day(2022, 6, 1), firm, UsageSign, []string{"legal_entity", "head"}},
		{"ncanodego_GOSTKNCA_13a3741b52d7bf860aab199b56fad1f4652e357b.cer", "nca_gost_test.crt", ChainUntrusted, day(2020, 6, 1), firm, UsageSign, []string{"legal_entity", "head"}},
	} {
		raw := unarmoured(t, c.file)
		cert, err := ParseCertificate(raw)
		require.NoError(t, err, c.file)
		require.Equal(t, c.usage, cert.KeyUsage, c.file)
		require.Equal(t, c.roles, cert.Roles, c.file)
		got := cert.Subject
		got.Email = ""
		if c.who.BIN != "" {
			require.Equal(t, c.who.BIN, got.BIN, c.file)
			require.Equal(t, c.who.IIN, got.IIN, c.file)
		} else {
			require.Equal(t, c.who, got, c.file)
		}
		require.True(t, cert.Test, c.file)
		require.True(t, strings.HasPrefix(cert.Policies[0], "1.2.398.3.3.2"), c.file)
		require.Equal(t, []string{"http://test.pki.gov.kz/ocsp/"}, cert.OCSPURLs)
		require.Len(t, cert.CRLURLs, 1)
		trust := NewTrust(unarmoured(t, c.ca))
		require.Len(t, trust.Anchors(), 1)
		require.Equal(t, c.chain, newWalk(trust, nil, c.at).from(cert).state, c.file)
		if c.chain == ChainTrusted {
			require.Equal(t, ChainExpired, newWalk(trust, nil, day(2026, 11, 1)).from(cert).state, c.file)
			require.Equal(t, ChainTrusted, newWalk(trust, nil, cert.NotAfter).from(cert).state, "dates are inclusive")
			require.Equal(t, ChainTrusted, newWalk(trust, nil, cert.NotBefore).from(cert).state, "dates are inclusive")
			require.Equal(t, Expired, newWalk(trust, nil, cert.NotAfter.Add(time.Second)).from(cert).reason)
			require.Equal(t, NotYetValid, newWalk(trust, nil, cert.NotBefore.Add(-time.Second)).from(cert).reason)
		}
	}
	require.Len(t, nca(t).Test(), 3)
}

func unarmoured(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := Decode(vector(t, name))
	require.NoError(t, err)
	return raw
}

func TestNamesThatSayTwoThings(t *testing.T) {
	attribute := func(id asn1.ObjectIdentifier, value any) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: id, Value: value}
	}
	cn, surname, number, unit, given := asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.ObjectIdentifier{2, 5, 4, 4}, asn1.ObjectIdentifier{2, 5, 4, 5},
		asn1.ObjectIdentifier{2, 5, 4, 11}, asn1.ObjectIdentifier{2, 5, 4, 42}
	for name, c := range map[string]struct {
		names []pkix.AttributeTypeAndValue
		want  Subject
	}{
		"two numbers":        {[]pkix.AttributeTypeAndValue{attribute(number, "IIN850312499014"), attribute(number, "IIN790101399025")}, Subject{}},
		"not twelve digits":  {[]pkix.AttributeTypeAndValue{attribute(number, "IIN85031249901")}, Subject{}},
		"not digits":         {[]pkix.AttributeTypeAndValue{attribute(number, "IIN85031249901x")}, Subject{}},
		"without the prefix": {[]pkix.AttributeTypeAndValue{attribute(number, "850312499014")}, Subject{}},
		"not a text":         {[]pkix.AttributeTypeAndValue{attribute(number, 5)}, Subject{}},
		"two organisations":  {[]pkix.AttributeTypeAndValue{attribute(unit, "BIN990140000012"), attribute(unit, "BIN990140000013")}, Subject{}},
		"twice the same":     {[]pkix.AttributeTypeAndValue{attribute(unit, "BIN990140000012"), attribute(unit, "ОТДЕЛ"), attribute(unit, "BIN990140000012")}, Subject{BIN: "990140000012"}},
		"an organisation":    {[]pkix.AttributeTypeAndValue{attribute(number, "BIN990140000012")}, Subject{BIN: "990140000012"}},
		"patronymic in CN": {[]pkix.AttributeTypeAndValue{attribute(cn, "САГИТОВА МЕРУЕРТ ЕРЛАНҚЫЗЫ"), attribute(surname, "САГИТОВА"), attribute(given, "ЕРЛАНҚЫЗЫ")},
			Subject{Name: "САГИТОВА МЕРУЕРТ ЕРЛАНҚЫЗЫ", Surname: "САГИТОВА", GivenName: "МЕРУЕРТ", Patronymic: "ЕРЛАНҚЫЗЫ"}},
		"two given names": {[]pkix.AttributeTypeAndValue{attribute(cn, "ИВАНОВА АННА МАРИЯ"), attribute(surname, "ИВАНОВА")},
			Subject{Name: "ИВАНОВА АННА МАРИЯ", Surname: "ИВАНОВА", GivenName: "АННА МАРИЯ"}},
		"a surname alone": {[]pkix.AttributeTypeAndValue{attribute(cn, "ИВАНОВА"), attribute(surname, "ИВАНОВА")}, Subject{Name: "ИВАНОВА", Surname: "ИВАНОВА"}},
		"no surname":      {[]pkix.AttributeTypeAndValue{attribute(cn, "АННА")}, Subject{Name: "АННА", GivenName: "АННА"}},
	} {
		require.Equal(t, c.want, subject(&x509.Certificate{Subject: pkix.Name{Names: c.names}}), name)
	}
}
