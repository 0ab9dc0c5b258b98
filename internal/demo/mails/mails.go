// Package mails writes the letters in which certificates reach a university: as people write them, forward
// them, scan them and send them twice, among all the mail that has no certificate in it.
//
// It stands in the demo above world, whose people write, and paper, which draws what they attach. Each mail
// carries the truth about itself; how Kualik reads mail is not known here. The same world gives the same bytes.
package mails

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
)

// Outcomes of the mail ledger, as the interchange format names them.
const (
	Certificates = "certificates"
	Quarantined  = "quarantined"
	NothingFound = "nothing_found"
	Duplicate    = "duplicate"
)

// Truth is what a careful reader would make of a mail. Also lists other outcomes that may be excused, as
// with scans, which may be left to a person.
type Truth struct {
	Outcome      string   `json:"outcome"`
	Also         []string `json:"also,omitempty"`
	Certificates []string `json:"certificates,omitempty"` // keys in the world
	Tags         []string `json:"tags"`                   // the first is the shape
}

// Mail is one message as the mailbox holds it.
type Mail struct {
	Raw        []byte
	ReceivedAt time.Time
	Truth      Truth
}

// draft is a mail in the plan: who sends which certificates in which shape.
type draft struct {
	shape    string
	certs    []world.Certificate
	sender   world.Person
	at       time.Time
	write    func(*writer) ([]byte, error)
	outcome  string
	also     []string
	sameAs   int // index of the draft whose bytes come a second time, -1 otherwise
	original int // place in the plan, the source of the draft's chance
}

// Write makes all mails of a world, in the order in which they arrive.
func Write(w *world.World) ([]Mail, error) { return WriteOnly(w, func(Truth) bool { return true }) }

// WriteOnly makes those mails of a world that are wanted, and the second copies of them.
func WriteOnly(w *world.World, wanted func(Truth) bool) ([]Mail, error) {
	drafts := newPlan(w).drafts()
	docs := newDocuments(w)
	list := make([]Mail, len(drafts))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range drafts {
		if d.sameAs >= 0 || !wanted(d.truth()) {
			continue
		}
		g.Go(func() error {
			rng := rand.New(rand.NewPCG(w.Seed, uint64(d.original)+1000))
			raw, err := d.write(&writer{world: w, docs: docs, rng: rng, draft: d})
			if err != nil {
				return fmt.Errorf("write mail %d (%s): %w", i, d.shape, err)
			}
			list[i] = Mail{Raw: raw, ReceivedAt: d.at, Truth: d.truth()}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, d := range drafts {
		if d.sameAs >= 0 {
			list[i] = Mail{Raw: list[d.sameAs].Raw, ReceivedAt: d.at, Truth: d.truth()}
		}
	}
	list = slices.DeleteFunc(list, func(m Mail) bool { return m.Raw == nil })
	slices.SortStableFunc(list, func(a, b Mail) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return list, nil
}

func (d draft) truth() Truth {
	t := Truth{Outcome: d.outcome, Also: d.also, Tags: strings.Fields(d.shape)}
	for _, c := range d.certs {
		t.Certificates = append(t.Certificates, c.Key)
	}
	return t
}

// Subject is what a paper prints of a world's certificate.
func Subject(c world.Certificate) paper.Subject {
	s := paper.Subject{KindTextKK: c.KindTextKK, Fields: certificate.Fields{Number: c.Number, RegisteredOn: c.RegisteredOn, CreatedOn: c.CreatedOn,
		Kind: c.Kind, KindText: c.KindText, Title: c.Title, TitleKK: c.TitleKK, VerificationURL: c.VerificationURL}}
	for _, a := range c.Authors {
		s.Authors = append(s.Authors, a.Name)
	}
	return s
}

// writer writes one mail.
type writer struct {
	world *world.World
	docs  *documents
	rng   *rand.Rand
	draft
}

func pick[T any](w *writer, list []T) T { return list[w.rng.IntN(len(list))] }

// day at an hour of the office, in the country's zone.
func instant(d clock.Day, minutes int) time.Time {
	return d.Time().Add(3*time.Hour + time.Duration(minutes)*time.Minute)
}

// Unsent are mails, so many at most, that bring the certificates which Write leaves out, each in a plain letter
// to be sent at that instant: for measuring and for showing how a new one arrives.
func Unsent(w *world.World, at time.Time, most int) ([]Mail, error) {
	p := newPlan(w)
	sent := map[string]bool{}
	for _, d := range p.drafts() {
		for _, c := range d.certs {
			sent[c.Key] = true
		}
	}
	docs := newDocuments(w)
	var list []Mail
	for i, c := range w.Certificates {
		if sent[c.Key] || c.OldForm {
			continue
		}
		if len(list) == most {
			break
		}
		d := draft{shape: "direct", certs: []world.Certificate{c}, sender: w.People[c.Authors[0].Person], at: at, outcome: Certificates, original: 100000 + i}
		raw, err := direct(&writer{world: w, docs: docs, rng: rand.New(rand.NewPCG(w.Seed, uint64(d.original))), draft: d})
		if err != nil {
			return nil, fmt.Errorf("write a mail of %s: %w", c.Key, err)
		}
		list = append(list, Mail{Raw: raw, ReceivedAt: at, Truth: d.truth()})
	}
	return list, nil
}
