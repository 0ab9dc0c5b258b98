package message

import (
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// utf7 is the character set of RFC 2152, which old phones and some scanners still send.
type utf7 struct{}

// NewDecoder makes a decoder (encoding.Encoding).
func (utf7) NewDecoder() *encoding.Decoder { return &encoding.Decoder{Transformer: &utf7Decoder{}} }

// NewEncoder is not needed to read mail: it writes substitutes.
func (utf7) NewEncoder() *encoding.Encoder { return encoding.Replacement.NewEncoder() }

// utf7Decoder is between letters of ASCII, or inside a shifted run of base64.
type utf7Decoder struct {
	shifted bool
	empty   bool   // nothing came since the shift
	bits    uint32 // collected and not yet used
	n       uint
	high    rune // first half of a surrogate pair
}

func (d *utf7Decoder) Reset() { *d = utf7Decoder{} }

func (d *utf7Decoder) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, c := range src {
		if nDst+utf8.UTFMax > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		if r, ok := d.step(c); ok {
			nDst += utf8.EncodeRune(dst[nDst:], r)
		}
		nSrc++
	}
	return nDst, nSrc, nil
}

// step takes one byte and gives the letter that it completes, if any.
func (d *utf7Decoder) step(c byte) (rune, bool) {
	if !d.shifted {
		if c == '+' {
			*d = utf7Decoder{shifted: true, empty: true}
			return 0, false
		}
		if c >= 0x80 {
			return utf8.RuneError, true
		}
		return rune(c), true
	}
	v := base64Value(c)
	if v < 0 {
		empty := d.empty
		*d = utf7Decoder{}
		switch {
		case c == '-' && empty:
			return '+', true
		case c == '-':
			return 0, false
		case c >= 0x80:
			return utf8.RuneError, true
		}
		return rune(c), true
	}
	d.empty = false
	d.bits, d.n = d.bits<<6|uint32(v), d.n+6
	if d.n < 16 {
		return 0, false
	}
	d.n -= 16
	unit := rune(d.bits >> d.n & 0xffff)
	d.bits &= 1<<d.n - 1
	switch {
	case unit >= 0xd800 && unit < 0xdc00:
		d.high = unit
		return 0, false
	case d.high != 0:
		r := utf16.DecodeRune(d.high, unit)
		d.high = 0
		return r, true
	}
	return unit, true
}
