package gost

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// element is a number modulo the field's prime in Montgomery's form, the least significant word first.
type element [8]uint64

// field is the integers modulo an odd prime of at most 512 bits.
type field struct {
	modulus *big.Int
	p       element
	inverse uint64  // -1/p modulo 2^64
	square  element // 2^1024 modulo p: turns a number into Montgomery's form
	one     element
}

func newField(p *big.Int) *field {
	f := &field{modulus: p, p: words(p)}
	inv := f.p[0] // Newton: each step doubles the bits that are right; an odd number is its own inverse modulo 8
	for range 5 {
		inv *= 2 - f.p[0]*inv
	}
	f.inverse = -inv
	r := new(big.Int).Lsh(big.NewInt(1), 1024)
	f.square = words(r.Mod(r, p))
	f.one = f.from(big.NewInt(1))
	return f
}

func words(x *big.Int) (e element) {
	var b [64]byte
	x.FillBytes(b[:])
	for i := range e {
		e[i] = binary.BigEndian.Uint64(b[56-8*i:])
	}
	return e
}

// from takes a number from 0 to p-1.
func (f *field) from(x *big.Int) element {
	e := words(x)
	f.mul(&e, &e, &f.square)
	return e
}

func (f *field) number(e *element) *big.Int {
	x := element{1}
	f.mul(&x, e, &x)
	var b [64]byte
	for i := range x {
		binary.BigEndian.PutUint64(b[56-8*i:], x[i])
	}
	return new(big.Int).SetBytes(b[:])
}

//go:norace
func (e *element) zero() bool {
	var any uint64
	for _, w := range e {
		any |= w
	}
	return any == 0
}

// mul sets z to x·y/2^512 (Montgomery's product, word by word). z may be x or y.
//
//go:norace
func (f *field) mul(z, x, y *element) {
	var t element
	var top uint64
	for i := range y {
		var carry, c, over uint64
		for j := range t {
			hi, lo := bits.Mul64(x[j], y[i])
			lo, c = bits.Add64(lo, t[j], 0)
			hi += c
			t[j], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		top, over = bits.Add64(top, carry, 0)
		m := t[0] * f.inverse
		hi, lo := bits.Mul64(m, f.p[0])
		_, c = bits.Add64(lo, t[0], 0)
		carry = hi + c
		for j := 1; j < len(t); j++ {
			hi, lo = bits.Mul64(m, f.p[j])
			lo, c = bits.Add64(lo, t[j], 0)
			hi += c
			t[j-1], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		t[7], c = bits.Add64(top, carry, 0)
		top = over + c
	}
	f.reduce(z, &t, top)
}

// reduce sets z to x, which has the word top above it and is less than 2p, modulo p.
//
//go:norace
func (f *field) reduce(z, x *element, top uint64) {
	var d element
	var borrow uint64
	for i := range d {
		d[i], borrow = bits.Sub64(x[i], f.p[i], borrow)
	}
	if top == 0 && borrow == 1 {
		*z = *x
		return
	}
	*z = d
}

//go:norace
func (f *field) add(z, x, y *element) {
	var t element
	var carry uint64
	for i := range t {
		t[i], carry = bits.Add64(x[i], y[i], carry)
	}
	f.reduce(z, &t, carry)
}

//go:norace
func (f *field) sub(z, x, y *element) {
	var borrow, carry uint64
	for i := range z {
		z[i], borrow = bits.Sub64(x[i], y[i], borrow)
	}
	if borrow == 0 {
		return
	}
	for i := range z {
		z[i], carry = bits.Add64(z[i], f.p[i], carry)
	}
}
