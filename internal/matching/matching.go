// Package matching decides, purely, which application and which people a certificate belongs to.
//
// It takes plain values and gives decisions with their evidence; it reads no database and no clock, so
// that a deeper model can take its place. Precision comes first: whatever is not sure is left to review.
package matching

import "kualik/internal/clock"

// Version rises whenever the same values may be decided otherwise than before.
const Version = 1

// Certificate is what is known of a certificate when it is matched.
type Certificate struct {
	RegisteredOn  clock.Day
	CreatedOn     clock.Day
	Kind          string // kind code, may be empty
	Title         string
	TitleKK       string
	Authors       []string // as printed
	ApplicationNo string   // an application number quoted on the document or in its letter, may be empty
}

// Application is a candidate.
type Application struct {
	ID         string
	Ref        string
	RegistryNo string
	Title      string
	Kind       string
	CreatedOn  clock.Day
	FiledOn    clock.Day
	Authors    []ApplicationAuthor
	Taken      bool // another certificate is already decided to be its own
}

// ApplicationAuthor is an author as the application names them. Key is the keyed hash of the personal
// number in hex, empty when it is unknown.
type ApplicationAuthor struct {
	Name string
	Key  string
}

// Staff is a member of staff who may be an author. Key is as in ApplicationAuthor.
type Staff struct {
	ID           string
	StaffID      string
	Surname      string
	GivenName    string
	Patronymic   string
	OtherNames   []string
	Department   string
	Key          string
	EmployedFrom clock.Day
	EmployedTo   clock.Day
}

// Decision is how sure a match is; the words are those of the interchange format.
type Decision string

// The decisions. None is for applications, NotStaff for people.
const (
	Auto     Decision = "auto"
	Review   Decision = "review"
	None     Decision = "none"
	NotStaff Decision = "not_staff"
)

// Evidence is what one field says for or against a candidate. Weight is in bits (log2 of the likelihood
// ratio), Agreement from 0 to 1; Code names the finding (same, similar, differs, missing, …).
type Evidence struct {
	Field     string  `json:"field"` // title, authors, kind, created_on, filed_on, number, name, patronymic, …
	Code      string  `json:"code"`
	Value     string  `json:"value,omitempty"` // the candidate's value, never a personal number
	Agreement float64 `json:"agreement"`
	Weight    float64 `json:"weight"`
}

// Candidate is one possible answer with its score from 0 to 1 and what speaks for it. Vetoes are codes
// (title_digits, patronymic, tie, filed_after_registration, …).
type Candidate struct {
	ID       string     `json:"id"`
	Ref      string     `json:"ref"` // application_ref or staff_id
	Score    float64    `json:"score"`
	Bits     float64    `json:"bits"`
	Evidence []Evidence `json:"evidence"`
	Vetoes   []string   `json:"vetoes,omitempty"`
}

// Match is a decision with the candidates it was made from, best first, and Reason, the code of why it
// was not automatic (tie, margin, low_score, veto, namesakes, no_candidate, …).
type Match struct {
	Decision   Decision    `json:"decision"`
	ID         string      `json:"id,omitempty"` // of the chosen candidate, when Auto
	Score      float64     `json:"score"`
	Margin     float64     `json:"margin"` // bits to the runner-up
	Reason     string      `json:"reason,omitempty"`
	Candidates []Candidate `json:"candidates"`
	Version    int         `json:"version"`
}
