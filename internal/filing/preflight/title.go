package preflight

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kualik/internal/person"
)

// word is one word of a page: where it stands, and its key.
type word struct {
	from, to int
	key      string
}

// wordsOf parts a text into words with the keys by which Kazakh, Russian and Latin spellings are one.
func wordsOf(s string) (list []word) {
	from := -1
	for i, r := range s + " " {
		switch in := wordy(r); {
		case in && from < 0:
			from = i
		case !in && from >= 0:
			if key := strings.ReplaceAll(person.FoldText(s[from:i]), " ", ""); key != "" {
				list = append(list, word{from, i, key})
			}
			from = -1
		}
	}
	return list
}

// titlePages are the leaves on which a title page stands; in a file without pages the first so many bytes.
const (
	titlePages = 3
	titleBytes = 8_000
	// nearly is the share of common words from which another wording is shown as the title's.
	nearly = 0.5
)

// title: "Название должен быть как в титулке". Letters of both languages, signs and line breaks do not
// matter; a word more or less does.
func (c *check) title() {
	want := wordsOf(cleaned(c.about.Title))
	if len(want) == 0 {
		return
	}
	whole := keys(want)
	var best hit
	bestShare := 0.0
	for i := range c.text.pages {
		p := &c.text.pages[i]
		words := wordsOf(p.text)
		front := c.front(p)
		if from, to, ok := contains(words, whole); ok {
			h := hit{p, words[from].from, words[to-1].to}
			if front && (c.text.paged || p.start+h.from < titleBytes) {
				c.add(h.at(Finding{Code: CodeTitle, Severity: OK, Message: "preflight.title.ok"}))
			} else {
				c.titleFinding(h, "preflight.title.later")
			}
			return
		}
		if !front {
			continue
		}
		if !c.text.paged {
			words = slices.DeleteFunc(words, func(w word) bool { return p.start+w.from >= titleBytes })
		}
		if h, share := closest(p, words, want); share > bestShare {
			best, bestShare = h, share
		}
	}
	if bestShare >= nearly {
		c.titleFinding(best, "preflight.title.differs")
		return
	}
	c.add(Finding{Code: CodeTitle, Severity: Warning, Message: "preflight.title.absent", Args: []any{"Title", c.about.Title}}, c.about.Title)
}

// titleFinding is a doubt that holds for this title only: with another one an answer is void.
func (c *check) titleFinding(h hit, message string) {
	c.add(h.at(Finding{Code: CodeTitle, Severity: Warning, Message: message, Args: []any{"Title", c.about.Title, "Page", h.page.number}}), c.about.Title)
}

func (c *check) front(p *page) bool {
	if c.text.paged {
		return p.number <= titlePages
	}
	return p.start < titleBytes
}

func keys(list []word) string {
	var b strings.Builder
	for _, w := range list {
		b.WriteString(w.key)
	}
	return b.String()
}

// contains finds the words that make up the key together; a word may be broken over lines.
func contains(words []word, key string) (from, to int, ok bool) {
	for i := range words {
		rest := key
		for k := i; k < len(words) && strings.HasPrefix(rest, words[k].key); k++ {
			if rest = rest[len(words[k].key):]; rest == "" {
				return i, k + 1, true
			}
		}
	}
	return 0, 0, false
}

// closest finds the stretch of a page that has most words in common with the title, and its share (Dice).
func closest(p *page, words, want []word) (hit, float64) {
	title := map[string]int{}
	for _, w := range want {
		title[w.key]++
	}
	var best hit
	top := 0.0
	for i := range words {
		if title[words[i].key] == 0 || utf8.RuneCountInString(words[i].key) < 2 && len(want) > 1 {
			continue
		}
		left := make(map[string]int, len(title))
		for k, n := range title {
			left[k] = n
		}
		common := 0
		for k := i; k < len(words) && k-i < 2*len(want)+3; k++ {
			if left[words[k].key] > 0 {
				left[words[k].key]--
				common++
				if share := 2 * float64(common) / float64(len(want)+k-i+1); share > top {
					best, top = hit{p, words[i].from, words[k].to}, share
				}
			}
		}
	}
	return best, top
}
