// Package world makes up a university: its people, their applications and the certificates that they got.
//
// It stands at the root of the demo and of the tests that need plausible data. Everything follows from a seed
// and a size, so the same call gives the same world on every machine. It knows the truth about its own data
// and nothing of how Kualik reads, matches or stores them. All names, numbers and addresses are invented.
package world

import (
	"math/rand/v2"

	"kualik/internal/clock"
)

// The university of the demo. Its domain is reserved for examples (RFC 2606), so no letter can reach a stranger.
const (
	University   = "Университет Коктобе"
	UniversityKK = "Көктөбе университеті"
	UniversityEN = "Koktobe University"
	Domain       = "koktobe.example"
	Mailbox      = "kualik@" + Domain
)

// Size is how large a world is wanted. Today is the day on which the world stands: nothing in it is later.
type Size struct {
	Staff        int
	Applications int
	Today        clock.Day
}

// Usual is the size of the demo.
func Usual(today clock.Day) Size { return Size{Staff: 320, Applications: 430, Today: today} }

// World is the whole made-up university. Slices are in the order of the files that are written from them.
type World struct {
	Seed         uint64
	Today        clock.Day
	Faculties    []Faculty
	People       []Person // staff first, then outsiders
	Staff        int      // how many of People are staff
	Applications []Application
	Certificates []Certificate
}

// Name is a person's name in one spelling.
type Name struct{ Surname, Given, Patronymic string }

// Full is surname, given name, patronymic, as the register writes them.
func (n Name) Full() string {
	s := n.Surname + " " + n.Given
	if n.Patronymic != "" {
		s += " " + n.Patronymic
	}
	return s
}

// Person is somebody who may be an author. StaffID is empty for an outsider.
type Person struct {
	StaffID      string
	IIN          string
	IINListed    bool // the directory knows the IIN
	Female       bool
	Directory    Name // as the directory spells it
	RU, KK       Name // both spellings; equal where the name has only one
	Maiden       Name // zero unless married under another name; certificates before MarriedOn carry it
	MarriedOn    clock.Day
	OtherNames   []string
	Emails       []string
	Faculty      string
	Department   string
	Programme    string
	Position     string
	EmployedFrom clock.Day
	EmployedTo   clock.Day

	department int // index in the generator's list of departments
}

// ApplicationAuthor is an author as an application names them. Person is an index into World.People.
type ApplicationAuthor struct {
	Name   string
	Person int
	IIN    string // empty when the application does not tell
}

// Application is one that was filed outside Kualik. Twin names another application that is easily mistaken
// for this one; Indistinguishable says that nothing on a certificate tells the two apart.
type Application struct {
	Ref               string
	RegistryNo        string
	Title, TitleKK    string // TitleKK is empty when the title has one language only
	Kind              string // code
	KindText          string // the register's words, in the language of the file's row
	CreatedOn         clock.Day
	FiledOn           clock.Day
	Authors           []ApplicationAuthor
	Status            string
	Twin              string
	Indistinguishable bool
	department        int
}

// Author is one on a certificate with the truth about them.
type Author struct {
	Name       string   // as printed
	Person     int      // index into World.People
	StaffID    string   // empty for an outsider
	Candidates []string // more than one: the printed name alone does not tell which of these it is
}

// Certificate is one that the register issued, with the truth about it.
type Certificate struct {
	Key             string
	Number          string // as printed
	RegisteredOn    clock.Day
	CreatedOn       clock.Day
	Kind            string
	KindText        string
	KindTextKK      string
	Title           string
	TitleKK         string // empty when both halves carry the same title
	Authors         []Author
	VerificationURL string
	ApplicationRef  string // empty when the list has none
	Ambiguous       bool   // no careful reader could tell which application it is
	OldForm         bool   // the form used until autumn 2018
}

// Generate makes the world of a seed.
func Generate(seed uint64, size Size) *World {
	w := &World{Seed: seed, Today: size.Today, Faculties: faculties, Staff: size.Staff}
	g := &generator{World: w, rng: rand.New(rand.NewPCG(seed, 0x6b75616c696b)), emails: map[string]bool{}, iins: map[string]bool{}}
	g.staff(size.Staff)
	g.outsiders(size.Staff / 5)
	g.applications(size.Applications)
	g.certificates()
	return w
}

// StaffMembers are the people of the directory.
func (w *World) StaffMembers() []Person { return w.People[:w.Staff] }

// Certificate finds a certificate by its key; the zero value when there is none.
func (w *World) Certificate(key string) Certificate {
	for _, c := range w.Certificates {
		if c.Key == key {
			return c
		}
	}
	return Certificate{}
}

// generator is the world in the making, with its source of chance.
type generator struct {
	*World
	rng    *rand.Rand
	emails map[string]bool
	iins   map[string]bool
	series int // last serial of the titles' trade names
}

// chance is true p times in a hundred.
func (g *generator) chance(p int) bool { return g.rng.IntN(100) < p }

// pick takes one of a list.
func pick[T any](g *generator, list []T) T { return list[g.rng.IntN(len(list))] }

// weighted gives an index with the probability of its weight.
func (g *generator) weighted(weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := g.rng.IntN(total)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	return len(weights) - 1
}
