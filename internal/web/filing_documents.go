package web

import (
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/web/part"
)

// The tab "Прилагаемые документы": files with their sheets and descriptions, and what the check of the work
// found in them.

func (s *Server) mountFilingDocuments() {
	s.postFile("/filings/:id/documents", account.File, s.change(s.attachDocument))
	s.get("/filings/:id/documents/:document", account.File, s.openDocument)
	s.post("/filings/:id/documents/:document", account.File, s.change(s.describeDocument))
	s.post("/filings/:id/documents/:document/remove", account.File, s.change(s.detachDocument))
	s.post("/filings/:id/documents/:document/answer", account.File, s.change(s.answerFinding))
}

// fileProblem is a file that was not taken, at the place where it was given.
type fileProblem struct {
	Place, Text         string
	Sheets, Description string
}

// slot is a place of the tab: a kind of document, and of whom.
type slot struct {
	Kind     filing.DocumentKind
	Person   filing.Participant // of an identity copy
	Required bool
	Files    []filing.Document
}

// place is the slot's name in the page's addresses.
func (p slot) place() string {
	if p.Kind == filing.IdentityCopy {
		return string(p.Kind) + "-" + p.Person.ID.String()
	}
	return string(p.Kind)
}

// anchor is the place of a slot in the page: the first of its kind is where links to the kind lead.
func anchor(slots []slot, i int) string {
	for _, before := range slots[:i] {
		if before.Kind == slots[i].Kind {
			return "d-" + slots[i].place()
		}
	}
	return "d-" + string(slots[i].Kind)
}

func (p slot) title(ctx context.Context) string {
	name := part.T(ctx, "cabinet.doc."+string(p.Kind))
	if p.Kind == filing.IdentityCopy {
		return part.T(ctx, "cabinet.doc.of", "Kind", name, "Name", titleCase(p.Person.Name))
	}
	return name
}

// counted tells whether sheets and a description belong to the document.
func (p slot) counted() bool { return p.Kind != filing.IdentityCopy }

// lamp is the state of a place: a file that blocks the statement is no better than none, and one in which
// something is doubted is not yet good.
func (p slot) lamp(check bool) string {
	state := "ok"
	if len(p.Files) == 0 {
		state = when(p.Required && check, "bad")
		if state == "" {
			state = "unknown"
		}
	}
	for _, d := range p.Files {
		switch {
		case d.Check == nil:
		case d.Check.Failure != "":
			return "bad"
		case d.Check.Pending:
			state = "unknown"
		default:
			for _, w := range d.Check.Findings {
				switch l := findingLamp(w); {
				case l == "bad":
					return l
				case l == "warn" && state == "ok":
					state = l
				}
			}
		}
	}
	return state
}

// slots are the places that this application has, in the order of the tab.
func (f *filingView) slots() []slot {
	var out []slot
	program := f.Data.Kind == "computer_program" || f.Data.Kind == "database"
	for _, k := range filing.DocumentKinds {
		p := slot{Kind: k}
		there := true
		switch k {
		case filing.WorkCopy:
			there, p.Required = f.Service == filing.CopyrightWork, true
		case filing.PowerOfAttorney:
			p.Required = f.FilerRole == filing.Representative
		case filing.ReligiousReport:
			there, p.Required = f.Data.Religious, true
		case filing.ReductionGround:
			there, p.Required = f.Filing.Reduced, true
		case filing.Abstract, filing.SourceText:
			there, p.Required = program, true
		case filing.IdentityCopy:
			for _, person := range f.Participants {
				if person.MustSign || person.Role == filing.Author {
					out = append(out, slot{Kind: k, Person: person, Required: f.Service == filing.CopyrightWork && person.Role == filing.Author, Files: f.filesOf(k, person.ID)})
				}
			}
			continue
		}
		p.Files = f.filesOf(k, uuid.Nil)
		if there || len(p.Files) > 0 {
			out = append(out, p)
		}
	}
	return out
}

func (f *filingView) filesOf(k filing.DocumentKind, person uuid.UUID) (out []filing.Document) {
	for _, d := range f.Documents {
		if d.Kind == k && (person == uuid.Nil || d.Participant != nil && *d.Participant == person) {
			out = append(out, d)
		}
	}
	return out
}

// places are what is to be mended in a slot.
func (f *filingView) places(p slot) (out []filing.Problem) {
	for _, w := range f.Problems {
		if !f.Check || w.Tab != filing.TabDocuments || w.Field != string(p.Kind) {
			continue
		}
		if p.Kind != filing.IdentityCopy || w.Participant == "" || w.Participant == p.Person.ID.String() {
			out = append(out, w)
		}
	}
	return out
}

// attachDocument takes a file; the fields stand before it in the form.
func (s *Server) attachDocument(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	taken := ""
	fields, err := v.Upload(func(_, name string, file io.Reader, fields map[string]string) error {
		u := filing.Upload{Kind: filing.DocumentKind(fields["kind"]), Filename: path.Base(strings.ReplaceAll(name, `\`, "/")), Content: file,
			Sheets: fields["sheets"], Description: fields["description"]}
		if name == "" || taken != "" {
			return nil
		}
		if !slices.Contains(filing.DocumentKinds, u.Kind) {
			return errBadUpload
		}
		for name, to := range map[string]*uuid.UUID{"participant": &u.Participant, "replaces": &u.Replaces} {
			if fields[name] == "" {
				continue
			}
			if *to, err = uuid.Parse(fields[name]); err != nil {
				return errBadUpload
			}
		}
		if _, err := s.Filings.Attach(v.UserContext(), v.me(), id, u); err != nil {
			return err
		}
		taken = u.Filename
		return nil
	})
	if err == nil && taken == "" {
		err = fault.New(fault.Invalid, "cabinet.doc.no_file")
	}
	if err != nil {
		return s.refused(v, filing.TabDocuments, err, func(f *filingView) {
			f.File = fileProblem{Place: fields["place"], Text: f.Problem, Sheets: fields["sheets"], Description: fields["description"]}
		})
	}
	v.Notice("cabinet.doc.done", "File", taken)
	return v.Go(filingPath(id, "/documents"))
}

// document is the application and the document of the address.
func (v *Visit) document() (id, document uuid.UUID, err error) {
	if id, err = v.ID("id"); err == nil {
		document, err = v.ID("document")
	}
	return id, document, err
}

// openDocument gives a document to be saved; nothing from outside is shown as it is in our own origin.
func (s *Server) openDocument(v *Visit) error {
	id, document, err := v.document()
	if err != nil {
		return err
	}
	// The stream is read after the handler, when its context has ended.
	d, file, err := s.Filings.OpenDocument(context.WithoutCancel(v.UserContext()), v.me(), id, document)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	v.Set(fiber.HeaderContentDisposition, attachment(path.Base(d.Filename)))
	v.Set(fiber.HeaderCacheControl, "private, no-store")
	return v.SendStream(file, int(d.Size))
}

func (s *Server) describeDocument(v *Visit) error {
	id, document, err := v.document()
	if err != nil {
		return err
	}
	if err := s.Filings.Describe(v.UserContext(), v.me(), id, document, v.Text("sheets"), v.Text("description")); err != nil {
		return s.refused(v, filing.TabDocuments, err)
	}
	v.Notice("cabinet.doc.saved")
	return v.Go(filingPath(id, "/documents"))
}

func (s *Server) detachDocument(v *Visit) error {
	id, document, err := v.document()
	if err != nil {
		return err
	}
	if err := s.Filings.Detach(v.UserContext(), v.me(), id, document); err != nil {
		return s.refused(v, filing.TabDocuments, err)
	}
	v.Notice("cabinet.doc.taken_out")
	return v.Go(filingPath(id, "/documents"))
}

// answerFinding takes the author's answer to a doubt, or takes it back.
func (s *Server) answerFinding(v *Visit) error {
	id, document, err := v.document()
	if err != nil {
		return err
	}
	answer, key := "", "cabinet.doc.unanswered"
	if v.Text("answer") == filing.AnswerNotSo {
		answer, key = filing.AnswerNotSo, "cabinet.doc.answered"
	}
	if err := s.Filings.AnswerFinding(v.UserContext(), v.me(), id, document, v.Text("finding"), answer); err != nil {
		return s.refused(v, filing.TabDocuments, err)
	}
	v.Notice(key)
	return v.Go(filingPath(id, "/documents"))
}

// findingLamp is the shape of a finding; an answered doubt no longer warns.
func findingLamp(f filing.Finding) string {
	switch {
	case f.Severity == "ok" || f.Answer != "":
		return "ok"
	case f.Severity == "error":
		return "bad"
	}
	return "warn"
}

// notSo are the words of the answer "this is not what it looks like".
func notSo(ctx context.Context, code string) string {
	key := "cabinet.check.not_so." + code
	if s := part.T(ctx, key); s != key {
		return s
	}
	return part.T(ctx, "cabinet.check.not_so.other")
}

// findings are those of a check that are worth a line: what is wrong first, what is good last.
func findings(c *filing.Check) []filing.Finding {
	out := slices.Clone(c.Findings)
	rank := map[string]int{"bad": 0, "warn": 1, "ok": 2}
	slices.SortStableFunc(out, func(a, b filing.Finding) int { return rank[findingLamp(a)] - rank[findingLamp(b)] })
	return out
}

// checked are the documents that were read, or are being read.
func (f *filingView) checked() (out []filing.Document) {
	for _, d := range f.Documents {
		if d.Check != nil {
			out = append(out, d)
		}
	}
	return out
}

// sheetsOf are a document's sheets: "195 листов".
func sheetsOf(ctx context.Context, d filing.Document) string {
	n := 0
	for _, r := range d.Sheets {
		if r < '0' || r > '9' || n > 100_000 {
			return d.Sheets
		}
		n = n*10 + int(r-'0')
	}
	if d.Sheets == "" {
		return ""
	}
	return part.T(ctx, "cabinet.doc.n_sheets", "Count", n)
}

// keptNote says how long a copy of an identity document is kept.
func (f *filingView) keptNote(ctx context.Context, d filing.Document) string {
	switch {
	case d.Kind != filing.IdentityCopy || f.IdentityDays == 0:
		return ""
	case f.KeptUntil != nil:
		return part.T(ctx, "audit.identity.kept_until", "Day", part.Day(ctx, clock.DayOf(*f.KeptUntil, part.From(ctx).Zone)))
	}
	return part.T(ctx, "audit.identity.kept", "Count", f.IdentityDays)
}

func erasedNote(ctx context.Context, d filing.Document) string {
	if d.ErasedAt == nil {
		return ""
	}
	return part.T(ctx, "audit.identity.erased_short", "At", shortAt(ctx, d.ErasedAt))
}

func uploadHint(ctx context.Context, p slot) string {
	key := "cabinet.doc.formats"
	if p.Kind == filing.IdentityCopy {
		key = "cabinet.doc.formats_photo"
	}
	return part.T(ctx, key, "Size", part.Size(ctx, filing.MaxDocument))
}

// fileTyped is a word of the form that was refused, at its own place only.
func fileTyped(f *filingView, p slot, text string) string {
	if f.File.Place != p.place() {
		return ""
	}
	return text
}

// acceptOf is what a browser offers to choose.
func acceptOf(p slot) string {
	if p.Kind == filing.IdentityCopy {
		return ".pdf,.docx,.doc,.jpg,.jpeg,.png,application/pdf,image/*"
	}
	return ".pdf,.docx,.doc,.odt,.rtf,application/pdf"
}

// findingText is what was found, and on which page.
func findingText(ctx context.Context, w filing.Finding) string {
	text := say(ctx, w.Message, w.Args)
	if w.Page == 0 {
		return text
	}
	return part.T(ctx, "cabinet.check.on_page", "N", w.Page) + ": " + text
}
