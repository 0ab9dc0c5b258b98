package part

import (
	"strings"
	"testing"
)

func show2(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		switch s.Mark {
		case "same":
			b.WriteString("[" + s.Text + "]")
		case "differs":
			b.WriteString("{" + s.Text + "}")
		default:
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func TestDiffWordsMarksWhatOneOfTheOthersLacks(t *testing.T) {
	base, rest := DiffWords("Қазақ тілі: деңгейлік тапсырмалар жинағы", []string{
		"Қазақ тілі: деңгейлік тапсырмалар жинағы", "Қазақ тілі: деңгейлік диктанттар жинағы", ""}, strings.EqualFold)
	for i, got := range []string{show2(base), show2(rest[0]), show2(rest[1]), show2(rest[2])} {
		want := []string{"Қазақ тілі: деңгейлік [тапсырмалар] жинағы", "Қазақ тілі: деңгейлік [тапсырмалар] жинағы",
			"Қазақ тілі: деңгейлік {диктанттар} жинағы", ""}[i]
		if got != want {
			t.Errorf("%d: %q, want %q", i, got, want)
		}
	}
}

func TestDiffWordsOfEqualValuesMarksNothing(t *testing.T) {
	base, rest := DiffWords("Атлас долины", []string{"атлас  Долины"}, strings.EqualFold)
	if show2(base) != "Атлас долины" || show2(rest[0]) != "атлас Долины" {
		t.Errorf("%q %q", show2(base), show2(rest[0]))
	}
}

func TestDiffLettersMarksTheMiddle(t *testing.T) {
	base, rest := DiffLetters("Исабаева Гульнар Даулетовна", []string{"Исабаева Гульмира Даулетовна", "ИСАБАЕВА ГУЛЬНАР ДАУЛЕТОВНА", "Исабаева"})
	if got := show2(base); got != "Исабаева Гуль[нар] Даулетовна" {
		t.Errorf("value: %q", got)
	}
	if got := show2(rest[0]); got != "Исабаева Гуль{мира} Даулетовна" {
		t.Errorf("other: %q", got)
	}
	if got := show2(rest[1]); got != "Исабаева Гуль[нар] Даулетовна" {
		t.Errorf("agreeing one: %q", got)
	}
	if got := show2(rest[2]); got != "Исабаева" {
		t.Errorf("shorter one: %q", got)
	}
}
