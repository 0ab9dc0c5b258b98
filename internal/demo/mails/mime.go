package mails

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// part is an entity of a message: its header lines and its body as it travels.
type part struct {
	header []string
	body   []byte
}

func (p part) bytes() []byte {
	var b bytes.Buffer
	for _, h := range p.header {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(p.body)
	return b.Bytes()
}

// file is an attachment with its name written in the usual way.
func file(name, contentType string, data []byte) part {
	return named(contentType, fmt.Sprintf("name=%q", ascii(name)), `filename*=utf-8''`+escape(name), data)
}

// named is an attachment with its name written as asked.
func named(contentType, typeName, dispositionName string, data []byte) part {
	ct, cd := "Content-Type: "+contentType, "Content-Disposition: attachment"
	if typeName != "" {
		ct += ";\r\n " + typeName
	}
	if dispositionName != "" {
		cd += ";\r\n " + dispositionName
	}
	return part{[]string{ct, "Content-Transfer-Encoding: base64", cd}, lines64(data, 76)}
}

// plain is a text in UTF-8, quoted-printable.
func plain(text string) part {
	return part{[]string{"Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"}, quoted([]byte(crlf(text)))}
}

// html is the same text as a simple page.
func html(text string) part {
	page := "<html><body><p>" + strings.ReplaceAll(strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text), "\n", "<br>\r\n") + "</p></body></html>\r\n"
	return part{[]string{"Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"}, quoted([]byte(page))}
}

// multi joins parts. The boundary follows from the number of bytes: it must not change between runs.
func multi(subtype string, parts ...part) part {
	size := 0
	for _, p := range parts {
		size += len(p.body)
	}
	boundary := fmt.Sprintf("----=_%s_%d_%d", subtype, len(parts), size)
	var b bytes.Buffer
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, p.bytes())
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return part{[]string{fmt.Sprintf("Content-Type: multipart/%s;\r\n boundary=%q", subtype, boundary)}, b.Bytes()}
}

// nested is a forwarded message as an attachment.
func nested(message []byte) part {
	return part{[]string{"Content-Type: message/rfc822", "Content-Disposition: attachment"}, message}
}

func lines64(data []byte, width int) []byte {
	s := base64.StdEncoding.EncodeToString(data)
	var b bytes.Buffer
	for len(s) > width {
		b.WriteString(s[:width] + "\r\n")
		s = s[width:]
	}
	b.WriteString(s + "\r\n")
	return b.Bytes()
}

func quoted(data []byte) []byte {
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write(data) // a Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") + "\r\n" }

// word is a header's text in UTF-8.
func word(s string) string { return mime.BEncoding.Encode("utf-8", s) }

// wordIn is a header's text in an old character set; what it has no letter for becomes a question mark.
func wordIn(name string, set *charmap.Charmap, s string) string {
	return "=?" + name + "?B?" + base64.StdEncoding.EncodeToString(encode(set, s)) + "?="
}

func encode(set *charmap.Charmap, s string) []byte {
	var b []byte
	for _, r := range s {
		c, ok := set.EncodeRune(r)
		if !ok {
			c = '?'
		}
		b = append(b, c)
	}
	return b
}

// kz1048 has Kazakh letters where windows-1251 has others (KZ-1048, also named STRK1048-2002).
var kz1048 = map[rune]byte{'Қ': 0x8D, 'Һ': 0x8E, 'қ': 0x9D, 'һ': 0x9E, 'Ұ': 0xA1, 'ұ': 0xA2, 'Ә': 0xA3, 'Ө': 0xA5, 'Ғ': 0xAA, 'Ү': 0xAF, 'ө': 0xB4, 'ғ': 0xBA, 'ә': 0xBC, 'Ң': 0xBD, 'ң': 0xBE, 'ү': 0xBF}

func encodeKZ(s string) []byte {
	var b []byte
	for _, r := range s {
		if c, ok := kz1048[r]; ok {
			b = append(b, c)
			continue
		}
		b = append(b, encode(charmap.Windows1251, string(r))...)
	}
	return b
}

// escape is percent-encoding for RFC 2231.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// ascii is the name that old programs write beside the right one.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 126 || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, s)
}

// envelope is the head of a message.
type envelope struct {
	from, to, subject string // as they stand in the header
	at                time.Time
	id                string // without brackets; no header when empty
	extra             []string
}

func (e envelope) message(content part) []byte {
	h := []string{"From: " + e.from, "To: " + e.to, "Subject: " + e.subject, "Date: " + e.at.In(almaty).Format(time.RFC1123Z)}
	if e.id != "" {
		h = append(h, "Message-ID: <"+e.id+">")
	}
	h = append(append(h, e.extra...), "MIME-Version: 1.0")
	return part{append(h, content.header...), content.body}.bytes()
}

// almaty is the zone in which people's programs write dates; fixed, so that no zone file is needed.
var almaty = time.FixedZone("+05", 5*60*60)
