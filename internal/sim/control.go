package sim

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Every control takes JSON from tests and programs, and the forms of the pages.

// choose is POST /choose: a Choice, or the chooser's form.
func (s *Sim) choose(w http.ResponseWriter, r *http.Request) {
	var c Choice
	byForm, err := read(w, r, &c, func(f url.Values) {
		iin, key, _ := strings.Cut(f.Get("choice"), " ")
		c = Choice{Request: f.Get("request"), Person: iin, Key: key, Cancel: f.Has("cancel"), Sticky: f.Has("sticky"), Any: f.Has("any")}
	})
	if err == nil {
		err = s.Choose(c)
	}
	said := "done"
	if byForm && c.Sticky && c.Request == "" {
		said = ""
	}
	s.finish(w, r, byForm, err, "ncalayer", said)
}

// release is POST /release: the end of a sticky choice.
func (s *Sim) release(w http.ResponseWriter, r *http.Request) {
	s.Release()
	s.finish(w, r, !isJSON(r), nil, "ncalayer", "")
}

// putFault is POST /fault: a Fault.
func (s *Sim) putFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	byForm, err := read(w, r, &f, func(v url.Values) {
		f.At, f.Kind = v.Get("at"), v.Get("kind")
		f.Times, _ = strconv.Atoi(v.Get("times"))
	})
	if err == nil {
		err = s.Fault(f)
	}
	s.finish(w, r, byForm, err, "./", "")
}

// putRevocation is POST /revocation: {"person": IIN, "revoked": true}.
func (s *Sim) putRevocation(w http.ResponseWriter, r *http.Request) {
	var change struct {
		Person  string `json:"person"`
		Revoked bool   `json:"revoked"`
	}
	byForm, err := read(w, r, &change, func(v url.Values) {
		if change.Person = v.Get("restore"); change.Person == "" {
			change.Person, change.Revoked = v.Get("revoke"), true
		}
	})
	if err == nil {
		err = s.Revoke(change.Person, change.Revoked)
	}
	s.finish(w, r, byForm, err, "./", "")
}

// Waiting requests as GET /state tells them.
type waitingState struct {
	ID     string   `json:"id"`
	Origin string   `json:"origin"`
	Texts  []string `json:"texts"` // as they stood in the frame
	Locale string   `json:"locale,omitempty"`
}

// state is GET /state: what waits, what is kept, what is faulty.
func (s *Sim) state(w http.ResponseWriter, _ *http.Request) {
	waiting := []waitingState{}
	s.mu.Lock()
	for _, q := range s.waiting {
		waiting = append(waiting, waitingState{q.id, q.origin, q.texts, q.locale})
	}
	answer := mustJSON(map[string]any{"waiting": waiting, "sticky": s.sticky, "faults": s.faulty})
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

func isJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

// read takes the body in one of its two shapes.
func read(w http.ResponseWriter, r *http.Request, into any, form func(url.Values)) (byForm bool, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if isJSON(r) {
		return false, json.NewDecoder(r.Body).Decode(into)
	}
	if err := r.ParseForm(); err != nil {
		return true, err
	}
	form(r.PostForm)
	return true, nil
}

// finish answers a control: a form is led back to its page.
func (s *Sim) finish(w http.ResponseWriter, r *http.Request, byForm bool, err error, to, said string) {
	gone := errors.Is(err, errGone)
	switch {
	case byForm && (err == nil || gone):
		if gone {
			said = "gone"
		}
		if said != "" {
			to += "?said=" + said
		}
		// Relative, so that the pages also work behind a prefix.
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusSeeOther)
	case gone:
		http.Error(w, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"done":true}`))
	}
}
