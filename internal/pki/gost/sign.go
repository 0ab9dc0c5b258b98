package gost

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
)

// PublicKey is a point of the curve.
type PublicKey struct {
	Curve *Curve
	X, Y  *big.Int
}

// PrivateKey is a number from 1 to Q-1 and the point that it gives.
type PrivateKey struct {
	PublicKey
	D *big.Int
}

// size is the number of octets of a coordinate or of a half of a signature.
func (c *Curve) size() int { return (c.P.BitLen() + 7) / 8 }

// ParsePublicKey reads a key as the NCA writes it: X and Y, each little-endian. It refuses what is not a
// point of the curve.
func ParsePublicKey(c *Curve, raw []byte) (*PublicKey, error) {
	n := c.size()
	if len(raw) != 2*n {
		return nil, fmt.Errorf("gost: a public key of %d octets, not %d", len(raw), 2*n)
	}
	k := &PublicKey{Curve: c, X: little(raw[:n]), Y: little(raw[n:])}
	if !c.contains(k.X, k.Y) {
		return nil, errors.New("gost: the public key is not on the curve")
	}
	return k, nil
}

// Marshal writes the key as ParsePublicKey reads it.
func (k *PublicKey) Marshal() []byte {
	return append(littleOctets(k.X, k.Curve.size()), littleOctets(k.Y, k.Curve.size())...)
}

// Verify checks a signature in the NCA's form, r and s, each little-endian, of a Streebog digest.
func (k *PublicKey) Verify(digest, signature []byte) bool {
	n := k.Curve.size()
	if len(signature) != 2*n || len(digest) == 0 || !k.Curve.contains(k.X, k.Y) {
		return false
	}
	return k.verify(k.Curve.reduce(digest), little(signature[:n]), little(signature[n:]))
}

// verify is RFC 7091, section 6.2, from step 3.
func (k *PublicKey) verify(e, r, s *big.Int) bool {
	c := k.Curve
	for _, v := range []*big.Int{r, s} {
		if v.Sign() <= 0 || v.Cmp(c.Q) >= 0 {
			return false
		}
	}
	v := new(big.Int).ModInverse(e, c.Q)
	if v == nil {
		return false
	}
	z1 := new(big.Int).Mul(s, v)
	z1.Mod(z1, c.Q)
	z2 := new(big.Int).Mul(r, v)
	z2.Neg(z2).Mod(z2, c.Q)
	x, _, ok := c.coordinates(c.combine(z1, c.affine(k.X, k.Y), z2))
	return ok && x.Mod(x, c.Q).Cmp(r) == 0
}

// GenerateKey makes a key from the given randomness.
func GenerateKey(c *Curve, rand io.Reader) (*PrivateKey, error) {
	octets := make([]byte, (c.Q.BitLen()+7)/8)
	for range 1000 {
		if _, err := io.ReadFull(rand, octets); err != nil {
			return nil, fmt.Errorf("gost: making a key: %w", err)
		}
		octets[0] &= 0xff >> (8*len(octets) - c.Q.BitLen())
		if d := new(big.Int).SetBytes(octets); d.Sign() > 0 && d.Cmp(c.Q) < 0 {
			return newPrivateKey(c, d), nil
		}
	}
	return nil, errors.New("gost: making a key: the randomness is none")
}

func newPrivateKey(c *Curve, d *big.Int) *PrivateKey {
	x, y, _ := c.coordinates(c.combine(d, nil, nil))
	return &PrivateKey{PublicKey{c, x, y}, d}
}

// ParsePrivateKey reads what Marshal of a private key writes.
func ParsePrivateKey(c *Curve, raw []byte) (*PrivateKey, error) {
	d := little(raw)
	if len(raw) != c.size() || d.Sign() == 0 || d.Cmp(c.Q) >= 0 {
		return nil, errors.New("gost: not a private key of this curve")
	}
	return newPrivateKey(c, d), nil
}

// Marshal writes the secret number, little-endian.
func (k *PrivateKey) Marshal() []byte { return littleOctets(k.D, k.Curve.size()) }

// Sign signs a Streebog digest; the result is in the NCA's form. The number that must never repeat comes
// from the key, the digest and 64 octets of rand, in the way of RFC 6979, section 3.6, with Streebog: weak
// randomness does not give the key away, and without any (nil) the same digest has the same signature.
func (k *PrivateKey) Sign(rand io.Reader, digest []byte) ([]byte, error) {
	var extra []byte
	if rand != nil {
		extra = make([]byte, Size512)
		if _, err := io.ReadFull(rand, extra); err != nil {
			return nil, fmt.Errorf("gost: signing: %w", err)
		}
	}
	e := k.Curve.reduce(digest)
	next := k.nonces(digest, extra)
	for {
		if r, s, ok := k.sign(e, next()); ok {
			n := k.Curve.size()
			return append(littleOctets(r, n), littleOctets(s, n)...), nil
		}
	}
}

// sign is RFC 7091, section 6.1, from step 3; ok is false when another number n must be tried.
func (k *PrivateKey) sign(e, n *big.Int) (r, s *big.Int, ok bool) {
	c := k.Curve
	x, _, ok := c.coordinates(c.combine(n, nil, nil))
	if !ok {
		return nil, nil, false
	}
	r = x.Mod(x, c.Q)
	s = new(big.Int).Mul(r, k.D)
	s.Add(s, new(big.Int).Mul(n, e)).Mod(s, c.Q)
	return r, s, r.Sign() > 0 && s.Sign() > 0
}

// nonces are the candidates of RFC 6979, section 3.2, with HMAC of Streebog-512.
func (k *PrivateKey) nonces(digest, extra []byte) func() *big.Int {
	v, key := slices.Repeat([]byte{1}, Size512), make([]byte, Size512)
	mac := func(parts ...[]byte) []byte {
		h := hmac.New(New512, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	for _, mark := range []byte{0, 1} {
		key = mac(v, []byte{mark}, k.Marshal(), digest, extra)
		v = mac(v)
	}
	length := k.Curve.Q.BitLen()
	return func() *big.Int {
		for {
			v = mac(v)
			n := new(big.Int).SetBytes(v)
			n.Rsh(n, uint(8*Size512-length))
			key = mac(v, []byte{0})
			v = mac(v)
			if n.Sign() > 0 && n.Cmp(k.Curve.Q) < 0 {
				return n
			}
		}
	}
}

// reduce is a digest as the number that is signed: little-endian, modulo Q, and 1 for 0 (RFC 7091, 6.1, step 2).
func (c *Curve) reduce(digest []byte) *big.Int {
	e := little(digest)
	if e.Mod(e, c.Q).Sign() == 0 {
		e.SetInt64(1)
	}
	return e
}

func little(octets []byte) *big.Int {
	b := slices.Clone(octets)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

func littleOctets(n *big.Int, size int) []byte {
	b := n.FillBytes(make([]byte, size))
	slices.Reverse(b)
	return b
}
