package signing

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"kualik/internal/fault"
	"kualik/internal/pki"
	"kualik/internal/pki/oid"
)

// Bounds on a message, in bytes: a signature with its certificates has a few thousand.
const (
	largestLogin   = 64 << 10
	largestMessage = 256 << 10 // beside the document that may be in it
)

// unwrap gives the DER or BER of what a browser brought: NCALayer's newer module writes PEM, its older one
// and KAZTOKEN bare base64.
func unwrap(cms []byte, limit int) ([]byte, error) {
	switch {
	case len(bytes.TrimSpace(cms)) == 0:
		return nil, refuse(fault.Invalid, "empty")
	case len(cms) > 2*limit:
		return nil, refuse(fault.TooLarge, "too_large")
	}
	message, err := pki.Decode(cms)
	if err != nil {
		return nil, refuse(fault.Invalid, pki.Malformed)
	}
	return message, nil
}

// verified is a message whose one signature is good, by a certificate that is good but for revocation.
type verified struct {
	message []byte
	signer  pki.Signer
}

func (v verified) identity(r Revocation) Identity {
	g := v.signer
	return Identity{IIN: g.IIN, BIN: g.BIN, Surname: g.Surname, GivenName: g.GivenName, Patronymic: g.Patronymic, Name: fullName(g),
		Organisation: g.Organisation, Email: g.Email, Roles: g.Roles, Algorithm: g.Algorithm, KeyUsage: g.KeyUsage, Serial: g.Serial,
		NotBefore: g.NotBefore, NotAfter: g.NotAfter, Revocation: r}
}

func fullName(g pki.Signer) string {
	if g.Surname == "" {
		return g.Name
	}
	return strings.Join(strings.Fields(g.Surname+" "+g.GivenName+" "+g.Patronymic), " ")
}

// verify checks everything about a message that needs no network and no knowledge of what it is for. other
// is the code for "something else was signed".
func (s *Service) verify(message, content []byte, at time.Time, other string) (verified, error) {
	options := pki.Options{At: at, Trust: s.o.Trust}
	result := pki.VerifyCMS(message, content, options)
	if len(result.Signers) > 1 {
		return verified{}, refuse(fault.Invalid, "several_signers")
	}
	if !result.Valid {
		code := result.Reason
		switch code {
		case pki.DigestMismatch, pki.NoContent:
			code = other
			if signedText(message, content, options) {
				code = "signed_base64"
			}
		}
		return verified{}, refuse(fault.Invalid, code)
	}
	if len(result.Signers) == 0 {
		return verified{}, refuse(fault.Invalid, pki.NoSigner)
	}
	signer := result.Signers[0]
	switch {
	case !ofTheNCA(signer.Policies):
		return verified{}, refuse(fault.Invalid, pki.Untrusted)
	case !slices.Contains(signer.Roles, "individual") && !slices.Contains(signer.Roles, "legal_entity"):
		return verified{}, refuse(fault.Invalid, "role")
	case !isNumber(signer.IIN):
		return verified{}, refuse(fault.Invalid, "no_iin")
	}
	return verified{message: message, signer: signer}, nil
}

// signedText tells that the base64 text of the content was signed in place of the content, as a release of
// eGov Mobile did.
func signedText(message, content []byte, o pki.Options) bool {
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding} {
		r := pki.VerifyCMS(message, []byte(e.EncodeToString(content)), o)
		if r.Reason != pki.DigestMismatch {
			return true
		}
	}
	return false
}

// ofTheNCA tells whether a certificate was issued under a policy of the NCA. The chain has been verified
// already: this keeps out certificates for machines that the same roots may issue.
func ofTheNCA(policies []string) bool {
	return slices.ContainsFunc(policies, func(p string) bool { return p == oid.Policy || strings.HasPrefix(p, oid.Policy+".") })
}

// isNumber takes a personal number of a certificate by its form alone: those of test certificates do not
// keep the rule of the control digit.
func isNumber(iin string) bool {
	return len(iin) == 12 && strings.Trim(iin, "0123456789") == ""
}
