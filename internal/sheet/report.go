package sheet

import (
	"encoding/json"
	"slices"
	"strings"

	"kualik/internal/i18n"
)

// The codes of reasons for which a row is refused; their sentences are import.reason.CODE.
const (
	ReasonRequired   = "required"
	ReasonDay        = "day"
	ReasonDuplicate  = "duplicate" // the same key in an earlier row
	ReasonQuotes     = "quotes"
	ReasonCells      = "cells"
	ReasonTooLong    = "too_long"
	ReasonIINLength  = "iin_length"
	ReasonIINDate    = "iin_date"
	ReasonIINControl = "iin_control"
	ReasonIINCount   = "iin_count" // a parallel list of another length
	ReasonOrder      = "day_order"
	ReasonEmail      = "email"
)

// Options of an import. With DryRun nothing is written; with AllOrNothing nothing is when a row is
// refused. Reasons are worded in Lang.
type Options struct {
	DryRun       bool
	AllOrNothing bool
	Lang         i18n.Lang
	Limits       Limits
	Progress     func(done, of int) // may be nil
}

// Report is what an import did, or would do; its JSON is part of the interchange format.
type Report struct {
	Added          int       `json:"added"`
	Changed        int       `json:"changed"`
	Unchanged      int       `json:"unchanged"`
	Refused        []Refusal `json:"refused"`
	IgnoredColumns []string  `json:"ignored_columns"`
	Absent         int       `json:"absent"` // known before and not in this file
	// Taken is false when nothing was written: a dry run, or all-or-nothing with a refused row.
	Taken bool `json:"taken"`
}

// Refusal is a row that was not taken. Reason is a sentence, Code its stable name.
type Refusal struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Reason string `json:"reason"`
	Code   string `json:"code"`
}

// NewReport begins the report of a table, with the rows that could not be read.
func NewReport(t *Table, lang i18n.Lang) *Report {
	r := &Report{IgnoredColumns: t.Ignored}
	for _, b := range t.Bad {
		r.Refuse(lang, b.Number, "", b.Code)
	}
	return r
}

// Refuse notes a refused row. args alternate name and value of the reason's sentence.
func (r *Report) Refuse(lang i18n.Lang, row int, column, code string, args ...any) {
	args = append([]any{"Column", column}, args...)
	r.Refused = append(r.Refused, Refusal{Row: row, Column: column, Code: code, Reason: i18n.T(lang, "import.reason."+code, args...)})
}

// Sort puts refusals in the order of the file.
func (r *Report) Sort() {
	slices.SortStableFunc(r.Refused, func(a, b Refusal) int {
		if a.Row != b.Row {
			return a.Row - b.Row
		}
		return strings.Compare(a.Column, b.Column)
	})
}

// MarshalJSON writes empty lists as lists.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	if r.Refused == nil {
		r.Refused = []Refusal{}
	}
	if r.IgnoredColumns == nil {
		r.IgnoredColumns = []string{}
	}
	return json.Marshal(plain(r))
}
