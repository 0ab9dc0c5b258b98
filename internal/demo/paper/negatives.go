package paper

import (
	"fmt"
	"strings"

	"kualik/internal/clock"
)

// Negative is a sort of paper that comes by the same mails and is not a certificate.
type Negative int

// The negatives. Statement, Abstract and Letter speak of a registration; Training and Patent call themselves
// certificates of something else.
const (
	Statement Negative = iota
	Abstract
	Receipt
	Patent
	Training
	Letter
	Diploma
	TitleLeaf
	negatives
)

// Negatives are all sorts.
func Negatives() []Negative {
	var list []Negative
	for n := range negatives {
		list = append(list, n)
	}
	return list
}

// String is the label under which readers may know the sort.
func (n Negative) String() string {
	return [negatives]string{"statement", "abstract", "receipt", "patent", "training", "letter", "diploma", "title_leaf"}[n]
}

// FileName is how people call such a file.
func (n Negative) FileName() string {
	return [negatives]string{"Заявление.pdf", "Реферат.pdf", "квитанция.pdf", "Патент.pdf", "Сертификат курсы.pdf", "Служебная записка.pdf", "Диплом.pdf", "титул.pdf"}[n]
}

// NegativePage prints a paper of the sort about the same work as a certificate's.
func NegativePage(n Negative, c Subject) *Page {
	p := &Page{}
	col := p.column(left, right, 24)
	switch n {
	case Statement:
		statement(col, c)
	case Abstract:
		abstract(col, c)
	case Receipt:
		receipt(col, c)
	case Patent:
		patent(col, c)
	case Training:
		training(col, c)
	case Letter:
		letter(col, c)
	case Diploma:
		col.text(heading, "ДИПЛОМ\nI степени").gap(8).text(middle, "награждается").text(heading, c.Authors[0])
		col.text(middle, "за лучший доклад «"+trimQuotes(c.Title)+"»\nна республиканской научно-практической конференции «Ғылым және білім»").gap(10)
		col.both(body, dotted(c.CreatedOn), "Оргкомитет")
	case TitleLeaf:
		col.text(middle, "Министерство науки и высшего образования Республики Казахстан\nУниверситет Коктобе").gap(60)
		col.text(middle, strings.Join(c.Authors, ", ")).gap(10).text(heading, trimQuotes(c.Title)).gap(90)
		col.text(middle, fmt.Sprintf("ISBN 978-601-00-%s-0\nКоктобе, %d", blankSerial(c.Number), c.CreatedOn.Year()))
	}
	return p
}

func statement(col *column, c Subject) {
	col.text(flank, "РГП «Национальный институт\nинтеллектуальной собственности»").gap(6)
	col.text(heading, "ЗАЯВЛЕНИЕ").text(middle, "о внесении сведений в Государственный реестр прав на объекты, охраняемые авторским правом").gap(4)
	col.text(body, "Заявка № "+cabinetNumber(c)).gap(3)
	col.text(body, labelsRU[0].authors+" "+strings.Join(c.Authors, ", "))
	col.text(body, labelsRU[0].kind+" "+c.KindText).text(body, labelsRU[0].title+" "+c.Title).text(body, labelsRU[0].created+" "+dotted(c.CreatedOn)).gap(4)
	col.text(body, "Прошу внести сведения в Государственный реестр и выдать свидетельство. Приложение: экземпляр произведения.").gap(8)
	col.both(body, "Дата подачи: "+dotted(c.RegisteredOn.AddDays(-1)), "Подписано ЭЦП")
}

func abstract(col *column, c Subject) {
	col.text(flank, "Статья 9-1 Закона РК\n«Об авторском праве и смежных правах»\nот 10 июня 1996 года № 6").gap(8)
	col.text(heading, "Реферат").text(middle, c.KindText+"\nпод названием\n«"+trimQuotes(c.Title)+"»").gap(6)
	col.text(body, "Фамилия, имя, отчество автора(-ов): "+strings.Join(c.Authors, ", "))
	col.text(body, "Дата создания объекта: "+quoted(c.CreatedOn)).gap(3)
	col.text(body, "Область применения: учебный процесс.\nНазначение: проверка знаний и самостоятельная работа.\nФункциональные возможности: учёт, тестирование, отчёты.")
	col.text(body, "Основные технические характеристики: клиент и сервер, 4 Гб ОЗУ.\nЯзык программирования: Python\nТип реализующей ЭВМ: IBM PC-совместимый.")
}

func receipt(col *column, c Subject) {
	col.text(heading, "КВИТАНЦИЯ ОБ ОПЛАТЕ № 1"+blankSerial(c.Number)).gap(5)
	for _, row := range [][2]string{{"Получатель", "RGKP NIIS KazPatent"}, {"Плательщик", strings.ToUpper(c.Authors[0])},
		{"Назначение", "Внесение сведений в Государственный реестр прав, заявка № " + cabinetNumber(c)},
		{"Сумма", "6932.80 KZT"}, {"Комиссия", "200 KZT"}, {"Дата", dotted(c.RegisteredOn.AddDays(-1)) + " 14:01"}, {"Статус", "Оплачено"}} {
		col.both(style{font: sans, size: 10}, row[0], row[1]).gap(2)
	}
}

func patent(col *column, c Subject) {
	col.text(middle, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ / РЕСПУБЛИКА КАЗАХСТАН").gap(6)
	col.text(heading, "ПАЙДАЛЫ МОДЕЛЬГЕ ПАТЕНТ\nПАТЕНТ\n№ "+blankSerial(c.Number)).text(middle, "на полезную модель").gap(5)
	col.text(body, fmt.Sprintf("(21) %d/0762.2\n(22) %s\n(54) Устройство для хранения учебных пособий\n(73) Университет Коктобе\n(72) %s", c.RegisteredOn.Year(), dotted(c.CreatedOn), strings.Join(c.Authors, "; "))).gap(6)
	col.text(body, "Зарегистрирован в Государственном реестре полезных моделей "+dotted(c.RegisteredOn)+". Срок действия 5 лет с даты подачи.\nПодписано ЭЦП")
}

func training(col *column, c Subject) {
	col.text(heading, "КУӘЛІК / СВИДЕТЕЛЬСТВО\n№ 0"+blankSerial(c.Number)).text(middle, "о повышении квалификации").gap(6)
	col.text(body, "Настоящее свидетельство подтверждает, что "+c.Authors[0]+" прошёл(ла) курсы повышения квалификации «Цифровые технологии в образовании». Объём: 72 часа.")
	col.text(body, "Осы куәлік біліктілікті арттыру курсын аяқтағанын растайды. Көлемі: 72 сағат.").gap(8)
	col.both(body, "Дата выдачи: "+dotted(c.RegisteredOn), "Директор института")
}

func letter(col *column, c Subject) {
	col.text(flank, "Проректору по научной работе\nот заведующего кафедрой").gap(8).text(heading, "СЛУЖЕБНАЯ ЗАПИСКА").gap(4)
	col.text(body, fmt.Sprintf("Сообщаю, что сотрудниками кафедры (%s) получено свидетельство о внесении сведений в Государственный реестр прав на объекты, охраняемые авторским правом, № %s от %s на %s «%s». "+
		"Прошу учесть в рейтинге. Копия свидетельства будет направлена отдельно.", strings.Join(c.Authors, ", "), c.Number, quoted(c.RegisteredOn), c.KindText, trimQuotes(c.Title)))
	col.gap(10).text(body, "Заведующий кафедрой ____________")
}

// Cover is a letter that stands before a certificate in one file.
func Cover(c Subject) *Page {
	p := &Page{}
	col := p.column(left, right, 24)
	col.text(flank, "В отдел науки\nУниверситета Коктобе").gap(10)
	col.text(body, "Направляем копию свидетельства авторов "+strings.Join(c.Authors, ", ")+" для включения в рейтинг. Копия прилагается на следующем листе.")
	return p
}

func trimQuotes(s string) string { return strings.Trim(s, `"`) }

// cabinetNumber is a number of the cabinet, which never is the certificate's.
func cabinetNumber(c Subject) string { return "2" + blankSerial(c.Number) + "7" }

// quoted is a day in words: «07» апреля 2023 года.
func quoted(d clock.Day) string {
	t := d.Time()
	return fmt.Sprintf("«%02d» %s %d года", t.Day(), monthsRU[t.Month()-1], t.Year())
}
