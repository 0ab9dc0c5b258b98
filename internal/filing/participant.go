package filing

import (
	"time"

	"github.com/google/uuid"
)

// Person or body.
const (
	Individual   = "individual"
	Organisation = "organisation"
)

// Entry is what is typed about a participant. Number is the IIN or BIN; empty when changing one whose
// number stays. Suggestion, when set, fills what is empty from the address book or the staff directory.
type Entry struct {
	Role        Role   `json:"role"`
	Type        string `json:"type"` // Individual or Organisation
	Number      string `json:"number"`
	Name        string `json:"name"`        // "ФИО", surname first; or the organisation's
	Unmentioned bool   `json:"unmentioned"` // "Не упоминать как автора при публикации"
	Country     string `json:"country"`
	City        string `json:"city"` // "Город (местожительство)"
	Address     string `json:"address"`
	Postcode    string `json:"postcode"`
	Phone       string `json:"phone"`
	Email       string `json:"email"`
	Suggestion  string `json:"suggestion"`
}

// Participant is somebody named in a filing. Number in Entry is never filled on reading: Masked is shown,
// and RevealNumber gives the whole one and records that.
type Participant struct {
	ID uuid.UUID
	Entry
	Masked     string
	Filer      bool // who files; an author who files is the applicant too
	Applicant  bool // заявитель: the filing author, or Role Applicant
	MustSign   bool
	Sign       SignState
	SignedAt   *time.Time
	Refusal    string // message key of the last signature that was refused, empty when none
	RefusedAt  *time.Time
	Invitation *Invitation
	Me         bool // the person who looks
}

// SignState is the participant's "Статус подписания".
type SignState string

// The states of a signature.
const (
	SignNotNeeded SignState = "not_needed"
	SignNotYet    SignState = "not_yet" // it is not their turn
	SignWaiting   SignState = "waiting" // they can sign now
	SignLate      SignState = "late"    // the term has passed
	SignRefused   SignState = "refused" // tried, and refused: see Refusal; they can try again
	SignDone      SignState = "done"
)

// Invitation is a personal link sent by mail, and how far it got.
type Invitation struct {
	State     InvitationState
	SentAt    time.Time
	OpenedAt  *time.Time
	LoggedAt  *time.Time // first log-in with EDS of that person
	ExpiresAt time.Time
}

// InvitationState is how far an invitation got.
type InvitationState string

// The states of an invitation.
const (
	InviteSent   InvitationState = "sent"
	InviteOpened InvitationState = "opened"
	InviteLogged InvitationState = "logged_in"
)

// Invited is what the page of an invitation shows to somebody not yet logged in: no personal data but the
// invited person's own first name and who invites.
type Invited struct {
	FilingID  uuid.UUID
	Name      string // of the invited
	FilerName string
	Title     string
	Deadline  *time.Time
	Used      bool
}

// Suggestion is an entry of the person's own address book, or a member of staff. ID goes into
// Entry.Suggestion.
type Suggestion struct {
	ID     string // "book:…" or "staff:…"
	Name   string
	Masked string
	Note   string // department, or e-mail
}
