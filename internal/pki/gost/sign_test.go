package gost

import (
	"bytes"
	"encoding/pem"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func number(t *testing.T, s string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(s, 16)
	require.True(t, ok)
	return n
}

// The examples of RFC 7091, sections 7.1 and 7.2.
var curveExamples = []map[string]string{
	{
		"p": "8000000000000000000000000000000000000000000000000000000000000431",
		"a": "7",
		"b": "5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E",
		"q": "8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3",
		"x": "2",
		"y": "8E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8",
		"d": "7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28",
		"X": "7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B",
		"Y": "26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA",
		"e": "2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5",
		"k": "77105C9B20BCD3122823C8CF6FCC7B956DE33814E95B7FE64FED924594DCEAB3",
		"r": "41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493",
		"s": "1456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40",
	},
	{
		"p": "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15DF1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373",
		"a": "7",
		"b": "1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC4361834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC",
		"q": "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15DA82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF",
		"x": "24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A",
		"y": "2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E",
		"d": "0BA6048AADAE241BA40936D47756D7C93091A0E8514669700EE7508E508B102072E8123B2200A0563322DAD2827E2714A2636B7BFD18AADFC62967821FA18DD4",
		"X": "115DC5BC96760C7B48598D8AB9E740D4C4A85A65BE33C1815B5C320C854621DD5A515856D13314AF69BC5B924C8B4DDFF75C45415C1D9DD9DD33612CD530EFE1",
		"Y": "37C7C90CD40B0F5621DC3AC1B751CFA0E2634FA0503B3D52639F5D7FB72AFD61EA199441D943FFE7F0C70A2759A3CDB84C114E1F9339FDF27F35ECA93677BEEC",
		"e": "3754F3CFACC9E0615C4F4A7C4D8DAB531B09B6F9C170C533A71D147035B0C5917184EE536593F4414339976C647C5D5A407ADEDB1D560C4FC6777D2972075B8C",
		"k": "0359E7F4B1410FEACC570456C6801496946312120B39D019D455986E364F365886748ED7A44B3E794434006011842286212273A6D14CF70EA3AF71BB1AE679F1",
		"r": "2F86FA60A081091A23DD795E1E3C689EE512A3C82EE0DCC2643C78EEA8FCACD35492558486B20F1C9EC197C90699850260C93BCBCD9C5C3317E19344E173AE36",
		"s": "1081B394696FFE8E6585E7A9362D26B6325F56778AADBC081C0BFBE933D52FF5823CE288E8C4F362526080DF7F70CE406A6EEB1F56919CB92A9853BDE73E5B4A",
	},
}

func TestSignatureExamplesOfTheStandard(t *testing.T) {
	for _, e := range curveExamples {
		n := func(name string) *big.Int { return number(t, e[name]) }
		c, err := NewCurve(Params{P: n("p"), A: n("a"), B: n("b"), Q: n("q"), X: n("x"), Y: n("y")})
		require.NoError(t, err)
		k := newPrivateKey(c, n("d"))
		require.Equal(t, n("X"), k.X)
		require.Equal(t, n("Y"), k.Y)
		r, s, ok := k.sign(n("e"), n("k"))
		require.True(t, ok)
		require.Equal(t, n("r"), r)
		require.Equal(t, n("s"), s)
		require.True(t, k.verify(n("e"), r, s))
		require.False(t, k.verify(n("e"), s, r))
		require.False(t, k.verify(new(big.Int).Add(n("e"), big.NewInt(1)), r, s))
	}
}

func TestOrderOfTheCurve(t *testing.T) {
	c := TC26ParamSetA()
	require.True(t, c.P.ProbablyPrime(20))
	require.True(t, c.Q.ProbablyPrime(20))
	_, _, ok := c.coordinates(c.combine(c.Q, nil, nil))
	require.False(t, ok, "Q times the base point is infinity")
	last := newPrivateKey(c, new(big.Int).Sub(c.Q, big.NewInt(1)))
	require.Equal(t, c.X, last.X)
	require.Equal(t, new(big.Int).Sub(c.P, c.Y), last.Y)
	// a factor that makes both terms of the sum the same point, and opposite points
	base := c.affine(c.X, c.Y)
	x, y, ok := c.coordinates(c.combine(big.NewInt(1), base, big.NewInt(1)))
	require.True(t, ok)
	twice := newPrivateKey(c, big.NewInt(2))
	require.Equal(t, []*big.Int{twice.X, twice.Y}, []*big.Int{x, y})
	_, _, ok = c.coordinates(c.combine(big.NewInt(1), base, new(big.Int).Sub(c.Q, big.NewInt(1))))
	require.False(t, ok)
}

func TestFieldAgreesWithBigNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range []*big.Int{TC26ParamSetA().P, number(t, curveExamples[0]["p"]), number(t, curveExamples[1]["p"]), big.NewInt(257)} {
		f := newField(p)
		edge := []*big.Int{big.NewInt(0), big.NewInt(1), new(big.Int).Sub(p, big.NewInt(1)), new(big.Int).Rsh(p, 1)}
		for range 200 {
			var b [64]byte
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			n := new(big.Int).SetBytes(b[:])
			edge = append(edge, n.Mod(n, p))
		}
		for i, x := range edge {
			y := edge[(7*i+1)%len(edge)]
			a, b := f.from(x), f.from(y)
			var z element
			f.mul(&z, &a, &b)
			require.Zero(t, f.number(&z).Cmp(mod(new(big.Int).Mul(x, y), p)))
			f.add(&z, &a, &b)
			require.Zero(t, f.number(&z).Cmp(mod(new(big.Int).Add(x, y), p)))
			f.sub(&z, &a, &b)
			require.Zero(t, f.number(&z).Cmp(mod(new(big.Int).Sub(x, y), p)))
		}
	}
}

func mod(x, p *big.Int) *big.Int { return x.Mod(x, p) }

func TestSignAndVerify(t *testing.T) {
	source := rand.NewChaCha8([32]byte{7})
	k, err := GenerateKey(TC26ParamSetA(), source)
	require.NoError(t, err)
	digest := Sum512([]byte("Каталог"))
	for range 5 {
		sig, err := k.Sign(source, digest)
		require.NoError(t, err)
		require.True(t, k.Verify(digest, sig))
		for _, i := range []int{0, 63, 64, 127} {
			bad := slices.Clone(sig)
			bad[i] ^= 1
			require.False(t, k.Verify(digest, bad))
		}
		require.False(t, k.Verify(Sum512([]byte("Каталог ")), sig))
		require.False(t, k.Verify(digest, sig[:127]))
		require.False(t, k.Verify(digest, append(slices.Clone(sig), 0)))
		require.False(t, k.Verify(nil, sig))
	}
	first, err := k.Sign(nil, digest)
	require.NoError(t, err)
	second, err := k.Sign(nil, digest)
	require.NoError(t, err)
	require.Equal(t, first, second)
	again, err := ParsePrivateKey(k.Curve, k.Marshal())
	require.NoError(t, err)
	require.Equal(t, k, again)
}

func TestNumbersOutOfRangeAreRefused(t *testing.T) {
	c := TC26ParamSetA()
	k := newPrivateKey(c, big.NewInt(12345))
	digest := Sum512(nil)
	sig, err := k.Sign(nil, digest)
	require.NoError(t, err)
	r, s := little(sig[:64]), little(sig[64:])
	zero := new(big.Int)
	for _, bad := range [][2]*big.Int{{zero, s}, {r, zero}, {zero, zero}, {c.Q, s}, {r, c.Q}, {new(big.Int).Sub(c.P, big.NewInt(1)), s}} {
		require.False(t, k.Verify(digest, append(littleOctets(bad[0], 64), littleOctets(bad[1], 64)...)))
	}
	good := k.PublicKey.Marshal()
	for name, raw := range map[string][]byte{
		"short":        good[:127],
		"off":          append(slices.Clone(good[:127]), good[127]^1),
		"zeros":        make([]byte, 128),
		"x beyond p":   append(littleOctets(new(big.Int).Add(c.P, big.NewInt(3)), 64), littleOctets(c.Y, 64)...),
		"not reversed": append(c.X.FillBytes(make([]byte, 64)), c.Y.FillBytes(make([]byte, 64))...),
	} {
		_, err := ParsePublicKey(c, raw)
		require.Error(t, err, name)
	}
	require.False(t, (&PublicKey{c, big.NewInt(5), big.NewInt(5)}).Verify(digest, sig))
	_, err = ParsePrivateKey(c, littleOctets(c.Q, 64))
	require.Error(t, err)
	_, err = GenerateKey(c, bytes.NewReader(make([]byte, 100)))
	require.Error(t, err)
}

// OpenSSL signs with the same curve in the Russian form: s and r, each big-endian, which is the NCA's form
// with all its octets reversed. Its private key in PEM has the secret number little-endian, as ours.
func TestSignaturesOfOpenSSL(t *testing.T) {
	openssl := engine(t)
	dir := t.TempDir()
	keyFile, dataFile := filepath.Join(dir, "key.pem"), filepath.Join(dir, "data")
	run := func(args ...string) []byte {
		cmd := exec.Command(openssl, args...)
		out, err := cmd.Output()
		require.NoError(t, err, "%v", args)
		return out
	}
	for i := range 4 {
		run("genpkey", "-engine", "gost", "-algorithm", "gost2012_512", "-pkeyopt", "paramset:A", "-out", keyFile)
		data := bytes.Repeat([]byte{byte(i), 0xff}, 100*i)
		require.NoError(t, os.WriteFile(dataFile, data, 0o600))
		der := run("pkey", "-engine", "gost", "-in", keyFile, "-pubout", "-outform", "DER")
		public, err := ParsePublicKey(TC26ParamSetA(), der[len(der)-128:])
		require.NoError(t, err)
		theirs := run("dgst", "-engine", "gost", "-md_gost12_512", "-sign", keyFile, dataFile)
		slices.Reverse(theirs)
		require.True(t, public.Verify(Sum512(data), theirs))

		text, err := os.ReadFile(keyFile)
		require.NoError(t, err)
		block, _ := pem.Decode(text)
		private, err := ParsePrivateKey(TC26ParamSetA(), block.Bytes[len(block.Bytes)-64:])
		require.NoError(t, err)
		require.Equal(t, public.X, private.X)
		ours, err := private.Sign(nil, Sum512(data))
		require.NoError(t, err)
		slices.Reverse(ours)
		sigFile := filepath.Join(dir, "sig")
		require.NoError(t, os.WriteFile(sigFile, ours, 0o600))
		run("dgst", "-engine", "gost", "-md_gost12_512", "-prverify", keyFile, "-signature", sigFile, dataFile)
	}
}

func BenchmarkVerify(b *testing.B) {
	k := newPrivateKey(TC26ParamSetA(), big.NewInt(987654321))
	digest := Sum512([]byte("x"))
	sig, err := k.Sign(nil, digest)
	require.NoError(b, err)
	for b.Loop() {
		k.Verify(digest, sig)
	}
}

func TestADigestOfZeroIsOne(t *testing.T) {
	c := TC26ParamSetA()
	for _, digest := range [][]byte{make([]byte, 64), littleOctets(c.Q, 64)} {
		require.Equal(t, big.NewInt(1), c.reduce(digest))
		k := newPrivateKey(c, big.NewInt(77))
		sig, err := k.Sign(nil, digest)
		require.NoError(t, err)
		require.True(t, k.Verify(littleOctets(big.NewInt(1), 64), sig))
	}
}
