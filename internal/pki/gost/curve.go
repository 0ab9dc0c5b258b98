package gost

import (
	"errors"
	"math/big"
	"sync"
)

// Params are a curve y² = x³ + ax + b over the integers modulo P, and a point (X, Y) of the prime order Q.
type Params struct {
	P, A, B, Q, X, Y *big.Int
}

// Curve is a curve that is ready to count on. It may be used by several goroutines.
type Curve struct {
	Params
	field *field
	a     element
	base  []point // odd multiples of (X, Y)
}

// width is of the windows that a factor is read in: 2^(width-2) multiples of a point are kept.
const width = 5

// NewCurve checks that the numbers are in their ranges and the point on the curve. It does not check that P
// and Q are prime.
func NewCurve(p Params) (*Curve, error) {
	if p.P.BitLen() > 512 || p.P.BitLen() < 8 || p.P.Bit(0) == 0 || p.Q.Sign() <= 0 {
		return nil, errors.New("gost: the curve's modulus must be odd and at most 512 bits")
	}
	c := &Curve{Params: p, field: newField(p.P)}
	for _, v := range []*big.Int{p.A, p.B, p.X, p.Y} {
		if v.Sign() < 0 || v.Cmp(p.P) >= 0 {
			return nil, errors.New("gost: a parameter of the curve is out of range")
		}
	}
	if !c.contains(p.X, p.Y) {
		return nil, errors.New("gost: the curve's base point is not on it")
	}
	c.a = c.field.from(p.A)
	c.base = c.multiples(c.affine(p.X, p.Y))
	return c, nil
}

// TC26ParamSetA is the curve id-tc26-gost-3410-12-512-paramSetA (RFC 7836, appendix A.1), which the NCA
// names 1.2.398.3.10.1.1.2.2.1. Its order is prime: every point of it but the one at infinity is a good key.
var TC26ParamSetA = sync.OnceValue(func() *Curve {
	number := func(s string) *big.Int {
		n, ok := new(big.Int).SetString(s, 16)
		if !ok {
			panic("gost: not a number: " + s)
		}
		return n
	}
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 512), big.NewInt(569))
	c, err := NewCurve(Params{
		P: p,
		A: new(big.Int).Sub(p, big.NewInt(3)),
		B: number("E8C2505DEDFC86DDC1BD0B2B6667F1DA34B82574761CB0E879BD081CFD0B6265EE3CB090F30D27614CB4574010DA90DD862EF9D4EBEE4761503190785A71C760"),
		Q: number("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275"),
		X: big.NewInt(3),
		Y: number("7503CFE87A836AE3A61B8816E25450E6CE5E1C93ACF1ABC1778064FDCBEFA921DF1626BE4FD036E93D75E6A50E3A41E98028FE5FC235F5B889A589CB5215F2A4"),
	})
	if err != nil {
		panic(err)
	}
	return c
})

// contains reports whether (x, y) is a point of the curve, its coordinates in their range.
func (c *Curve) contains(x, y *big.Int) bool {
	if x.Sign() < 0 || y.Sign() < 0 || x.Cmp(c.P) >= 0 || y.Cmp(c.P) >= 0 {
		return false
	}
	right := new(big.Int).Mul(x, x)
	right.Add(right, c.A).Mul(right, x).Add(right, c.B).Mod(right, c.P)
	left := new(big.Int).Mul(y, y)
	return left.Mod(left, c.P).Cmp(right) == 0
}

// point is (x/z², y/z³); z is zero at infinity.
type point struct{ x, y, z element }

func (c *Curve) affine(x, y *big.Int) *point {
	return &point{c.field.from(x), c.field.from(y), c.field.one}
}

// coordinates are the affine ones; ok is false at infinity.
func (c *Curve) coordinates(p *point) (x, y *big.Int, ok bool) {
	if p.z.zero() {
		return nil, nil, false
	}
	z := new(big.Int).ModInverse(c.field.number(&p.z), c.P)
	zz := new(big.Int).Mul(z, z)
	zz.Mod(zz, c.P)
	x = new(big.Int).Mul(c.field.number(&p.x), zz)
	y = new(big.Int).Mul(c.field.number(&p.y), zz.Mul(zz, z))
	return x.Mod(x, c.P), y.Mod(y, c.P), true
}

// double sets r to 2p (Jacobian coordinates, any a). r may be p.
//
//go:norace
func (c *Curve) double(r, p *point) {
	f := c.field
	var xx, yy, yyyy, zz, s, m, t element
	f.mul(&xx, &p.x, &p.x)
	f.mul(&yy, &p.y, &p.y)
	f.mul(&yyyy, &yy, &yy)
	f.mul(&zz, &p.z, &p.z)
	f.mul(&s, &p.x, &yy) // s = 4·x·y²
	f.add(&s, &s, &s)
	f.add(&s, &s, &s)
	f.mul(&t, &zz, &zz) // m = 3x² + a·z⁴
	f.mul(&t, &t, &c.a)
	f.add(&m, &xx, &xx)
	f.add(&m, &m, &xx)
	f.add(&m, &m, &t)
	f.mul(&r.z, &p.y, &p.z)
	f.add(&r.z, &r.z, &r.z)
	f.mul(&t, &m, &m)
	f.sub(&t, &t, &s)
	f.sub(&t, &t, &s)
	r.x = t
	f.sub(&s, &s, &t)
	f.mul(&s, &s, &m)
	for range 3 {
		f.add(&yyyy, &yyyy, &yyyy)
	}
	f.sub(&r.y, &s, &yyyy)
}

// add sets r to p + q, whatever they are. r may be p or q.
//
//go:norace
func (c *Curve) add(r, p, q *point) {
	switch {
	case p.z.zero():
		*r = *q
		return
	case q.z.zero():
		*r = *p
		return
	}
	f := c.field
	var pzz, qzz, u, h, s, d, v, hh, hhh, z element
	f.mul(&pzz, &p.z, &p.z)
	f.mul(&qzz, &q.z, &q.z)
	f.mul(&u, &p.x, &qzz)
	f.mul(&h, &q.x, &pzz)
	f.sub(&h, &h, &u)
	f.mul(&s, &p.y, &qzz)
	f.mul(&s, &s, &q.z)
	f.mul(&d, &q.y, &pzz)
	f.mul(&d, &d, &p.z)
	f.sub(&d, &d, &s)
	if h.zero() {
		if d.zero() {
			c.double(r, p)
			return
		}
		*r = point{}
		return
	}
	f.mul(&z, &p.z, &q.z)
	f.mul(&r.z, &z, &h)
	f.mul(&hh, &h, &h)
	f.mul(&hhh, &hh, &h)
	f.mul(&v, &u, &hh)
	f.mul(&r.x, &d, &d)
	f.sub(&r.x, &r.x, &hhh)
	f.sub(&r.x, &r.x, &v)
	f.sub(&r.x, &r.x, &v)
	f.sub(&v, &v, &r.x)
	f.mul(&v, &v, &d)
	f.mul(&s, &s, &hhh)
	f.sub(&r.y, &v, &s)
}

// multiples are p, 3p, 5p and so on, as many as a window needs.
func (c *Curve) multiples(p *point) []point {
	var twice point
	c.double(&twice, p)
	list := make([]point, 1<<(width-2))
	list[0] = *p
	for i := 1; i < len(list); i++ {
		c.add(&list[i], &list[i-1], &twice)
	}
	return list
}

// windows writes a factor as digits that are zero or odd and less than 2^(width-1), few of them not zero;
// the least significant first.
func windows(k *big.Int) []int8 {
	k = new(big.Int).Set(k)
	digits := make([]int8, 0, k.BitLen()+1)
	for k.Sign() > 0 {
		digit := 0
		if k.Bit(0) == 1 {
			digit = int(k.Bits()[0] & (1<<width - 1))
			if digit >= 1<<(width-1) {
				digit -= 1 << width
			}
			k.Sub(k, big.NewInt(int64(digit)))
		}
		digits = append(digits, int8(digit))
		k.Rsh(k, 1)
	}
	return digits
}

// combine is m times the base point plus n times q, counted together; q and n may be nil.
func (c *Curve) combine(m *big.Int, q *point, n *big.Int) *point {
	first, second := windows(m), []int8(nil)
	var odd []point
	if q != nil {
		second, odd = windows(n), c.multiples(q)
	}
	sum := new(point)
	for i := max(len(first), len(second)) - 1; i >= 0; i-- {
		c.double(sum, sum)
		c.step(sum, c.base, first, i)
		c.step(sum, odd, second, i)
	}
	return sum
}

func (c *Curve) step(sum *point, odd []point, digits []int8, i int) {
	if i >= len(digits) || digits[i] == 0 {
		return
	}
	if digit := digits[i]; digit > 0 {
		c.add(sum, sum, &odd[digit>>1])
	} else {
		minus := odd[-digit>>1]
		c.field.sub(&minus.y, &element{}, &minus.y)
		c.add(sum, sum, &minus)
	}
}
