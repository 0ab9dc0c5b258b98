// Package clock gives the time and new identifiers to those who need them, so that tests can fix both.
// Nothing in the domain asks the operating system for the time.
package clock

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// Clock tells the instant. Now is in UTC, cut to microseconds, the precision of PostgreSQL.
type Clock interface{ Now() time.Time }

// System is the clock of the machine.
type System struct{}

// Now is the present instant.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Manual is a clock that stands until it is moved. The zero value stands at the zero instant.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// At makes a clock that stands at t.
func At(t time.Time) *Manual { return &Manual{now: t.UTC().Truncate(time.Microsecond)} }

// Now is the instant at which the clock stands.
func (m *Manual) Now() time.Time { m.mu.Lock(); defer m.mu.Unlock(); return m.now }

// Advance moves the clock by d.
func (m *Manual) Advance(d time.Duration) { m.mu.Lock(); defer m.mu.Unlock(); m.now = m.now.Add(d) }

// NewID makes an identifier that sorts by the time of its making (UUIDv7, RFC 9562).
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
