package issue

import (
	"fmt"
	"io"
	"math/big"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// Authority is a certification authority. The addresses go into what it issues from then on. Its methods
// may be called by several goroutines if the randomness that it was made with may.
type Authority struct {
	Certificate []byte   // DER
	Issuers     [][]byte // the certificates above it, the nearest first; none for a root

	OCSPURL, CRLURL, IssuerURL string

	name   []byte
	key    *Key
	random io.Reader
}

// NewAuthority makes a root that has signed itself, valid from a day before now for twenty years.
func NewAuthority(random io.Reader, a Algorithm, name string, now time.Time) (*Authority, error) {
	return NewAuthorityWith(random, a, name, now.AddDate(0, 0, -1), now.AddDate(20, 0, 0), Profile{})
}

// NewAuthorityWith is NewAuthority with other dates and changes.
func NewAuthorityWith(random io.Reader, a Algorithm, name string, notBefore, notAfter time.Time, p Profile) (*Authority, error) {
	root := &Authority{name: authorityName(name), random: random}
	if err := root.make(a, nil, notBefore, notAfter, p); err != nil {
		return nil, err
	}
	return root, nil
}

// Sub makes an authority below this one, valid from a day before now for ten years.
func (a *Authority) Sub(alg Algorithm, name string, now time.Time) (*Authority, error) {
	return a.SubWith(alg, name, now.AddDate(0, 0, -1), now.AddDate(10, 0, 0), Profile{})
}

// SubWith is Sub with other dates and changes.
func (a *Authority) SubWith(alg Algorithm, name string, notBefore, notAfter time.Time, p Profile) (*Authority, error) {
	sub := &Authority{name: authorityName(name), random: a.random, Issuers: append([][]byte{a.Certificate}, a.Issuers...),
		OCSPURL: a.OCSPURL, CRLURL: a.CRLURL, IssuerURL: a.IssuerURL}
	if err := sub.make(alg, a, notBefore, notAfter, p); err != nil {
		return nil, err
	}
	return sub, nil
}

func (a *Authority) make(alg Algorithm, above *Authority, notBefore, notAfter time.Time, p Profile) (err error) {
	if a.key = p.Key; a.key == nil {
		if a.key, err = NewKey(a.random, alg, p.KeyBits); err != nil {
			return err
		}
	}
	if above == nil {
		above = a
	}
	constraints := [][]byte{der.True()}
	if p.PathLength > 0 {
		constraints = append(constraints, der.Small(p.PathLength))
	}
	if p.NotCA {
		constraints = nil
	}
	usage := []int{CertificateSign, CRLSign}
	if p.KeyUsage != nil {
		usage = p.KeyUsage
	}
	extensions := [][]byte{extension(oid.BasicConstraints, true, der.Sequence(constraints...)), policies(oid.PolicyOfTheAuthority)}
	if !p.NoKeyUsage {
		extensions = append(extensions, keyUsage(usage...))
	}
	extensions = append(append(extensions, identifiers(a.key, above.key, p)...), above.addresses()...)
	a.Certificate, err = certificate(a.random, above.name, above.key, request{subject: a.name, key: a.key, publicInfo: p.PublicInfo,
		notBefore: notBefore, notAfter: notAfter, extensions: append(extensions, critical(p)...)})
	return err
}

func identifiers(own, above *Key, p Profile) [][]byte {
	if p.WithoutKeyIDs {
		return nil
	}
	return [][]byte{extension(oid.SubjectKeyID, false, der.Octets(keyID(own))),
		extension(oid.AuthorityKeyID, false, der.Sequence(der.TLV(der.Context(0, false), keyID(above))))}
}

func critical(p Profile) [][]byte {
	if p.Critical == "" {
		return nil
	}
	return [][]byte{extension(p.Critical, true, der.Null())}
}

// Issue makes a key and a certificate in the NCA's profile for a person.
func (a *Authority) Issue(p Person, u Usage, notBefore, notAfter time.Time) (*Identity, error) {
	return a.IssueWith(p, u, notBefore, notAfter, Profile{})
}

// IssueWith is Issue with changes. The person's key has the algorithm of the authority's.
func (a *Authority) IssueWith(p Person, u Usage, notBefore, notAfter time.Time, change Profile) (*Identity, error) {
	key := change.Key
	if key == nil {
		var err error
		if key, err = NewKey(a.random, a.key.Algorithm(), change.KeyBits); err != nil {
			return nil, err
		}
	}
	extensions, err := a.personal(p, u, key, change)
	if err != nil {
		return nil, err
	}
	c, err := certificate(a.random, a.name, a.key, request{subject: p.subject(change.ReverseNames), key: key, publicInfo: change.PublicInfo,
		notBefore: notBefore, notAfter: notAfter, extensions: extensions})
	if err != nil {
		return nil, err
	}
	return &Identity{Certificate: c, Issuers: append([][]byte{a.Certificate}, a.Issuers...), key: key}, nil
}

// personal are the extensions of a person's certificate. A sign key of GOST has a bit of encipherment, as
// the NCA's of 2022 have: non-repudiation is what tells it from an AUTH key.
func (a *Authority) personal(p Person, u Usage, key *Key, change Profile) ([][]byte, error) {
	bits, purpose, policy := []int{DigitalSignature, NonRepudiation}, oid.UsageEmailProtection, oid.PolicyIndividualSign
	if key.Algorithm() == GOST {
		bits = append(bits, KeyEncipherment)
	}
	if p.BIN != "" {
		policy = oid.PolicyLegalSign
	}
	if u == Auth {
		bits, purpose, policy = []int{DigitalSignature, KeyEncipherment}, oid.UsageClientAuth, oid.PolicyIndividualAuth
		if p.BIN != "" {
			policy = oid.PolicyLegalAuth
		}
	}
	if key.Algorithm() == GOST {
		policy = oid.Policy
	}
	if change.KeyUsage != nil {
		bits = change.KeyUsage
	}
	roles, err := p.roleOIDs()
	if err != nil {
		return nil, err
	}
	extensions := [][]byte{extendedUsage(append(append([]string{purpose}, roles...), change.ExtraUsages...)...), policies(policy)}
	if !change.NoKeyUsage {
		extensions = append(extensions, keyUsage(bits...))
	}
	if change.CA {
		extensions = append(extensions, extension(oid.BasicConstraints, true, der.Sequence(der.True())))
	}
	extensions = append(extensions, identifiers(key, a.key, change)...)
	return append(append(extensions, a.addresses()...), critical(change)...), nil
}

func (p Person) roleOIDs() ([]string, error) {
	roles := p.Roles
	switch {
	case len(roles) > 0:
	case p.BIN != "":
		roles = []string{"legal_entity", "employee"}
	default:
		roles = []string{"individual"}
	}
	var ids []string
	for _, r := range roles {
		id, ok := RoleOIDs[r]
		if !ok {
			return nil, fmt.Errorf("issue: there is no role %q", r)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Marshal is the authority with its key and addresses left out, in PEM, to be kept on a disk.
func (a *Authority) Marshal() []byte {
	return marshal(a.key, append([][]byte{a.Certificate}, a.Issuers...))
}

// ParseAuthority reads what Marshal of an authority wrote.
func ParseAuthority(random io.Reader, text []byte) (*Authority, error) {
	key, certificates, err := unmarshal(text)
	if err != nil {
		return nil, err
	}
	name, err := subjectOf(certificates[0])
	if err != nil {
		return nil, err
	}
	return &Authority{Certificate: certificates[0], Issuers: certificates[1:], name: name, key: key, random: random}, nil
}

// field gives the octets of a field of a certificate, counted from the serial number, which is 0.
func field(certificate []byte, n int) (der.Element, error) {
	fields, err := parts(certificate, 0)
	if err == nil && len(fields) < n+2 {
		err = fmt.Errorf("issue: not a certificate")
	}
	if err != nil {
		return der.Element{}, err
	}
	return fields[n+1], nil
}

// parts are the children of an element's child.
func parts(data []byte, child int) ([]der.Element, error) {
	whole, err := der.ReadOnly(data)
	if err != nil {
		return nil, fmt.Errorf("issue: reading a certificate: %w", err)
	}
	list, err := whole.Children()
	if err != nil || len(list) <= child {
		return nil, fmt.Errorf("issue: reading a certificate: %w", der.ErrMalformed)
	}
	return list[child].Children()
}

func subjectOf(certificate []byte) ([]byte, error) {
	e, err := field(certificate, 4)
	return e.Raw, err
}

// Serial is a certificate's number.
func Serial(certificate []byte) (*big.Int, error) {
	e, err := field(certificate, 0)
	if err != nil {
		return nil, err
	}
	return e.Integer()
}
