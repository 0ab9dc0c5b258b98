// Package fault says what kind of failure an error is, and which sentence tells the user about it.
//
// It stands above every other package and knows none of them. An Error carries a message key for
// package i18n, the arguments of that message, and the cause; the cause is for the log, the key for
// the reader.
package fault

import (
	"errors"
	"fmt"
)

// Kind is the sort of a failure; the web turns it into a status, a job into "try again" or "give up".
type Kind uint8

// The kinds. Internal is what every foreign error is.
const (
	Internal        Kind = iota
	Invalid              // the input breaks a rule; the user can mend it
	NotFound             // no such thing
	Conflict             // somebody else was there first
	Forbidden            // known, but not allowed
	Unauthenticated      // not known
	TooLarge             // over a limit
	Unavailable          // an outside system is away; worth another try
)

var names = [...]string{"internal", "invalid", "not_found", "conflict", "forbidden", "unauthenticated", "too_large", "unavailable"}

// String gives the kind's name, as it stands in logs.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Error is a failure with a sentence for the user.
type Error struct {
	Kind Kind
	Key  string         // key of the message in package i18n
	Args map[string]any // arguments of the message
	Err  error          // the cause; may be nil
}

// New makes an error of a kind. args alternate name and value of the message's arguments.
func New(kind Kind, key string, args ...any) *Error {
	return Wrap(nil, kind, key, args...)
}

// Wrap makes an error of a kind with a cause. args alternate name and value.
func Wrap(err error, kind Kind, key string, args ...any) *Error {
	e := &Error{Kind: kind, Key: key, Err: err}
	if len(args) > 0 {
		e.Args = make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			e.Args[fmt.Sprint(args[i])] = args[i+1]
		}
	}
	return e
}

// Error is the sentence of the log: key, arguments, cause.
func (e *Error) Error() string {
	s := e.Key
	if len(e.Args) > 0 {
		s += fmt.Sprint(" ", e.Args)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first Error in err's chain, Internal when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is tells whether err is a failure of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
