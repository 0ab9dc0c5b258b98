package reports_test

import (
	"bytes"
	"os"
	"testing"

	"kualik/internal/i18n"
	"kualik/internal/rating"
	"kualik/reports"
)

func TestLook(t *testing.T) {
	r := rating.Compute(world(1, 120, 300))
	for _, l := range i18n.All {
		var b bytes.Buffer
		if err := reports.Write(t.Context(), &b, r, reports.Options{Lang: l, PublicURL: "https://kualik.example", University: "Қаратал университеті"}); err != nil {
			t.Fatal(err)
		}
		os.MkdirAll("/tmp/rating-look", 0o755)
		os.WriteFile("/tmp/rating-look/"+string(l)+".xlsx", b.Bytes(), 0o644)
	}
}
