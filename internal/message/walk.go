package message

import (
	"bytes"
	"strconv"
	"strings"
)

// walker goes through a mail and collects its parts.
type walker struct {
	parts    []Part
	count    int
	decoded  int
	hrefs    []string
	shown    map[string]shown // pictures that the HTML shows, by Content-ID
	calendar bool
	report   bool
}

// place is where an entity stands.
type place struct {
	path  string // ends with a slash inside a container
	depth int
	body  bool // a text here is the body even if it has a file name
}

func (p place) child(i int) place {
	p.depth++
	if p.path != "" && !strings.HasSuffix(p.path, "/") {
		p.path += "."
	}
	p.path += strconv.Itoa(i)
	return p
}

func (p place) leaf() string {
	if p.path == "" || strings.HasSuffix(p.path, "/") {
		return p.path + "1"
	}
	return p.path
}

func (p place) inside() place { return place{path: p.leaf() + "/", depth: p.depth + 1, body: true} }

// entity walks a mail or the content of a forwarded one and gives its text.
func (w *walker) entity(h header, body []byte, path string, depth int) string {
	text, _ := w.walk(h, body, place{path: path, depth: depth, body: true})
	return text
}

// walk gives the text of an entity, and whether that was written as plain text.
func (w *walker) walk(h header, body []byte, at place) (text string, plain bool) {
	w.count++
	if at.depth > maxDepth || w.count > maxParts {
		if w.count <= maxParts+1 || at.depth > maxDepth {
			w.refuse(at.leaf(), Limit, nil)
		}
		return "", false
	}
	typ, params := h.value("Content-Type")
	switch {
	case typ == "multipart/encrypted":
		w.refuse(at.leaf(), Encrypted, nil)
		return "", false
	case strings.HasPrefix(typ, "multipart/"):
		return w.multipart(typ, params, body, at), false
	}
	return w.single(h, typ, params, body, at)
}

func (w *walker) multipart(typ string, params map[string]string, body []byte, at place) string {
	if typ == "multipart/report" && strings.Contains(strings.ToLower(params["report-type"]), "delivery") {
		w.report = true
	}
	pieces := splitMultipart(body, params["boundary"])
	if len(pieces) == 0 {
		if len(bytes.TrimSpace(body)) > 0 {
			w.refuse(at.leaf(), Damaged, body)
		}
		return ""
	}
	alternative := typ == "multipart/alternative"
	var texts []string
	best, bestPlain := "", false
	for i, raw := range pieces {
		h, b := splitEntity(raw)
		if typ == "multipart/digest" && !h.has("Content-Type") {
			h = append(h, field{"Content-Type", []byte("message/rfc822")})
		}
		c := at.child(i + 1)
		c.body = alternative || typ == "multipart/related" && i == 0
		text, plain := w.walk(h, b, c)
		if strings.TrimSpace(text) == "" {
			continue
		}
		texts = append(texts, strings.TrimSpace(text))
		if best == "" || plain || !bestPlain {
			best, bestPlain = text, plain
		}
	}
	if alternative {
		return best
	}
	return strings.Join(texts, "\n\n")
}

// splitMultipart cuts a body at its boundary lines. A missing last boundary is no harm; when the declared
// boundary never comes, the one that the body seems to use is taken.
func splitMultipart(body []byte, boundary string) [][]byte {
	if boundary != "" {
		if p := cutAt(body, []byte("--"+boundary)); len(p) > 0 {
			return p
		}
	}
	for rest := body; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		line = bytes.TrimRight(line, " \t\r\n")
		if len(line) > 2 && bytes.HasPrefix(line, []byte("--")) && len(rest) > 8 && strings.EqualFold(string(rest[:8]), "content-") {
			return cutAt(body, line)
		}
	}
	return nil
}

func cutAt(body, delimiter []byte) [][]byte {
	var out [][]byte
	start := -1
	for pos := 0; pos < len(body); {
		line, _ := cutLine(body[pos:])
		if rest, ok := bytes.CutPrefix(line, delimiter); ok {
			rest = bytes.TrimRight(rest, " \t\r\n")
			closing := bytes.Equal(rest, []byte("--"))
			if len(rest) == 0 || closing {
				if start >= 0 {
					out = append(out, trimLineEnd(body[start:pos]))
				}
				start = pos + len(line)
				if closing {
					start = -1
				}
			}
		}
		pos += len(line)
	}
	if start >= 0 && len(bytes.TrimSpace(body[start:])) > 0 {
		out = append(out, trimLineEnd(body[start:]))
	}
	return out
}

// trimLineEnd takes off the one line end that belongs to the boundary after it.
func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// single takes an entity that is no multipart.
func (w *walker) single(h header, typ string, params map[string]string, body []byte, at place) (string, bool) {
	disposition, dparams := h.value("Content-Disposition")
	data := decodeBody(body, h.lower("Content-Transfer-Encoding"))
	if w.decoded += len(data); w.decoded > maxDecoded {
		w.refuse(at.leaf(), Limit, nil)
		return "", false
	}
	p := Part{
		Path: at.leaf(), Filename: fileName(dparams["filename"], params["name"]), DeclaredType: typ,
		ContentID: strings.Trim(string(h.get("Content-ID")), "<> \t"),
		Inline:    disposition == "inline", Size: int64(len(data)), Data: data,
	}
	if !holdsDocument(data) {
		if text, plain, ok := w.container(p, params, disposition, at); ok {
			return text, plain
		}
	}
	w.parts = append(w.parts, p)
	return "", false
}

// container takes what is no document itself: text, mails in mails, signatures, calendars. ok is false
// for anything else.
func (w *walker) container(p Part, params map[string]string, disposition string, at place) (text string, plain, ok bool) {
	name := strings.ToLower(p.Filename)
	switch typ := p.DeclaredType; {
	case typ == "message/rfc822" || typ == "message/global" || strings.HasSuffix(name, ".eml") && looksLikeMail(p.Data):
		return w.forwarded(p.Data, at), true, true
	case typ == "message/delivery-status":
		w.report = true
		return "", false, true
	case typ == "message/partial" || typ == "message/external-body":
		w.refuse(p.Path, External, p.Data)
		return "", false, true
	case strings.HasPrefix(typ, "message/") || typ == "text/rfc822-headers":
		return "", false, true
	case isTNEF(p.Data):
		return w.tnef(p, at), false, true
	case isPKCS7(typ, name):
		return w.pkcs7(p, at)
	case typ == "application/pgp-signature" || typ == "application/pgp-keys" || typ == "text/vcard" || typ == "text/x-vcard" || typ == "text/directory":
		return "", false, true
	case typ == "text/calendar" || strings.HasSuffix(name, ".ics") || bytes.HasPrefix(p.Data, []byte("BEGIN:VCALENDAR")):
		w.calendar = true
		return "", false, true
	case typ == "" || typ == "text" || strings.HasPrefix(typ, "text/"):
		if disposition == "attachment" || p.Filename != "" && !at.body {
			return "", false, false
		}
		return w.text(p.Data, typ, params["charset"], at), typ != "text/html", true
	}
	return "", false, false
}

// text is a body. Files that stand uuencoded in it become parts.
func (w *walker) text(data []byte, typ, charset string, at place) string {
	if bytes.Contains(data, []byte("begin ")) {
		rest, files := extractUU(data)
		for i, f := range files {
			in := at.inside().child(i + 1)
			w.parts = append(w.parts, Part{Path: in.leaf(), Filename: f.name, Size: int64(len(f.data)), Data: f.data})
		}
		data = rest
	}
	if typ != "text/html" {
		return normalLines(decodeText(data, charset))
	}
	if charset == "" {
		charset = metaCharset(data)
	}
	return w.html(decodeText(data, charset))
}

// forwarded walks a mail that is a part of another.
func (w *walker) forwarded(raw []byte, at place) string {
	h, b := splitEntity(raw)
	in := at.inside()
	text := w.entity(h, b, in.path, in.depth)
	if subject := decodeHeader(h.get("Subject")); subject != "" {
		return subject + "\n" + text
	}
	return text
}

// refuse records something that cannot be read.
func (w *walker) refuse(path string, why Reason, data []byte) {
	w.parts = append(w.parts, Part{Path: path, Reason: why, Size: int64(len(data)), Data: data})
}

// finish judges the pictures, now that all HTML has been seen.
func (w *walker) finish() []Part {
	for i := range w.parts {
		p := &w.parts[i]
		s, referred := w.shown[strings.ToLower(p.ContentID)]
		referred = referred && p.ContentID != ""
		p.Inline = p.Inline || referred
		p.Decoration = p.Reason == "" && decoration(*p, s)
	}
	return w.parts
}

// fileName takes the first name that is one, without any folder.
func fileName(names ...string) string {
	for _, n := range names {
		n = strings.TrimSpace(n)
		if i := strings.LastIndexAny(n, `/\`); i >= 0 && i < len(n)-1 {
			n = n[i+1:]
		}
		if n != "" {
			return cut(n, 255)
		}
	}
	return ""
}

func normalLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// looksLikeMail tells whether bytes begin with a mail's header.
func looksLikeMail(b []byte) bool {
	h, _ := splitEntity(b[:min(len(b), 16<<10)])
	return h.has("From") && (h.has("Date") || h.has("Subject") || h.has("Received") || h.has("MIME-Version"))
}

// holdsDocument knows documents, pictures and archives by their first bytes.
func holdsDocument(b []byte) bool {
	for _, magic := range []string{"PK\x03\x04", "\xff\xd8\xff", "\x89PNG\r\n", "GIF87a", "GIF89a", "II*\x00", "MM\x00*",
		"\xd0\xcf\x11\xe0\xa1\xb1", "{\\rtf", "Rar!\x1a", "7z\xbc\xaf\x27\x1c", "\x1f\x8b\x08", "AT&TFORM"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	if len(b) > 12 && (string(b[4:8]) == "ftyp" || string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP") {
		return true
	}
	head := b[:min(len(b), 1024)]
	i := bytes.Index(head, []byte("%PDF-"))
	return i == 0 || i > 0 && !looksLikeMail(b) && len(bytes.TrimLeft(head[:i], " \t\r\n\x00\xef\xbb\xbf")) == 0
}
