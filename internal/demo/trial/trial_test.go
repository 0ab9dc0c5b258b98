package trial_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/trial"
)

func TestTheSameSeedTheSameBytes(t *testing.T) {
	a, b := trial.NewMaker(1, paper.Known), trial.NewMaker(1, paper.Known)
	for _, f := range trial.Families {
		for n := range 3 {
			x, err := a.Case(f, n)
			require.NoError(t, err)
			y, err := b.Case(f, n)
			require.NoError(t, err)
			require.Equal(t, x, y)
			require.NotEmpty(t, x.Data)
			require.Equal(t, f == trial.Negative, x.Want == nil)
		}
	}
}

func TestJudge(t *testing.T) {
	want := certificate.Fields{Number: "0012", RegisteredOn: "2024-02-01", CreatedOn: "2023-01-01", Kind: "database", Title: `"А - б".`, Authors: []string{"Ёлкин Пётр"}}
	c := trial.Case{Want: &want}
	got := certificate.Reading{Fields: certificate.Fields{Number: "12", RegisteredOn: "2024-02-01", CreatedOn: "2023-01-02", Kind: "database", Title: "А – б", Authors: []string{"ЕЛКИН  ПЕТР"}}}
	j := c.Judge(certificate.Extraction{Verdict: certificate.IsCertificate, Certificates: []certificate.Reading{got}})
	require.True(t, j.Verdict)
	require.True(t, j.Alike)
	for _, f := range trial.Fields {
		require.Equal(t, f != certificate.CreatedOn, j.Right[f], f)
	}
	j = c.Judge(certificate.Extraction{Verdict: certificate.Unreadable})
	require.False(t, j.Verdict)
	require.False(t, j.Right[certificate.Number])
}
