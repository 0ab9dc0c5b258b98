package mails

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"

	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
)

// documents are the files that people attach. A certificate has one PDF from the register, whoever sends it.
type documents struct {
	seed uint64
	mu   sync.Mutex
	pdfs map[string]func() ([]byte, error)
}

func newDocuments(w *world.World) *documents {
	return &documents{seed: w.Seed, pdfs: map[string]func() ([]byte, error){}}
}

// Variant is how the register printed a certificate of a world; it follows from the seed and the key.
func Variant(seed uint64, c world.Certificate) paper.Variant {
	h := fnv.New64a()
	h.Write([]byte(c.Key)) // never fails
	rng := rand.New(rand.NewPCG(seed, h.Sum64()))
	separators := []string{", ", "; ", "\n"}
	if c.OldForm {
		return paper.Variant{Layout: paper.Old, Separator: separators[rng.IntN(2)]}
	}
	all := paper.Variants()
	v := all[rng.IntN(len(all))]
	if rng.IntN(3) == 0 {
		v.Layout = paper.Stacked // the most frequent form
	}
	v.Separator = separators[rng.IntN(len(separators))]
	v.NoCode = rng.IntN(5) == 0
	return v
}

// pdf is the register's file, made once.
func (d *documents) pdf(c world.Certificate) ([]byte, error) {
	d.mu.Lock()
	f, ok := d.pdfs[c.Key]
	if !ok {
		f = sync.OnceValues(func() ([]byte, error) { return paper.Certificate(Subject(c), Variant(d.seed, c)) })
		d.pdfs[c.Key] = f
	}
	d.mu.Unlock()
	return f()
}

func (d *documents) page(c world.Certificate) (*paper.Page, error) {
	return paper.CertificatePage(Subject(c), Variant(d.seed, c))
}
