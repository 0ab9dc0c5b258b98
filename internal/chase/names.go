package chase

import (
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"kualik/internal/directory"
	"kualik/internal/matching"
	"kualik/internal/person"
)

// names remembers whom a name means, as long as the directory stays as it is: the same names are asked for at
// every page.
type names struct {
	mu      sync.Mutex
	people  int       // with changed, what the directory was
	changed time.Time // last
	staff   []matching.Staff
	byKey   map[string][]int
	found   map[string]uuid.UUID
}

// of brings the memory to a directory.
func (n *names) of(list []directory.Staff) *names {
	n.mu.Lock()
	defer n.mu.Unlock()
	var changed time.Time
	for _, m := range list {
		if m.UpdatedAt.After(changed) {
			changed = m.UpdatedAt
		}
	}
	if n.found != nil && n.people == len(list) && n.changed.Equal(changed) {
		return n
	}
	n.people, n.changed, n.byKey, n.found, n.staff = len(list), changed, map[string][]int{}, map[string]uuid.UUID{}, make([]matching.Staff, len(list))
	for i, m := range list {
		n.staff[i] = matching.Staff{ID: m.ID.String(), StaffID: m.StaffID, Surname: m.Surname, GivenName: m.GivenName, Patronymic: m.Patronymic,
			OtherNames: m.OtherNames, Department: m.Department, EmployedFrom: m.EmployedFrom, EmployedTo: m.EmployedTo}
		n.add(i, m.Surname)
		for _, other := range m.OtherNames {
			n.add(i, person.ParseName(other).Surname)
		}
	}
	return n
}

func (n *names) add(i int, surname string) {
	for _, k := range person.Keys(surname) {
		if at := n.byKey[k]; len(at) == 0 || at[len(at)-1] != i {
			n.byKey[k] = append(at, i)
		}
	}
}

// find is the one member of staff whom a name can mean; uuid.Nil when there is none or more than one. It is
// the matcher's word, as for the authors of a certificate.
func (n *names) find(name string) uuid.UUID {
	n.mu.Lock()
	defer n.mu.Unlock()
	if id, ok := n.found[name]; ok {
		return id
	}
	var candidates []matching.Staff
	seen := map[int]bool{}
	for _, word := range append(strings.Fields(name), person.ParseName(name).Surname) {
		for _, k := range person.Keys(word) {
			for _, i := range n.byKey[k] {
				if !seen[i] {
					seen[i] = true
					candidates = append(candidates, n.staff[i])
				}
			}
		}
	}
	var found uuid.UUID
	if m := matching.People(matching.Certificate{Authors: []string{name}}, candidates, nil); len(m) == 1 && m[0].Decision == matching.Auto {
		found, _ = uuid.Parse(m[0].ID) // the zero id when it is none
	}
	n.found[name] = found
	return found
}
