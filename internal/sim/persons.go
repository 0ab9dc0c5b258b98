package sim

import (
	"crypto/subtle"
	"net/http"
	"time"
)

// persons is GET /persons/{iin}: what the state database of persons would tell, to whoever has the key.
func (s *Sim) persons(w http.ResponseWriter, r *http.Request) {
	f := s.fault(AtPersons)
	if s.broken(w, r, f) {
		return
	}
	if f.Kind == FaultForbidden || subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.registryKey)) != 1 {
		http.Error(w, `{"error":"unauthorized"}`, http.StatusUnauthorized)
		return
	}
	p := s.ring.person(r.PathValue("iin"))
	if p == nil || p.Unlisted || f.Kind == FaultUnknown {
		http.Error(w, `{"error":"not found"}`, http.StatusNotFound)
		return
	}
	country, region, postcode, address := p.home()
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(mustJSON(map[string]string{"surname": p.Surname, "given_name": p.GivenName, "patronymic": p.Patronymic,
		"birth_date": p.born(), "country": country, "region": region, "postcode": postcode, "address": address}))
}

// broken answers in the place of a service that is down, slow or out of its mind, and tells whether it did.
func (s *Sim) broken(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f.Kind {
	case FaultDown:
		http.Error(w, "the service is down", http.StatusServiceUnavailable)
		return true
	case FaultGarbage:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>Service Temporarily Unavailable"))
		return true
	case FaultSlow:
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
	}
	return false
}
