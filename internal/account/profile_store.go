package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres"
	"kualik/internal/signing"
)

var (
	errProfile        = fault.New(fault.Invalid, "account.profile.error.some")
	errProfileChanged = fault.New(fault.Conflict, "account.profile.error.changed")
	errNoProfile      = fault.New(fault.NotFound, "account.profile.error.none")
)

const profileColumns = `account_id, surname, given_name, patronymic, name_foreign, birth_date, eapo_number, organisation, bin,
	head_name, reduction, reduction_ground, reduction_filename, reduction_type, reduction_size, country, region, postcode,
	address, phone, fax, email, email_eds, sources, certificate_serial, refreshed_at, version, updated_at`

type profileRow struct {
	Profile
	HeadSealed []byte `db:"head_iin_sealed"`
}

// readProfile reads a profile; lock keeps it from others until the transaction's end.
func (s *Service) readProfile(ctx context.Context, db postgres.DB, id uuid.UUID, lock string) (Profile, bool, error) {
	rows, err := db.Query(ctx, `SELECT `+profileColumns+`, head_iin_sealed FROM profile WHERE account_id = @id `+lock, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return Profile{}, false, fmt.Errorf("reading a profile: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[profileRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return Profile{}, false, nil
	}
	if err != nil {
		return Profile{}, false, fmt.Errorf("reading a profile: %w", err)
	}
	p := r.Profile
	if p.Sources == nil {
		p.Sources = map[Field]Source{}
	}
	if r.HeadSealed != nil {
		plain, err := s.keeper.Open(r.HeadSealed, headLabel(id))
		if err != nil {
			return Profile{}, false, fmt.Errorf("opening the number of an organisation's head: %w", err)
		}
		p.HeadIIN = string(plain)
	}
	p.IIN, err = s.openIIN(ctx, db, id)
	return p, true, err
}

func headLabel(id uuid.UUID) string { return "profile head:" + id.String() }

// writeProfile stores the fields and gives the new version.
func (s *Service) writeProfile(ctx context.Context, tx pgx.Tx, p *Profile) error {
	var head []byte
	if p.HeadIIN != "" {
		head = s.keeper.Seal([]byte(p.HeadIIN), headLabel(p.AccountID))
	}
	p.Version, p.UpdatedAt = p.Version+1, s.clock.Now()
	_, err := tx.Exec(ctx, `
		UPDATE profile SET surname = @surname, given_name = @given_name, patronymic = @patronymic, name_foreign = @name_foreign,
			birth_date = @birth_date, eapo_number = @eapo_number, organisation = @organisation, bin = @bin, head_name = @head_name,
			head_iin_sealed = @head, reduction = @reduction, reduction_ground = @ground, country = @country, region = @region,
			postcode = @postcode, address = @address, phone = @phone, fax = @fax, email = @email, email_eds = @email_eds,
			sources = @sources, certificate_serial = @serial, refreshed_at = @refreshed, version = @version, updated_at = @updated
		WHERE account_id = @id`,
		pgx.StrictNamedArgs{"id": p.AccountID, "surname": p.Surname, "given_name": p.GivenName, "patronymic": p.Patronymic,
			"name_foreign": p.NameForeign, "birth_date": p.BirthDate, "eapo_number": p.EAPONumber, "organisation": p.Organisation,
			"bin": p.BIN, "head_name": p.HeadName, "head": head, "reduction": p.Reduction, "ground": p.Ground, "country": p.Country,
			"region": p.Region, "postcode": p.Postcode, "address": p.Address, "phone": p.Phone, "fax": p.Fax, "email": p.Email,
			"email_eds": p.EmailEDS, "sources": p.Sources, "serial": p.CertificateSerial, "refreshed": p.RefreshedAt,
			"version": p.Version, "updated": p.UpdatedAt})
	if err != nil {
		return fmt.Errorf("storing a profile: %w", err)
	}
	return nil
}

// takeCertificate brings the profile up to the certificate that somebody came with. A certificate that is
// known already changes nothing: the registry may have mended its fields since.
func (s *Service) takeCertificate(ctx context.Context, tx pgx.Tx, a *Account, id signing.Identity) error {
	_, err := tx.Exec(ctx, `INSERT INTO profile (account_id, version, updated_at) VALUES (@id, 0, @now) ON CONFLICT (account_id) DO NOTHING`,
		pgx.StrictNamedArgs{"id": a.ID, "now": s.clock.Now()})
	if err != nil {
		return fmt.Errorf("making a profile: %w", err)
	}
	p, ok, err := s.readProfile(ctx, tx, a.ID, "FOR UPDATE")
	if err != nil || !ok {
		return errOr(err, errNoProfile)
	}
	if p.CertificateSerial == id.Serial && id.Serial != "" {
		return nil
	}
	p.certify(id)
	if err := s.writeProfile(ctx, tx, &p); err != nil {
		return err
	}
	if a.Role != Author || a.Name == id.Name || id.Name == "" {
		return nil
	}
	a.Name = id.Name // of staff the directory says the name
	return update(ctx, tx, *a)
}

// certify takes over what a certificate says.
func (p *Profile) certify(id signing.Identity) {
	set := func(f Field, value string) {
		*p.text(f) = value
		delete(p.Sources, f)
		if value != "" {
			p.Sources[f] = FromEDS
		}
	}
	p.CertificateSerial, p.EmailEDS = id.Serial, ""
	set(FieldSurname, id.Surname)
	set(FieldGivenName, id.GivenName)
	set(FieldPatronymic, id.Patronymic)
	p.Sources[FieldIIN] = FromEDS
	if day := birthDay(id.IIN); p.BirthDate == "" && day != "" {
		p.BirthDate, p.Sources[FieldBirthDate] = day, FromIIN
	}
	// Without an organisation in the certificate the earlier one stays, and may be changed by hand.
	for _, f := range []Field{FieldOrganisation, FieldBIN, FieldHeadName, FieldHeadIIN} {
		delete(p.Sources, f)
	}
	if id.Organisation != "" || id.BIN != "" {
		if p.BIN != id.BIN {
			p.HeadName, p.HeadIIN = "", "" // of another organisation
		}
		set(FieldOrganisation, id.Organisation)
		set(FieldBIN, id.BIN)
		if id.IsHead() {
			set(FieldHeadName, id.Name)
			set(FieldHeadIIN, id.IIN)
		}
	}
	if email, ok := ParseEmail(id.Email); ok {
		p.EmailEDS = email
		if p.Email == "" || p.Sources[FieldEmail] == FromEDS {
			set(FieldEmail, email)
		}
	}
}

// Profile gives the profile of an account; fault.NotFound when its owner never came by EDS.
func (s *Service) Profile(ctx context.Context, id uuid.UUID) (Profile, error) {
	if s.keeper == nil {
		return Profile{}, errNoEDS
	}
	p, ok, err := s.readProfile(ctx, s.pool, id, "")
	if err == nil && !ok {
		err = errNoProfile
	}
	return p, err
}

// SaveProfile stores what the owner typed; read-only fields are left as they are. fault.Invalid when a field
// is filled in wrongly (Check names them), fault.Conflict when the profile was changed since p.Version.
// Required fields may be empty: Missing names them, and a filing waits for them.
func (s *Service) SaveProfile(ctx context.Context, who Account, p Profile) (Profile, error) {
	if s.keeper == nil {
		return p, errNoEDS
	}
	var saved Profile
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		now, ok, err := s.readProfile(ctx, tx, who.ID, "FOR UPDATE")
		switch {
		case err != nil:
			return err
		case !ok:
			return errNoProfile
		case now.Version != p.Version:
			return errProfileChanged
		}
		changed := now.take(p)
		if len(now.Check(clock.DayOf(s.clock.Now(), time.UTC).AddDays(1))) > 0 {
			return errProfile
		}
		if saved = now; len(changed) == 0 {
			return nil
		}
		if err := s.writeProfile(ctx, tx, &saved); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{At: s.clock.Now(), Actor: who.Actor(), Action: "account.profile", SubjectKind: "account",
			SubjectID: who.ID.String(), After: map[string]any{"fields": changed}})
	})
	return saved, err
}

// take takes over what may be typed, and tells which fields are others now. A typed value has no source.
func (p *Profile) take(from Profile) (changed []Field) {
	from.tidy()
	for _, f := range typed {
		if p.ReadOnly(f) || *p.text(f) == *from.text(f) {
			continue
		}
		*p.text(f) = *from.text(f)
		delete(p.Sources, f)
		changed = append(changed, f)
	}
	if from.BirthDate != p.BirthDate && !p.ReadOnly(FieldBirthDate) {
		p.BirthDate = from.BirthDate
		delete(p.Sources, FieldBirthDate)
		changed = append(changed, FieldBirthDate)
	}
	if from.Reduction != p.Reduction || from.Ground != p.Ground {
		p.Reduction, p.Ground = from.Reduction, from.Ground
		changed = append(changed, FieldReduction)
	}
	slices.Sort(changed)
	return changed
}
