// Package pki checks electronic signatures of Kazakhstan: CMS messages, certificates of the National
// Certification Authority (NCA) and what is known of their revocation, with RSA and with GOST of 2015.
//
// It stands below signing, which decides what a good signature is good for. It is pure: bytes and a moment
// in, a verdict out; only LoadTrust reads files. It never calls the clock or the network, and trusts no
// certificate but the anchors that the caller gives: those in a message are links at most.
//
// # Order of reasons
//
// A signature may be wrong in several ways; one is told, the gravest. First what concerns the message as a
// whole: malformed, no_signer, no_content. Then, for each signer: unsupported_algorithm (nothing can be
// said), digest_mismatch (another document), untrusted when the certificate is missing, bad_signature,
// untrusted, revoked, and last the dates, which do not deny that the person signed: expired, not_yet_valid.
// The message's reason is the gravest of its signers'.
package pki

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"kualik/internal/pki/gost"
)

// Reasons why a message or a signer is not valid.
const (
	Malformed            = "malformed"
	NoSigner             = "no_signer"
	NoContent            = "no_content"
	UnsupportedAlgorithm = "unsupported_algorithm"
	DigestMismatch       = "digest_mismatch"
	BadSignature         = "bad_signature"
	Untrusted            = "untrusted"
	Revoked              = "revoked"
	Expired              = "expired"
	NotYetValid          = "not_yet_valid"
)

// gravity is the order of a signer's reasons, the gravest first; the last is that of a valid signer.
var gravity = []string{NoContent, UnsupportedAlgorithm, DigestMismatch, BadSignature, Untrusted, Revoked, Expired, NotYetValid, ""}

func graver(a, b string) bool { return slices.Index(gravity, a) < slices.Index(gravity, b) }

// Algorithms by name; another signature algorithm is named by its OID.
const (
	AlgorithmRSA  = "rsa-sha256"
	AlgorithmGOST = "gost2015-512"
)

// States of a signer's chain. ChainExpired is a chain that reaches an anchor but has a certificate that is
// not valid at the moment asked about, before or after its dates.
const (
	ChainTrusted   = "trusted"
	ChainUntrusted = "untrusted"
	ChainExpired   = "expired"
)

// States of revocation.
const (
	RevocationGood    = "good"
	RevocationRevoked = "revoked"
	RevocationUnknown = "unknown"
)

// What a key is for.
const (
	UsageSign = "sign"
	UsageAuth = "auth"
)

// Options say at what moment a message is judged, and by whose word.
type Options struct {
	At    time.Time // the moment for which validity is asked; it must be given
	Trust *Trust    // nil trusts nobody
	CRLs  [][]byte  // revocation lists besides those in the message, in DER
}

// Result is the verdict on a message.
type Result struct {
	Valid         bool   // at least one signer, and every signer valid
	Reason        string // "" when valid
	Content       []byte // what was signed: the message's content, or else the data that was given
	ContentSHA256 string // of Content, lower-case hex; "" when there is none
	Signers       []Signer
}

// Signer is one signature of a message. When Valid is false nothing else may be relied on: the certificate's
// facts are those that the message claims.
type Signer struct {
	Valid     bool
	Reason    string
	Algorithm string
	Chain     string
	// Revocation is by the lists in the message and in Options; RevokedAt is zero unless it is revoked.
	Revocation  string
	RevokedAt   time.Time
	SigningTime time.Time // as the signer's own clock said; zero when not said

	Subject               // whom the certificate is about
	KeyUsage    string    // UsageSign, UsageAuth, or "" when the key is for neither
	Roles       []string  // of the interchange format
	Policies    []string  // OIDs
	Serial      string    // lower-case hex
	NotBefore   time.Time // inclusive, as NotAfter; zero when the certificate is missing
	NotAfter    time.Time
	Certificate []byte   // DER; nil when missing
	Issuer      []byte   // DER of the certificate that issued it, when known
	Path        [][]byte // the issuers up to the anchor, DER, nearest first; nil when untrusted
	OCSPURLs    []string // where the certificate says its status is to be asked
	CRLURLs     []string
}

// VerifyCMS judges a CMS message of SignedData, given as DER, base64 or PEM. Data is the content of a
// detached message; nil: the content must be in the message. Where both are there they must be the same.
func VerifyCMS(cms, data []byte, o Options) Result {
	raw, err := Decode(cms)
	if err != nil {
		return Result{Reason: Malformed}
	}
	m, err := parseMessage(raw)
	if err != nil {
		return Result{Reason: Malformed}
	}
	r := Result{Content: m.content}
	if m.content == nil {
		r.Content = data
	}
	if r.Content != nil {
		sum := sha256.Sum256(r.Content)
		r.ContentSHA256 = hex.EncodeToString(sum[:])
	}
	if len(m.signers) == 0 {
		r.Reason = NoSigner
		return r
	}
	conflict := m.content != nil && data != nil && !bytes.Equal(m.content, data)
	v := newVerifier(m, o)
	for _, info := range m.signers {
		s := v.signer(info, r.Content, conflict)
		if graver(s.Reason, r.Reason) {
			r.Reason = s.Reason
		}
		r.Signers = append(r.Signers, s)
	}
	r.Valid = r.Reason == ""
	return r
}

// verifier judges the signers of one message.
type verifier struct {
	options      Options
	certificates []*Certificate
	lists        []*list
	walk         *walk
	digests      map[string][]byte
}

func newVerifier(m *message, o Options) *verifier {
	v := &verifier{options: o, certificates: m.certificates, digests: map[string][]byte{}}
	v.walk = newWalk(o.Trust, m.certificates, o.At)
	for _, raw := range slices.Concat(o.CRLs, m.crls) {
		if l, err := parseList(raw); err == nil {
			v.lists = append(v.lists, l)
		}
	}
	return v
}

// maxNamesakes is how many certificates are tried for one signer.
const maxNamesakes = 4

// digest is the content's, counted once for each algorithm.
func (v *verifier) digest(algorithm string, content []byte) []byte {
	if d, ok := v.digests[algorithm]; ok {
		return d
	}
	sum := sha256.Sum256(content)
	d := sum[:]
	if algorithm == AlgorithmGOST {
		d = gost.Sum512(content)
	}
	v.digests[algorithm] = d
	return d
}

// signer judges one signature. Of several certificates by the name that the signer gives, the one that is
// best for the signer counts: a copy or a stranger's beside it does no harm.
func (v *verifier) signer(info *signerInfo, content []byte, conflict bool) Signer {
	algorithm := algorithmOf(info.signatureOID, info.digestOID)
	missing := Signer{Algorithm: algorithm, Chain: ChainUntrusted, Revocation: RevocationUnknown, SigningTime: info.signingTime, Reason: Untrusted}
	if algorithm == "" {
		missing.Algorithm, missing.Reason = info.signatureOID, UnsupportedAlgorithm
	}
	best, found := missing, 0
	for _, c := range v.certificates {
		if !info.names(c) {
			continue
		}
		if found == maxNamesakes {
			break
		}
		s := missing
		if s.Reason != UnsupportedAlgorithm {
			s.Reason = c.check(algorithm, info.signed, info.signature)
		}
		v.certify(&s, c)
		if found++; found == 1 || graver(best.Reason, s.Reason) {
			best = s
		}
	}
	switch {
	case content == nil:
		best.Reason = NoContent
	case conflict:
		best.Reason = DigestMismatch
	case graver(DigestMismatch, best.Reason) && !bytes.Equal(info.messageDigest, v.digest(algorithm, content)):
		best.Reason = DigestMismatch
	}
	best.Valid = best.Reason == ""
	return best
}

// certify fills in what the certificate says and whether it is to be believed.
func (v *verifier) certify(s *Signer, c *Certificate) {
	s.Subject, s.KeyUsage, s.Roles, s.Policies = c.Subject, c.KeyUsage, c.Roles, c.Policies
	s.Serial, s.NotBefore, s.NotAfter = c.Serial, c.NotBefore, c.NotAfter
	s.Certificate, s.OCSPURLs, s.CRLURLs = c.DER, c.OCSPURLs, c.CRLURLs
	chain := v.walk.from(c)
	s.Chain = chain.state
	reason := chain.reason
	if c.KeyUsage == "" || c.unknownCritical {
		s.Chain, reason = ChainUntrusted, Untrusted
	}
	for _, issuer := range chain.path {
		s.Path = append(s.Path, issuer.DER)
	}
	if len(s.Path) > 0 {
		s.Issuer = s.Path[0]
		s.Revocation, s.RevokedAt = v.revocation(c, chain.path)
	}
	if s.Revocation == RevocationRevoked && graver(Revoked, reason) {
		reason = Revoked
	}
	if graver(reason, s.Reason) {
		s.Reason = reason
	}
}

// revocation is the certificate's own, or revoked when an authority above it is.
func (v *verifier) revocation(c *Certificate, path []*Certificate) (state string, at time.Time) {
	state = RevocationUnknown
	for i, issuer := range path {
		for _, l := range v.lists {
			if !v.walk.vouches(l, issuer) {
				continue
			}
			status := l.status(c, v.options.At)
			switch {
			case status.State == RevocationRevoked:
				return RevocationRevoked, status.RevokedAt
			case i == 0 && status.State == RevocationGood:
				state = RevocationGood
			}
		}
		c = issuer
	}
	return state, time.Time{}
}
