package mails

import (
	"fmt"
	"strings"

	"kualik/internal/demo/world"
)

// The ways in which programs quote what they forward. %1 is the first sender, %2 the date, %3 the subject,
// %4 the first recipient.
var forwardHeads = map[string]string{
	"gmail_ru":  "\n\n---------- Forwarded message ---------\nОт: %1\nDate: %2\nSubject: %3\nTo: %4\n\n",
	"gmail_kk":  "\n\n---------- Қайта жіберілген хат ---------\nКімнен: %1\nКүні: %2\nТақырыбы: %3\nКімге: %4\n\n",
	"outlook":   "\n\nFrom: %1\nSent: %2\nTo: %4\nSubject: %3\n\n",
	"outlookru": "\n\nОт: %1\nОтправлено: %2\nКому: %4\nТема: %3\n\n",
	"mailru":    "\n\n-------- Пересылаемое сообщение --------\nОт кого: %1\nКому: %4\nДата: %2\nТема: %3\n\n",
	"yandex":    "\n\n-------- Начало пересылаемого сообщения --------\n%2, %1:\n\n",
}

// forward quotes the certificate's letter under words of the sender's own.
func forward(program string) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		first := w.coauthor()
		head := strings.NewReplacer("%1", first.RU.Given+" "+first.RU.Surname+" <"+first.Emails[0]+">", "%2", w.at.AddDate(0, 0, -1).In(almaty).Format("02.01.2006, 15:04"),
			"%3", "Авторское свидетельство", "%4", w.sender.Emails[0]).Replace(forwardHeads[program])
		text := pick(w, []string{"", "пересылаю", "Добрый день, см. ниже", "Жіберемін"}) + head + w.letter()
		attached, err := w.attachments()
		if err != nil {
			return nil, err
		}
		content := multi("mixed", append([]part{multi("alternative", plain(text), html(text))}, attached...)...)
		e := w.envelope()
		e.subject = word("Fwd: Авторское свидетельство")
		return e.message(content), nil
	}
}

// enclose forwards the whole message as an attachment, depth times.
func enclose(depth int) func(*writer) ([]byte, error) {
	return func(w *writer) ([]byte, error) {
		attached, err := w.attachments()
		if err != nil {
			return nil, err
		}
		first := w.coauthor()
		inner := envelope{from: address(first, first.Emails[0]), to: w.sender.Emails[0], subject: word(w.subject()), at: w.at.AddDate(0, 0, -2), id: w.id("first")}
		message := inner.message(multi("mixed", append([]part{plain(w.letter())}, attached...)...))
		for i := 1; i < depth; i++ {
			middle := envelope{from: address(w.sender, w.sender.Emails[0]), to: w.sender.Emails[0], subject: "Fwd: " + inner.subject, at: w.at.AddDate(0, 0, -1), id: w.id("middle")}
			message = middle.message(multi("mixed", plain("см. вложение"), nested(message)))
		}
		e := w.envelope()
		e.subject = word("Fw: " + w.subject())
		return e.message(multi("mixed", plain("Пересылаю письмо."), nested(message))), nil
	}
}

// coauthor is another author of the first certificate, the sender when there is none.
func (w *writer) coauthor() world.Person {
	for _, c := range w.certs {
		for _, a := range c.Authors {
			if p := w.world.People[a.Person]; p.IIN != w.sender.IIN {
				return p
			}
		}
	}
	return w.sender
}

func (w *writer) id(part string) string {
	return fmt.Sprintf("%016x.%s@%s", w.rng.Uint64(), part, strings.SplitN(w.sender.Emails[0], "@", 2)[1])
}
