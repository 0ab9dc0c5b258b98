package der

import (
	"bytes"
	"crypto/x509"
	"math/big"
	"slices"
	"time"
)

// TLV is an element: its identifier, the length of the parts together, the parts.
func TLV(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	out := make([]byte, 0, len(body)+6)
	out = append(out, tag)
	if n := len(body); n < 0x80 {
		out = append(out, byte(n))
	} else {
		length := big.NewInt(int64(n)).Bytes()
		out = append(append(out, 0x80|byte(len(length))), length...)
	}
	return append(out, body...)
}

// Indefinite is an element of indefinite length, as BER has it and DER has not.
func Indefinite(tag byte, parts ...[]byte) []byte {
	return slices.Concat([]byte{tag, 0x80}, bytes.Join(parts, nil), []byte{0, 0})
}

// Sequence is a SEQUENCE of elements.
func Sequence(parts ...[]byte) []byte { return TLV(SequenceTag, parts...) }

// Set is a SET OF elements in the order that DER wants.
func Set(parts ...[]byte) []byte { return TLV(SetTag, Sorted(parts)...) }

// Sorted are the elements of a SET OF in the order that DER wants (X.690, 11.6).
func Sorted(parts [][]byte) [][]byte {
	sorted := slices.Clone(parts)
	slices.SortFunc(sorted, bytes.Compare)
	return sorted
}

// Explicit wraps elements in a context-specific tag.
func Explicit(n int, parts ...[]byte) []byte { return TLV(Context(n, true), parts...) }

// OID is an object identifier written in figures and points; it panics when the text, a constant of the
// program, is not one.
func OID(text string) []byte {
	o, err := x509.ParseOID(text)
	if err != nil {
		panic("der: not an object identifier: " + text)
	}
	body, err := o.MarshalBinary()
	if err != nil {
		panic("der: " + err.Error())
	}
	return TLV(OIDTag, body)
}

// Integer is a number of either sign, in its shortest form.
func Integer(n *big.Int) []byte {
	if n.Sign() < 0 {
		size := new(big.Int).Not(n).BitLen()/8 + 1
		wrapped := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), uint(8*size)), n)
		return TLV(IntegerTag, wrapped.FillBytes(make([]byte, size)))
	}
	return TLV(IntegerTag, n.FillBytes(make([]byte, n.BitLen()/8+1)))
}

// Small is a small number.
func Small(n int) []byte { return Integer(big.NewInt(int64(n))) }

// Octets is an octet string.
func Octets(parts ...[]byte) []byte { return TLV(OctetString, parts...) }

// Bits is a bit string of whole octets.
func Bits(octets []byte) []byte { return TLV(BitStringTag, []byte{0}, octets) }

// Null is NULL.
func Null() []byte { return TLV(NullTag) }

// True is the BOOLEAN that is not the default.
func True() []byte { return TLV(Boolean, []byte{0xff}) }

// Moment is a time in UTC to the second: a UTCTime up to 2049, a GeneralizedTime afterwards (RFC 5280).
func Moment(t time.Time) []byte {
	if t = t.UTC(); t.Year() >= 1950 && t.Year() < 2050 {
		return TLV(UTCTime, []byte(t.Format("060102150405Z")))
	}
	return Generalized(t)
}

// Generalized is a GeneralizedTime in UTC to the second.
func Generalized(t time.Time) []byte {
	return TLV(GeneralizedTime, []byte(t.UTC().Format("20060102150405Z")))
}
