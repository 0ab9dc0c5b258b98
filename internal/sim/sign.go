package sim

import (
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kualik/internal/pki/issue"
)

// Sign signs content with one of a person's keys, such as SIGN-GOST: what NCALayer would do without asking.
// Detached leaves the content out of the message, which is DER.
func (s *Sim) Sign(iin, name string, content []byte, detached bool) ([]byte, error) {
	k, err := s.named(iin, name)
	if err != nil {
		return nil, err
	}
	return s.signWith(k, asked{data: [][]byte{content}, texts: []string{base64.StdEncoding.EncodeToString(content)}, detached: detached}, 0, "")
}

// Certificate is the certificate of a person's key, DER.
func (s *Sim) Certificate(iin, name string) ([]byte, error) {
	k, err := s.named(iin, name)
	if err != nil {
		return nil, err
	}
	return k.Certificate, nil
}

func (s *Sim) named(iin, name string) (*key, error) {
	p := s.ring.person(iin)
	if p == nil {
		return nil, fmt.Errorf("nobody has the number %q", iin)
	}
	n, err := parseKeyName(name)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.keys(), n) {
		return nil, errNoKey
	}
	return s.ring.key(*p, n)
}

// People are those whom the simulator knows, the special ones last.
func (s *Sim) People() []Person { return s.ring.everybody() }

// signWith signs one of the data as was asked, or as the fault wants.
func (s *Sim) signWith(k *key, a asked, i int, fault string) ([]byte, error) {
	content := a.data[i]
	var ways []issue.Way
	switch fault {
	case FaultWrongContent:
		content = append([]byte("other: "), content...)
	case FaultBase64Text:
		content = []byte(a.texts[i])
	case FaultNoAttributes:
		ways = append(ways, issue.WithoutAttributes())
	case FaultTwoSigners:
		other, err := s.ring.key(*s.ring.another(k.iin), keyName{useSign, algGOST, false})
		if err != nil {
			return nil, err
		}
		ways = append(ways, issue.With(other.Identity))
	}
	if a.digested {
		if len(content) != map[string]int{algGOST: 64, algRSA: 32}[k.name.algorithm] {
			return nil, errDigest
		}
		ways = append(ways, issue.WithDigest(content))
		content = nil
	}
	if !a.basics {
		ways = append(ways, issue.InPieces()) // the old module writes BER, as the NCA's Java library does
	}
	cms, err := k.SignCMS(content, a.detached || a.digested, s.clock.Now(), ways...)
	if err == nil {
		s.remember(k.iin)
	}
	return cms, err
}

// remember puts somebody at the head of those who signed last.
func (s *Sim) remember(iin string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recent = append([]string{iin}, slices.DeleteFunc(s.recent, func(x string) bool { return x == iin })...)
	if len(s.recent) > 5 {
		s.recent = s.recent[:5]
	}
}

// stickyName says in words who answers at once; the caller holds the lock.
func (s *Sim) stickyName(l string) string {
	if s.sticky.Cancel {
		return word(l, "cancel")
	}
	name := s.sticky.Person
	if p := s.ring.person(name); p != nil {
		name = p.Name()
	}
	return strings.TrimSpace(name + " " + s.sticky.Key)
}

var errDigest = errors.New("a digest must be as long as the key's hash makes it")

// Names of attributes in a distinguished name, as Java writes them.
var attributes = map[string]string{"2.5.4.3": "CN", "2.5.4.4": "SURNAME", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.42": "GIVENNAME", "1.2.840.113549.1.9.1": "EMAILADDRESS"}

// dn writes a name from its last attribute to its first.
func dn(names []pkix.AttributeTypeAndValue) string {
	var parts []string
	for _, n := range slices.Backward(names) {
		id := n.Type.String()
		if a := attributes[id]; a != "" {
			id = a
		}
		parts = append(parts, fmt.Sprintf("%s=%v", id, n.Value))
	}
	return strings.Join(parts, ",")
}
