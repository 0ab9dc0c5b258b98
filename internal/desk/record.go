package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/filing/scheme"
	"kualik/internal/postgres"
)

// Where a fact was taken from.
const (
	ByHand   = "hand"
	ByTable  = "table"
	FromMail = "mail"
)

// Fact is what the institute's cabinet, or its mail, shows of an application. Empty fields are not shown. Words
// are the cabinet's own for the step; Step is a code of the scheme, which a person may choose instead.
type Fact struct {
	Words         string
	Step          string
	On            clock.Day // of the step
	CabinetNo     string    // the number in the institute's cabinet
	RegistryNo    string    // the register's own number of the application: never the same thing
	CertificateNo string
	CertificateOn clock.Day
	Note          string // wanted when a step goes back

	source  string
	message *uuid.UUID
}

// Change is one thing that a fact changes: step, cabinet_no, registry_no, certificate or words, from and to.
type Change struct{ What, From, To string }

// errSame ends the transaction of a fact that changes nothing.
var errSame = errors.New("nothing changes")

// Record writes down what the institute's cabinet shows. A fact that is known changes nothing and is no failure.
func (s *Service) Record(ctx context.Context, who filing.Who, ref Ref, f Fact) (changes []Change, err error) {
	f.source, f.message = ByHand, nil
	err = s.change(ctx, who, ref, Record, func(d *deed) error {
		changes, err = s.apply(ctx, d, f)
		return err
	})
	if errors.Is(err, errSame) {
		return nil, nil
	}
	return changes, err
}

// apply brings a fact into case and filing, and keeps it as evidence. What goes back, or says otherwise than is
// known, is a conflict, unless a person with the case open says so.
func (s *Service) apply(ctx context.Context, d *deed, f Fact) ([]Change, error) {
	f.clean()
	sc, err := s.scheme(ctx, d.tx, d.Case)
	if err != nil {
		return nil, err
	}
	if f.Step == "" {
		if st, ok := sc.ByWords(f.Words); ok {
			f.Step = st.Code
		}
	}
	if err := f.check(sc, s.today()); err != nil {
		return nil, err
	}
	var changes []Change
	for _, do := range []func(context.Context, *deed, Fact, scheme.Scheme) (*Change, error){s.applyCabinetNo, s.applyRegistryNo, s.applyStep, s.applyCertificate, s.applyWords} {
		c, err := do(ctx, d, f, sc)
		if err != nil {
			return nil, err
		}
		if c != nil {
			changes = append(changes, *c)
		}
	}
	if len(changes) == 0 {
		return nil, errSame
	}
	if err := s.keep(ctx, d, f); err != nil {
		return nil, err
	}
	return changes, s.record(ctx, d, "record", map[string]any{"source": f.source, "changes": changes}, f.Note)
}

func (f *Fact) clean() {
	for _, text := range []*string{&f.Words, &f.Step, &f.CabinetNo, &f.RegistryNo, &f.CertificateNo, &f.Note} {
		*text = strings.Join(strings.Fields(strings.ToValidUTF8(*text, "")), " ")
	}
	for _, number := range []*string{&f.CabinetNo, &f.RegistryNo, &f.CertificateNo} {
		*number = strings.TrimSpace(strings.TrimPrefix(*number, "№"))
	}
}

// check refuses what cannot be. Days in the future are slips: the cabinet shows what was.
func (f *Fact) check(sc scheme.Scheme, today clock.Day) error {
	for _, text := range []string{f.Words, f.CabinetNo, f.RegistryNo, f.CertificateNo} {
		if len([]rune(text)) > 120 {
			return fault.New(fault.Invalid, "office.error.too_long")
		}
	}
	switch {
	case len(f.Note) > longestNote:
		return errNote
	case f.Step != "" && sc.Index(f.Step) < 1:
		return fault.New(fault.Invalid, "office.error.step")
	case (f.CertificateNo == "") != (f.CertificateOn == ""):
		return fault.New(fault.Invalid, "office.error.half_certificate")
	case f.CertificateOn > today || f.On > today:
		return fault.New(fault.Invalid, "office.error.future")
	}
	return nil
}

func (s *Service) applyCabinetNo(_ context.Context, d *deed, f Fact, _ scheme.Scheme) (*Change, error) {
	if f.CabinetNo == "" || f.CabinetNo == d.CabinetNo {
		return nil, nil
	}
	if d.CabinetNo != "" && f.source != ByHand {
		return nil, fault.New(fault.Conflict, "office.error.other_number", "Known", d.CabinetNo, "Now", f.CabinetNo)
	}
	c := Change{"cabinet_no", d.CabinetNo, f.CabinetNo}
	d.CabinetNo = f.CabinetNo
	return &c, nil
}

func (s *Service) applyRegistryNo(ctx context.Context, d *deed, f Fact, _ scheme.Scheme) (*Change, error) {
	if f.RegistryNo == "" || f.RegistryNo == d.RegistryNo {
		return nil, nil
	}
	if d.RegistryNo != "" && f.source != ByHand {
		return nil, fault.New(fault.Conflict, "office.error.other_number", "Known", d.RegistryNo, "Now", f.RegistryNo)
	}
	return &Change{"registry_no", d.RegistryNo, f.RegistryNo}, s.o.Applications.SetRegistryNo(ctx, d.tx, d.IncomingNo, f.RegistryNo)
}

// applyStep goes forward. Back goes only who has the case open, with a word why.
func (s *Service) applyStep(ctx context.Context, d *deed, f Fact, sc scheme.Scheme) (*Change, error) {
	if f.Step == "" || f.Step == d.Step || f.CertificateNo != "" || d.State.Ended() {
		return nil, nil
	}
	if sc.Index(f.Step) < sc.Index(d.Step) && (f.source != ByHand || f.Note == "") {
		if f.source == ByHand {
			return nil, fault.New(fault.Invalid, "office.error.back_note")
		}
		return nil, fault.New(fault.Conflict, "office.error.backwards", "Now", d.Step)
	}
	c := Change{"step", d.Step, f.Step}
	return &c, s.step(ctx, d, f.Step, f.Note)
}

func (s *Service) applyCertificate(ctx context.Context, d *deed, f Fact, _ scheme.Scheme) (*Change, error) {
	if f.CertificateNo == "" || d.State == Issued && d.CertificateNo == f.CertificateNo && d.CertificateOn == f.CertificateOn {
		return nil, nil
	}
	if d.State == Issued && f.source != ByHand {
		return nil, fault.New(fault.Conflict, "office.error.other_number", "Known", d.CertificateNo, "Now", f.CertificateNo)
	}
	c := Change{"certificate", d.CertificateNo, f.CertificateNo}
	return &c, s.o.Filings.Issued(ctx, d.tx, d.who, d.FilingID, f.CertificateNo, f.CertificateOn, filing.AtInstitute)
}

// applyWords keeps words that are no step of the scheme: the institute's set of them is open.
func (s *Service) applyWords(ctx context.Context, d *deed, f Fact, _ scheme.Scheme) (*Change, error) {
	if f.Words == "" || f.Step != "" {
		return nil, nil
	}
	var last string
	err := d.tx.QueryRow(ctx, `SELECT words FROM desk_record WHERE filing_id = @id AND words <> '' ORDER BY id DESC LIMIT 1`, args{"id": d.FilingID}).Scan(&last)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("reading what was recorded: %w", err)
	}
	if last == f.Words {
		return nil, nil
	}
	return &Change{"words", last, f.Words}, nil
}

// keep stores the fact itself.
func (s *Service) keep(ctx context.Context, d *deed, f Fact) error {
	_, err := d.tx.Exec(ctx, `INSERT INTO desk_record (id, filing_id, at, by_name, source, message_id, words, step, shown_on, cabinet_no, registry_no,
			certificate_no, certificate_on, note)
		VALUES (@id, @filing, @now, @by, @source, @message, @words, @step, @on, @cabinet_no, @registry_no, @certificate_no, @certificate_on, @note)`,
		args{"id": clock.NewID(), "filing": d.FilingID, "now": s.o.Clock.Now(), "by": d.who.Name, "source": f.source, "message": f.message, "words": f.Words,
			"step": f.Step, "on": f.On, "cabinet_no": f.CabinetNo, "registry_no": f.RegistryNo, "certificate_no": f.CertificateNo,
			"certificate_on": f.CertificateOn, "note": f.Note})
	if err != nil {
		return fmt.Errorf("keeping what was recorded: %w", err)
	}
	return nil
}

// Recorded is a fact that was written down.
type Recorded struct {
	ID            uuid.UUID
	At            time.Time
	By            string
	Source        string
	MessageID     *uuid.UUID
	Words         string
	Step          string
	ShownOn       clock.Day
	CabinetNo     string
	RegistryNo    string
	CertificateNo string
	CertificateOn clock.Day
	Note          string
}

// Recorded are the facts of a case, the newest first.
func (s *Service) Recorded(ctx context.Context, db postgres.DB, id uuid.UUID) ([]Recorded, error) {
	rows, err := db.Query(ctx, `SELECT id, at, by_name AS by, source, message_id, words, step, shown_on, cabinet_no, registry_no, certificate_no, certificate_on, note
		FROM desk_record WHERE filing_id = @id ORDER BY id DESC LIMIT 100`, args{"id": id})
	if err != nil {
		return nil, fmt.Errorf("reading what was recorded: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Recorded])
	if err != nil {
		return nil, fmt.Errorf("reading what was recorded: %w", err)
	}
	return list, nil
}

// known are the cases that have a number, each under one of the names by which the institute may call it. The
// register's own number is another thing and is never compared with these.
func known(ctx context.Context, db postgres.DB, ref string) ([]uuid.UUID, error) {
	return found(ctx, db, `SELECT f.id FROM filing f LEFT JOIN desk_case c ON c.filing_id = f.id
		WHERE f.submitted_at IS NOT NULL AND (f.incoming_no = @n OR f.barcode = @n OR c.cabinet_no = @n) ORDER BY f.id LIMIT 5`, ref)
}

// knownByRegistry are the cases whose application has the register's own number.
func knownByRegistry(ctx context.Context, db postgres.DB, number string) ([]uuid.UUID, error) {
	return found(ctx, db, `SELECT f.id FROM application a JOIN filing f ON f.incoming_no = a.application_ref
		WHERE a.origin = 'kualik' AND a.registry_application_no = @n AND f.submitted_at IS NOT NULL ORDER BY f.id LIMIT 5`, number)
}

func found(ctx context.Context, db postgres.DB, sql, number string) ([]uuid.UUID, error) {
	if number == "" {
		return nil, nil
	}
	rows, err := db.Query(ctx, sql, args{"n": number})
	if err != nil {
		return nil, fmt.Errorf("looking for an application by its number: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("looking for an application by its number: %w", err)
	}
	return slices.Compact(ids), nil
}
