package pki

import (
	"bytes"
	"crypto/sha1" // RFC 6960 names certificates with it: a responder may answer so
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/gost"
	"kualik/internal/pki/oid"
)

const (
	// clockSkew is how far a responder's clock may be from ours.
	clockSkew = 5 * time.Minute
	// maxAnswerAge is how old an answer may be that does not say when the next will be.
	maxAnswerAge = 24 * time.Hour
)

// OCSPRequest asks about one certificate of the issuer (RFC 6960, section 4.1). The certificate is named by
// SHA-256, which the NCA's responder takes. The nonce, 8 to 32 random octets, ties the answer to the
// question; nil leaves it out.
func OCSPRequest(certificate, issuer, nonce []byte) ([]byte, error) {
	c, authority, err := pair(certificate, issuer)
	if err != nil {
		return nil, err
	}
	name, key := certID(authority, oid.SHA256)
	id := der.Sequence(der.Sequence(der.OID(oid.SHA256), der.Null()), der.Octets(name), der.Octets(key), der.Integer(c.x.SerialNumber))
	parts := [][]byte{der.Sequence(der.Sequence(id))}
	if nonce != nil {
		extension := der.Sequence(der.OID(oid.OCSPNonce), der.Octets(der.Octets(nonce)))
		parts = append(parts, der.Explicit(2, der.Sequence(extension)))
	}
	return der.Sequence(der.Sequence(parts...)), nil
}

// certID is an issuer's name and key digested; nil for an algorithm that is not known here.
func certID(authority *Certificate, algorithm string) (name, key []byte) {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if rest, err := asn1.Unmarshal(authority.x.RawSubjectPublicKeyInfo, &info); err != nil || len(rest) > 0 {
		return nil, nil
	}
	digest := map[string]func([]byte) []byte{
		oid.SHA1:              func(b []byte) []byte { d := sha1.Sum(b); return d[:] },
		oid.SHA256:            func(b []byte) []byte { d := sha256.Sum256(b); return d[:] },
		oid.DigestGOST2015512: gost.Sum512,
	}[algorithm]
	if digest == nil {
		return nil, nil
	}
	return digest(authority.x.RawSubject), digest(info.Key.RightAlign())
}

// ErrNoAnswer is what a responder says that does not tell the status: it is busy, or the question was bad.
var ErrNoAnswer = errors.New("pki: the OCSP responder gave no answer")

// ParseOCSP reads an OCSP response in DER and gives what it says of a certificate that the issuer issued.
//
// The answer must be signed by the issuer or by a responder with the usage OCSPSigning whom the issuer
// certified, or whom one of the trusted anchors did: the NCA has one responder for its authorities of RSA
// and of GOST. Such a responder's own revocation is not asked for. The answer must be about this certificate, hold
// at the moment asked about, and repeat the nonce unless that is nil. ErrNotVouched is in the errors of an
// answer that fails this, ErrNoAnswer in that of a responder's excuse.
func ParseOCSP(response, certificate, issuer []byte, trust *Trust, at time.Time, nonce []byte) (Status, error) {
	c, authority, err := pair(certificate, issuer)
	if err != nil {
		return Status{}, err
	}
	a, err := parseAnswer(response)
	if err != nil {
		return Status{}, err
	}
	if !a.vouched(authority, trust, at) {
		return Status{}, fmt.Errorf("%w: the responder's certificate", ErrNotVouched)
	}
	if nonce != nil && !bytes.Equal(a.nonce, nonce) {
		return Status{}, fmt.Errorf("%w: the answer is to another question", ErrNotVouched)
	}
	for _, single := range a.singles {
		if !single.about(c, authority) {
			continue
		}
		if err := single.current(at); err != nil {
			return Status{}, err
		}
		s := single.status
		for _, r := range a.certificates {
			s.ResponderCertificates = append(s.ResponderCertificates, r.DER)
		}
		return s, nil
	}
	return Status{}, fmt.Errorf("%w: the answer is about another certificate", ErrNotVouched)
}

// about reports whether it is the certificate's status, by the digests that the answer itself chose.
func (s single) about(c, authority *Certificate) bool {
	f := &fields{list: s.id.list, err: s.id.err}
	algorithm, name, key, serial := f.next(der.SequenceTag), f.next(der.OctetString), f.next(der.OctetString), f.next(der.IntegerTag)
	if f.end() != nil {
		return false
	}
	id, err := algorithmOID(algorithm)
	if err != nil {
		return false
	}
	wantName, wantKey := certID(authority, id)
	n, err := serial.Integer()
	return err == nil && wantName != nil && bytes.Equal(name.Body, wantName) && bytes.Equal(key.Body, wantKey) && n.Cmp(c.x.SerialNumber) == 0
}

// current is nil when the answer holds at the moment.
func (s single) current(at time.Time) error {
	this, next := s.status.ThisUpdate, s.status.NextUpdate
	if next.IsZero() {
		next = this.Add(maxAnswerAge)
	}
	if at.Before(this.Add(-clockSkew)) || at.After(next.Add(clockSkew)) {
		return fmt.Errorf("%w: the answer holds from %s to %s", ErrNotVouched, this.Format(time.RFC3339), next.Format(time.RFC3339))
	}
	return nil
}

// vouched reports whether somebody entitled to it signed the answer.
func (a *answer) vouched(authority *Certificate, trust *Trust, at time.Time) bool {
	algorithm := sealAlgorithm(a.algorithm)
	if authority.check(algorithm, a.signed, a.signature) == "" {
		return true
	}
	w := newWalk(nil, nil, at)
	for _, r := range a.certificates {
		if !r.mayAnswer() || w.dates([]*Certificate{r}) != "" || r.check(algorithm, a.signed, a.signature) != "" {
			continue
		}
		for _, by := range append([]*Certificate{authority}, trust.Anchors()...) {
			if w.issued(by, r, 0) {
				return true
			}
		}
	}
	return false
}

// mayAnswer reports whether it is the certificate of an OCSP responder.
func (c *Certificate) mayAnswer() bool {
	mayNot := c.x.KeyUsage != 0 && c.x.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0
	return slices.Contains(c.ExtendedUsages, oid.UsageOCSPSigning) && !mayNot && !c.unknownCritical
}
