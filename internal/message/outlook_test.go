package message

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"kualik/internal/demo/mails/form"
)

// outlookItem is a mail of Outlook with a file, one that stands in properties alone, and a mail in a mail.
func outlookItem() form.Item {
	file := func(name string) form.Attachment { return form.Attachment{File: form.File{Name: name, Data: pdf}} }
	deep := form.Item{Subject: "Куәлік", Body: "ішінде", Files: []form.Attachment{file("Авторлық құқық туралы куәлік № 55942 (қосымша).pdf")}}
	middle := form.Item{Subject: "Fw", Files: []form.Attachment{{File: form.File{Name: "Fw.msg"}, Item: &deep}}}
	alone := file("b.pdf")
	alone.MAPI = true
	return form.Item{Subject: "x", Body: "Свидетельство во вложении", Files: []form.Attachment{alone, file("a.pdf"), {File: form.File{Name: "письмо"}, Item: &middle}}}
}

func TestOutlook(t *testing.T) {
	const want = "b.pdf pdf, a.pdf pdf, Авторлық құқық туралы куәлік № 55942 (қосымша).pdf pdf"
	item := outlookItem()
	wrap := func(typ, name string, data []byte) string {
		return partOf("Content-Type: "+typ+"; name="+name+"\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString(data))
	}
	tnef, msg := item.TNEF(), item.MSG()
	single := form.Item{Files: []form.Attachment{{File: form.File{Name: "a.pdf", Data: pdf}, MAPI: true}}}.TNEF()
	begins := bytes.Index(single, []byte{2, 2, 0x90, 6, 0})
	single = slices.Delete(single, begins, begins+9+14+2)
	second := bytes.Index(tnef, pdf) + len(pdf)
	second += bytes.Index(tnef[second:], pdf)
	for name, c := range map[string]struct{ raw, want string }{
		"winmail.dat":                {wrap("application/ms-tnef", "winmail.dat", tnef), want},
		"winmail.dat as octets":      {wrap("application/octet-stream", "x", tnef), want},
		"cut in its last mail":       {wrap("application/ms-tnef", "winmail.dat", tnef[:len(tnef)-200]), "b.pdf pdf, a.pdf pdf, письмо damaged"},
		"cut in a file":              {wrap("application/ms-tnef", "winmail.dat", tnef[:second+20]), "b.pdf pdf, ATTACH~1.PDF 20 bytes, damaged"},
		"a file without a beginning": {wrap("application/ms-tnef", "winmail.dat", single), "a.pdf pdf"},
		"only a text":                {wrap("application/ms-tnef", "winmail.dat", form.Item{Body: "words"}.TNEF()), ""},
		"no file, but a name":        {wrap("application/ms-tnef", "winmail.dat", form.Item{Files: []form.Attachment{{File: form.File{Name: "a.pdf"}, MAPI: true}}}.TNEF()), "a.pdf external"},
		"an item":                    {wrap("application/vnd.ms-outlook", "a.msg", msg), want},
		"an item without its type":   {wrap("application/octet-stream", "a", msg), want},
		"half an item":               {wrap("application/vnd.ms-outlook", "a.msg", msg[:len(msg)/2]), "damaged"},
		"another old file":           {wrap("application/msword", "a.doc", []byte(oleMagic+strings.Repeat("x", 600))), "a.doc 608 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Read([]byte(c.raw))
			got := told(m)
			if strings.HasSuffix(c.want, "damaged") {
				got = strings.Split(got, "damaged")[0] + "damaged"
			}
			if got = strings.ReplaceAll(got, "external 0 bytes", "external"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.want == want && !strings.Contains(m.Text, "Свидетельство во вложении") {
				t.Errorf("the text is %q", m.Text)
			}
		})
	}
	for _, pieces := range []bool{false, true} {
		signed := form.Signed([]byte(partOf("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n", pdf64)), pieces)
		twice := form.Signed([]byte("Content-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString(signed)), pieces)
		if got := told(Read([]byte(wrap("application/x-pkcs7-mime", "smime.p7m", twice)))); got != "a.pdf pdf" {
			t.Errorf("signed twice, pieces %v: %q", pieces, got)
		}
	}
}
