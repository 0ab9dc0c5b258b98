// Package chase asks for certificates that have not come: for applications that should have one by now, and
// for certificates that only the office's list of the public register knows, because nobody ever sent them.
//
// It stands at the end of both flows. What is missing follows from applications, filings and certificates and
// is never stored; the package keeps what it wrote to whom and what people said of it. Every working morning
// it writes one letter to each author whose turn it is, listing all of theirs; who does not answer is named
// once a week to the head of the unit. It decides nothing about a certificate, changes no application, and
// must not know how a letter travels or how a page looks.
package chase

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/notify"
)

// Kind says what is missing.
type Kind string

// The kinds: an application for which no certificate has come, a certificate that nobody has sent.
const (
	Application Kind = "application"
	Certificate Kind = "certificate"
)

// Subject is what is missing.
type Subject struct {
	Kind Kind
	ID   uuid.UUID
}

// String is the subject in an address: a-ID or c-ID.
func (s Subject) String() string { return string(s.Kind[:1]) + "-" + s.ID.String() }

// ParseSubject reads what String wrote.
func ParseSubject(text string) (Subject, error) {
	if len(text) > 2 && text[1] == '-' {
		for _, k := range []Kind{Application, Certificate} {
			if id, err := uuid.Parse(text[2:]); err == nil && text[0] == k[0] {
				return Subject{k, id}, nil
			}
		}
	}
	return Subject{}, errSubject
}

// State is where the asking stands, in one word.
type State string

// The states, in the order in which they are counted above the list.
const (
	StateNew         State = "new"         // nobody was asked yet
	StateReminded    State = "reminded"    // the authors were asked
	StateEscalated   State = "escalated"   // they did not answer, and the head of the unit was told
	StateUnreachable State = "unreachable" // no author has an address that we know
	StateOnDesk      State = "desk"        // a certificate that may be this one waits for a person's decision
	StateByHand      State = "by_hand"     // nothing goes by itself: not in the office's last list, or vouched for by the office
	StateSnoozed     State = "snoozed"
	StateNotExpected State = "not_expected"
)

// States are all of them.
var States = []State{StateNew, StateReminded, StateEscalated, StateUnreachable, StateOnDesk, StateByHand, StateSnoozed, StateNotExpected}

// Reasons why no certificate is to be expected.
var Reasons = []string{"refused", "withdrawn", "not_ours", "on_paper", "left", "other"}

// Mark is what a person said of a subject. Until is set when it is snoozed.
type Mark struct {
	State  State     `db:"state"`
	Until  clock.Day `db:"until"`
	Reason string    `db:"reason"`
	Note   string    `db:"note"`
	At     time.Time `db:"at"`
	By     string    `db:"actor_name"`
}

// Item is one thing that is missing, with all that is known about the asking.
type Item struct {
	Subject
	Ref        string // the number that the applicant knows, or the certificate's
	Number     string // of the certificate, when it is known
	Title      string
	WorkKind   string // a kind code
	KindText   string
	Status     string     // of an imported application, as it was written
	Filing     *uuid.UUID // filed in Kualik
	Since      clock.Day  // filed, issued or registered on
	From       clock.Day  // since then we know of it
	Authors    []Author
	Waits      *uuid.UUID // the certificate on the desk that may be this one
	Quiet      string     // why nothing goes by itself: absent, or vouched; empty when it does
	Mark       *Mark
	State      State
	Reminders  int       // letters that asked the same author for it, the most of any
	LastOn     clock.Day // of the last of them
	Escalation int       // lists for the head in which it stood
	NextOn     clock.Day // the next letter goes on this day or later; empty: none goes by itself
}

// Author is an author as the application or the certificate names them; Person is nil when we do not know who
// that is.
type Author struct {
	Name   string
	Person *Person
}

// Person is somebody to whom a letter may go. Address is empty when none is known, and Why says so:
// no_address, left, or paused, where letters did not arrive.
type Person struct {
	Key        string
	Name       string
	Address    string
	Why        string
	Lang       i18n.Lang
	Hash       []byte // keyed hash of the personal number, nil when it is not known
	Staff      uuid.UUID
	Faculty    string
	Department string
}

// Workdays counts terms; package workday has it.
type Workdays interface {
	IsWorking(d clock.Day) bool
	AddWorkingDays(d clock.Day, n int) clock.Day
	Between(a, b clock.Day) int
}

// Letters is the outgoing mail; package notify has it.
type Letters interface {
	Queue(ctx context.Context, tx pgx.Tx, l notify.Letter) error
}

// Staff is the directory.
type Staff interface {
	All(ctx context.Context) ([]directory.Staff, error)
}

// Options are what a Service needs. All terms are in working days.
type Options struct {
	Pool     *pgxpool.Pool
	Clock    clock.Clock
	Zone     *time.Location
	Log      *slog.Logger
	Workdays Workdays
	Letters  Letters
	Staff    Staff
	// Address is where a person sends certificates: a member of staff, else one with the keyed hash of a personal
	// number, else anybody (uuid.Nil and nil).
	Address func(ctx context.Context, tx pgx.Tx, staff uuid.UUID, iinHash []byte) (string, error)

	// Mute tells that no letter can go: then nobody is asked, and no letter counts. nil: letters go.
	Mute func() bool

	After     int // from the filing, the issue or the registration to the first letter
	Every     int // between two letters to a person
	Times     int // letters that ask for the same thing; 0: none goes by itself
	Lang      i18n.Lang
	PublicURL string
	Support   string // whom to ask
}

// Service is the asking.
type Service struct {
	o     Options
	names *names
}

// New makes the service.
func New(o Options) *Service { return &Service{o: o, names: &names{}} }

// After is the term after which a certificate is missing, in working days.
func (s *Service) After() int { return s.o.After }

// Times is how many letters ask for one thing; 0 when none goes by itself.
func (s *Service) Times() int { return s.o.Times }

// Every is the term between two letters to a person, in working days.
func (s *Service) Every() int { return s.o.Every }

// Between counts the working days after a up to and with b.
func (s *Service) Between(a, b clock.Day) int { return s.o.Workdays.Between(a, b) }

func (s *Service) today() clock.Day { return clock.DayOf(s.o.Clock.Now(), s.o.Zone) }

// Failures that pages show.
var (
	errSubject = fault.New(fault.NotFound, "chase.error.subject")
	errReason  = fault.New(fault.Invalid, "chase.error.reason")
	errNote    = fault.New(fault.Invalid, "chase.error.note")
	errUntil   = fault.New(fault.Invalid, "chase.error.until")
	errNothing = fault.New(fault.Invalid, "chase.error.nothing")
)

// FieldOf names the field of a form that a refusal is about: reason, note or until.
func FieldOf(err error) string {
	switch {
	case errors.Is(err, errReason):
		return "reason"
	case errors.Is(err, errNote):
		return "note"
	case errors.Is(err, errUntil):
		return "until"
	}
	return ""
}
