package pades

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// contents takes the message out of its place, "<3082…>". What follows the message there is nothing but zeros;
// and as one sign could be written in two ways, letters are all large or all small: a changed byte is seen.
func contents(hexed []byte) ([]byte, bool) {
	if len(hexed) < 2 || hexed[0] != '<' || hexed[len(hexed)-1] != '>' {
		return nil, false
	}
	digits := hexed[1 : len(hexed)-1]
	if bytes.ContainsAny(digits, "abcdef") && bytes.ContainsAny(digits, "ABCDEF") {
		return nil, false
	}
	raw := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(raw, digits); err != nil {
		return nil, false
	}
	message, rest, err := der.Read(raw)
	if err != nil || len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, false
	}
	return message.Raw, true
}

// inspect looks at the parts of a message that no signature protects. tight: versions, algorithms and their
// parameters are what RFC 5652 wants, so that nothing can be changed there unseen. bound: the signed attributes
// name the signer's certificate; if they name others too, they name all that the message carries.
func inspect(message, signer []byte) (bound, tight bool) {
	r := reading{}
	whole := r.children(der.Element{Tag: der.SequenceTag, Body: message}, 1) // one element
	info := r.children(r.at(whole, 0), 2)
	data := r.children(r.only(r.at(info, 1)), 0)
	if r.bad || len(data) < 4 {
		return false, false
	}
	digests, rest := r.children(data[1], 0), data[3:]
	var certificates []der.Element
	if rest[0].Tag == der.Context(0, true) {
		certificates, rest = r.children(rest[0], 0), rest[1:]
	}
	if len(rest) > 0 && rest[0].Tag == der.Context(1, true) { // lists of revoked certificates bring their own signatures
		rest = rest[1:]
	}
	infos := r.children(r.at(rest, 0), 1)
	f := r.children(r.at(infos, 0), 0)
	if r.bad || len(f) < 6 {
		return false, false
	}
	version, signerVersion := number(data[0]), number(f[0])
	want := map[byte]int64{der.SequenceTag: 1, der.Context(0, false): 3}[f[1].Tag]
	tight = signerVersion == want && (version == want || version == 3) && len(digests) == 1 &&
		algorithm(digests[0]) != "" && algorithm(digests[0]) == algorithm(f[2]) && algorithm(f[4]) != ""
	named := r.certificates(f[3])
	if r.bad {
		return false, false
	}
	bound = len(named) > 0 && bytes.Equal(named[0], sum(signer))
	if len(named) > 1 {
		for _, c := range certificates {
			bound = bound && contains(named, sum(c.Raw))
		}
	}
	return bound, tight
}

func sum(certificate []byte) []byte {
	s := sha256.Sum256(certificate)
	return s[:]
}

func contains(list [][]byte, one []byte) bool {
	for _, b := range list {
		if bytes.Equal(b, one) {
			return true
		}
	}
	return false
}

// reading takes elements apart and remembers whether anything was not as it should be.
type reading struct{ bad bool }

// children are the parts of an element, exactly n of them unless n is 0.
func (r *reading) children(e der.Element, n int) []der.Element {
	list, err := e.Children()
	if err != nil || n > 0 && len(list) != n {
		r.bad = true
		return nil
	}
	return list
}

func (r *reading) at(list []der.Element, i int) der.Element {
	if i >= len(list) {
		r.bad = true
		return der.Element{}
	}
	return list[i]
}

func (r *reading) only(e der.Element) der.Element {
	list := r.children(e, 1)
	return r.at(list, 0)
}

// certificates are the SHA-256 that signing-certificate-v2 names, the signer's first; none when the attribute
// is not there or names by another digest.
func (r *reading) certificates(attributes der.Element) (list [][]byte) {
	for _, a := range r.children(attributes, 0) {
		parts := r.children(a, 2)
		if r.bad {
			return nil
		}
		if id, err := parts[0].OID(); err != nil || id != oid.AttributeCertificateV2 {
			continue
		}
		fields := r.children(r.only(parts[1]), 0)
		for _, id := range r.children(r.at(fields, 0), 0) {
			f := r.children(id, 0)
			if len(f) > 0 && f[0].Tag == der.SequenceTag { // the digest's algorithm, when it is not the default
				if algorithm(f[0]) != oid.SHA256 {
					return nil
				}
				f = f[1:]
			}
			if len(f) == 0 || f[0].Tag != der.OctetString {
				r.bad = true
				return nil
			}
			list = append(list, f[0].Body)
		}
	}
	return list
}

// algorithm is the OID of an AlgorithmIdentifier without parameters, "" of another.
func algorithm(e der.Element) string {
	parts, err := e.Children()
	if err != nil || e.Tag != der.SequenceTag || len(parts) == 0 || len(parts) > 2 ||
		len(parts) == 2 && (parts[1].Tag != der.NullTag || len(parts[1].Body) > 0) {
		return ""
	}
	id, err := parts[0].OID()
	if err != nil {
		return ""
	}
	return id
}

func number(e der.Element) int64 {
	n, err := e.Integer()
	if err != nil || !n.IsInt64() {
		return -1
	}
	return n.Int64()
}
