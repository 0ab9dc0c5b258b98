package pki

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"

	"kualik/internal/pki/gost"
	"kualik/internal/pki/oid"
)

// Sizes of an RSA key in bits. Below the first it can be broken; above the second checking costs more than
// a stranger's message is worth.
const (
	minRSA = 2048
	maxRSA = 8192
)

// publicKey is a certificate's key, or the reason why nothing can be checked with it.
type publicKey struct {
	rsa    *rsa.PublicKey
	gost   *gost.PublicKey
	reason string
}

func readKey(x *x509.Certificate) *publicKey {
	if k, ok := x.PublicKey.(*rsa.PublicKey); ok {
		if bits := k.N.BitLen(); bits < minRSA || bits > maxRSA || k.E < 3 {
			return &publicKey{reason: UnsupportedAlgorithm}
		}
		return &publicKey{rsa: k}
	}
	var info struct {
		Algorithm struct {
			ID     asn1.ObjectIdentifier
			Params struct{ Curve, Digest asn1.ObjectIdentifier }
		}
		Key asn1.BitString
	}
	rest, err := asn1.Unmarshal(x.RawSubjectPublicKeyInfo, &info)
	a := info.Algorithm
	if err != nil || len(rest) > 0 || a.ID.String() != oid.KeyGOST2015512 || a.Params.Curve.String() != oid.CurveGOST2015512 ||
		a.Params.Digest.String() != oid.DigestGOST2015512 {
		return &publicKey{reason: UnsupportedAlgorithm}
	}
	var octets []byte
	if rest, err := asn1.Unmarshal(info.Key.RightAlign(), &octets); err != nil || len(rest) > 0 {
		return &publicKey{reason: BadSignature}
	}
	k, err := gost.ParsePublicKey(gost.TC26ParamSetA(), octets)
	if err != nil {
		return &publicKey{reason: BadSignature}
	}
	return &publicKey{gost: k}
}

// algorithmOf is the name of a pair of algorithms that belong together, "" for any other. Some programs name
// the signature's algorithm by the key's.
func algorithmOf(signatureOID, digestOID string) string {
	switch {
	case (signatureOID == oid.RSASHA256 || signatureOID == oid.RSAEncryption) && digestOID == oid.SHA256:
		return AlgorithmRSA
	case (signatureOID == oid.GOST2015512 || signatureOID == oid.KeyGOST2015512) && digestOID == oid.DigestGOST2015512:
		return AlgorithmGOST
	}
	return ""
}

// sealAlgorithm is the name of the algorithm of a certificate's, a list's or an answer's signature.
func sealAlgorithm(signatureOID string) string {
	switch signatureOID {
	case oid.RSASHA256:
		return AlgorithmRSA
	case oid.GOST2015512:
		return AlgorithmGOST
	}
	return ""
}

// check checks a signature over data with the certificate's key; it gives a reason, "" for a good one.
func (c *Certificate) check(algorithm string, data, signature []byte) string {
	k := c.key
	if k.reason != "" {
		return k.reason
	}
	good := false
	switch {
	case algorithm == AlgorithmRSA && k.rsa != nil:
		sum := sha256.Sum256(data)
		good = rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, sum[:], signature) == nil
	case algorithm == AlgorithmGOST && k.gost != nil:
		good = k.gost.Verify(gost.Sum512(data), signature)
	default:
		return UnsupportedAlgorithm
	}
	if !good {
		return BadSignature
	}
	return ""
}
