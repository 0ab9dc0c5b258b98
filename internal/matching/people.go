package matching

import (
	"strings"

	"kualik/internal/person"
)

// People decides for each printed author, in order, who of the staff it is. app is the application that
// the certificate is decided to belong to, or nil: its personal numbers decide between namesakes.
func People(c Certificate, staff []Staff, app *Application) []Match {
	return Matcher{}.People(c, staff, app)
}

// People is as the function of that name.
func (m Matcher) People(c Certificate, staff []Staff, app *Application) []Match {
	names := foldAll(c.Authors)
	members := make([]member, len(staff))
	for i, s := range staff {
		members[i] = newMember(s)
	}
	witnesses := witnessesOf(names, app)
	matches := make([]Match, len(names))
	for i, n := range names {
		var list []candidate
		for _, s := range members {
			if w, worth := m.weighPerson(n, s, witnesses[i]); worth {
				list = append(list, w)
			}
		}
		matches[i] = decidePerson(list)
	}
	return matches
}

// witness is what the application says of a printed author: the name there, perhaps fuller, and the
// keyed hash of the personal number.
type witness struct {
	named
	key string
}

// member is a member of staff under every name that they go by, the one in the directory first.
type member struct {
	Staff
	names []named
}

func newMember(s Staff) member {
	main := person.Name{Surname: s.Surname, Given: s.GivenName, Patronymic: s.Patronymic}
	m := member{Staff: s, names: []named{fold(main)}}
	for _, o := range s.OtherNames {
		m.names = append(m.names, fold(otherName(o, main)))
	}
	return m
}

// witnessesOf finds for each printed name the author of the application who alone can be meant.
func witnessesOf(names []named, app *Application) []*witness {
	list := make([]*witness, len(names))
	if app == nil {
		return list
	}
	authors := folder{}.authors(app.Authors)
	for i, j := range pair(names, authors) {
		if j < 0 {
			continue
		}
		points := fitPoints(names[i], authors[j])
		alone := true
		for k, other := range authors {
			alone = alone && (k == j || fitPoints(names[i], other) < points)
		}
		for k, other := range names {
			alone = alone && (k == i || fitPoints(other, authors[j]) < points)
		}
		if alone {
			list[i] = &witness{named: authors[j], key: app.Authors[j].Key}
		}
	}
	return list
}

// weighPerson holds a printed name against a member of staff under every name that they go by. worth is
// false for those who are far from being the one.
func (m Matcher) weighPerson(n named, s member, x *witness) (w candidate, worth bool) {
	numberSame := x != nil && x.key != "" && x.key == s.Key
	used, g := 0, person.CompareFolded(n.folded, s.names[0].folded)
	for i, other := range s.names[1:] {
		if h := person.CompareFolded(n.folded, other.folded); better(h, g) {
			used, g = i+1, h
		}
	}
	w = candidate{Candidate: Candidate{ID: s.ID, Ref: s.StaffID}}
	if g.Surname == person.Differs && !numberSame {
		return w, false
	}
	m.sayName(&w, n.name, g, s.names[used].name, used > 0)
	witnessed := sayWitness(&w, n, g, s, x, numberSame)
	if numberSame {
		// The number decides where the names agree too; another surname may be a maiden one.
		if g.Given < person.Initial || g.Patronymic == person.Differs || g.Surname == person.Differs && !maiden(g, n) {
			w.conflict("name")
		}
		return w, true
	}
	switch {
	case g.Given == person.Differs:
		w.veto(person.VetoGiven)
	case g.Patronymic == person.Differs:
		w.veto(person.VetoPatronymic)
	}
	if g.Surname != person.Same || g.Given != person.Same || g.Patronymic == person.Similar || g.Patronymic == person.Initial {
		w.conflict("similar_name")
	}
	// A printed patronymic that the directory lacks may be another person's.
	if g.Patronymic == person.Missing && n.name.Patronymic != "" && !witnessed {
		w.conflict("patronymic_unknown")
	}
	return w, true
}

// otherName reads another spelling of a person's name: of the surname alone or of the whole name. Parts
// that it lacks are those of the name in the directory.
func otherName(s string, main person.Name) person.Name {
	n := person.ParseName(s)
	if n.Given == "" {
		n.Given = main.Given
	}
	if n.Patronymic == "" {
		n.Patronymic = main.Patronymic
	}
	return n
}

// better tells whether an agreement is nearer than another; what differs weighs most.
func better(a, b person.Agreement) bool {
	worth := [...]int{person.Missing: 0, person.Differs: -20, person.Initial: 1, person.Similar: 2, person.Same: 6}
	points := func(g person.Agreement) int { return worth[g.Surname] + worth[g.Given] + worth[g.Patronymic] }
	return points(a) > points(b)
}

// sayName weighs the parts of a name. Near spellings weigh nothing: similarity alone joins nobody.
func (m Matcher) sayName(w *candidate, n person.Name, g person.Agreement, used person.Name, other bool) {
	f := m.Frequencies
	surname := map[person.Level]float64{person.Same: f.surname(n.Surname), person.Similar: 0, person.Differs: -6}[g.Surname]
	given := map[person.Level]float64{person.Same: f.given(n.Given), person.Similar: -1, person.Initial: 1, person.Differs: -8, person.Missing: -3}[g.Given]
	patronymic := map[person.Level]float64{person.Same: patronymicBits, person.Similar: 0, person.Initial: 2, person.Differs: -10}[g.Patronymic]
	code := g.Surname.String()
	if other {
		code = "other_name"
		surname -= 0.5
	}
	w.say("surname", code, used.Surname, level(g.Surname), round2(surname))
	w.say("given_name", g.Given.String(), used.Given, level(g.Given), round2(given))
	w.say("patronymic", g.Patronymic.String(), used.Patronymic, level(g.Patronymic), patronymic)
}

// sayWitness weighs what the application says: the number, and the patronymic that the certificate left
// out. It tells whether the application's own name is the one of the directory.
func sayWitness(w *candidate, n named, g person.Agreement, s member, x *witness, numberSame bool) bool {
	if x == nil {
		return false
	}
	h := person.CompareFolded(x.folded, s.names[0].folded)
	if g.Patronymic == person.Missing && n.name.Patronymic == "" {
		switch h.Patronymic {
		case person.Same:
			w.say("application_name", "same", x.name.Full(), 1, patronymicBits)
		case person.Differs:
			w.say("application_name", "differs", x.name.Full(), 0, -10)
			w.veto(person.VetoPatronymic)
		}
	}
	switch {
	case numberSame:
		w.say("number", "same", "", 1, 20)
	case x.key != "" && s.Key != "":
		// Another person's number, or a slip in one of the two lists.
		w.say("number", "differs", "", 0, -12)
		w.conflict("number")
	}
	return h.Surname == person.Same && h.Given == person.Same && h.Patronymic == person.Same
}

func level(l person.Level) float64 {
	return map[person.Level]float64{person.Same: 1, person.Similar: 0.8, person.Initial: 0.5}[l]
}

// peopleBits is the least that a person must have: surname and given name in full.
const peopleBits = 9

// decidePerson chooses among the members of staff whom a printed author may be.
func decidePerson(list []candidate) Match {
	order(list)
	if len(list) == 0 {
		return result(list, NotStaff, "no_candidate")
	}
	best := list[0]
	switch {
	case len(best.Vetoes) > 0:
		return result(list, NotStaff, strings.Join(best.Vetoes, "_"))
	case len(best.conflicts) > 0:
		return result(list, Review, best.conflicts[0])
	case len(list) > 1 && len(list[1].Vetoes) == 0 && lead(list) < margin:
		return result(list, Review, "namesakes")
	case best.Bits < peopleBits:
		return result(list, Review, "low_score")
	}
	return result(list, Auto, "")
}
