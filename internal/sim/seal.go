package sim

import (
	"errors"
	"fmt"
)

// SealFile is the file of an institution's RSA key with its certificates, in PEM, for Kualik's setting of the seal:
// that of the first person who heads one. The key is made when it is first asked for.
func (s *Sim) SealFile() (string, error) {
	n := keyName{useSign, algRSA, true}
	for _, p := range s.ring.everybody() {
		if p.BIN == "" {
			continue
		}
		if _, err := s.ring.key(p, n); err != nil {
			return "", fmt.Errorf("make a seal: %w", err)
		}
		return s.ring.keyFile(p.IIN + "-" + n.String()), nil
	}
	return "", errors.New("make a seal: nobody heads an institution")
}
