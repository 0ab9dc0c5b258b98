package filing

import "kualik/internal/fault"

// Failures that pages show.
var (
	errNotFound    = fault.New(fault.NotFound, "filing.error.not_found")
	errInput       = fault.New(fault.Invalid, "filing.error.input")
	errNoNumber    = fault.New(fault.Invalid, "filing.error.no_number")
	errParticipant = fault.New(fault.NotFound, "filing.error.participant")
	errDocument    = fault.New(fault.NotFound, "filing.error.document")
	errFiler       = fault.New(fault.Conflict, "filing.error.filer")
	errNoEmail     = fault.New(fault.Invalid, "filing.error.no_email")
	errLink        = fault.New(fault.NotFound, "filing.error.link")
	errLinkOther   = fault.New(fault.Forbidden, "filing.error.link_other")
	errStatement   = fault.New(fault.Conflict, "filing.error.statement")
	errConfirm     = fault.New(fault.Invalid, "filing.error.confirm")
	errReason      = fault.New(fault.Invalid, "filing.error.reason")
	errPaidReduced = fault.New(fault.Conflict, "filing.error.paid_reduced")
	errReminded    = fault.New(fault.Conflict, "filing.error.reminded")
	errSignedNow   = fault.New(fault.Conflict, "filing.error.signed_already")
	errNoSign      = fault.New(fault.Conflict, "filing.error.no_sign")
	errLate        = fault.New(fault.Conflict, "filing.error.late")
	errOthersFirst = fault.New(fault.Conflict, "filing.error.others_first")
	errKey         = fault.New(fault.Conflict, "filing.error.key")
	errUntil       = fault.New(fault.Invalid, "filing.error.until")
	errAnswer      = fault.New(fault.Invalid, "filing.error.answer")
)
