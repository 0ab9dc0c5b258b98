package mails

import (
	"fmt"
	"strings"

	"kualik/internal/demo/world"
)

// The words of the letters. %T is the title, %N the number, %D the day, %A the application, %S the sender.
var bodiesRU = []string{
	"Добрый день!\n\nНаправляю авторское свидетельство № %N от %D для рейтинга.\nПрошу подтвердить получение.\n\nС уважением,\n%S",
	"Здравствуйте! Отправляю свидетельство на «%T».\n\n%S",
	"Добрый день.\nВо вложении копия свидетельства. Заявка № %A.\n\n%S",
	"Уважаемые коллеги, прошу учесть в рейтинге за этот год.\n\n--\n%S\n%P\n%K",
	"Свидетельство во вложении",
	"Здравствуйте, это свидетельство нашей кафедры (%K). Авторы указаны в самом документе.\nСпасибо!\n\n%S",
	"",
}

var bodiesKK = []string{
	"Қайырлы күн!\n\nРейтингке №%N куәлікті жолдап отырмын.\n\nҚұрметпен,\n%S",
	"Сәлеметсіздер ме! Авторлық куәлігімді жіберемін, «%T».\nТіркеп алуларыңызды сұраймын.\n\n%S",
	"Құрметті әріптестер! Куәліктің көшірмесі қосымшада.\nРахмет!\n\n%S, %P",
	"Армысыздар, куәлік дайын болды, жіберіп отырмын.",
}

var subjectsRU = []string{"Авторское свидетельство", "Свидетельство для рейтинга", "свидетельство", "Re: Сбор авторских свидетельств", "Копия свидетельства (%F)", "Рейтинг ППС", ""}
var subjectsKK = []string{"Авторлық куәлік", "Куәлік", "Рейтингке куәлік", "Авторлық куәлік – %F"}

// kazakh tells whether this mail's writer writes Kazakh: it follows from the draft, so that subject and
// letter agree.
func (w *writer) kazakh() bool { return w.original%5 < 2 && w.sender.RU != w.sender.KK }

func (w *writer) letter() string {
	list := bodiesRU
	if w.kazakh() {
		list = bodiesKK
	}
	return w.fill(pick(w, list))
}

func (w *writer) subject() string {
	list := subjectsRU
	if w.kazakh() {
		list = subjectsKK
	}
	return w.fill(pick(w, list))
}

// fill puts the facts of the first certificate into a sentence.
func (w *writer) fill(s string) string {
	name := w.signature()
	pairs := []string{"%S", name, "%F", w.sender.RU.Surname, "%P", w.sender.Position, "%K", w.sender.Department}
	if len(w.certs) > 0 {
		c := w.certs[0]
		ref := c.ApplicationRef
		if ref == "" {
			ref = "2" + c.Number
		}
		pairs = append(pairs, "%T", strings.Trim(c.Title, `"`), "%N", c.Number, "%D", c.RegisteredOn.Time().Format("02.01.2006"), "%A", ref)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

func (w *writer) signature() string {
	n := w.sender.RU
	if w.kazakh() {
		n = w.sender.KK
	}
	return n.Given + " " + n.Surname
}

// address is somebody with a name, as in a From header.
func address(p world.Person, email string) string {
	return word(p.Directory.Surname+" "+p.Directory.Given) + " <" + email + ">"
}

// fileName is how the sender calls a certificate's file.
func (w *writer) fileName(c world.Certificate, ext string) string {
	switch w.rng.IntN(6) {
	case 0:
		return "certificate_" + c.Number + ext
	case 1:
		return fmt.Sprintf("Свидетельство № %s%s", c.Number, ext)
	case 2:
		return "Куәлік " + w.sender.KK.Surname + ext
	case 3:
		return "document" + ext
	case 4:
		return w.sender.RU.Surname + " свид-во" + ext
	}
	return "Авторское свидетельство" + ext
}
