package pattern

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

func seeds(t testing.TB) (list []Compiled) {
	t.Helper()
	all := Seeds()
	slices.SortFunc(all, func(a, b Seed) int { return a.Priority - b.Priority })
	for _, s := range all {
		c, err := Compile(s.Pattern)
		require.NoError(t, err, s.Name)
		list = append(list, c)
	}
	return list
}

func first(list []Compiled, subject, text string) (Kind, Found) {
	for _, c := range list {
		if f, ok := c.Find(subject, text); ok {
			return c.Kind, f
		}
	}
	return "", nil
}

// The patterns of the beginning, against mails as they may look. A new real one is a new entry of the file.
func TestSeeds(t *testing.T) {
	data, err := os.ReadFile("testdata/mails.json")
	require.NoError(t, err)
	var mails []struct {
		Name, Subject, Text string
		Kind                Kind
		Found               Found
	}
	require.NoError(t, json.Unmarshal(data, &mails))
	list := seeds(t)
	ids := map[string]bool{}
	for _, s := range Seeds() {
		require.False(t, ids[s.ID.String()], "an id is there twice")
		ids[s.ID.String()] = true
	}
	kinds := map[Kind]bool{}
	for _, m := range mails {
		kind, found := first(list, m.Subject, m.Text)
		require.Equal(t, m.Kind, kind, m.Name)
		for group, want := range m.Found {
			require.Equal(t, want, found[group], "%s: %s", m.Name, group)
		}
		for _, group := range []string{Ref, RegistryNo, StepWords, CertificateNo} {
			require.Len(t, found[group], len(m.Found[group]), "%s: %s: %v", m.Name, group, found[group])
		}
		kinds[kind] = true
	}
	require.Len(t, kinds, len(Kinds)+1, "each kind, and none, has a mail")
}

func TestCompileRefuses(t *testing.T) {
	for name, p := range map[string]Pattern{
		"kind":           {Kind: "news", Body: []string{`(?P<ref>\d+)`}},
		"lines":          {Kind: Step},
		"no_number":      {Kind: Step, Body: []string{`статус (?P<step>\pL+)`}},
		"wrong":          {Kind: Step, Body: []string{`(?P<ref>\d+`}},
		"group":          {Kind: Step, Body: []string{`(?P<ref>\d+) (?P<iin>\d+)`}},
		"long":           {Kind: Step, Body: []string{`(?P<ref>` + strings.Repeat(`\d`, 600) + `)`}},
		"long, unrolled": {Kind: Step, Body: []string{`(?P<ref>(?:абвгдежзик){1,900})`}},
	} {
		_, err := Compile(p)
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
		var f *fault.Error
		require.ErrorAs(t, err, &f)
		key, _, _ := strings.Cut(name, ",")
		require.Equal(t, "office.pattern.error."+key, f.Key, name)
	}
}

func TestSubjectMayStandInTheText(t *testing.T) {
	c, err := Compile(Pattern{Kind: Step, Subject: `НИИС уведомляет`, Body: []string{`заявка {no}(?P<ref>{ref})`}})
	require.NoError(t, err)
	_, ok := c.Find("Fwd: НИИС уведомляет", "Заявка № 2026-1")
	require.True(t, ok)
	_, ok = c.Find("моё", "Тема: НИИС уведомляет\n\nзаявка №\u00a02026-1")
	require.True(t, ok)
	_, ok = c.Find("моё", "заявка № 2026-1")
	require.False(t, ok)
}

func TestDays(t *testing.T) {
	for text, want := range map[string]clock.Day{"18.09.2026": "2026-09-18", "2026-09-18": "2026-09-18", "«18» сентября 2026": "2026-09-18", "5 мая 2026": "2026-05-05",
		"2026 жылғы 18 қыркүйек": "2026-09-18", "2026 жылғы «7» мамыр": "2026-05-07", "2026ж. 1 маусым": "2026-06-01", "1 марта 2026": "2026-03-01", "1 июля 2026": "2026-07-01",
		"31.02.2026": "", "«40» мая 2026": "", "завтра": "", "5 числа 2026": ""} {
		got, ok := ParseDay(text)
		require.Equal(t, want, got, text)
		require.Equal(t, want != "", ok, text)
	}
}

// A mail is a stranger's text: whatever it is, it is read in bounded time, and what is found is bounded and clean.
func FuzzFind(f *testing.F) {
	data, err := os.ReadFile("testdata/mails.json")
	require.NoError(f, err)
	var mails []struct{ Subject, Text string }
	require.NoError(f, json.Unmarshal(data, &mails))
	for _, m := range mails {
		f.Add(m.Subject, m.Text)
	}
	f.Add("", strings.Repeat("статус заявки № ", 60))
	f.Add(strings.Repeat("№", 200), strings.Repeat("свидетельство № 1 от 1 ", 60)+"\xff\xfe")
	list := seeds(f)
	f.Fuzz(func(t *testing.T, subject, text string) {
		begin := time.Now()
		for _, c := range list {
			found, ok := c.Find(subject, text)
			if ok && len(found[Ref])+len(found[RegistryNo]) == 0 {
				t.Fatal("a notification without a number")
			}
			for group, values := range found {
				if len(values) > 2*maxFinds*MaxLines {
					t.Fatalf("%s: %d values", group, len(values))
				}
				for _, v := range values {
					if v == "" || len(v) > maxValue || !utf8.ValidString(v) || strings.ContainsAny(v, "\n\r") {
						t.Fatalf("%s: %q", group, v)
					}
				}
			}
		}
		if took := time.Since(begin); took > 20*time.Second {
			t.Fatalf("%d bytes took %v", len(text), took)
		}
	})
}
