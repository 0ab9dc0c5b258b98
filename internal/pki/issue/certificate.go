package issue

import (
	"crypto/sha1" // RFC 5280, 4.2.1.2: a key identifier is a name, not a proof
	"fmt"
	"io"
	"math/big"
	"time"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// Usage is what a key is for: signing documents or logging in.
type Usage string

// The two keys that the NCA gives to a person.
const (
	Sign Usage = "sign"
	Auth Usage = "auth"
)

// Person is whom a certificate is about. Roles are words of the interchange format; without any they are
// individual, or legal_entity and employee for somebody with a BIN.
type Person struct {
	Surname, GivenName, Patronymic string
	IIN                            string
	Email                          string
	Organisation, BIN              string
	Roles                          []string
}

// RoleOIDs are the extended key usages of the interchange format's roles.
var RoleOIDs = map[string]string{"individual": oid.RoleIndividual, "legal_entity": oid.RoleLegalEntity, "head": oid.RoleHead,
	"may_sign": oid.RoleMaySign, "finance": oid.RoleFinance, "hr": oid.RoleHR, "employee": oid.RoleEmployee}

// Profile changes what a certificate says from what the NCA would say.
type Profile struct {
	KeyBits       int      // of an RSA key; 2048 when 0
	KeyUsage      []int    // bits of the extension; nil: those of the usage
	NoKeyUsage    bool     // no such extension
	Critical      string   // an extension of this OID, critical and unknown
	CA            bool     // basic constraints say CA:TRUE
	PathLength    int      // of a CA: how many CAs may stand below; none said when 0
	NotCA         bool     // of an authority: basic constraints say CA:FALSE
	Key           *Key     // use this key
	PublicInfo    []byte   // write this SubjectPublicKeyInfo, whatever the key
	ReverseNames  bool     // the subject's parts in the other order
	ExtraUsages   []string // extended key usages besides
	WithoutKeyIDs bool     // no AKI and SKI
}

// attribute is a relative distinguished name of one part.
func attribute(tag byte, id, value string) []byte {
	return der.TLV(der.SetTag, der.Sequence(der.OID(id), der.TLV(tag, []byte(value))))
}

func text(id, value string) []byte { return attribute(der.UTF8String, id, value) }

// subject is the NCA's: the common name has no patronymic, which stands as the given name.
func (p Person) subject(reverse bool) []byte {
	parts := [][]byte{text(oid.CommonName, p.Surname+" "+p.GivenName), text(oid.Surname, p.Surname),
		attribute(der.PrintableString, oid.SerialNumber, "IIN"+p.IIN), attribute(der.PrintableString, oid.Country, "KZ")}
	if p.Patronymic != "" {
		parts = append(parts, text(oid.GivenName, p.Patronymic))
	}
	if p.BIN != "" {
		parts = append(parts, text(oid.Organisation, p.Organisation), text(oid.OrganisationalUnit, "BIN"+p.BIN))
	}
	if p.Email != "" {
		parts = append(parts, attribute(der.IA5String, oid.EmailAddress, p.Email))
	}
	if reverse {
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
	}
	return der.Sequence(parts...)
}

func authorityName(name string) []byte {
	return der.Sequence(text(oid.CommonName, name), attribute(der.PrintableString, oid.Country, "KZ"))
}

// request is all that a certificate says about its owner.
type request struct {
	subject             []byte
	key                 *Key
	publicInfo          []byte
	notBefore, notAfter time.Time
	extensions          [][]byte
}

func extension(id string, critical bool, value ...[]byte) []byte {
	if critical {
		return der.Sequence(der.OID(id), der.True(), der.Octets(value...))
	}
	return der.Sequence(der.OID(id), der.Octets(value...))
}

// keyUsage is the extension of these bits, the first being digitalSignature.
func keyUsage(bits ...int) []byte {
	var octets [2]byte
	last := 0
	for _, b := range bits {
		octets[b/8] |= 0x80 >> (b % 8)
		last = max(last, b)
	}
	return extension(oid.KeyUsage, true, der.TLV(der.BitStringTag, []byte{byte(7 - last%8)}, octets[:last/8+1]))
}

// Bits of the key usage.
const (
	DigitalSignature = 0
	NonRepudiation   = 1
	KeyEncipherment  = 2
	KeyAgreement     = 4
	CertificateSign  = 5
	CRLSign          = 6
)

func extendedUsage(ids ...string) []byte {
	parts := make([][]byte, 0, len(ids))
	for _, id := range ids {
		parts = append(parts, der.OID(id))
	}
	return extension(oid.ExtendedKeyUsage, false, der.Sequence(parts...))
}

func policies(ids ...string) []byte {
	var parts [][]byte
	for _, id := range ids {
		parts = append(parts, der.Sequence(der.OID(id), der.Sequence(der.Sequence(der.OID(oid.PracticeStatement),
			der.TLV(der.IA5String, []byte("http://pki.example/cps"))))))
	}
	return extension(oid.CertificatePolicies, false, der.Sequence(parts...))
}

// addresses are where the status of a certificate is asked for, as far as the authority has any.
func (a *Authority) addresses() [][]byte {
	uri := func(s string) []byte { return der.TLV(der.Context(6, false), []byte(s)) }
	var list, access [][]byte
	if a.OCSPURL != "" {
		access = append(access, der.Sequence(der.OID(oid.AccessOCSP), uri(a.OCSPURL)))
	}
	if a.IssuerURL != "" {
		access = append(access, der.Sequence(der.OID(oid.AccessIssuer), uri(a.IssuerURL)))
	}
	if len(access) > 0 {
		list = append(list, extension(oid.AuthorityAccess, false, der.Sequence(access...)))
	}
	if a.CRLURL != "" {
		list = append(list, extension(oid.CRLDistribution, false, der.Sequence(der.Sequence(der.Explicit(0, der.Explicit(0, uri(a.CRLURL)))))))
	}
	return list
}

func keyID(k *Key) []byte {
	sum := sha1.Sum(k.point())
	return sum[:]
}

// newSerial is a positive number of 20 octets at most, as the NCA's.
func newSerial(random io.Reader) (*big.Int, error) {
	octets := make([]byte, 20)
	if _, err := io.ReadFull(random, octets); err != nil {
		return nil, fmt.Errorf("issue: making a serial number: %w", err)
	}
	octets[0] = octets[0]&0x7f | 0x10
	return new(big.Int).SetBytes(octets), nil
}

// certificate signs what the request says in the name of an issuer.
func certificate(random io.Reader, issuer []byte, by *Key, r request) ([]byte, error) {
	serial, err := newSerial(random)
	if err != nil {
		return nil, err
	}
	info := r.publicInfo
	if info == nil {
		info = r.key.publicInfo()
	}
	mark := extension(oid.Simulator, false, der.Null())
	tbs := der.Sequence(der.Explicit(0, der.Small(2)), der.Integer(serial), by.signatureAlgorithm(), issuer,
		der.Sequence(der.Moment(r.notBefore), der.Moment(r.notAfter)), r.subject, info,
		der.Explicit(3, der.Sequence(append(r.extensions, mark)...)))
	return sealed(by, tbs)
}

// sealed is what is to be signed, the algorithm, and the signature: a certificate, a CRL, an answer.
func sealed(by *Key, tbs []byte) ([]byte, error) {
	signature, err := by.sign(tbs)
	if err != nil {
		return nil, fmt.Errorf("issue: signing: %w", err)
	}
	return der.Sequence(tbs, by.signatureAlgorithm(), der.Bits(signature)), nil
}
