package message

import (
	"bytes"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
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
	typ, params := contentType(h, body)
	switch {
	case typ == "multipart/encrypted":
		w.refuse(at.leaf(), Encrypted, nil)
		return "", false
	case strings.HasPrefix(typ, "multipart/"):
		encoding := h.lower("Content-Transfer-Encoding")
		if pieces, _ := splitMultipart(body, params["boundary"]); len(pieces) == 0 && (strings.Contains(encoding, "base") || strings.Contains(encoding, "quoted")) {
			body = decodeBody(body, encoding) // forbidden, and done by some gateways
		}
		return w.multipart(typ, params, body, at), false
	case (typ == "" || typ == "text/plain") && lostMultipart.Match(body[:min(len(body), 2048)]):
		return w.multipart("multipart/mixed", nil, body, at), false
	}
	return w.single(h, typ, params, body, at)
}

// lostMultipart is the beginning of a multipart's body whose header got lost.
var lostMultipart = regexp.MustCompile(`(?i)^\s*(This is a multi-?part message in MIME format\.?\s+)?--[^\s][^\r\n]{2,100}\r?\nContent-[a-z-]+:`)

func (w *walker) multipart(typ string, params map[string]string, body []byte, at place) string {
	if typ == "multipart/report" && strings.Contains(strings.ToLower(params["report-type"]), "delivery") {
		w.report = true
	}
	pieces, outside := splitMultipart(body, params["boundary"])
	if len(pieces) == 0 {
		return w.unparted(body, at)
	}
	alternative := typ == "multipart/alternative"
	var texts []string
	best, bestPlain := "", false
	for i, raw := range pieces {
		h, b := splitEntity(withoutBlank(raw, partField))
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
	if _, found := w.enclosed(outside, at.child(len(pieces)+1)); found {
		w.count++
	}
	if alternative {
		return best
	}
	return strings.Join(texts, "\n\n")
}

// unparted takes the body of a multipart in which no boundary stands: as a text, where it is one.
func (w *walker) unparted(body []byte, at place) string {
	body, _ = w.enclosed(body, at)
	if len(bytes.TrimSpace(body)) == 0 {
		return ""
	}
	if holdsDocument(body) || bytes.IndexByte(body, 0) >= 0 {
		w.refuse(at.leaf(), Damaged, body)
		return ""
	}
	return normalLines(decodeRaw(body))
}

// enclosed takes files out of a text in which they stand uuencoded or in base64, and gives what is left.
func (w *walker) enclosed(b []byte, at place) (text []byte, found bool) {
	var parts []Part
	if bytes.Contains(b, []byte("begin")) {
		rest, files := extractUU(b)
		for _, f := range files {
			parts = append(parts, Part{Filename: fileName(f.name), Data: f.data})
		}
		b = rest
	}
	rest, documents := extractBase64(b)
	for _, d := range documents {
		parts = append(parts, Part{Data: d})
	}
	w.add(parts, at)
	return rest, len(parts) > 0
}

// add takes files that stand inside the part at a place.
func (w *walker) add(parts []Part, at place) {
	for i, p := range parts {
		in := at.inside().child(i + 1)
		w.count++
		if w.decoded += len(p.Data); w.count > maxParts || w.decoded > maxDecoded || in.depth > maxDepth {
			w.refuse(in.leaf(), Limit, nil)
			return
		}
		p.Path, p.Size = in.leaf(), int64(len(p.Data))
		if !holdsDocument(p.Data) && p.DeclaredType == "" {
			if _, _, ok := w.container(p, nil, "attachment", in); ok {
				continue
			}
		}
		w.parts = append(w.parts, p)
	}
}

// splitMultipart cuts a body at its boundary lines, and gives what stands before the first and behind the last.
// A missing last boundary is no harm; when the declared boundary never comes, the one that the body seems to
// use is taken.
func splitMultipart(body []byte, boundary string) (pieces [][]byte, outside []byte) {
	if boundary != "" {
		if pieces, outside = cutAt(body, []byte("--"+boundary)); len(pieces) > 0 {
			return pieces, outside
		}
	}
	for rest := body; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		line = bytes.TrimRight(line, " \t\r\n")
		if len(line) > 2 && bytes.HasPrefix(line, []byte("--")) && partField.Match(rest) {
			return cutAt(body, line)
		}
	}
	return nil, nil
}

// partField begins the header of a part.
var partField = regexp.MustCompile(`(?i)^content-[a-z-]+\s*:`)

func cutAt(body, delimiter []byte) (pieces [][]byte, outside []byte) {
	take := func(start, last, end int) {
		switch {
		case start >= 0:
			pieces = append(pieces, trimLineEnd(body[start:end]))
		case partField.Match(body[last:end]): // a piece whose boundary is lost
			pieces = append(pieces, trimLineEnd(body[last:end]))
		default:
			outside = append(outside, body[last:end]...)
		}
	}
	start, last := -1, 0 // of the piece, and of what is none
	for pos := 0; pos < len(body); {
		line, _ := cutLine(body[pos:])
		if rest, ok := bytes.CutPrefix(line, delimiter); ok {
			rest = bytes.TrimRight(rest, " \t\r\n")
			closing := bytes.Equal(rest, []byte("--"))
			if len(rest) == 0 || closing {
				take(start, last, pos)
				start = pos + len(line)
				if closing {
					start, last = -1, pos+len(line)
				}
			}
		}
		pos += len(line)
	}
	if start < 0 || len(bytes.TrimSpace(body[start:])) > 0 {
		take(start, last, len(body))
	}
	return pieces, outside
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
		if _, found := w.enclosed(data, at); found { // a header's end stands too early, or a text file holds files
			return "", false
		}
	}
	w.parts = append(w.parts, p)
	return "", false
}

// forwarded walks a mail that is a part of another.
func (w *walker) forwarded(raw []byte, at place) string {
	h, b := splitEntity(withoutBlank(raw, mailField))
	in := at.inside()
	text := w.entity(h, b, in.path, in.depth)
	if subject := decodeHeader(h.get("Subject")); subject != "" {
		return subject + "\n" + text
	}
	return text
}

// withoutBlank takes off empty lines before a header.
func withoutBlank(b []byte, begins *regexp.Regexp) []byte {
	if t := bytes.TrimLeft(b, "\r\n"); begins.Match(t) {
		return t
	}
	return b
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
		n = strings.Trim(n, " \t\r\n\"")
		if u, err := url.PathUnescape(n); err == nil && u != n && nonASCII([]byte(u)) > 0 && utf8.ValidString(u) {
			n = u // percent-encoded without saying so
		}
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
		"{\\rtf", "Rar!\x1a", "7z\xbc\xaf\x27\x1c", "\x1f\x8b\x08", "AT&TFORM"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	if len(b) > 12 && (string(b[4:8]) == "ftyp" || string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP") {
		return true
	}
	if bytes.HasPrefix(b, []byte(oleMagic)) {
		return !isOutlookItem(b)
	}
	head := b[:min(len(b), 1024)]
	i := bytes.Index(head, []byte("%PDF-"))
	return i == 0 || i > 0 && !looksLikeMail(b) && len(bytes.TrimLeft(head[:i], " \t\r\n\x00\xef\xbb\xbf")) == 0
}
