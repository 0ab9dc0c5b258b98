// Package issue is the issuing side of certificates in the NCA's profile: a certification authority of our
// own, keys of invented persons, their CMS signatures, lists and answers about revocation, and all of these
// made wrong in the ways that a verifier must notice.
//
// It serves the simulator of the outside world and the tests, stands beside pki, and knows nothing of
// Kualik's domain. Whatever it issues carries the mark oid.Simulator, by which pki tells a test certificate
// from a real one: no production trusts it.
package issue

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	"kualik/internal/pki/der"
	"kualik/internal/pki/gost"
	"kualik/internal/pki/oid"
)

// Algorithm is what a key signs with.
type Algorithm string

// The two algorithms of the NCA, by their names in the interchange format.
const (
	RSA  Algorithm = "rsa-sha256"
	GOST Algorithm = "gost2015-512"
)

// Key is a private key of either algorithm.
type Key struct {
	rsa  *rsa.PrivateKey
	gost *gost.PrivateKey
}

// NewKey makes a key. Bits is the size of an RSA key, 2048 when 0; the library takes the randomness of an
// RSA key where it thinks best.
func NewKey(random io.Reader, a Algorithm, bits int) (*Key, error) {
	if a == GOST {
		k, err := gost.GenerateKey(gost.TC26ParamSetA(), random)
		return &Key{gost: k}, err
	}
	if bits == 0 {
		bits = 2048
	}
	k, err := rsa.GenerateKey(random, bits)
	if err != nil {
		return nil, fmt.Errorf("issue: making an RSA key: %w", err)
	}
	return &Key{rsa: k}, nil
}

// Algorithm is what the key signs with.
func (k *Key) Algorithm() Algorithm {
	if k.gost != nil {
		return GOST
	}
	return RSA
}

// signatureAlgorithm is the AlgorithmIdentifier of the key's signatures; the NCA writes NULL with both.
func (k *Key) signatureAlgorithm() []byte {
	if k.gost != nil {
		return der.Sequence(der.OID(oid.GOST2015512), der.Null())
	}
	return der.Sequence(der.OID(oid.RSASHA256), der.Null())
}

func (k *Key) digestAlgorithm() []byte {
	if k.gost != nil {
		return der.Sequence(der.OID(oid.DigestGOST2015512), der.Null())
	}
	return der.Sequence(der.OID(oid.SHA256), der.Null())
}

func (k *Key) digest(data []byte) []byte {
	if k.gost != nil {
		return gost.Sum512(data)
	}
	sum := sha256.Sum256(data)
	return sum[:]
}

func (k *Key) sign(data []byte) ([]byte, error) {
	if k.gost != nil {
		return k.gost.Sign(rand.Reader, k.digest(data))
	}
	return rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, k.digest(data))
}

// point is the key's public half as it stands inside the BIT STRING of SubjectPublicKeyInfo.
func (k *Key) point() []byte {
	if k.gost != nil {
		return der.Octets(k.gost.PublicKey.Marshal())
	}
	return x509.MarshalPKCS1PublicKey(&k.rsa.PublicKey)
}

func (k *Key) publicInfo() []byte {
	algorithm := der.Sequence(der.OID(oid.RSAEncryption), der.Null())
	if k.gost != nil {
		algorithm = der.Sequence(der.OID(oid.KeyGOST2015512),
			der.Sequence(der.OID(oid.CurveGOST2015512), der.OID(oid.DigestGOST2015512)))
	}
	return der.Sequence(algorithm, der.Bits(k.point()))
}

const (
	pemRSA  = "RSA PRIVATE KEY"
	pemGOST = "KUALIK GOST PRIVATE KEY"
	pemCert = "CERTIFICATE"
)

func (k *Key) block() *pem.Block {
	if k.gost != nil {
		return &pem.Block{Type: pemGOST, Bytes: k.gost.Marshal()}
	}
	return &pem.Block{Type: pemRSA, Bytes: x509.MarshalPKCS1PrivateKey(k.rsa)}
}

// marshal is the key and then the certificates, in PEM.
func marshal(k *Key, certificates [][]byte) []byte {
	out := pem.EncodeToMemory(k.block())
	for _, c := range certificates {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: c})...)
	}
	return out
}

func unmarshal(text []byte) (k *Key, certificates [][]byte, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case pemCert:
			certificates = append(certificates, block.Bytes)
		case pemRSA:
			key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("issue: reading a key: %w", err)
			}
			k = &Key{rsa: key}
		case pemGOST:
			key, err := gost.ParsePrivateKey(gost.TC26ParamSetA(), block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("issue: reading a key: %w", err)
			}
			k = &Key{gost: key}
		}
	}
	if k == nil || len(certificates) == 0 {
		return nil, nil, errors.New("issue: reading a key: no key and certificate in the text")
	}
	return k, certificates, nil
}
