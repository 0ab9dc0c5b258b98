package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"kualik/config"
	"kualik/internal/pki"
)

// doctorPatience is how long an outside service may take to answer the doctor.
const doctorPatience = 10 * time.Second

// trust looks at the certificates on which log-in and signatures stand.
func (d *doctor) trust() {
	if d.cfg.TrustDir == "" {
		d.say("trust", Unknown, "none")
		return
	}
	trust, err := pki.LoadTrust(d.cfg.TrustDir)
	if err != nil {
		d.say("trust", Bad, "unreadable", "Dir", d.cfg.TrustDir, "Error", err)
		return
	}
	test := trust.Test()
	if d.cfg.Mode == config.Production {
		trust = trust.Real()
	}
	var ended []string
	for _, c := range trust.Anchors() {
		if time.Now().After(c.NotAfter) {
			ended = append(ended, c.Name)
		}
	}
	state, list := Doubt, trust.Anchors()
	if len(list) == len(ended) {
		state = Bad // nobody is trusted
	}
	switch {
	case len(test) > 0 && d.cfg.Mode == config.Production:
		d.say("trust", state, "test", "Names", strings.Join(test, ", "))
	case state == Bad:
		d.say("trust", Bad, "empty", "Dir", d.cfg.TrustDir)
	case len(ended) > 0:
		d.say("trust", Doubt, "ended", "Names", strings.Join(ended, ", "))
	default:
		d.say("trust", Good, "works", "Count", len(list))
	}
}

// bank asks for the page on which applicants pay; it needs no key and moves no money.
func (d *doctor) bank(ctx context.Context) {
	if !d.cfg.Pays() {
		d.say("bank", Unknown, "none")
		return
	}
	ctx, done := context.WithTimeout(ctx, doctorPatience)
	defer done()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.cfg.EpayPageURL, http.NoBody)
	if err == nil {
		var answer *http.Response
		if answer, err = http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
		}
	}
	if err != nil {
		d.say("bank", Bad, "unreachable", "Error", err)
		return
	}
	d.say("bank", Good, "answers", "URL", d.cfg.EpayPageURL)
}
