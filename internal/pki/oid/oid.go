// Package oid names the object identifiers that certificates, messages and answers about revocation are
// written with: those of the NCA of Kazakhstan, of X.509 and of CMS. It stands below pki and knows no rule.
package oid

// The NCA's signatures: of 2015 with 512 bits, and the digest and curve that belong to it.
const (
	GOST2015512       = "1.2.398.3.10.1.1.2.3.2"
	KeyGOST2015512    = "1.2.398.3.10.1.1.2.2"
	CurveGOST2015512  = "1.2.398.3.10.1.1.2.2.1"
	DigestGOST2015512 = "1.2.398.3.10.1.3.3"
)

// RSA and the digests of CertID in OCSP.
const (
	RSAEncryption = "1.2.840.113549.1.1.1"
	RSASHA256     = "1.2.840.113549.1.1.11"
	SHA1          = "1.3.14.3.2.26"
	SHA256        = "2.16.840.1.101.3.4.2.1"
)

// The NCA's roles of a certificate's owner stand among the extended key usages.
const (
	RoleIndividual  = "1.2.398.3.3.4.1.1"
	RoleLegalEntity = "1.2.398.3.3.4.1.2"
	RoleHead        = "1.2.398.3.3.4.1.2.1"
	RoleMaySign     = "1.2.398.3.3.4.1.2.2"
	RoleFinance     = "1.2.398.3.3.4.1.2.3"
	RoleHR          = "1.2.398.3.3.4.1.2.4"
	RoleEmployee    = "1.2.398.3.3.4.1.2.5"
)

// The NCA's policies: that of all certificates since 2022, and those before, by owner and use.
const (
	Policy                 = "1.2.398.3.3.2"
	PolicyLegalSign        = "1.2.398.3.3.2.1"
	PolicyLegalAuth        = "1.2.398.3.3.2.2"
	PolicyIndividualSign   = "1.2.398.3.3.2.3"
	PolicyIndividualAuth   = "1.2.398.3.3.2.4"
	PolicyOfTheAuthority   = "1.2.398.3.3.1.1"
	PracticeStatement      = "1.3.6.1.5.5.7.2.1"
	UsageClientAuth        = "1.3.6.1.5.5.7.3.2"
	UsageEmailProtection   = "1.3.6.1.5.5.7.3.4"
	UsageOCSPSigning       = "1.3.6.1.5.5.7.3.9"
	AccessOCSP             = "1.3.6.1.5.5.7.48.1"
	AccessIssuer           = "1.3.6.1.5.5.7.48.2"
	OCSPBasic              = "1.3.6.1.5.5.7.48.1.1"
	OCSPNonce              = "1.3.6.1.5.5.7.48.1.2"
	OCSPNoCheck            = "1.3.6.1.5.5.7.48.1.5"
	AuthorityAccess        = "1.3.6.1.5.5.7.1.1"
	EmailAddress           = "1.2.840.113549.1.9.1"
	KeyUsage               = "2.5.29.15"
	ExtendedKeyUsage       = "2.5.29.37"
	BasicConstraints       = "2.5.29.19"
	SubjectKeyID           = "2.5.29.14"
	AuthorityKeyID         = "2.5.29.35"
	CertificatePolicies    = "2.5.29.32"
	CRLDistribution        = "2.5.29.31"
	FreshestCRL            = "2.5.29.46"
	SubjectAltName         = "2.5.29.17"
	CRLNumber              = "2.5.29.20"
	CRLReason              = "2.5.29.21"
	DeltaCRL               = "2.5.29.27"
	IssuingDistribution    = "2.5.29.28"
	CertificateIssuer      = "2.5.29.29"
	CommonName             = "2.5.4.3"
	Surname                = "2.5.4.4"
	SerialNumber           = "2.5.4.5"
	Country                = "2.5.4.6"
	Locality               = "2.5.4.7"
	Province               = "2.5.4.8"
	Organisation           = "2.5.4.10"
	OrganisationalUnit     = "2.5.4.11"
	GivenName              = "2.5.4.42" // the NCA writes the patronymic here
	Data                   = "1.2.840.113549.1.7.1"
	SignedData             = "1.2.840.113549.1.7.2"
	AttributeContentType   = "1.2.840.113549.1.9.3"
	AttributeDigest        = "1.2.840.113549.1.9.4"
	AttributeSigningTime   = "1.2.840.113549.1.9.5"
	AttributeCounterSign   = "1.2.840.113549.1.9.6"
	AttributeTimeStamp     = "1.2.840.113549.1.9.16.2.14"
	AttributeCertificateV2 = "1.2.840.113549.1.9.16.2.47" // signing-certificate-v2
	Simulator              = "1.3.6.1.4.1.32473.3.1"      // RFC 5612's arc for examples: certificates that our own test CA made
)
