package issuing

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// Prepare enters a work in the register: it takes the next number and leaves a pending entry, which a job
// draws and seals. A filing has one number.
func (s *Service) Prepare(ctx context.Context, tx pgx.Tx, who audit.Actor, w Work) (Entry, error) {
	if err := s.Ready(); err != nil {
		return Entry{}, err
	}
	if err := complete(w.Title, w.CreatedOn, w.Authors); err != nil {
		return Entry{}, err
	}
	n, err := s.takeNumber(ctx, tx, w)
	if postgres.Constraint(err) == "issuing_number_filing" {
		return Entry{}, fault.Wrap(err, fault.Conflict, "issuing.error.has_number")
	}
	if err != nil {
		return Entry{}, err
	}
	today := s.today()
	e := Entry{ID: clock.NewID(), Number: n, Version: 1, FilingID: w.FilingID, State: Pending, RegisteredOn: today, IssuedOn: today,
		ApplicationNo: w.ApplicationNo, FiledOn: w.FiledOn, Title: w.Title, Kind: w.Kind, CreatedOn: w.CreatedOn, Authors: w.Authors,
		Office: s.o.Office, Token: newToken(), PreparedAt: s.o.Clock.Now(), PreparedBy: who.Name}
	return e, s.begin(ctx, tx, who, e, "prepare")
}

// Correct makes a later version with the same number. The one before stays valid until the new one is sealed.
func (s *Service) Correct(ctx context.Context, tx pgx.Tx, who audit.Actor, id uuid.UUID, c Correction) (Entry, error) {
	if err := s.Ready(); err != nil {
		return Entry{}, err
	}
	if c.Cause != TechnicalError && c.Cause != Change {
		return Entry{}, fault.New(fault.Invalid, "issuing.error.cause")
	}
	if strings.TrimSpace(c.Reason) == "" {
		return Entry{}, fault.New(fault.Invalid, "issuing.error.reason")
	}
	if err := complete(c.Title, c.CreatedOn, c.Authors); err != nil {
		return Entry{}, err
	}
	versions, err := lockVersions(ctx, tx, id)
	if err != nil {
		return Entry{}, err
	}
	last := versions[0]
	switch {
	case last.State == Pending:
		return Entry{}, fault.New(fault.Conflict, "issuing.error.pending")
	case !slices.ContainsFunc(versions, func(e Entry) bool { return e.State == Valid }):
		return Entry{}, fault.New(fault.Conflict, "issuing.error.not_valid")
	}
	e := last
	e.ID, e.Version, e.State, e.IssuedOn, e.Token = clock.NewID(), last.Version+1, Pending, s.today(), newToken()
	e.Title, e.Kind, e.CreatedOn, e.Authors, e.Cause, e.Reason = c.Title, c.Kind, c.CreatedOn, c.Authors, c.Cause, c.Reason
	e.Office, e.PreparedAt, e.PreparedBy = s.o.Office, s.o.Clock.Now(), who.Name
	e.SealedAt, e.Seal, e.SHA256, e.Size, e.Attempts, e.Failure = nil, "", "", 0, 0, ""
	e.EndedAt, e.EndedBy, e.EndReason = nil, "", ""
	return e, s.begin(ctx, tx, who, e, "correct")
}

func (s *Service) begin(ctx context.Context, tx pgx.Tx, who audit.Actor, e Entry, action string) error {
	if err := insertEntry(ctx, tx, e); err != nil {
		return err
	}
	after := map[string]any{"number": e.Number, "version": e.Version}
	if err := s.record(ctx, tx, who, e.ID, action, after, e.Reason); err != nil {
		return err
	}
	return s.wake(ctx, tx, e.ID)
}

// Annul takes a certificate out of the register. Its number stays used.
func (s *Service) Annul(ctx context.Context, tx pgx.Tx, who audit.Actor, id uuid.UUID, reason string) (Entry, error) {
	if strings.TrimSpace(reason) == "" {
		return Entry{}, fault.New(fault.Invalid, "issuing.error.reason")
	}
	versions, err := lockVersions(ctx, tx, id)
	if err != nil {
		return Entry{}, err
	}
	for _, e := range versions {
		if e.State != Valid {
			continue
		}
		if versions[0].State == Pending { // a correction that is under way
			if err := s.end(ctx, tx, who, &versions[0], GivenUp, reason); err != nil {
				return Entry{}, err
			}
		}
		if err := s.end(ctx, tx, who, &e, Annulled, reason); err != nil {
			return Entry{}, err
		}
		return e, s.record(ctx, tx, who, e.ID, "annul", map[string]any{"number": e.Number, "version": e.Version}, reason)
	}
	return Entry{}, fault.New(fault.Conflict, "issuing.error.not_valid")
}

// GiveUp leaves an entry that was never sealed. With the first version its number is given up too: it stays
// in the register with the reason, and the filing may get another.
func (s *Service) GiveUp(ctx context.Context, tx pgx.Tx, who audit.Actor, id uuid.UUID, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, "issuing.error.reason")
	}
	versions, err := lockVersions(ctx, tx, id)
	if err != nil {
		return err
	}
	e := versions[0]
	if e.State != Pending {
		return fault.New(fault.Conflict, "issuing.error.sealed")
	}
	if err := s.end(ctx, tx, who, &e, GivenUp, reason); err != nil {
		return err
	}
	if e.Version == 1 {
		err := exec(ctx, tx, "giving a number up", `UPDATE issuing_number SET given_up_at = @now, given_up_by = @by, reason = @reason WHERE n = @n`,
			args{"n": e.Number, "now": s.o.Clock.Now(), "by": who.Name, "reason": reason})
		if err != nil {
			return err
		}
	}
	return s.record(ctx, tx, who, e.ID, "give_up", map[string]any{"number": e.Number, "version": e.Version}, reason)
}

// complete tells what is missing in what would be printed.
func complete(title string, created clock.Day, authors []Author) error {
	switch {
	case strings.TrimSpace(title) == "":
		return fault.New(fault.Invalid, "issuing.error.title")
	case created == "":
		return fault.New(fault.Invalid, "issuing.error.created_on")
	case !slices.ContainsFunc(authors, func(a Author) bool { return !a.Hidden && strings.TrimSpace(a.Name) != "" }):
		return fault.New(fault.Invalid, "issuing.error.authors")
	}
	return nil
}
