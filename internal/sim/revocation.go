package sim

import (
	"encoding/base64"
	"io"
	"math/big"
	"net/http"
	"path"
	"strings"
	"time"

	"kualik/internal/pki/issue"
)

// How long the answers hold: short, so that a key that is revoked by hand is soon seen to be.
const (
	ocspValid = time.Minute
	crlValid  = 10 * time.Minute
	stale     = 7 * 24 * time.Hour
)

// authorityNamed is the authority of a path: gost or rsa.
func (s *Sim) authorityNamed(name string) (algorithm string, a *authority) {
	algorithm = strings.ToUpper(name)
	return algorithm, s.ring.authorities[algorithm]
}

// ocsp answers by POST and by GET (RFC 6960, appendix A).
func (s *Sim) ocsp(w http.ResponseWriter, r *http.Request) {
	algorithm, a := s.authorityNamed(r.PathValue("authority"))
	if a == nil {
		http.NotFound(w, r)
		return
	}
	f := s.fault(AtOCSP)
	if s.broken(w, r, f) {
		return
	}
	request, err := ocspRequest(w, r)
	if err != nil {
		http.Error(w, "not a request", http.StatusBadRequest)
		return
	}
	at := s.clock.Now()
	if f.Kind == FaultStale {
		at = at.Add(-stale)
	}
	responder := issue.Responder{Authority: a.issuing, Valid: ocspValid}
	answer, err := responder.Answer(request, at, func(serial *big.Int) issue.Status {
		known, revokedAt := s.ring.status(algorithm, serial.Text(16))
		return issue.Status{Unknown: !known || f.Kind == FaultUnknown, RevokedAt: revokedAt}
	})
	if err != nil {
		answer = issue.MalformedRequest()
	}
	w.Header().Set("Content-Type", "application/ocsp-response")
	_, _ = w.Write(answer)
}

func ocspRequest(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method == http.MethodGet {
		return base64.StdEncoding.DecodeString(r.PathValue("request"))
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
}

// crl is GET /crl/gost.crl, made anew for whoever asks.
func (s *Sim) crl(w http.ResponseWriter, r *http.Request) {
	name, isCRL := strings.CutSuffix(r.PathValue("file"), ".crl")
	algorithm, a := s.authorityNamed(name)
	if a == nil || !isCRL {
		http.NotFound(w, r)
		return
	}
	f := s.fault(AtCRL)
	if s.broken(w, r, f) {
		return
	}
	at := s.clock.Now()
	if f.Kind == FaultStale {
		at = at.Add(-stale)
	}
	serials, times := s.ring.revocations(algorithm)
	var list []issue.Revoked
	for _, serial := range serials {
		if n, ok := new(big.Int).SetString(serial, 16); ok {
			list = append(list, issue.Revoked{Serial: n, At: times[serial]})
		}
	}
	answer, err := a.issuing.CRL(at, at.Add(crlValid), list...)
	if err != nil {
		s.log.Error("simulator: list of the revoked", "error", err)
		http.Error(w, "error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/pkix-crl")
	_, _ = w.Write(answer)
}

// authorityCertificate is GET /cert/gost.cer.
func (s *Sim) authorityCertificate(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	_, a := s.authorityNamed(strings.TrimSuffix(file, path.Ext(file)))
	if a == nil || path.Ext(file) != ".cer" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/pkix-cert")
	_, _ = w.Write(a.issuing.Certificate)
}
