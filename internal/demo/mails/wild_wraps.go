package mails

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"

	"kualik/internal/demo/mails/form"
)

// wrap is how files are enclosed in a mail.
type wrap struct {
	name string
	make func(m *wild, files []bundle) ([]byte, error)
}

var wraps = []wrap{
	{"mixed", func(m *wild, files []bundle) ([]byte, error) { return m.head().message(m.mixed(files)), nil }},
	{"text_behind", func(m *wild, files []bundle) ([]byte, error) {
		return m.head().message(m.multi("mixed", append(m.parts(files), m.body())...)), nil
	}},
	{"inside_alternative", func(m *wild, files []bundle) ([]byte, error) {
		inner := m.multi("mixed", append([]part{html(m.words())}, m.parts(files)...)...)
		return m.head().message(m.multi("alternative", m.plain(m.words()), inner)), nil
	}},
	{"inside_related", func(m *wild, files []bundle) ([]byte, error) {
		related := m.multi("related", append([]part{html(m.words()), logo()}, m.parts(files)...)...)
		return m.head().message(m.multi("alternative", m.plain(m.words()), related)), nil
	}},
	{"inline_forward", inlineForward},
	{"rfc822", enclosed(1)}, {"rfc822_2", enclosed(2)}, {"rfc822_4", enclosed(4)},
	{"eml_as_octets", emlAsOctets},
	{"mbox", func(m *wild, files []bundle) ([]byte, error) {
		raw := append([]byte("From x@univer.example Sat Mar 23 11:56:34 2024\n"), bytes.ReplaceAll(m.first(files), []byte("\nFrom "), []byte("\n>From "))...)
		return m.head().message(m.multi("mixed", m.body(), named("application/mbox", `name="folder.mbox"`, `filename="folder.mbox"`, append(raw, '\n')))), nil
	}},
	{"winmail", outlook(0, false)}, {"winmail_mapi", outlook(0, true)}, {"winmail_nested", outlook(2, false)},
	{"msg", outlookItem(0)}, {"msg_nested", outlookItem(1)},
	{"uuencode", uuencoded},
	{"opaque", opaque(false)}, {"opaque_pieces", opaque(true)},
	{"signed", func(m *wild, files []bundle) ([]byte, error) {
		signature := named("application/pkcs7-signature", `name="smime.p7s"`, `filename="smime.p7s"`, form.Signed(nil, false))
		content := m.multi("signed", m.mixed(files), signature)
		content.header[0] += `; protocol="application/pkcs7-signature"; micalg=sha-256`
		return m.head().message(content), nil
	}},
	{"pgp_signed", func(m *wild, files []bundle) ([]byte, error) {
		signature := part{[]string{"Content-Type: application/pgp-signature"}, []byte("-----BEGIN PGP SIGNATURE-----\r\nx\r\n-----END PGP SIGNATURE-----\r\n")}
		return m.head().message(m.multi("signed", m.mixed(files), signature)), nil
	}},
	{"appledouble", func(m *wild, files []bundle) ([]byte, error) {
		list := []part{m.body()}
		for i, p := range m.parts(files) {
			fork := part{[]string{"Content-Type: application/applefile; name=\"" + ascii(files[i].name) + "\"", "Content-Transfer-Encoding: base64"}, lines64(form.AppleFork("x"), 76)}
			list = append(list, m.multi("appledouble", fork, p))
		}
		return m.head().message(m.multi("mixed", list...)), nil
	}},
	{"data_address", func(m *wild, files []bundle) ([]byte, error) {
		page := "<html><body><p>" + template.HTMLEscapeString(m.words()) + "</p>"
		for _, f := range files {
			page += fmt.Sprintf("<a href=\"data:%s;base64,%s\">файл</a>", f.kind, base64.StdEncoding.EncodeToString(f.data))
		}
		return m.head().message(part{[]string{"Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"}, quoted([]byte(page + "</body></html>"))}), nil
	}},
	{"appointment", func(m *wild, files []bundle) ([]byte, error) {
		ics := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Куәлік\r\n"
		for _, f := range files {
			line := fmt.Sprintf("ATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=%q:%s", ascii(f.name), base64.StdEncoding.EncodeToString(f.data))
			for len(line) > 75 {
				ics += line[:75] + "\r\n "
				line = line[75:]
			}
			ics += line + "\r\n"
		}
		calendar := part{[]string{"Content-Type: text/calendar; charset=utf-8; method=REQUEST", "Content-Transfer-Encoding: base64"}, lines64([]byte(ics+"END:VEVENT\r\nEND:VCALENDAR\r\n"), 76)}
		return m.head().message(m.multi("alternative", m.body(), calendar)), nil
	}},
	{"file_alone", func(m *wild, files []bundle) ([]byte, error) {
		if len(files) != 1 {
			return m.head().message(m.mixed(files)), nil
		}
		return m.head().message(m.attached(files[0])), nil
	}},
	{"all_in_base64", func(m *wild, files []bundle) ([]byte, error) {
		p := m.mixed(files)
		p.header, p.body = append(p.header, "Content-Transfer-Encoding: base64"), lines64(p.body, 76)
		return m.head().message(p), nil
	}},
	{"digest", func(m *wild, files []bundle) ([]byte, error) {
		return m.head().message(m.multi("digest", part{body: m.first(files)})), nil
	}},
	{"saved_page", func(m *wild, files []bundle) ([]byte, error) {
		page := part{append([]string{"From: <Saved by Blink>", "Subject: x", "MIME-Version: 1.0"}, m.mixed(files).header...), nil}
		inner := m.mixed(files)
		page.header, page.body = append(page.header[:3], inner.header...), inner.body
		return m.head().message(m.multi("mixed", m.body(), named("application/octet-stream", `name="письмо.mht"`, "", page.bytes()))), nil
	}},
}

func (m *wild) parts(files []bundle) []part {
	var list []part
	for _, f := range files {
		list = append(list, m.attached(f))
	}
	return list
}

// mixed is the letter and the files behind it; the letter alone where there are none.
func (m *wild) mixed(files []bundle) part {
	if len(files) == 0 {
		return m.body()
	}
	return m.multi("mixed", append([]part{m.body()}, m.parts(files)...)...)
}

// first is the mail that somebody forwards.
func (m *wild) first(files []bundle) []byte {
	who := m.coauthor()
	e := envelope{from: address(who, who.Emails[0]), to: m.sender.Emails[0], subject: m.subjectIn("Свидетельство"), at: m.at.Add(-24 * time.Hour), id: m.messageID()}
	return e.message(m.mixed(files))
}

func inlineForward(m *wild, files []bundle) ([]byte, error) {
	heads := []string{"gmail_ru", "gmail_kk", "outlook", "outlookru", "mailru", "yandex"}
	first := m.coauthor()
	quote := strings.NewReplacer("%1", first.RU.Given+" "+first.RU.Surname+" <"+first.Emails[0]+">", "%2", m.at.Format("02.01.2006, 15:04"),
		"%3", "Свидетельство", "%4", m.sender.Emails[0]).Replace(forwardHeads[heads[m.rng.IntN(len(heads))]])
	e := m.head()
	e.subject = word("Fwd: Свидетельство")
	return e.message(m.multi("mixed", append([]part{m.plain(m.words() + quote + m.words())}, m.parts(files)...)...)), nil
}

func enclosed(depth int) func(*wild, []bundle) ([]byte, error) {
	return func(m *wild, files []bundle) ([]byte, error) {
		raw := m.first(files)
		for range depth - 1 {
			e := envelope{from: address(m.sender, m.sender.Emails[0]), to: m.sender.Emails[0], subject: "Fwd: x", at: m.at.Add(-time.Hour), id: m.messageID()}
			raw = e.message(m.multi("mixed", m.plain("см. вложение"), nested(raw)))
		}
		return m.head().message(m.multi("mixed", m.body(), nested(raw))), nil
	}
}

func emlAsOctets(m *wild, files []bundle) ([]byte, error) {
	return m.head().message(m.multi("mixed", m.body(), named("application/octet-stream", `name="письмо.eml"`, `filename="письмо.eml"`, m.first(files)))), nil
}

// item is the mail as Outlook has it, inside others of its kind.
func (m *wild) item(files []bundle, depth int, alone bool) form.Item {
	it := form.Item{Subject: "Свидетельство", Body: m.words()}
	for _, f := range files {
		it.Files = append(it.Files, form.Attachment{File: form.File{Name: f.name, Data: f.data}, MAPI: alone && len(files) == 1})
	}
	for range depth {
		inner := it
		it = form.Item{Subject: "FW: Свидетельство", Body: "см. вложение", Files: []form.Attachment{{File: form.File{Name: "Свидетельство.msg"}, Item: &inner}}}
	}
	return it
}

func outlook(depth int, alone bool) func(*wild, []bundle) ([]byte, error) {
	return func(m *wild, files []bundle) ([]byte, error) {
		data := m.item(files, depth, alone).TNEF()
		return m.head().message(m.multi("mixed", m.body(), named("application/ms-tnef", `name="winmail.dat"`, `filename="winmail.dat"`, data))), nil
	}
}

func outlookItem(depth int) func(*wild, []bundle) ([]byte, error) {
	return func(m *wild, files []bundle) ([]byte, error) {
		data := m.item(files, depth, false).MSG()
		return m.head().message(m.multi("mixed", m.body(), named("application/vnd.ms-outlook", `name="FW.msg"`, `filename="FW.msg"`, data))), nil
	}
}

func uuencoded(m *wild, files []bundle) ([]byte, error) {
	text := []byte(crlf("см. ниже\n"))
	for _, f := range files {
		text = append(text, bytes.ReplaceAll(form.UU(form.File{Name: ascii(f.name), Data: f.data}), []byte("\n"), []byte("\r\n"))...)
	}
	return m.head().message(part{[]string{"Content-Type: text/plain; charset=utf-8"}, text}), nil
}

func opaque(pieces bool) func(*wild, []bundle) ([]byte, error) {
	return func(m *wild, files []bundle) ([]byte, error) {
		data := form.Signed(m.mixed(files).bytes(), pieces)
		return m.head().message(named("application/pkcs7-mime; smime-type=signed-data", `name="smime.p7m"`, `filename="smime.p7m"`, data)), nil
	}
}

// fault is what happens to a mail on its way. ok is false where it would change the files.
type fault struct {
	name string
	make func(m *wild, raw []byte) (out []byte, ok bool)
}

var faults = []fault{
	{"lf_only", func(m *wild, raw []byte) ([]byte, bool) {
		return bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), !m.binary()
	}},
	{"cr_only", func(m *wild, raw []byte) ([]byte, bool) {
		return bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\r")), !m.binary() && m.wrap.name != "mbox"
	}},
	{"no_close", func(_ *wild, raw []byte) ([]byte, bool) {
		i := bytes.LastIndex(raw, []byte("\r\n--"))
		return raw[:max(i, 0)], i > 0 && bytes.HasSuffix(raw, []byte("--\r\n"))
	}},
	{"boundary_spaces", func(_ *wild, raw []byte) ([]byte, bool) {
		b, ok := boundaryOf(raw)
		return bytes.ReplaceAll(raw, []byte("--"+b+"\r\n"), []byte("--"+b+" \t\r\n")), ok
	}},
	{"boundary_bare", func(_ *wild, raw []byte) ([]byte, bool) {
		b, ok := boundaryOf(raw)
		return bytes.Replace(raw, []byte("boundary=\""+b+"\""), []byte("boundary="+b), 1), ok && !strings.ContainsAny(b, " ;")
	}},
	{"boundary_unfolded", func(_ *wild, raw []byte) ([]byte, bool) {
		return bytes.Replace(raw, []byte(";\r\n\tboundary="), []byte(";\r\nboundary="), 1), bytes.Contains(raw, []byte(";\r\n\tboundary="))
	}},
	{"boundary_unsaid", func(_ *wild, raw []byte) ([]byte, bool) {
		b, ok := boundaryOf(raw)
		return bytes.Replace(raw, []byte(";\r\n\tboundary=\""+b+"\""), nil, 1), ok
	}},
	{"two_types", func(_ *wild, raw []byte) ([]byte, bool) {
		return bytes.Replace(raw, []byte("MIME-Version: 1.0\r\n"), []byte("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n"), 1), bytes.Contains(headOf(raw), []byte("multipart/"))
	}},
	{"long_lines", func(_ *wild, raw []byte) ([]byte, bool) {
		return append([]byte("X-Spam-Report: "+strings.Repeat("x=1 ", 500)+"\r\nReceived: from a by b; "+strings.Repeat("y", 1500)+"\r\n"), raw...), true
	}},
	{"stray_line", func(_ *wild, raw []byte) ([]byte, bool) {
		return bytes.Replace(raw, []byte("MIME-Version: 1.0\r\n"), []byte("this line is no header\r\nMIME-Version: 1.0\r\n"), 1), true
	}},
	{"envelope_line", func(_ *wild, raw []byte) ([]byte, bool) {
		return append([]byte(">From a@univer.example Sat Mar 23 11:56:34 2024\r\n"), raw...), true
	}},
	{"byte_order_mark", func(_ *wild, raw []byte) ([]byte, bool) { return append([]byte("\xef\xbb\xbf"), raw...), true }},
	{"blank_before", func(_ *wild, raw []byte) ([]byte, bool) { return append([]byte("\r\n"), raw...), true }},
	{"footer", func(_ *wild, raw []byte) ([]byte, bool) {
		return append(raw, "\r\n_______\r\nПисьмо проверено шлюзом университета\r\n"...), bytes.Contains(headOf(raw), []byte("multipart/"))
	}},
	{"no_version", func(_ *wild, raw []byte) ([]byte, bool) {
		return bytes.Replace(raw, []byte("MIME-Version: 1.0\r\n"), nil, 1), true
	}},
	{"lower_headers", func(_ *wild, raw []byte) ([]byte, bool) {
		return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\nContent-Type:"), []byte("\r\ncontent-type :")), []byte("\r\nContent-Transfer-Encoding:"), []byte("\r\nCONTENT-TRANSFER-ENCODING:")), true
	}},
}

// binary tells whether the files travel as they are, so that line ends must not be touched.
func (m *wild) binary() bool { return m.code.name == "binary" || m.code.name == "raw_called_b64" }

func headOf(raw []byte) []byte {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	return head
}

// boundaryOf is the boundary of the mail itself, when it is a multipart of parts with headers.
func boundaryOf(raw []byte) (string, bool) {
	_, after, ok := bytes.Cut(headOf(raw), []byte("boundary=\""))
	b, _, _ := bytes.Cut(after, []byte("\""))
	return string(b), ok && bytes.Contains(raw, []byte("\r\n--"+string(b)+"\r\nContent-"))
}

// spoil lets at most two faults happen to every other mail.
func (m *wild) spoil(raw []byte) []byte {
	for range m.rng.IntN(4) - 1 {
		f := faults[m.rng.IntN(len(faults))]
		// What reads the head as lines must come before the line ends are lost.
		if len(m.faults) > 0 && (strings.HasSuffix(m.faults[0], "_only") || m.faults[0] == f.name || m.faults[0] == "blank_before" || m.faults[0] == "byte_order_mark") {
			continue
		}
		if out, ok := f.make(m, raw); ok {
			raw = out
			m.faults = append(m.faults, f.name)
		}
	}
	return raw
}
