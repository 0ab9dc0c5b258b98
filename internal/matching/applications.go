package matching

import (
	"kualik/internal/clock"
	"kualik/internal/person"
)

// Matcher decides with what is known of how common names are. Its zero value knows nothing of that.
type Matcher struct{ Frequencies Frequencies }

// Applications decides which of the candidates a certificate belongs to.
func Applications(c Certificate, candidates []Application) Match {
	return Matcher{}.Applications(c, candidates)
}

// sureBits is the least that an application must have for it to be taken without a person; worthBits
// the least for it to be shown to one.
const (
	sureBits  = 18
	worthBits = 8
)

// longestWait is how many days after filing a certificate may be registered for it to be the plain case:
// the law gives one working day, the old register took up to a month.
const longestWait = 60

// Applications decides which of the candidates a certificate belongs to. A candidate is taken when its
// title is the same, each author on the certificate is among its own, nothing contradicts, and no other
// comes near.
func (m Matcher) Applications(c Certificate, candidates []Application) Match {
	list := make([]candidate, len(candidates))
	names := foldAll(c.Authors)
	titles, known := titlesOf(c), folder{}
	for i, a := range candidates {
		list[i] = m.weigh(c, names, titles, a, known.authors(a.Authors))
	}
	order(list)
	if len(list) == 0 {
		return result(list, None, "no_candidate")
	}
	best := list[0]
	switch {
	case len(best.Vetoes) > 0 && worthDespite(best):
		return result(list, Review, "veto")
	case len(best.Vetoes) > 0 || best.Bits < worthBits || far(best):
		return result(list, None, "no_candidate")
	case len(best.conflicts) > 0:
		return result(list, Review, best.conflicts[0])
	case best.Bits < sureBits:
		return result(list, Review, "low_score")
	case len(list) > 1 && len(list[1].Vetoes) == 0 && lead(list) < 1:
		return result(list, Review, "tie")
	case lead(list) < margin:
		return result(list, Review, "margin")
	}
	return result(list, Auto, "")
}

// worthDespite tells whether a person should see a vetoed candidate: the title is the same and an author
// too, so perhaps a date or a name is wrong in one of the two.
func worthDespite(c candidate) bool {
	title, author := false, false
	for _, e := range c.Evidence {
		title = title || e.Field == "title" && (e.Code == titleSame || e.Code == titleNear)
		author = author || e.Field == "author" && e.Weight > 1
	}
	return title && author
}

// far tells whether a candidate has only its authors in common: another work of the same people.
func far(c candidate) bool {
	for _, e := range c.Evidence {
		if e.Field == "title" && e.Code != titleDiffers && e.Code != titleMissing || e.Field == "created_on" && e.Code == "same" || e.Field == "number" && e.Weight > 0 {
			return false
		}
	}
	return true
}

func (m Matcher) weigh(c Certificate, names []named, titles []title, a Application, authors []named) candidate {
	w := candidate{Candidate: Candidate{ID: a.ID, Ref: a.Ref}}
	sameTitle := weighTitle(&w, titles, a)
	sameAuthors := m.weighAuthors(&w, names, authors)
	weighCreated(&w, c.CreatedOn, a.CreatedOn)
	weighFiled(&w, c.RegisteredOn, a.FiledOn)
	weighKind(&w, c.Kind, a.Kind)
	if c.ApplicationNo != "" && (c.ApplicationNo == a.Ref || c.ApplicationNo == a.RegistryNo) {
		// A number decides only where names or title agree: siblings have neighbouring numbers, and
		// letters quote numbers of all sorts.
		if sameTitle || sameAuthors {
			w.say("number", "same", c.ApplicationNo, 1, 10)
		} else {
			w.say("number", "alone", c.ApplicationNo, 1, 0)
		}
	}
	if a.Taken {
		w.say("certificate", "other", "", 0, -3)
		w.conflict("taken")
	}
	return w
}

func titlesOf(c Certificate) []title {
	titles := []title{newTitle(c.Title)}
	if c.TitleKK != "" && c.TitleKK != c.Title {
		titles = append(titles, newTitle(c.TitleKK))
	}
	return titles
}

func weighTitle(w *candidate, titles []title, a Application) (same bool) {
	code, agreement := compareTitles(titles, newTitle(a.Title))
	weight := map[string]float64{titleSame: 12, titleNear: 8, titleHalf: 5, titleSimilar: 0, titleDigits: -6, titleDiffers: -6, titleMissing: -2}[code]
	w.say("title", code, a.Title, agreement, weight)
	switch code {
	case titleSame, titleNear:
		return true
	case titleDigits:
		w.veto("title_digits")
	default:
		w.conflict("title")
	}
	return false
}

func weighCreated(w *candidate, c, a clock.Day) {
	switch {
	case c == "" || a == "":
		w.say("created_on", "missing", string(a), 0, 0)
	case c == a:
		w.say("created_on", "same", string(a), 1, 6)
	default:
		w.say("created_on", "differs", string(a), 0, -8)
		w.conflict("created_on")
	}
}

func weighFiled(w *candidate, registered, filed clock.Day) {
	days := clock.DaysBetween(filed, registered)
	switch {
	case registered == "" || filed == "":
		w.say("filed_on", "missing", string(filed), 0, 0)
		w.conflict("filed_on")
	case days < 0:
		w.say("filed_on", "after", string(filed), 0, -10)
		w.veto("filed_after_registration")
	case days <= 10:
		w.say("filed_on", "just_before", string(filed), 1, 3)
	case days <= 30:
		w.say("filed_on", "before", string(filed), 0.7, 1)
	case days <= longestWait:
		w.say("filed_on", "before", string(filed), 0.4, -1)
	default:
		w.say("filed_on", "long_before", string(filed), 0.1, -4)
		w.conflict("filed_on")
	}
}

func weighKind(w *candidate, c, a string) {
	switch {
	case c == "" || a == "":
		w.say("kind", "missing", a, 0, 0)
	case c == a:
		w.say("kind", "same", a, 1, 2)
	default:
		w.say("kind", "differs", a, 0, -4)
		w.conflict("kind")
	}
}

// weighAuthors holds the printed authors against those of an application. The application may have
// more: an author may have asked not to be named. An author who is not in it speaks against it.
func (m Matcher) weighAuthors(w *candidate, printed, authors []named) (all bool) {
	if len(printed) == 0 || len(authors) == 0 {
		w.say("authors", "missing", "", 0, 0)
		w.conflict("authors")
		return false
	}
	strangers, doubtful := 0, 0
	for i, j := range pair(printed, authors) {
		if j < 0 {
			strangers++
			w.say("author", "not_in_application", "", 0, -8)
			continue
		}
		g := person.CompareFolded(printed[i].folded, authors[j].folded)
		code, bits := m.authorBits(g, printed[i].name)
		w.say("author", code, authors[j].name.Full(), round2(bits/(surnameBits+givenBits+patronymicBits)), round2(bits))
		if code == "maiden" || code == "similar" {
			doubtful++
		}
	}
	if strangers > 0 {
		w.veto("authors")
		return false
	}
	if left := len(authors) - len(printed); left > 0 {
		w.say("authors", "more_in_application", "", float64(len(printed))/float64(len(authors)), -2*float64(left))
		if left > max(1, len(authors)/3) {
			w.conflict("authors")
		}
	}
	// Half of the names in another spelling is a list of other people.
	if doubtful > 1 && doubtful*2 > len(printed) {
		w.conflict("authors")
	}
	return doubtful == 0
}

// authorBits is what one printed name says for an author of an application. One list of authors is not
// as many independent witnesses as it has names: who writes together writes together again. So a name
// weighs less here than in a directory.
func (m Matcher) authorBits(g person.Agreement, n person.Name) (string, float64) {
	f := m.Frequencies
	switch {
	case g.Surname == person.Differs:
		return "maiden", 1
	case g.Surname == person.Same && g.Given == person.Same && g.Patronymic == person.Same:
		return "same", 0.4 * (f.surname(n.Surname) + f.given(n.Given) + patronymicBits)
	case g.Surname == person.Same && g.Given == person.Same:
		return "same", 0.4 * (f.surname(n.Surname) + f.given(n.Given))
	case g.Surname == person.Same && g.Given == person.Initial:
		return "initials", 0.4 * f.surname(n.Surname)
	}
	return "similar", 2
}
