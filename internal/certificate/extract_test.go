package certificate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/demo/paper"
	"kualik/internal/doctext"
	"kualik/internal/need"
)

func reader(t testing.TB, ocr bool) *doctext.Reader {
	t.Helper()
	r, err := doctext.NewReader(doctext.Options{CacheDir: cacheDir(), OCR: ocr})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

func extract(t testing.TB, r *doctext.Reader, data []byte, ocr bool) certificate.Extraction {
	t.Helper()
	x, err := certificate.Extract(context.Background(), r, "a", data, ocr)
	require.NoError(t, err)
	return x
}

// subjects are certificates that were hard to read somewhere.
func subjects() []paper.Subject {
	fields := func(number, title string, authors ...string) paper.Subject {
		return paper.Subject{KindTextKK: "ғылыми туынды", Fields: certificate.Fields{
			Number: number, RegisteredOn: "2025-03-18", CreatedOn: "2024-11-04", Kind: "scientific_work", KindText: "произведение науки",
			Title: title, Authors: authors, VerificationURL: "https://copyright.kazpatent.kz/?!.iD=0aB3x"}}
	}
	long := "Лабораторный практикум по почвоведению для студентов, включающий: " +
		strings.Repeat("задания для самостоятельной работы (15 часов), вопросы № 34 для самоконтроля, ", 9) + "приложения"
	var many []string
	for i := range 14 {
		many = append(many, []string{"ҚҰРМАНҒАЛИЕВА ӘСЕЛ НҰРЛАНҚЫЗЫ", "Тлеубаев Ринат Олегович", "Ли Ольга", "Пак И.А."}[i%4])
	}
	many[4], many[8], many[12] = "БЕРІКОВА ГҮЛЗАР", "Нұрбергенов Әділ Маратұлы", "Омарбекова Назгүл Сейполда қызы"
	return []paper.Subject{
		fields("55942", "«Сандық кітапхана»  ақпараттық жүйесі", "Тлеубаев Ринат Олегович"),
		fields("7", "Куәлік № 9 және басқа әңгімелер. Авторы: халық. Дата создания 2020 год", "ӨТЕБАЛИЕВА ДАНА"),
		fields("78433", long, "Тлеубаев Ринат Олегович", "БЕРІКОВА ГҮЛЗАР ОРАЗҚЫЗЫ", "Пак И.А."),
		fields("901", "=1+1: сборник задач", many[3:13]...),
	}
}

func TestEveryPrintedCertificateIsReadRight(t *testing.T) {
	r := reader(t, false)
	for i, want := range subjects() {
		for _, v := range append(paper.Variants(), paper.Variant{Layout: paper.Old}, paper.Variant{NoCode: true}) {
			name := fmt.Sprintf("%d %s", i, v)
			pdf, err := paper.Certificate(want, v)
			require.NoError(t, err)
			x := extract(t, r, pdf, false)
			require.Equal(t, certificate.IsCertificate, x.Verdict, name)
			require.Len(t, x.Certificates, 1, name)
			got := x.Certificates[0]
			require.Equal(t, want.Number, got.Number, name)
			require.Equal(t, want.RegisteredOn, got.RegisteredOn, name)
			require.Equal(t, want.Kind, got.Kind, name)
			require.Equal(t, want.KindText, got.KindText, name)
			require.Equal(t, strings.Fields(want.Title), strings.Fields(strings.Trim(got.Title, `"`)), name)
			require.Equal(t, want.Authors, got.Authors, name)
			require.True(t, got.Sure(), "%s: %v %v", name, got.Confidence, got.Notes)
			require.Empty(t, got.Notes[slices.Index(got.Notes, certificate.NoteOldForm)+1:], name)
			if v.Layout == paper.Old {
				require.Empty(t, got.CreatedOn, name)
				continue
			}
			require.Equal(t, want.CreatedOn, got.CreatedOn, name)
			if !v.NoCode {
				require.Equal(t, want.VerificationURL, got.VerificationURL, name)
			}
		}
	}
}

func TestPlacesPointAtTheFields(t *testing.T) {
	pdf, err := paper.Certificate(subjects()[0], paper.Variant{Layout: paper.Columns})
	require.NoError(t, err)
	r := reader(t, false)
	result, err := r.Read(context.Background(), "a.pdf", pdf, doctext.ReadOptions{})
	require.NoError(t, err)
	got := certificate.Read(result).Certificates[0]
	text := result.Files[0].Pages[0].Text
	for field, want := range map[certificate.Field]string{certificate.Number: "55942", certificate.Authors: "Тлеубаев", certificate.CreatedOn: "04.11.2024"} {
		require.Len(t, got.Places[field], 1, field)
		p := got.Places[field][0]
		require.Contains(t, text[p.Start:p.End], want)
		require.NotEmpty(t, p.Boxes, field)
		for _, b := range p.Boxes {
			require.Greater(t, b.X, 0.4, "%s: the Russian half is the right column", field)
			require.Less(t, b.X+b.W, 1.0)
			require.Greater(t, b.Y, 0.1)
		}
	}
}

func TestPapersThatAreNoCertificate(t *testing.T) {
	r := reader(t, false)
	for _, n := range paper.Negatives() {
		pdf, err := paper.PDF(paper.NegativePage(n, subjects()[0]))
		require.NoError(t, err)
		x := extract(t, r, pdf, false)
		require.Equal(t, certificate.NotCertificate, x.Verdict, n.String())
		require.Empty(t, x.Certificates, n.String())
		switch label := n.String(); label {
		case "statement", "abstract", "receipt", "patent", "letter":
			require.Equal(t, label, x.Label)
		default:
			require.Equal(t, certificate.LabelOther, x.Label, label)
		}
	}
}

func TestSeveralInOneFile(t *testing.T) {
	r := reader(t, false)
	a, b := subjects()[0], subjects()[3]
	first, err := paper.CertificatePage(a, paper.Variant{})
	require.NoError(t, err)
	second, err := paper.CertificatePage(b, paper.Variant{Layout: paper.Columns})
	require.NoError(t, err)
	both, err := paper.PDF(paper.Cover(a), first, second)
	require.NoError(t, err)
	statement, err := paper.PDF(paper.NegativePage(paper.Statement, a))
	require.NoError(t, err)
	docx, err := paper.DOCX(first)
	require.NoError(t, err)
	inner, err := paper.Zip(paper.File{Name: "Куәлік.docx", Data: docx})
	require.NoError(t, err)
	zip, err := paper.Zip(paper.File{Name: "заявление.pdf", Data: statement}, paper.File{Name: "inner.zip", Data: inner})
	require.NoError(t, err)

	x := extract(t, r, both, false)
	require.Len(t, x.Certificates, 2)
	require.Equal(t, a.Number, x.Certificates[0].Number)
	require.Equal(t, b.Number, x.Certificates[1].Number)
	require.Equal(t, 3, x.Certificates[1].Places[certificate.Number][0].Page)

	x = extract(t, r, zip, false)
	require.Equal(t, certificate.IsCertificate, x.Verdict)
	require.Len(t, x.Certificates, 1)
	require.Equal(t, a.Number, x.Certificates[0].Number)
	require.Equal(t, "inner.zip/Куәлік.docx", x.Certificates[0].FileName)
	require.True(t, x.Certificates[0].Sure())
}

func TestScanIsSureOnlyWhereTwoReadingsAgree(t *testing.T) {
	need.Program(t, "tesseract")
	r := reader(t, true)
	want := subjects()[0]
	for layout, sure := range map[paper.Layout]bool{paper.RussianOnly: false, paper.Stacked: true} {
		p, err := paper.CertificatePage(want, paper.Variant{Layout: layout})
		require.NoError(t, err)
		scan, err := paper.Scan(p, paper.Look{DPI: 200, Skew: 2, Noise: 10})
		require.NoError(t, err)

		x := extract(t, r, scan, false)
		require.Equal(t, certificate.Unreadable, x.Verdict)
		require.Equal(t, doctext.NeedsOCR, x.Reason)

		x = extract(t, r, scan, true)
		require.Equal(t, certificate.IsCertificate, x.Verdict)
		got := x.Certificates[0]
		require.Equal(t, want.Number, got.Number)
		require.Equal(t, want.RegisteredOn, got.RegisteredOn)
		require.Equal(t, want.CreatedOn, got.CreatedOn)
		require.Equal(t, want.Authors, got.Authors)
		require.Equal(t, doctext.OCR, got.Source)
		require.Equal(t, sure, got.Sure(), "%s: %v", layout, got.Confidence)
	}
}
