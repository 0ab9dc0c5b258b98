package gost

import (
	"encoding/binary"
	"hash"
	"math/bits"
)

const (
	// BlockSize is the size of the hash's blocks in bytes.
	BlockSize = 64
	// Size512 and Size256 are the sizes of the digests in bytes.
	Size512 = 64
	Size256 = 32
)

// block is a vector of 512 bits: eight words, the least significant first.
type block [8]uint64

// streebog is the state of RFC 6986, section 10: h, the counter of bits N and the sum of the blocks.
type streebog struct {
	h, n, sigma block
	rest        [BlockSize]byte
	have        int
	size        int
}

// New512 is Streebog with a digest of 64 bytes.
func New512() hash.Hash { return newStreebog(Size512) }

// New256 is Streebog with a digest of 32 bytes.
func New256() hash.Hash { return newStreebog(Size256) }

// Sum512 is the digest of data.
func Sum512(data []byte) []byte {
	h := newStreebog(Size512)
	h.Write(data)
	return h.Sum(nil)
}

func newStreebog(size int) *streebog {
	s := &streebog{size: size}
	s.Reset()
	return s
}

func (s *streebog) Size() int      { return s.size }
func (s *streebog) BlockSize() int { return BlockSize }

func (s *streebog) Reset() {
	*s = streebog{size: s.size}
	if s.size == Size256 {
		for i := range s.h {
			s.h[i] = 0x0101010101010101
		}
	}
}

func (s *streebog) Write(p []byte) (int, error) {
	written := len(p)
	if s.have > 0 {
		n := copy(s.rest[s.have:], p)
		s.have, p = s.have+n, p[n:]
		if s.have < BlockSize {
			return written, nil
		}
		s.take(s.rest[:], 8*BlockSize)
		s.have = 0
	}
	for len(p) >= BlockSize {
		s.take(p[:BlockSize], 8*BlockSize)
		p = p[BlockSize:]
	}
	s.have = copy(s.rest[:], p)
	return written, nil
}

// take works a block in, of which so many bits are the message's.
func (s *streebog) take(data []byte, length uint64) {
	m := load(data)
	compress(&s.h, &s.n, &m)
	s.n.add(&block{length})
	s.sigma.add(&m)
}

// Sum appends the digest of what has been written; more may be written afterwards.
func (s *streebog) Sum(in []byte) []byte {
	end := *s
	var last [BlockSize]byte
	copy(last[:], end.rest[:end.have])
	last[end.have] = 1
	end.take(last[:], uint64(8*end.have))
	var zero block
	compress(&end.h, &zero, &end.n)
	compress(&end.h, &zero, &end.sigma)
	var out [BlockSize]byte
	for i, w := range end.h {
		binary.LittleEndian.PutUint64(out[8*i:], w)
	}
	return append(in, out[BlockSize-s.size:]...)
}

//go:norace
func load(data []byte) (b block) {
	for i := range b {
		b[i] = binary.LittleEndian.Uint64(data[8*i:])
	}
	return b
}

// add is addition modulo 2^512.
//
//go:norace
func (b *block) add(x *block) {
	var carry uint64
	for i := range b {
		b[i], carry = bits.Add64(b[i], x[i], carry)
	}
}

// compress is the function g of RFC 6986, section 8: h becomes g(n, h, m).
//
//go:norace
func compress(h, n, m *block) {
	var key, state block
	lps(&key, h, n)
	state = *m
	for i := range constants {
		lps(&state, &state, &key)
		lps(&key, &key, &constants[i])
	}
	for i := range h {
		h[i] ^= state[i] ^ key[i] ^ m[i]
	}
}

// lps is the exclusive or of two vectors after the substitution S, the transposition P and the linear L.
//
//go:norace
func lps(out, a, b *block) {
	var x block
	for i := range x {
		x[i] = a[i] ^ b[i]
	}
	for i := range out {
		shift := uint(8 * i)
		out[i] = mixed[0][byte(x[0]>>shift)] ^ mixed[1][byte(x[1]>>shift)] ^
			mixed[2][byte(x[2]>>shift)] ^ mixed[3][byte(x[3]>>shift)] ^
			mixed[4][byte(x[4]>>shift)] ^ mixed[5][byte(x[5]>>shift)] ^
			mixed[6][byte(x[6]>>shift)] ^ mixed[7][byte(x[7]>>shift)]
	}
}

// mixed holds S and L together: what the byte of the word j contributes to a word of the result.
var mixed = func() (t [8][256]uint64) {
	for j := range t {
		for b := range t[j] {
			for bit := range 8 {
				if substitution[b]>>bit&1 == 1 {
					t[j][b] ^= linear[63-8*j-bit]
				}
			}
		}
	}
	return t
}()
