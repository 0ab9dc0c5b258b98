package paper

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"kualik/internal/clock"
)

// Wording is what stands around the values on one half of a certificate. In Number, {n} is the number, {d} and
// {dd} the day, {mon} the month's name, {mm} its number, {y} the year.
type Wording struct {
	Head                          string // lines
	Number                        string
	Authors, Kind, Title, Created string
}

// Words are the wordings that a half may be put together of.
type Words struct{ Head, Number, Authors, Kind, Title, Created []string }

// pick draws a wording.
func (w Words) pick(rng *rand.Rand) Wording {
	one := func(list []string) string { return list[rng.IntN(len(list))] }
	return Wording{one(w.Head), one(w.Number), one(w.Authors), one(w.Kind), one(w.Title), one(w.Created)}
}

// Vocabulary is the words of both languages. A vocabulary that reading was built with says little of how it
// fares with the next one: measurements have one of their own. Forms are those that it is set in, the register's
// when there are none.
type Vocabulary struct {
	KK, RU Words
	Forms  []Form
}

// Known is the vocabulary with which reading is built.
var Known = Vocabulary{
	RU: Words{
		Head: []string{
			"СВИДЕТЕЛЬСТВО\nО ВНЕСЕНИИ СВЕДЕНИЙ В ГОСУДАРСТВЕННЫЙ РЕЕСТР\nПРАВ НА ОБЪЕКТЫ, ОХРАНЯЕМЫЕ АВТОРСКИМ ПРАВОМ",
			"СВИДЕТЕЛЬСТВО\nо внесении сведений в Государственный реестр прав на объекты,\nохраняемые авторским правом",
			"С В И Д Е Т Е Л Ь С Т В О\nО ВНЕСЕНИИ СВЕДЕНИЙ В ГОСУДАРСТВЕННЫЙ РЕЕСТР ПРАВ НА ОБЪЕКТЫ,\nОХРАНЯЕМЫЕ АВТОРСКИМ ПРАВОМ",
			"Свидетельство\nо внесении сведений в государственный реестр прав на объекты, охраняемые авторским правом",
		},
		Number: []string{"№ {n} от «{dd}» {mon} {y} года", "№ {n} от {d} {mon} {y} г.", "№{n} от «{d}» {mon} {y} года", "№ {n}   от {dd}.{mm}.{y}", "от «{dd}» {mon} {y} года № {n}",
			"№ {n}\nот {d} {mon} {y} года", "«{dd}» {mon} {y} г.        № {n}"},
		Authors: []string{labelsRU[0].authors, labelsRU[1].authors, labelsRU[2].authors, "Автор(ы):", "ФИО автора (авторов):", "Фамилия, имя, отчество автора (-ов):"},
		Kind:    []string{labelsRU[0].kind, labelsRU[1].kind, "Вид объекта:", "Объект авторского права:", "Вид произведения:"},
		Title:   []string{labelsRU[0].title, labelsRU[1].title, "Наименование объекта:", "Наименование произведения:", "Название объекта авторского права:"},
		Created: []string{"Дата создания объекта:", "Дата создания произведения:", "Дата создания:"},
	},
	KK: Words{
		Head: []string{
			headKK + "\nКУӘЛІК",
			"Авторлық құқықпен қорғалатын объектілерге құқықтардың\nмемлекеттік тізілімге мәліметтерді енгізу туралы\nКУӘЛІК",
			"КУӘЛІК\nАВТОРЛЫҚ ҚҰҚЫҚПЕН ҚОРҒАЛАТЫН ОБЪЕКТІЛЕРГЕ ҚҰҚЫҚТАРДЫҢ МЕМЛЕКЕТТІК ТІЗІЛІМІНЕ\nМӘЛІМЕТТЕР ЕНГІЗУ ТУРАЛЫ",
			strings.ReplaceAll(headKK, "\n", " ") + "\nК У Ә Л І К",
		},
		Number:  []string{"{y} жылғы «{dd}» {mon} № {n}", "{y} жылғы {d} {mon} №{n}", "№ {n}  {y} жылғы «{dd}» {mon}", "{dd}.{mm}.{y} ж. № {n}", "{y} жылғы «{d}» {mon}\n№ {n}"},
		Authors: []string{labelsKK[0].authors, labelsKK[1].authors, labelsKK[2].authors, "Автор(лар):", "Автордың (авторлардың) тегі, аты, әкесінің аты (бар болса):", "Авторы (лары):"},
		Kind:    []string{labelsKK[0].kind, labelsKK[1].kind, "Объектінің түрі:", "Туындының түрі:"},
		Title:   []string{"Объектінің атауы:", "Туындының атауы:", "Шығарманың атауы:"},
		Created: []string{"Объектіні жасаған күні:", "Объект жасалған күн:", "Объектінің жасалған күні:", "Жасалған күні:"},
	},
}

// number writes the number and the day of a certificate as a wording has them.
func (w Wording) number(number string, day clock.Day, months [12]string) string {
	t := day.Time()
	return strings.NewReplacer("{n}", number, "{d}", strconv.Itoa(t.Day()), "{dd}", fmt.Sprintf("%02d", t.Day()),
		"{mon}", months[t.Month()-1], "{mm}", fmt.Sprintf("%02d", int(t.Month())), "{y}", strconv.Itoa(t.Year())).Replace(w.Number)
}
