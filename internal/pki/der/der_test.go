package der

import (
	"encoding/hex"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func octets(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "020100", 1: "020101", 127: "02017f", 128: "02020080", 255: "020200ff", 256: "02020100",
		-1: "0201ff", -128: "020180", -129: "0202ff7f", -32768: "02028000"} {
		got := Integer(big.NewInt(n))
		require.Equal(t, want, hex.EncodeToString(got), "%d", n)
		e, err := ReadOnly(got)
		require.NoError(t, err)
		back, err := e.Integer()
		require.NoError(t, err)
		require.Equal(t, n, back.Int64())
	}
	for _, bad := range []string{"0200", "030101", "0241" + hex.EncodeToString(make([]byte, 65))} {
		e, err := ReadOnly(octets(t, bad))
		require.NoError(t, err)
		_, err = e.Integer()
		require.ErrorIs(t, err, ErrMalformed, bad)
	}
}

func TestLengths(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 20} {
		raw := Octets(make([]byte, n))
		e, rest, err := Read(append(raw, 7))
		require.NoError(t, err)
		require.Len(t, e.Body, n)
		require.Equal(t, raw, e.Raw)
		require.Equal(t, []byte{7}, rest)
	}
}

func TestMoments(t *testing.T) {
	for text, want := range map[string]string{
		"1949-12-31T23:59:59Z":      "180f31393439313233313233353935395a",
		"1950-01-01T00:00:00Z":      "170d3530303130313030303030305a",
		"2049-12-31T23:59:59Z":      "170d3439313233313233353935395a",
		"2050-01-01T00:00:00Z":      "180f32303530303130313030303030305a",
		"2026-03-02T15:00:00+05:00": "170d3236303330323130303030305a",
	} {
		at, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		raw := Moment(at)
		require.Equal(t, want, hex.EncodeToString(raw), text)
		e, err := ReadOnly(raw)
		require.NoError(t, err)
		back, err := e.Time()
		require.NoError(t, err)
		require.True(t, at.Equal(back), text)
	}
	for _, bad := range []string{"1700", "170b323630333032313030305a", "04023131"} {
		e, err := ReadOnly(octets(t, bad))
		require.NoError(t, err)
		_, err = e.Time()
		require.ErrorIs(t, err, ErrMalformed, bad)
	}
}

func TestIdentifiers(t *testing.T) {
	for _, text := range []string{"1.2.398.3.10.1.1.2.3.2", "2.5.4.3", "2.25.329800735698586629295641978511506172918"} {
		e, err := ReadOnly(OID(text))
		require.NoError(t, err)
		back, err := e.OID()
		require.NoError(t, err)
		require.Equal(t, text, back)
	}
	for _, bad := range []string{"0600", "060180", "0401aa", "06028001"} {
		e, err := ReadOnly(octets(t, bad))
		require.NoError(t, err)
		_, err = e.OID()
		require.ErrorIs(t, err, ErrMalformed, bad)
	}
	require.Panics(t, func() { OID("hello") })
}

func TestBERIsWrittenAgainAsDER(t *testing.T) {
	for ber, want := range map[string]string{
		"30800000":                          "3000",
		"3080040161040162" + "0000":         "3006040161040162",
		"2480040161040162" + "0000":         "04026162", // an octet string in pieces
		"24802480040161000004016200" + "00": "04026162", // pieces of pieces
		"30810204" + "00":                   "30020400", // a longer length than needed
		"2c0604016104" + "0162":             "0c026162", // a text in pieces
		"a080" + "040161" + "0000":          "a003040161",
		"3100":                              "3100",
	} {
		e, err := ReadOnly(octets(t, ber))
		require.NoError(t, err, ber)
		got, err := e.DER()
		require.NoError(t, err, ber)
		require.Equal(t, want, hex.EncodeToString(got), ber)
	}
	for _, bad := range []string{"238003020001" + "0000", "2480" + "020101" + "0000"} {
		e, err := ReadOnly(octets(t, bad))
		require.NoError(t, err)
		_, err = e.DER()
		require.ErrorIs(t, err, ErrMalformed, bad)
	}
}

func TestMalformed(t *testing.T) {
	for _, bad := range []string{"", "30", "3001", "3080", "308000", "04800000", "1f0100", "30850000000001", "3082ffff", "30ff" + "00", "300000"} {
		_, err := ReadOnly(octets(t, bad))
		require.ErrorIs(t, err, ErrMalformed, bad)
	}
	e, err := ReadOnly(octets(t, "0401aa"))
	require.NoError(t, err)
	_, err = e.Children()
	require.ErrorIs(t, err, ErrMalformed)
	_, err = e.Only()
	require.ErrorIs(t, err, ErrMalformed)
}

func TestSetsAreSorted(t *testing.T) {
	require.Equal(t, "3109020101020102020103", hex.EncodeToString(Set(Small(3), Small(1), Small(2))))
	require.Equal(t, "30800201010000", hex.EncodeToString(Indefinite(SequenceTag, Small(1))))
}
