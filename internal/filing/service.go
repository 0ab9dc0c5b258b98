package filing

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/document"
	"kualik/internal/filing/preflight"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/internal/notify"
	"kualik/internal/payment"
	"kualik/internal/signing"
)

// Options are what a Service needs. All of the first three blocks must be set.
type Options struct {
	Pool   *pgxpool.Pool
	Clock  clock.Clock
	Zone   *time.Location
	Keeper Keeper
	Blobs  blob.Store
	Log    *slog.Logger

	People       People
	Staff        Staff
	Applications Applications
	Fees         Fees
	Payments     Payments
	Signatures   Signatures
	Reader       preflight.Reader // reads documents for the preflight
	Workdays     Workdays
	Letters      Letters
	Papers       Papers // nil: package document's

	SignDays     int                                // working days for the other authors' signatures
	IdentityDays int                                // days after a filing's end when copies of identity documents are deleted; 0: never
	Order        string                             // FilerFirst or AllFirst
	Expiry       string                             // ExpiryWait or ExpiryWithdraw
	Support      string                             // e-mail and phone, shown when no number came
	Name         string                             // of the university, on papers
	PublicURL    string                             // how links begin
	Office       func(ctx context.Context) []string // addresses that are told of what needs the office
	OfficeLang   i18n.Lang

	Desk      string // Recording or Registering: who takes the steps of what is submitted from now on
	QueryDays int    // working days for the answer to a query

	// Forward is the address to which a person sends the certificate: the personal one, by the keyed hash of the
	// personal number.
	Forward func(ctx context.Context, tx pgx.Tx, numberHash []byte) (string, error)

	// OnSubmitted is called in the transaction in which an application comes to the desk: all signatures are
	// there, for the first time or after an answer. OnWithdrawn when the applicant takes it back.
	OnSubmitted, OnWithdrawn func(ctx context.Context, tx pgx.Tx, f Filing) error

	Jobs Inserter // nil: nobody is woken, Sweep finds the work
}

// Keeper seals personal numbers and copies of identity documents; package secret has it.
type Keeper interface {
	Seal(plain []byte, label string) []byte
	Open(sealed []byte, label string) ([]byte, error)
	Hash(label, value string) []byte
}

// People knows with what a person files; package account has it.
type People interface {
	Profile(ctx context.Context, id uuid.UUID) (account.Profile, error)
	GroundDocument(ctx context.Context, owner uuid.UUID) (account.Document, error)
}

// Staff is the directory of members of staff.
type Staff interface {
	Search(ctx context.Context, f directory.Filter, p directory.Page) ([]directory.Staff, int, error)
	Get(ctx context.Context, id uuid.UUID) (directory.Staff, error)
	IIN(ctx context.Context, id uuid.UUID) (string, error)
}

// Applications keeps what was submitted where the certificates are sought.
type Applications interface {
	PutKualik(ctx context.Context, tx pgx.Tx, a application.Filed) error
	SetStatus(ctx context.Context, tx pgx.Tx, ref, status string, at time.Time) error
}

// Fees knows what a service costs; package payment has it.
type Fees interface {
	Quote(ctx context.Context, service, reduction string, day clock.Day) (payment.Fee, error)
}

// Payments knows what is owed; package payment has it. Its OnLock, OnPaid and OnRefundAsked are to call
// LockForPayment, Paid and RefundAsked.
type Payments interface {
	Invoice(ctx context.Context, tx pgx.Tx, d payment.Debt) (payment.Invoice, error)
	Invoices(ctx context.Context, f payment.Filter) ([]payment.Invoice, error)
	Cancel(ctx context.Context, tx pgx.Tx, who audit.Actor, subjectKind string, subjectID uuid.UUID) (payment.Tiyn, error)
}

// Signatures verifies signatures and keeps their evidence; package signing has it.
type Signatures interface {
	VerifyDocument(ctx context.Context, w signing.Wanted, cms []byte) (signing.Signed, error)
	Keep(ctx context.Context, tx pgx.Tx, s signing.Signed, subjectKind string, subjectID uuid.UUID) (signing.Evidence, error)
	Evidence(ctx context.Context, id uuid.UUID) (signing.Evidence, error)
}

// Workdays counts the term for signatures; package workday has it.
type Workdays interface {
	Deadline(from time.Time, n int, zone *time.Location) time.Time
}

// Letters is the outgoing mail; package notify has it.
type Letters interface {
	Queue(ctx context.Context, tx pgx.Tx, l notify.Letter) error
}

// Papers draws statements and receipts; package document has it.
type Papers interface {
	Statement(d document.StatementData, lang i18n.Lang) ([]byte, error)
	SubmissionReceipt(d document.SubmissionData, lang i18n.Lang) ([]byte, error)
}

// Inserter inserts a job in a transaction; package jobs' engine is one.
type Inserter interface {
	Insert(ctx context.Context, tx pgx.Tx, args jobs.Args, o jobs.Options) error
}

// Service is the filing.
type Service struct{ o Options }

// New makes the service.
func New(o Options) *Service {
	if o.Desk == "" {
		o.Desk = Recording
	}
	if o.QueryDays == 0 {
		o.QueryDays = 10
	}
	if o.Papers == nil {
		o.Papers = papers{}
	}
	return &Service{o: o}
}

// papers are those of package document.
type papers struct{}

func (papers) Statement(d document.StatementData, l i18n.Lang) ([]byte, error) {
	return document.Statement(d, l)
}

func (papers) SubmissionReceipt(d document.SubmissionData, l i18n.Lang) ([]byte, error) {
	return document.SubmissionReceipt(d, l)
}
