// Package payment knows what a service costs, what is owed, and whether it has been paid.
//
// An invoice is one number at the bank for a debt; its lines are frozen when it is formed. A payment is a
// conversation with the bank (Halyk ePay 2.0) that may be cut off anywhere: the session is written down
// before the bank is spoken to, what the bank sends by itself is a hint, its status API is the truth, and
// whatever is open is asked for again until it is known. Money that was taken and is not owed becomes
// "to be refunded" with an alarm, never a silence.
//
// The package stands above filing and knows nothing of applications: a debt is of a subject with a kind
// and an identifier, and whoever owns the subject hangs its consequences on the hooks.
package payment

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/singleflight"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/jobs"
	"kualik/internal/postgres"
	"kualik/internal/secret"
)

// The payment session: the bank's page gives 20 minutes or 3 attempts (instruction, page of the bank).
const (
	SessionTime = 20 * time.Minute
	MaxAttempts = 3
)

// Inserter inserts a job in a transaction; package jobs' engine is one.
type Inserter interface {
	Insert(ctx context.Context, tx pgx.Tx, args jobs.Args, o jobs.Options) error
}

// ConfirmArgs is the job that asks the bank about one invoice.
type ConfirmArgs struct {
	InvoiceID uuid.UUID `json:"invoice_id"`
}

// Kind names the job.
func (ConfirmArgs) Kind() string { return "confirm_payment" }

// Options of the service.
type Options struct {
	Clock  clock.Clock
	Zone   *time.Location // in whose days prices change
	Keeper *secret.Keeper // seals the bank's tokens, makes the secret of each invoice
	Log    *slog.Logger
	Bank   *Bank // nil: no bank is set up, payments are recorded by the office

	CallbackURL string                                    // where the bank tells us, reachable from the bank
	ReturnURL   func(invoice uuid.UUID, paid bool) string // where the bank sends the payer back
}

// Hook is work of the subject's owner in a transaction of this package.
type Hook func(ctx context.Context, tx pgx.Tx, i Invoice) error

// Service keeps fees and invoices and speaks with the bank.
type Service struct {
	Jobs Inserter // set it before the first Callback; nil: nobody is woken, Reconcile finds the work

	pool   *pgxpool.Pool
	clock  clock.Clock
	zone   *time.Location
	keeper *secret.Keeper
	log    *slog.Logger
	bank   *Bank
	o      Options
	tokens singleflight.Group

	onLock, onPaid, onRefundAsked, onRefunded []Hook
	onAlarm                                   []func(ctx context.Context, tx pgx.Tx, a Alarm) error
}

// New makes the service.
func New(pool *pgxpool.Pool, o Options) *Service {
	return &Service{pool: pool, clock: o.Clock, zone: o.Zone, keeper: o.Keeper, log: o.Log, bank: o.Bank, o: o}
}

// HasBank tells whether payments by card are set up.
func (s *Service) HasBank() bool { return s.bank != nil }

// OnLock adds a hook that is called at the beginning of every transaction that may end in OnPaid,
// OnRefundAsked or OnRefunded, before anything here is locked. The subject's owner locks its own row in it,
// and may then call Invoice and Cancel from its own transactions without a deadlock.
func (s *Service) OnLock(h Hook) { s.onLock = append(s.onLock, h) }

// OnPaid adds a hook that is called in the transaction that marks an invoice paid. Its error undoes the
// marking; the bank is asked again later, until it succeeds. With fault.Conflict it says that the subject
// takes no money any more: what was taken by card is then to be refunded.
func (s *Service) OnPaid(h Hook) { s.onPaid = append(s.onPaid, h) }

// OnRefundAsked adds a hook that is called in the transaction that decides on a refund; its error
// forbids it.
func (s *Service) OnRefundAsked(h Hook) { s.onRefundAsked = append(s.onRefundAsked, h) }

// OnRefunded adds a hook that is called in the transaction that marks an invoice refunded.
func (s *Service) OnRefunded(h Hook) { s.onRefunded = append(s.onRefunded, h) }

// OnAlarm adds a hook that is called in the transaction that raises an alarm for the office, once for each.
func (s *Service) OnAlarm(h func(ctx context.Context, tx pgx.Tx, a Alarm) error) {
	s.onAlarm = append(s.onAlarm, h)
}

func run(ctx context.Context, tx pgx.Tx, hooks []Hook, i Invoice) error {
	for _, h := range hooks {
		if err := h(ctx, tx, i); err != nil {
			return err
		}
	}
	return nil
}

// record writes a deed of a person into the audit trail.
func (s *Service) record(ctx context.Context, db audit.Execer, who audit.Actor, action, kind string, id uuid.UUID, before, after any, note string) error {
	return audit.Record(ctx, db, audit.Entry{At: s.clock.Now(), Actor: who, Action: action, SubjectKind: kind,
		SubjectID: id.String(), Before: before, After: after, Note: note})
}

// inTx runs do in a transaction with the invoice locked: first the hooks of OnLock, then all invoices of
// its subject, then the row.
func (s *Service) inTx(ctx context.Context, id uuid.UUID, do func(tx pgx.Tx, i *Invoice) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		i, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := run(ctx, tx, s.onLock, i); err != nil {
			return err
		}
		if err := lockSubject(ctx, tx, i.SubjectKind, i.SubjectID); err != nil {
			return err
		}
		if i, err = getLocked(ctx, tx, id); err != nil {
			return err
		}
		return do(tx, &i)
	})
}

// lockSubject takes turns for everything about one debt.
func lockSubject(ctx context.Context, db postgres.DB, kind string, id uuid.UUID) error {
	_, err := db.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('debt ' || $1 || ' ' || $2::text, 0))`, kind, id)
	if err != nil {
		return fmt.Errorf("taking turns for a debt: %w", err)
	}
	return nil
}
