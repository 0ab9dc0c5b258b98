package gost

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/need"
)

// The messages and digests of RFC 6986, section 10, as octets in the order in which they are sent.
var streebogExamples = []struct{ message, sum512, sum256 string }{
	{
		hex.EncodeToString([]byte("012345678901234567890123456789012345678901234567890123456789012")),
		"1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
		"9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
	},
	{
		"d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff20f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb",
		"1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
		"9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50",
	},
}

func TestStreebogExamplesOfTheStandard(t *testing.T) {
	for _, e := range streebogExamples {
		m, err := hex.DecodeString(e.message)
		require.NoError(t, err)
		require.Equal(t, e.sum512, hex.EncodeToString(Sum512(m)))
		h := New256()
		h.Write(m)
		require.Equal(t, e.sum256, hex.EncodeToString(h.Sum(nil)))
	}
}

func TestStreebogInPieces(t *testing.T) {
	data := bytes.Repeat([]byte("Каталог, "), 50)
	whole := Sum512(data)
	for step := 1; step < 200; step += 7 {
		h := New512()
		for rest := data; len(rest) > 0; {
			n := min(step, len(rest))
			h.Write(rest[:n])
			h.Sum(nil) // a look at the digest between changes nothing
			rest = rest[n:]
		}
		require.Equal(t, whole, h.Sum(nil))
		h.Reset()
		h.Write(data)
		require.Equal(t, whole, h.Sum(nil))
	}
}

func TestStreebogAgreesWithOpenSSL(t *testing.T) {
	openssl := engine(t)
	data := make([]byte, 3*BlockSize+2)
	for i := range data {
		data[i] = byte(i*i + 255) // many bytes are ff: carries in the sum
	}
	for _, n := range []int{0, 1, 63, 64, 65, 127, 128, 129, len(data)} {
		for name, h := range map[string]func() []byte{
			"-md_gost12_512": func() []byte { return Sum512(data[:n]) },
			"-md_gost12_256": func() []byte { h := New256(); h.Write(data[:n]); return h.Sum(nil) },
		} {
			cmd := exec.Command(openssl, "dgst", "-engine", "gost", name, "-r")
			cmd.Stdin = bytes.NewReader(data[:n])
			out, err := cmd.Output()
			require.NoError(t, err)
			require.Equal(t, strings.Fields(string(out))[0], hex.EncodeToString(h()), "%s of %d bytes", name, n)
		}
	}
}

// engine is an openssl that knows GOST.
func engine(t testing.TB) string {
	t.Helper()
	openssl := need.Program(t, "openssl")
	if exec.Command(openssl, "dgst", "-engine", "gost", "-md_gost12_512", "/dev/null").Run() != nil {
		need.Program(t, "libengine-gost-openssl") // not a program: it says what is missing
	}
	return openssl
}

func BenchmarkStreebog512(b *testing.B) {
	data := make([]byte, 1<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Sum512(data)
	}
}
