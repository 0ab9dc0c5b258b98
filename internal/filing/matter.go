package filing

import (
	"context"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/postgres"
	"kualik/internal/secret"
)

// Matter is an application as the desk and the register read it: what was submitted, not what is being
// changed meanwhile.
type Matter struct {
	Filing    Filing
	Title     string
	Kind      string    // a code of package kind; empty for an extract
	CreatedOn clock.Day // of the work
	FiledOn   clock.Day
	Authors   []MatterPerson // in the order of the statement
	People    []MatterPerson // all who are named, the authors too
	Statement *Statement     // the one in force; nil while the applicant changes it
	Documents []Document     // present ones

	// Of a petition for an extract.
	CertificateNo string
	CertificateOn clock.Day
	Purpose       string
	Delivery      string
}

// MatterPerson is somebody named in an application.
type MatterPerson struct {
	ID          uuid.UUID
	Name        string
	Role        Role
	Type        string
	Filer       bool
	Unmentioned bool // not to be mentioned as author at publication
	Masked      string
	Hash        []byte // keyed hash of the personal number
	Email       string // where letters go: of the EDS, else of the profile, else as typed
	Lang        i18n.Lang
	Signed      bool
}

// Matter gives an application to the desk and the register. It asks for no rights: who calls has.
func (s *Service) Matter(ctx context.Context, db postgres.DB, id uuid.UUID) (Matter, error) {
	f, err := get(ctx, db, id)
	if err != nil {
		return Matter{}, err
	}
	m := Matter{Filing: f, Title: f.Data.Title, Kind: f.Data.Kind, CertificateNo: f.Data.CertificateNo, Purpose: f.Data.Purpose, Delivery: f.Data.Delivery}
	m.CreatedOn, _ = ParseDay(f.Data.CreatedOn)
	m.CertificateOn, _ = ParseDay(f.Data.CertificateDate)
	if f.SubmittedAt != nil {
		m.FiledOn = clock.DayOf(*f.SubmittedAt, s.o.Zone)
	}
	if m.Statement, _, err = statements(ctx, db, id); err != nil {
		return Matter{}, err
	}
	all, err := documents(ctx, db, id)
	if err != nil {
		return Matter{}, err
	}
	for _, d := range present(all) {
		m.Documents = append(m.Documents, d.Document)
	}
	people, err := participants(ctx, db, id)
	if err != nil {
		return Matter{}, err
	}
	for _, row := range people {
		p, err := s.matterPerson(ctx, db, f, row, m.Statement)
		if err != nil {
			return Matter{}, err
		}
		m.People = append(m.People, p)
		if p.Role == Author {
			m.Authors = append(m.Authors, p)
		}
	}
	return m, nil
}

func (s *Service) matterPerson(ctx context.Context, db postgres.DB, f Filing, row participantRow, statement *Statement) (MatterPerson, error) {
	number, err := s.number(row)
	if err != nil {
		return MatterPerson{}, err
	}
	a, err := addressOf(ctx, db, f, row)
	if err != nil {
		return MatterPerson{}, err
	}
	p := MatterPerson{ID: row.ID, Name: row.Name, Role: row.Role, Type: row.Type, Filer: row.Filer, Unmentioned: row.Unmentioned,
		Masked: secret.Mask(number), Hash: row.NumberHash, Email: a.email, Lang: a.lang}
	p.Signed = statement != nil && (statementRow{Statement: *statement}).signedBy(row.ID)
	return p, nil
}
