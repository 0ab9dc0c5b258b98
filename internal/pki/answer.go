package pki

import (
	"bytes"
	"errors"
	"fmt"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// answer is a BasicOCSPResponse.
type answer struct {
	signed       []byte
	algorithm    string
	signature    []byte
	certificates []*Certificate
	nonce        []byte
	singles      []single
}

// single is what an answer says of one certificate.
type single struct {
	id     *fields
	status Status
}

func parseAnswer(raw []byte) (*answer, error) {
	whole, err := der.ReadOnly(raw)
	if err != nil {
		return nil, fmt.Errorf("pki: reading an OCSP response: %w", err)
	}
	response := fieldsOf(whole, der.SequenceTag)
	state := response.next(der.Enumerated)
	if response.err == nil && !bytes.Equal(state.Body, []byte{0}) {
		return nil, fmt.Errorf("%w: status %x", ErrNoAnswer, state.Body)
	}
	wrapped := response.next(der.Context(0, true))
	if err := response.end(); err != nil {
		return nil, fmt.Errorf("pki: reading an OCSP response: %w", err)
	}
	a, err := parseBasic(wrapped)
	if err != nil {
		return nil, fmt.Errorf("pki: reading an OCSP response: %w", err)
	}
	return a, nil
}

func parseBasic(wrapped der.Element) (*answer, error) {
	inner, err := wrapped.Only()
	if err != nil {
		return nil, err
	}
	f := fieldsOf(inner, der.SequenceTag)
	kind, octets := f.next(der.OIDTag), f.next(der.OctetString)
	if err := f.end(); err != nil || !isOID(kind, oid.OCSPBasic) {
		return nil, der.ErrMalformed
	}
	whole, err := der.ReadOnly(octets.Body)
	if err != nil {
		return nil, err
	}
	basic := fieldsOf(whole, der.SequenceTag)
	data, algorithm, signature := basic.next(der.SequenceTag), basic.next(der.SequenceTag), basic.next(der.BitStringTag)
	certificates, _ := basic.maybe(der.Context(0, true))
	if err := basic.end(); err != nil {
		return nil, err
	}
	a := &answer{signed: data.Raw}
	if a.algorithm, err = algorithmOID(algorithm); err != nil {
		return nil, err
	}
	if len(signature.Body) == 0 || signature.Body[0] != 0 {
		return nil, der.ErrMalformed
	}
	a.signature = signature.Body[1:]
	if certificates.Raw != nil {
		if err := a.readCertificates(certificates); err != nil {
			return nil, err
		}
	}
	return a, a.readData(data)
}

// maxResponders is more certificates than any answer needs, maxSingles more answers than we have questions.
const (
	maxResponders = 8
	maxSingles    = 64
)

func (a *answer) readCertificates(e der.Element) error {
	list, err := e.Only()
	if err != nil {
		return err
	}
	ders, err := list.Children()
	if err != nil || len(ders) > maxResponders {
		return der.ErrMalformed
	}
	for _, d := range ders {
		if c, err := ParseCertificate(d.Raw); err == nil {
			a.certificates = append(a.certificates, c)
		}
	}
	return nil
}

// readData reads ResponseData. The responder's name is passed over: its certificate is found by the signature.
func (a *answer) readData(e der.Element) error {
	f := fieldsOf(e, der.SequenceTag)
	f.maybe(der.Context(0, true)) // the version
	f.next(der.Context(1, true), der.Context(2, true))
	f.next(der.GeneralizedTime)
	singles := f.next(der.SequenceTag)
	extensions, _ := f.maybe(der.Context(1, true))
	if err := f.end(); err != nil {
		return err
	}
	list, err := singles.Children()
	if err != nil || len(list) > maxSingles {
		return der.ErrMalformed
	}
	for _, e := range list {
		s, err := parseSingle(e)
		if err != nil {
			return err
		}
		a.singles = append(a.singles, s)
	}
	if extensions.Raw == nil {
		return nil
	}
	return a.readExtensions(extensions)
}

func (a *answer) readExtensions(wrapped der.Element) error {
	inner, err := wrapped.Only()
	if err != nil {
		return err
	}
	list, err := inner.Children()
	if err != nil {
		return err
	}
	for _, e := range list {
		f := fieldsOf(e, der.SequenceTag)
		id := f.next(der.OIDTag)
		critical, _ := f.maybe(der.Boolean)
		value := f.next(der.OctetString)
		if err := f.end(); err != nil {
			return err
		}
		switch {
		case isOID(id, oid.OCSPNonce):
			nonce, err := der.ReadOnly(value.Body)
			if err != nil || nonce.Tag != der.OctetString {
				return der.ErrMalformed
			}
			a.nonce = nonce.Body
		case len(critical.Body) > 0 && critical.Body[0] != 0:
			return errors.New("an unknown critical extension")
		}
	}
	return nil
}

func parseSingle(e der.Element) (s single, err error) {
	f := fieldsOf(e, der.SequenceTag)
	id := f.next(der.SequenceTag)
	state := f.next(der.Context(0, false), der.Context(1, true), der.Context(2, false))
	this := f.next(der.GeneralizedTime)
	next, hasNext := f.maybe(der.Context(0, true))
	f.maybe(der.Context(1, true)) // extensions that change nothing
	if err := f.end(); err != nil {
		return s, err
	}
	s.id = fieldsOf(id, der.SequenceTag)
	if s.status.ThisUpdate, err = this.Time(); err != nil {
		return s, err
	}
	if hasNext {
		t, err := next.Only()
		if err != nil {
			return s, err
		}
		if s.status.NextUpdate, err = t.Time(); err != nil {
			return s, err
		}
	}
	switch state.Tag {
	case der.Context(0, false):
		s.status.State = RevocationGood
	case der.Context(2, false):
		s.status.State = RevocationUnknown
	default:
		s.status.State = RevocationRevoked
		info, err := state.Children()
		if err != nil || len(info) == 0 {
			return s, der.ErrMalformed
		}
		s.status.RevokedAt, err = info[0].Time()
		return s, err
	}
	return s, nil
}
