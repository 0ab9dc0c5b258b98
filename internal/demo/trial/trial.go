// Package trial makes documents as they may arrive, with what is right to read from them, and judges what was
// read: the measure of reading.
//
// It stands in the demo, above paper and world. Each case follows from a seed, a family and a number alone.
// Development looks at the seeds below HeldOut; figures that mean something come from HeldOut and a vocabulary
// that reading was not built with.
package trial

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"kualik/internal/certificate"
	"kualik/internal/demo/mails"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
)

// HeldOut is the seed that nobody looks at while building.
const HeldOut = 20261130

// Family is a sort of documents.
type Family string

// The families. A lying document has a text layer that does not say what stands on the page.
const (
	Digital  Family = "digital"
	Lying    Family = "lying"
	Scan     Family = "scan"
	Photo    Family = "photo"
	Negative Family = "negative"
)

// Families are all of them.
var Families = []Family{Digital, Lying, Scan, Photo, Negative}

// Case is a document with the truth about it. Want is what stands on it when it is a certificate.
type Case struct {
	Name   string
	Family Family
	Tags   []string
	Data   []byte
	Want   *certificate.Fields
}

// Maker makes the cases of a seed. It may be used by many goroutines at once.
type Maker struct {
	seed  uint64
	words paper.Vocabulary
	world func() *world.World
}

// NewMaker makes the cases of a seed with a vocabulary.
func NewMaker(seed uint64, words paper.Vocabulary) *Maker {
	return &Maker{seed, words, sync.OnceValue(func() *world.World {
		return world.Generate(seed, world.Usual("2026-10-01"))
	})}
}

// Case makes one case of a family, from 0.
func (m *Maker) Case(f Family, n int) (Case, error) {
	stream := uint64(n)
	for i, other := range Families {
		if other == f {
			stream += uint64(i) << 32
		}
	}
	d := &draft{rng: rand.New(rand.NewPCG(m.seed, stream)), words: m.words, Case: Case{Family: f}}
	d.subject(m.world())
	if err := d.draw(); err != nil {
		return Case{}, fmt.Errorf("case %s %d of seed %d: %w", f, n, m.seed, err)
	}
	d.Name = fmt.Sprintf("%s-%04d.%s", f, n, d.extension)
	return d.Case, nil
}

// draft is a case in the making.
type draft struct {
	Case
	rng       *rand.Rand
	words     paper.Vocabulary
	on        paper.Subject // what is printed
	extension string
}

func (d *draft) chance(percent int) bool { return d.rng.IntN(100) < percent }

func (d *draft) tag(format string, args ...any) {
	d.Tags = append(d.Tags, fmt.Sprintf(format, args...))
}

// subject takes a certificate of the world and dresses its title and names as the register's rows are.
func (d *draft) subject(w *world.World) {
	c := w.Certificates[d.rng.IntN(len(w.Certificates))]
	s := mails.Subject(c)
	if s.Number == "" {
		s.Number = fmt.Sprint(100 + d.rng.IntN(80_000))
	}
	if d.chance(12) { // digits that are easily mistaken for each other
		s.Number = fmt.Sprint(3+5*d.rng.IntN(2)) + []string{"5338", "3353", "8683", "0609", "1717", "355", "6880"}[d.rng.IntN(7)]
	}
	switch d.rng.IntN(12) {
	case 0:
		s.Title, s.TitleKK = `"`+strings.Trim(s.Title, `"«»“”`)+`"`, ""
	case 1:
		s.Title, s.TitleKK = "«"+strings.Trim(s.Title, `"«»“”`), ""
	case 2:
		s.Title += " (" + []string{"электрондық ресурс", "на примере Алматинской области", "2 часть", "для групп 6B06101", "STEM"}[d.rng.IntN(5)] + ")"
		s.TitleKK = ""
	case 3:
		s.Title += ", включающий: " + []string{"лекции, тесты и глоссарий", "10 практических работ; 5 лабораторных работ", "видеоматериалы (79 часов), кейс-задания"}[d.rng.IntN(3)]
		s.TitleKK = ""
	case 4:
		s.Title = strings.ToUpper(s.Title)
		s.TitleKK = ""
	}
	if d.chance(30) {
		for i := range s.Authors {
			s.Authors[i] = strings.ToUpper(s.Authors[i])
		}
	}
	d.on = s
}

// draw draws the document.
func (d *draft) draw() error {
	if d.Family == Negative {
		return d.negative()
	}
	design := paper.DrawDesign(d.rng, d.words)
	word := d.Family == Digital && d.chance(8)
	if word { // what was copied into a word processor has no places on a page: it can only be in order
		design.Order = paper.OrderSet
		d.tag("docx")
	}
	if d.chance(15) {
		design.Form = paper.FormStacked // the most frequent one
	}
	if d.Family != Scan && d.Family != Photo && design.Form == paper.FormOld && d.chance(70) {
		design.Form = paper.FormCombined // the old form is paper
	}
	if d.Family != Digital && design.Form.Manifold() {
		design.Form = paper.FormBooklet // a picture shows one sheet
	}
	d.tag("%s", design.Form)
	d.want(design)
	pages, err := design.Pages(d.on)
	if err != nil {
		return err
	}
	switch d.Family {
	case Digital:
		return d.digital(pages, word)
	case Lying:
		return d.lying(pages[0])
	}
	return d.picture(pages[0])
}

// want is what is right to read from a design of the subject.
func (d *draft) want(design paper.Design) {
	w := d.on.Fields
	switch design.Form {
	case paper.FormKazakhOnly, paper.FormKazakhCells, paper.FormSections:
		w.KindText = d.on.KindTextKK
		if w.TitleKK != "" {
			w.Title = w.TitleKK
		}
		w.TitleKK = ""
	case paper.FormBlanks:
		w.KindText = strings.ToUpper(d.on.KindTextKK)
		if w.TitleKK != "" {
			w.Title = w.TitleKK
		}
		w.Title, w.TitleKK = strings.ToUpper(w.Title), ""
		w.Authors = slices.Clone(w.Authors) // the subject keeps its own
		for i, name := range w.Authors {
			w.Authors[i] = strings.ToUpper(name)
		}
	case paper.FormCombined, paper.FormGrid, paper.FormBoxes:
		if w.TitleKK != "" {
			w.Title, w.TitleKK = w.TitleKK+" / "+w.Title, ""
		}
	case paper.FormRussianOnly, paper.FormBigValues, paper.FormLabelBelow, paper.FormAuthorTable, paper.FormDiploma, paper.FormPlaque:
		w.TitleKK = ""
	case paper.FormOld:
		w.TitleKK, w.CreatedOn = "", ""
	}
	d.Want = &w
}

func (d *draft) digital(pages []*paper.Page, word bool) (err error) {
	d.extension = "pdf"
	switch {
	case word:
		d.extension = "docx"
		d.Data, err = paper.DOCX(pages...)
	case d.chance(8):
		d.tag("cover")
		d.Data, err = paper.PDF(append([]*paper.Page{paper.Cover(d.on)}, pages...)...)
	default:
		d.Data, err = paper.PDF(pages...)
	}
	return err
}

// picture makes a scan or a photo of the page.
func (d *draft) picture(page *paper.Page) error {
	var sorts []string
	for _, s := range paper.Cameras {
		if paper.IsPhoto(s) == (d.Family == Photo) {
			sorts = append(sorts, s)
		}
	}
	sort := sorts[d.rng.IntN(len(sorts))]
	format := "pdf"
	if d.Family == Photo {
		format = []string{"jpg", "jpg", "jpg", "exif", "pdf_small", "png"}[d.rng.IntN(6)]
	} else if d.chance(35) {
		format = paper.PictureFormats[d.rng.IntN(len(paper.PictureFormats))]
	}
	d.tag("%s", sort)
	d.tag("%s", format)
	camera := paper.DrawCamera(d.rng, sort)
	img, err := camera.Take(page)
	if err != nil {
		return err
	}
	d.extension = map[string]string{"exif": "jpg", "pdf_small": "pdf"}[format]
	if d.extension == "" {
		d.extension = format
	}
	d.Data, err = camera.File(img, format)
	return err
}

// negative makes a paper that is no certificate, as a file, a scan or a photo.
func (d *draft) negative() error {
	all := paper.Negatives()
	n := all[d.rng.IntN(len(all))]
	d.tag("%s", n)
	page := paper.NegativePage(n, d.on)
	switch d.rng.IntN(3) {
	case 0:
		d.Family = Scan
		defer func() { d.Family = Negative }()
		return d.picture(page)
	case 1:
		d.Family = Photo
		defer func() { d.Family = Negative }()
		return d.picture(page)
	}
	var err error
	d.extension = "pdf"
	d.Data, err = paper.PDF(page)
	return err
}
