package paper

import (
	"fmt"
	"strings"
	"testing"
)

func TestUnseenSharesNoWordsWithTheOthers(t *testing.T) {
	sharesNoWords(t, Unseen, wordsOf(Known, Rare))
}

func TestEveryUnseenFormPrintsTheFields(t *testing.T) { everyFormPrintsTheFields(t, Unseen) }

func TestUnseenFormsNeitherOverlapNorLeaveThePage(t *testing.T) {
	neitherOverlapNorLeaveThePage(t, Unseen)
}

func TestEveryUnseenFormPrintsTheDays(t *testing.T) { everyFormPrintsTheDays(t, Unseen) }

// Each language of a form says both days by itself, in figures or in words.
func everyFormPrintsTheDays(t *testing.T, v Vocabulary) {
	for _, form := range v.Forms {
		drawn(v, form, 12, func(d Design) {
			pages, err := d.Pages(sample1)
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, p := range pages {
				for _, r := range p.runs {
					words = append(words, r.text)
				}
			}
			got := strings.ToLower(strings.Join(strings.Fields(strings.Join(words, " ")), " "))
			for _, day := range []struct{ figures, ru, kk string }{
				{"18.03.2025", "18 марта 2025", "2025 жылғы 18 наурыз"}, {"04.11.2024", "4 ноября 2024", "2024 жылғы 4 қараша"}} {
				said := strings.NewReplacer("«", "", "»", "").Replace(got)
				if !strings.Contains(said, day.figures) && !strings.Contains(said, day.ru) && !strings.Contains(said, day.kk) {
					t.Errorf("%s: no %s in %s", form, day.figures, fmt.Sprint(words))
				}
			}
		})
	}
}

func TestEveryFormHasAName(t *testing.T) {
	names := map[string]bool{}
	for f := range allForms {
		if f.String() == "" || names[f.String()] {
			t.Errorf("form %d: %q", f, f)
		}
		names[f.String()] = true
	}
}
