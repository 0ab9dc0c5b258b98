package web

import (
	"io"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/fault"
	"kualik/internal/issuing"
	"kualik/internal/pki"
	"kualik/internal/web/part"
)

// The check of a file: its bytes are held against those that were sealed. It is open to everybody, so it is bounded.

// Bounds of the checks: of one address on the network within a while, and of all at the same moment.
const (
	checksWithin  = 10 * time.Minute
	checksPerHost = 60
	checksAtOnce  = 8
	checkHosts    = 10_000 // addresses that are remembered
)

// checkLimit counts the checks of this process: a process more is a few checks more, which does no harm.
type checkLimit struct {
	now   func() time.Time
	slots chan struct{}

	mu   sync.Mutex
	seen map[string][]time.Time
}

func newCheckLimit(now func() time.Time) *checkLimit {
	return &checkLimit{now: now, slots: make(chan struct{}, checksAtOnce), seen: map[string][]time.Time{}}
}

// begin takes a place, which end gives back; false when there is none.
func (l *checkLimit) begin(host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.seen) >= checkHosts {
		l.seen = map[string][]time.Time{}
	}
	since := l.now().Add(-checksWithin)
	var recent []time.Time
	for _, t := range l.seen[host] {
		if t.After(since) {
			recent = append(recent, t)
		}
	}
	if len(recent) >= checksPerHost {
		l.seen[host] = recent
		return false
	}
	select {
	case l.slots <- struct{}{}:
		l.seen[host] = append(recent, l.now())
		return true
	default:
		return false
	}
}

func (l *checkLimit) end() { <-l.slots }

// checkView is the form of the check and what came of it.
type checkView struct {
	Action  string
	Problem string
	Kind    string // of the message; empty: nothing was checked
	Fact    string
	Text    string
	Href    string // of the record that the file is of
	Link    string
	Lamps   []part.LampRow
}

func (s *Server) showCheck(v *Visit, c checkView, status int) error {
	c.Action = "/register/check"
	return s.outside(v, v.T("issuing.check.title"), status, checkPage(c))
}

func (s *Server) check(v *Visit) error {
	verdict, err := s.checkFile(v)
	if err != nil {
		c, status, err := s.notChecked(v, err)
		if err != nil {
			return err
		}
		return s.showCheck(v, c, status)
	}
	return s.showCheck(v, s.checked(v, verdict, ""), fiber.StatusOK)
}

// checkRecord checks a file that is said to be of the record on whose page it is given.
func (s *Server) checkRecord(v *Visit) error {
	verdict, err := s.checkFile(v)
	if err != nil {
		c, status, err := s.notChecked(v, err)
		if err != nil {
			return err
		}
		return s.showEntry(v, c, status)
	}
	return s.showEntry(v, s.checked(v, verdict, v.Params("token")), fiber.StatusOK)
}

var (
	errManyChecks = fault.New(fault.Unavailable, "issuing.check.too_many")
	errNoFile     = fault.New(fault.Invalid, "issuing.check.no_file")
)

// notChecked says in the form why a file was not looked at.
func (s *Server) notChecked(v *Visit, err error) (checkView, int, error) {
	if !mendable(err) {
		return checkView{}, 0, err
	}
	status := statusOf[fault.KindOf(err)]
	if err == errManyChecks {
		status = fiber.StatusTooManyRequests
	}
	return checkView{Problem: v.Error(err)}, status, nil
}

// checkFile reads the file of the form and holds it against the register.
func (s *Server) checkFile(v *Visit) (issuing.Verdict, error) {
	if !s.checks.begin(hostOf(v.Ctx)) {
		v.Ctx.Context().SetConnectionClose() // the file is not read
		return issuing.Verdict{}, errManyChecks
	}
	defer s.checks.end()
	var pdf []byte
	_, err := v.Upload(func(_, _ string, file io.Reader, _ map[string]string) (err error) {
		if len(pdf) > 0 {
			return nil
		}
		pdf, err = io.ReadAll(io.LimitReader(file, issuing.MaxPDF+1))
		return err
	})
	if err == nil && len(pdf) == 0 {
		err = errNoFile
	}
	if err != nil {
		return issuing.Verdict{}, err
	}
	return s.Issuing.Check(v.UserContext(), pdf, s.Trust)
}

// kinds of the message for each outcome.
var checkKinds = map[issuing.Outcome]string{issuing.Ours: "ok", issuing.Outdated: "warn", issuing.Cancelled: "bad", issuing.Longer: "bad", issuing.Changed: "bad", issuing.Strange: "bad"}

// checked is the verdict for the reader; token is that of the page on which the file was given, or empty.
func (s *Server) checked(v *Visit, d issuing.Verdict, token string) checkView {
	c := checkView{Kind: checkKinds[d.Outcome], Fact: v.T("issuing.check." + string(d.Outcome)), Text: v.T("issuing.check." + string(d.Outcome) + "_note")}
	own := ""
	if d.Entry != nil {
		own = d.Entry.Token
		c.Link = v.T("issuing.check.record", "Number", part.Num(int(d.Entry.Number)), "Version", d.Entry.Version)
	}
	if d.Extract != nil {
		own = d.Extract.Token
		c.Link = v.T("issuing.check.extract", "Name", d.Extract.Name())
	}
	if own != "" && own != token {
		c.Href = "/r/" + own
	}
	if own != "" && token != "" && own != token && c.Kind == "ok" {
		c.Kind, c.Fact, c.Text = "warn", v.T("issuing.check.other"), v.T("issuing.check.other_note")
	}
	c.Lamps = []part.LampRow{bytesLamp(v, d), recordLamp(v, d), s.signatureLamp(v, d)}
	return c
}

func bytesLamp(v *Visit, d issuing.Verdict) part.LampRow {
	row := part.LampRow{Kind: "bad", Fact: v.T("issuing.lamp.bytes_" + string(d.Outcome)), Evidence: v.T("issuing.lamp.sum", "Size", part.Num(d.Size), "Hash", d.SHA256)}
	switch d.Outcome {
	case issuing.Ours, issuing.Outdated, issuing.Cancelled:
		row.Kind, row.Fact = "ok", v.T("issuing.lamp.bytes_same")
	case issuing.Longer:
		row.Evidence = v.T("issuing.lamp.added", "Count", d.Added)
	case issuing.Changed:
		row.Evidence = v.T("issuing.lamp.length")
		if d.Differ > 0 {
			row.Evidence = v.T("issuing.lamp.differ", "Count", d.Differ, "From", part.Num(d.From))
		}
	}
	return row
}

func recordLamp(v *Visit, d issuing.Verdict) part.LampRow {
	if d.Entry == nil {
		return part.LampRow{Kind: "unknown", Fact: v.T("issuing.lamp.no_record")}
	}
	kind := map[issuing.State]string{issuing.Valid: "ok", issuing.Replaced: "warn", issuing.Annulled: "bad"}[d.Entry.State]
	return part.LampRow{Kind: kind, Fact: v.T("issuing.lamp.record_"+string(d.Entry.State), "Number", part.Num(int(d.Entry.Number))),
		Evidence: v.T("issuing.lamp.record_note", "Day", dayOr(v, d.Entry.RegisteredOn), "Version", d.Entry.Version)}
}

// signatureLamp says what the signature in the file is worth by itself. Of a file that was changed it is not said
// who signed: only a good signature proves that.
func (s *Server) signatureLamp(v *Visit, d issuing.Verdict) part.LampRow {
	r := d.Signature
	if len(r.Signatures) == 0 {
		return part.LampRow{Kind: "unknown", Fact: v.T("issuing.lamp.unsigned")}
	}
	last := r.Signatures[len(r.Signatures)-1]
	who := last.Signer.Organisation
	if who == "" {
		who = last.Signer.Name
	}
	when := part.Moment(v.Context(), last.ClaimedAt)
	switch r.Reason {
	case "":
		return part.LampRow{Kind: "ok", Fact: v.T("issuing.lamp.signed", "Name", who), Evidence: v.T("issuing.lamp.signed_at", "At", when)}
	case pki.Untrusted:
		return part.LampRow{Kind: "unknown", Fact: v.T("issuing.lamp.untrusted"), Evidence: who}
	case pki.Expired:
		return part.LampRow{Kind: "warn", Fact: v.T("issuing.lamp.expired", "Name", who), Evidence: v.T("issuing.lamp.signed_at", "At", when)}
	}
	return part.LampRow{Kind: "bad", Fact: v.T("issuing.lamp.broken")}
}
