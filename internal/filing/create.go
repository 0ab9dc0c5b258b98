package filing

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/payment"
)

// Create begins a filing and gives its id. role is Author or Representative. The filer's own data come
// from the profile, which must name a personal number.
func (s *Service) Create(ctx context.Context, who Who, service ServiceCode, role Role, reduced bool) (uuid.UUID, error) {
	switch {
	case who.Means != account.ByEDS:
		return uuid.Nil, fault.New(fault.Forbidden, "filing.why.needs_eds")
	case !slices.Contains(Services, service) || role != Author && role != Representative:
		return uuid.Nil, errInput
	}
	profile, err := s.o.People.Profile(ctx, who.ID)
	if err != nil {
		return uuid.Nil, err
	}
	if profile.IIN == "" {
		return uuid.Nil, errNoNumber
	}
	f := s.begin(who, profile, service, role, reduced)
	ground, err := s.groundOf(ctx, who, f, profile)
	if err != nil {
		return uuid.Nil, err
	}
	err = pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		if f.DraftNo, err = count(ctx, tx, "draft"); err != nil {
			return err
		}
		if err := insert(ctx, tx, f); err != nil {
			return err
		}
		if err := s.addFiler(ctx, tx, f, profile); err != nil {
			return err
		}
		if ground != nil {
			if err := insertDocument(ctx, tx, *ground); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, who, f, "create", map[string]any{"service": service, "role": role}, "")
	})
	return f.ID, err
}

// begin is a new filing with what the profile knows.
func (s *Service) begin(who Who, p account.Profile, service ServiceCode, role Role, reduced bool) Filing {
	f := Filing{ID: clock.NewID(), Service: service, State: Draft, Owner: who.ID, FilerRole: role, Reduced: reduced, Lang: i18n.RU,
		Version: 1, ChangedBy: who.Name, ChangedAt: s.o.Clock.Now()}
	if who.Lang == i18n.KK {
		f.Lang = i18n.KK
	}
	f.Data = Data{Country: p.Country, Region: p.Region, Address: p.Address, Postcode: p.Postcode, Phone: p.Phone, Fax: p.Fax, Email: p.NotifyAt()}
	if f.Data.Country == "" {
		f.Data.Country = account.Kazakhstan
	}
	if reduced && slices.Contains(payment.Grounds, p.Ground) {
		f.Data.Reduction = p.Ground
	}
	if service == CopyrightWork {
		f.Data.Kind = "scientific_work" // the instruction's own choice; the field is there to be changed
	} else {
		f.Data.Delivery = Deliveries[0]
	}
	return f
}

func (s *Service) addFiler(ctx context.Context, tx pgx.Tx, f Filing, p account.Profile) error {
	row := participantRow{ID: clock.NewID(), FilingID: f.ID, Role: f.FilerRole, Type: Individual, Filer: true, Name: p.FullName(),
		CreatedAt: f.ChangedAt, EDSAt: &f.ChangedAt}
	if f.Service == RegisterExtract && f.FilerRole == Author {
		row.Role = Applicant // a petition has no authors
	}
	row.contact(f.Data)
	s.seal(&row, p.IIN)
	return insertParticipant(ctx, tx, row)
}

// groundOf is the document of the profile that proves the ground for a reduced fee: what was uploaded once
// is not asked for again.
func (s *Service) groundOf(ctx context.Context, who Who, f Filing, p account.Profile) (*documentRow, error) {
	if !f.Reduced || p.DocumentName == "" {
		return nil, nil
	}
	d, err := s.o.People.GroundDocument(ctx, who.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	row, data, err := readUpload(Upload{Kind: ReductionGround, Filename: d.Name, Content: bytes.NewReader(d.Content)})
	if err != nil {
		return nil, err
	}
	row.ID, row.FilingID, row.UploadedAt, row.UploadedBy = clock.NewID(), f.ID, f.ChangedAt, who.Name
	return &row, s.store(ctx, &row, data)
}
