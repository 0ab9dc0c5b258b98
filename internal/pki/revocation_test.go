package pki

import (
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"kualik/internal/pki/der"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/oid"
)

func revoked(t testing.TB, certificate []byte, at time.Time, why int) issue.Revoked {
	t.Helper()
	n, err := issue.Serial(certificate)
	require.NoError(t, err)
	return issue.Revoked{Serial: n, At: at, Reason: why}
}

func TestListsInTheMessage(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		hourAgo, tomorrow := now.Add(-time.Hour), now.AddDate(0, 0, 1)
		stranger, err := issue.NewAuthority(h.tap, alg, caName, now)
		require.NoError(t, err)
		mine := func(at time.Time, why int) issue.Revoked { return revoked(t, h.first.Certificate, at, why) }
		list := func(crl []byte, err error) []byte {
			t.Helper()
			require.NoError(t, err)
			return crl
		}
		for name, c := range map[string]struct {
			crl        []byte
			revocation string
		}{
			"empty":                       {list(h.ca.CRL(hourAgo, tomorrow)), RevocationGood},
			"another's":                   {list(h.ca.CRL(hourAgo, tomorrow, revoked(t, h.second.Certificate, hourAgo, 1))), RevocationGood},
			"revoked":                     {list(h.ca.CRL(hourAgo, tomorrow, mine(hourAgo, 1))), RevocationRevoked},
			"on hold":                     {list(h.ca.CRL(hourAgo, tomorrow, mine(hourAgo, 6))), RevocationRevoked},
			"without a reason":            {list(h.ca.CRL(hourAgo, tomorrow, mine(hourAgo, 0))), RevocationRevoked},
			"this very second":            {list(h.ca.CRL(hourAgo, tomorrow, mine(now, 1))), RevocationRevoked},
			"revoked later":               {list(h.ca.CRL(tomorrow, tomorrow.AddDate(0, 0, 1), mine(now.Add(time.Second), 1))), RevocationGood},
			"off the list":                {list(h.ca.CRL(hourAgo, tomorrow, mine(hourAgo, removeFromCRL))), RevocationGood},
			"old, empty":                  {list(h.ca.CRL(now.AddDate(0, 0, -3), hourAgo)), RevocationUnknown},
			"old, revoked":                {list(h.ca.CRL(now.AddDate(0, 0, -3), hourAgo, mine(now.AddDate(0, 0, -4), 1))), RevocationRevoked},
			"after all, empty":            {list(h.ca.CRL(now.AddDate(2, 0, 0), now.AddDate(2, 0, 1))), RevocationUnknown},
			"a stranger's":                {list(stranger.CRL(hourAgo, tomorrow, mine(hourAgo, 1))), RevocationUnknown},
			"the root's":                  {list(h.root.CRL(hourAgo, tomorrow, mine(hourAgo, 1))), RevocationUnknown},
			"delta":                       {list(h.ca.CRLWith(hourAgo, tomorrow, oid.DeltaCRL)), RevocationUnknown},
			"delta, revoked":              {list(h.ca.CRLWith(hourAgo, tomorrow, oid.DeltaCRL, mine(hourAgo, 1))), RevocationRevoked},
			"unknown critical":            {list(h.ca.CRLWith(hourAgo, tomorrow, "1.2.3.4")), RevocationUnknown},
			"the issuing authority above": {list(h.root.CRL(hourAgo, tomorrow, revoked(t, h.ca.Certificate, hourAgo, 2))), RevocationRevoked},
		} {
			for where, r := range map[string]Result{
				"in the message": h.judge(h.sign(t, h.first, issue.WithCRL(c.crl))),
				"given":          VerifyCMS(h.sign(t, h.first), nil, Options{At: now, Trust: NewTrust(h.root.Certificate), CRLs: [][]byte{c.crl}}),
			} {
				want := ""
				if c.revocation == RevocationRevoked {
					want = Revoked
				}
				require.Equal(t, want, reason(t, r), "%s %s", name, where)
				require.Equal(t, c.revocation, r.Signers[0].Revocation, "%s %s", name, where)
				require.Equal(t, want == "", r.Signers[0].RevokedAt.IsZero(), name)
				require.Equal(t, ChainTrusted, r.Signers[0].Chain)
			}
		}
		// a revoked certificate that has expired as well was revoked
		r := VerifyCMS(h.sign(t, h.first, issue.WithCRL(list(h.ca.CRL(hourAgo, tomorrow, mine(hourAgo, 1))))), nil,
			Options{At: now.AddDate(2, 0, 0), Trust: NewTrust(h.root.Certificate)})
		require.Equal(t, Revoked, reason(t, r))
	})
}

func TestScopeOfAList(t *testing.T) {
	raw := func(parts ...[]byte) []byte { return der.Sequence(parts...) }
	yes := func(n int) []byte { return der.TLV(der.Context(n, false), []byte{0xff}) }
	for name, c := range map[string]struct {
		value []byte
		want  list
	}{
		"all":       {raw(), list{}},
		"users":     {raw(yes(1)), list{onlyUsers: true}},
		"CAs":       {raw(der.Explicit(0, der.Explicit(0)), yes(2)), list{onlyCAs: true}},
		"reasons":   {raw(yes(3)), list{partial: true}},
		"others'":   {raw(yes(4)), list{foreign: true}},
		"attribute": {raw(yes(5)), list{partial: true}},
	} {
		var l list
		require.NoError(t, l.scope(c.value), name)
		require.Equal(t, c.want, l, name)
	}
	require.Error(t, new(list).scope([]byte{1}))
}

func TestParseCRL(t *testing.T) {
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		crl, err := h.ca.CRL(now.Add(-time.Hour), now.AddDate(0, 0, 1), revoked(t, h.first.Certificate, now.Add(-time.Minute), 1))
		require.NoError(t, err)
		s, err := ParseCRL(crl, h.first.Certificate, h.ca.Certificate, now)
		require.NoError(t, err)
		require.Equal(t, Status{State: RevocationRevoked, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.AddDate(0, 0, 1), RevokedAt: now.Add(-time.Minute)}, s)
		s, err = ParseCRL(crl, h.second.Certificate, h.ca.Certificate, now)
		require.NoError(t, err)
		require.Equal(t, RevocationGood, s.State)
		bad := append([]byte(nil), crl...)
		bad[len(bad)-3] ^= 1
		_, err = ParseCRL(bad, h.first.Certificate, h.ca.Certificate, now)
		require.ErrorIs(t, err, ErrNotVouched)
		_, err = ParseCRL(crl, h.first.Certificate, h.root.Certificate, now)
		require.ErrorIs(t, err, ErrNotVouched, "not the issuer of the certificate")
		_, err = ParseCRL(crl[:40], h.first.Certificate, h.ca.Certificate, now)
		require.Error(t, err)
		if alg == issue.RSA {
			theirs, err := x509.ParseRevocationList(crl)
			require.NoError(t, err)
			ca, err := x509.ParseCertificate(h.ca.Certificate)
			require.NoError(t, err)
			require.NoError(t, theirs.CheckSignatureFrom(ca))
		}
	})
}

func TestOCSP(t *testing.T) {
	nonce := []byte("12345678")
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		request, err := OCSPRequest(h.first.Certificate, h.ca.Certificate, nonce)
		require.NoError(t, err)
		trust := NewTrust(h.root.Certificate)
		delegated, err := h.ca.Responder("OCSP TEST", now.AddDate(0, 0, -1), now.AddDate(1, 0, 0))
		require.NoError(t, err)
		direct := &issue.Responder{Authority: h.ca, Valid: time.Hour}
		at := now.Add(-time.Minute)
		for state, status := range map[string]issue.Status{RevocationGood: {}, RevocationUnknown: {Unknown: true}, RevocationRevoked: {RevokedAt: at, Reason: 1}} {
			for _, responder := range []*issue.Responder{direct, delegated} {
				response, err := responder.Answer(request, now, func(n *big.Int) issue.Status {
					serial, _ := issue.Serial(h.first.Certificate)
					require.Equal(t, serial, n)
					return status
				})
				require.NoError(t, err)
				s, err := ParseOCSP(response, h.first.Certificate, h.ca.Certificate, trust, now, nonce)
				require.NoError(t, err)
				require.Equal(t, state, s.State)
				require.Equal(t, status.RevokedAt, s.RevokedAt)
				require.Equal(t, now, s.ThisUpdate)
				require.Equal(t, now.Add(time.Hour), s.NextUpdate)
				require.Equal(t, responder == delegated, len(s.ResponderCertificates) == 1)
				if alg == issue.RSA && state != RevocationUnknown {
					agrees(t, request, response, h, s)
				}
			}
		}
	})
}

// agrees holds our reading of an RSA answer against that of golang.org/x/crypto.
func agrees(t *testing.T, request, response []byte, h *house, s Status) {
	t.Helper()
	q, err := ocsp.ParseRequest(request)
	require.NoError(t, err)
	serial, err := issue.Serial(h.first.Certificate)
	require.NoError(t, err)
	require.Equal(t, serial, q.SerialNumber)
	c, err := x509.ParseCertificate(h.first.Certificate)
	require.NoError(t, err)
	ca, err := x509.ParseCertificate(h.ca.Certificate)
	require.NoError(t, err)
	theirs, err := ocsp.ParseResponseForCert(response, c, ca)
	require.NoError(t, err)
	require.Equal(t, map[int]string{ocsp.Good: RevocationGood, ocsp.Revoked: RevocationRevoked}[theirs.Status], s.State)
	require.True(t, theirs.NextUpdate.Equal(s.NextUpdate))
}

func TestAnswersThatAreNotBelieved(t *testing.T) {
	nonce := []byte("12345678")
	good := func(*big.Int) issue.Status { return issue.Status{} }
	each(t, func(t *testing.T, h *house, alg issue.Algorithm) {
		request, err := OCSPRequest(h.first.Certificate, h.ca.Certificate, nonce)
		require.NoError(t, err)
		trust := NewTrust(h.root.Certificate)
		answer := func(r issue.Responder, when time.Time) []byte {
			t.Helper()
			response, err := r.Answer(request, when, good)
			require.NoError(t, err)
			return response
		}
		ask := func(response []byte) error {
			_, err := ParseOCSP(response, h.first.Certificate, h.ca.Certificate, trust, now, nonce)
			return err
		}
		stranger, err := issue.NewAuthority(h.tap, alg, caName, now)
		require.NoError(t, err)
		foreign, err := stranger.Responder("OCSP TEST", now.AddDate(0, 0, -1), now.AddDate(1, 0, 0))
		require.NoError(t, err)
		late, err := h.ca.Responder("OCSP TEST", now.AddDate(0, 0, -2), now.AddDate(0, 0, -1))
		require.NoError(t, err)
		direct := issue.Responder{Authority: h.ca, Valid: time.Hour}
		for name, response := range map[string][]byte{
			"a person's":              answer(issue.Responder{Authority: h.ca, Identity: h.second, Valid: time.Hour}, now),
			"a stranger's":            answer(issue.Responder{Authority: stranger, Valid: time.Hour}, now),
			"a stranger's responder":  answer(*foreign, now),
			"an expired responder":    answer(*late, now),
			"no nonce":                answer(issue.Responder{Authority: h.ca, Valid: time.Hour, NoNonce: true}, now),
			"old":                     answer(direct, now.Add(-2*time.Hour)),
			"from the future":         answer(direct, now.Add(10*time.Minute)),
			"old, without a next one": answer(issue.Responder{Authority: h.ca}, now.AddDate(0, 0, -2)),
		} {
			require.ErrorIs(t, ask(response), ErrNotVouched, name)
		}
		require.NoError(t, ask(answer(direct, now)))
		require.NoError(t, ask(answer(direct, now.Add(2*time.Minute))), "clocks differ a little")
		require.NoError(t, ask(answer(issue.Responder{Authority: h.ca}, now.Add(-time.Hour))))
		_, err = ParseOCSP(answer(issue.Responder{Authority: h.ca, NoNonce: true, Valid: time.Hour}, now), h.first.Certificate, h.ca.Certificate, trust, now, nil)
		require.NoError(t, err, "who sends no nonce expects none")
		_, err = ParseOCSP(answer(direct, now), h.first.Certificate, h.ca.Certificate, trust, now, []byte("87654321"))
		require.ErrorIs(t, err, ErrNotVouched, "another nonce")
		_, err = ParseOCSP(answer(direct, now), h.second.Certificate, h.ca.Certificate, trust, now, nonce)
		require.ErrorIs(t, err, ErrNotVouched, "about another")
		_, err = ParseOCSP(answer(direct, now), h.first.Certificate, h.root.Certificate, trust, now, nonce)
		require.ErrorIs(t, err, ErrNotVouched, "not the issuer")
		require.ErrorIs(t, ask(issue.MalformedRequest()), ErrNoAnswer)
		require.ErrorIs(t, ask([]byte("<html>")), der.ErrMalformed)
		bad := answer(direct, now)
		bad[len(bad)-1] ^= 1
		require.ErrorIs(t, ask(bad), ErrNotVouched)
		_, err = direct.Answer([]byte("?"), now, good)
		require.Error(t, err)
	})
}

// The NCA has one responder for its authorities of both algorithms: a pinned anchor vouches for it.
func TestTheOtherAuthoritysResponder(t *testing.T) {
	rsa, gost := houses[issue.RSA](), houses[issue.GOST]()
	request, err := OCSPRequest(rsa.first.Certificate, rsa.ca.Certificate, nil)
	require.NoError(t, err)
	r, err := gost.root.Responder("OCSP TEST", now.AddDate(0, 0, -1), now.AddDate(1, 0, 0))
	require.NoError(t, err)
	response, err := r.Answer(request, now, func(*big.Int) issue.Status { return issue.Status{} })
	require.NoError(t, err)
	_, err = ParseOCSP(response, rsa.first.Certificate, rsa.ca.Certificate, NewTrust(rsa.root.Certificate), now, nil)
	require.ErrorIs(t, err, ErrNotVouched)
	s, err := ParseOCSP(response, rsa.first.Certificate, rsa.ca.Certificate, NewTrust(gost.root.Certificate), now, nil)
	require.NoError(t, err)
	require.Equal(t, RevocationGood, s.State)
}
