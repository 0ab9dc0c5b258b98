package reply

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/certificate"
	"kualik/internal/message"
	"kualik/internal/postgres"
	"kualik/internal/registry"
)

// found is what a message turned out to hold.
type found struct {
	files        []file
	certificates []entry // each once, in the order of the files
	links        bool    // to files in a cloud, instead of files
}

// file is one part of the message that may be a document.
type file struct {
	name         string
	problem      string // why it gave no certificate: password, damaged, archive, picture, statement, …; empty when it did
	certificates []uuid.UUID
}

// entry is a certificate that the message brought.
type entry struct {
	registry.Certificate
	people      map[uuid.UUID]registry.Person
	application registry.Filed
	before      *registry.Brought // the first message that brought it, when that is another one
	beforeBy    string            // who sent that one, when the directory knows; only for who is known too
	beforeOwn   bool              // the same sender
}

// found gathers what intake and the registry recorded of a message.
func (s *Service) found(ctx context.Context, db postgres.DB, m Message, who sender) (f found, err error) {
	brought, err := receipts(ctx, db, m.ID)
	if err != nil {
		return f, err
	}
	attachments, err := registry.Attachments(ctx, db, m.ID)
	if err != nil {
		return f, err
	}
	f.links = len(m.Mail.Links) > 0
	for _, a := range attachments {
		part := message.Part{Filename: a.Filename, DeclaredType: a.ContentType}
		if a.Position >= 1 && a.Position <= len(m.Mail.Parts) {
			part = m.Mail.Parts[a.Position-1]
		}
		one := file{name: a.Filename}
		for _, b := range brought {
			if b.SHA256 == a.SHA256 {
				one.certificates = append(one.certificates, b.CertificateID)
			}
		}
		if len(one.certificates) == 0 {
			if one.problem = problem(part, a); one.problem == "" {
				continue
			}
		}
		f.files = append(f.files, one)
	}
	for _, b := range brought {
		if slices.ContainsFunc(f.certificates, func(e entry) bool { return e.ID == b.CertificateID }) {
			continue
		}
		e, err := s.entry(ctx, db, m.ID, b.CertificateID, who)
		if err != nil {
			return f, err
		}
		f.certificates = append(f.certificates, e)
	}
	return f, nil
}

type receipt struct {
	CertificateID uuid.UUID
	SHA256        string
}

// receipts are the certificates that a message brought, followed to where people joined them.
func receipts(ctx context.Context, db postgres.DB, message uuid.UUID) ([]receipt, error) {
	rows, err := db.Query(ctx, `SELECT coalesce(c.merged_into, c.id), r.attachment_sha256 FROM receipt r JOIN certificate c ON c.id = r.certificate_id
		LEFT JOIN attachment a ON a.message_id = r.message_id AND a.sha256 = r.attachment_sha256
		WHERE r.message_id = $1 ORDER BY a.position, c.document_index, c.id`, message)
	if err != nil {
		return nil, fmt.Errorf("what a message brought: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[receipt])
	if err != nil {
		return nil, fmt.Errorf("what a message brought: %w", err)
	}
	return list, nil
}

// entry reads one certificate with all that a letter says of it.
func (s *Service) entry(ctx context.Context, db postgres.DB, message, id uuid.UUID, who sender) (e entry, err error) {
	if e.Certificate, err = registry.Get(ctx, db, id); err != nil {
		return e, err
	}
	var staff []uuid.UUID
	for _, a := range e.Authors {
		if a.StaffID != nil {
			staff = append(staff, *a.StaffID)
		}
	}
	if e.people, err = registry.People(ctx, db, staff); err != nil {
		return e, err
	}
	if e.ApplicationID != nil {
		filed, err := registry.Applications(ctx, db, []uuid.UUID{*e.ApplicationID}, id)
		if err != nil {
			return e, err
		}
		e.application = filed[*e.ApplicationID]
	}
	messages, err := registry.Messages(ctx, db, id)
	if err != nil || len(messages) == 0 || messages[0].MessageID == message {
		return e, err
	}
	e.before = &messages[0]
	e.beforeOwn = strings.EqualFold(messages[0].FromAddr, who.Address)
	if who.Known && !e.beforeOwn {
		e.beforeBy, err = nameOf(ctx, db, messages[0].FromAddr)
	}
	return e, err
}

// nameOf is the name of the one member of staff whose an address is; empty when it is nobody's.
func nameOf(ctx context.Context, db postgres.DB, address string) (string, error) {
	who, err := whose(ctx, db, address)
	if err != nil || who.Staff == nil {
		return "", err
	}
	people, err := registry.People(ctx, db, []uuid.UUID{*who.Staff})
	return people[*who.Staff].Name, err
}

// problem says why a part gave no certificate, as a code of the letters; empty for what is no document.
func problem(p message.Part, a registry.Attachment) string {
	if p.Decoration {
		return ""
	}
	switch {
	case p.Reason == message.Encrypted:
		return "encrypted"
	case p.Reason == message.External:
		return "external"
	case p.Reason == message.Damaged:
		return "damaged"
	case p.Reason == message.Limit:
		return "limit"
	case a.Size == 0:
		return "empty"
	case certificate.Verdict(a.Verdict) == certificate.NotCertificate:
		return "not_" + a.Label
	}
	switch a.Reason {
	case "password", "damaged", "empty", "limit", "needs_ocr":
		return a.Reason
	case "unsupported":
		return unsupported(a)
	}
	return "needs_ocr" // not read: there is no reader of pictures here
}

// unsupported parts formats that are not read by what their sender can do.
func unsupported(a registry.Attachment) string {
	switch ext := strings.ToLower(path.Ext(a.Filename)); ext {
	case ".rar", ".7z", ".gz", ".tgz", ".tar", ".xz":
		return "archive"
	case ".heic", ".heif", ".jp2", ".webp", ".avif":
		return "picture"
	case ".ics", ".vcf", ".p7s", ".asc", ".sig", ".eml", ".xml", ".json", ".mp3", ".mp4":
		return ""
	}
	if strings.HasPrefix(a.ContentType, "image/") {
		return "picture"
	}
	return "format"
}

// waits tells whether a person must decide something about the certificate.
func (e entry) waits() bool {
	return e.Reading != registry.Rejected && e.MergedInto == nil &&
		(e.Reading == registry.Review || e.ApplicationDecision == registry.DecisionReview || e.with(registry.DecisionReview) > 0)
}

func (e entry) with(d registry.Decision) (n int) {
	for _, a := range e.Authors {
		if a.Decision == d {
			n++
		}
	}
	return n
}

// sure tells whether the fields may be trusted.
func (e entry) sure() bool { return e.Reading == registry.Sure || e.Reading == registry.Confirmed }

// linked tells whether there is anything to say about it.
func (e entry) linked() bool {
	return e.Reading != registry.Rejected && !e.NotOurs && e.MergedInto == nil
}

// worth tells whether the sender expects an answer. What holds a certificate, or a document that is another
// one or cannot be read, is answered always. A letter without any is answered only when it says that it is
// about a certificate, for else it is a question, thanks, or one of the many things that reach a public address.
func (f found) worth(m Message, who sender) bool {
	asks := who.Hint != nil || about.MatchString(OwnWords(m.Mail.Text)) || !passedOn.MatchString(m.Mail.Subject) && about.MatchString(m.Mail.Subject)
	for _, one := range f.files {
		if one.problem != "not_other" && one.problem != "not_letter" || who.Known || asks || about.MatchString(one.name) {
			return true
		}
	}
	return asks || len(f.certificates) > 0
}
