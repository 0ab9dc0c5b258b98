package issue

import (
	"fmt"
	"slices"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// Identity is a person's key and certificate, with the certificates above it, the nearest first.
type Identity struct {
	Certificate []byte
	Issuers     [][]byte
	key         *Key
}

// Algorithm is what the identity signs with.
func (i *Identity) Algorithm() Algorithm { return i.key.Algorithm() }

// Key is the identity's key, for another certificate of the same.
func (i *Identity) Key() *Key { return i.key }

// Marshal is the key and the certificates in PEM, to be kept on a disk.
func (i *Identity) Marshal() []byte {
	return marshal(i.key, append([][]byte{i.Certificate}, i.Issuers...))
}

// ParseIdentity reads what Marshal of an identity wrote.
func ParseIdentity(text []byte) (*Identity, error) {
	key, certificates, err := unmarshal(text)
	if err != nil {
		return nil, err
	}
	return &Identity{Certificate: certificates[0], Issuers: certificates[1:], key: key}, nil
}

// message is a CMS message in the making.
type message struct {
	content      []byte
	detached     bool
	at           time.Time
	signers      []*Identity
	certificates [][]byte
	crls         [][]byte
	contentType  string

	bySubjectKey, noCertificates, noAttributes, inPieces bool
	drop                                                 []string // attributes left out
	extra                                                [][]byte // attributes besides
	unsigned                                             []byte
	digest                                               []byte
	alter                                                func(signature []byte) []byte
	digestAlgorithm, signatureAlgorithm                  []byte
}

// Way changes how a message is made: more in it, another form, or a fault that a verifier must notice.
type Way func(*message)

// With lets another sign the same content.
func With(other *Identity) Way { return func(m *message) { m.signers = append(m.signers, other) } }

// WithCertificates puts more certificates into the message.
func WithCertificates(ders ...[]byte) Way {
	return func(m *message) { m.certificates = append(m.certificates, ders...) }
}

// WithCRL puts a revocation list into the message.
func WithCRL(crl []byte) Way { return func(m *message) { m.crls = append(m.crls, crl) } }

// BySubjectKey names the signer's certificate by its key identifier.
func BySubjectKey() Way { return func(m *message) { m.bySubjectKey = true } }

// InPieces writes BER as the NCA's Java library does: indefinite lengths, the content in pieces.
func InPieces() Way { return func(m *message) { m.inPieces = true } }

// WithoutCertificates leaves the signers' certificates out.
func WithoutCertificates() Way { return func(m *message) { m.noCertificates = true } }

// WithoutAttributes signs the content itself: no signed attributes.
func WithoutAttributes() Way { return func(m *message) { m.noAttributes = true } }

// WithoutAttribute leaves a signed attribute out.
func WithoutAttribute(id string) Way { return func(m *message) { m.drop = append(m.drop, id) } }

// WithAttribute signs one more attribute, with these values.
func WithAttribute(id string, values ...[]byte) Way {
	return func(m *message) { m.extra = append(m.extra, der.Sequence(der.OID(id), der.Set(values...))) }
}

// WithUnsigned puts an attribute beside the signature.
func WithUnsigned(id string, values ...[]byte) Way {
	return func(m *message) { m.unsigned = append(m.unsigned, der.Sequence(der.OID(id), der.Set(values...))...) }
}

// WithDigest signs another digest than the content's.
func WithDigest(digest []byte) Way { return func(m *message) { m.digest = digest } }

// WithContentType says that the content is something else than data, in the message and its attribute.
func WithContentType(id string) Way { return func(m *message) { m.contentType = id } }

// WithSignature changes the finished signature.
func WithSignature(alter func([]byte) []byte) Way { return func(m *message) { m.alter = alter } }

// WithAlgorithms writes other algorithms than those used.
func WithAlgorithms(digest, signature string) Way {
	return func(m *message) {
		m.digestAlgorithm = der.Sequence(der.OID(digest), der.Null())
		m.signatureAlgorithm = der.Sequence(der.OID(signature), der.Null())
	}
}

// SignCMS makes a CMS message in DER: SignedData with the content, or detached from it. The signing time is
// at; zero leaves it out.
func (i *Identity) SignCMS(content []byte, detached bool, at time.Time, ways ...Way) ([]byte, error) {
	m := &message{content: content, detached: detached, at: at, signers: []*Identity{i}, contentType: oid.Data}
	for _, w := range ways {
		w(m)
	}
	var digests, infos [][]byte
	for _, s := range m.signers {
		info, err := m.signerInfo(s)
		if err != nil {
			return nil, fmt.Errorf("issue: signing a message: %w", err)
		}
		infos = append(infos, info)
		digests = append(digests, s.key.digestAlgorithm())
		if !m.noCertificates {
			m.certificates = append(m.certificates, s.Certificate)
		}
	}
	digests = slices.CompactFunc(der.Sorted(digests), slices.Equal)
	return m.assemble(der.Set(digests...), der.Set(infos...)), nil
}

func (m *message) assemble(digests, infos []byte) []byte {
	sequence, wrap := der.Sequence, der.Explicit
	octets := func(data []byte) []byte { return der.Octets(data) }
	if m.inPieces {
		sequence = func(parts ...[]byte) []byte { return der.Indefinite(der.SequenceTag, parts...) }
		wrap = func(n int, parts ...[]byte) []byte { return der.Indefinite(der.Context(n, true), parts...) }
		octets = func(data []byte) []byte {
			var pieces [][]byte
			for piece := range slices.Chunk(data, 1000) {
				pieces = append(pieces, der.Octets(piece))
			}
			return der.Indefinite(der.OctetString|0x20, pieces...)
		}
	}
	encapsulated := sequence(der.OID(m.contentType))
	if !m.detached {
		encapsulated = sequence(der.OID(m.contentType), wrap(0, octets(m.content)))
	}
	version := 1
	if m.bySubjectKey {
		version = 3
	}
	parts := [][]byte{der.Small(version), digests, encapsulated}
	if len(m.certificates) > 0 {
		parts = append(parts, wrap(0, m.certificates...))
	}
	if len(m.crls) > 0 {
		parts = append(parts, wrap(1, m.crls...))
	}
	return sequence(der.OID(oid.SignedData), wrap(0, sequence(append(parts, infos)...)))
}

// attributes are the signed ones, as elements.
func (m *message) attributes(s *Identity) [][]byte {
	digest := m.digest
	if digest == nil {
		digest = s.key.digest(m.content)
	}
	list := slices.Clone(m.extra)
	for id, value := range map[string][]byte{oid.AttributeContentType: der.OID(m.contentType), oid.AttributeDigest: der.Octets(digest),
		oid.AttributeSigningTime: der.Moment(m.at)} {
		if slices.Contains(m.drop, id) || id == oid.AttributeSigningTime && m.at.IsZero() {
			continue
		}
		list = append(list, der.Sequence(der.OID(id), der.Set(value)))
	}
	return der.Sorted(list)
}

func (m *message) signerInfo(s *Identity) ([]byte, error) {
	attributes := m.attributes(s)
	signed := der.Set(attributes...)
	if m.noAttributes {
		signed = m.content
	}
	signature, err := s.key.sign(signed)
	if err != nil {
		return nil, err
	}
	if m.alter != nil {
		signature = m.alter(signature)
	}
	version, name, err := m.signerName(s)
	if err != nil {
		return nil, err
	}
	digestAlgorithm, signatureAlgorithm := s.key.digestAlgorithm(), s.key.signatureAlgorithm()
	if m.digestAlgorithm != nil {
		digestAlgorithm, signatureAlgorithm = m.digestAlgorithm, m.signatureAlgorithm
	}
	parts := [][]byte{der.Small(version), name, digestAlgorithm}
	if !m.noAttributes {
		parts = append(parts, der.Explicit(0, attributes...))
	}
	parts = append(parts, signatureAlgorithm, der.Octets(signature))
	if m.unsigned != nil {
		parts = append(parts, der.Explicit(1, m.unsigned))
	}
	return der.Sequence(parts...), nil
}

func (m *message) signerName(s *Identity) (version int, name []byte, err error) {
	if m.bySubjectKey {
		return 3, der.TLV(der.Context(0, false), keyID(s.key)), nil
	}
	issuer, err := field(s.Certificate, 2)
	if err != nil {
		return 0, nil, err
	}
	serial, err := field(s.Certificate, 0)
	return 1, der.Sequence(issuer.Raw, serial.Raw), err
}
