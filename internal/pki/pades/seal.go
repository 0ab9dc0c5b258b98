package pades

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"

	"kualik/internal/pki"
)

// Seal is an institution's key with its certificate, and what stands between that and an anchor.
type Seal struct {
	Certificate *pki.Certificate
	Issuers     [][]byte // DER, the nearest first, without the root: they go into each signature

	key crypto.Signer
}

// Errors of a seal's file.
var (
	ErrPassword = errors.New("pades: the seal's file does not open with this password")
	ErrSeal     = errors.New("pades: not a seal")
)

// minKey is the smallest key in bits that a signature is made with, as the verifier asks for it.
const minKey = 2048

// OpenSeal reads the file of a seal: PKCS #12 with its password, or PEM with the key and the certificates. The
// key is RSA; it belongs to one of the certificates.
func OpenSeal(file []byte, password string) (*Seal, error) {
	key, certificates, err := readSeal(file, password)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: the key is not RSA", ErrSeal)
	}
	if signer.N.BitLen() < minKey {
		return nil, fmt.Errorf("%w: a key of %d bits", ErrSeal, signer.N.BitLen())
	}
	s := &Seal{key: signer}
	var others []*x509.Certificate
	for _, c := range certificates {
		if public, ok := c.PublicKey.(*rsa.PublicKey); s.Certificate != nil || !ok || !signer.PublicKey.Equal(public) {
			others = append(others, c)
			continue
		}
		if s.Certificate, err = pki.ParseCertificate(c.Raw); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSeal, err)
		}
	}
	if s.Certificate == nil {
		return nil, fmt.Errorf("%w: no certificate of the key", ErrSeal)
	}
	if s.Certificate.KeyUsage == "" {
		return nil, fmt.Errorf("%w: the certificate is not for signing", ErrSeal)
	}
	s.Issuers = above(certificates, s.Certificate.DER, others)
	return s, nil
}

func readSeal(file []byte, password string) (key any, certificates []*x509.Certificate, err error) {
	if bytes.Contains(file, []byte("-----BEGIN ")) {
		return readPEM(file)
	}
	key, own, others, err := pkcs12.DecodeChain(file, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, nil, ErrPassword
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	return key, append([]*x509.Certificate{own}, others...), nil
}

func readPEM(file []byte) (key any, certificates []*x509.Certificate, err error) {
	for block, rest := pem.Decode(file); block != nil && err == nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			var c *x509.Certificate
			if c, err = x509.ParseCertificate(block.Bytes); err == nil {
				certificates = append(certificates, c)
			}
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		}
	}
	if err == nil && key == nil {
		err = errors.New("no key in the file")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	return key, certificates, nil
}

// maxIssuers is how many certificates a signature carries besides the seal's own.
const maxIssuers = 4

// above orders the issuers from the seal's own upwards.
func above(all []*x509.Certificate, own []byte, others []*x509.Certificate) (list [][]byte) {
	now := own
	for range maxIssuers {
		var name []byte
		for _, c := range all {
			if bytes.Equal(c.Raw, now) {
				name = c.RawIssuer
			}
		}
		next := -1
		for i, c := range others {
			if bytes.Equal(c.RawSubject, name) && !bytes.Equal(c.RawSubject, c.RawIssuer) {
				next = i
			}
		}
		if next < 0 {
			return list
		}
		now = others[next].Raw
		list = append(list, now)
	}
	return list
}
