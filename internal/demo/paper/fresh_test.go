package paper

import "testing"

func TestFreshSharesNoWordsWithTheOthers(t *testing.T) {
	sharesNoWords(t, Fresh, wordsOf(Known, Rare, Unseen))
	for _, w := range []Words{Fresh.RU, Fresh.KK} {
		for i, list := range lists(w) {
			if len(list) < 8 {
				t.Errorf("list %d has %d entries", i, len(list))
			}
		}
	}
}

func TestEveryFreshFormPrintsTheFields(t *testing.T) { everyFormPrintsTheFields(t, Fresh) }

func TestFreshFormsNeitherOverlapNorLeaveThePage(t *testing.T) {
	neitherOverlapNorLeaveThePage(t, Fresh)
}

func TestEveryFreshFormPrintsTheDays(t *testing.T) { everyFormPrintsTheDays(t, Fresh) }
