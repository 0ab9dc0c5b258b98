package paper

import (
	"bytes"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"

	"kualik/internal/certificate"
	"kualik/internal/need"
)

var sample1 = Subject{Fields: certificate.Fields{
	Number: "55942", RegisteredOn: "2025-03-18", CreatedOn: "2024-11-04", Kind: "scientific_work", KindText: "произведение науки",
	Title: `"Методические рекомендации по органической химии для учителей сельских школ"`, TitleKK: "Органикалық химия пәні бойынша әдістемелік нұсқаулар",
	Authors: []string{"ҚҰРМАНҒАЛИЕВА ӘСЕЛ НҰРЛАНҚЫЗЫ", "Иванов Сергей Андреевич", "Ли Ольга"}, VerificationURL: "https://copyright.kazpatent.kz/?!.iD=0aB3x"},
	KindTextKK: "ғылыми туынды"}

// text reads a PDF with a program that is not ours.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	need.Program(t, "pdftotext")
	name := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(name, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-raw", name, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out)
}

func TestEveryVariantPrintsTheFields(t *testing.T) {
	for _, v := range append(Variants(), Variant{Layout: Old}) {
		pdf, err := Certificate(sample1, v)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(strings.Fields(text(t, pdf)), " ")
		want := []string{"55942", "Иванов", "произведение"}
		if v.Layout != RussianOnly && v.Layout != Old {
			want = append(want, "ҚҰРМАНҒАЛИЕВА", "наурыз", "ғылыми")
		}
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", v, w, got)
			}
		}
	}
}

func TestSamePageSameBytes(t *testing.T) {
	a, _ := Certificate(sample1, Variant{})
	b, _ := Certificate(sample1, Variant{})
	if !bytes.Equal(a, b) {
		t.Error("two prints of one certificate differ")
	}
}

func TestFontsHaveKazakhLetters(t *testing.T) {
	var buf sfnt.Buffer
	for f, open := range open {
		o := open()
		if o == nil {
			t.Logf("font %d is not on this machine", f)
			continue
		}
		for _, r := range "әғқңөұүһіӘҒҚҢӨҰҮҺІёЁ№«»–“”" {
			if i, err := o.font.GlyphIndex(&buf, r); err != nil || i == 0 {
				t.Errorf("font %d has no %q", f, r)
			}
		}
	}
}

func TestNothingLeavesThePage(t *testing.T) {
	long := sample1
	long.Title = strings.Repeat("Информационная система управления обучением ", 18)
	long.TitleKK = ""
	for range 4 {
		long.Authors = append(long.Authors, sample1.Authors...)
	}
	for _, v := range append(Variants(), Variant{Layout: Old}) {
		p, err := CertificatePage(long, v)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.runs {
			if r.x < 5 || r.x+width(r.text, style{font: r.font, size: r.size}) > pageWidth-5 || r.y > pageHeight-2 {
				t.Errorf("%s: %q at %.0f, %.0f", v, r.text, r.x, r.y)
			}
		}
	}
}

func TestScanIsAPictureWithoutText(t *testing.T) {
	p, err := CertificatePage(sample1, Variant{})
	if err != nil {
		t.Fatal(err)
	}
	photo, err := Photo(p, Look{DPI: 100, Skew: 1.5, Noise: 20, Shade: 60, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(photo))
	if err != nil || img.Bounds().Dx() != 826 {
		t.Fatalf("not a page of 100 dpi: %v, %v", img.Bounds(), err)
	}
	dark := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, _, _, _ := img.At(x, y).RGBA(); r < 0x6000 {
				dark++
			}
		}
	}
	if dark < 5000 {
		t.Errorf("only %d dark points: nothing was drawn", dark)
	}
	scan, err := Scan(p, Look{DPI: 100})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(text(t, scan)); got != "" {
		t.Errorf("the scan has a text layer: %q", got)
	}
}

func TestNegativesAreNoCertificates(t *testing.T) {
	for _, n := range Negatives() {
		pdf, err := PDF(NegativePage(n, sample1))
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, pdf)
		if len(got) < 60 || n.String() == "" || !strings.HasSuffix(n.FileName(), ".pdf") {
			t.Errorf("%s: %q", n, got)
		}
	}
}
