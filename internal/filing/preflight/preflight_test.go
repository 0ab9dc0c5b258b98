package preflight

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/i18n"
)

// about is about.json of a case: the application, and how the file was read.
type about struct {
	Type        string    `json:"type"`
	Reason      string    `json:"reason"`
	Recorded    int       `json:"recorded"`
	Count       int       `json:"count"`
	Part        Part      `json:"part"`
	Title       string    `json:"title"`
	Kind        string    `json:"kind"`
	Sheets      int       `json:"sheets"`
	CreatedOn   clock.Day `json:"created_on"`
	FiledOn     clock.Day `json:"filed_on"`
	Authors     []string  `json:"authors"`
	HasAbstract bool      `json:"has_abstract"`
	HasSource   bool      `json:"has_source"`
}

type wanted struct {
	Findings []struct {
		Code     string   `json:"code"`
		Severity Severity `json:"severity"`
		Message  string   `json:"message"`
		Page     int      `json:"page"`
		Hit      string   `json:"hit"` // empty: any
	} `json:"findings"`
	OK []string `json:"ok"` // checks that found nothing
}

func load(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, v), file)
}

// input makes of a case what package doctext makes of a file: pages without text are left out.
func input(t *testing.T, dir string) (Input, About) {
	var a about
	load(t, filepath.Join(dir, "about.json"), &a)
	data, err := os.ReadFile(filepath.Join(dir, "input.txt"))
	require.NoError(t, err)
	in := Input{Type: map[string]string{"pdf": typePDF, "docx": typeDOCX}[a.Type], Reason: doctext.Reason(a.Reason), Count: a.Count, Recorded: a.Recorded}
	if in.Type == "" {
		in.Type = a.Type
	}
	for i, text := range strings.Split(string(data), "\f") {
		if strings.TrimSpace(text) != "" {
			in.Pages = append(in.Pages, doctext.Page{Number: i + 1, Text: text})
		}
	}
	return in, About{Part: a.Part, Title: a.Title, Kind: a.Kind, Sheets: a.Sheets, CreatedOn: a.CreatedOn, FiledOn: a.FiledOn, Authors: a.Authors, HasAbstract: a.HasAbstract, HasSource: a.HasSource}
}

func TestCases(t *testing.T) {
	dirs, err := filepath.Glob("testdata/*")
	require.NoError(t, err)
	require.Greater(t, len(dirs), 40)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var want wanted
			load(t, filepath.Join(dir, "want.json"), &want)
			in, a := input(t, dir)
			_, findings := Inspect(in, a)
			var bad []Finding
			ok := []string{}
			for _, f := range findings {
				if f.Severity == OK {
					ok = append(ok, f.Code)
				} else {
					bad = append(bad, f)
				}
				requireWords(t, f)
			}
			slices.Sort(ok)
			slices.Sort(want.OK)
			require.Equal(t, len(want.Findings), len(bad), "%+v", bad)
			for i, w := range want.Findings {
				require.Equal(t, []any{w.Code, w.Severity, w.Message, w.Page}, []any{bad[i].Code, bad[i].Severity, bad[i].Message, bad[i].Page}, "%+v", bad[i])
				if w.Hit != "" {
					require.Equal(t, w.Hit, bad[i].Hit)
				}
			}
			require.Equal(t, want.OK, ok)
		})
	}
}

// requireWords holds a finding against the languages.
func requireWords(t *testing.T, f Finding) {
	for _, l := range i18n.All {
		said := i18n.T(l, f.Message, f.Args...)
		require.NotEqual(t, f.Message, said, "no words in %s", l)
		require.NotContains(t, said, "<no value>")
	}
}
