package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

var pdf64 = base64.StdEncoding.EncodeToString(pdf)

// faultMail is a mail with one file, or with a body as given.
func faultMail(head, body string) string {
	return "From: a@univer.example\nSubject: x\nMIME-Version: 1.0\n" + head + "\n" + body
}

// partOf is a multipart with a text and one part.
func partOf(header, body string) string {
	return faultMail("Content-Type: multipart/mixed; boundary=BB\n", "--BB\nContent-Type: text/plain\n\ntext\n--BB\n"+header+"\n"+body+"\n--BB--\n")
}

// namedPart has a name as it stands in the header.
func namedPart(params string) string {
	return partOf("Content-Type: application/octet-stream\nContent-Disposition: attachment; "+params+"\nContent-Transfer-Encoding: base64\n", pdf64)
}

// told is what was found, one line for each part: its name, and whether it is the pdf.
func told(m Message) string {
	var out []string
	for _, p := range m.Parts {
		what := string(p.Reason)
		if bytes.HasPrefix(p.Data, pdf[:len(pdf)-1]) {
			what += " pdf"
		} else {
			what += fmt.Sprintf(" %d bytes", len(p.Data))
		}
		out = append(out, strings.Join(strings.Fields(p.Filename+" "+what), " "))
	}
	return strings.Join(out, ", ")
}

func encoded(c *charmap.Charmap, s string) string {
	out, err := c.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

// TestFaults are mails as broken programs, gateways and hands make them: whatever is wrong, the file is found
// or it is said that something cannot be read.
func TestFaults(t *testing.T) {
	body := "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n" + pdf64
	multi := "--BB\nContent-Type: text/plain\n\ntext\n--BB\n" + body + "\n--BB--\n"
	octet := "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
	wide := strings.Repeat("x-y ", 400)
	for name, c := range map[string]struct{ raw, want string }{
		"no disposition":                    {partOf("Content-Type: application/octet-stream; name=\"a.pdf\"\nContent-Transfer-Encoding: base64\n", pdf64), "a.pdf pdf"},
		"wrong type, right name":            {partOf("Content-Type: text/plain; name=a.pdf\nContent-Transfer-Encoding: base64\n", pdf64), "a.pdf pdf"},
		"right type, wrong name":            {partOf("Content-Type: application/pdf; name=a.txt\nContent-Transfer-Encoding: base64\n", pdf64), "a.txt pdf"},
		"quoted type":                       {partOf("Content-Type: \"application/pdf\" name=a.pdf\nContent-Transfer-Encoding: base64\n", pdf64), "a.pdf pdf"},
		"whole mail is the file":            {faultMail("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n", pdf64), "a.pdf pdf"},
		"boundary with spaces":              {faultMail("Content-Type: multipart/mixed; boundary=BB\n", strings.ReplaceAll(multi, "--BB\n", "--BB  \t\n")), "pdf"},
		"boundary not quoted":               {faultMail("Content-Type: multipart/mixed; boundary=B=(B)/1\n", strings.ReplaceAll(multi, "BB", "B=(B)/1")), "pdf"},
		"boundary on a lost fold":           {faultMail("Content-Type: multipart/mixed;\nboundary=\"BB\"\n", multi), "pdf"},
		"no close":                          {faultMail("Content-Type: multipart/mixed; boundary=BB\n", strings.TrimSuffix(multi, "--BB--\n")), "pdf"},
		"no boundary named":                 {faultMail("Content-Type: multipart/mixed\n", multi), "pdf"},
		"first boundary lost":               {faultMail("Content-Type: multipart/mixed; boundary=BB\n", body+"\n--BB\nContent-Type: text/plain\n\nx\n--BB--\n"), "pdf"},
		"all boundaries lost":               {faultMail("Content-Type: multipart/mixed; boundary=BB\n", "hello\n\n"+body+"\n\nbye\n"), "pdf"},
		"file behind the end":               {faultMail("Content-Type: multipart/mixed; boundary=BB\n", "--BB\n\ntext\n--BB--\n"+body), "pdf"},
		"nested with one boundary":          {faultMail("Content-Type: multipart/mixed; boundary=BB\n", "--BB\nContent-Type: multipart/alternative; boundary=BB\n\n--BB\n\na\n--BB--\n--BB\n"+body+"\n--BB--\n"), "pdf"},
		"head lost":                         {"Received: x\n\nThis is a multi-part message in MIME format.\n\n" + multi, "pdf"},
		"blank line amid a header":          {partOf("Content-Type: application/octet-stream;\n\n name=a.pdf\nContent-Transfer-Encoding: base64\n", pdf64), "pdf"},
		"blank line before a header":        {partOf("\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n", pdf64), "pdf"},
		"two content types":                 {faultMail("Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=BB\n", multi), "pdf"},
		"only CR":                           {strings.ReplaceAll(faultMail("Content-Type: multipart/mixed; boundary=BB\n", multi), "\n", "\r"), "pdf"},
		"CR LF":                             {strings.ReplaceAll(faultMail("Content-Type: multipart/mixed; boundary=BB\n", multi), "\n", "\r\n"), "pdf"},
		"endless lines":                     {faultMail("X-Spam: "+wide+"\nReferences: "+wide+"\nContent-Type: multipart/mixed; boundary=BB\n", multi), "pdf"},
		"multipart in base64":               {faultMail("Content-Type: multipart/mixed; boundary=BB\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString([]byte(multi))), "pdf"},
		"multipart in base64 and two types": {faultMail("Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=BB\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString([]byte(multi))), "pdf"},
		"base64 undeclared":                 {partOf("Content-Type: application/pdf\n", pdf64), "pdf"},
		"base64 called quoted":              {partOf("Content-Type: application/pdf\nContent-Transfer-Encoding: quoted-printable\n", pdf64), "pdf"},
		"base64 without padding":            {partOf(octet, strings.TrimRight(pdf64, "=")), "pdf"},
		"base64 with spaces":                {partOf(octet, spaced(pdf64, 6)), "pdf"},
		"base64 with strays":                {partOf(octet, "> "+pdf64[:20]+"\n> "+pdf64[20:]+"\x00!"), "pdf"},
		"base64 in odd lines":               {partOf(octet, pdf64[:7]+"\r\r\n"+pdf64[7:8]+"\n\n"+pdf64[8:]), "pdf"},
		"text behind base64":                {partOf(octet, pdf64+"\n\nЭто письмо проверено.\nChecked by a scanner\n"), "pdf"},
		"text called base64":                {partOf("Content-Type: text/plain; name=a.txt\nContent-Transfer-Encoding: base64\n", "these are only words, and not base64"), "a.txt 36 bytes"},
		"quoted in lower case":              {partOf("Content-Type: application/pdf\nContent-Transfer-Encoding: quoted-printable\n", strings.ReplaceAll(string(pdf), "\n", "=0a=\n")), "pdf"},
		"soft breaks lost":                  {partOf("Content-Type: application/pdf\nContent-Transfer-Encoding: quoted-printable\n", strings.ReplaceAll(string(pdf), "\n", "=0A")), "pdf"},
		"uuencode":                          {faultMail("", "text\n\nbegin 644 a.pdf\n"+uuencoded(pdf)+"`\nend\n"), "a.pdf pdf"},
		"uuencode without an end":           {faultMail("", "text\n\nbegin 644 a.pdf\n"+uuencoded(pdf)), "a.pdf pdf"},
		"uuencode cut by words":             {faultMail("", "begin 644 a.pdf\n"+uuencoded(pdf)+"and then words came\n"), "a.pdf pdf"},
		"uuencode in base64":                {faultMail("", "begin-base64 644 a.pdf\n"+pdf64+"\n====\n"), "a.pdf pdf"},
		"uuencode as a part":                {partOf("Content-Type: application/octet-stream; name=a.uue\n", "begin 644 a.pdf\n"+uuencoded(pdf)+"`\nend"), "a.pdf pdf"},
		"declared uuencode":                 {partOf("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: x-uuencode\n", "begin 644 b\n"+uuencoded(pdf)+"`\nend"), "a.pdf pdf"},
		"words that begin":                  {faultMail("", "begin 644 words\nHere are some words that begin nothing at all, though long.\n"), ""},
		"partial":                           {faultMail("Content-Type: message/partial; id=a; number=1; total=2\n", "Content-Type: application/pdf\n\nx"), "external 32 bytes"},
		"data address":                      {faultMail("Content-Type: text/html\n", `<p>see</p><img src="data:application/pdf;name=a.pdf;base64,`+pdf64+`">`), "a.pdf pdf"},
		"long data address":                 {faultMail("Content-Type: text/html\n", `<img src="data:image/png;base64,`+strings.Repeat("AAAA", 2200000)+`"><object data="data:application/pdf;base64,`+pdf64+`">`), "6600000 bytes, pdf"},
		"appointment with a file":           {faultMail("Content-Type: text/calendar\n", "BEGIN:VCALENDAR\r\nATTACH;FMTTYPE=application/pdf;ENCODING=BASE64;\r\n VALUE=BINARY;X-FILENAME=a.pdf:"+pdf64[:30]+"\r\n "+pdf64[30:]+"\r\nEND:VCALENDAR\r\n"), "a.pdf pdf"},
		"Macintosh double":                  {faultMail("Content-Type: multipart/appledouble; boundary=BB\n", "--BB\nContent-Type: application/applefile; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString([]byte("\x00\x05\x16\x07\x00\x02\x00\x00"+strings.Repeat("\x00", 40)))+"\n--BB\n"+body+"\n--BB--\n"), "pdf"},
		"Macintosh single":                  {partOf("Content-Type: application/applefile; name=a.pdf\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString(append([]byte("\x00\x05\x16\x00\x00\x02\x00\x00"+strings.Repeat("\x00", 16)+"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x26\x00\x00\x00\x2e"), pdf...))), "a.pdf pdf"},
		"mail as a file":                    {partOf("Content-Type: application/octet-stream; name=x\n", faultMail(octet, pdf64)), "pdf"},
		"mail behind blank lines":           {partOf("Content-Type: message/rfc822\n", "\n\n"+faultMail(octet, pdf64)), "pdf"},
		"mail in base64":                    {partOf("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString([]byte(faultMail(octet, pdf64)))), "pdf"},
		"saved page":                        {partOf("Content-Type: text/plain; name=a.mht\n", "From: <Saved by Blink>\nSubject: x\nContent-Type: multipart/related; boundary=CC\n\n--CC\n"+body+"\n--CC--"), "pdf"},
		"mail folder":                       {partOf("Content-Type: application/mbox; name=a.mbox\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString([]byte("From a@b.kz Sat Mar 23 11:56:34 2024\n"+faultMail(octet, pdf64)+"\n\n"))), "pdf"},
		"opaque without content":            {faultMail("Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n", "MAsGCSqGSIb3DQEHAg=="), "damaged 13 bytes"},
		"name in words":                     {namedPart("filename=\"=?utf-8?B?0JDQsQ==?= =?utf-8?B?0LIucGRm?=\""), "Абв.pdf pdf"},
		"name cut inside a letter":          {namedPart("filename=\"=?utf-8?B?0JDQ?=\n =?utf-8?B?sdCyLnBkZg==?=\""), "Абв.pdf pdf"},
		"name with a question":              {namedPart("filename=\"=?utf-8?Q?=D0=90?.pdf?=\""), "А?.pdf pdf"},
		"name called by a wrong set":        {namedPart("filename=\"=?koi8-r?B?0JDQsdCyLnBkZg==?=\""), "Абв.pdf pdf"},
		"name in an unknown set":            {namedPart("filename=\"=?x-unknown?Q?" + quotedBytes(encoded(charmap.Windows1251, "свидетельство.pdf")) + "?=\""), "свидетельство.pdf pdf"},
		"quotes inside quotes":              {namedPart("filename=\"Заявка \"Химия\" 5.pdf\""), "Заявка \"Химия\" 5.pdf pdf"},
		"quotes inside a word":              {namedPart("filename=\"=?utf-8?B?ItCQLnBkZiI=?=\""), "А.pdf pdf"},
		"quote not closed":                  {namedPart("filename=\"a.pdf; size=100"), "a.pdf pdf"},
		"name raw in windows-1251":          {namedPart("filename=\"" + encoded(charmap.Windows1251, "свидетельство.pdf") + "\""), "свидетельство.pdf pdf"},
		"name raw in koi8-r":                {namedPart("filename=" + encoded(charmap.KOI8R, "свидетельство.pdf")), "свидетельство.pdf pdf"},
		"name raw in utf-8":                 {namedPart("filename=Куәлік 5.pdf"), "Куәлік 5.pdf pdf"},
		"name percent-encoded":              {namedPart("filename=\"%D0%90%D0%B1%D0%B2.pdf\""), "Абв.pdf pdf"},
		"RFC 2231":                          {namedPart("filename*=utf-8''%D0%90%D0%B1%D0%B2.pdf"), "Абв.pdf pdf"},
		"RFC 2231 in windows-1251":          {namedPart("filename*=windows-1251''%C0%E1%E2.pdf"), "Абв.pdf pdf"},
		"RFC 2231 continued":                {namedPart("filename*1*=%B1%D0%B2.pdf; filename*0*=utf-8'ru'%D0%90%D0"), "Абв.pdf pdf"},
		"RFC 2231 from one":                 {namedPart("filename*1=Аб; filename*2=в.pdf"), "Абв.pdf pdf"},
		"RFC 2231 with a gap":               {namedPart("filename*0*=utf-8''%D0%90; filename*2*=.pdf"), "А.pdf pdf"},
		"RFC 2231 with one apostrophe":      {namedPart("filename*=utf-8'%D0%90%D0%B1.pdf"), "Аб.pdf pdf"},
		"RFC 2231 around a word":            {namedPart("filename*0=\"=?utf-8?B?0JDQ\"; filename*1=\"sdCyLnBkZg==?=\""), "Абв.pdf pdf"},
		"name with a folder":                {namedPart(`filename="C:\Документы\Абв.pdf"`), "Абв.pdf pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := told(Read([]byte(c.raw))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func spaced(s string, every int) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%every == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func quotedBytes(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "=%02X", s[i])
	}
	return b.String()
}

func uuencoded(data []byte) string {
	var b strings.Builder
	for len(data) > 0 {
		n := min(45, len(data))
		b.WriteByte(byte(' ' + n))
		for i := 0; i < n; i += 3 {
			var q [3]byte
			copy(q[:], data[i:n])
			for _, v := range []byte{q[0] >> 2, q[0]<<4 | q[1]>>4, q[1]<<2 | q[2]>>6, q[2]} {
				b.WriteByte(' ' + v&63)
			}
		}
		b.WriteByte('\n')
		data = data[n:]
	}
	return b.String()
}

// TestCharacterSets reads the same text however it is written and called.
func TestCharacterSets(t *testing.T) {
	ru, kk := "Уважаемые коллеги, направляю свидетельство", "Құрметті әріптестер, куәлікті жолдап отырмын"
	kz := func(s string, set *singleByte) string {
		var out []byte
		for _, r := range s {
			for c, l := range set.table {
				if l == r {
					out = append(out, byte(c))
					break
				}
			}
		}
		return string(out)
	}
	for name, c := range map[string]struct{ charset, body, want string }{
		"kz-1048":                {"kz-1048", kz(kk, kz1048), kk},
		"strk1048":               {"STRK1048-2002", kz(kk, kz1048), kk},
		"ptcp154":                {"ptcp154", kz(kk, ptcp154), kk},
		"win-1251":               {"win-1251", encoded(charmap.Windows1251, ru), ru},
		"cp-1251":                {"\"CP-1251\"", encoded(charmap.Windows1251, ru), ru},
		"Kazakh called 1251":     {"windows-1251", kz(kk, kz1048), kk},
		"koi8-r":                 {"koi8-r", encoded(charmap.KOI8R, ru), ru},
		"cp866":                  {"cp866", encoded(charmap.CodePage866, ru), ru},
		"utf-7":                  {"utf-7", "+BCMEMgQwBDYEMAQ1BDwESwQ1- +BDoEPgQ7BDsENQQzBDg-, +BD0EMAQ/BEAEMAQyBDsETwRO- +BEEEMgQ4BDQENQRCBDUEOwRMBEEEQgQyBD4-", ru},
		"unknown-8bit":           {"unknown-8bit", encoded(charmap.Windows1251, ru), ru},
		"x-unknown":              {"x-unknown", encoded(charmap.KOI8R, ru), ru},
		"none":                   {"none", encoded(charmap.Windows1251, ru), ru},
		"none at all":            {"", kz(kk, kz1048), kk},
		"Western, and is not":    {"iso-8859-1", encoded(charmap.Windows1251, ru), ru},
		"Western":                {"iso-8859-1", "Herr M\xfcller sendet Gr\xfc\xdfe aus Z\xfcrich", "Herr Müller sendet Grüße aus Zürich"},
		"UTF-8 called 1251":      {"windows-1251", ru, ru},
		"UTF-8 called us-ascii":  {"us-ascii", kk, kk},
		"windows-1251 as UTF-8":  {"utf-8", encoded(charmap.Windows1251, ru), ru},
		"a charset nobody knows": {"martian-1", encoded(charmap.Windows1251, ru), ru},
	} {
		t.Run(name, func(t *testing.T) {
			head := "Content-Type: text/plain; charset=" + c.charset + "\nContent-Transfer-Encoding: 8bit\n"
			if got := Read([]byte(faultMail(head, c.body))).Text; got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
	for name, subject := range map[string]string{"windows-1251": encoded(charmap.Windows1251, ru), "koi8-r": encoded(charmap.KOI8R, ru), "utf-8": ru, "kz-1048": kz(ru, kz1048)} {
		if got := Read([]byte("Subject: " + subject + "\n\nx")).Subject; got != ru {
			t.Errorf("a raw subject in %s: %q", name, got)
		}
	}
}
