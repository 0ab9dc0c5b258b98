package web

import (
	"context"
	"io"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/chase"
	"kualik/internal/doctext"
	"kualik/internal/fault"
	"kualik/internal/forward"
	"kualik/internal/intake"
	"kualik/internal/jobs"
	"kualik/internal/mailbox"
	"kualik/internal/rating"
	"kualik/internal/registry"
	replies "kualik/internal/reply"
	"kualik/internal/review"
)

// Flow is what the pages about certificates and mails need: overview, certificates, desk, ledger, upload,
// an author's own. Without a Desk they are left out; a function that is nil takes its button with it.
type Flow struct {
	Desk         *review.Desk
	Rating       *rating.Service
	Schedules    *jobs.Scheduler
	Applications *application.Store
	Mailboxes    *mailbox.Store
	Blobs        blob.Store
	Chase        *chase.Service // certificates that have not come; nil: no page about them

	// Render draws a page of a document, from 1, as PNG.
	Render func(ctx context.Context, data []byte, page, dpi int) ([]byte, error)
	// Read reads a document that has no pages to draw, so that its text can be shown; nil: it is not shown.
	Read func(ctx context.Context, name string, data []byte, o doctext.ReadOptions) (doctext.Result, error)
	// Check finds anew what a document shows of itself, by its hash; nil: nobody can ask for that.
	Check func(ctx context.Context, sha string) error
	// Upload takes a file on the way of a mail and gives the message that it became.
	Upload func(ctx context.Context, u intake.Upload) (uuid.UUID, error)
	// Replay takes a stored message through the flow again.
	Replay func(ctx context.Context, who audit.Actor, id uuid.UUID) error
	// ExportCertificates writes certificates as jsonl, csv or xlsx.
	ExportCertificates func(ctx context.Context, w io.Writer, format string, ids []uuid.UUID) error
	// NextPoll is when the mailboxes are asked again after an instant.
	NextPoll func(after time.Time) time.Time
	// PollAlarm is the age of the last good poll that calls for a person; 0 is 30 minutes.
	PollAlarm time.Duration
	// MailAddress is where authors send their certificates; empty when it is not known.
	MailAddress string
	// Forward gives each reader that address with a tag of their own; nil: there are no tags.
	Forward *forward.Service
	// Replies knows the personal links of letters; nil: there are none.
	Replies *replies.Service

	ratings *ratings
}

// largestDocument bounds what is read into memory to be drawn or sent.
const largestDocument = 64 << 20

var errNoDocument = fault.New(fault.NotFound, "desk.error.no_file")

// mountFlow registers the pages about certificates and mails.
func (s *Server) mountFlow() {
	if s.Desk == nil {
		return
	}
	s.search, s.ratings = "/certificates", &ratings{}
	s.mountOverview()
	s.mountCertificates()
	s.mountDocuments()
	s.mountDesk()
	s.mountLedger()
	s.mountUpload()
	s.mountMine()
	s.mountAnswers()
}

// sendTo is where the reader sends certificates: with a tag of their own where they are known.
func (s *Server) sendTo(v *Visit) (string, error) {
	if s.Forward == nil || !v.Known() {
		return s.MailAddress, nil
	}
	return s.Forward.AddressOfAccount(v.UserContext(), s.Pool, v.Who.ID)
}

// scopeOf is what the reader may see of the certificates; ok is false for one who may see none.
func scopeOf(v *Visit) (scope registry.Scope, ok bool) {
	switch {
	case v.Who.Can(account.SeeAll):
		return registry.Scope{}, true
	case v.Who.Can(account.SeeUnit) && v.Who.Faculty != "":
		return registry.Scope{Faculty: v.Who.Faculty, Department: v.Who.Department}, true
	case v.Who.StaffID != nil:
		return registry.Scope{Person: *v.Who.StaffID}, true
	}
	return registry.Scope{}, false
}

// mayRead refuses a certificate that the reader may not see, in the words of one that does not exist.
func (s *Server) mayRead(v *Visit, id uuid.UUID) error {
	scope, ok := scopeOf(v)
	if scope == (registry.Scope{}) && ok {
		return nil
	}
	if ok {
		visible, err := registry.Visible(v.UserContext(), s.Pool, scope, id)
		if err != nil || visible {
			return err
		}
	}
	if v.Who.StaffID != nil {
		asked, err := registry.MayBe(v.UserContext(), s.Pool, *v.Who.StaffID)
		if err != nil {
			return err
		}
		for _, a := range asked {
			if a.ID == id {
				return nil
			}
		}
	}
	return fault.New(fault.NotFound, "registry.not_found")
}
