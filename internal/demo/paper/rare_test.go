package paper

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// plainly is a wording without what does not make it another one: case, room and punctuation.
func plainly(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("{}№", r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func lists(w Words) [][]string {
	return [][]string{w.Head, w.Number, w.Authors, w.Kind, w.Title, w.Created}
}

// wordsOf are all the wordings of vocabularies and of the plain certificates, plainly.
func wordsOf(vs ...Vocabulary) map[string]bool {
	known := map[string]bool{}
	for _, v := range vs {
		for _, list := range append(lists(v.RU), lists(v.KK)...) {
			for _, s := range list {
				known[plainly(s)] = true
			}
		}
	}
	for _, l := range append(labelsRU[:], labelsKK[:]...) {
		for _, s := range []string{l.authors, l.kind, l.title, l.created} {
			known[plainly(s)] = true
		}
	}
	return known
}

func TestRareSharesNoWordsWithKnown(t *testing.T) {
	sharesNoWords(t, Rare, wordsOf(Known))
}

// sharesNoWords holds a vocabulary against what is known, and against what a vocabulary must have.
func sharesNoWords(t *testing.T, v Vocabulary, known map[string]bool) {
	for _, w := range []Words{v.RU, v.KK} {
		for i, list := range lists(w) {
			if len(list) < 6 || len(list) > 10 {
				t.Errorf("list %d has %d entries", i, len(list))
			}
			for _, s := range list {
				if known[plainly(s)] {
					t.Errorf("not new: %q", s)
				}
			}
		}
		for _, n := range w.Number {
			if !strings.Contains(n, "{n}") || !strings.Contains(n, "{y}") {
				t.Errorf("no number or day: %q", n)
			}
		}
	}
	for word, heads := range map[string][]string{"СВИДЕТЕЛЬСТВО": v.RU.Head, "КУӘЛІК": v.KK.Head} {
		for _, h := range heads {
			if !slices.ContainsFunc(strings.Split(h, "\n"), func(l string) bool {
				return strings.ReplaceAll(strings.ToUpper(l), " ", "") == word
			}) {
				t.Errorf("no %s by itself in %q", word, h)
			}
		}
	}
}

// drawn calls f with designs of a form.
func drawn(v Vocabulary, form Form, n int, f func(Design)) {
	rng := rand.New(rand.NewPCG(uint64(form), 7))
	for range n {
		d := DrawDesign(rng, v)
		d.Form = form
		f(d)
	}
}

func TestEveryRareFormPrintsTheFields(t *testing.T) { everyFormPrintsTheFields(t, Rare) }

func everyFormPrintsTheFields(t *testing.T, v Vocabulary) {
	for _, form := range v.Forms {
		drawn(v, form, 2, func(d Design) {
			pages, err := d.Pages(sample1)
			if err != nil {
				t.Fatal(err)
			}
			if len(pages) > 1 != form.Manifold() {
				t.Errorf("%s: %d pages", form, len(pages))
			}
			pdf, err := PDF(pages...)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ToUpper(text(t, pdf)) // one form has capitals only
			want := []string{"55942", "2025", "2024", "ҚҰРМАНҒАЛИЕВА", "Андреевич", "Ольга"}
			if form.language() != "kk" {
				want = append(want, "произведение", "науки", "рекомендации", "школ")
			}
			if form.language() != "ru" {
				want = append(want, "ғылыми", "туынды", "Органикалық", "нұсқаулар")
			}
			for _, w := range want {
				if !strings.Contains(got, strings.ToUpper(w)) {
					t.Errorf("%s: no %q in\n%s", form, w, got)
				}
			}
		})
	}
}

func TestRareFormsNeitherOverlapNorLeaveThePage(t *testing.T) { neitherOverlapNorLeaveThePage(t, Rare) }

func neitherOverlapNorLeaveThePage(t *testing.T, v Vocabulary) {
	long := sample1
	long.Title = strings.Repeat("Информационная система управления обучением ", 18)
	long.TitleKK = ""
	for range 4 {
		long.Authors = append(slices.Clone(long.Authors), sample1.Authors...)
	}
	short := sample1
	short.Title, short.TitleKK = "WE SPEAK", ""
	loud := sample1
	loud.Title, loud.TitleKK = strings.ToUpper(sample1.Title), ""
	for _, form := range v.Forms {
		drawn(v, form, 8, func(d Design) {
			for _, c := range []Subject{sample1, long, short, loud} {
				pages, err := d.Pages(c)
				if err != nil {
					t.Fatal(err)
				}
				for i, p := range pages {
					if why := p.flaw(); why != "" {
						t.Errorf("%s, page %d, %.20s, scale %.2f: %s", form, i+1, c.Title, p.scale, why)
					}
				}
			}
		})
	}
}

// flaw tells what overlaps or leaves the page.
func (p *Page) flaw() string {
	type area struct {
		l, t, r, b float64
		what       string
	}
	var areas []area
	for _, r := range p.runs {
		if strings.TrimSpace(r.text) == "" {
			continue
		}
		high := r.size * 0.3528
		areas = append(areas, area{r.x, r.y - 0.7*high, r.x + width(r.text, style{font: r.font, size: r.size}), r.y + 0.1*high, r.text})
	}
	for i, a := range areas {
		if a.l < 9 || a.r > p.width()-9 || a.t < 9 || a.b > p.height()-9 {
			return "beside the page: " + a.what
		}
		for _, b := range areas[i+1:] {
			if a.l < b.r && b.l < a.r && a.t < b.b && b.t < a.b {
				return a.what + " over " + b.what
			}
		}
		for _, b := range p.boxes {
			if a.l < b.x+b.w && b.x < a.r && a.t < b.y+b.h && b.y < a.b {
				return "a line or the code over " + a.what
			}
		}
	}
	return ""
}
