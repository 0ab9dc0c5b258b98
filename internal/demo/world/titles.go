package world

import (
	"fmt"
	"strings"
)

// template makes titles of one sort. In ru and kk, %N is the subject, %D its Russian dative, %K its Kazakh
// name, %T a trade name; kk is empty where such works have a title in one language only.
type template struct {
	weight int
	kind   string
	ru, kk string
}

var templates = []template{
	{9, "computer_program", "Информационная система «%T»", ""},
	{8, "computer_program", "Мобильное приложение «%T» по %D", "%K бойынша «%T» мобильді қосымшасы"},
	{7, "computer_program", "Мультимедийная обучающая программа по %D", "%K пәні бойынша мультимедиалық оқыту бағдарламасы"},
	{5, "computer_program", "Автоматизированная система тестирования по %D", ""},
	{5, "computer_program", "Электронное учебное пособие «%N»", "«%K» электрондық оқу құралы"},
	{4, "computer_program", "«%T» мобильді қосымшасы", ""},
	{3, "computer_program", "%T: LMS for %N", ""},
	{9, "scientific_work", "Методические рекомендации по %D", "%K пәні бойынша әдістемелік нұсқаулар"},
	{7, "scientific_work", "Рабочая учебная программа (силлабус) по %D", ""},
	{6, "scientific_work", "%K пәнінен оқу-әдістемелік құрал", ""},
	{5, "scientific_work", "%N в условиях обновлённого содержания образования", ""},
	{4, "scientific_work", "%K: дәрістер жинағы", ""},
	{6, "literary_work", "%N. Учебное пособие для студентов", "%K. Студенттерге арналған оқу құралы"},
	{5, "literary_work", "Сборник задач по %D с решениями", ""},
	{5, "literary_work", "%K оқулығы", ""},
	{3, "literary_work", "We learn: workbook (%N)", ""},
	{3, "scripted_work", "Сценарий документального фильма «%N: люди и годы»", ""},
	{3, "audiovisual_work", "Цикл видеолекций «%N»", "«%K» бейнедәрістер циклі"},
	{3, "composite_work", "Хрестоматия по %D", "%K хрестоматиясы"},
	{2, "database", "База тестовых заданий по %D", ""},
	{2, "design_work", "Дизайн наглядных пособий «%N»", ""},
	{2, "derivative_work", "%K: аударма және түсініктемелер", ""},
}

var tradeA = []string{"Bilim", "Smart", "Edu", "Jetisu", "Zerde", "Tilmash", "Qadam", "Sana", "Orken", "Dala", "Zhuldyz", "Agro", "Math", "Chem", "Bio"}
var tradeB = []string{"Lab", "Test", "Map", "Kit", "Hub", "Quest", "Lingua", "3D", "AR", "Bot", "Track", "Pro", "Portal"}

// tails make titles long and different from each other, as the register's are.
var tails = []string{"", "", "", " для 7 класса", " для 9 классов", " для магистрантов", " для учителей сельских школ", " (2-е издание, дополненное)",
	" для студентов специальности 6B01505", ". 2 часть", ". Практикум", " (на казахском и русском языках)", " с применением технологий виртуальной реальности",
	" для инклюзивных групп", " с использованием цифровых образовательных ресурсов: теоретические основы, практические занятия и задания для самостоятельной работы обучающихся"}
var tailsKK = []string{"", "", "", " (7-сынып)", " (9-сыныптарға арналған)", " (магистранттарға арналған)", " (2-басылым, толықтырылған)", ". 2-бөлім", " (жаңартылған білім мазмұны аясында)"}

// title makes a title of a department's subject; kk is empty when the title has one language.
func (g *generator) title(d Department) (ru, kk, kind string) {
	weights := make([]int, len(templates))
	for i, t := range templates {
		weights[i] = t.weight
	}
	t, s := templates[g.weighted(weights...)], pick(g, d.Subjects)
	g.series++
	trade := pick(g, tradeA) + pick(g, tradeB)
	if g.chance(30) {
		trade += fmt.Sprintf(" %d", 2+g.series%7)
	}
	fill := strings.NewReplacer("%N", s.Name, "%D", s.Dative, "%K", s.KK, "%T", trade).Replace
	ru, kk = fill(t.ru), fill(t.kk)
	switch {
	case strings.Contains(t.ru, "%K") || strings.Contains(t.ru, "қосымшасы"):
		ru += pick(g, tailsKK)
	case kk == "":
		ru += pick(g, tails)
	}
	if kk != "" && g.chance(60) {
		kk = "" // most authors give the title in one language
		ru += pick(g, tails)
	}
	return ru, kk, t.kind
}

// dress gives a title the outward shape in which the register prints it.
func (g *generator) dress(title string) string {
	switch g.weighted(38, 50, 3, 4, 3, 2) {
	case 1:
		return `"` + title + `"`
	case 2:
		return "«" + title + "»"
	case 3:
		return `"` + title // one in ten has an unbalanced quote; a few do here
	case 4:
		return strings.Replace(title, " ", "  ", 1)
	case 5:
		return strings.ToUpper(title)
	}
	return title
}
