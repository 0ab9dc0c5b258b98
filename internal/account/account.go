// Package account knows who may use the installation: people, their roles, how they log in and what each
// role may do.
//
// It stands after the staff directory, of which it asks only which member of staff an address or a personal
// number belongs to, and after signing, whose word it takes on who holds a key. It knows nothing of cookies
// and pages (web) nor of how a letter travels (notify): it is given a function that sends. It never tells
// whether it knows an address. A signature finds its account by the personal number alone, never by a name
// or an address, which others may share.
package account

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// Role is what a person is to the installation.
type Role string

// The roles.
const (
	Administrator  Role = "administrator"
	ResearchOffice Role = "research_office"
	HeadOfUnit     Role = "head_of_unit"
	Faculty        Role = "faculty"
	Author         Role = "author"    // files with a signature, and is neither staff nor of the office
	Registrar      Role = "registrar" // works at the desk: registers, gives applications to experts, issues
	Expert         Role = "expert"    // examines the applications that the desk gives them
)

// Roles are all roles, from the mightiest.
var Roles = []Role{Administrator, ResearchOffice, Registrar, Expert, HeadOfUnit, Faculty, Author}

// ParseRole reads a role; ok is false for a word that is none.
func ParseRole(s string) (r Role, ok bool) {
	for _, r := range Roles {
		if string(r) == s {
			return r, true
		}
	}
	return "", false
}

// Account is a person who may log in. Unit is set for a head of a unit, StaffID for members of staff. Email
// may be empty for those who came with a signature: an address in a certificate proves no mailbox.
type Account struct {
	ID          uuid.UUID  `db:"id"`
	Email       string     `db:"email"`
	Name        string     `db:"name"`
	Role        Role       `db:"role"`
	HasPassword bool       `db:"has_password"`
	HasEDS      bool       `db:"has_eds"` // its personal number was proven by a signature
	StaffID     *uuid.UUID `db:"staff_id"`
	Faculty     string     `db:"faculty"`
	Department  string     `db:"department"`
	Lang        i18n.Lang  `db:"lang"` // empty: as the browser wishes
	Disabled    bool       `db:"disabled"`
	CreatedAt   time.Time  `db:"created_at"`
	LastLoginAt *time.Time `db:"last_login_at"`
}

// Staff is what the directory tells about the owner of an address or a number.
type Staff struct {
	ID         uuid.UUID
	Name       string
	Email      string // the first address, lower case; may be empty
	Faculty    string
	Department string
}

// FindStaff gives the one member of staff with an address (lower case); ok is false when there is none or
// more than one, for then the address does not say who is asking.
type FindStaff func(ctx context.Context, email string) (s Staff, ok bool, err error)

// FindStaffByIIN gives the one member of staff with a personal number, by its keyed hash; ok is false when
// there is none or more than one.
type FindStaffByIIN func(ctx context.Context, iinHash []byte) (s Staff, ok bool, err error)

// Keeper seals personal numbers; package secret has it.
type Keeper interface {
	Seal(plain []byte, label string) []byte
	Open(sealed []byte, label string) ([]byte, error)
	Hash(label, value string) []byte
}

// Letter is what a person is sent. About makes letters of the same sort to the same address different.
type Letter struct {
	To, About, Subject, Text string
	Lang                     i18n.Lang
}

// Send hands a letter to the outgoing mail. It must not wait for the mail server.
type Send func(ctx context.Context, l Letter) error

// ParseEmail gives an address in the form in which it is kept; ok is false when it is none.
func ParseEmail(s string) (email string, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || !strings.Contains(s[strings.LastIndex(s, "@")+1:], ".") {
		return "", false
	}
	return s, true
}

// Failures that pages show.
var (
	errLogin     = fault.New(fault.Unauthenticated, "account.error.login")
	errLink      = fault.New(fault.Invalid, "account.error.link")
	errTooMany   = fault.New(fault.Unavailable, "account.error.too_many")
	errEmail     = fault.New(fault.Invalid, "account.error.email")
	errName      = fault.New(fault.Invalid, "account.error.name")
	errRole      = fault.New(fault.Invalid, "account.error.role")
	errTaken     = fault.New(fault.Conflict, "account.error.taken")
	errNotFirst  = fault.New(fault.Conflict, "account.error.not_first")
	errLast      = fault.New(fault.Conflict, "account.error.last_administrator")
	errUnknown   = fault.New(fault.NotFound, "account.error.unknown")
	errOld       = fault.New(fault.Invalid, "account.error.old_password")
	errShort     = fault.New(fault.Invalid, "account.error.password_short", "Min", minPassword)
	errLong      = fault.New(fault.Invalid, "account.error.password_long", "Max", maxPassword)
	errGuessable = fault.New(fault.Invalid, "account.error.password_guessable")
	errUnit      = fault.New(fault.Invalid, "account.error.unit")
	errDisabled  = fault.New(fault.Forbidden, "account.error.disabled")
	errNotReady  = fault.New(fault.Conflict, "account.error.not_ready")
	errOtherEDS  = fault.New(fault.Conflict, "account.error.other_eds")
	errEDSTaken  = fault.New(fault.Conflict, "account.error.eds_taken")
	errNoEDS     = fault.New(fault.Unavailable, "account.error.no_eds")
)

// FieldOf names the field of a form that an error of making an account is about: name, email, password or unit.
func FieldOf(err error) string {
	for field, list := range map[string][]error{"name": {errName}, "email": {errEmail, errTaken}, "unit": {errUnit},
		"password": {errShort, errLong, errGuessable}} {
		for _, e := range list {
			if errors.Is(err, e) {
				return field
			}
		}
	}
	return ""
}
