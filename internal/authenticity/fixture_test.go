package authenticity

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phpdave11/gofpdf"
	"github.com/stretchr/testify/require"

	"kualik/internal/doctext"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/pades"
)

var now = time.Date(2026, 9, 16, 10, 0, 0, 0, time.UTC)

// house is a root that is trusted with a seal below it, and a stranger's.
type house struct {
	root     *issue.Authority
	identity *issue.Identity
	seal     *pades.Seal
	stranger *pades.Seal
}

var home = sync.OnceValue(func() *house {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	person := issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013", Organisation: "«Қаратал университеті» КеАҚ", BIN: "990240000016", Roles: []string{"legal_entity"}}
	sealOf := func(root *issue.Authority) (*issue.Identity, *pades.Seal) {
		id, err := root.Issue(person, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
		must(err)
		seal, err := pades.OpenSeal(id.Marshal(), "")
		must(err)
		return id, seal
	}
	h := &house{}
	var err error
	h.root, err = issue.NewAuthority(rand.Reader, issue.RSA, "НЕГІЗГІ КО TEST", now)
	must(err)
	h.identity, h.seal = sealOf(h.root)
	other, err := issue.NewAuthority(rand.Reader, issue.RSA, "OWN ROOT TEST", now)
	must(err)
	_, h.stranger = sealOf(other)
	return h
})

func (h *house) options() pki.Options {
	return pki.Options{At: now, Trust: pki.NewTrust(h.root.Certificate)}
}

// check looks at a PDF as if package doctext had read it.
func (h *house) check(t testing.TB, pdf []byte) Facts {
	t.Helper()
	list := Check(pdf, doctext.Result{Files: []doctext.File{{Type: pdfType}}}, h.options())
	require.Len(t, list, 1)
	return list[0]
}

// plain is a small PDF.
func plain(t testing.TB) []byte {
	t.Helper()
	f := gofpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCompression(false)
	f.SetCreationDate(now)
	f.SetModificationDate(now)
	f.AddPage()
	f.SetFont("Helvetica", "", 12)
	f.Text(20, 30, "Certificate 14321")
	var b bytes.Buffer
	require.NoError(t, f.Output(&b))
	return b.Bytes()
}

func signed(t testing.TB, s *pades.Seal, pdf []byte) []byte {
	t.Helper()
	out, err := s.Sign(pdf, now)
	require.NoError(t, err)
	return out
}

// streams is a PDF with its cross-reference in a stream and its objects in streams.
func streams(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("../pki/pades/testdata/streams.pdf")
	require.NoError(t, err)
	return data
}

// place is where the message of the last signature stands, with its brackets.
func place(pdf []byte) (from, to int) {
	from = bytes.LastIndex(pdf, []byte("/Contents <")) + len("/Contents ")
	return from, from + bytes.IndexByte(pdf[from:], '>') + 1
}

// withRange writes another ByteRange of the last signature.
func withRange(t testing.TB, pdf []byte, numbers string) []byte {
	t.Helper()
	out := bytes.Clone(pdf)
	from := bytes.LastIndex(out, []byte("/ByteRange [")) + len("/ByteRange [")
	to := from + bytes.IndexByte(out[from:], ']')
	require.LessOrEqual(t, len(numbers), to-from)
	copy(out[from:to], numbers+strings.Repeat(" ", to-from-len(numbers)))
	return out
}

// foreign is the sealed file as another program signs it: with a message made in other ways, which need not name
// its certificate.
func foreign(t testing.TB, sealed []byte, by *issue.Identity, ways ...issue.Way) []byte {
	t.Helper()
	out := bytes.Replace(sealed, []byte("/ETSI.CAdES.detached"), []byte("/adbe.pkcs7.detached"), 1)
	from, to := place(out)
	cms, err := by.SignCMS(append(bytes.Clone(out[:from]), out[to:]...), true, now, ways...)
	require.NoError(t, err)
	return withMessage(t, out, fmt.Sprintf("%x", cms))
}

// withMessage writes other digits into the place of the last signature.
func withMessage(t testing.TB, pdf []byte, digits string) []byte {
	t.Helper()
	out := bytes.Clone(pdf)
	from, to := place(out)
	require.LessOrEqual(t, len(digits), to-from-2)
	copy(out[from+1:to-1], digits+strings.Repeat("0", to-from-2-len(digits)))
	return out
}

// packed is a PDF whose signature stands in a stream of objects.
func packed() []byte {
	var b bytes.Buffer
	offsets := map[int]int{}
	object := func(n int, body string) {
		offsets[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, body)
	}
	b.WriteString("%PDF-1.7\n")
	object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>")
	object(2, "<</Type/Pages/Count 0/Kids[]>>")
	field, signature := "<</FT/Sig/T(S)/V 6 0 R>>", "<</Type/Sig/SubFilter/adbe.pkcs7.detached/ByteRange[0 10 20 30]/Contents<3003020101>>>"
	head := fmt.Sprintf("5 0 6 %d ", len(field)+1)
	body := head + field + " " + signature
	object(4, fmt.Sprintf("<</Type/ObjStm/N 2/First %d/Length %d>>stream\n%s\nendstream", len(head), len(body), body))
	at := b.Len()
	line := func(sort byte, second int, third byte) string {
		return string([]byte{sort, byte(second >> 8), byte(second), third})
	}
	table := line(0, 0, 0) + line(1, offsets[1], 0) + line(1, offsets[2], 0) + line(1, at, 0) + line(1, offsets[4], 0) + line(2, 4, 0) + line(2, 4, 1)
	fmt.Fprintf(&b, "3 0 obj\n<</Type/XRef/Size 7/W[1 2 1]/Root 1 0 R/Length %d>>stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF", len(table), table, at)
	return b.Bytes()
}
