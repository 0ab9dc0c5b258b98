package demo

import (
	"kualik/internal/account"
	"kualik/internal/demo/world"
	"kualik/internal/i18n"
)

// Accounts are the demo's log-ins, the administrator first: one of each role, with passwords to be shown.
// The head of a unit and the member of the faculty are people of the directory: the author with the most
// certificates of the last year, and the head of that department. Registrar and expert sit at the desk.
func (d *Demo) Accounts() []account.NewAccount {
	author := d.busiest()
	head := d.headOf(author.Department)
	admin, office := d.one("Кафедра информатики", author, head), d.one("Кафедра экономики и учёта", author, head)
	registrar, expert := d.one("Кафедра экономики и учёта", author, head, office), d.one("Кафедра информатики", author, head, admin)
	return []account.NewAccount{
		{Email: "admin@" + world.Domain, Name: admin.Directory.Full(), Password: "altyn-dala-1", Role: account.Administrator, Lang: i18n.RU},
		{Email: "science@" + world.Domain, Name: office.Directory.Full(), Password: "altyn-dala-2", Role: account.ResearchOffice, Lang: i18n.RU},
		{Email: head.Emails[0], Name: head.Directory.Full(), Password: "altyn-dala-3", Role: account.HeadOfUnit, Faculty: head.Faculty, Department: head.Department, Lang: i18n.KK},
		{Email: author.Emails[0], Name: author.Directory.Full(), Password: "altyn-dala-4", Role: account.Faculty, Lang: i18n.KK},
		{Email: "registrar@" + world.Domain, Name: registrar.Directory.Full(), Password: "altyn-dala-5", Role: account.Registrar, Lang: i18n.RU},
		{Email: "expert@" + world.Domain, Name: expert.Directory.Full(), Password: "altyn-dala-6", Role: account.Expert, Lang: i18n.KK},
	}
}

// busiest is the member of staff with the most certificates of the last year that is not a head.
func (d *Demo) busiest() world.Person {
	count := make([]int, d.World.Staff)
	for _, c := range d.World.Certificates {
		if c.RegisteredOn < d.World.Today.AddDays(-365) {
			continue
		}
		for _, a := range c.Authors {
			if a.StaffID != "" {
				count[a.Person]++
			}
		}
	}
	best := 0
	for i, p := range d.World.StaffMembers() {
		if count[i] > count[best] && p.EmployedTo == "" && p.Position != headPosition && p.Position != "декан" {
			best = i
		}
	}
	return d.World.People[best]
}

const headPosition = "заведующий кафедрой"

func (d *Demo) headOf(department string) world.Person {
	for _, p := range d.World.StaffMembers() {
		if p.Department == department && p.Position == headPosition {
			return p
		}
	}
	return d.World.People[0]
}

// one is somebody of a department who is none of the others.
func (d *Demo) one(department string, others ...world.Person) world.Person {
	for _, p := range d.World.StaffMembers() {
		taken := p.EmployedTo != "" || p.Department != department
		for _, o := range others {
			taken = taken || o.StaffID == p.StaffID
		}
		if !taken {
			return p
		}
	}
	return d.World.People[0]
}
