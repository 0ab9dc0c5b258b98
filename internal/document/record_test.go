package document

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/i18n"
)

func TestExtractFromTheRegister(t *testing.T) {
	c := certificateSample()
	d := RecordData{Extract: "2026-3", MadeAt: c.MadeAt, IssuedOn: "2026-10-02", ApplicationNo: "2026-512", Recipient: "Сагитова Меруерт Талгатовна", Purpose: "Для конкурса на звание доцента",
		Office: c.Office, URL: c.URL, Token: c.Token, Number: c.Number, RegisteredOn: c.RegisteredOn, State: "valid", Authors: c.Authors, Kind: c.Kind, Title: c.Title, CreatedOn: c.CreatedOn,
		Versions: []RecordVersion{{2, "2026-09-30", "valid", TechnicalError, "в названии пропущена буква"}, {1, "2026-09-16", "replaced", "", ""}}}
	for lang, want := range map[i18n.Lang][]string{i18n.RU: {"Выписка из реестра", "78498", "действует", "заменена", "исправлена техническая ошибка", "в названии пропущена буква", "Для конкурса на звание доцента", c.Title, c.URL},
		i18n.KK: {"Тізілімнен үзінді", "78498", "күшінде", "ауыстырылған", "техникалық қате түзетілді"}} {
		pdf, err := Record(d, lang)
		require.NoError(t, err)
		_, said := read(t, pdf)
		keep(t, "extract-"+string(lang), pdf)
		for _, w := range want {
			says(t, said, w, string(lang))
		}
		x, err := certificate.Extract(t.Context(), reader, "extract.pdf", pdf, false)
		require.NoError(t, err)
		require.Equal(t, certificate.NotCertificate, x.Verdict, "an extract is not taken for a certificate")
	}
}
