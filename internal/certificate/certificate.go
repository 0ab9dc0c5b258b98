// Package certificate reads the fields of a copyright certificate from pages of text.
//
// It knows the forms of the certificate and their wording (domain page, section 2), not where the text
// came from (doctext) nor whose certificate it is (registry). It reads, it never decides.
package certificate

import (
	"kualik/internal/clock"
	"kualik/internal/doctext"
)

// ReaderVersion rises whenever the same file may be read otherwise than before; stored readings of
// older versions are then read again.
const ReaderVersion = 5

// Verdict says what a file is; part of the interchange format.
type Verdict string

// The verdicts.
const (
	IsCertificate  Verdict = "certificate"
	NotCertificate Verdict = "not_certificate"
	Unreadable     Verdict = "unreadable"
)

// Field names a field of a certificate, as in the interchange format.
type Field string

// The fields.
const (
	Number          Field = "number"
	RegisteredOn    Field = "registered_on"
	CreatedOn       Field = "created_on"
	Kind            Field = "kind"
	Title           Field = "title"
	Authors         Field = "authors"
	VerificationURL Field = "verification_url"
)

// Fields are what stands on a certificate. Number is as printed, with its leading zeros; KindText and
// Title are those of the Russian half where there are both; TitleKK is the Kazakh half's title when it
// differs; Kind is a kind code or empty.
type Fields struct {
	Number          string    `json:"number"`
	RegisteredOn    clock.Day `json:"registered_on"`
	CreatedOn       clock.Day `json:"created_on"`
	Kind            string    `json:"kind"`
	KindText        string    `json:"kind_text"`
	Title           string    `json:"title"`
	TitleKK         string    `json:"title_kk,omitempty"`
	Authors         []string  `json:"authors"`
	VerificationURL string    `json:"verification_url"`
}

// Place is where a field stands: offsets in bytes of the page's text, and boxes on the page.
type Place struct {
	Page  int            `json:"page"` // from 1
	Start int            `json:"start"`
	End   int            `json:"end"`
	Boxes []doctext.Rect `json:"boxes,omitempty"`
}

// Reading is one certificate found in a file. Confidence has a value from 0 to 1 for each field; Notes
// are codes of what is odd (halves_differ_number, registered_before_created, …).
type Reading struct {
	Fields
	Confidence map[Field]float64 `json:"confidence"`
	Source     doctext.Source    `json:"source"`
	Places     map[Field][]Place `json:"places,omitempty"`
	Notes      []string          `json:"notes,omitempty"`
	FileName   string            `json:"file_name,omitempty"` // inside an archive
}

// Extraction is what a file turned out to be. Label names the sort of a negative (statement, abstract,
// receipt, patent, letter, other).
type Extraction struct {
	Verdict      Verdict        `json:"verdict"`
	Reason       doctext.Reason `json:"reason"`
	Label        string         `json:"label,omitempty"`
	Certificates []Reading      `json:"certificates"`
}

// SureAt is the least confidence at which a field may be trusted without a person.
const SureAt = 0.9

// Sure tells whether every field of the reading may be trusted without a person: number, date, title, authors,
// kind and creation date each at SureAt or better.
func (r Reading) Sure() bool {
	for _, f := range []Field{Number, RegisteredOn, CreatedOn, Kind, Title, Authors} {
		if r.Confidence[f] < SureAt {
			return false
		}
	}
	return true
}
