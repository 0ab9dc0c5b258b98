package pki

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Trust is a set of anchors: certificates of authorities, roots or not, that the caller trusts. It may be
// used by several goroutines.
type Trust struct {
	anchors []*Certificate
}

// NewTrust takes those of the certificates, in DER, that are CA:TRUE and may sign certificates. What else
// there is does no harm.
func NewTrust(ders ...[]byte) *Trust {
	t := &Trust{}
	for _, raw := range ders {
		t.add(raw)
	}
	return t
}

func (t *Trust) add(raw []byte) {
	c, err := ParseCertificate(raw)
	if err != nil || !c.maySignCertificates() {
		return
	}
	for _, a := range t.anchors {
		if bytes.Equal(a.DER, c.DER) {
			return
		}
	}
	t.anchors = append(t.anchors, c)
}

// maxTrustFile is the size in bytes of the largest file that is looked at for certificates.
const maxTrustFile = 4 << 20

// LoadTrust takes the certificates, in DER or PEM (several in a file too), that lie in a folder. Whatever
// else lies there, or cannot be read, is passed over; only a folder that cannot be listed is an error.
func LoadTrust(dir string) (*Trust, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("pki: reading trusted certificates: %w", err)
	}
	t := &Trust{}
	for _, e := range entries {
		data := regular(filepath.Join(dir, e.Name()))
		t.add(data)
		for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
			t.add(block.Bytes)
		}
	}
	return t, nil
}

// regular reads a file that is one: a pipe would never end.
func regular(path string) []byte {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxTrustFile {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTrustFile))
	if err != nil {
		return nil
	}
	return data
}

// Anchors are the certificates trusted.
func (t *Trust) Anchors() []*Certificate {
	if t == nil {
		return nil
	}
	return t.anchors
}

// Test gives the names of the anchors that are no real authorities': the simulator's, the NCA's test ones.
// Production refuses to trust them.
func (t *Trust) Test() (names []string) {
	for _, a := range t.Anchors() {
		if a.Test {
			names = append(names, a.x.Subject.CommonName)
		}
	}
	return names
}

// With is this trust and more anchors.
func (t *Trust) With(ders ...[]byte) *Trust {
	more := &Trust{anchors: append([]*Certificate(nil), t.Anchors()...)}
	for _, raw := range ders {
		more.add(raw)
	}
	return more
}

// Real is this trust without the anchors of Test.
func (t *Trust) Real() *Trust {
	real := &Trust{}
	for _, a := range t.Anchors() {
		if !a.Test {
			real.anchors = append(real.anchors, a)
		}
	}
	return real
}
