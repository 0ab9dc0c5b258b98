package sim

import (
	"fmt"
	"slices"
	"time"
)

// Where a fault can be put, and which ones each place knows.
const (
	AtNCALayer = "ncalayer"
	AtOCSP     = "ocsp"
	AtCRL      = "crl"
	AtPersons  = "persons"
)

// Faults of NCALayer; each is applied when a request is answered, cancel, silence and drop at once.
const (
	FaultCancel       = "cancel"        // as if the person had closed the window
	FaultDrop         = "drop"          // the program ends in the middle
	FaultSilence      = "silence"       // no answer until the person's time is over
	FaultGarbage      = "garbage"       // a result that is no signature
	FaultNoBasics     = "no_basics"     // an old version: only commonUtils
	FaultWrongContent = "wrong_content" // other bytes are signed
	FaultBase64Text   = "base64_text"   // the base64 text is signed in place of its bytes
	FaultOtherPerson  = "other_person"  // somebody else's key
	FaultAuthKey      = "auth_key"      // the AUTH key whatever was asked
	FaultSignKey      = "sign_key"      // the SIGN key whatever was asked
	FaultNoAttributes = "no_attributes" // no signed attributes
	FaultTwoSigners   = "two_signers"   // a second person signs too
)

// Faults of what is asked over HTTP.
const (
	FaultDown      = "down"      // 503
	FaultSlow      = "slow"      // an answer after Delay
	FaultStale     = "stale"     // OCSP, CRL: of a week ago
	FaultUnknown   = "unknown"   // OCSP: status unknown; persons: 404
	FaultForbidden = "forbidden" // persons: 401
	faultGarbage   = FaultGarbage
)

var faults = map[string][]string{
	AtNCALayer: {FaultCancel, FaultDrop, FaultSilence, FaultGarbage, FaultNoBasics, FaultWrongContent, FaultBase64Text, FaultOtherPerson,
		FaultAuthKey, FaultSignKey, FaultNoAttributes, FaultTwoSigners},
	AtOCSP:    {FaultDown, FaultSlow, faultGarbage, FaultStale, FaultUnknown},
	AtCRL:     {FaultDown, FaultSlow, faultGarbage, FaultStale},
	AtPersons: {FaultDown, FaultSlow, faultGarbage, FaultUnknown, FaultForbidden},
}

// Fault is how one place misbehaves: for the next Times answers, or until it is taken away when Times is 0.
type Fault struct {
	At    string        `json:"at"`
	Kind  string        `json:"kind"` // empty takes the fault away
	Times int           `json:"times,omitempty"`
	Delay time.Duration `json:"delay,omitempty"` // of slow; nanoseconds in JSON, two seconds when 0
}

// Fault puts a fault at a place or takes it away.
func (s *Sim) Fault(f Fault) error {
	known, ok := faults[f.At]
	if !ok {
		return fmt.Errorf("no fault can be put at %q", f.At)
	}
	if f.Kind != "" && !slices.Contains(known, f.Kind) {
		return fmt.Errorf("%s knows no fault %q, only %v", f.At, f.Kind, known)
	}
	if f.Kind == FaultSlow && f.Delay <= 0 {
		f.Delay = 2 * time.Second
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Kind == "" {
		delete(s.faulty, f.At)
	} else {
		s.faulty[f.At] = f
	}
	return nil
}

// fault takes one of the place's faults: its kind is empty when there is none, or when it is not among those
// that are looked for (none named: any).
func (s *Sim) fault(at string, among ...string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faulty[at]
	if f.Kind == "" || len(among) > 0 && !slices.Contains(among, f.Kind) {
		return Fault{}
	}
	if f.Times == 1 {
		delete(s.faulty, at)
	} else if f.Times > 1 {
		f.Times--
		s.faulty[at] = f
	}
	return f
}
