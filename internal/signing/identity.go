// Package signing holds what a browser brings back from a key of the National Certification Authority
// against what was asked for: that a log-in signs the text that this installation gave to this browser,
// that a document's signature is over the stored bytes and by the person whom it needs. It keeps the
// evidence, so that a signature can be verified again years later without any network.
//
// It stands between pki, which knows certificates and messages and asks nobody, and accounts and filings,
// which know who may do what. It must not know either: it is given bytes and a personal number, and gives
// back who signed.
package signing

import (
	"errors"
	"slices"
	"strings"
	"time"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// Identity is a person as their certificate names them, after everything about it was verified.
type Identity struct {
	IIN, BIN                       string
	Surname, GivenName, Patronymic string
	Name                           string // all of it in one line
	Organisation                   string
	Email                          string // as in the certificate; may be empty
	Roles                          []string
	Algorithm, KeyUsage, Serial    string
	NotBefore, NotAfter            time.Time
	Revocation                     Revocation
}

// IsHead tells whether the certificate is that of an organisation's head.
func (id Identity) IsHead() bool { return slices.Contains(id.Roles, "head") }

// Revocation is what is known about whether a certificate was revoked.
type Revocation struct {
	State     string    // good, unreachable (nobody answered), unknown (the authority does not know it)
	Source    string    // ocsp or crl; empty when nobody answered
	CheckedAt time.Time // when it was asked
	AsOf      time.Time // the instant that the answer speaks of
	file      string    // the answer in the store
}

// Text is the sentence for the user: how it was checked, or that it could not be.
func (r Revocation) Text(l i18n.Lang, zone *time.Location) string {
	at := r.CheckedAt.In(zone).Format("02.01.2006 15:04")
	if r.State == stateGood {
		return i18n.T(l, "signing.revocation."+r.Source, "At", at)
	}
	return i18n.T(l, "signing.revocation."+r.State, "At", at)
}

const (
	stateGood        = "good"
	stateRevoked     = "revoked"
	stateUnknown     = "unknown"
	stateUnreachable = "unreachable"
)

const keyPrefix = "signing.error."

// refuse makes the refusal of a code, whose sentence says what to do.
func refuse(kind fault.Kind, code string, args ...any) error {
	return fault.New(kind, keyPrefix+code, args...)
}

// Code is the code of a refusal (auth_key, other_person, signed_base64, …); empty when err is none.
func Code(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	code, ok := strings.CutPrefix(f.Key, keyPrefix)
	if !ok {
		return ""
	}
	return code
}
