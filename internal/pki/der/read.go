// Package der reads ASN.1 in BER, of which DER is the strict form, and writes DER: as much of it as CMS,
// certificates and answers about revocation need. It knows no structure above the single element.
//
// What it reads comes from strangers: depth, number and length are bounded, and nothing panics.
package der

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Identifier octets. Tags of 31 and more, which these structures do not have, are refused.
const (
	Boolean         = 0x01
	IntegerTag      = 0x02
	BitStringTag    = 0x03
	OctetString     = 0x04
	NullTag         = 0x05
	OIDTag          = 0x06
	Enumerated      = 0x0a
	UTF8String      = 0x0c
	PrintableString = 0x13
	IA5String       = 0x16
	UTCTime         = 0x17
	GeneralizedTime = 0x18
	SequenceTag     = 0x30
	SetTag          = 0x31

	constructed = 0x20
	context     = 0x80
)

const (
	maxDepth    = 24
	maxChildren = 1 << 17
)

// ErrMalformed is in the chain of every error of this package's readers.
var ErrMalformed = errors.New("malformed ASN.1")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

// Element is one value: its identifier, the octets of its contents, and all its octets as they stood.
type Element struct {
	Tag  byte
	Body []byte
	Raw  []byte
}

// Context is the identifier of a context-specific tag.
func Context(n int, isConstructed bool) byte {
	if isConstructed {
		return context | constructed | byte(n)
	}
	return context | byte(n)
}

// Constructed reports whether the element is made of others.
func (e Element) Constructed() bool { return e.Tag&constructed != 0 }

// Read reads the first element and gives what follows it.
func Read(data []byte) (Element, []byte, error) { return read(data, 0) }

// ReadOnly reads one element that nothing may follow.
func ReadOnly(data []byte) (Element, error) {
	e, rest, err := Read(data)
	if err == nil && len(rest) > 0 {
		err = malformed("%d octets follow the end", len(rest))
	}
	return e, err
}

func read(data []byte, depth int) (e Element, rest []byte, err error) {
	if depth > maxDepth {
		return e, nil, malformed("nested too deep")
	}
	if len(data) < 2 {
		return e, nil, malformed("cut off")
	}
	tag := data[0]
	if tag&0x1f == 0x1f {
		return e, nil, malformed("a long tag")
	}
	if data[1] == 0x80 {
		return readIndefinite(data, depth)
	}
	length, header := int(data[1]), 2
	if length > 0x80 {
		octets := length & 0x7f
		if len(data) < 2+octets {
			return e, nil, malformed("cut off")
		}
		length = 0
		for _, b := range data[2 : 2+octets] {
			if length > 1<<40 {
				return e, nil, malformed("a length beyond reason")
			}
			length = length<<8 | int(b)
		}
		header += octets
	}
	if length > len(data)-header {
		return e, nil, malformed("a length of %d where %d octets are left", length, len(data)-header)
	}
	end := header + length
	return Element{tag, data[header:end:end], data[:end:end]}, data[end:], nil
}

// readIndefinite reads elements up to the two zero octets that end them.
func readIndefinite(data []byte, depth int) (Element, []byte, error) {
	if data[0]&constructed == 0 {
		return Element{}, nil, malformed("a simple value of indefinite length")
	}
	rest := data[2:]
	for {
		if len(rest) >= 2 && rest[0] == 0 && rest[1] == 0 {
			end := len(data) - len(rest)
			return Element{data[0], data[2:end:end], data[: end+2 : end+2]}, rest[2:], nil
		}
		var err error
		if _, rest, err = read(rest, depth+1); err != nil {
			return Element{}, nil, err
		}
	}
}

// Children are the elements that a constructed one is made of.
func (e Element) Children() ([]Element, error) {
	if !e.Constructed() {
		return nil, malformed("a simple value where a structure was expected")
	}
	var list []Element
	for rest := e.Body; len(rest) > 0; {
		if len(list) == maxChildren {
			return nil, malformed("more parts than is reasonable")
		}
		var child Element
		var err error
		if child, rest, err = Read(rest); err != nil {
			return nil, err
		}
		list = append(list, child)
	}
	return list, nil
}

// Only is the single child of an explicit tag.
func (e Element) Only() (Element, error) {
	if !e.Constructed() {
		return Element{}, malformed("a simple value where a structure was expected")
	}
	return ReadOnly(e.Body)
}

// Octets are the contents of an octet string, whole or in pieces (X.690, 8.7); the tag may be an implicit one.
func (e Element) Octets() ([]byte, error) { return e.octets(0) }

func (e Element) octets(depth int) ([]byte, error) {
	if !e.Constructed() {
		return e.Body, nil
	}
	if depth > maxDepth {
		return nil, malformed("nested too deep")
	}
	pieces, err := e.Children()
	if err != nil {
		return nil, err
	}
	whole := []byte{}
	for _, p := range pieces {
		if p.Tag&^constructed != OctetString {
			return nil, malformed("an octet string of other pieces")
		}
		octets, err := p.octets(depth + 1)
		if err != nil {
			return nil, err
		}
		whole = append(whole, octets...)
	}
	return whole, nil
}

// OID is an object identifier in figures and points.
func (e Element) OID() (string, error) {
	var o x509.OID
	if e.Tag != OIDTag || o.UnmarshalBinary(e.Body) != nil {
		return "", malformed("not an object identifier")
	}
	return o.String(), nil
}

// Integer is a number of two's complement, at most 64 octets long.
func (e Element) Integer() (*big.Int, error) {
	if e.Tag != IntegerTag || len(e.Body) == 0 || len(e.Body) > 64 {
		return nil, malformed("not a number")
	}
	n := new(big.Int).SetBytes(e.Body)
	if e.Body[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(e.Body))))
	}
	return n, nil
}

// Time is a UTCTime (of the years 1950 to 2049) or a GeneralizedTime, in UTC.
func (e Element) Time() (time.Time, error) {
	layout := "20060102150405Z"
	switch e.Tag {
	case UTCTime:
		layout = "060102150405Z"
	case GeneralizedTime:
	default:
		return time.Time{}, malformed("not a time")
	}
	t, err := time.Parse(layout, string(e.Body))
	if err != nil {
		return time.Time{}, malformed("not a time")
	}
	if e.Tag == UTCTime && t.Year() >= 2050 {
		t = t.AddDate(-100, 0, 0)
	}
	return t, nil
}

// stringTags are the strings that BER may cut in pieces and DER may not; a bit string in pieces is refused.
var stringTags = map[byte]bool{OctetString: true, UTF8String: true, PrintableString: true, 0x12: true, 0x14: true,
	IA5String: true, UTCTime: true, GeneralizedTime: true, 0x1a: true, 0x1b: true, 0x1c: true, 0x1e: true}

// DER writes the element again with definite, shortest lengths and its strings in one piece. It does not
// sort sets: whoever knows which element is a set of what does that.
func (e Element) DER() ([]byte, error) { return e.der(0) }

func (e Element) der(depth int) ([]byte, error) {
	switch {
	case depth > maxDepth:
		return nil, malformed("nested too deep")
	case !e.Constructed():
		return TLV(e.Tag, e.Body), nil
	case e.Tag == BitStringTag|constructed:
		return nil, malformed("a bit string in pieces")
	}
	children, err := e.Children()
	if err != nil {
		return nil, err
	}
	simple := e.Tag &^ constructed
	var body []byte
	for _, c := range children {
		part, err := c.der(depth + 1)
		if err != nil {
			return nil, err
		}
		if !stringTags[simple] {
			body = append(body, part...)
			continue
		}
		if piece, _, err := Read(part); err != nil || piece.Tag != OctetString && piece.Tag != simple {
			return nil, malformed("a string of other pieces")
		} else {
			body = append(body, piece.Body...)
		}
	}
	if stringTags[simple] {
		return TLV(simple, body), nil
	}
	return TLV(e.Tag, body), nil
}
