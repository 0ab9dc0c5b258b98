package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// Status is what is known of a certificate's revocation.
type Status struct {
	State                 string // RevocationGood, RevocationRevoked, RevocationUnknown
	ThisUpdate            time.Time
	NextUpdate            time.Time // zero when not said
	RevokedAt             time.Time // zero unless revoked
	ResponderCertificates [][]byte  // DER, of an OCSP answer
}

// removeFromCRL is the reason by which a certificate leaves a list.
const removeFromCRL = 8

// list is a revocation list read.
type list struct {
	x            *x509.RevocationList
	signatureOID string
	partial      bool // not finding a certificate in it says nothing
	foreign      bool // it lists certificates of others than who signed it
	onlyCAs      bool
	onlyUsers    bool
}

func parseList(raw []byte) (*list, error) {
	x, err := x509.ParseRevocationList(raw)
	if err != nil {
		return nil, fmt.Errorf("pki: reading a revocation list: %w", err)
	}
	l := &list{x: x}
	if l.signatureOID, err = signatureAlgorithm(raw); err != nil {
		return nil, err
	}
	for _, e := range x.Extensions {
		switch id := e.Id.String(); {
		case id == oid.IssuingDistribution:
			if err := l.scope(e.Value); err != nil {
				return nil, err
			}
		case id == oid.DeltaCRL, e.Critical:
			l.partial = true
		}
	}
	return l, nil
}

// scope reads IssuingDistributionPoint (RFC 5280, section 5.2.5).
func (l *list) scope(value []byte) error {
	e, err := der.ReadOnly(value)
	if err != nil {
		return err
	}
	parts, err := e.Children()
	if err != nil {
		return err
	}
	for _, p := range parts {
		said := len(p.Body) == 1 && p.Body[0] != 0
		switch p.Tag {
		case der.Context(1, false):
			l.onlyUsers = said
		case der.Context(2, false):
			l.onlyCAs = said
		case der.Context(4, false):
			l.foreign = said
		case der.Context(3, false), der.Context(5, false):
			l.partial = true // some reasons only; attribute certificates only
		}
	}
	return nil
}

// signedBy reports whether it is this authority's list.
func (l *list) signedBy(authority *Certificate) bool {
	mayNot := authority.x.KeyUsage != 0 && authority.x.KeyUsage&x509.KeyUsageCRLSign == 0
	if mayNot || l.foreign || !bytes.Equal(l.x.RawIssuer, authority.x.RawSubject) {
		return false
	}
	return authority.check(sealAlgorithm(l.signatureOID), l.x.RawTBSRevocationList, l.x.Signature) == ""
}

// status is what the list says of a certificate of the authority that signed it. A revocation counts from
// its own moment on, and an old list is still right about it. That nothing is said is good news only until
// the next list, and of a list later than the moment asked about only while the certificate was listed at all.
func (l *list) status(c *Certificate, at time.Time) Status {
	s := Status{State: RevocationUnknown, ThisUpdate: l.x.ThisUpdate.UTC(), NextUpdate: l.x.NextUpdate.UTC()}
	if l.onlyCAs && !c.IsCA || l.onlyUsers && c.IsCA {
		return s
	}
	for _, e := range l.x.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(c.x.SerialNumber) == 0 && e.ReasonCode != removeFromCRL && !e.RevocationTime.After(at) {
			s.State, s.RevokedAt = RevocationRevoked, e.RevocationTime.UTC()
			return s
		}
	}
	stale := l.x.NextUpdate.IsZero() || at.After(l.x.NextUpdate)
	late := l.x.ThisUpdate.After(at) && l.x.ThisUpdate.After(c.NotAfter)
	if !l.partial && !stale && !late {
		s.State = RevocationGood
	}
	return s
}

// ErrNotVouched is a list or an answer that nobody entitled to it has signed, or about something else.
var ErrNotVouched = errors.New("pki: not signed by who may say it")

// ParseCRL reads a revocation list in DER and gives what it says, at a moment, of a certificate that the
// issuer issued. A list of another issuer or with a bad signature is ErrNotVouched; a list whose next one
// should be there already knows of revocations only.
func ParseCRL(crl, certificate, issuer []byte, at time.Time) (Status, error) {
	c, authority, err := pair(certificate, issuer)
	if err != nil {
		return Status{}, err
	}
	l, err := parseList(crl)
	if err != nil {
		return Status{}, err
	}
	if !l.signedBy(authority) {
		return Status{}, ErrNotVouched
	}
	return l.status(c, at), nil
}

// pair reads a certificate and its issuer's, which must have signed it.
func pair(certificate, issuer []byte) (c, authority *Certificate, err error) {
	if c, err = ParseCertificate(certificate); err != nil {
		return nil, nil, err
	}
	if authority, err = ParseCertificate(issuer); err != nil {
		return nil, nil, err
	}
	if !authority.maySignCertificates() || !newWalk(nil, nil, time.Time{}).issued(authority, c, 0) {
		return nil, nil, fmt.Errorf("pki: the issuer's certificate is not the issuer's: %w", ErrNotVouched)
	}
	return c, authority, nil
}
