package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// Subject is whom a certificate is about, as the NCA writes it: CN is the surname and the given name, and
// GIVENNAME is the patronymic.
type Subject struct {
	IIN, BIN     string // 12 digits, or ""
	Name         string // surname, given name, patronymic
	Surname      string
	GivenName    string
	Patronymic   string
	Organisation string
	Email        string
}

// Certificate is a certificate read. Its control digits are not checked: test certificates have none.
type Certificate struct {
	Subject
	DER                 []byte
	KeyUsage            string
	Roles               []string
	Policies            []string // OIDs
	ExtendedUsages      []string // OIDs, the roles among them
	Serial              string   // lower-case hex
	NotBefore, NotAfter time.Time
	OCSPURLs, CRLURLs   []string
	IsCA                bool
	// Test is true for a certificate that must not be trusted in production: one of Kualik's own simulator,
	// or one of the NCA's test authorities, which have TEST in their names.
	Test bool

	x               *x509.Certificate
	signatureOID    string
	key             *publicKey
	unknownCritical bool
}

// known are the extensions that may be critical: those whose meaning is kept here, and those that do not
// narrow what the certificate is good for.
var known = map[string]bool{oid.KeyUsage: true, oid.BasicConstraints: true, oid.ExtendedKeyUsage: true, oid.CertificatePolicies: true,
	oid.AuthorityKeyID: true, oid.SubjectKeyID: true, oid.CRLDistribution: true, oid.FreshestCRL: true, oid.SubjectAltName: true,
	oid.AuthorityAccess: true, oid.OCSPNoCheck: true}

var roles = []struct{ id, role string }{{oid.RoleIndividual, "individual"}, {oid.RoleLegalEntity, "legal_entity"}, {oid.RoleHead, "head"},
	{oid.RoleMaySign, "may_sign"}, {oid.RoleFinance, "finance"}, {oid.RoleHR, "hr"}, {oid.RoleEmployee, "employee"}}

// maxCertificate is far above any certificate's size, in bytes.
const maxCertificate = 64 << 10

// ParseCertificate reads a certificate in DER. It does not judge it.
func ParseCertificate(raw []byte) (*Certificate, error) {
	if len(raw) > maxCertificate {
		return nil, fmt.Errorf("pki: a certificate of %d bytes", len(raw))
	}
	x, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("pki: reading a certificate: %w", err)
	}
	c := &Certificate{DER: x.Raw, Serial: x.SerialNumber.Text(16), NotBefore: x.NotBefore.UTC(), NotAfter: x.NotAfter.UTC(),
		OCSPURLs: x.OCSPServer, CRLURLs: x.CRLDistributionPoints, IsCA: x.BasicConstraintsValid && x.IsCA, x: x}
	if c.signatureOID, err = signatureAlgorithm(raw); err != nil {
		return nil, err
	}
	c.key = readKey(x)
	c.Subject = subject(x)
	switch {
	case x.KeyUsage&x509.KeyUsageContentCommitment != 0: // first: the NCA's sign keys of GOST have a bit of encipherment too
		c.KeyUsage = UsageSign
	case x.KeyUsage&x509.KeyUsageDigitalSignature != 0:
		c.KeyUsage = UsageAuth
	}
	c.extensions(x)
	return c, nil
}

func (c *Certificate) extensions(x *x509.Certificate) {
	for _, e := range x.Extensions {
		id := e.Id.String()
		c.unknownCritical = c.unknownCritical || e.Critical && !known[id]
		c.Test = c.Test || id == oid.Simulator
		if id == oid.ExtendedKeyUsage {
			c.ExtendedUsages = usages(e.Value)
		}
	}
	c.Test = c.Test || strings.Contains(x.Issuer.CommonName, "TEST") || c.IsCA && strings.Contains(x.Subject.CommonName, "TEST")
	for _, r := range roles {
		for _, u := range c.ExtendedUsages {
			if u == r.id {
				c.Roles = append(c.Roles, r.role)
				break
			}
		}
	}
	for _, p := range x.Policies {
		c.Policies = append(c.Policies, p.String())
	}
}

func usages(value []byte) (list []string) {
	var ids []asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(value, &ids); err != nil || len(rest) > 0 {
		return nil
	}
	for _, id := range ids {
		list = append(list, id.String())
	}
	return list
}

// signatureAlgorithm is the OID of the algorithm of a certificate's, a list's or an answer's signature: of
// anything that is what is signed, the algorithm, the signature.
func signatureAlgorithm(raw []byte) (string, error) {
	whole, err := der.ReadOnly(raw)
	if err != nil {
		return "", err
	}
	fields, err := whole.Children()
	if err != nil || len(fields) < 3 {
		return "", der.ErrMalformed
	}
	return algorithmOID(fields[1])
}

// algorithmOID is the OID of an AlgorithmIdentifier.
func algorithmOID(e der.Element) (string, error) {
	parts, err := e.Children()
	if err != nil || e.Tag != der.SequenceTag || len(parts) == 0 || len(parts) > 2 {
		return "", der.ErrMalformed
	}
	return parts[0].OID()
}

// one is the value of an attribute that the name has exactly once; a name with two IINs is nobody's.
func one(name pkix.Name, id string) string {
	value, count := "", 0
	for _, a := range name.Names {
		if s, ok := a.Value.(string); ok && a.Type.String() == id {
			value, count = strings.TrimSpace(s), count+1
		}
	}
	if count != 1 {
		return ""
	}
	return value
}

func subject(x *x509.Certificate) Subject {
	name := x.Subject
	s := Subject{Surname: one(name, oid.Surname), Patronymic: one(name, oid.GivenName), Organisation: one(name, oid.Organisation),
		Email: one(name, oid.EmailAddress)}
	common := one(name, oid.CommonName)
	s.GivenName = strings.TrimSpace(strings.TrimPrefix(common+" ", s.Surname+" "))
	s.Name = common
	if s.Patronymic != "" && !strings.HasSuffix(common, " "+s.Patronymic) {
		s.Name += " " + s.Patronymic
	}
	s.GivenName = strings.TrimSuffix(s.GivenName, " "+s.Patronymic)
	s.IIN = numbered(one(name, oid.SerialNumber), "IIN")
	s.BIN = bin(name)
	if s.Email == "" && len(x.EmailAddresses) > 0 {
		s.Email = x.EmailAddresses[0]
	}
	return s
}

// bin is the number that one of the units has; an organisation with two is none.
func bin(name pkix.Name) (found string) {
	for _, a := range name.Names {
		text, ok := a.Value.(string)
		if id := a.Type.String(); !ok || id != oid.OrganisationalUnit && id != oid.SerialNumber {
			continue
		}
		number := numbered(text, "BIN")
		if number != "" && found != "" && number != found {
			return ""
		}
		if number != "" {
			found = number
		}
	}
	return found
}

// numbered is the number of 12 digits after a prefix.
func numbered(text, prefix string) string {
	digits, ok := strings.CutPrefix(strings.TrimSpace(text), prefix)
	if !ok || len(digits) != 12 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}
