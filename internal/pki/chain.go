package pki

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"
)

const (
	// maxBetween is how many authorities may stand between a certificate and an anchor.
	maxBetween = 3
	// maxChecks is how many signatures of certificates and lists are checked for one message, however many
	// certificates of one name somebody puts into it.
	maxChecks = 100
)

// chain is a certificate's way to an anchor: the issuers, the nearest first, or none.
type chain struct {
	state  string
	reason string
	path   []*Certificate
}

// walk looks for chains at a moment. Go's own x509.Verify cannot: it knows no GOST.
type walk struct {
	trust   *Trust
	between []*Certificate // authorities that are not anchors
	at      time.Time
	checks  int
	links   map[[2]*Certificate]bool
	vouched map[*list]map[*Certificate]bool
	found   map[*Certificate]chain
}

func newWalk(t *Trust, certificates []*Certificate, at time.Time) *walk {
	w := &walk{trust: t, at: at, links: map[[2]*Certificate]bool{}, vouched: map[*list]map[*Certificate]bool{}, found: map[*Certificate]chain{}}
	if w.trust == nil {
		w.trust = &Trust{}
	}
	for _, c := range certificates {
		if c.maySignCertificates() && c.x.KeyUsage != 0 {
			w.between = append(w.between, c)
		}
	}
	return w
}

// from gives a chain that is trusted, or else one that reaches an anchor, or none.
func (w *walk) from(c *Certificate) chain {
	best, done := w.found[c]
	if !done {
		best = chain{state: ChainUntrusted, reason: Untrusted}
		w.up(c, nil, &best)
		w.found[c] = best
	}
	return best
}

// up tries all the ways up from the certificate at the end of a path; true ends the search.
func (w *walk) up(leaf *Certificate, path []*Certificate, best *chain) bool {
	end := leaf
	if len(path) > 0 {
		end = path[len(path)-1]
	}
	for _, anchor := range w.trust.anchors {
		if !w.issued(anchor, end, len(path)) {
			continue
		}
		whole := append(slices.Clone(path), anchor)
		reason := w.dates(append([]*Certificate{leaf}, whole...))
		if reason == "" {
			*best = chain{ChainTrusted, "", whole}
			return true
		}
		if best.path == nil {
			*best = chain{ChainExpired, reason, whole}
		}
	}
	if len(path) == maxBetween {
		return false
	}
	for _, c := range w.between {
		if c == end || slices.Contains(path, c) || !w.issued(c, end, len(path)) {
			continue
		}
		if w.up(leaf, append(slices.Clone(path), c), best) {
			return true
		}
	}
	return false
}

// issued reports whether the authority issued the certificate below it, so many others standing below.
func (w *walk) issued(authority, c *Certificate, below int) bool {
	a := authority.x
	if !bytes.Equal(a.RawSubject, c.x.RawIssuer) || authority.unknownCritical {
		return false
	}
	if (a.MaxPathLen > 0 || a.MaxPathLenZero) && below > a.MaxPathLen {
		return false
	}
	pair := [2]*Certificate{authority, c}
	good, done := w.links[pair]
	if !done {
		if w.checks == maxChecks {
			return false
		}
		w.checks++
		good = authority.check(sealAlgorithm(c.signatureOID), c.x.RawTBSCertificate, c.x.Signature) == ""
		w.links[pair] = good
	}
	return good
}

// dates is the reason why one of the certificates is not valid at the moment, the lowest first.
func (w *walk) dates(certificates []*Certificate) string {
	for _, c := range certificates {
		switch {
		case w.at.After(c.NotAfter):
			return Expired
		case w.at.Before(c.NotBefore):
			return NotYetValid
		}
	}
	return ""
}

// maySignCertificates reports whether it is an authority's certificate.
func (c *Certificate) maySignCertificates() bool {
	return c.IsCA && (c.x.KeyUsage == 0 || c.x.KeyUsage&x509.KeyUsageCertSign != 0)
}

// vouches reports whether the authority signed the revocation list.
func (w *walk) vouches(l *list, authority *Certificate) bool {
	if good, done := w.vouched[l][authority]; done {
		return good
	}
	if w.checks == maxChecks {
		return false
	}
	w.checks++
	if w.vouched[l] == nil {
		w.vouched[l] = map[*Certificate]bool{}
	}
	good := l.signedBy(authority)
	w.vouched[l][authority] = good
	return good
}
