package mails

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

var windows1251, koi8 = charmap.Windows1251, charmap.KOI8R

var bodiesEN = []string{
	"Dear colleagues,\n\nplease find attached the copyright certificate No. %N of %D.\n\nBest regards,\n%S",
	"Hello! My certificate is in the attachment.\n%S",
	"fyi",
}

// mailer is a program, or a machine, that writes mails.
type mailer struct {
	name, agent, id, boundary string
	rich                      bool // writes HTML beside the text
	signature                 map[string]string
}

var mailers = []mailer{
	{name: "Outlook", agent: "X-Mailer: Microsoft Outlook 16.0", id: "%x$%d$@%h", boundary: "----=_NextPart_000_%s_01DA.%s", rich: true},
	{name: "Exchange", agent: "X-MS-Has-Attach: yes\r\nX-MS-TNEF-Correlator:", id: "%x%d@EXCH01.%h", boundary: "_004_%s%s_", rich: true},
	{name: "Apple Mail", agent: "X-Mailer: Apple Mail (2.3774.600.62)", id: "%x-%d@%h", boundary: "Apple-Mail=_%s-%s"},
	{name: "iPhone", agent: "X-Mailer: iPhone Mail (21F90)", id: "%x@%h", boundary: "Apple-Mail-%s-%s",
		signature: map[string]string{"ru": "Отправлено с iPhone", "kk": "iPhone-нан жіберілді", "en": "Sent from my iPhone"}},
	{name: "Samsung", agent: "X-Mailer: Samsung Email", id: "%x.%d@email.android.com", boundary: "--_com.samsung.android.email_%s%s", rich: true,
		signature: map[string]string{"ru": "Отправлено с устройства Galaxy", "kk": "", "en": "Sent from my Galaxy"}},
	{name: "Gmail", id: "CA+%x%d@mail.gmail.example", boundary: "000000000000%s%s", rich: true},
	{name: "mail.ru", agent: "X-Mailer: Mail.Ru Mailer 1.0", id: "%d.%d@f441.i.mail.example", boundary: "----%s-%s", rich: true,
		signature: map[string]string{"ru": "--\nОтправлено из Mail.ru для Android", "kk": "", "en": ""}},
	{name: "Yandex", agent: "X-Mailer: Yamail [ http://yandex.ru ] 5.0", id: "%d%d@mail.yandex.example", boundary: "----==--bound.%s.%s", rich: true},
	{name: "Thunderbird", agent: "User-Agent: Mozilla Thunderbird", id: "%x-%d@%h", boundary: "------------%s%s"},
	{name: "The Bat!", agent: "X-Mailer: The Bat! (v10.5) Professional", id: "%d.%d@%h", boundary: "----------%s%s"},
	{name: "Roundcube", agent: "User-Agent: Roundcube Webmail/1.6.6", id: "%x@%h", boundary: "=_%s%s"},
	{name: "Zimbra", agent: "X-Mailer: Zimbra 8.8.15_GA_4562", id: "%d.%d.%d.JavaMail.zimbra@%h", boundary: "=_%s-%s"},
	{name: "scanner", agent: "X-Mailer: KONICA MINOLTA bizhub C258", id: "%x@scan.%h", boundary: "KONICA_MINOLTA_Internet_Fax_Boundary_%s%s"},
	{name: "WhatsApp", agent: "X-Mailer: iPhone Mail (21F90)", id: "%x@%h", boundary: "Apple-Mail-%s-%s", rich: true,
		signature: map[string]string{"ru": "Файл из WhatsApp", "kk": "WhatsApp файлы", "en": "File from WhatsApp"}},
}

// multi joins parts with a boundary in the program's manner.
func (m *wild) multi(subtype string, parts ...part) part {
	boundary := fmt.Sprintf(m.mailer.boundary, fmt.Sprintf("%08X", m.rng.Uint32()), fmt.Sprintf("%06d", m.rng.IntN(1e6)))
	var b strings.Builder
	if m.rng.IntN(3) == 0 {
		b.WriteString("This is a multi-part message in MIME format.\r\n")
	}
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, p.bytes())
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return part{[]string{fmt.Sprintf("Content-Type: multipart/%s;\r\n\tboundary=%q", subtype, boundary)}, []byte(b.String())}
}

// body is the letter as the program writes it.
func (m *wild) body() part {
	text := m.words()
	if m.mailer.name == "scanner" && m.rng.IntN(2) == 0 {
		text = ""
	}
	p := m.plain(text)
	if m.mailer.rich {
		return m.multi("alternative", p, html(text))
	}
	return p
}

// plain is a text in one of the character sets in which it can be written.
func (m *wild) plain(text string) part {
	text = crlf(text)
	kk := strings.ContainsAny(text, "әғқңөұүһіӘҒҚҢӨҰҮҺІ")
	write := func(charset, encoding string, data []byte) part {
		p := part{[]string{"Content-Type: text/plain; charset=" + charset, "Content-Transfer-Encoding: " + encoding}, data}
		switch encoding {
		case "quoted-printable":
			p.body = quoted(data)
		case "base64":
			p.body = lines64(data, 76)
		}
		return p
	}
	switch m.rng.IntN(9) {
	case 0:
		return write("utf-8", "base64", []byte(text))
	case 1:
		return write("\"UTF-8\"", "8bit", []byte(text))
	case 2, 3:
		if kk {
			return write("kz-1048", "8bit", encodeKZ(text))
		}
		return write(pick(m.writer, []string{"windows-1251", "\"win-1251\"", "cp-1251", "unknown-8bit", "x-unknown", "none"}), "8bit", encode(windows1251, text))
	case 4:
		if !kk {
			return write("koi8-r", "quoted-printable", encode(koi8, text))
		}
	case 5:
		return part{[]string{"Content-Transfer-Encoding: 8bit"}, []byte(text)}
	}
	return write("utf-8", "quoted-printable", []byte(text))
}

// code is how a file is written for the way.
type code struct {
	name string
	make func(m *wild, data []byte) (encoding string, body []byte)
}

var codes = []code{
	{"b64", func(_ *wild, data []byte) (string, []byte) { return "base64", lines64(data, 76) }},
	{"b64_case", func(_ *wild, data []byte) (string, []byte) { return "Base64 ", lines64(data, 72) }},
	{"b64_odd_lines", func(m *wild, data []byte) (string, []byte) { return "base64", lines64(data, 41+m.rng.IntN(30)) }},
	{"b64_one_line", func(_ *wild, data []byte) (string, []byte) { return "base64", lines64(data, 1<<30) }},
	{"b64_no_padding", func(_ *wild, data []byte) (string, []byte) {
		return "base64", []byte(strings.ReplaceAll(string(lines64(data, 76)), "=", ""))
	}},
	{"b64_spaces", func(_ *wild, data []byte) (string, []byte) {
		return "base64", []byte(strings.ReplaceAll(string(lines64(data, 76)), "\r\n", " \r\n  "))
	}},
	{"b64_strays", func(_ *wild, data []byte) (string, []byte) {
		return "base64", []byte("> " + strings.ReplaceAll(string(lines64(data, 76)), "\r\n", "\r\n> "))
	}},
	{"b64_blank_lines", func(_ *wild, data []byte) (string, []byte) {
		return "base64", []byte("\r\n" + strings.ReplaceAll(string(lines64(data, 76)), "\r\n", "\r\n\r\n"))
	}},
	{"b64_text_behind", func(_ *wild, data []byte) (string, []byte) {
		return "base64", append(lines64(data, 76), "\r\nПроверено антивирусом.\r\nThis mail was checked for viruses.\r\n"...)
	}},
	{"b64_undeclared", func(_ *wild, data []byte) (string, []byte) { return "", lines64(data, 76) }},
	{"qp", func(_ *wild, data []byte) (string, []byte) { return "quoted-printable", binaryQuoted(data) }},
	{"qp_lower", func(_ *wild, data []byte) (string, []byte) {
		return "quoted-printable", lowerHex(binaryQuoted(data))
	}},
	{"binary", func(_ *wild, data []byte) (string, []byte) { return "binary", data }},
	{"raw_called_b64", func(_ *wild, data []byte) (string, []byte) { return "base64", data }},
}

// lowerHex writes =AB as =ab.
func lowerHex(b []byte) []byte {
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '=' && b[i+1] != '\r' {
			b[i+1] |= 0x20 & (b[i+1] >> 1) // letters only
			b[i+2] |= 0x20 & (b[i+2] >> 1)
		}
	}
	return b
}

// attached is a file as a part, with its type and name in one of the ways of mail programs.
func (m *wild) attached(f bundle) part {
	encoding, body := m.code.make(m, f.data)
	var p part
	switch m.rng.IntN(12) {
	case 0:
		p = named(f.kind, `name="`+word(f.name)+`"`, `filename="`+word(f.name)+`"`, nil)
	case 1:
		p = named(f.kind, `name="`+cutWords(f.name)+`"`, "", nil)
	case 2:
		p = named("application/octet-stream", `name="`+f.name+`"`, `filename="`+f.name+`"`, nil)
	case 3:
		raw := string(encode(windows1251, f.name))
		p = named(f.kind, `name="`+raw+`"`, `filename="`+raw+`"`, nil)
	case 4:
		p = named(f.kind, `name="`+wordIn("koi8-r", koi8, f.name)+`"`, `filename="`+wordIn("koi8-r", koi8, f.name)+`"`, nil)
	case 5:
		p = named(f.kind, "", `filename="`+f.name, nil) // the quote is not closed
	case 6:
		p = named(f.kind, "", "filename*0*=utf-8''"+escape(f.name)[:6]+";\r\n filename*1*="+escape(f.name)[6:], nil)
	case 7:
		p = named(f.kind, "", "filename*=windows-1251''"+escape(string(encode(windows1251, f.name))), nil)
	case 8:
		p = part{header: []string{"Content-Type: application/octet-stream; name=\"" + ascii(f.name) + "\"", "", ""}}
	case 9:
		p = named("application/x-download", "", `filename="Копия "`+f.name+`""`, nil)
	case 10:
		p = named("text/plain", `name="`+word(f.name)+`"`, "", nil) // the name is right, the type is not
	default:
		p = file(f.name, f.kind, nil)
	}
	if p.header[1] = "Content-Transfer-Encoding: " + encoding; encoding == "" {
		p.header[1] = ""
	}
	kept := p.header[:0]
	for _, h := range p.header {
		if h != "" {
			kept = append(kept, h)
		}
	}
	return part{kept, body}
}

// cutWords writes a text as encoded words that break inside a letter, as some programs do.
func cutWords(s string) string {
	var out []string
	for b := []byte(s); len(b) > 0; {
		n := min(21, len(b))
		out = append(out, "=?utf-8?B?"+base64.StdEncoding.EncodeToString(b[:n])+"?=")
		b = b[n:]
	}
	return strings.Join(out, "\r\n ")
}
