package filing

import (
	"time"

	"github.com/google/uuid"
)

// LetterKind is what a letter between desk and applicant is.
type LetterKind string

// The kinds. The first group comes from the desk, the second from the applicant.
const (
	Query             LetterKind = "query"       // asks something until a day
	Refusal           LetterKind = "refusal"     // with a ground in law
	CertificateLetter LetterKind = "certificate" // the certificate is issued, also a new version of it
	ExtractLetter     LetterKind = "extract"     // the petition for an extract is answered
	Note              LetterKind = "note"        // asks nothing

	AnswerLetter      LetterKind = "answer"
	RequestCorrection LetterKind = "request_correction" // of a technical error in what was issued
	RequestChange     LetterKind = "request_change"     // of what the register says
	Withdrawal        LetterKind = "withdrawal"
)

// Requests are what can be asked after the issue.
var Requests = []LetterKind{RequestCorrection, RequestChange}

// Directions of a letter.
const (
	FromDesk = "out"
	ToDesk   = "in"
)

// Whose words a letter has.
const (
	SourceDesk      = "desk"      // the desk's own
	SourceInstitute = "institute" // the institute's, recorded by the desk
	SourceApplicant = "applicant"
)

// How what a letter waits for has ended.
const (
	ClosedAnswered  = "answered"
	ClosedTakenBack = "taken_back" // by the desk
	ClosedOvertaken = "overtaken"  // the way went on without an answer
	ClosedDone      = "done"       // what was asked for is done
	ClosedDeclined  = "declined"
	ClosedEnded     = "ended" // the way of the application ended
)

// Correspondence is one letter between desk and applicant. An answer that is being written, because its
// statement is not signed yet, has no number and no day, and only the applicant sees it.
type Correspondence struct {
	ID        uuid.UUID  `db:"id"`
	FilingID  uuid.UUID  `db:"filing_id"`
	Number    string     `db:"number"` // "И-2026-12" from the desk, "В-2026-5" to it
	Direction string     `db:"direction"`
	Kind      LetterKind `db:"kind"`
	Ground    string     `db:"ground"` // code, of a refusal
	Text      string     `db:"text"`
	Until     *time.Time `db:"until"`     // of a query
	Answers   *uuid.UUID `db:"answers"`   // the letter that it answers
	Statement *uuid.UUID `db:"statement"` // the new one that an answer brings
	Source    string     `db:"source"`
	BegunAt   time.Time  `db:"begun_at"`
	At        *time.Time `db:"at"`
	ByAccount *uuid.UUID `db:"by_account"`
	By        string     `db:"by_name"`
	SeenAt    *time.Time `db:"seen_at"` // by the other side
	ClosedAt  *time.Time `db:"closed_at"`
	Closed    string     `db:"closed"`

	Files []LetterFile `db:"-"`
	Late  bool         `db:"-"` // an open query whose term has passed
}

// Open tells whether something is waited for: an answer, or what was asked for.
func (c Correspondence) Open() bool {
	return c.At != nil && c.ClosedAt == nil && (c.Kind == Query || c.Kind == RequestCorrection || c.Kind == RequestChange)
}

// LetterFile is a file of a letter. SHA256 is of its own bytes; it is kept encrypted.
type LetterFile struct {
	ID          uuid.UUID `db:"id"`
	LetterID    uuid.UUID `db:"letter_id"`
	Filename    string    `db:"filename"`
	ContentType string    `db:"content_type"`
	SHA256      string    `db:"sha256"`
	Size        int64     `db:"size"`
	file        string    // in the store, sealed
}

// NewLetter is a letter that the desk writes. Files are stored before the transaction (StoreFiles).
type NewLetter struct {
	Text   string
	Until  time.Time // of a query; zero: the setting's working days from now
	Source string    // SourceDesk when empty
	Files  []LetterFile

	// Of one that answers a request.
	Answers uuid.UUID
	Closed  string // ClosedDone or ClosedDeclined
}

// Ground is a reason for which an application is refused.
type Ground struct {
	Code string
	Law  string // message key of where it stands in the law
	Key  string // message key of its sentence
}

// Grounds are all reasons of a refusal, in the order of the law.
var Grounds = grounds("incomplete", "no_abstract", "no_religious_report", "not_protected", "trademark_like", "unsigned", "inaccurate", "no_answer", "other")

func grounds(codes ...string) []Ground {
	list := make([]Ground, 0, len(codes))
	for _, c := range codes {
		list = append(list, Ground{Code: c, Law: "filing.ground." + c + ".law", Key: "filing.ground." + c})
	}
	return list
}

func isGround(code string) bool {
	for _, g := range Grounds {
		if g.Code == code {
			return true
		}
	}
	return false
}
