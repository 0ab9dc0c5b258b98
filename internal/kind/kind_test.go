package kind

import "testing"

// Two kinds with one folded wording would silently become one.
func TestWordingsBelongToOneKind(t *testing.T) {
	owner := map[string]string{}
	for _, e := range entries {
		for _, w := range append([]string{e.code, e.ru, e.kk, e.en}, e.others...) {
			if was, ok := owner[fold(w)]; ok && was != e.code {
				t.Errorf("%q is both %s and %s", w, was, e.code)
			}
			owner[fold(w)] = e.code
			if got, ok := Parse(w); !ok || got != e.code {
				t.Errorf("Parse(%q) = %q, %v", w, got, ok)
			}
		}
	}
	if len(Codes) != 30 {
		t.Errorf("%d codes, the interchange format has 30", len(Codes))
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"  Произведение   НАУКИ.":                 "scientific_work",
		"ғылыми туынды / произведение науки":      "scientific_work",
		"ғылыми туынды / произведение литературы": "",
		"ЭЕМ-ге  арналған\nбағдарлама":            "computer_program",
		"FЫЛЫМИ ТУЫНДЫ":                           "",
		"Карты, относящиеся к географии":          "maps",
		"музыкальное произведение (с текстом)":    "music_with_text",
		"прoизвeдeние науки":                      "scientific_work", // Latin o and e
		"Трёхмерные произведения":                 "three_dimensional_work",
		"computer_program":      "computer_program",
		"способ получения сыра": "",
		"":  "",
		"/": "",
	} {
		if got, ok := Parse(text); got != want || ok != (want != "") {
			t.Errorf("Parse(%q) = %q, %v; want %q", text, got, ok, want)
		}
	}
}

func TestName(t *testing.T) {
	if Name("ru", "scientific_work") != "произведение науки" || Name("kk", "database") != "дерекқор" ||
		Name("en", "maps") != "maps" || Name("ru", "new_kind") != "new_kind" {
		t.Error("names are not those of the register")
	}
}
