// Package filing takes an application from the first draft to its number and to the last signature.
//
// It stands after the registry and before the desk: what it hands on is a row of package application with
// origin kualik and a frozen statement that all authors have signed. One table (states.go) says for each
// state who acts next, until when and which buttons live; the pages' toolbar, the authorisation and
// docs/lifecycle.md come from it. It knows nothing of pages, of how a signature is verified (signing), of
// how a card is charged (payment) and of how a PDF is drawn (document).
package filing

import (
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// ServiceCode is what is asked of the institute.
type ServiceCode string

// The two services that are filed to their end. The other kinds of the instruction's grid are records.
const (
	CopyrightWork   ServiceCode = "copyright_work"   // Заявка на объект авторского права
	RegisterExtract ServiceCode = "register_extract" // Ходатайство на предоставление выписки из реестра
)

// Services are both, in the order of the instruction's grid.
var Services = []ServiceCode{CopyrightWork, RegisterExtract}

// State of a filing.
type State string

// The states, in the order of the way; the last ones are its side exits.
const (
	Draft     State = "draft"     // being filled in
	Formed    State = "formed"    // the statement is formed and waits for the payment
	Paid      State = "paid"      // statement and payment are there: to be signed and submitted
	Submitted State = "submitted" // it has its number and waits for the other authors' signatures
	Signed    State = "signed"    // all signatures are there: the desk takes the steps
	Queried   State = "queried"   // the desk has asked; the statement stands
	Amending  State = "amending"  // reopened to answer the query: like a draft with its number and payment
	Amended   State = "amended"   // the new statement is formed: to be signed and submitted as the answer
	Issued    State = "issued"    // the certificate or extract is there
	Expired   State = "expired"   // the term for signing has passed: the office decides
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Deleted   State = "deleted"
)

// States are all states.
var States = []State{Draft, Formed, Paid, Submitted, Signed, Queried, Amending, Amended, Issued, Expired, Refused, Withdrawn, Deleted}

// Editable tells whether the data can be changed: a draft, or an application reopened to answer.
func (s State) Editable() bool { return s == Draft || s == Amending }

// Ended tells whether the way is over.
func (s State) Ended() bool { return s == Issued || s == Refused || s == Withdrawn || s == Deleted }

// Asked tells whether a query waits for its answer.
func (s State) Asked() bool { return s == Queried || s == Amending || s == Amended }

// Role of a participant.
type Role string

// The roles.
const (
	Applicant      Role = "applicant"              // заявитель who is not an author
	Author         Role = "author"                 // автор
	Attorney       Role = "patent_attorney"        // патентный поверенный
	Representative Role = "trusted_representative" // доверенное лицо
)

// Roles are all roles, in the order in which they are offered.
var Roles = []Role{Applicant, Author, Attorney, Representative}

// Who is the person who acts or looks: an account and how it logged in (account's means: password, link, eds).
type Who struct {
	ID    uuid.UUID
	Name  string
	Role  account.Role
	Means account.Means
	Lang  i18n.Lang
}

// Filing is one application. Data is as it was typed.
type Filing struct {
	ID          uuid.UUID   `db:"id"`
	DraftNo     int64       `db:"draft_no"` // "Заявка № 100001"
	Service     ServiceCode `db:"service"`
	State       State       `db:"state"`
	Owner       uuid.UUID   `db:"owner"`      // account of the filer
	FilerRole   Role        `db:"filer_role"` // Author or Representative
	Reduced     bool        `db:"reduced"`    // "Имеет основания для уменьшения оплаты"
	Lang        i18n.Lang   `db:"lang"`       // of the statement, kk or ru
	Data        Data        `db:"data"`
	Version     int         `db:"version"` // rises with every save
	ChangedBy   string      `db:"changed_by"`
	ChangedAt   time.Time   `db:"changed_at"`
	CreatedAt   time.Time   `db:"created_at"`
	PaidAt      *time.Time  `db:"paid_at"`    // stays when the application is edited afterwards
	InvoiceID   *uuid.UUID  `db:"invoice_id"` // the paid one, in package payment
	IncomingNo  string      `db:"incoming_no"`
	Barcode     string      `db:"barcode"`
	SubmittedAt *time.Time  `db:"submitted_at"`
	Deadline    *time.Time  `db:"deadline"`  // of the other authors' signatures
	TermFrom    *time.Time  `db:"term_from"` // when that term began
	SignedAt    *time.Time  `db:"signed_at"` // the last signature
	EndedAt     *time.Time  `db:"ended_at"`  // withdrawn, refused, issued or deleted
	EndReason   string      `db:"end_reason"`

	// Of the steps after the submission; empty before it.
	Scheme        *int       `db:"scheme"`     // the one in force at the submission
	Step          string     `db:"step"`       // code of a step of it
	StepAt        *time.Time `db:"step_at"`    // since when
	StepUntil     *time.Time `db:"step_until"` // its term, nil when it has none
	Desk          string     `db:"desk"`       // Recording or Registering; fixed at the submission
	Expert        *uuid.UUID `db:"expert"`
	QueryUntil    *time.Time `db:"query_until"` // term of the open query
	IssuedAt      *time.Time `db:"issued_at"`
	CertificateNo string     `db:"certificate_no"` // of the certificate or the extract
	CertificateOn clock.Day  `db:"certificate_on"`
	RefusalGround string     `db:"refusal_ground"`
}

// Who takes the steps after the submission.
const (
	Recording   = "recording"   // the institute; the desk records what it does
	Registering = "registering" // the institution itself
)

// Listed is a filing in a list.
type Listed struct {
	Filing
	OwnerName string   `db:"owner_name"`
	Relation  Relation `db:"-"`
	Next      Next     `db:"-"`
	Signed    int      `db:"signed"`     // signatures that are there
	Wanted    int      `db:"wanted"`     // signatures that must be there
	MineToDo  bool     `db:"mine_to_do"` // this person must act
}

// Filter narrows a list; empty fields do not. All is for those who may see everybody's.
type Filter struct {
	State  State
	Query  string
	All    bool
	Limit  int
	Offset int
}

// Counts are the numbers beside a list and in the side bar.
type Counts struct {
	ByState  map[State]int
	Total    int
	MineToDo int // filings where this person must act or sign
}

// Today is the calendar day in the installation's zone.
func (s *Service) today() clock.Day { return clock.DayOf(s.o.Clock.Now(), s.o.Zone) }
