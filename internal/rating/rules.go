// Package rating counts certificates: rules, periods, sealed snapshots of what they are applied to, and
// the result with exact fractions.
//
// It stands after the registry and reads its tables. Compute and everything that it needs is pure: the
// same snapshot gives the same result. It knows nothing of workbooks, pages and letters; those take
// Result and show it.
package rating

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"time"

	"kualik/internal/fault"
	"kualik/internal/kind"
)

// Decimal is an exact number of points as a person writes it: "10", "7.5".
type Decimal string

var decimal = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,4})?$`)

// Rat is the number; zero for an empty or malformed Decimal.
func (d Decimal) Rat() *big.Rat {
	if !decimal.MatchString(string(d)) {
		return new(big.Rat)
	}
	r, _ := new(big.Rat).SetString(string(d))
	return r
}

// Split says how a certificate's points are divided.
type Split string

// The splits.
const (
	SplitAll   Split = "all"   // equally among all authors as printed
	SplitStaff Split = "staff" // equally among those authors who count
	SplitFull  Split = "full"  // everybody who counts gets the whole
)

// Dating says which day of a certificate decides about the period and about employment.
type Dating string

// The datings.
const (
	ByRegistered Dating = "registered_on"
	ByCreated    Dating = "created_on"
	ByReceived   Dating = "received_on" // the day on which its first message came
)

// CapOrder says which certificates use up a person's cap first.
type CapOrder string

// The orders.
const (
	CapOldest  CapOrder = "oldest"
	CapLargest CapOrder = "largest"
)

// Words of the registry's decisions that a rule can accept.
const (
	ReadingSure       = "sure"
	ReadingConfirmed  = "confirmed"
	DecisionAuto      = "auto"
	DecisionReview    = "review"
	DecisionConfirmed = "confirmed"
	DecisionNotStaff  = "not_staff"
)

// Rules are how certificates become points. Cap is the most points that one person can have in a
// period, empty for none.
type Rules struct {
	Points        Decimal            `json:"points"`
	PointsByKind  map[string]Decimal `json:"points_by_kind"`
	ExcludedKinds []string           `json:"excluded_kinds"`
	Split         Split              `json:"split"`
	Dating        Dating             `json:"dating"`
	EmployedOnDay bool               `json:"employed_on_day"`
	Cap           Decimal            `json:"cap"`
	CapOrder      CapOrder           `json:"cap_order"`
	Readings      []string           `json:"readings"`
	Decisions     []string           `json:"decisions"`
}

// Defaults are the rules that hold until somebody changes them (interchange page, "Rating workbook").
func Defaults() Rules {
	return Rules{
		Points: "10", PointsByKind: map[string]Decimal{}, ExcludedKinds: []string{},
		Split: SplitAll, Dating: ByRegistered, EmployedOnDay: true, CapOrder: CapOldest,
		Readings:  []string{ReadingConfirmed, ReadingSure},
		Decisions: []string{DecisionAuto, DecisionConfirmed},
	}
}

// RuleSet is a version of the rules. A version is never changed.
type RuleSet struct {
	Version   int
	Rules     Rules
	Note      string
	Author    string
	CreatedAt time.Time
}

// Validate refuses rules that cannot be applied; the error is a fault for the reader.
func (r Rules) Validate() error {
	if !decimal.MatchString(string(r.Points)) {
		return fault.New(fault.Invalid, "rating.error.points", "Value", r.Points)
	}
	for _, code := range slices.Sorted(maps.Keys(r.PointsByKind)) {
		if !slices.Contains(kind.Codes, code) {
			return fault.New(fault.Invalid, "rating.error.kind", "Value", code)
		}
		if p := r.PointsByKind[code]; !decimal.MatchString(string(p)) {
			return fault.New(fault.Invalid, "rating.error.points", "Value", p)
		}
	}
	for _, code := range r.ExcludedKinds {
		if !slices.Contains(kind.Codes, code) {
			return fault.New(fault.Invalid, "rating.error.kind", "Value", code)
		}
	}
	if r.Cap != "" && (!decimal.MatchString(string(r.Cap)) || r.Cap.Rat().Sign() == 0) {
		return fault.New(fault.Invalid, "rating.error.cap", "Value", r.Cap)
	}
	return r.validateChoices()
}

func (r Rules) validateChoices() error {
	choices := []struct {
		name, value string
		allowed     []string
	}{
		{"split", string(r.Split), []string{string(SplitAll), string(SplitStaff), string(SplitFull)}},
		{"dating", string(r.Dating), []string{string(ByRegistered), string(ByCreated), string(ByReceived)}},
		{"cap_order", string(r.CapOrder), []string{string(CapOldest), string(CapLargest)}},
	}
	for _, s := range r.Readings {
		choices = append(choices, struct {
			name, value string
			allowed     []string
		}{"readings", s, []string{ReadingSure, ReadingConfirmed}})
	}
	for _, s := range r.Decisions {
		choices = append(choices, struct {
			name, value string
			allowed     []string
		}{"decisions", s, []string{DecisionAuto, DecisionConfirmed}})
	}
	for _, c := range choices {
		if !slices.Contains(c.allowed, c.value) {
			return fault.New(fault.Invalid, "rating.error.choice", "Field", c.name, "Value", c.value)
		}
	}
	if len(r.Readings) == 0 || len(r.Decisions) == 0 {
		return fault.New(fault.Invalid, "rating.error.nothing_counts")
	}
	if !slices.Contains(r.Readings, ReadingConfirmed) || !slices.Contains(r.Decisions, DecisionConfirmed) {
		return fault.New(fault.Invalid, "rating.error.human")
	}
	return nil
}

// Normal gives the rules in the one form in which they are stored: lists sorted without doubles, no
// kind named that has the common points.
func (r Rules) Normal() Rules {
	r.ExcludedKinds = sortedSet(r.ExcludedKinds)
	r.Readings, r.Decisions = sortedSet(r.Readings), sortedSet(r.Decisions)
	byKind := map[string]Decimal{}
	for code, p := range r.PointsByKind {
		if p.Rat().Cmp(r.Points.Rat()) != 0 {
			byKind[code] = p
		}
	}
	r.PointsByKind = byKind
	if r.CapOrder == "" {
		r.CapOrder = CapOldest
	}
	return r
}

func sortedSet(list []string) []string {
	out := append([]string{}, list...)
	slices.Sort(out)
	return slices.Compact(out)
}

// PointsOf are the points of a certificate of a kind; ok is false when the kind does not count.
func (r Rules) PointsOf(kindCode string) (points *big.Rat, ok bool) {
	if slices.Contains(r.ExcludedKinds, kindCode) {
		return nil, false
	}
	if p, named := r.PointsByKind[kindCode]; named {
		return p.Rat(), true
	}
	return r.Points.Rat(), true
}

// Each is what one of the authors of a certificate of a kind has of it, when all have the same; ok is false
// when that depends on who they are, or when nothing counts.
func (r Rules) Each(kindCode string, authors int) (full, share *big.Rat, ok bool) {
	full, ok = r.PointsOf(kindCode)
	if !ok || r.Split != SplitAll || authors == 0 {
		return nil, nil, false
	}
	return full, big.NewRat(1, int64(authors)), true
}

// String is the short form for logs.
func (r RuleSet) String() string { return fmt.Sprintf("rules %d", r.Version) }
