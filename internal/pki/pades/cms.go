package pades

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"fmt"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// signCMS makes the detached message of a signature (EN 319 142-1, 6.3): signed are the content's type and digest,
// and the certificate with all that stand above it in the message (signing-certificate-v2, RFC 5035), so that none
// of them can be exchanged. The time stands in the signature's dictionary, not here.
func (s *Seal) signCMS(digest []byte) ([]byte, error) {
	attributes := [][]byte{
		attribute(oid.AttributeContentType, der.OID(oid.Data)),
		attribute(oid.AttributeDigest, der.Octets(digest)),
		attribute(oid.AttributeCertificateV2, s.signingCertificate()),
	}
	sum := sha256.Sum256(der.Set(attributes...))
	signature, err := s.key.Sign(nil, sum[:], crypto.SHA256) // PKCS #1 1.5 needs no randomness: the same file gives the same bytes
	if err != nil {
		return nil, fmt.Errorf("pades: signing: %w", err)
	}
	name, err := issuerAndSerial(s.Certificate.DER)
	if err != nil {
		return nil, err
	}
	digestAlgorithm := der.Sequence(der.OID(oid.SHA256), der.Null())
	info := der.Sequence(der.Small(1), name, digestAlgorithm, der.Explicit(0, der.Sorted(attributes)...),
		der.Sequence(der.OID(oid.RSASHA256), der.Null()), der.Octets(signature))
	certificates := der.Explicit(0, append([][]byte{s.Certificate.DER}, s.Issuers...)...)
	return der.Sequence(der.OID(oid.SignedData), der.Explicit(0,
		der.Sequence(der.Small(1), der.Set(digestAlgorithm), der.Sequence(der.OID(oid.Data)), certificates, der.Set(info)))), nil
}

func attribute(id string, value []byte) []byte { return der.Sequence(der.OID(id), der.Set(value)) }

// signingCertificate names the certificates by their SHA-256, which is the default and so is not written.
func (s *Seal) signingCertificate() []byte {
	var list [][]byte
	for _, c := range append([][]byte{s.Certificate.DER}, s.Issuers...) {
		sum := sha256.Sum256(c)
		list = append(list, der.Sequence(der.Octets(sum[:])))
	}
	return der.Sequence(der.Sequence(list...))
}

// issuerAndSerial names a certificate as a signer does.
func issuerAndSerial(certificate []byte) ([]byte, error) {
	whole, err := der.ReadOnly(certificate)
	if err != nil {
		return nil, err
	}
	fields, err := whole.Children()
	if err != nil || len(fields) == 0 {
		return nil, der.ErrMalformed
	}
	inner, err := fields[0].Children()
	if err != nil || len(inner) < 4 {
		return nil, der.ErrMalformed
	}
	if inner[0].Tag == der.Context(0, true) { // the version, which is said in all but the oldest
		inner = inner[1:]
	}
	if inner[0].Tag != der.IntegerTag || inner[2].Tag != der.SequenceTag {
		return nil, der.ErrMalformed
	}
	return der.Sequence(bytes.Clone(inner[2].Raw), bytes.Clone(inner[0].Raw)), nil
}
