// Package message takes the raw bytes of one mail apart: who sent it, what it says, and every part that
// may hold a document, through forwarded mails, signatures and winmail.dat at any depth.
//
// It stands between the mailbox (or a file, or an upload) and the reading of documents. It knows neither
// what a certificate is nor where the bytes came from, and it never refuses a mail: what cannot be read
// is a Part with a Reason. The walk through MIME is our own, because go-message and the standard library
// stop at the first missing boundary, bad header or odd base64 line, and a mail must not be lost to that;
// the character sets are theirs.
package message

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Limits on one mail. What is beyond them is a Part with the Reason Limit.
const (
	MaxSize    = 160 << 20 // bytes of a raw mail
	maxDepth   = 20        // multiparts and mails inside each other
	maxParts   = 1000      // parts of any kind
	maxDecoded = 320 << 20 // bytes of all parts together
	maxText    = 1 << 20   // bytes of the body as text
)

// Reason says why a part cannot be read.
type Reason string

// The reasons.
const (
	Damaged   Reason = "damaged"   // its encoding or its structure is broken
	Encrypted Reason = "encrypted" // S/MIME or OpenPGP
	Limit     Reason = "limit"     // over one of the limits
	External  Reason = "external"  // the mail holds only a pointer to the content, or a fragment of it
)

// Auto says that no person wrote the mail.
type Auto string

// The sorts of automatic mail. The empty Auto is a person's mail, as far as one can tell.
const (
	AutoReply Auto = "auto_reply" // out of office and the like
	Bounce    Auto = "bounce"     // a report on the delivery of a mail
	List      Auto = "list"       // a newsletter or mailing list
	Calendar  Auto = "calendar"   // an invitation
	Generated Auto = "generated"  // made by a machine, of no known sort
)

// Address is a person's name and mail address, either of which may be missing.
type Address struct {
	Name    string
	Address string // lower case
}

// Part is a leaf of the mail that may hold a document.
type Part struct {
	Path         string // 2.1; 2/1.3 is part 1.3 of the mail, or of the container, that is part 2
	Filename     string
	DeclaredType string // lower case; as declared, not as it is
	ContentID    string // without angle brackets
	Inline       bool   // shown in the text, by its disposition or because the HTML refers to it
	Decoration   bool   // a logo, a signature's picture, a tracking pixel: no document
	Reason       Reason // why Data is missing or not to be trusted; empty when all is well
	Size         int64
	Data         []byte
}

// Message is a mail taken apart.
type Message struct {
	MessageID             string   // with its angle brackets, empty when there is none
	InReplyTo             []string // Message-IDs, as References
	References            []string
	From                  Address
	ReplyTo               []Address
	ReturnPath            string    // of the envelope, lower case; empty when it is unknown or null
	NullSender            bool      // the envelope names nobody: a report, or an automatic answer
	To                    []Address // To and Cc
	Subject               string
	Date                  time.Time // the zero time when it cannot be read
	Auto                  Auto
	Signs                 Signs
	Report                *DeliveryReport // what a report on a delivery says; nil for any other mail
	Text                  string          // what the reader sees, of forwarded mails too; from the HTML where there is only that
	Parts                 []Part
	Links                 []string // to folders and files in the cloud, in the order of the text
	AuthenticationResults []string // raw, the receiving server's first
}

// Parse reads a whole mail and takes it apart. Its error is that of r, never of the mail.
func Parse(r io.Reader) (Message, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return Message{}, fmt.Errorf("reading a mail: %w", err)
	}
	return Read(raw), nil
}

// Read takes a mail apart. The data of the parts may share memory with raw.
func Read(raw []byte) Message {
	w := &walker{}
	if len(raw) > MaxSize {
		raw = raw[:MaxSize]
		w.refuse("1", Limit, nil)
	}
	head, body := splitEntity(withoutBlank(raw, mailField))
	m := Message{
		MessageID: strings.TrimSpace(decodeHeader(head.get("Message-ID"))),
		Subject:   decodeHeader(head.get("Subject")),
		Date:      parseDate(head.get("Date")),
	}
	if from := parseAddresses(head.get("From")); len(from) > 0 {
		m.From = from[0]
	}
	m.InReplyTo, m.References = messageIDs(head.all("In-Reply-To")), messageIDs(head.all("References"))
	m.ReplyTo, m.Signs = parseAddresses(head.get("Reply-To")), signs(head)
	m.ReturnPath, m.NullSender = envelope(head)
	m.To = append(parseAddresses(head.get("To")), parseAddresses(head.get("Cc"))...)
	for _, f := range head.all("Authentication-Results") {
		m.AuthenticationResults = append(m.AuthenticationResults, decodeHeader(f))
	}
	m.Text = cut(strings.TrimSpace(w.entity(head, body, "", 0)), maxText)
	m.Auto = automatic(m, w)
	m.Report = deliveryReport(head, body, m)
	m.Parts = w.finish()
	m.Links = cloudLinks(w.hrefs, m.Text)
	m.clean()
	return m
}

// clean makes every text good UTF-8 without control characters: a database takes no other.
func (m *Message) clean() {
	texts := []*string{&m.MessageID, &m.From.Name, &m.From.Address, &m.Subject, &m.Text, &m.ReturnPath,
		&m.Signs.AutoSubmitted, &m.Signs.Precedence, &m.Signs.Suppress}
	for _, list := range [][]Address{m.To, m.ReplyTo} {
		for i := range list {
			texts = append(texts, &list[i].Name, &list[i].Address)
		}
	}
	for _, list := range [][]string{m.InReplyTo, m.References, m.Signs.Loop} {
		for i := range list {
			texts = append(texts, &list[i])
		}
	}
	for i := range m.Parts {
		p := &m.Parts[i]
		texts = append(texts, &p.Filename, &p.DeclaredType, &p.ContentID)
	}
	if m.Report != nil {
		texts = append(texts, &m.Report.OriginalMessageID)
		for i := range m.Report.Recipients {
			d := &m.Report.Recipients[i]
			texts = append(texts, &d.Address, &d.Action, &d.Status, &d.Diagnostic)
		}
	}
	for i := range m.Links {
		texts = append(texts, &m.Links[i])
	}
	for i := range m.AuthenticationResults {
		texts = append(texts, &m.AuthenticationResults[i])
	}
	for _, t := range texts {
		*t = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, strings.ToValidUTF8(*t, "\uFFFD"))
	}
}

// cut shortens a text to at most n bytes without breaking a letter.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// splitEntity parts the header of an entity from its body.
func splitEntity(raw []byte) (header, []byte) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n")) // lines of an old Macintosh
	}
	var h header
	first := true
	for len(raw) > 0 {
		line, rest := cutLine(raw)
		text := bytes.TrimRight(line, "\r\n")
		switch {
		case len(text) == 0:
			return h, rest
		case (text[0] == ' ' || text[0] == '\t') && len(h) > 0:
			if len(bytes.TrimSpace(text)) == 0 && !startsField(rest) {
				return h, rest // a blank line that somebody put a space on
			}
			last := &h[len(h)-1]
			last.value = append(last.value, text...)
		case len(h) > 0 && lostFold.Match(text) && bytes.HasSuffix(bytes.TrimRight(h[len(h)-1].value, " \t"), []byte(";")):
			last := &h[len(h)-1]
			last.value = append(append(last.value, ' '), text...)
		case startsField(text):
			i := bytes.IndexByte(text, ':')
			h = append(h, field{name: string(bytes.TrimRight(text[:i], " \t")), value: bytes.Clone(text[i+1:])})
		case first && (bytes.HasPrefix(text, []byte("From ")) || bytes.HasPrefix(text, []byte(">From "))):
			// the envelope line of an mbox file
		case len(h) > 0 && mailField.Match(rest):
			// a stray line amid the header
		default:
			return h, raw // no header line: the blank line is missing
		}
		first = false
		raw = rest
	}
	return h, nil
}

// lostFold is a parameter on a line of its own that should begin with a space.
var lostFold = regexp.MustCompile(`(?i)^(boundary|charset|name|filename|size|type|format|delsp|report-type|protocol|micalg)\*?(\d+\*?)?\s*=`)

// mailField is the beginning of a line that is surely a header's.
var mailField = regexp.MustCompile(`(?i)^(Content-[A-Za-z-]+|MIME-Version|Message-ID|Subject|From|To|Cc|Date|Received|X-[A-Za-z-]+):`)

// startsField tells whether a line begins like "Name: value".
func startsField(line []byte) bool {
	for i, c := range line {
		switch {
		case c == ':':
			return i > 0
		case (c == ' ' || c == '\t') && i > 0 && len(bytes.TrimLeft(line[i:], " \t")) > 0 && bytes.TrimLeft(line[i:], " \t")[0] == ':':
			return true
		case c <= ' ' || c >= 0x7f:
			return false
		}
	}
	return false
}

// cutLine parts the first line, its end included, from the rest.
func cutLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], b[i+1:]
	}
	return b, nil
}
