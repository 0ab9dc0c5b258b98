package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"kualik/internal/clock"
)

// patience is how long a request waits for somebody to choose.
const patience = 2 * time.Minute

// request is a frame that waits for a person.
type request struct {
	asked
	id     string
	origin string // of the page that asks, as the browser says
	at     time.Time
	answer chan Choice // holds one
}

// Choice is what somebody does with a request: signs as a person with one of their keys, or cancels.
type Choice struct {
	Request string `json:"request,omitempty"` // the oldest when empty
	Person  string `json:"person,omitempty"`  // IIN
	Key     string `json:"key,omitempty"`     // such as SIGN-GOST; the first that the page accepts when empty
	Cancel  bool   `json:"cancel,omitempty"`
	Sticky  bool   `json:"sticky,omitempty"` // answer the next requests at once in the same way
	Any     bool   `json:"any,omitempty"`    // also a key that the page does not accept
}

// Choose answers a waiting request. A sticky choice is kept and answers those to come too; without a request
// waiting it must be sticky.
func (s *Sim) Choose(c Choice) error {
	if !c.Cancel && s.ring.person(c.Person) == nil {
		return fmt.Errorf("nobody has the number %q", c.Person)
	}
	if c.Key != "" {
		if _, err := parseKeyName(c.Key); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Sticky {
		kept := c
		kept.Request = ""
		s.sticky = &kept
	}
	i := slices.IndexFunc(s.waiting, func(r *request) bool { return c.Request == "" || r.id == c.Request })
	if i < 0 {
		if c.Sticky && c.Request == "" {
			return nil
		}
		return errGone
	}
	select {
	case s.waiting[i].answer <- c:
	default: // it has been answered already
	}
	return nil
}

var errGone = errors.New("no such request waits any more")

// Release ends a sticky choice.
func (s *Sim) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sticky = nil
}

// Waiting is how many requests wait for somebody.
func (s *Sim) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

// ask puts a request before somebody and waits for the choice; when time or conversation ends it is a cancel.
func (s *Sim) ask(ctx context.Context, a asked, origin string) Choice {
	r := &request{asked: a, id: clock.NewID().String(), origin: origin, at: s.clock.Now(), answer: make(chan Choice, 1)}
	s.mu.Lock()
	if s.sticky != nil {
		c := *s.sticky
		s.mu.Unlock()
		return c
	}
	s.waiting = append(s.waiting, r)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.waiting = slices.DeleteFunc(s.waiting, func(x *request) bool { return x == r })
		s.mu.Unlock()
	}()
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	select {
	case c := <-r.answer:
		return c
	case <-timer.C:
	case <-ctx.Done():
	}
	return Choice{Cancel: true}
}

// find is a waiting request, the oldest for an empty id.
func (s *Sim) find(id string) *request {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.waiting {
		if id == "" || r.id == id {
			return r
		}
	}
	return nil
}

// originOf is what the browser says about the page that asks.
func originOf(r *http.Request) string {
	return strings.TrimSpace(r.Header.Get("Origin"))
}
