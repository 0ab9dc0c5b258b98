package signing

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/pki"
)

// Policy says what happens when nobody answers whether a certificate is revoked.
type Policy string

// The policies.
const (
	Preferred Policy = "preferred" // ask; when nobody answers, accept and say so
	Required  Policy = "required"  // ask; when nobody answers, refuse for now
)

// Keeper seals personal numbers and what holds them; package secret has it.
type Keeper interface {
	Seal(plain []byte, label string) []byte
	Open(sealed []byte, label string) ([]byte, error)
	Hash(label, value string) []byte
}

// Options are what a Service needs beside the database.
type Options struct {
	Clock  clock.Clock
	Keeper Keeper
	Blobs  blob.Store
	Trust  *pki.Trust
	Log    *slog.Logger

	// LoginWithSignKey accepts a key for signing at log-in too: since 2022 many people have no other.
	LoginWithSignKey bool
	// Revocation is Preferred when empty.
	Revocation Policy
	// OCSPURL and CRLURL are asked in place of those that stand in the certificate.
	OCSPURL, CRLURL string
	// HTTP asks the authority; nil is a client that gives up after a few seconds.
	HTTP *http.Client
}

// Service verifies log-ins and signatures.
type Service struct {
	pool *pgxpool.Pool
	o    Options
}

// New makes a Service.
func New(pool *pgxpool.Pool, o Options) *Service {
	if o.Revocation == "" {
		o.Revocation = Preferred
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 15 * time.Second}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{pool: pool, o: o}
}
