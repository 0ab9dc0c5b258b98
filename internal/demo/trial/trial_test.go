package trial_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/trial"
)

func TestTheSameSeedTheSameBytes(t *testing.T) {
	for _, words := range []paper.Vocabulary{paper.Known, paper.Unseen, paper.Fresh} {
		a, b := trial.NewMaker(1, words), trial.NewMaker(1, words)
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
}

// What stands on the page is what is right to read, in the form that has capitals alone as in the others.
func TestWantIsWhatStandsThere(t *testing.T) {
	m, seen := trial.NewMaker(2, paper.Unseen), map[string]bool{}
	for n := range 120 {
		c, err := m.Case(trial.Digital, n)
		require.NoError(t, err)
		form := ""
		for _, tag := range c.Tags {
			for _, f := range paper.Unseen.Forms {
				if tag == f.String() {
					form = tag
				}
			}
		}
		seen[form] = true
		switch form {
		case "blanks":
			require.Equal(t, strings.ToUpper(c.Want.Title), c.Want.Title)
			require.Equal(t, strings.ToUpper(c.Want.KindText), c.Want.KindText)
			require.Empty(t, c.Want.TitleKK)
		case "author_table", "diploma", "boxes":
			require.Empty(t, c.Want.TitleKK)
		}
		require.NotEmpty(t, c.Want.CreatedOn)
	}
	for _, f := range paper.Unseen.Forms {
		require.True(t, seen[f.String()], f)
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
