package sim

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/pki"
)

// question asks OCSP about a person's key and returns the answer as pki reads it.
func (s *Sim) question(t *testing.T, iin, name string) (pki.Status, error) {
	t.Helper()
	certificate, err := s.Certificate(iin, name)
	require.NoError(t, err)
	algorithm := strings.ToLower(strings.Split(name, "-")[1])
	issuer := []byte(get(t, s, "/cert/"+algorithm+".cer"))
	nonce := []byte("12345678")
	request, err := pki.OCSPRequest(certificate, issuer, nonce)
	require.NoError(t, err)
	answer, err := http.Post(s.URLs().Web+"/ocsp/"+algorithm, "application/ocsp-request", bytes.NewReader(request))
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return pki.ParseOCSP(body, certificate, issuer, s.trust(t), now, nonce)
}

func TestOCSP(t *testing.T) {
	s := start(t, nil)
	for _, name := range []string{"SIGN-GOST", "AUTH-GOST", "SIGN-RSA"} {
		status, err := s.question(t, ordinary, name)
		require.NoError(t, err)
		require.Equal(t, "good", status.State, name)
	}
	status, err := s.question(t, revoked, "SIGN-GOST")
	require.NoError(t, err)
	require.Equal(t, "revoked", status.State)

	post(t, s, "/revocation", `{"person":"`+ordinary+`","revoked":true}`, http.StatusOK)
	status, err = s.question(t, ordinary, "SIGN-RSA")
	require.NoError(t, err)
	require.Equal(t, "revoked", status.State)
	require.True(t, status.RevokedAt.Equal(now))
	require.NoError(t, s.Revoke(ordinary, false))
	status, err = s.question(t, ordinary, "SIGN-GOST")
	require.NoError(t, err)
	require.Equal(t, "good", status.State)
	require.Error(t, s.Revoke("000000000000", true))
}

func TestFaultsOfOCSP(t *testing.T) {
	s := start(t, nil)
	require.NoError(t, s.Fault(Fault{At: AtOCSP, Kind: FaultUnknown, Times: 1}))
	status, err := s.question(t, ordinary, "SIGN-GOST")
	require.NoError(t, err)
	require.Equal(t, "unknown", status.State)
	for _, kind := range []string{FaultDown, FaultGarbage, FaultStale} {
		require.NoError(t, s.Fault(Fault{At: AtOCSP, Kind: kind, Times: 1}))
		_, err = s.question(t, ordinary, "SIGN-GOST")
		require.Error(t, err, kind)
	}
	require.NoError(t, s.Fault(Fault{At: AtOCSP, Kind: FaultSlow, Times: 1, Delay: time.Hour}))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URLs().OCSP, strings.NewReader("x"))
	require.NoError(t, err)
	_, err = http.DefaultClient.Do(request)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	status, err = s.question(t, ordinary, "SIGN-GOST")
	require.NoError(t, err)
	require.Equal(t, "good", status.State)
	answer, err := http.Post(s.URLs().OCSP, "application/ocsp-request", strings.NewReader("nonsense"))
	require.NoError(t, err)
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	require.Equal(t, []byte{0x30, 3, 10, 1, 1}, body, "malformedRequest")
}

func TestCRL(t *testing.T) {
	s := start(t, nil)
	issuer := []byte(get(t, s, "/cert/gost.cer"))
	before, err := s.Certificate(ordinary, "SIGN-GOST")
	require.NoError(t, err)
	gone, err := s.Certificate(revoked, "SIGN-GOST")
	require.NoError(t, err)
	list := []byte(get(t, s, "/crl/gost.crl"))
	status, err := pki.ParseCRL(list, before, issuer, now)
	require.NoError(t, err)
	require.Equal(t, "good", status.State)
	status, err = pki.ParseCRL(list, gone, issuer, now)
	require.NoError(t, err)
	require.Equal(t, "revoked", status.State)
	require.NoError(t, s.Fault(Fault{At: AtCRL, Kind: FaultStale, Times: 1}))
	status, err = pki.ParseCRL([]byte(get(t, s, "/crl/gost.crl")), before, issuer, now)
	require.NoError(t, err)
	require.Equal(t, "unknown", status.State, "a list of last week says nothing of a good certificate")
}
