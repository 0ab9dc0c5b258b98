package mails

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
)

// Mail without a certificate, or with one that cannot be read.

// logo is the picture that office programs put under a letter.
func logo() part {
	img := image.NewRGBA(image.Rect(0, 0, 120, 40))
	for y := range 40 {
		for x := range 120 {
			img.Set(x, y, color.RGBA{R: 20, G: 90, B: uint8(90 + x), A: 255})
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a Buffer takes everything
	return part{[]string{"Content-Type: image/png; name=\"logo.png\"", "Content-Transfer-Encoding: base64", "Content-ID: <logo>", "Content-Disposition: inline; filename=\"logo.png\""}, lines64(b.Bytes(), 76)}
}

// note is a mail of text only.
func note(subject, text string, extra ...string) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		e := w.envelope()
		e.subject, e.extra = word(subject), extra
		return e.message(plain(w.fill(text))), nil
	}
}

var (
	autoReply = note("Автоответ: Re: Сбор авторских свидетельств", "Я в отпуске до конца месяца. По срочным вопросам обращайтесь на кафедру.\n\n%S",
		"Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All")
	autoReplyKK = note("Автоматты жауап", "Мен іссапардамын. Хатыңызға келген соң жауап беремін.\n%S", "Auto-Submitted: auto-replied", "Precedence: bulk")
	newsletter  = note("Приглашаем на вебинар «Авторское право для преподавателя»", "Свидетельства, патенты, сертификаты: всё за один час.\nЧтобы отписаться, перейдите по ссылке https://vebinar.example/off",
		"List-Unsubscribe: <https://vebinar.example/off>", "Precedence: bulk")
	spam       = note("Поздравляем!!! Вы выиграли сертификат на 500 000 тг", "Перейдите по ссылке https://priz.example/win?id=77 и получите сертификат сегодня.")
	question   = note("Вопрос по рейтингу", "Добрый день! Подскажите, до какого числа принимаются авторские свидетельства и учитываются ли совместные с магистрантами?\n\n%S")
	questionKK = note("Рейтинг туралы сұрақ", "Сәлеметсіз бе! Былтырғы куәлік биылғы рейтингке кіре ме?\n%S")
	questionNo = note("моё свидетельство", "Здравствуйте! Я отправляла свидетельство № 71234 от 12.03.2026, но в списке его нет. Проверьте, пожалуйста.\n%S")
	thanks     = note("Re: Авторское свидетельство", "Рахмет!")
	linkOnly   = note("Свидетельство", "Добрый день! Файл большой, поэтому даю ссылку на диск:\nhttps://disk.yandex.kz/d/00000000000000\n\n%S")
	linkOnlyKK = note("Куәлік", "Сәлеметсіздер ме! Куәліктің сканы мына папкада: https://drive.google.com/drive/folders/0000000000000000\n%S")
)

// bounce is a report that a letter of the office could not be delivered.
func bounce(w *writer) ([]byte, error) {
	e := envelope{from: "Mail Delivery System <mailer-daemon@" + world.Domain + ">", to: world.Mailbox, subject: "Undelivered Mail Returned to Sender", at: w.at, id: w.id("bounce"),
		extra: []string{"Auto-Submitted: auto-replied", "Return-Path: <>"}}
	report := part{[]string{"Content-Type: message/delivery-status"}, []byte(fmt.Sprintf("Reporting-MTA: dns; mx.%s\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.1.1\r\n", world.Domain, w.sender.Emails[0]))}
	content := multi("report", plain("The mail system could not deliver your message."), report)
	content.header[0] += "; report-type=delivery-status"
	return e.message(content), nil
}

// invitation is an appointment.
func invitation(w *writer) ([]byte, error) {
	ics := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:%s\r\nDTSTART:%s\r\nSUMMARY:Заседание кафедры\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		w.id("event"), w.at.Format("20060102T150405Z"), w.at.AddDate(0, 0, 2).Format("20060102T150405Z"))
	calendar := part{[]string{"Content-Type: text/calendar; charset=utf-8; method=REQUEST", "Content-Transfer-Encoding: base64"}, lines64([]byte(ics), 76)}
	e := w.envelope()
	e.subject = word("Заседание кафедры")
	return e.message(multi("alternative", plain("Приглашение на заседание"), calendar)), nil
}

func logoOnly(w *writer) ([]byte, error) {
	e := w.envelope()
	e.subject = word("Поздравление")
	return e.message(multi("related", html("С праздником, коллеги!"), logo())), nil
}

func empty(w *writer) ([]byte, error) {
	e := w.envelope()
	e.subject = ""
	return e.message(plain("")), nil
}

// otherPaper attaches something that is not a certificate; the letter may say that it is.
func otherPaper(n paper.Negative) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		data, err := paper.PDF(paper.NegativePage(n, Subject(w.about())))
		e := w.envelope()
		e.subject = word(pick(w, []string{"Для рейтинга", "документы", "Свидетельство"}))
		return e.message(multi("mixed", plain("Добрый день, документ во вложении.\n\n"+w.signature()), file(n.FileName(), "application/pdf", data))), err
	}
}

// about is a certificate of the world of which a paper may speak although it is not in the mail.
func (w *writer) about() world.Certificate {
	list := w.world.Certificates
	return list[w.original*7%len(list)]
}

// broken attaches a file of the certificate that nobody can read.
func broken(spoil func(w *writer) ([]byte, error)) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		data, err := spoil(w)
		return w.send(file("Свидетельство.pdf", "application/pdf", data)), err
	}
}

var (
	passwordPDF = broken(func(w *writer) ([]byte, error) {
		p, err := w.docs.page(w.about())
		if err != nil {
			return nil, err
		}
		return paper.Locked("2026", p)
	})
	truncatedPDF = broken(func(w *writer) ([]byte, error) {
		data, err := w.docs.pdf(w.about())
		return data[:len(data)/3], err
	})
	emptyPDF = broken(func(*writer) ([]byte, error) { return nil, nil })
)
