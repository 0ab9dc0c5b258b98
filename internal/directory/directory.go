// Package directory is the university's staff as its personnel department lists them: people, their
// faculties and departments.
//
// It takes the list in, keeps it, and finds people by name, number and address. It knows no application
// and no certificate; who wrote what is decided in package registry.
package directory

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/person"
	"kualik/internal/sheet"
)

// Staff is a member of staff. IINHash is the keyed hash of the personal number, nil when it is not
// known; the number itself is sealed in the database (Store.IIN).
type Staff struct {
	ID           uuid.UUID `db:"id"`
	StaffID      string    `db:"staff_id"`
	IINHash      []byte    `db:"iin_hash"`
	Surname      string    `db:"surname"`
	GivenName    string    `db:"given_name"`
	Patronymic   string    `db:"patronymic"`
	OtherNames   []string  `db:"other_names"` // surnames or whole names
	Emails       []string  `db:"emails"`      // lower case
	Faculty      string    `db:"faculty"`
	Department   string    `db:"department"`
	Programme    string    `db:"programme"`
	Position     string    `db:"position"`
	EmployedFrom clock.Day `db:"employed_from"` // empty is open
	EmployedTo   clock.Day `db:"employed_to"`   // empty is open; the last day
	Absent       bool      `db:"absent"`        // not in the last list
	UpdatedAt    time.Time `db:"updated_at"`
}

// Name is the person's name in its parts.
func (s Staff) Name() person.Name {
	return person.Name{Surname: s.Surname, Given: s.GivenName, Patronymic: s.Patronymic}
}

// FullName is the person's name in one line.
func (s Staff) FullName() string { return s.Name().Full() }

// EmployedOn tells whether the person was employed on a day; open ends hold for ever.
func (s Staff) EmployedOn(d clock.Day) bool {
	return (s.EmployedFrom == "" || s.EmployedFrom <= d) && (s.EmployedTo == "" || d <= s.EmployedTo)
}

// Unit is a department of a faculty with the number of its people.
type Unit struct {
	Faculty    string `db:"faculty"`
	Department string `db:"department"`
	People     int    `db:"people"`
}

// Columns are those of the staff list.
var Columns = []sheet.Column{
	{Name: "staff_id", Also: []string{"Табельный номер", "Табельдік нөмір", "Табельный №", "Таб. №"}, Required: true},
	{Name: "iin", Also: []string{"ИИН", "ЖСН"}},
	{Name: "surname", Also: []string{"Фамилия", "Тегі"}, Required: true},
	{Name: "given_name", Also: []string{"Имя", "Аты"}, Required: true},
	{Name: "patronymic", Also: []string{"Отчество", "Әкесінің аты"}},
	{Name: "other_names", Also: []string{"Другие написания", "Басқа жазылуы"}},
	{Name: "emails", Also: []string{"E-mail", "Эл. пошта", "Эл. почта", "Электронная почта", "Электрондық пошта"}},
	{Name: "faculty", Also: []string{"Факультет"}},
	{Name: "department", Also: []string{"Кафедра"}},
	{Name: "programme", Also: []string{"Образовательная программа", "Білім беру бағдарламасы"}},
	{Name: "position", Also: []string{"Должность", "Лауазымы"}},
	{Name: "employed_from", Also: []string{"Принят", "Қабылданды"}},
	{Name: "employed_to", Also: []string{"Уволен", "Босатылды"}},
}

// nameKeys are the keys of every surname that a person goes by.
func nameKeys(s Staff) []string {
	keys := person.Keys(s.Surname)
	for _, other := range s.OtherNames {
		keys = append(keys, person.Keys(person.ParseName(other).Surname)...)
	}
	return distinct(keys)
}

// searchText is what the search box looks through.
func searchText(s Staff) string {
	text := strings.Join(append([]string{s.Surname, s.GivenName, s.Patronymic, s.StaffID}, append(s.OtherNames, s.Emails...)...), " ")
	return person.SearchText(text)
}

func distinct(list []string) []string {
	seen := map[string]bool{}
	out := []string{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
