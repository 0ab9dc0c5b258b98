// Package document makes the papers that the program hands out: the statement that authors sign, the
// receipt of the submission, the invoice and the receipt of a payment; and bar codes and QR codes for pages.
//
// It stands beside payment and above filing: it is given plain data and gives bytes. The same data give the
// same bytes, so that a paper can be made again and held against its hash. It knows no database, no state
// and no clock, and it decides nothing about what it prints.
package document

import (
	"time"

	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// The services, as the filing names them.
const (
	CopyrightWork   = "copyright_work"
	RegisterExtract = "register_extract"
)

// The roles of participants, as the filing names them.
const (
	Applicant             = "applicant"
	Author                = "author"
	PatentAttorney        = "patent_attorney"
	TrustedRepresentative = "trusted_representative"
)

// The sorts of attached documents, as the filing names them.
const (
	WorkCopy           = "work_copy"
	PowerOfAttorney    = "power_of_attorney"
	IdentityCopy       = "identity_copy"
	ReligiousExpertise = "religious_expertise"
	ReductionGround    = "reduction_ground"
	Abstract           = "abstract"
	SourceText         = "source_text"
	OtherDocument      = "other"
)

// StatementData is all that a statement says. What is empty is left out, except in the fields that the
// form requires, where a dash stands.
type StatementData struct {
	Service      string // CopyrightWork or RegisterExtract
	Draft        int    // number of the application in the cabinet, e.g. 110321
	Version      int    // which statement of this application: 1, 2, …
	FormedAt     time.Time
	Zone         *time.Location // of all times that are printed
	Office       string         // who runs the installation: the university
	URL          string         // of the application's page, for the QR code
	FilerRole    string         // Author or TrustedRepresentative
	Filer        string         // name of who files
	Work         Work           // of CopyrightWork
	Extract      Extract        // of RegisterExtract
	Contact      Contact
	Participants []Participant
	Documents    []Attached
	Fee          Fee
}

// Work is the object of copyright.
type Work struct {
	Title            string
	Kind             string // code of package kind, or the register's own words
	CreatedOn        clock.Day
	Religious        bool // there is a religious examination
	Description      string
	SeparateCoAuthor bool // registered separately by a co-author (article 9-1 paragraph 3)
}

// Extract is what an extract from the register is asked for.
type Extract struct {
	CertificateNumber string
	CertificateDate   clock.Day
	Title             string
	Purpose           string
	Delivery          string // how it is to be handed over, in the filer's words
}

// Contact is an address at which somebody is reached.
type Contact struct {
	Name         string
	Organisation bool
	Number       string // IIN or BIN, whole: the statement is what is signed
	Country      string
	City         string // region and town
	Address      string
	PostCode     string
	Phone        string
	Mobile       string
	Fax          string
	Email        string
}

// Participant is somebody named in the application.
type Participant struct {
	Role string
	Contact
	Hidden    bool   // "not to be mentioned as author at publication"
	Authority string // power of attorney of a representative, certificate of a patent attorney
	Signs     bool
	Filer     bool
}

// Attached is a document of the application.
type Attached struct {
	Sort        string
	FileName    string
	Sheets      int
	Description string
	SHA256      string
	Size        int64 // bytes
}

// Fee is what an application costs, in tiyn.
type Fee struct {
	Base, VAT, Commission, Total int64
	VATPercent                   int
	Reduction                    string // ground in words; empty: none
	Percent                      int    // of the full base that is paid under the ground; 0: not printed
}

// SubmissionData is what the receipt of a submission says.
type SubmissionData struct {
	Service     string
	Draft       int
	Number      string // incoming number, 2026-418
	Barcode     string // 2604187
	SubmittedAt time.Time
	Zone        *time.Location
	Office      string
	URL         string
	Title       string
	Kind        string
	Files       []Attached // the statement first
	Signatures  []Signature
	Waiting     []string  // names of those who still sign
	Until       time.Time // end of their term; zero: nobody is waited for
	OnExpiry    string    // "wait": the office decides, "withdraw": the application is withdrawn
	Support     string    // whom to write to or call
	SendTo      string    // where the filer sends the certificate, once it is there; empty: nothing is said
}

// Signature is one that was verified.
type Signature struct {
	Name      string
	IIN       string // masked by the caller
	Role      string
	Algorithm string
	Serial    string // of the certificate
	At        time.Time
}

// PaymentData is what the receipt of a payment says.
type PaymentData struct {
	Invoice   string
	Draft     int
	Service   string
	Title     string
	Payer     string
	Payee     string
	Zone      *time.Location
	Office    string
	URL       string
	Fee       Fee
	Card      string // mask, 440043…1234; empty: not by card
	Approval  string
	Reference string // of the bank
	Terminal  string
	Transfer  string // document of a bank transfer, when it was one
	InvoiceAt time.Time
	PaidAt    time.Time
}

// InvoiceData is what an invoice says before it is paid.
type InvoiceData struct {
	Invoice   string
	Draft     int
	Service   string
	Title     string
	Payer     string
	PayerIIN  string // masked by the caller
	Payee     Payee
	Zone      *time.Location
	Office    string
	URL       string // where it is paid
	Fee       Fee
	InvoiceAt time.Time
	PayUntil  clock.Day // empty: no term
}

// Payee is who gets the money.
type Payee struct {
	Name, BIN, Account, Bank, BankCode, Purpose string
}

// Money writes an amount of tiyn: 7 180,40 тг; 7 180.40 KZT in English.
func Money(lang i18n.Lang, tiyn int64) string {
	return amount(lang, tiyn) + "\u00a0" + i18n.T(lang, "document.tenge")
}
