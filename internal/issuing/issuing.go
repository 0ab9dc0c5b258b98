// Package issuing keeps the institution's own register of certificates: it gives the numbers, draws and seals
// the certificates, their later versions and extracts, and says of any file whether it is one of them.
//
// It stands after filing and before desk: the desk decides that a work is registered and hands over plain
// data; the package gives back a sealed PDF. It knows nothing of states of an application, of people's
// accounts, of letters and of pages. Drawing is package document's, the signature is pki/pades'.
//
// A number is taken in the caller's transaction from a locked counter. Drawing and sealing is a job that may
// run twice and die anywhere: the entry stays pending, with its number, until one transaction writes the file
// down, ends the version before and tells the desk.
package issuing

import (
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// State of an entry.
type State string

// The states of an entry, that is of one version of a certificate.
const (
	Pending  State = "pending"  // it has its number and is not sealed yet
	Valid    State = "valid"    //
	Replaced State = "replaced" // a later version stands in its place
	Annulled State = "annulled" // taken out of the register
	GivenUp  State = "given_up" // it was never sealed
)

// Cause is why there is a later version.
type Cause string

// The causes (Law on copyright, article 9-1).
const (
	TechnicalError Cause = "technical_error" // of the entry; owner, nature and content of the right stay
	Change         Cause = "change"          // of what is entered, at the author's application or by a court's decision
)

// Author is one of a work's authors. A hidden one is not to be mentioned and is printed nowhere.
type Author struct {
	Name   string `json:"name"`
	Hidden bool   `json:"hidden,omitempty"`
}

// Work is what is entered in the register.
type Work struct {
	FilingID      uuid.UUID
	ApplicationNo string // incoming number, 2026-418
	FiledOn       clock.Day
	Title         string
	Kind          string // code of package kind, or words
	CreatedOn     clock.Day
	Authors       []Author // all, in their order
}

// Correction is a later version of an entry: all of what it says, and why.
type Correction struct {
	Cause     Cause
	Reason    string // in words, printed on the public page
	Title     string
	Kind      string
	CreatedOn clock.Day
	Authors   []Author
}

// Entry is one version of a certificate.
type Entry struct {
	ID            uuid.UUID  `db:"id"`
	Number        int64      `db:"n"`
	Version       int        `db:"version"`
	FilingID      uuid.UUID  `db:"filing_id"`
	State         State      `db:"state"`
	RegisteredOn  clock.Day  `db:"registered_on"` // the same in all versions
	IssuedOn      clock.Day  `db:"issued_on"`     // of this version
	ApplicationNo string     `db:"application_no"`
	FiledOn       clock.Day  `db:"filed_on"`
	Title         string     `db:"title"`
	Kind          string     `db:"kind"`
	CreatedOn     clock.Day  `db:"created_on"`
	Authors       []Author   `db:"authors"`
	Office        string     `db:"office"`
	Token         string     `db:"token"` // public name, in the address and the QR code
	Cause         Cause      `db:"cause"` // of a version after the first
	Reason        string     `db:"reason"`
	PreparedAt    time.Time  `db:"prepared_at"`
	PreparedBy    string     `db:"prepared_by"`
	Attempts      int        `db:"attempts"`
	Failure       string     `db:"failure"` // key of the message why it is not sealed yet
	SealedAt      *time.Time `db:"sealed_at"`
	Seal          string     `db:"seal"`   // serial number of the seal's certificate
	SHA256        string     `db:"sha256"` // of the sealed PDF; "" while pending
	Size          int64      `db:"size"`
	EndedAt       *time.Time `db:"ended_at"`
	EndedBy       string     `db:"ended_by"`
	EndReason     string     `db:"end_reason"`
}

// Mentioned are the names that are printed and shown.
func (e Entry) Mentioned() []string {
	names := []string{}
	for _, a := range e.Authors {
		if !a.Hidden {
			names = append(names, a.Name)
		}
	}
	return names
}

// Petition asks for an extract from the register.
type Petition struct {
	FilingID      uuid.UUID
	ApplicationNo string
	Number        int64     // of the certificate
	RegisteredOn  clock.Day // as the petition says; empty: not said
	Recipient     string
	Purpose       string
	Lang          i18n.Lang // kk or ru
}

// Extract is an extract from the register.
type Extract struct {
	ID            uuid.UUID  `db:"id"`
	Year          int        `db:"year"`
	Number        int64      `db:"n"` // within the year
	FilingID      uuid.UUID  `db:"filing_id"`
	EntryID       uuid.UUID  `db:"entry_id"`
	EntryState    State      `db:"entry_state"`
	Versions      []Version  `db:"entry_versions"`
	ApplicationNo string     `db:"application_no"`
	Recipient     string     `db:"recipient"`
	Purpose       string     `db:"purpose"`
	Lang          i18n.Lang  `db:"lang"`
	IssuedOn      clock.Day  `db:"issued_on"`
	Office        string     `db:"office"`
	Token         string     `db:"token"`
	PreparedAt    time.Time  `db:"prepared_at"`
	PreparedBy    string     `db:"prepared_by"`
	Attempts      int        `db:"attempts"`
	Failure       string     `db:"failure"`
	SealedAt      *time.Time `db:"sealed_at"`
	Seal          string     `db:"seal"`
	SHA256        string     `db:"sha256"`
	Size          int64      `db:"size"`
}

// Version is a version of a record as an extract tells it.
type Version struct {
	Version  int       `json:"version"`
	IssuedOn clock.Day `json:"issued_on"`
	State    State     `json:"state"`
	Cause    Cause     `json:"cause,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}
