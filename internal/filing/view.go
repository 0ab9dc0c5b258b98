package filing

import (
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/filing/scheme"
	"kualik/internal/payment"
)

// View is everything that the page of one filing shows to one person.
type View struct {
	Filing
	Relation     Relation
	Buttons      []Button // in the order of Actions, without Look
	Steps        []Step
	Next         Next
	Participants []Participant
	Documents    []Document // present ones
	Replaced     []Document // history
	Statement    *Statement // the present one
	Voided       []Statement
	Problems     []Problem // what blocks the statement; empty once it is formed
	Warnings     []Problem // doubts of the preflight
	Readiness    []Ready
	Price        *payment.Fee // what the filing costs today; nil when the ground has no price
	Submission   *Submission  // the last try to submit
	Scheme       scheme.Scheme
	Query        *Correspondence // the open one
	Refusal      *Correspondence // when the application is refused
	Support      string          // whom to ask when no number came
	IdentityDays int             // days after the end when identity copies are deleted; 0: they are kept
	KeptUntil    *time.Time      // when they will be deleted; nil before the end
	AllFirst     bool

	matter       matter
	eds, invited map[string]bool
}

// Can tells whether an action is live for the person who looks.
func (v *View) Can(a Action) bool {
	for _, b := range v.Buttons {
		if b.Action == a {
			return b.Live
		}
	}
	return false
}

// Button is the button of an action.
func (v *View) Button(a Action) Button {
	for _, b := range v.Buttons {
		if b.Action == a {
			return b
		}
	}
	return Button{Action: a}
}

// Step is one of the numbered steps above the application, of its scheme.
type Step struct {
	Number int
	Code   string
	Name   Words  // Подготовка, Регистрация, …
	About  Words  // what is done in it
	State  string // done, current, to_come
	Note   string // message key of the line beneath, empty when there is none
	Args   []any
}

// Next says who acts next and until when.
type Next struct {
	Turn  Turn
	Key   string // message key of the sentence
	Args  []any
	Until *time.Time
}

// Ready is a line of the readiness list of the instruction's first page.
type Ready struct {
	Code  string // eds, identity, address, work, card
	State string // ok, warn, bad, unknown
	Key   string // message key of what there is
	Args  []any
}

// Statement is a formed application: the stored bytes are what is shown, downloaded and signed.
type Statement struct {
	ID         uuid.UUID            `db:"id"`
	Number     int                  `db:"number"` // 1 for the first one of its filing
	Lang       string               `db:"lang"`
	SHA256     string               `db:"sha256"`
	Size       int64                `db:"size"`
	FormedAt   time.Time            `db:"formed_at"`
	FormedBy   string               `db:"formed_by"`
	VoidedAt   *time.Time           `db:"voided_at"`
	VoidedBy   string               `db:"voided_by"`
	Signatures []StatementSignature `db:"-"`
}

// StatementSignature is one person's signature of a statement. Evidence is its id in package signing.
type StatementSignature struct {
	Participant uuid.UUID
	Name        string
	At          time.Time
	Evidence    uuid.UUID
}

// Submission is one try to submit. Its row is written before anything is verified, so that a try that was
// cut off is found.
type Submission struct {
	ID      uuid.UUID
	State   string // recorded, done, refused
	Stuck   bool   // the office was told: show whom to ask
	Reason  string // message key of a refusal
	At      time.Time
	DoneAt  *time.Time
	Receipt Receipted
}

// Receipted is what a submission answers, also when it is asked again.
type Receipted struct {
	FilingID    uuid.UUID
	IncomingNo  string // YYYY-N
	Barcode     string
	SubmittedAt time.Time
	Deadline    *time.Time // of the other authors; nil when nobody else must sign
	State       State
}

// Consequence says before a deletion what it does. Confirm must be given back to Delete.
type Consequence struct {
	Key     string // message key
	Args    []any
	Confirm string
}

// Record is an application of one of the eight other kinds, filed at the institute and kept here.
type Record struct {
	ID           uuid.UUID `db:"id"`
	Owner        uuid.UUID `db:"owner"`
	Kind         string    `db:"kind"`
	Number       string    `db:"number"`
	Title        string    `db:"title"`
	Participants string    `db:"participants"` // one a line
	FiledOn      clock.Day `db:"filed_on"`
	State        string    `db:"state"` // one of RecordStates
	Note         string    `db:"note"`
	Filename     string    `db:"filename"`
	ContentType  string    `db:"content_type"`
	SHA256       string    `db:"sha256"`
	Size         int64     `db:"size"`
	Version      int       `db:"version"`
	CreatedAt    time.Time `db:"created_at"`
	UpdatedAt    time.Time `db:"updated_at"`
}

// RecordKinds are the eight kinds of the grid that are kept as records.
var RecordKinds = []string{"trademark", "invention", "selection_achievement", "appellation_of_origin", "industrial_design",
	"utility_model", "integrated_circuit", "commercialisation_contract"}

// RecordStates are the states that a record can have.
var RecordStates = []string{"preparing", "filed", "examination", "granted", "refused", "withdrawn"}
