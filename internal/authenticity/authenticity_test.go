package authenticity

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/doctext"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/oid"
	"kualik/internal/pki/pades"
)

func TestASealedFileIsGood(t *testing.T) {
	h := home()
	for _, pdf := range [][]byte{plain(t), streams(t)} {
		f := h.check(t, signed(t, h.seal, pdf))
		require.Empty(t, f.Problem)
		require.Len(t, f.Signatures, 1)
		s := f.Signatures[0]
		require.Equal(t, Signature{Worth: Good, Intact: true, Name: "ӘБІЛДИН САМАТ", Organisation: "«Қаратал университеті» КеАҚ", Algorithm: pki.AlgorithmRSA,
			ClaimedAt: now, Until: now.AddDate(1, 0, 0), Covered: f.Size}, s)
		n, by := f.Added()
		require.Equal(t, []int{0, 0}, []int{n, by})
	}
}

func TestAChangedFileIsBad(t *testing.T) {
	h := home()
	pdf := signed(t, h.seal, plain(t))
	pdf[bytes.Index(pdf, []byte("14321"))]++
	f := h.check(t, pdf)
	require.Equal(t, Bad, f.Signatures[0].Worth)
	require.Equal(t, pki.DigestMismatch, f.Signatures[0].Reason)
	_, by := f.Added()
	require.Negative(t, by, "what stands behind a signature that does not hold says nothing")
}

// No byte of a sealed file can be another and the signature still good, wherever it stands.
func TestNoChangedByteIsGood(t *testing.T) {
	h := home()
	pdf := signed(t, h.seal, plain(t))
	for i := 0; i < len(pdf); i += 11 {
		pdf[i] ^= 1 << (i % 8)
		for _, s := range h.check(t, pdf).Signatures {
			require.NotEqual(t, Good, s.Worth, "byte %d", i)
		}
		pdf[i] ^= 1 << (i % 8)
	}
}

func TestBytesBehindTheSignatureAreCounted(t *testing.T) {
	h := home()
	once := signed(t, h.seal, plain(t))
	f := h.check(t, append(bytes.Clone(once), "\n% more"...))
	require.Equal(t, Good, f.Signatures[0].Worth, "what was signed is still whole")
	n, by := f.Added()
	require.Equal(t, []int{7, 0}, []int{n, by})

	// What is put behind it may hide the way into the file: its beginning is whole all the same.
	for _, more := range []string{"\nstartxref\n0\n%%EOF\n", strings.Repeat("\x00", 5000), "%PDF-1.7\n%%EOF" + strings.Repeat("junk ", 1000)} {
		f = h.check(t, append(bytes.Clone(once), more...))
		require.Equal(t, Good, f.Signatures[0].Worth)
		n, _ = f.Added()
		require.Equal(t, len(more), n)
	}

	twice := signed(t, h.seal, once)
	f = h.check(t, twice)
	require.Len(t, f.Signatures, 2)
	n, by = f.Added()
	require.Equal(t, []int{0, 1}, []int{n, by}, "the last good one covers all")

	// A stranger signs over it: that hides nothing of what was added.
	over := signed(t, h.stranger, once)
	f = h.check(t, over)
	require.Equal(t, []Worth{Good, Unknown}, []Worth{f.Signatures[0].Worth, f.Signatures[1].Worth})
	n, by = f.Added()
	require.Equal(t, []int{len(over) - len(once), 0}, []int{n, by})
}

func TestWhatCannotBeToldIsUnknown(t *testing.T) {
	h := home()
	require.Equal(t, Facts{Type: pdfType, Size: len(plain(t))}, h.check(t, plain(t)), "no signature")
	sealed := signed(t, h.seal, plain(t))

	for what, c := range map[string]struct {
		pdf            []byte
		reason, detail string
		intact         bool
	}{
		"a root that is not known here": {signed(t, h.stranger, plain(t)), pki.Untrusted, "", true},
		"no certificate":                {foreign(t, sealed, h.identity, issue.WithoutCertificates()), NoCertificate, "", false},
		"an algorithm of 2004":          {foreign(t, sealed, h.identity, issue.WithAlgorithms("1.3.6.1.4.1.6801.1.1.1", "1.3.6.1.4.1.6801.1.2.2")), pki.UnsupportedAlgorithm, "1.3.6.1.4.1.6801.1.2.2", false},
		"SHA-1":                         {foreign(t, sealed, h.identity, issue.WithAlgorithms(oid.SHA1, "1.2.840.113549.1.1.5")), pki.UnsupportedAlgorithm, "1.2.840.113549.1.1.5", false},
		"another kind of signature":     {bytes.Replace(sealed, []byte("/ETSI.CAdES.detached"), []byte("/adbe.x509.rsa_sha1."), 1), pki.UnsupportedAlgorithm, "adbe.x509.rsa_sha1.", false},
		"no message":                    {withMessage(t, sealed, "3003020101"), pki.Malformed, "", false},
		"an odd number of digits":       {withMessage(t, sealed, "300302010"), pki.Malformed, "", false},
		"three numbers":                 {withRange(t, sealed, "0 1 2"), pades.BadRange, pades.RangeMissing, false},
		"in a stream of objects":        {packed(), pades.BadRange, pades.RangePacked, false},
	} {
		f := h.check(t, c.pdf)
		require.Len(t, f.Signatures, 1, what)
		s := f.Signatures[0]
		require.Equal(t, []any{Unknown, c.reason, c.detail, c.intact}, []any{s.Worth, s.Reason, s.Detail, s.Intact}, what)
	}
}

func TestGOSTOf2015IsChecked(t *testing.T) {
	h := home()
	root, err := issue.NewAuthority(rand.Reader, issue.GOST, "GOST TEST", now)
	require.NoError(t, err)
	id, err := root.Issue(issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013"}, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	require.NoError(t, err)
	pdf := foreign(t, signed(t, h.seal, plain(t)), id)
	list := Check(pdf, doctext.Result{Files: []doctext.File{{Type: pdfType}}}, pki.Options{At: now, Trust: pki.NewTrust(root.Certificate)})
	require.Equal(t, Good, list[0].Signatures[0].Worth)
	require.Equal(t, pki.AlgorithmGOST, list[0].Signatures[0].Algorithm)
	require.Equal(t, Unknown, h.check(t, pdf).Signatures[0].Worth, "its root is not ours")
}

// A range that leaves something out, or runs over the end, is the mark of a file that is not what was signed.
func TestRangesThatAreNotAllButTheSignature(t *testing.T) {
	h := home()
	pdf := signed(t, h.seal, plain(t))
	from, to := place(pdf)
	for numbers, detail := range map[string]string{
		fmt.Sprintf("0 %d %d %d", from-10, to, len(pdf)-to):   pades.RangeGap,
		fmt.Sprintf("0 %d %d %d", from, to+5, len(pdf)-to-5):  pades.RangeGap,
		fmt.Sprintf("0 %d %d %d", from, to, len(pdf)):         pades.RangeBeyond,
		fmt.Sprintf("0 %d %d 99999999999999999999", from, to): pades.RangeMissing, // no number of a PDF
		fmt.Sprintf("0 %d %d %d", to, from, len(pdf)-from):    pades.RangeOrder,
		fmt.Sprintf("5 %d %d %d", from-5, to, len(pdf)-to):    pades.RangeOrder,
		fmt.Sprintf("0 %d %d %d", from, to, len(pdf)-to-20):   pades.RangeNotWhole,
		fmt.Sprintf("0 %d %d %d", from, to, 0):                pades.RangeNotWhole,
		fmt.Sprintf("0 -%d %d %d", from, to, len(pdf)-to):     pades.RangeOrder,
		"0 1 2 3 4": pades.RangeMissing,
		"":          pades.RangeMissing,
	} {
		f := h.check(t, withRange(t, pdf, numbers))
		require.Len(t, f.Signatures, 1, numbers)
		s := f.Signatures[0]
		require.Equal(t, detail, s.Detail, numbers)
		want := Bad
		if detail == pades.RangeMissing {
			want = Unknown
		}
		require.Equal(t, want, s.Worth, numbers)
		_, by := f.Added()
		require.Negative(t, by, numbers)
	}
	f := h.check(t, pdf[:len(pdf)-1])
	require.Equal(t, Bad, f.Signatures[0].Worth, "cut by one byte")
}

func TestTheMomentOfJudging(t *testing.T) {
	h := home()
	pdf := signed(t, h.seal, plain(t))
	for at, reason := range map[time.Time]string{now.AddDate(2, 0, 0): pki.Expired, now.AddDate(0, 0, -1): pki.NotYetValid} {
		o := h.options()
		o.At = at
		s := signatures(pdf, pdfType, o).Signatures[0]
		require.Equal(t, []any{Doubtful, reason, true}, []any{s.Worth, s.Reason, s.Intact})
	}
}

func TestFilesThatHaveNoSignatureToBeFound(t *testing.T) {
	h := home()
	require.Equal(t, NotPDF, signatures([]byte("\x89PNG"), "image/png", h.options()).Problem)
	require.Equal(t, Structure, h.check(t, []byte("%PDF-1.7 nothing of it can be found")).Problem)
	require.Equal(t, Structure, h.check(t, withMessage(t, signed(t, h.seal, plain(t)), "zz")).Problem, "a message that is no string")
	require.Equal(t, TooLarge, h.check(t, append([]byte("%PDF-1.7"), make([]byte, pades.MaxFile)...)).Problem)
	stray := bytes.Replace(signed(t, h.seal, plain(t)), []byte("/AcroForm"), []byte("/AcroNone"), 1)
	f := h.check(t, stray)
	require.Equal(t, Stray, f.Problem, "the form has been made unknown")
	require.Empty(t, f.Signatures)
}

// In an archive each file is looked at for itself.
func TestFilesOfAnArchive(t *testing.T) {
	h := home()
	sealed := signed(t, h.seal, plain(t))
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range map[string][]byte{"a/sealed.pdf": sealed, "plain.pdf": plain(t), "note.txt": []byte("Куәлікті жіберіп отырмын")} {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = f.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	reader, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(os.TempDir()), Workers: 1})
	require.NoError(t, err)
	defer reader.Close()
	read, err := reader.Read(t.Context(), "box.zip", b.Bytes(), doctext.ReadOptions{})
	require.NoError(t, err)
	list := Check(b.Bytes(), read, h.options())
	require.Len(t, list, 3)
	f, ok := Of(list, "a/sealed.pdf")
	require.True(t, ok)
	require.Equal(t, Good, f.Signatures[0].Worth)
	f, _ = Of(list, "plain.pdf")
	require.Empty(t, f.Signatures)
	f, _ = Of(list, "note.txt")
	require.Equal(t, NotPDF, f.Problem)
	_, ok = Of(list, "")
	require.False(t, ok)
}
