// Package gost is the cryptography of Kazakhstan's national certificates: the hash Streebog (ST RK
// GOST R 34.11-2015, RFC 6986) and signatures on an elliptic curve of 512 bits (ST RK GOST R 34.10-2015,
// the same as GOST R 34.10-2012, RFC 7091) with the encodings of the NCA: little-endian throughout.
//
// It stands below pki and knows nothing of certificates or messages, and does no input or output.
//
// Verification works on public data and takes the time that it takes. So does signing, which serves
// simulators and tests: the time of Sign depends on the key, and nobody's real key belongs here.
//
// The arithmetic shares nothing between goroutines: what is marked norace is left out of the race detector,
// under which it takes ten times as long.
package gost
