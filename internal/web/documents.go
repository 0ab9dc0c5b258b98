package web

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/certificate"
	"kualik/internal/doctext"
	"kualik/internal/registry"
	"kualik/internal/unpack"
	"kualik/internal/web/part"
)

// Documents as they came: pages drawn as pictures, files and letters to be saved. Nothing that came from
// outside is ever shown as it is in our own origin.

func (s *Server) mountDocuments() {
	s.get("/certificates/:id/pages/:n", account.SeeOwn, s.documentPage)
	s.get("/certificates/:id/file", account.SeeOwn, s.documentFile)
	s.post("/certificates/:id/check", account.Review, s.checkDocument)
}

// dots is the resolution at which pages are drawn.
const dots = 130

// documentPage draws a page of the document of a certificate.
func (s *Server) documentPage(v *Visit) error {
	c, err := s.certificate(v)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(v.Params("n"), ".png"))
	if err != nil || n < 1 || n > 500 || c.DocumentSHA256 == "" || s.Render == nil || s.Blobs == nil {
		return errNoDocument
	}
	etag := fmt.Sprintf(`"%s-%d-%d"`, c.DocumentSHA256[:16], n, dots)
	v.Set(fiber.HeaderETag, etag)
	v.Set(fiber.HeaderCacheControl, "private, max-age=86400")
	if v.Get(fiber.HeaderIfNoneMatch) == etag {
		return v.SendStatus(fiber.StatusNotModified)
	}
	messages, err := registry.Messages(v.UserContext(), s.Pool, c.ID)
	if err != nil {
		return err
	}
	data, err := s.documentBytes(v.UserContext(), c.DocumentSHA256, innerName(c.DocumentSHA256, messages))
	if err != nil {
		return err
	}
	picture, err := s.Render(v.UserContext(), data, n, dots)
	if err != nil || len(picture) == 0 {
		v.Set(fiber.HeaderCacheControl, "no-store")
		s.Log.Info("page not drawn", "certificate", c.ID, "page", n, "error", err)
		return errNoDocument
	}
	v.Set(fiber.HeaderContentType, "image/png")
	return v.Send(picture)
}

// documentBytes are those of a stored file, or of one within it when it is an archive.
func (s *Server) documentBytes(ctx context.Context, sha, inner string) ([]byte, error) {
	data, err := blob.ReadAll(ctx, s.Blobs, sha, largestDocument)
	if err != nil {
		return nil, err
	}
	data, ok := unpack.Find(data, inner)
	if !ok {
		return nil, errNoDocument
	}
	return data, nil
}

// certificate reads the certificate of the address for one who may see it.
func (s *Server) certificate(v *Visit) (registry.Certificate, error) {
	id, err := v.ID("id")
	if err != nil {
		return registry.Certificate{}, err
	}
	if err := s.mayRead(v, id); err != nil {
		return registry.Certificate{}, err
	}
	return registry.Get(v.UserContext(), s.Pool, id)
}

// documentFile saves the file that a certificate was read from.
func (s *Server) documentFile(v *Visit) error {
	c, err := s.certificate(v)
	if err != nil {
		return err
	}
	if c.DocumentSHA256 == "" {
		return errNoDocument
	}
	messages, err := registry.Messages(v.UserContext(), s.Pool, c.ID)
	if err != nil {
		return err
	}
	return s.sendFile(v, c.DocumentSHA256, documentName(c.DocumentSHA256, messages))
}

// checkDocument finds anew what the file of a certificate shows of itself.
func (s *Server) checkDocument(v *Visit) error {
	c, err := s.certificate(v)
	if err != nil {
		return err
	}
	if c.DocumentSHA256 == "" || s.Check == nil {
		return errNoDocument
	}
	if err := s.Check(v.UserContext(), c.DocumentSHA256); err != nil {
		return err
	}
	v.Notice("web.decided.checked")
	return v.Go("/certificates/" + c.ID.String())
}

// documentName is the name under which a document came, without what stands inside it.
func documentName(sha string, messages []registry.Brought) string {
	for _, m := range messages {
		if m.AttachmentSHA256 == sha && m.Filename != "" {
			name, _, _ := strings.Cut(m.Filename, inside)
			return name
		}
	}
	return "document-" + sha[:8]
}

// inside parts the name of an archive from that of the file in it, in what a message brought.
const inside = " → "

// innerName is the file of an archive that a certificate was read from, "" when the document is no archive.
func innerName(sha string, messages []registry.Brought) string {
	for _, m := range messages {
		if m.AttachmentSHA256 == sha {
			_, name, _ := strings.Cut(m.Filename, inside)
			return name
		}
	}
	return ""
}

// sendFile saves a stored file under a name, whatever it holds.
func (s *Server) sendFile(v *Visit, sha, name string) error {
	if s.Blobs == nil {
		return errNoDocument
	}
	// The stream is read after the handler, when its context has ended.
	file, size, err := s.Blobs.Open(context.WithoutCancel(v.UserContext()), sha)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	v.Set(fiber.HeaderContentDisposition, attachment(path.Base(name)))
	v.Set(fiber.HeaderCacheControl, "private, no-store")
	return v.SendStream(file, int(size))
}

// fieldOrder are the fields in the order of their numbers on the document.
var fieldOrder = []certificate.Field{certificate.Number, certificate.RegisteredOn, certificate.CreatedOn,
	certificate.Kind, certificate.Title, certificate.Authors}

// drawable tells by its name whether the reader can draw a file; a name that says nothing is tried.
func drawable(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".docx", ".odt", ".doc", ".rtf", ".zip", ".rar", ".7z", ".txt", ".html", ".htm", ".eml":
		return false
	}
	return true
}

// toRow leads from a field in the document to its row in the table of fields.
func toRow(no int) string { return "#" + rowID(no) }

func rowID(no int) string { return "field-" + strconv.Itoa(no) }

// toForm leads to its field in the form of the desk.
func toForm(no int) string { return part.FieldLink(string(fieldOrder[no-1])) }

// viewer is the document of a certificate with its read fields boxed; href is where a field in it leads, nil: nowhere.
func (s *Server) viewer(ctx context.Context, c registry.Certificate, messages []registry.Brought, href func(no int) string) part.ViewerView {
	view := part.ViewerView{ID: "document", Title: part.T(ctx, "desk.document.title"), Nothing: part.T(ctx, "desk.document.none")}
	if c.DocumentSHA256 == "" {
		view.Nothing = part.T(ctx, "desk.document.no_file")
		return view
	}
	name, inner := documentName(c.DocumentSHA256, messages), innerName(c.DocumentSHA256, messages)
	view.Title = name
	view.Links = []part.Link{{Text: part.T(ctx, "desk.document.save"), Href: "/certificates/" + c.ID.String() + "/file"}}
	if inner != "" {
		view.Title += inside + inner
		name = inner
	}
	if href == nil {
		href = func(int) string { return "" }
	}
	if drawable(name) {
		view.Sheets = s.drawnSheets(ctx, c, href)
	} else {
		view.Sheets = s.textSheets(ctx, c, inner, href)
	}
	return view
}

// placesOf calls do for each place of a field, in the order of the fields' numbers.
func placesOf(c registry.Certificate, do func(no int, p certificate.Place)) {
	for i, field := range fieldOrder {
		for _, p := range c.Places[field] {
			do(i+1, p)
		}
	}
}

// drawnSheets are the pages on which the certificate stands, as pictures; the first one when that is not known.
func (s *Server) drawnSheets(ctx context.Context, c registry.Certificate, href func(int) string) (sheets []part.Sheet) {
	if s.Render == nil {
		return nil
	}
	boxes := map[int][]part.Box{}
	placesOf(c, func(no int, p certificate.Place) {
		list := boxes[p.Page]
		for _, b := range p.Boxes {
			list = append(list, part.Box{No: no, Name: part.T(ctx, "desk.field."+string(fieldOrder[no-1])), Href: href(no), X: b.X, Y: b.Y, W: b.W, H: b.H})
		}
		boxes[p.Page] = list
	})
	if len(boxes) == 0 {
		boxes[1] = nil
	}
	for _, n := range slices.Sorted(maps.Keys(boxes)) {
		sheet := part.Sheet{Image: fmt.Sprintf("/certificates/%s/pages/%d.png?v=%s", c.ID, n, c.DocumentSHA256[:8]), Alt: part.T(ctx, "desk.document.page", "N", n), Boxes: boxes[n]}
		if len(boxes) > 1 || n > 1 {
			sheet.Caption = sheet.Alt
		}
		sheets = append(sheets, sheet)
	}
	return sheets
}

// textSheets are the pages of a document that cannot be drawn, a Word file or a text, as their text.
func (s *Server) textSheets(ctx context.Context, c registry.Certificate, inner string, href func(int) string) (sheets []part.Sheet) {
	if s.Read == nil || s.Blobs == nil {
		return nil
	}
	data, err := s.documentBytes(ctx, c.DocumentSHA256, inner)
	if err != nil {
		return nil
	}
	read, err := s.Read(ctx, "", data, doctext.ReadOptions{})
	if err != nil || len(read.Files) != 1 {
		s.Log.Info("document not read", "certificate", c.ID, "error", err)
		return nil
	}
	marks := map[int][]part.Marked{}
	placesOf(c, func(no int, p certificate.Place) {
		marks[p.Page] = append(marks[p.Page], part.Marked{No: no, Name: part.T(ctx, "desk.field."+string(fieldOrder[no-1])), Href: href(no), Start: p.Start, End: p.End})
	})
	for _, p := range read.Files[0].Pages {
		if _, ok := marks[p.Number]; ok || len(marks) == 0 {
			sheets = append(sheets, part.Sheet{Text: p.Text, Marks: marks[p.Number]})
		}
	}
	return sheets
}
