package web

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/certificate"
	"kualik/internal/registry"
	"kualik/internal/web/part"
)

// Documents as they came: pages drawn as pictures, files and letters to be saved. Nothing that came from
// outside is ever shown as it is in our own origin.

func (s *Server) mountDocuments() {
	s.get("/certificates/:id/pages/:n", account.SeeOwn, s.documentPage)
	s.get("/certificates/:id/file", account.SeeOwn, s.documentFile)
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
	data, err := blob.ReadAll(v.UserContext(), s.Blobs, c.DocumentSHA256, largestDocument)
	if err != nil {
		return err
	}
	picture, err := s.Render(v.UserContext(), data, n, dots)
	if err != nil {
		v.Set(fiber.HeaderCacheControl, "no-store")
		s.Log.Info("page not drawn", "certificate", c.ID, "page", n, "error", err)
		return errNoDocument
	}
	v.Set(fiber.HeaderContentType, "image/png")
	return v.Send(picture)
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

// documentName is the name under which a document came, without what stands inside it.
func documentName(sha string, messages []registry.Brought) string {
	for _, m := range messages {
		if m.AttachmentSHA256 == sha && m.Filename != "" {
			name, _, _ := strings.Cut(m.Filename, " → ")
			return name
		}
	}
	return "document-" + sha[:8]
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

// viewer is the document of a certificate with its read fields boxed.
func (s *Server) viewer(ctx context.Context, c registry.Certificate, messages []registry.Brought) part.ViewerView {
	view := part.ViewerView{ID: "document", Title: part.T(ctx, "desk.document.title"), Nothing: part.T(ctx, "desk.document.none")}
	if c.DocumentSHA256 == "" {
		view.Nothing = part.T(ctx, "desk.document.no_file")
		return view
	}
	name := documentName(c.DocumentSHA256, messages)
	base := "/certificates/" + c.ID.String()
	view.Title = name
	view.Links = []part.Link{{Text: part.T(ctx, "desk.document.save"), Href: base + "/file"}}
	if s.Render == nil || !drawable(name) {
		return view
	}
	sheets := map[int]*part.Sheet{}
	last := 1
	for no, field := range fieldOrder {
		for _, p := range c.Places[field] {
			sheet, ok := sheets[p.Page]
			if !ok {
				sheet = &part.Sheet{}
				sheets[p.Page] = sheet
				last = max(last, p.Page)
			}
			for _, b := range p.Boxes {
				sheet.Boxes = append(sheet.Boxes, part.Box{No: no + 1, X: b.X, Y: b.Y, W: b.W, H: b.H})
			}
		}
	}
	for n := 1; n <= last; n++ {
		sheet, ok := sheets[n]
		if !ok {
			if len(sheets) > 0 {
				continue // pages before the certificate: a covering letter
			}
			sheet = &part.Sheet{}
		}
		sheet.Image = fmt.Sprintf("%s/pages/%d.png?v=%s", base, n, c.DocumentSHA256[:8])
		sheet.Alt = part.T(ctx, "desk.document.page", "N", n)
		view.Sheets = append(view.Sheets, *sheet)
	}
	return view
}
