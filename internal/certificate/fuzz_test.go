package certificate_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/doctext"
)

// FuzzRead reads any text as a certificate: it never fails, and what it says of the text's places is true.
func FuzzRead(f *testing.F) {
	folders, _ := filepath.Glob("testdata/[a-z]*")
	for _, folder := range folders {
		if filepath.Base(folder) == "fuzz" {
			continue
		}
		for _, p := range load(f, folder).Files[0].Pages {
			f.Add(p.Text, p.Source == doctext.OCR)
		}
	}
	f.Fuzz(func(t *testing.T, text string, ocr bool) {
		p := doctext.Page{Number: 3, Text: text, Source: doctext.TextLayer}
		if ocr {
			p.Source = doctext.OCR
		}
		x := certificate.Read(doctext.Result{Files: []doctext.File{{Pages: []doctext.Page{p}}}})
		require.Equal(t, len(x.Certificates) > 0, x.Verdict == certificate.IsCertificate)
		for _, r := range x.Certificates {
			require.NotNil(t, r.Authors)
			for field, places := range r.Places {
				for _, place := range places {
					require.Equal(t, 3, place.Page)
					require.True(t, 0 <= place.Start && place.Start < place.End && place.End <= len(text), "%s %v", field, place)
				}
			}
			for field, c := range r.Confidence {
				require.True(t, c >= 0 && c <= 1, field)
			}
		}
	})
}
