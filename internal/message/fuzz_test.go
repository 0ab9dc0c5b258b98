package message

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"kualik/internal/demo/mails/form"
)

// whole holds that what was found of a hostile file is bounded and of good letters.
func whole(t *testing.T, m Message, raw []byte) {
	t.Helper()
	if len(m.Parts) > maxParts+maxDepth+10 {
		t.Errorf("%d parts", len(m.Parts))
	}
	total := 0
	for _, p := range m.Parts {
		if p.Path == "" || p.Size != int64(len(p.Data)) {
			t.Errorf("part %q: size %d of %d", p.Path, p.Size, len(p.Data))
		}
		total += len(p.Data)
	}
	if total > 64*len(raw)+1<<20 {
		t.Errorf("%d bytes became %d", len(raw), total)
	}
	for _, s := range []string{m.Subject, m.From.Name, m.Text} {
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			t.Errorf("no good UTF-8: %q", s)
		}
	}
}

// inMail is a mail whose only part is the file.
func inMail(typ string, data []byte) []byte {
	return append([]byte("From: a@b.kz\nContent-Type: "+typ+"\nContent-Transfer-Encoding: binary\n\n"), data...)
}

func FuzzTNEF(f *testing.F) {
	item := outlookItem()
	f.Add(item.TNEF())
	f.Add(form.Item{Body: "x", HTML: "<a href=x>"}.TNEF())
	f.Add([]byte("\x78\x9f\x3e\x22\x01\x00\x02\x05\x90\x06\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		raw := inMail("application/ms-tnef", data)
		whole(t, Read(raw), raw)
	})
}

func FuzzOutlookItem(f *testing.F) {
	item := outlookItem()
	f.Add(item.MSG())
	f.Add(form.Item{Body: "x"}.MSG())
	f.Fuzz(func(t *testing.T, data []byte) {
		raw := inMail("application/vnd.ms-outlook", data)
		whole(t, Read(raw), raw)
		if _, err := readOutlook(data); err != nil && len(data) > 0 && !bytes.HasPrefix(data, []byte(oleMagic)) {
			return
		}
	})
}

// FuzzUU: what is not taken out of a text stays in it, and a file written by uuencode comes out again.
func FuzzUU(f *testing.F) {
	f.Add([]byte("text\nbegin 644 a.pdf\n#0V%T\n`\nend\nmore"))
	f.Add([]byte("begin-base64 644 a\n" + pdf64 + "\n====\n"))
	f.Add(form.UU(form.File{Name: "a", Data: pdf}))
	f.Add([]byte("begin 644 a\nM" + strings.Repeat(" ", 60)))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, files := extractUU(data)
		if len(files) == 0 && !bytes.Equal(text, data) {
			t.Error("a text without files was changed")
		}
		total := len(text)
		for _, f := range files {
			total += len(f.data)
		}
		if total > 50*len(data)+100 {
			t.Errorf("%d bytes became %d", len(data), total)
		}
		_, again := extractUU(form.UU(form.File{Name: "a b", Data: data}))
		if len(again) != 1 || !bytes.Equal(again[0].data, data) || again[0].name != "a b" {
			t.Errorf("%d files came back", len(again))
		}
		extractBase64(data)
		decodeBase64(data)
		decodeQuoted(data)
	})
}

// FuzzPKCS7: any content comes out of a signature whole, and no file makes the reader stumble.
func FuzzPKCS7(f *testing.F) {
	f.Add(form.Signed([]byte("Content-Type: text/plain\n\nx"), false))
	f.Add(form.Signed([]byte("x"), true))
	f.Add([]byte("\x30\x80\x30\x80\x30\x80"))
	f.Fuzz(func(t *testing.T, data []byte) {
		raw := inMail("application/pkcs7-mime", data)
		whole(t, Read(raw), raw)
		for _, pieces := range []bool{false, true} {
			content, kind := cmsContent(form.Signed(data, pieces))
			if kind != cmsSigned || !bytes.Equal(content, data) {
				t.Errorf("pieces %v: %d bytes of %d", pieces, len(content), len(data))
			}
		}
	})
}

// FuzzHeader reads any bytes as every sort of header.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{"=?utf-8?B?0JDQ?= =?utf-8?B?sdCy?=", "a; filename*0*=utf-8''%D0%90; filename*1=b", `x; name="a"b"; y=z`, "\xc0\xe1\xe2", "=?x?Q?a??=",
		"Mon, 2 Jan 2006 15:04:05 +0500", "\"А\" <a@b.kz>, c@d.kz"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		good := func(s string) {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r") {
				t.Errorf("no good text: %q", s)
			}
		}
		good(decodeHeader(data))
		_, params := parseParams(data)
		for _, v := range params {
			fileName(v)
		}
		for _, a := range parseAddresses(data) {
			_ = a
		}
		parseDate(data)
		contentType(header{{"Content-Type", data}, {"content-type", data}}, data)
		h, body := splitEntity(data)
		if len(body) > len(data)+1 {
			t.Error("the body grew")
		}
		signs(h)
		envelope(h)
	})
}

// FuzzCharset reads any bytes in any character set, known or not, as good UTF-8.
func FuzzCharset(f *testing.F) {
	for _, name := range []string{"", "utf-7", "kz-1048", "windows-1251", "iso-8859-1", "utf-16", "gb18030", "iso-2022-jp", "x-unknown", "koi8-r"} {
		f.Add(name, []byte("\xd1\xe2\xe8\xe4 +BCM- =\x1b$B\xff\xfe"))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if s := decodeText(data, name); !utf8.ValidString(s) || len(s) > 8*len(data)+16 {
			t.Errorf("%q: %d bytes became %d", name, len(data), len(s))
		}
	})
}

// FuzzWalk mixes boundaries and headers: every piece is found once, however they stand.
func FuzzWalk(f *testing.F) {
	f.Add([]byte("--b\nContent-Type: application/pdf\n\n%PDF-\n--b--\n"), "b")
	f.Add([]byte("Content-Type: text/plain\n\nx\n--b\n\ny"), "b")
	f.Add([]byte("--c\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nz\n--b--"), "c")
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		pieces, outside := splitMultipart(body, boundary)
		total := len(outside)
		for _, p := range pieces {
			total += len(p)
		}
		if total > len(body) {
			t.Errorf("%d bytes became %d", len(body), total)
		}
		raw := append([]byte("Content-Type: multipart/mixed; boundary=\""+strings.Map(func(r rune) rune {
			if r < ' ' || r == '"' || r == '\\' {
				return -1
			}
			return r
		}, boundary)+"\"\n\n"), body...)
		whole(t, Read(raw), raw)
	})
}

func FuzzMbox(f *testing.F) {
	f.Add([]byte("From a@b Sat Mar 23 11:56:34 2024\nSubject: 1\n\nx\n\nFrom c@d Sat Mar 23 11:56:34 2024\n\n>From y\n"))
	f.Add([]byte("From \n\nFrom \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		total, stop := 0, errors.New("enough")
		n := 0
		_ = ReadMbox(bytes.NewReader(data), func(raw []byte) error { // what is wrong with the file is told elsewhere
			total += len(raw)
			if n++; n > 1000 {
				return stop
			}
			return nil
		})
		if total > len(data) {
			t.Errorf("%d bytes became %d", len(data), total)
		}
	})
}

func FuzzHTML(f *testing.F) {
	f.Add("<a href='data:application/pdf;base64,JVBERi0xLjQ='>x</a><img src=cid:x width=3>")
	f.Add("<style><script></style>x<br><img src=\"data:image/png;name=%D0;base64,AAAA\">")
	f.Fuzz(func(t *testing.T, page string) {
		raw := inMail("text/html; charset=utf-8", []byte(page))
		whole(t, Read(raw), raw)
		calendarFiles([]byte(page))
		appleData([]byte(page))
	})
}
