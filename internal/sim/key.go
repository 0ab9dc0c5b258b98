package sim

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"kualik/internal/pki/issue"
)

// Uses and algorithms of keys, and the roles that certificates name (1.2.398.3.3.4.1).
const (
	useAuth = "AUTH"
	useSign = "SIGN"

	algGOST = "GOST"
	algRSA  = "RSA"

	roleIndividual = "1.2.398.3.3.4.1.1"
	roleLegal      = "1.2.398.3.3.4.1.2"
	roleHead       = "1.2.398.3.3.4.1.2.1"
)

// keyName is one of a person's keys; org is that of the organisation's head.
type keyName struct {
	usage, algorithm string
	org              bool
}

func (n keyName) String() string {
	s := n.usage + "-" + n.algorithm
	if n.org {
		s += "-ORG"
	}
	return s
}

func parseKeyName(s string) (keyName, error) {
	rest, org := strings.CutSuffix(s, "-ORG")
	usage, algorithm, _ := strings.Cut(rest, "-")
	n := keyName{usage, algorithm, org}
	if (usage != useAuth && usage != useSign) || (algorithm != algGOST && algorithm != algRSA) {
		return n, fmt.Errorf("a key is called SIGN-GOST, AUTH-GOST, SIGN-RSA or AUTH-RSA, or so with -ORG behind: %q", s)
	}
	return n, nil
}

// keys are the names of a person's keys, those of GOST first.
func (p Person) keys() []keyName {
	var list []keyName
	add := func(algorithm string, org bool) {
		list = append(list, keyName{useSign, algorithm, org}, keyName{useAuth, algorithm, org})
	}
	if !p.OnlyRSA {
		add(algGOST, false)
	}
	if p.RSA || p.OnlyRSA {
		add(algRSA, false)
	}
	if p.BIN != "" {
		add(algGOST, true)
	}
	return list
}

// ekus are the extended key usages of a key, as its certificate names them.
func (n keyName) ekus() []string {
	list := []string{ekuSign}
	if n.usage == useAuth {
		list[0] = ekuAuth
	}
	return append(list, n.roles()...)
}

func (n keyName) roles() []string {
	if n.org {
		return []string{roleLegal, roleHead}
	}
	return []string{roleIndividual}
}

// key is a person's key with its certificate.
type key struct {
	*issue.Identity
	iin    string
	name   keyName
	parsed *x509.Certificate
}

// algorithmName is how NCALayer names the algorithm.
func (k *key) algorithmName() string {
	if k.name.algorithm == algRSA {
		return "RSA"
	}
	return "ECGOST34310"
}

func newKey(identity *issue.Identity, iin string, n keyName) (*key, error) {
	parsed, err := x509.ParseCertificate(identity.Certificate)
	if err != nil {
		return nil, err
	}
	return &key{identity, iin, n, parsed}, nil
}

func withUsage(names []keyName, usage string) []keyName {
	return slices.DeleteFunc(slices.Clone(names), func(n keyName) bool { return n.usage != usage })
}

func only(names []keyName, wanted keyName) []keyName {
	return slices.DeleteFunc(slices.Clone(names), func(n keyName) bool { return n != wanted })
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
