package mails

import (
	"fmt"

	"golang.org/x/text/encoding/charmap"

	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
)

// envelope is the head of the sender's mail to the office.
func (w *writer) envelope() envelope {
	return envelope{from: address(w.sender, pick(w, w.sender.Emails)), to: world.Mailbox, subject: word(w.subject()), at: w.at, id: w.id("mail")}
}

// attachments are the register's files of the draft's certificates.
func (w *writer) attachments() ([]part, error) {
	var list []part
	for _, c := range w.certs {
		data, err := w.docs.pdf(c)
		if err != nil {
			return nil, err
		}
		list = append(list, file(w.fileName(c, ".pdf"), "application/pdf", data))
	}
	return list, nil
}

// send is the sender's mail with parts after the letter.
func (w *writer) send(attached ...part) []byte {
	return w.envelope().message(multi("mixed", append([]part{plain(w.letter())}, attached...)...))
}

// direct attaches every certificate to a letter.
func direct(w *writer) ([]byte, error) {
	attached, err := w.attachments()
	return w.send(attached...), err
}

// withPDF sends the first certificate's file in an attachment made by f.
func withPDF(f func(w *writer, name string, data []byte) part) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		data, err := w.docs.pdf(w.certs[0])
		if err != nil {
			return nil, err
		}
		return w.send(f(w, w.fileName(w.certs[0], ".pdf"), data)), nil
	}
}

var (
	octetStream = withPDF(func(_ *writer, _ string, data []byte) part {
		return named("application/octet-stream", `name="scan"`, `filename="scan"`, data)
	})
	noFileName = withPDF(func(_ *writer, _ string, data []byte) part { return named("application/pdf", "", "", data) })
	oddLines   = withPDF(func(_ *writer, name string, data []byte) part {
		p := file(name, "application/pdf", data)
		p.body = lines64(data, 61)
		return p
	})
	quotedPDF = withPDF(func(_ *writer, name string, data []byte) part {
		p := file(name, "application/pdf", data)
		p.header[1] = "Content-Transfer-Encoding: quoted-printable"
		p.body = binaryQuoted(data)
		return p
	})
	nameEncodedWord = withPDF(func(_ *writer, name string, data []byte) part {
		return named("application/pdf", `name="`+word(name)+`"`, `filename="`+word(name)+`"`, data)
	})
	nameContinued = withPDF(func(w *writer, _ string, data []byte) part {
		name := escape("Авторлық құқық туралы куәлік " + w.certs[0].Number + ".pdf")
		cut := len(name) / 2
		for name[cut] != '%' { // never inside a character's escape
			cut++
		}
		return named("application/pdf", "", "filename*0*=utf-8''"+name[:cut]+";\r\n filename*1*="+name[cut:], data)
	})
	nameRaw1251 = withPDF(func(_ *writer, _ string, data []byte) part {
		raw := string(encode(charmap.Windows1251, "Свидетельство.pdf"))
		return named("application/pdf", `name="`+raw+`"`, `filename="`+raw+`"`, data)
	})
)

// binaryQuoted writes every byte that is not a plain letter as =XX, in short lines.
func binaryQuoted(data []byte) []byte {
	var b []byte
	column := 0
	for _, c := range data {
		if column > 70 {
			b, column = append(b, "=\r\n"...), 0
		}
		if c > 32 && c < 127 && c != '=' {
			b, column = append(b, c), column+1
			continue
		}
		b, column = fmt.Appendf(b, "=%02X", c), column+3
	}
	return b
}

// scanned sends the first certificate as a scanner saw it.
func scanned(look paper.Look) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		p, err := w.docs.page(w.certs[0])
		if err != nil {
			return nil, err
		}
		look.Seed = uint64(w.original)
		data, err := paper.Scan(p, look)
		return w.send(file("Scan_"+w.at.Format("20060102")+".pdf", "application/pdf", data)), err
	}
}

// photographed sends it as a telephone saw it.
func photographed(w *writer) ([]byte, error) {
	data, err := w.photo()
	return w.send(file("IMG_"+w.at.Format("20060102_150405")+".jpg", "image/jpeg", data)), err
}

// inlinePhoto shows it in the letter itself.
func inlinePhoto(w *writer) ([]byte, error) {
	data, err := w.photo()
	if err != nil {
		return nil, err
	}
	page := html("Свидетельство:")
	picture := part{[]string{"Content-Type: image/jpeg", "Content-Transfer-Encoding: base64", "Content-ID: <photo1>", "Content-Disposition: inline"}, lines64(data, 76)}
	return w.envelope().message(multi("related", page, picture)), nil
}

func (w *writer) photo() ([]byte, error) {
	p, err := w.docs.page(w.certs[0])
	if err != nil {
		return nil, err
	}
	return paper.Photo(p, paper.Look{DPI: 150, Skew: float64(w.rng.IntN(5)) - 2, Noise: 16, Shade: 70, Quality: 50, Seed: uint64(w.original)})
}

// oneFile binds the certificates into one PDF, behind a letter when cover is asked for.
func oneFile(cover bool) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		var pages []*paper.Page
		if cover {
			pages = append(pages, paper.Cover(Subject(w.certs[0])))
		}
		for _, c := range w.certs {
			p, err := w.docs.page(c)
			if err != nil {
				return nil, err
			}
			pages = append(pages, p)
		}
		data, err := paper.PDF(pages...)
		return w.send(file("Свидетельства.pdf", "application/pdf", data)), err
	}
}

func zipped(w *writer) ([]byte, error) {
	var files []paper.File
	for i, c := range w.certs {
		data, err := w.docs.pdf(c)
		if err != nil {
			return nil, err
		}
		files = append(files, paper.File{Name: fmt.Sprintf("Куәліктер/%d_%s.pdf", i+1, c.Number), Data: data})
	}
	data, err := paper.Zip(files...)
	return w.send(file("свидетельства.zip", "application/zip", data)), err
}

func wordFile(w *writer) ([]byte, error) {
	p, err := w.docs.page(w.certs[0])
	if err != nil {
		return nil, err
	}
	data, err := paper.DOCX(p)
	return w.send(file("Свидетельство.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", data)), err
}

// withOthers sends the certificate among the other papers of its registration.
func withOthers(w *writer) ([]byte, error) {
	attached, err := w.attachments()
	if err != nil {
		return nil, err
	}
	for _, n := range []paper.Negative{paper.Statement, paper.Receipt} {
		data, err := paper.PDF(paper.NegativePage(n, Subject(w.certs[0])))
		if err != nil {
			return nil, err
		}
		attached = append(attached, file(n.FileName(), "application/pdf", data))
	}
	return w.send(attached...), nil
}

// htmlOnly is a letter without a plain text, with the office's logo in it.
func htmlOnly(w *writer) ([]byte, error) {
	attached, err := w.attachments()
	if err != nil {
		return nil, err
	}
	page := multi("related", html(w.letter()), logo())
	return w.envelope().message(multi("mixed", append([]part{page}, attached...)...)), nil
}

// replyChain answers the office's own call, which it quotes.
func replyChain(w *writer) ([]byte, error) {
	attached, err := w.attachments()
	text := w.letter() + "\n\n12.01.2026, 10:00, Отдел науки <" + world.Mailbox + ">:\n> Уважаемые коллеги! Просим присылать авторские свидетельства на этот адрес.\n> Без копии свидетельства баллы не начисляются."
	e := w.envelope()
	e.subject = word("Re: Сбор авторских свидетельств")
	e.extra = []string{"In-Reply-To: <call-2026@" + world.Domain + ">"}
	return e.message(multi("mixed", append([]part{plain(text)}, attached...)...)), err
}

// headed sends a plain mail whose head is changed by f.
func headed(f func(w *writer, e *envelope)) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		attached, err := w.attachments()
		e := w.envelope()
		f(w, &e)
		return e.message(multi("mixed", append([]part{plain(w.letter())}, attached...)...)), err
	}
}

var (
	noMessageID = headed(func(_ *writer, e *envelope) { e.id = "" })
	subjectKOI8 = headed(func(_ *writer, e *envelope) {
		e.subject = wordIn("koi8-r", charmap.KOI8R, "Авторское свидетельство")
	})
	subject1251 = headed(func(_ *writer, e *envelope) {
		e.subject = wordIn("windows-1251", charmap.Windows1251, "Свидетельство для рейтинга")
	})
	subjectRaw1251 = headed(func(_ *writer, e *envelope) {
		e.subject = string(encode(charmap.Windows1251, "Свидетельство"))
	})
)

// kazakhCharset is a letter in the Kazakh standard's character set, which many programs do not know.
func kazakhCharset(w *writer) ([]byte, error) {
	attached, err := w.attachments()
	text := part{[]string{"Content-Type: text/plain; charset=kz-1048", "Content-Transfer-Encoding: base64"}, lines64(encodeKZ("Қайырлы күн! Куәлікті жолдап отырмын.\r\nҚұрметпен, "+w.sender.KK.Surname), 76)}
	e := w.envelope()
	return e.message(multi("mixed", append([]part{text}, attached...)...)), err
}
