// Package registry keeps the certificates, and is the only package that links one to an application
// and to people.
//
// Everything upstream (intake, import) brings facts with their evidence; everything downstream (rating,
// reports, pages) counts. A certificate carries three independent decisions: is it read right, which
// application, which people. A machine decides only what is sure and never overturns a person.
package registry

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/matching"
)

// Reading says whether a certificate's fields may be trusted; part of the interchange format.
type Reading string

// The readings. Sure is the machine's, Confirmed and Rejected are a person's.
const (
	Sure      Reading = "sure"
	Review    Reading = "review"
	Confirmed Reading = "confirmed"
	Rejected  Reading = "rejected"
)

// Decision says which application or person; part of the interchange format.
type Decision string

// The decisions. DecisionNone is for applications, NotStaff for authors.
const (
	Auto              Decision = "auto"
	DecisionReview    Decision = "review"
	DecisionConfirmed Decision = "confirmed"
	DecisionNone      Decision = "none"
	NotStaff          Decision = "not_staff"
)

// Source says where a certificate's fields came from.
type Source string

// The sources.
const (
	TextLayer  Source = "text-layer"
	OCR        Source = "ocr"
	Imported   Source = "import"
	FromPerson Source = "person"
)

// Certificate is a certificate with its three decisions.
type Certificate struct {
	ID                  uuid.UUID
	Number              string // as printed
	NumberKey           string // without leading zeros
	RegisteredOn        clock.Day
	CreatedOn           clock.Day
	Kind                string
	KindText            string
	Title               string
	TitleKK             string
	VerificationURL     string
	Source              Source
	Confidence          map[certificate.Field]float64
	Places              map[certificate.Field][]certificate.Place
	Notes               []string
	DocumentSHA256      string
	DocumentIndex       int
	Provisional         bool
	Reading             Reading
	ReadingReason       string
	NotOurs             bool
	MergedInto          *uuid.UUID
	ApplicationDecision Decision
	ApplicationHuman    bool
	ApplicationID       *uuid.UUID
	ApplicationScore    float64
	Explanation         matching.Match
	MatcherVersion      int
	Version             int
	FirstReceivedAt     time.Time
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Authors             []Author `db:"-"`
}

// Author is one printed author and who it is. Position counts from 1 in the order as printed.
type Author struct {
	CertificateID uuid.UUID
	Position      int
	Name          string
	StaffID       *uuid.UUID
	Decision      Decision
	Human         bool
	Score         float64
	Explanation   matching.Match
}

// Sources give the candidates for matching, within a transaction.
type Sources struct {
	// Staff are the members of staff who may be behind the printed names, and those whose personal numbers
	// (keyed hashes in hex) the application gives.
	Staff func(ctx context.Context, tx pgx.Tx, names, keys []string) ([]matching.Staff, error)
	// Applications are those that share an author's surname, much of a title, or the number.
	Applications func(ctx context.Context, tx pgx.Tx, c matching.Certificate) ([]matching.Application, error)
}

// Registry is the service over the certificates.
type Registry struct {
	pool    *pgxpool.Pool
	sources Sources
	clock   clock.Clock
	zone    *time.Location
	log     *slog.Logger
}

// New makes the service. zone is where "today" is judged.
func New(pool *pgxpool.Pool, sources Sources, c clock.Clock, zone *time.Location, log *slog.Logger) *Registry {
	return &Registry{pool: pool, sources: sources, clock: c, zone: zone, log: log}
}

// NumberKey is a certificate's number without what varies in writing: sign, spaces, leading zeros.
func NumberKey(number string) string {
	return strings.TrimLeft(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(number), "№N ")), "0")
}

// Listed is the condition on certificate c under which it is one of the list: not merged into another,
// and not a mere proposal read from a picture that nobody has confirmed yet.
const Listed = `c.merged_into IS NULL AND NOT (c.source = 'ocr' AND c.reading = 'review')`
