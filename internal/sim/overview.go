package sim

import "net/http"

type partRow struct{ Word, Link, URL string }

type faultRow struct {
	At, Word, Now string
	Kinds         []string
}

type overviewPage struct {
	page
	Parts  []partRow
	Faults []faultRow
}

// overview is the page with everything that can be looked at and broken.
func (s *Sim) overview(w http.ResponseWriter, r *http.Request) {
	p := overviewPage{page: s.page(w, r, "overview", "./")}
	u := s.URLs()
	p.Parts = []partRow{{"part_ncalayer", "ncalayer", u.NCALayer}, {"part_ocsp", "", u.OCSP}, {"part_crl", "", u.CRL}, {"part_persons", "", u.Registry + "/persons"}}
	if u.Bank != "" {
		p.Parts = append(p.Parts, partRow{"part_bank", u.Bank, u.Bank})
	}
	s.mu.Lock()
	for _, at := range []string{AtNCALayer, AtOCSP, AtCRL, AtPersons} {
		p.Faults = append(p.Faults, faultRow{at, "part_" + at, s.faulty[at].Kind, faults[at]})
	}
	s.mu.Unlock()
	for _, x := range s.search(&p.page) {
		p.People = append(p.People, s.row(p.Lang, x))
	}
	s.render(w, "overview", p)
}
