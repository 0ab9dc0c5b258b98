package pki

import (
	"bytes"
	"math/big"
	"slices"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// Bounds of what a message may hold.
const (
	maxSigners      = 64
	maxCertificates = 128
	maxLists        = 32
)

// message is a SignedData (RFC 5652, section 5.1) of data.
type message struct {
	content      []byte // nil when the message is detached from it
	certificates []*Certificate
	crls         [][]byte
	signers      []*signerInfo
}

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

// fields reads the elements of a structure one after another.
type fields struct {
	list []der.Element
	err  error
}

func fieldsOf(e der.Element, tag byte) *fields {
	if e.Tag != tag {
		return &fields{err: der.ErrMalformed}
	}
	list, err := e.Children()
	return &fields{list, err}
}

// next takes an element, which must have one of the tags.
func (f *fields) next(tags ...byte) der.Element {
	for _, tag := range tags {
		if e, ok := f.maybe(tag); ok {
			return e
		}
	}
	if f.err == nil {
		f.err = der.ErrMalformed
	}
	return der.Element{}
}

// maybe takes an element if the next one has the tag.
func (f *fields) maybe(tag byte) (e der.Element, ok bool) {
	if f.err != nil || len(f.list) == 0 || f.list[0].Tag != tag {
		return e, false
	}
	e, f.list = f.list[0], f.list[1:]
	return e, true
}

// end is the first error, or one when something is left.
func (f *fields) end() error {
	if f.err == nil && len(f.list) > 0 {
		f.err = der.ErrMalformed
	}
	return f.err
}

func isOID(e der.Element, id string) bool {
	text, err := e.OID()
	return err == nil && text == id
}

// parseMessage reads BER; every error is of a malformed message.
func parseMessage(raw []byte) (*message, error) {
	whole, err := der.ReadOnly(raw)
	if err != nil {
		return nil, err
	}
	info := fieldsOf(whole, der.SequenceTag)
	kind, wrapped := info.next(der.OIDTag), info.next(der.Context(0, true))
	if err := info.end(); err != nil || !isOID(kind, oid.SignedData) {
		return nil, der.ErrMalformed
	}
	inner, err := wrapped.Only()
	if err != nil {
		return nil, err
	}
	data := fieldsOf(inner, der.SequenceTag)
	data.next(der.IntegerTag)
	data.next(der.SetTag) // the digests' algorithms, which the signers repeat
	encapsulated := data.next(der.SequenceTag)
	certificates, _ := data.maybe(der.Context(0, true))
	crls, _ := data.maybe(der.Context(1, true))
	infos := data.next(der.SetTag)
	if err := data.end(); err != nil {
		return nil, err
	}
	m := &message{}
	if err := m.readContent(encapsulated); err != nil {
		return nil, err
	}
	if err := m.readCertificates(certificates, crls); err != nil {
		return nil, err
	}
	return m, m.readSigners(infos)
}

func (m *message) readContent(e der.Element) error {
	f := fieldsOf(e, der.SequenceTag)
	kind := f.next(der.OIDTag)
	content, attached := f.maybe(der.Context(0, true))
	if err := f.end(); err != nil || !isOID(kind, oid.Data) {
		return der.ErrMalformed
	}
	if !attached {
		return nil
	}
	octets, err := content.Only()
	if err != nil {
		return err
	}
	if octets.Tag&^0x20 != der.OctetString {
		return der.ErrMalformed
	}
	m.content, err = octets.Octets()
	return err
}

// readCertificates takes what can be read as a certificate or a list; other sorts of either, and those that
// cannot be read, are as if they were not there.
func (m *message) readCertificates(certificates, crls der.Element) error {
	if certificates.Raw != nil {
		list, err := certificates.Children()
		if err != nil || len(list) > maxCertificates {
			return der.ErrMalformed
		}
		for _, e := range list {
			again := slices.ContainsFunc(m.certificates, func(c *Certificate) bool { return bytes.Equal(c.DER, e.Raw) })
			if c, err := ParseCertificate(e.Raw); err == nil && !again {
				m.certificates = append(m.certificates, c)
			}
		}
	}
	if crls.Raw != nil {
		list, err := crls.Children()
		if err != nil || len(list) > maxLists {
			return der.ErrMalformed
		}
		for _, e := range list {
			m.crls = append(m.crls, e.Raw)
		}
	}
	return nil
}

func (m *message) readSigners(infos der.Element) error {
	list, err := infos.Children()
	if err != nil || len(list) > maxSigners {
		return der.ErrMalformed
	}
	for _, e := range list {
		s, err := parseSigner(e)
		if err != nil {
			return err
		}
		m.signers = append(m.signers, s)
	}
	return nil
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
