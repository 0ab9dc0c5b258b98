package issuing

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/jobs"
	"kualik/internal/pki/pades"
)

// SubjectKind names a certificate of the register in the audit; the subject is its number's first entry.
const SubjectKind = "register_entry"

// Options are what a Service needs.
type Options struct {
	Pool  *pgxpool.Pool
	Clock clock.Clock
	Zone  *time.Location
	Blobs blob.Store
	Log   *slog.Logger

	Seal        *pades.Seal // nil: nothing can be issued
	SealTrouble error       // why there is none although the settings name one
	First       int64       // the register's first number
	Office      string      // who issues, as printed
	PublicURL   string      // how links begin

	Jobs Inserter // nil: nobody is woken, Sweep finds the work
}

// Inserter inserts a job in a transaction; package jobs' engine is one.
type Inserter interface {
	Insert(ctx context.Context, tx pgx.Tx, args jobs.Args, o jobs.Options) error
}

// Service is the register.
type Service struct {
	o           Options
	onIssued    func(ctx context.Context, tx pgx.Tx, e Entry) error
	onExtracted func(ctx context.Context, tx pgx.Tx, x Extract) error
	at          func(moment string) error     // where a test lets the work die; nil otherwise
	paper       func(e Entry) ([]byte, error) // a test's, which is drawn more quickly; nil otherwise
}

// New makes the service.
func New(o Options) *Service { return &Service{o: o} }

// OnIssued says what is to be done in the transaction in which a version of a certificate becomes valid. It is
// called once for each version.
func (s *Service) OnIssued(do func(ctx context.Context, tx pgx.Tx, e Entry) error) { s.onIssued = do }

// OnExtracted says what is to be done in the transaction in which an extract is ready.
func (s *Service) OnExtracted(do func(ctx context.Context, tx pgx.Tx, x Extract) error) {
	s.onExtracted = do
}

// Link is the public page of an entry or an extract.
func (s *Service) Link(token string) string { return s.o.PublicURL + "/r/" + token }

// Ready is nil when something can be issued now; else it says what is wrong with the seal.
func (s *Service) Ready() error {
	if s.o.SealTrouble != nil {
		return s.o.SealTrouble
	}
	if s.o.Seal == nil {
		return fault.New(fault.Unavailable, "issuing.error.no_seal")
	}
	now := s.o.Clock.Now()
	if c := s.o.Seal.Certificate; now.After(c.NotAfter) || now.Before(c.NotBefore) {
		return fault.New(fault.Unavailable, "issuing.error.seal_dates", "From", c.NotBefore.Format(time.DateOnly), "To", c.NotAfter.Format(time.DateOnly))
	}
	return nil
}

func (s *Service) today() clock.Day { return clock.DayOf(s.o.Clock.Now(), s.o.Zone) }

// wake queues the job that seals, in the transaction that makes it necessary.
func (s *Service) wake(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if s.o.Jobs == nil {
		return nil
	}
	return s.o.Jobs.Insert(ctx, tx, SealArgs{ID: id}, jobs.Options{})
}

func (s *Service) record(ctx context.Context, tx pgx.Tx, who audit.Actor, id uuid.UUID, action string, after any, note string) error {
	return audit.Record(ctx, tx, audit.Entry{At: s.o.Clock.Now(), Actor: who, Action: "register." + action, SubjectKind: SubjectKind,
		SubjectID: id.String(), After: after, Note: note})
}
