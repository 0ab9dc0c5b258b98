package signing

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/pki"
)

const (
	goodFor       = 10 * time.Minute // how long a log-in relies on an earlier answer
	revokedFor    = time.Minute      // a suspended certificate may be good again
	largestAnswer = 64 << 10         // bytes of an OCSP answer
	largestList   = 48 << 20         // bytes of a list of revoked certificates
	nonceSize     = 8                // bytes, as the NCA's own clients have it

	// How long each service is waited for: a person stands before the page meanwhile.
	waitOCSP = 5 * time.Second
	waitList = 10 * time.Second
)

// answer is what an authority said of a certificate, and the file that proves it.
type answer struct {
	State      string     `db:"state"`
	Source     string     `db:"source"`
	File       string     `db:"file"`
	CheckedAt  time.Time  `db:"checked_at"`
	GoodUntil  time.Time  `db:"good_until"`
	ThisUpdate time.Time  `db:"this_update"`
	NextUpdate *time.Time `db:"next_update"`
	RevokedAt  *time.Time `db:"revoked_at"`
}

func (a answer) revocation() Revocation {
	return Revocation{State: a.State, Source: a.Source, CheckedAt: a.CheckedAt, AsOf: a.ThisUpdate, file: a.File}
}

// revocation asks whether the signer's certificate was revoked: by OCSP, and when that does not answer by
// the list. fresh asks again although a recent answer is kept; that one is then for when nobody answers.
// What happens when nobody does is the policy's.
func (s *Service) revocation(ctx context.Context, v verified, fresh bool) (Revocation, error) {
	key, now := blob.Sum(v.signer.Certificate), s.o.Clock.Now()
	kept, isKept, err := s.keptAnswer(ctx, key, now)
	if err != nil {
		return Revocation{}, err
	}
	if isKept && !fresh {
		return judge(kept)
	}
	a, unknown, err := s.ask(ctx, v, now)
	if err == nil && !unknown {
		if err := s.keepAnswer(ctx, key, a); err != nil {
			return Revocation{}, err
		}
		return judge(a)
	}
	if err != nil {
		s.o.Log.Warn("revocation of a certificate could not be checked", "serial", v.signer.Serial, "error", err)
	}
	switch {
	case isKept:
		return judge(kept)
	case s.o.Revocation == Required:
		return Revocation{}, fault.Wrap(err, fault.Unavailable, keyPrefix+"revocation_unreachable")
	case unknown:
		return Revocation{State: stateUnknown, Source: a.Source, CheckedAt: now}, nil
	}
	return Revocation{State: stateUnreachable, CheckedAt: now}, nil
}

func judge(a answer) (Revocation, error) {
	if a.State == stateRevoked {
		return Revocation{}, refuse(fault.Invalid, "revoked")
	}
	return a.revocation(), nil
}

// ask asks the authority. unknown tells that it answered that it does not know the certificate.
func (s *Service) ask(ctx context.Context, v verified, now time.Time) (a answer, unknown bool, err error) {
	if len(v.signer.Issuer) == 0 {
		return answer{}, false, errors.New("the issuer's certificate is not known")
	}
	a, ocspErr := s.askOCSP(ctx, v, now)
	if ocspErr == nil && a.State != stateUnknown {
		return a, false, nil
	}
	fromList, listErr := s.askList(ctx, v, now)
	if listErr == nil {
		return fromList, false, nil
	}
	if ocspErr == nil {
		return a, true, nil
	}
	return answer{}, false, errors.Join(ocspErr, listErr)
}

func first(override string, list []string) string {
	if override != "" {
		return override
	}
	for _, u := range list {
		if len(u) > 8 && (u[:7] == "http://" || u[:8] == "https://") {
			return u
		}
	}
	return ""
}

func (s *Service) askOCSP(ctx context.Context, v verified, now time.Time) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, waitOCSP)
	defer cancel()
	address := first(s.o.OCSPURL, v.signer.OCSPURLs)
	if address == "" {
		return answer{}, errors.New("OCSP: the certificate names no address")
	}
	nonce := make([]byte, nonceSize)
	rand.Read(nonce) // never fails (crypto/rand)
	request, err := pki.OCSPRequest(v.signer.Certificate, v.signer.Issuer, nonce)
	if err != nil {
		return answer{}, fmt.Errorf("OCSP: making the question: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(request))
	if err != nil {
		return answer{}, fmt.Errorf("OCSP: %w", err)
	}
	req.Header.Set("Content-Type", "application/ocsp-request")
	req.Header.Set("Accept", "application/ocsp-response")
	data, err := s.fetch(req, largestAnswer)
	if err != nil {
		return answer{}, fmt.Errorf("OCSP: %w", err)
	}
	status, err := pki.ParseOCSP(data, v.signer.Certificate, v.signer.Issuer, s.o.Trust, now, nonce)
	if errors.Is(err, pki.ErrNotVouched) {
		// A responder may repeat no nonce (RFC 6960, 4.4.1). Its answer then counts as long as one that we keep.
		old, oldErr := pki.ParseOCSP(data, v.signer.Certificate, v.signer.Issuer, s.o.Trust, now, nil)
		if oldErr == nil && now.Sub(old.ThisUpdate) <= goodFor {
			status, err = old, nil
		}
	}
	if err != nil {
		return answer{}, fmt.Errorf("OCSP: %w", err)
	}
	a := answered("ocsp", status, now)
	if a.State != stateUnknown {
		a.File, err = s.put(ctx, data)
	}
	return a, err
}

func (s *Service) put(ctx context.Context, data []byte) (file string, err error) {
	ref, err := s.o.Blobs.Put(ctx, bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("storing an answer about revocation: %w", err)
	}
	return ref.SHA256, nil
}

func answered(source string, status pki.Status, now time.Time) answer {
	a := answer{State: status.State, Source: source, CheckedAt: now, GoodUntil: now.Add(goodFor), ThisUpdate: status.ThisUpdate}
	if !status.NextUpdate.IsZero() {
		a.NextUpdate = &status.NextUpdate
		if status.NextUpdate.Before(a.GoodUntil) {
			a.GoodUntil = status.NextUpdate
		}
	}
	if a.State == stateRevoked {
		a.GoodUntil, a.RevokedAt = now.Add(revokedFor), &status.RevokedAt
	}
	return a
}

// askList looks a certificate up in the authority's list, which is fetched once for as long as it holds.
func (s *Service) askList(ctx context.Context, v verified, now time.Time) (answer, error) {
	address := first(s.o.CRLURL, v.signer.CRLURLs)
	if address == "" {
		return answer{}, errors.New("CRL: the certificate names no address")
	}
	file, ok, err := s.keptList(ctx, address, now)
	if err != nil {
		return answer{}, err
	}
	if ok {
		if data, err := blob.ReadAll(ctx, s.o.Blobs, file, largestList); err == nil {
			if status, err := pki.ParseCRL(data, v.signer.Certificate, v.signer.Issuer, now); err == nil && status.State != stateUnknown {
				a := answered("crl", status, now)
				a.File = file
				return a, nil
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, waitList)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, fmt.Errorf("CRL: %w", err)
	}
	data, err := s.fetch(req, largestList)
	if err != nil {
		return answer{}, fmt.Errorf("CRL: %w", err)
	}
	status, err := pki.ParseCRL(data, v.signer.Certificate, v.signer.Issuer, now)
	if err == nil && status.State == stateUnknown {
		err = errors.New("the list has run out, or does not speak of all certificates")
	}
	if err != nil {
		return answer{}, fmt.Errorf("CRL: %w", err)
	}
	a := answered("crl", status, now)
	if a.File, err = s.put(ctx, data); err != nil {
		return answer{}, err
	}
	return a, s.keepList(ctx, address, a, status)
}

// fetch gets an answer of at most limit bytes.
func (s *Service) fetch(req *http.Request, limit int64) ([]byte, error) {
	res, err := s.o.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %d", res.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("the answer is longer than %d bytes", limit)
	}
	return data, nil
}

// again reads the kept answer about a kept signature, as of when it was given. ok is false when it does not
// prove what was said of it.
func (s *Service) again(ctx context.Context, e Evidence, signer pki.Signer) (r Revocation, ok bool, err error) {
	data, err := blob.ReadAll(ctx, s.o.Blobs, e.RevocationFile, largestKept)
	if err != nil {
		return Revocation{}, false, fmt.Errorf("reading an answer about revocation: %w", err)
	}
	issuer := signer.Issuer
	if len(issuer) == 0 && e.IssuerFile != "" {
		if issuer, err = blob.ReadAll(ctx, s.o.Blobs, e.IssuerFile, largestAnswer); err != nil {
			return Revocation{}, false, fmt.Errorf("reading an issuer's certificate: %w", err)
		}
	}
	kept := e.Revocation()
	var status pki.Status
	if e.RevocationSource == "crl" {
		status, err = pki.ParseCRL(data, signer.Certificate, issuer, kept.CheckedAt)
	} else {
		status, err = pki.ParseOCSP(data, signer.Certificate, issuer, s.o.Trust, kept.CheckedAt, nil)
	}
	if err != nil {
		return Revocation{State: stateUnreachable, CheckedAt: kept.CheckedAt}, false, nil
	}
	kept.State, kept.AsOf = status.State, status.ThisUpdate
	return kept, status.State == stateGood, nil
}
