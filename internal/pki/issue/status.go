package issue

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// Revoked is an entry of a revocation list.
type Revoked struct {
	Serial *big.Int
	At     time.Time
	Reason int // CRLReason; 0 leaves it out
}

// CRL is the authority's list of revoked certificates.
func (a *Authority) CRL(thisUpdate, nextUpdate time.Time, revoked ...Revoked) ([]byte, error) {
	return a.CRLWith(thisUpdate, nextUpdate, "", revoked...)
}

// CRLWith is CRL with a critical extension of this OID, whose value is the number 1.
func (a *Authority) CRLWith(thisUpdate, nextUpdate time.Time, criticalID string, revoked ...Revoked) ([]byte, error) {
	var entries [][]byte
	for _, r := range revoked {
		entry := [][]byte{der.Integer(r.Serial), der.Moment(r.At)}
		if r.Reason != 0 {
			entry = append(entry, der.Sequence(extension(oid.CRLReason, false, der.TLV(der.Enumerated, []byte{byte(r.Reason)}))))
		}
		entries = append(entries, der.Sequence(entry...))
	}
	parts := [][]byte{der.Small(1), a.key.signatureAlgorithm(), a.name, der.Moment(thisUpdate), der.Moment(nextUpdate)}
	if len(entries) > 0 {
		parts = append(parts, der.Sequence(entries...))
	}
	extensions := [][]byte{extension(oid.AuthorityKeyID, false, der.Sequence(der.TLV(der.Context(0, false), keyID(a.key)))),
		extension(oid.CRLNumber, false, der.Integer(big.NewInt(thisUpdate.Unix())))}
	if criticalID != "" {
		extensions = append(extensions, extension(criticalID, true, der.Small(1)))
	}
	parts = append(parts, der.Explicit(0, der.Sequence(extensions...)))
	return sealed(a.key, der.Sequence(parts...))
}

// Status is what an answer of OCSP says of a certificate. The zero value says that it is good.
type Status struct {
	Unknown   bool
	RevokedAt time.Time // not zero: revoked
	Reason    int
}

// Responder answers questions about revocation. Identity nil lets the authority answer itself.
type Responder struct {
	Authority *Authority
	Identity  *Identity
	// NoNonce leaves the question's nonce out of the answer.
	NoNonce bool
	// Valid is how long an answer holds; 0 leaves the next update out.
	Valid time.Duration
}

// Responder makes a key and a certificate for answering in the authority's name.
func (a *Authority) Responder(name string, notBefore, notAfter time.Time) (*Responder, error) {
	key, err := NewKey(a.random, a.key.Algorithm(), 0)
	if err != nil {
		return nil, err
	}
	extensions := append([][]byte{extendedUsage(oid.UsageOCSPSigning), keyUsage(DigitalSignature),
		extension(oid.OCSPNoCheck, false, der.Null())}, identifiers(key, a.key, Profile{})...)
	c, err := certificate(a.random, a.name, a.key, request{subject: authorityName(name), key: key,
		notBefore: notBefore, notAfter: notAfter, extensions: extensions})
	if err != nil {
		return nil, err
	}
	return &Responder{Authority: a, Identity: &Identity{Certificate: c, Issuers: [][]byte{a.Certificate}, key: key}, Valid: time.Hour}, nil
}

// OCSP is the authority's own answer, valid for an hour.
func (a *Authority) OCSP(request []byte, now time.Time, status func(serial *big.Int) Status) ([]byte, error) {
	return Responder{Authority: a, Valid: time.Hour}.Answer(request, now, status)
}

// Answer answers a question of RFC 6960 about any number of certificates. What is not a question is an
// error: MalformedRequest is the answer for it.
func (r Responder) Answer(request []byte, now time.Time, status func(serial *big.Int) Status) ([]byte, error) {
	ids, nonce, err := question(request)
	if err != nil {
		return nil, err
	}
	var answers [][]byte
	for _, id := range ids {
		fields, err := id.Children()
		if err != nil || len(fields) != 4 {
			return nil, errors.New("issue: not a question of OCSP")
		}
		serial, err := fields[3].Integer()
		if err != nil {
			return nil, fmt.Errorf("issue: reading a question of OCSP: %w", err)
		}
		answer := [][]byte{id.Raw, status(serial).encode(), der.Generalized(now)}
		if r.Valid > 0 {
			answer = append(answer, der.Explicit(0, der.Generalized(now.Add(r.Valid))))
		}
		answers = append(answers, der.Sequence(answer...))
	}
	key := r.Authority.key
	var certificates []byte
	if r.Identity != nil {
		key = r.Identity.key
		certificates = der.Explicit(0, der.Sequence(r.Identity.Certificate))
	}
	data := [][]byte{der.Explicit(2, der.Octets(keyID(key))), der.Generalized(now), der.Sequence(answers...)}
	if nonce != nil && !r.NoNonce {
		data = append(data, der.Explicit(1, der.Sequence(nonce)))
	}
	tbs := der.Sequence(data...)
	signature, err := key.sign(tbs)
	if err != nil {
		return nil, fmt.Errorf("issue: signing an answer: %w", err)
	}
	basic := der.Sequence(tbs, key.signatureAlgorithm(), der.Bits(signature), certificates)
	return der.Sequence(der.TLV(der.Enumerated, []byte{0}), der.Explicit(0, der.Sequence(der.OID(oid.OCSPBasic), der.Octets(basic)))), nil
}

// MalformedRequest is the answer to what is not a question.
func MalformedRequest() []byte { return der.Sequence(der.TLV(der.Enumerated, []byte{1})) }

func (s Status) encode() []byte {
	switch {
	case s.Unknown:
		return der.TLV(der.Context(2, false))
	case s.RevokedAt.IsZero():
		return der.TLV(der.Context(0, false))
	case s.Reason == 0:
		return der.TLV(der.Context(1, true), der.Generalized(s.RevokedAt))
	default:
		return der.TLV(der.Context(1, true), der.Generalized(s.RevokedAt), der.Explicit(0, der.TLV(der.Enumerated, []byte{byte(s.Reason)})))
	}
}

// question reads the identifiers of the certificates asked about, and the extension that is the nonce.
func question(request []byte) (ids []der.Element, nonce []byte, err error) {
	fields, err := parts(request, 0) // OCSPRequest, of which the first is tbsRequest
	if err != nil {
		return nil, nil, errors.New("issue: not a question of OCSP")
	}
	for _, f := range fields {
		switch f.Tag {
		case der.SequenceTag:
			asked, err := f.Children()
			if err != nil {
				return nil, nil, err
			}
			for _, a := range asked {
				one, err := a.Children()
				if err != nil || len(one) == 0 {
					return nil, nil, errors.New("issue: not a question of OCSP")
				}
				ids = append(ids, one[0])
			}
		case der.Context(2, true):
			list, err := f.Only()
			if err != nil {
				return nil, nil, err
			}
			extensions, err := list.Children()
			if err != nil {
				return nil, nil, err
			}
			for _, e := range extensions {
				if bytes.HasPrefix(e.Body, der.OID(oid.OCSPNonce)) {
					nonce = e.Raw
				}
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil, errors.New("issue: not a question of OCSP")
	}
	return ids, nonce, nil
}
