package world

import (
	"encoding/csv"
	"io"
	"strings"
)

// WriteStaff writes the staff directory in the form of `kualik import staff`.
func (w *World) WriteStaff(out io.Writer) error {
	rows := [][]string{{"staff_id", "iin", "surname", "given_name", "patronymic", "other_names", "emails", "faculty", "department", "programme", "position", "employed_from", "employed_to"}}
	for _, p := range w.StaffMembers() {
		iin := p.IIN
		if !p.IINListed {
			iin = ""
		}
		rows = append(rows, []string{p.StaffID, iin, p.Directory.Surname, p.Directory.Given, p.Directory.Patronymic, strings.Join(p.OtherNames, "; "),
			strings.Join(p.Emails, "; "), p.Faculty, p.Department, p.Programme, p.Position, string(p.EmployedFrom), string(p.EmployedTo)})
	}
	return csv.NewWriter(out).WriteAll(rows)
}

// WriteApplications writes the applications in the form of `kualik import applications`.
func (w *World) WriteApplications(out io.Writer) error {
	rows := [][]string{{"application_ref", "registry_application_no", "title", "kind", "created_on", "filed_on", "authors", "author_iins", "status"}}
	for _, a := range w.Applications {
		var names, iins []string
		known := false
		for _, author := range a.Authors {
			names, iins = append(names, author.Name), append(iins, author.IIN)
			known = known || author.IIN != ""
		}
		numbers := ""
		if known {
			numbers = strings.Join(iins, "; ")
		}
		filed := string(a.FiledOn)
		if a.Status == "Подготовка" {
			filed = "" // written, not yet filed
		}
		rows = append(rows, []string{a.Ref, a.RegistryNo, a.Title, a.KindText, string(a.CreatedOn), filed, strings.Join(names, "; "), numbers, a.Status})
	}
	return csv.NewWriter(out).WriteAll(rows)
}
