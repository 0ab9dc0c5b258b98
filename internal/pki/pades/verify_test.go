package pades

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/pki"
	"kualik/internal/pki/issue"
)

func TestSignedFileIsValid(t *testing.T) {
	h := home()
	pdf := plain(t)
	out := signed(t, h.first, pdf)
	require.True(t, bytes.HasPrefix(out, pdf), "what was there stays as it is")
	r := h.verify(out)
	require.Empty(t, r.Reason)
	require.True(t, r.Valid)
	require.Len(t, r.Signatures, 1)
	s := r.Signatures[0]
	require.True(t, s.Valid && s.Whole && s.Bound)
	require.Equal(t, now, s.ClaimedAt)
	require.Equal(t, university.BIN, s.Signer.BIN)
	require.Equal(t, "trusted", s.Signer.Chain)
	require.Equal(t, out, signed(t, h.first, pdf), "the same file gives the same bytes")
}

// Wherever one bit of a sealed file is another, the file is not valid: in what is signed, in the message, and in
// those of its parts that no signature protects.
func TestEveryChangedByteIsSeen(t *testing.T) {
	h := home()
	out := signed(t, h.first, plain(t))
	for i := range out {
		out[i] ^= 1 << (i * 5 % 8)
		if r := h.verify(out); r.Valid {
			t.Errorf("byte %d changed to %q: still valid", i, out[i])
		}
		out[i] ^= 1 << (i * 5 % 8)
	}
}

func TestWhatComesAfterTheSignature(t *testing.T) {
	h := home()
	once := signed(t, h.first, plain(t))
	for _, more := range []string{"\n", " ", "%%EOF", "\n% a remark\n"} {
		r := h.verify(append(bytes.Clone(once), more...))
		require.Equal(t, Appended, r.Reason, more)
		require.Equal(t, len(more), r.Appended)
		require.True(t, r.Signatures[0].Valid && !r.Signatures[0].Whole)
	}
	r := h.verify(once[:len(once)-1])
	require.Equal(t, BadRange, r.Reason, "cut")

	f, err := open(once)
	require.NoError(t, err)
	u, err := f.newUpdate()
	require.NoError(t, err)
	u.put(ref{4, 0}, dict{"Length": int64(0)}) // another page
	r = h.verify(u.end())
	require.Equal(t, Appended, r.Reason)
	require.True(t, r.Signatures[0].Valid)
}

func TestSeveralSignatures(t *testing.T) {
	h := home()
	once := signed(t, h.first, plain(t))
	twice, err := h.second.Sign(once, now.Add(time.Hour))
	require.NoError(t, err)
	r := h.verify(twice)
	require.True(t, r.Valid, r.Reason)
	require.Len(t, r.Signatures, 2)
	require.Equal(t, len(once), r.Signatures[0].Covered)
	require.False(t, r.Signatures[0].Whole)
	require.True(t, r.Signatures[1].Whole)
	require.Equal(t, []string{"990240000016", "990240000027"}, []string{r.Signatures[0].Signer.BIN, r.Signatures[1].Signer.BIN})
	require.Equal(t, []string{"Signature1", "Signature2"}, []string{r.Signatures[0].Field, r.Signatures[1].Field})

	changed := bytes.Clone(twice)
	changed[len(once)-8]++ // in the first revision
	r = h.verify(changed)
	require.False(t, r.Valid)
	changed = bytes.Clone(twice)
	i := bytes.LastIndex(changed, []byte("/Name <")) // of the second
	changed[i+20]++
	r = h.verify(changed)
	require.False(t, r.Valid)
	require.True(t, r.Signatures[0].Valid)
	require.Equal(t, pki.DigestMismatch, r.Signatures[1].Reason)
}

// A signature may leave nothing out but itself.
func TestRangesThatLeaveSomethingOut(t *testing.T) {
	h := home()
	good := signed(t, h.first, plain(t))
	r := h.verify(good)
	from := bytes.Index(good, []byte("/Contents <")) + len("/Contents ")
	to := from + bytes.IndexByte(good[from:], '>') + 1
	for what, c := range map[string]struct{ numbers, detail string }{
		"from later on":         {fmt.Sprintf("1 %d %d %d", from-1, to, len(good)-to), RangeOrder},
		"more than the message": {fmt.Sprintf("0 %d %d %d", from-10, to, len(good)-to), RangeGap},
		"behind the message":    {fmt.Sprintf("0 %d %d %d", from, to+10, len(good)-to-10), RangeGap},
		"nothing before":        {fmt.Sprintf("0 0 %d %d", to, len(good)-to), RangeGap},
		"beyond the end":        {fmt.Sprintf("0 %d %d %d", from, to, len(good)), RangeBeyond},
		"far beyond the end":    {fmt.Sprintf("0 %d %d %d", from, to, 9*len(good)), RangeBeyond},
		"not to the end":        {fmt.Sprintf("0 %d %d %d", from, to, len(good)-to-50), RangeNotWhole},
		"negative":              {fmt.Sprintf("0 %d %d -1", from, to), RangeOrder},
		"three numbers":         {fmt.Sprintf("0 %d %d", from, to), RangeMissing},
		"no numbers":            {fmt.Sprintf("0 %d /A 1", from), RangeMissing},
		"back to front":         {fmt.Sprintf("0 %d %d %d", to, from, 10), RangeOrder},
	} {
		bad := bytes.Clone(good)
		i := bytes.Index(bad, []byte("/ByteRange ["))
		end := i + bytes.IndexByte(bad[i:], ']')
		copy(bad[i+len("/ByteRange ["):end], c.numbers+strings.Repeat(" ", 60))
		r = h.verify(bad)
		require.False(t, r.Valid, what)
		require.Equal(t, BadRange, r.Reason, what)
		require.Equal(t, c.detail, r.Signatures[0].Detail, what)
	}
}

func TestWhoIsTrusted(t *testing.T) {
	h := home()
	out := signed(t, h.first, plain(t))
	for what, o := range map[string]pki.Options{pki.Untrusted: {At: now}, pki.Expired: {At: now.AddDate(2, 0, 0), Trust: pki.NewTrust(h.root.Certificate)},
		pki.NotYetValid: {At: now.AddDate(0, 0, -1), Trust: pki.NewTrust(h.ca.Certificate)}} {
		r := Verify(out, o)
		require.False(t, r.Valid)
		require.Equal(t, what, r.Reason)
		require.Equal(t, university.Organisation, r.Signatures[0].Signer.Organisation)
	}
}

func TestWhatIsNotSigned(t *testing.T) {
	h := home()
	require.Equal(t, NoSignature, h.verify(plain(t)).Reason)
	for _, junk := range [][]byte{nil, []byte("%PDF-1.7"), []byte("hello"), bytes.Repeat([]byte("%PDF-1.7 startxref 0 "), 100), []byte("%PDF-1.7\nstartxref\n9\n%%EOF")} {
		require.Equal(t, NotPDF, h.verify(junk).Reason, "%q", junk)
	}
	_, err := h.first.Sign([]byte("%PDF-1.7"), now)
	require.ErrorIs(t, err, ErrMalformed)
}

// A file whose cross-reference is a stream, with its objects in streams, is signed in the same form.
func TestCrossReferenceInAStream(t *testing.T) {
	h := home()
	pdf, err := os.ReadFile("testdata/streams.pdf")
	require.NoError(t, err)
	once := signed(t, h.first, pdf)
	require.NotContains(t, string(once[len(pdf):]), "trailer")
	r := h.verify(once)
	require.True(t, r.Valid, r.Reason)
	twice := signed(t, h.second, once)
	r = h.verify(twice)
	require.True(t, r.Valid, r.Reason)
	require.Len(t, r.Signatures, 2)
	for i := len(pdf); i < len(once); i += 7 {
		once[i] ^= 4
		require.False(t, h.verify(once).Valid, "byte %d", i)
		once[i] ^= 4
	}
}

// Another signer's message put into the place of ours, however it is made, does not make the file his.
func TestOtherMessages(t *testing.T) {
	h := home()
	good := signed(t, h.first, plain(t))
	from := bytes.Index(good, []byte("/Contents <")) + len("/Contents ")
	to := from + bytes.IndexByte(good[from:], '>') + 1
	content := append(bytes.Clone(good[:from]), good[to:]...)
	put := func(cms []byte) Result {
		out := bytes.Clone(good)
		hexed := fmt.Sprintf("%x", cms)
		require.LessOrEqual(t, len(hexed), to-from-2)
		copy(out[from+1:to-1], hexed+strings.Repeat("0", to-from-2-len(hexed)))
		return h.verify(out)
	}
	cms, err := h.identity.SignCMS(content, true, now, issue.WithCertificates(h.ca.Certificate)) // a good signature that does not name its certificate
	require.NoError(t, err)
	r := put(cms)
	require.Equal(t, pki.Malformed, r.Reason)
	require.False(t, r.Signatures[0].Bound)
	cms, err = h.identity.SignCMS([]byte("another file"), true, now)
	require.NoError(t, err)
	require.Equal(t, pki.DigestMismatch, put(cms).Reason)
	require.Equal(t, pki.Malformed, put([]byte{0x30, 0x03, 2, 1}).Reason)
	require.Equal(t, pki.Malformed, put(append(bytes.Clone(cms), 1)).Reason, "something behind the message")
}
