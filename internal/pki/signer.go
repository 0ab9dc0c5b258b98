package pki

import (
	"bytes"
	"math/big"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// signerInfo is RFC 5652, section 5.3, with what matters of its signed attributes.
type signerInfo struct {
	issuer        []byte // the signer's certificate by issuer and serial number,
	serial        *big.Int
	keyID         []byte // or by its key identifier
	digestOID     string
	signatureOID  string
	signed        []byte // the attributes as a DER SET: what the signature is over
	messageDigest []byte
	signingTime   time.Time
	signature     []byte
}

// names reports whether the certificate is the one that the signer names.
func (s *signerInfo) names(c *Certificate) bool {
	if s.keyID != nil {
		return bytes.Equal(s.keyID, c.x.SubjectKeyId)
	}
	return s.serial.Cmp(c.x.SerialNumber) == 0 && bytes.Equal(s.issuer, c.x.RawIssuer)
}

func parseSigner(e der.Element) (*signerInfo, error) {
	f := fieldsOf(e, der.SequenceTag)
	f.next(der.IntegerTag)
	name := f.next(der.SequenceTag, der.Context(0, false), der.Context(0, true))
	digest := f.next(der.SequenceTag)
	attributes := f.next(der.Context(0, true)) // without them the signature would be over the content
	algorithm := f.next(der.SequenceTag)
	signature := f.next(der.OctetString, der.OctetString|0x20)
	f.maybe(der.Context(1, true)) // unsigned attributes prove nothing here
	err := f.end()
	if err != nil {
		return nil, err
	}
	s := &signerInfo{}
	if err := s.readName(name); err != nil {
		return nil, err
	}
	if s.digestOID, err = algorithmOID(digest); err != nil {
		return nil, err
	}
	if s.signatureOID, err = algorithmOID(algorithm); err != nil {
		return nil, err
	}
	if s.signature, err = signature.Octets(); err != nil {
		return nil, err
	}
	return s, s.readAttributes(attributes)
}

func (s *signerInfo) readName(e der.Element) (err error) {
	if e.Tag != der.SequenceTag {
		if s.keyID, err = e.Octets(); err == nil && len(s.keyID) == 0 {
			err = der.ErrMalformed
		}
		return err
	}
	f := fieldsOf(e, der.SequenceTag)
	issuer, serial := f.next(der.SequenceTag), f.next(der.IntegerTag)
	if err := f.end(); err != nil {
		return err
	}
	if s.issuer, err = issuer.DER(); err != nil {
		return err
	}
	s.serial, err = serial.Integer()
	return err
}

// readAttributes keeps the attributes as a DER SET, as RFC 5652, section 5.4, wants them digested, whatever
// the order and the form in which they came. The three that matter must be single, with a single value.
func (s *signerInfo) readAttributes(e der.Element) error {
	list, err := e.Children()
	if err != nil {
		return err
	}
	single := map[string]der.Element{}
	var encoded [][]byte
	for _, a := range list {
		f := fieldsOf(a, der.SequenceTag)
		kind, set := f.next(der.OIDTag), f.next(der.SetTag)
		if err := f.end(); err != nil {
			return err
		}
		values, err := set.Children()
		if err != nil {
			return err
		}
		id, err := kind.OID()
		if err != nil {
			return err
		}
		switch id {
		case oid.AttributeContentType, oid.AttributeDigest, oid.AttributeSigningTime:
			if _, twice := single[id]; twice || len(values) != 1 {
				return der.ErrMalformed
			}
			single[id] = values[0]
		}
		one, err := encodeAttribute(kind, values)
		if err != nil {
			return err
		}
		encoded = append(encoded, one)
	}
	s.signed = der.Set(encoded...)
	return s.keep(single)
}

func encodeAttribute(kind der.Element, values []der.Element) ([]byte, error) {
	var encoded [][]byte
	for _, v := range values {
		one, err := v.DER()
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, one)
	}
	return der.Sequence(der.TLV(kind.Tag, kind.Body), der.Set(encoded...)), nil
}

func (s *signerInfo) keep(single map[string]der.Element) (err error) {
	digest, hasDigest := single[oid.AttributeDigest]
	if !isOID(single[oid.AttributeContentType], oid.Data) || !hasDigest || digest.Tag&^0x20 != der.OctetString {
		return der.ErrMalformed
	}
	if s.messageDigest, err = digest.Octets(); err != nil {
		return err
	}
	if t, told := single[oid.AttributeSigningTime]; told {
		s.signingTime, _ = t.Time() // a clock that cannot be read has told nothing
	}
	return nil
}
