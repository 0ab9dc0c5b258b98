package demo

import (
	"slices"
	"strings"
	"testing"

	"kualik/internal/certificate"
	"kualik/internal/demo/mails"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
	"kualik/internal/doctext"
)

// TestReaderAgreesWithTheTruth reads papers back through Kualik's own reader: whatever the demo prints with a
// text layer is read to the letter, and nothing else is taken for a certificate.
func TestReaderAgreesWithTheTruth(t *testing.T) {
	r := reader(t)
	w := world.Generate(2026, world.Usual("2026-11-20"))
	cases := 0
	check := func(c world.Certificate, v paper.Variant) {
		t.Helper()
		cases++
		data, err := paper.Certificate(mails.Subject(c), v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := certificate.Extract(t.Context(), r, "a.pdf", data, false)
		if err != nil {
			t.Fatal(err)
		}
		if got.Verdict != certificate.IsCertificate || len(got.Certificates) != 1 {
			t.Errorf("%s (%s): %s, %d certificates", c.Key, v, got.Verdict, len(got.Certificates))
			return
		}
		compare(t, c, v, got.Certificates[0])
	}
	for i, c := range w.Certificates {
		if c.OldForm && i%2 == 0 || i%12 == 0 {
			check(c, mails.Variant(w.Seed, c))
		}
	}
	for i, v := range paper.Variants() {
		for k := range 2 {
			check(w.Certificates[(7*i+101*k)%300], v)
		}
	}
	for _, n := range paper.Negatives() {
		data, err := paper.PDF(paper.NegativePage(n, mails.Subject(w.Certificates[int(n)])))
		if err != nil {
			t.Fatal(err)
		}
		got, err := certificate.Extract(t.Context(), r, n.FileName(), data, false)
		if err != nil || got.Verdict != certificate.NotCertificate {
			t.Errorf("%s: %s, %v", n, got.Verdict, err)
		}
	}
	t.Logf("%d certificates read", cases)
}

func reader(t *testing.T) *doctext.Reader {
	t.Helper()
	r, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func compare(t *testing.T, c world.Certificate, v paper.Variant, got certificate.Reading) {
	t.Helper()
	differ := func(field, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s (%s): %s is %q, should be %q", c.Key, v, field, got, want)
		}
	}
	differ("number", got.Number, c.Number)
	differ("registered_on", string(got.RegisteredOn), string(c.RegisteredOn))
	if !c.OldForm { // on which it does not stand
		differ("created_on", string(got.CreatedOn), string(c.CreatedOn))
	}
	differ("kind", got.Kind, c.Kind)
	title := c.Title
	if v.Layout == paper.Combined && c.TitleKK != "" {
		title = c.TitleKK + " / " + c.Title
	}
	if bare(got.Title) != bare(c.Title) {
		differ("title", bare(got.Title), bare(title))
	}
	var names []string
	for _, a := range c.Authors {
		names = append(names, a.Name)
	}
	if !slices.Equal(got.Authors, names) {
		t.Errorf("%s (%s): authors %q, should be %q", c.Key, v, got.Authors, names)
	}
	if !v.NoCode && !c.OldForm {
		differ("link", got.VerificationURL, c.VerificationURL)
	}
}

// bare is a title without quotation marks, final stops and differences of white space, as titles are compared.
func bare(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"«»“”„`, r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimRight(strings.Join(strings.Fields(s), " "), ". ")
}
