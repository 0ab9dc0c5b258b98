// Package application is what an application for registration is, wherever it was filed: in Kualik, or
// in the institute's cabinet and imported from the office's list.
//
// It keeps applications and finds them by number, authors and title, and shows which of them have no
// certificate yet. Which certificate belongs to which is decided in package registry.
package application

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/person"
	"kualik/internal/sheet"
)

// Where an application was filed.
const (
	Imported = "imported"
	Kualik   = "kualik"
)

// Application is one application. Ref is the cabinet's number and RegistryNo the register's own: they
// are never the same thing. Kind is a kind code, empty when KindText is not a known wording.
type Application struct {
	ID         uuid.UUID `db:"id"`
	Origin     string    `db:"origin"`
	Ref        string    `db:"application_ref"`
	RegistryNo string    `db:"registry_application_no"`
	Title      string    `db:"title"`
	Kind       string    `db:"kind"`
	KindText   string    `db:"kind_text"`
	CreatedOn  clock.Day `db:"created_on"` // of the work
	FiledOn    clock.Day `db:"filed_on"`
	Status     string    `db:"status"`
	Absent     bool      `db:"absent"` // not in the last list
	UpdatedAt  time.Time `db:"updated_at"`
	Authors    []Author  `db:"-"`
}

// Author is an author as the application names them. IINHash is the keyed hash of the personal number,
// nil when it is not known.
type Author struct {
	Name    string `db:"name"`
	IINHash []byte `db:"iin_hash"`
}

// Listed is an application in a list, with the certificate that was decided for it, if there is one.
type Listed struct {
	Application
	CertificateID     *uuid.UUID `db:"certificate_id"`
	CertificateNumber string     `db:"certificate_number"`
	RegisteredOn      clock.Day  `db:"registered_on"`
}

// Columns are those of the office's list.
var Columns = []sheet.Column{
	{Name: "application_ref", Also: []string{"Заявка №", "Өтінім №", "№ заявки", "Номер заявки"}, Required: true},
	{Name: "registry_application_no", Also: []string{"Рег. номер заявки", "Регистрационный номер заявки", "Өтінімнің тіркеу нөмірі"}},
	{Name: "title", Also: []string{"Название", "Атауы", "Название объекта", "Объектінің атауы"}},
	{Name: "kind", Also: []string{"Вид", "Түрі", "Вид объекта", "Тип объекта", "Объект түрі"}},
	{Name: "created_on", Also: []string{"Дата создания объекта", "Дата создания", "Объектіні жасаған күні", "Жасалған күні"}},
	{Name: "filed_on", Also: []string{"Дата подачи заявки", "Дата подачи", "Өтінім берілген күн"}},
	{Name: "authors", Also: []string{"Авторы", "Авторлары"}},
	{Name: "author_iins", Also: []string{"ИИН авторов", "Авторлардың ЖСН"}},
	{Name: "status", Also: []string{"Статус", "Мәртебесі"}},
}

// nameKeys are the keys of the authors' surnames.
func nameKeys(a Application) []string {
	seen := map[string]bool{}
	keys := []string{}
	for _, author := range a.Authors {
		for _, k := range person.Keys(person.ParseName(author.Name).Surname) {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// TitleKey is the folded title under which applications are compared by trigrams.
func TitleKey(title string) string { return person.FoldText(title) }

func searchText(a Application) string {
	parts := []string{a.Ref, a.RegistryNo, a.Title}
	for _, author := range a.Authors {
		parts = append(parts, author.Name)
	}
	return person.SearchText(strings.Join(parts, " "))
}
