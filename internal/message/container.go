package message

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// container takes what is no document itself: text, mails in mails, signatures, calendars. ok is false
// for anything else.
func (w *walker) container(p Part, params map[string]string, disposition string, at place) (text string, plain, ok bool) {
	name := strings.ToLower(p.Filename)
	switch typ := p.DeclaredType; {
	case typ == "message/rfc822" || typ == "message/global" || mailByName(name, typ) && looksLikeMail(p.Data):
		return w.forwarded(p.Data, at), true, true
	case (strings.HasSuffix(name, ".mbox") || typ == "application/mbox") && bytes.HasPrefix(p.Data, []byte("From ")):
		return w.mbox(p, at), true, true
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
	case isOutlookItem(p.Data):
		return w.outlookItem(p, at), false, true
	case isPKCS7(typ, name):
		return w.pkcs7(p, at)
	case typ == "application/pgp-signature" || typ == "application/pgp-keys" || typ == "text/vcard" || typ == "text/x-vcard" || typ == "text/directory":
		return "", false, true
	case typ == "text/calendar" || strings.HasSuffix(name, ".ics") || bytes.HasPrefix(p.Data, []byte("BEGIN:VCALENDAR")):
		w.calendar = true
		w.add(calendarFiles(p.Data), at)
		return "", false, true
	case isAppleFork(p.Data):
		if data := appleData(p.Data); len(data) > 0 {
			w.add([]Part{{Filename: p.Filename, Data: data}}, at)
		}
		return "", false, true
	case typ == "" || typ == "text" || strings.HasPrefix(typ, "text/"):
		if disposition == "attachment" || p.Filename != "" && !at.body {
			return "", false, false
		}
		return w.text(p.Data, typ, params["charset"], at), typ != "text/html", true
	}
	return "", false, false
}

// mailByName tells whether a part may be a mail that a program attached as any file; a page saved with its
// pictures (.mht) has the same form.
func mailByName(name, typ string) bool {
	for _, ext := range []string{".eml", ".mht", ".mhtml", ".email"} {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	return typ == "application/octet-stream" || typ == "multipart/related" || strings.HasPrefix(typ, "message/")
}

var errTooMany = errors.New("too many mails inside a mail")

// mbox walks every mail of a mail folder that somebody attached.
func (w *walker) mbox(p Part, at place) string {
	var texts []string
	i := 0
	err := ReadMbox(bytes.NewReader(p.Data), func(raw []byte) error {
		i++
		in := at.inside().child(i)
		if w.count++; w.count > maxParts || in.depth > maxDepth {
			w.refuse(in.leaf(), Limit, nil)
			return errTooMany
		}
		texts = append(texts, w.forwarded(raw, in))
		return nil
	})
	if err != nil && !errors.Is(err, errTooMany) {
		w.refuse(p.Path, Damaged, p.Data)
	}
	return strings.Join(texts, "\n\n")
}

// text is a body. Files that stand encoded in it become parts.
func (w *walker) text(data []byte, typ, charset string, at place) string {
	if typ != "text/html" {
		data, _ = w.enclosed(data, at)
		return normalLines(decodeText(data, charset))
	}
	if charset == "" {
		charset = metaCharset(data)
	}
	return w.html(decodeText(data, charset), at)
}

// calendarFiles are the files inside an appointment (RFC 5545, 3.8.1.1).
func calendarFiles(b []byte) []Part {
	var out []Part
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\n "), nil), []byte("\n\t"), nil)
	for len(b) > 0 && len(out) < maxParts {
		var line []byte
		line, b = cutLine(b)
		head, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.HasPrefix(bytes.ToUpper(head), []byte("ATTACH;")) || !bytes.Contains(bytes.ToUpper(head), []byte("BASE64")) {
			continue
		}
		_, params := parseParams(head)
		out = append(out, Part{Filename: fileName(params["filename"], params["x-filename"], params["x-apple-filename"]),
			DeclaredType: strings.ToLower(params["fmttype"]), Data: decodeBase64(value)})
	}
	return out
}

// Macintosh files in two forks (RFC 1740). AppleSingle holds the file itself, AppleDouble what belongs to it.
var appleSingle, appleDouble = []byte{0, 5, 0x16, 0, 0, 2, 0, 0}, []byte{0, 5, 0x16, 7, 0, 2, 0, 0}

func isAppleFork(b []byte) bool {
	return bytes.HasPrefix(b, appleSingle) || bytes.HasPrefix(b, appleDouble)
}

// appleData is the file in an AppleSingle; nil when there is none.
func appleData(b []byte) []byte {
	if len(b) < 26 {
		return nil
	}
	for i := range int(binary.BigEndian.Uint16(b[24:])) {
		entry := 26 + 12*i
		if entry+12 > len(b) {
			return nil
		}
		at, size := uint64(binary.BigEndian.Uint32(b[entry+4:])), uint64(binary.BigEndian.Uint32(b[entry+8:]))
		if binary.BigEndian.Uint32(b[entry:]) == 1 && at < uint64(len(b)) {
			return b[at:min(at+size, uint64(len(b)))]
		}
	}
	return nil
}

var dataURI = regexp.MustCompile(`(?i)^\s*data:([a-z]+/[a-z0-9.+-]+)?((?:;[^,;]*)*),`)

// webText is what pages hold in addresses for themselves.
var webText = map[string]bool{"text/plain": true, "text/html": true, "text/css": true, "text/javascript": true}

// dataPart is the file that an address holds itself (RFC 2397); ok is false for any other address.
func dataPart(uri string) (Part, bool) {
	m := dataURI.FindStringSubmatch(uri)
	if m == nil || webText[strings.ToLower(m[1])] {
		return Part{}, false
	}
	body := uri[len(m[0]):]
	if strings.Contains(body, "%") {
		body = string(decodePercent([]byte(body)))
	}
	p := Part{DeclaredType: strings.ToLower(m[1]), Inline: strings.HasPrefix(strings.ToLower(m[1]), "image/"), Data: []byte(body)}
	if strings.Contains(strings.ToLower(m[2]), ";base64") {
		p.Data = decodeBase64([]byte(body))
	}
	for _, param := range strings.Split(m[2], ";") {
		if k, v, ok := strings.Cut(param, "="); ok && (k == "name" || k == "filename") {
			if u, err := url.PathUnescape(v); err == nil {
				v = u
			}
			p.Filename = fileName(v)
		}
	}
	return p, true
}
