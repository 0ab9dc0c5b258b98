package filing

import (
	"time"

	"kualik/internal/fault"
)

// Data is what stands on the tab "Данные", raw: what was typed is kept also while it is wrong.
type Data struct {
	Title     string `json:"title"`
	Kind      string `json:"kind"`       // a code of package kind
	CreatedOn string `json:"created_on"` // as typed; dd.mm.yyyy or yyyy-mm-dd is understood
	Religious bool   `json:"religious"`  // "Наличие религиозной экспертизы"
	Reduction string `json:"reduction"`  // code of the ground, when the filing is reduced

	// Contact data of the filer, prefilled from the profile.
	Country  string `json:"country"`
	Region   string `json:"region"` // "Область / город"
	Address  string `json:"address"`
	Postcode string `json:"postcode"`
	Phone    string `json:"phone"`
	Mobile   string `json:"mobile"`
	Fax      string `json:"fax"`
	Email    string `json:"email"`

	// Of the petition for an extract from the register.
	CertificateNo   string `json:"certificate_no"`
	CertificateDate string `json:"certificate_date"` // as typed
	Purpose         string `json:"purpose"`
	Delivery        string `json:"delivery"` // one of Deliveries
}

// Deliveries are the ways in which an extract can be delivered.
var Deliveries = []string{"cabinet", "email", "paper"}

// Conflict is the error of a save that started from an older version: somebody, perhaps the same person in
// another tab, saved meanwhile. Nothing was stored; the page shows both and saves again with Version.
type Conflict struct {
	Mine, Theirs Data
	Fields       []string // json names of the fields that differ
	Version      int      // of Theirs
	ChangedBy    string
	At           time.Time
}

// Error is the sentence of the log.
func (c *Conflict) Error() string { return "filing was saved meanwhile" }

// Unwrap makes it a fault of kind Conflict with a sentence for the user.
func (c *Conflict) Unwrap() error {
	return fault.New(fault.Conflict, "filing.error.conflict", "Who", c.ChangedBy)
}

// Saved says what a save left behind.
type Saved struct {
	Version int
	At      time.Time
}

// Tab of the application's page.
type Tab string

// The tabs.
const (
	TabData         Tab = "data"
	TabParticipants Tab = "participants"
	TabDocuments    Tab = "documents"
	TabPayments     Tab = "payments"

	TabCorrespondence Tab = "correspondence" // once it is submitted
)

// Problem is a place that must be mended before the statement can be formed. Key and Args are its sentence;
// Field is the json name of the field (of Data or of Entry), or a document's kind.
type Problem struct {
	Tab         Tab
	Field       string
	Key         string
	Args        []any  // alternate name and value
	Participant string // id, or empty
	Document    string // id, or empty
	Page        int    // of the document, 0 when none
}

// Problems is the error of an action that needs the places mended first. The page names them one by one.
type Problems []Problem

// Error is the sentence of the log.
func (p Problems) Error() string { return "filing has places to mend" }

// Unwrap makes it a fault of kind Invalid: "Заявление не сформировано: осталось 4 места".
func (p Problems) Unwrap() error {
	return fault.New(fault.Invalid, "filing.error.places", "Count", len(p))
}
