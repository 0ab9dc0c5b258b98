package filing

import "kualik/internal/fault"

// Failures that pages show.
var (
	errUnwritten = fault.New(fault.Unavailable, "filing.error.unwritten")
	errNotFound  = fault.New(fault.NotFound, "filing.error.not_found")
)
