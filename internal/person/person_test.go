package person

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func lines(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for l := range strings.Lines(string(data)) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			list = append(list, l)
		}
	}
	return list
}

func TestSpellingsOfOneName(t *testing.T) {
	for _, l := range lines(t, "one-key.txt") {
		f := strings.Fields(l)
		for _, other := range f[1:] {
			if Fold(f[0]) != Fold(other) {
				t.Errorf("%s → %s, but %s → %s", f[0], Fold(f[0]), other, Fold(other))
			}
		}
	}
	for _, l := range lines(t, "two-keys.txt") {
		if f := strings.Fields(l); Fold(f[0]) == Fold(f[1]) {
			t.Errorf("%s and %s have one key %s", f[0], f[1], Fold(f[0]))
		}
	}
}

func TestCompare(t *testing.T) {
	for _, l := range lines(t, "compare.txt") {
		f := strings.Split(l, " | ")
		a, b := ParseName(f[0]), ParseName(f[1])
		for _, pair := range [][2]Name{{a, b}, {b, a}} {
			g, vetoes := Compare(pair[0], pair[1])
			if got := g.Surname.String() + " " + g.Given.String() + " " + g.Patronymic.String(); got != f[2] {
				t.Errorf("%v and %v: %s, want %s", pair[0], pair[1], got, f[2])
			}
			if strings.Contains(f[2], "differs") != (len(vetoes) > 0) {
				t.Errorf("%s: vetoes %v", l, vetoes)
			}
		}
	}
}

func TestParseName(t *testing.T) {
	for text, want := range map[string]Name{
		"Ахметова Айгуль Сериковна":      {"Ахметова", "Айгуль", "Сериковна"},
		"АХМЕТОВА  АЙГҮЛ\u00a0СЕРІКҚЫЗЫ": {"АХМЕТОВА", "АЙГҮЛ", "СЕРІКҚЫЗЫ"},
		"Ахметова А.С.":                  {"Ахметова", "А.", "С."},
		"А. С. Ахметова":                 {"Ахметова", "А.", "С."},
		"БӨКЕЙХАНҚЫЗЫ АСЕЛЬ":             {"БӨКЕЙХАНҚЫЗЫ", "АСЕЛЬ", ""},
		"Сейтова Дана Сейполда қызы":     {"Сейтова", "Дана", "Сейполда қызы"},
		"Ким Ирина (ЖУ им. Жансугурова)": {"Ким", "Ирина", ""},
		"Петрова-Ким Анна Мария Львовна": {"Петрова-Ким", "Анна Мария", "Львовна"},
		"Имя":  {"Имя", "", ""},
		"":     {},
		" . ,": {},
	} {
		if got := ParseName(text); got != want {
			t.Errorf("ParseName(%q) = %#v", text, got)
		}
	}
}

func TestShort(t *testing.T) {
	for text, want := range map[string]string{
		"АХМЕТОВА АЙГҮЛ БОЛАТҚЫЗЫ": "Ахметова А. Б.",
		"Петрова-Ким Анна":         "Петрова-Ким А.",
		"ПЕТРОВА-КИМ А.":           "Петрова-Ким А.",
		"Имашева":                  "Имашева",
	} {
		if got := ParseName(text).Short(); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestFoldText(t *testing.T) {
	if got := FoldText("  «Қазақ тілі»: 11-сынып, PhysLab № 7 "); got != "казак тили 11 синип пхислаб 7" {
		t.Errorf("%q", got)
	}
}

func TestNumbers(t *testing.T) {
	for number, want := range map[string]NumberFault{
		"610914499100": "", "010308699577": "",
		"610914499101": NumberControl, "611314499100": NumberDate, "61091449910": NumberLength, "61091449910x": NumberLength, "": NumberLength,
	} {
		if got := CheckIIN(number); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
	if CheckBIN("610914499100") != NumberDate {
		t.Error("a personal number passed for a business number")
	}
	eleven := "21034099999"
	if d := ControlDigit(eleven); d < 0 || CheckBIN(eleven+string(rune('0'+d))) != "" {
		t.Error("a right business number was refused")
	}
}

// A key folds to itself, so that a folded query finds a folded column; folding never fails.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Әбдірахманов", "Щукин-Цой", "dzhyy", "иии", "ъь", "Ķ", "\xff", "ПӘ3", "shch ya", "№"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := FoldText(s)
		if !utf8.ValidString(once) || strings.Contains(once, "  ") || FoldText(once) != once {
			t.Errorf("%q → %q → %q", s, once, FoldText(once))
		}
		n := ParseName(s)
		if g, vetoes := Compare(n, n); len(vetoes) > 0 {
			t.Errorf("%q differs from itself: %v", s, g)
		}
		Keys(s)
		n.Short()
	})
}
