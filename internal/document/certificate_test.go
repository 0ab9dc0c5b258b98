package document

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/demo/world"
	"kualik/internal/kind"
)

func certificateSample() CertificateData {
	return CertificateData{Number: 78498, RegisteredOn: "2026-09-16", Authors: []string{"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА", "Куандыков Асқар Маратұлы", "Нурбаева Лаура"},
		Kind: "scientific_work", Title: "Органикалық химия: зертханалық практикум", CreatedOn: "2026-09-02", Office: "«Қаратал университеті» КеАҚ",
		URL: "https://kualik.karatal.example/r/7f3kmq2zx8ac", Token: "7f3kmq2zx8ac", MadeAt: instant("16.09.2026 12:00"), Version: 1, IssuedOn: "2026-09-16"}
}

// readBack holds what the program reads on a certificate against what was to be printed, in both languages: where
// the halves do not agree the reader notes it.
func readBack(t *testing.T, d CertificateData) {
	t.Helper()
	pdf, err := Certificate(d)
	require.NoError(t, err)
	x, err := certificate.Extract(t.Context(), reader, "certificate.pdf", pdf, false)
	require.NoError(t, err)
	require.Equal(t, certificate.IsCertificate, x.Verdict)
	require.Len(t, x.Certificates, 1)
	r := x.Certificates[0]
	want := certificate.Fields{Number: fmt.Sprint(d.Number), RegisteredOn: d.RegisteredOn, CreatedOn: d.CreatedOn, Kind: d.Kind, KindText: kind.Name("ru", d.Kind),
		Title: strings.Join(strings.Fields(d.Title), " "), Authors: d.Authors, VerificationURL: d.URL}
	require.Equal(t, want, r.Fields)
	require.Empty(t, r.Notes)
	require.True(t, r.Sure(), "%v", r.Confidence)
}

// titles that real registers have, or that read like something else of a certificate.
var titles = []string{
	"WE SPEAK", "Qazaqtyn ulttyq taqyasy", "\"Анализ эхокардиографии\"", "«Қазақ тілінен оқылым және жазылым тапсырмалары» Авторлық бағдарлама",
	"Математика. 5-сынып (2-бөлім): оқулық; әдістемелік құрал", "АҚПАРАТТЫҚ ЖҮЙЕЛЕР", "Дата создания объекта и её значение в праве",
	"Акт № 12 от «15» января 2020 года: разбор одного дела", "Свидетельство о рождении: сценарий", "Название объекта: введение в онтологию",
	"Методические рекомендации (научно-практические) для 7–9 классов, часть II/III", "μ ≥ 0: Σ x² → ∞", "«Куәлік» ақпараттық жүйесі",
	"Әліппе: үйде, Өзбекәлі Жәнібекұлының ізімен — Ұлытау, Іле, Һәм Ғасыр", "Информационная система «BilimHub 3D» по https://example.kz/r/123",
}

func TestCertificateIsReadAsItWasMade(t *testing.T) {
	applications := 2
	if os.Getenv("KUALIK_TORTURE") != "" {
		applications = 400
	}
	rng := rand.New(rand.NewPCG(1, 4))
	w := world.Generate(4, world.Size{Staff: 60, Applications: applications, Today: "2026-09-16"})
	spell := []func(world.Person) world.Name{func(p world.Person) world.Name { return p.KK }, func(p world.Person) world.Name { return p.RU }}
	authors := func(n int) (list []string) {
		for _, i := range rng.Perm(len(w.People))[:n] {
			m := spell[rng.IntN(2)](w.People[i])
			name := strings.TrimSpace(m.Surname + " " + m.Given + " " + m.Patronymic)
			if rng.IntN(2) == 0 {
				name = strings.ToUpper(name)
			}
			list = append(list, name)
		}
		return list
	}
	list := append(slices.Clone(titles), monster().Work.Title)
	for _, a := range w.Applications[:applications] {
		list = append(list, a.Title)
	}
	for i, title := range list {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			d := certificateSample()
			d.Number, d.Title, d.Kind = 1+rng.Int64N(99999), title, kind.Codes[i%len(kind.Codes)]
			d.RegisteredOn = clock.Day("2019-01-01").AddDays(rng.IntN(3000))
			d.CreatedOn = d.RegisteredOn.AddDays(-rng.IntN(900))
			d.Authors = authors([]int{1, 2, 3, 26, 5}[i%5])
			if i%3 == 0 {
				d.Version, d.IssuedOn, d.Cause = 2, d.RegisteredOn.AddDays(30), []string{TechnicalError, Change}[i%2]
			}
			readBack(t, d)
		})
	}
}

func TestCertificateOnTwoPages(t *testing.T) {
	d := certificateSample()
	d.Title = strings.Repeat("Білім беру үдерісін цифрландыру ", 37)
	d.Authors = nil
	for i := range 60 {
		d.Authors = append(d.Authors, "Нұрмағамбетқожаев Әбдіжаппар "+[]string{"Сүлейменұлы", "Әбілқайырұлы"}[i%2])
	}
	readBack(t, d)
	pdf, err := Certificate(d)
	require.NoError(t, err)
	again, err := Certificate(d)
	require.NoError(t, err)
	require.Equal(t, pdf, again, "the same data give the same bytes")
	require.Contains(t, string(pdf), "/Count 2")
}

func TestCertificateThatCannotBeMade(t *testing.T) {
	for what, spoil := range map[string]func(*CertificateData){"authors": func(d *CertificateData) { d.Authors = nil }, "title": func(d *CertificateData) { d.Title = " " },
		"day": func(d *CertificateData) { d.CreatedOn = "" }, "room": func(d *CertificateData) { d.Title = strings.Repeat("слишком длинно ", 2000) }} {
		d := certificateSample()
		spoil(&d)
		_, err := Certificate(d)
		require.Error(t, err, what)
	}
}
