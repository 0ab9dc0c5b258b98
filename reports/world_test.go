package reports_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/kind"
	"kualik/internal/rating"
)

// sealedAt is when the snapshots of these tests were sealed.
var sealedAt = time.Date(2026, 9, 17, 9, 30, 0, 0, time.UTC)

var (
	surnames    = []string{"Сагитова", "Дүйсенбаев", "Камалов", "Оразбекова", "Қуандықов", "Әлімжанова", "Бейсембаева", "Нурманов", "Мұсабекова", "Имашев"}
	names       = []string{"Меруерт", "Жомарт", "Рустам", "Жансая", "Асқар", "Дәурен", "Алтынай", "Әлібек", "Ләззат", "Тимур"}
	patronymics = []string{"Талгатовна", "Қайратұлы", "Айдарович", "Ерланқызы", "Маратович", ""}
	faculties   = []string{"Факультет естественных наук", "Факультет информационных технологий", "Педагогический факультет", "Филология факультеті"}
	positions   = []string{"доцент", "профессор", "старший преподаватель", "қауымдастырылған профессор"}
	// Titles that a spreadsheet might take for something else stand among ordinary ones.
	titles = []string{
		"=1+1", "-1", "@x", "+7", "=HYPERLINK(\"http://example.example\",\"x\")", "007", "1/3", "2025-01-01", "TRUE",
		"Органикалық химия: зертханалық практикум", "Методика преподавания <физики> & «математики»",
		" с пробелом впереди", "строка\nдругая\tтретья", "_x0041_", "Электрохимия негіздері",
	}
)

// world makes up a university: staff, some of whom came or went within the period, and certificates of
// which some wait, some are outsiders', some name a person twice.
func world(seed uint64, staff, certificates int) *rating.Snapshot {
	r := rand.New(rand.NewPCG(seed, 7))
	d := rating.Data{
		Format: 1, Period: rating.CalendarYear(2025), Zone: "Asia/Almaty", RuleVersion: 1, Rules: rating.Defaults(),
	}
	for i := range staff {
		f := r.IntN(len(faculties))
		s := rating.Staff{
			StaffID: fmt.Sprintf("T%05d", i+1),
			Name:    join(surnames[r.IntN(len(surnames))], names[r.IntN(len(names))], patronymics[r.IntN(len(patronymics))]),
			Faculty: faculties[f], Department: fmt.Sprintf("Кафедра %d-%d", f+1, 1+r.IntN(4)),
			Position: positions[r.IntN(len(positions))],
		}
		switch r.IntN(10) {
		case 0:
			s.EmployedFrom = randomDay(r, "2025-01-01", 365)
		case 1:
			s.EmployedTo = randomDay(r, "2025-01-01", 365)
		case 2:
			s.EmployedFrom, s.EmployedTo = "2020-09-01", "2024-06-30"
		}
		d.Staff = append(d.Staff, s)
	}
	for i := range certificates {
		d.Certificates = append(d.Certificates, certificate(r, i, d.Staff))
	}
	return &rating.Snapshot{ID: uuid.MustParse("01990000-0000-7000-8000-000000000001"), SHA256: "00ff", SealedAt: sealedAt, Data: d}
}

func join(parts ...string) (s string) {
	for _, p := range parts {
		if p != "" && s != "" {
			s += " "
		}
		s += p
	}
	return s
}

func randomDay(r *rand.Rand, from clock.Day, days int) clock.Day { return from.AddDays(r.IntN(days)) }

func certificate(r *rand.Rand, i int, staff []rating.Staff) rating.Certificate {
	c := rating.Certificate{
		ID: fmt.Sprintf("01990000-0000-7000-9000-%012d", i), Number: fmt.Sprint(54000 + i),
		RegisteredOn: randomDay(r, "2025-01-01", 365), CreatedOn: randomDay(r, "2020-01-01", 1500),
		ReceivedOn: "2026-01-15", Kind: kind.Codes[r.IntN(len(kind.Codes))], Title: titles[r.IntN(len(titles))],
		Reading:             []string{"sure", "sure", "sure", "confirmed", "review"}[r.IntN(5)],
		ApplicationDecision: []string{"auto", "confirmed", "review", "none"}[r.IntN(4)],
	}
	if c.ApplicationDecision == "auto" || c.ApplicationDecision == "confirmed" {
		c.ApplicationRef = fmt.Sprint(190000 + i)
	}
	if r.IntN(12) == 0 {
		c.Number = "=" + c.Number
	}
	for range 1 + r.IntN(1+r.IntN(9)) {
		c.Authors = append(c.Authors, author(r, staff))
	}
	return c
}

func author(r *rand.Rand, staff []rating.Staff) rating.Author {
	s := staff[r.IntN(len(staff))]
	a := rating.Author{Name: s.Name, Decision: []string{"auto", "auto", "confirmed", "review", "not_staff"}[r.IntN(5)]}
	if a.Decision == "auto" || a.Decision == "confirmed" {
		a.StaffID = s.StaffID
	}
	return a
}
