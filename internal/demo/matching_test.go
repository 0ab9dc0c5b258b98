package demo

import (
	"os"
	"slices"
	"testing"

	"kualik/internal/demo/world"
	"kualik/internal/matching"
)

// TestNoWrongDecisionInTheDemo matches certificates of two worlds against everything in them: every doubtful
// one, and some of the others. What is decided without a person must be right; what could be decided mostly is.
func TestNoWrongDecisionInTheDemo(t *testing.T) {
	seeds := []uint64{2026}
	if os.Getenv("KUALIK_TORTURE") != "" {
		seeds = append(seeds, 7, 8, 9)
	}
	for _, seed := range seeds {
		w := world.Generate(seed, world.Usual("2026-11-20"))
		apps, staff := candidates(w)
		var s score
		for i, c := range w.Certificates {
			namesakes := slices.ContainsFunc(c.Authors, func(a world.Author) bool { return a.Candidates != nil })
			if i%12 != 0 && !c.Ambiguous && !namesakes {
				continue // each is compared with all applications, which takes its time
			}
			s.certificate(t, w, c, apps, staff)
		}
		t.Logf("seed %d: applications %d of %d decidable, people %d of %d", seed, s.apps, s.appsDecidable, s.people, s.peopleDecidable)
		if s.apps*100 < 80*s.appsDecidable || s.people*100 < 80*s.peopleDecidable {
			t.Errorf("seed %d: too much is left to people", seed)
		}
	}
}

type score struct{ apps, appsDecidable, people, peopleDecidable int }

func (s *score) certificate(t *testing.T, w *world.World, c world.Certificate, apps []matching.Application, staff []matching.Staff) {
	t.Helper()
	given := matching.Certificate{RegisteredOn: c.RegisteredOn, CreatedOn: c.CreatedOn, Kind: c.Kind, Title: c.Title, TitleKK: c.TitleKK}
	if c.OldForm {
		given.CreatedOn = ""
	}
	for _, a := range c.Authors {
		given.Authors = append(given.Authors, a.Name)
	}
	m := matching.Applications(given, apps)
	decidable := c.ApplicationRef != "" && !c.Ambiguous
	if decidable {
		s.appsDecidable++
	}
	var decided *matching.Application
	if m.Decision == matching.Auto {
		s.apps++
		if m.ID != c.ApplicationRef || !decidable {
			t.Errorf("%s «%s»: application %s, should be %q (ambiguous %v)", c.Key, c.Title, m.ID, c.ApplicationRef, c.Ambiguous)
		}
		decided = &apps[slices.IndexFunc(apps, func(a matching.Application) bool { return a.ID == m.ID })]
	}
	for i, p := range matching.People(given, staff, decided) {
		a := c.Authors[i]
		if a.StaffID != "" { // a namesake may still be told apart by the application's personal numbers
			s.peopleDecidable++
		}
		if p.Decision != matching.Auto {
			continue
		}
		s.people++
		if p.ID != a.StaffID {
			t.Errorf("%s: %q is %s, should be %q", c.Key, a.Name, p.ID, a.StaffID)
		}
	}
}

// candidates are the world's files as an installation would hold them; a personal number serves as its own key.
func candidates(w *world.World) ([]matching.Application, []matching.Staff) {
	var apps []matching.Application
	for _, a := range w.Applications {
		app := matching.Application{ID: a.Ref, Ref: a.Ref, RegistryNo: a.RegistryNo, Title: a.Title, Kind: a.Kind, CreatedOn: a.CreatedOn, FiledOn: a.FiledOn}
		for _, author := range a.Authors {
			app.Authors = append(app.Authors, matching.ApplicationAuthor{Name: author.Name, Key: author.IIN})
		}
		apps = append(apps, app)
	}
	var staff []matching.Staff
	for _, p := range w.StaffMembers() {
		key := p.IIN
		if !p.IINListed {
			key = ""
		}
		staff = append(staff, matching.Staff{ID: p.StaffID, StaffID: p.StaffID, Surname: p.Directory.Surname, GivenName: p.Directory.Given, Patronymic: p.Directory.Patronymic,
			OtherNames: p.OtherNames, Department: p.Department, Key: key, EmployedFrom: p.EmployedFrom, EmployedTo: p.EmployedTo})
	}
	return apps, staff
}
