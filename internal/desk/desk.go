// Package desk takes a submitted application from its registration to the certificate, in one of two modes.
//
// In recording the application is at the institute: the desk writes down what the institute's cabinet shows, by
// hand, from a table, or from the institute's mails (package pattern knows them). In registering the institution
// keeps the register itself: it registers, appoints an expert, examines and issues, which package issuing does.
// The mode of a case is fixed when it begins.
//
// It stands after filing, whose states and letters it moves in its own transactions, and before the review of
// certificates, of which it knows nothing. What a case's state is follows from the filing and from facts of its
// own (states.go); two people who decide the same case at once are told apart by its version. It knows no pages.
package desk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/issuing"
	"kualik/internal/notify"
	"kualik/internal/postgres"
)

// The modes, as the filing has them.
const (
	Recording   = filing.Recording
	Registering = filing.Registering
)

// What an expert concludes.
const (
	ConcludeIssue  = "issue"
	ConcludeRefuse = "refuse"
)

// Filings is what the desk does with a filing; package filing has it.
type Filings interface {
	DeskLock(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, a filing.Action) (filing.Filing, error)
	Proceed(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, step, note string) error
	Appoint(ctx context.Context, tx pgx.Tx, who filing.Who, id, expert uuid.UUID) error
	Ask(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, l filing.NewLetter) (uuid.UUID, error)
	MoreTime(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, until time.Time, note string) error
	Write(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, l filing.NewLetter) (uuid.UUID, error)
	RefuseBy(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, ground string, l filing.NewLetter) error
	Issued(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, number string, day clock.Day, source string) error
	Reopen(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, note string) error
	Matter(ctx context.Context, db postgres.DB, id uuid.UUID) (filing.Matter, error)
}

// Book is the institution's own register; package issuing has it.
type Book interface {
	Ready() error
	OfFiling(ctx context.Context, db postgres.DB, filing uuid.UUID) ([]issuing.Entry, error)
	ExtractOf(ctx context.Context, db postgres.DB, filing uuid.UUID) (issuing.Extract, error)
	Prepare(ctx context.Context, tx pgx.Tx, who audit.Actor, w issuing.Work) (issuing.Entry, error)
	PrepareExtract(ctx context.Context, tx pgx.Tx, who audit.Actor, p issuing.Petition) (issuing.Extract, error)
	Correct(ctx context.Context, tx pgx.Tx, who audit.Actor, id uuid.UUID, c issuing.Correction) (issuing.Entry, error)
	Annul(ctx context.Context, tx pgx.Tx, who audit.Actor, id uuid.UUID, reason string) (issuing.Entry, error)
	GiveUp(ctx context.Context, tx pgx.Tx, who audit.Actor, id uuid.UUID, reason string) error
}

// Applications keeps the register's own numbers of applications; package application has it.
type Applications interface {
	SetRegistryNo(ctx context.Context, tx pgx.Tx, ref, number string) error
}

// Workdays counts terms; package workday has it.
type Workdays interface {
	IsWorking(d clock.Day) bool
	Between(a, b clock.Day) int
}

// Letters is the outgoing mail; package notify has it.
type Letters interface {
	Queue(ctx context.Context, tx pgx.Tx, l notify.Letter) error
}

// Options are what a Service needs.
type Options struct {
	Pool         *pgxpool.Pool
	Clock        clock.Clock
	Zone         *time.Location
	Log          *slog.Logger
	Filings      Filings
	Book         Book
	Applications Applications
	Workdays     Workdays
	Letters      Letters
	PublicURL    string    // how links begin
	Lang         i18n.Lang // of letters to who has chosen none
}

// Service is the desk.
type Service struct {
	o     Options
	ready sync.Map // patterns that were compiled, by id and version
}

// New makes the service.
func New(o Options) *Service {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return &Service{o: o}
}

func (s *Service) today() clock.Day { return clock.DayOf(s.o.Clock.Now(), s.o.Zone) }

type args = pgx.StrictNamedArgs

// program is who records what a mail says: it may what a registrar may, and its deeds are the program's.
var program = filing.Who{Role: account.Registrar}

func actorOf(who filing.Who) audit.Actor {
	if who.ID == uuid.Nil {
		return audit.System
	}
	return audit.Actor{ID: who.ID.String(), Name: who.Name}
}

var (
	errNotFound = fault.New(fault.NotFound, "office.error.not_found")
	errNotYours = fault.New(fault.Forbidden, "office.why.nobody")
	errNote     = fault.New(fault.Invalid, "office.error.note")
	errList     = fault.New(fault.Invalid, "office.error.list")
)

func dayOf(t time.Time, zone *time.Location) clock.Day { return clock.DayOf(t, zone) }
