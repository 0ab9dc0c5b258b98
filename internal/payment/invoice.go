package payment

import (
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
)

// State of an invoice.
type State string

// The states. Open and Paying are live: a debt has one live invoice at most, and one paid one.
const (
	Open        State = "open"         // formed; may be paid
	Paying      State = "paying"       // a session at the bank is under way, or its end is not known yet
	Paid        State = "paid"         // the bank has confirmed the whole sum
	Expired     State = "expired"      // the session ran out without a payment; paying again takes a new number
	Failed      State = "failed"       // the bank rejected every attempt; paying again takes a new number
	Cancelled   State = "cancelled"    // no longer wanted
	RefundDue   State = "refund_due"   // money was taken that is not owed; the office refunds it
	RefundAsked State = "refund_asked" // the office has decided; the bank's answer is awaited
	Refunded    State = "refunded"     // the whole sum went back
)

// States in the order in which they are shown.
var States = []State{Open, Paying, Paid, Expired, Failed, Cancelled, RefundDue, RefundAsked, Refunded}

// Live tells whether an invoice in this state may still be paid under its own number.
func (s State) Live() bool { return s == Open || s == Paying }

// Reasons: why an invoice is in its state. Their words are "payment.reason.…".
const (
	WrongAmount   = "wrong_amount"   // the bank took another sum
	PaidTwice     = "paid_twice"     // the debt had been paid under another number
	NotWanted     = "not_wanted"     // paid after it was cancelled
	Deleted       = "deleted"        // what it was for was deleted
	AlreadyPaid   = "already_paid"   // cancelled: paid under another number
	Replaced      = "replaced"       // cancelled: another invoice took its place
	AtBank        = "at_bank"        // refunded in the bank's own cabinet
	RefundRefused = "refund_refused" // the bank refused the refund
	GivenUp       = "given_up"       // the office closed a session whose end the bank never told
	NothingDue    = "nothing_due"    // paid: the sum is zero
)

// Means of payment.
const (
	ByCard     = "card"
	ByTransfer = "transfer"
	ByNothing  = "none" // nothing was due
)

// Debt is what somebody owes for a service.
type Debt struct {
	SubjectKind string    // "filing"
	SubjectID   uuid.UUID // of what the service is done for
	AccountID   uuid.UUID // who pays
	Service     string
	Reduction   string // ground of a reduced fee, or empty
	Description string // what the payer reads on the bank's page, at most 125 letters are shown there
}

// Invoice is one number at the bank for a debt. Money is in tiyn, its lines never change.
type Invoice struct {
	ID          uuid.UUID
	Number      string
	SubjectKind string
	SubjectID   uuid.UUID
	AccountID   uuid.UUID
	Service     string
	Reduction   string
	Description string
	Replaces    *uuid.UUID

	PricedOn   clock.Day
	List       Tiyn
	Share      Percent
	Base       Tiyn
	VATPercent Percent
	VAT        Tiyn
	Commission Tiyn
	Total      Tiyn

	State     State
	Reason    string
	Means     string
	FormedAt  time.Time
	UpdatedAt time.Time

	StartedAt *time.Time
	Deadline  *time.Time
	Attempts  int // rejected by the bank
	PayerLang string

	AskAt        *time.Time
	AskedAt      *time.Time
	Asks         int
	BankSays     string     // last answer of the bank, a Verdict; empty before the first
	UnknownSince *time.Time // set while the bank gives no usable answer

	Taken         Tiyn // what the bank took
	RefundedSum   Tiyn
	TransactionID string
	ApprovalCode  string
	Reference     string
	CardMask      string
	Document      string
	PaidAt        *time.Time

	RefundReason  string
	RefundBy      string
	RefundTries   int
	RefundAskedAt *time.Time
	RefundedAt    *time.Time
}

// AttemptsLeft counts the attempts that the payer still has in the session.
func (i Invoice) AttemptsLeft() int { return max(MaxAttempts-i.Attempts, 0) }

// TimeLeft is what is left of the session; the whole of it before it began, 0 when it is over.
func (i Invoice) TimeLeft(now time.Time) time.Duration {
	if i.Deadline == nil {
		return SessionTime
	}
	return max(i.Deadline.Sub(now), 0)
}

// Unknown tells whether nobody knows at the moment if the money was taken: the session is over, or the bank
// does not answer. The payer should wait and not pay again.
func (i Invoice) Unknown(now time.Time) bool {
	return i.State == Paying && (i.UnknownSince != nil || i.TimeLeft(now) == 0)
}

// running tells whether the session at the bank may go on.
func (i Invoice) running(now time.Time) bool {
	return i.State == Paying && i.TimeLeft(now) > 0 && i.AttemptsLeft() > 0
}
